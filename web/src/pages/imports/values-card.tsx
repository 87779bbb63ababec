import { InputNumber, Select } from 'antd';
import { useMemo, type ReactNode } from 'react';
import type { DurationUnit, FileForm, Mapping, Proposal, TimeFormat } from '../../api/imports.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { useTranslate } from '../../i18n/index.ts';
import { Card } from '../../ui/page.tsx';
import type { ValueEdits } from './draft.ts';

const FORMATS = ['iso', 'yyyy-MM-dd HH:mm:ss', 'yyyy-MM-dd HH:mm', 'yyyy/M/d H:mm:ss', 'yyyy/M/d H:mm', 'd/M/yyyy H:mm', 'M/d/yyyy H:mm', 'd.M.yyyy H:mm', 'M/d/yyyy h:mm a', 'yyyy年M月d日 H:mm', 'yyyyMMddHHmmss', 'epoch_s', 'epoch_ms', 'excel'];
const UNITS: readonly Mapping['energy']['unit'][] = ['Wh', 'kWh', 'MWh'];
const DURATIONS: readonly DurationUnit[] = ['h:mm:ss', 'h:mm', 's', 'min', 'h'];
const ENCODINGS = ['utf-8', 'gb18030', 'big5', 'windows-1252', 'utf-16le', 'utf-16be', 'shift_jis'];
const DELIMITERS = [[',', 'comma'], [';', 'semicolon'], ['\t', 'tab'], ['|', 'pipe']] as const;
const CONNECTORS_MAX = 20, SKIP_MAX = 100;

type Props = { proposal: Proposal; mapping: Mapping | null; edits: ValueEdits; onEdit: (change: ValueEdits) => void; onForm: (change: FileForm) => void };

/** How what stands in the columns is understood: dates, zone, units, separators. Each as proposed until a person says otherwise. */
export function ValuesCard({ proposal, mapping, edits, onEdit, onForm }: Props) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const zones = useMemo(() => [...new Set([timeZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])].map((value) => ({ value, label: value })), [timeZone]);
  const { encoding, delimiter, skipLines } = proposal.file;
  const connector = mapping?.connector;
  return (
    <Card title={t('import.values')}>
      <div className="import-values">
        <Times mapping={mapping} edits={edits} onEdit={onEdit} />
        <Field id="import-zone" label={t('import.zone')}><Select<string> id="import-zone" showSearch value={mapping?.time.zone ?? edits.zone ?? timeZone} onChange={(zone) => onEdit({ zone })} options={zones} virtual={false} listHeight={260} /></Field>
        <Field id="import-offset" label={t('import.offset')}><Select<'honour' | 'ignore'> id="import-offset" value={mapping?.time.writtenOffset ?? 'honour'} onChange={(writtenOffset) => onEdit({ writtenOffset })} options={(['honour', 'ignore'] as const).map((value) => ({ value, label: t(`import.offset.${value}`) }))} /></Field>
        <Field id="import-unit" label={t('import.unit')}><Select id="import-unit" value={mapping?.energy.unit ?? edits.unit ?? 'kWh'} onChange={(unit) => onEdit({ unit })} options={UNITS.map((value) => ({ value, label: value }))} /></Field>
        <Field id="import-mark" label={t('import.mark')}><Select<'.' | ','> id="import-mark" value={mapping?.energy.decimalMark ?? '.'} onChange={(decimalMark) => onEdit({ decimalMark })} options={[{ value: '.', label: t('import.mark.dot') }, { value: ',', label: t('import.mark.comma') }]} /></Field>
        {mapping?.duration && <Field id="import-duration" label={t('import.duration.unit')}><Select<DurationUnit> id="import-duration" value={mapping.duration.unit} onChange={(durationUnit) => onEdit({ durationUnit })} options={DURATIONS.map((value) => ({ value, label: value }))} /></Field>}
        {connector && 'byOverlap' in connector && <Field id="import-connectors" label={t('import.connectors')} hint={t('import.connectors.hint')}><InputNumber id="import-connectors" min={1} max={CONNECTORS_MAX} precision={0} value={connector.byOverlap} onChange={(value) => { if (value !== null) onEdit({ connectors: value }); }} /></Field>}
        {encoding !== undefined && <Field id="import-encoding" label={t('import.encoding')}><Select<string> id="import-encoding" value={encoding} onChange={(value) => onForm({ encoding: value })} options={[...new Set([encoding, ...ENCODINGS])].map((value) => ({ value, label: value.toUpperCase() }))} /></Field>}
        {delimiter !== undefined && <Field id="import-delimiter" label={t('import.delimiter')}><Select<string> id="import-delimiter" value={delimiter} onChange={(value) => onForm({ delimiter: value })} options={DELIMITERS.map(([value, word]) => ({ value: value as string, label: t(`import.delimiter.${word}`) }))} /></Field>}
        <Field id="import-skip" label={t('import.skip')}><InputNumber id="import-skip" min={0} max={SKIP_MAX} precision={0} value={skipLines ?? 0} onChange={(value) => { if (value !== null) onForm({ skipLines: value }); }} /></Field>
      </div>
    </Card>
  );
}

function Field({ id, label, hint, wide = false, children }: { id: string; label: string; hint?: string; wide?: boolean; children: ReactNode }) {
  return <div className={wide ? 'wide' : undefined}><label htmlFor={id}>{label}</label>{children}{hint && <div className="muted">{hint}</div>}</div>;
}

const keyOf = (format: TimeFormat): string => typeof format === 'string' ? format : `swapped ${format.format}`;
const formatOf = (key: string): TimeFormat => key.startsWith('swapped ') ? { format: key.slice('swapped '.length), swapDayAndMonth: 'when_both_fit' } : key;

function Times({ mapping, edits, onEdit }: Pick<Props, 'mapping' | 'edits' | 'onEdit'>) {
  const t = useTranslate();
  const formats = (mapping?.time.formats ?? edits.formats ?? []).map(keyOf);
  const options = [...new Set([...formats, ...FORMATS])].map((value) => ({ value, label: value.startsWith('swapped ') ? t('import.times.swapped', { format: value.slice('swapped '.length) }) : value }));
  return <Field id="import-times" label={t('import.times')} hint={t('import.times.hint')} wide><Select<string[]> id="import-times" mode="tags" value={formats} onChange={(next) => onEdit({ formats: next.map(formatOf) })} options={options} /></Field>;
}
