import './imports.css';
import { Select } from 'antd';
import { useMemo } from 'react';
import { MAPPED_FIELDS, type Confidence, type MappedField, type Proposal } from '../../api/imports.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Card } from '../../ui/page.tsx';
import { State, type Tone } from '../../ui/state.tsx';
import { fieldOf } from './draft.ts';

type Line = { readonly index: number; readonly name: string; readonly samples: readonly string[]; readonly field: MappedField | null; readonly confidence: Confidence | null };
const TONES: Readonly<Record<Confidence, Tone>> = { given: 'good', sure: 'good', likely: 'neutral', guess: 'warn' };
const NONE = 'none';

/** Every column of the file: what stands in it, what it is taken for, and how sure that is. */
export function ColumnsCard({ proposal, busy, onChoose }: { proposal: Proposal; busy: boolean; onChoose: (column: string, field: MappedField | null) => void }) {
  const t = useTranslate();
  const lines = useMemo<readonly Line[]>(() => proposal.header.map((name, index) => {
    const field = fieldOf(proposal, name);
    return { index, name, samples: proposal.samples[index] ?? [], field, confidence: field === null ? null : proposal.confidence[field] ?? null };
  }), [proposal]);
  const columns = useMemo<readonly Column<Line>[]>(() => {
    const options = [{ value: NONE, label: t('import.field.none') }, ...MAPPED_FIELDS.map((value) => ({ value: value as string, label: t(`import.field.${value}`) }))];
    const called = ({ name, index }: Line): string => name === '' ? t('import.column.number', { number: index + 1 }) : name;
    return [
      { key: 'column', title: t('import.column'), render: (row) => <span className="cell-main clip" style={{ maxWidth: 220 }} title={row.name}>{called(row)}</span> },
      { key: 'samples', title: t('import.samples'), under: true, render: (row) => <span className="import-samples">{row.samples.length === 0 ? <span className="muted">–</span> : row.samples.slice(0, 3).map((text) => <code key={text}>{text}</code>)}</span> },
      { key: 'as', title: t('import.as'), render: (row) => (
        <Select<string> size="small" className="import-field" value={row.field ?? NONE} disabled={busy || row.name === ''} aria-label={t('import.as.of', { column: called(row) })} popupMatchSelectWidth={false}
          onChange={(value) => onChoose(row.name, value === NONE ? null : value as MappedField)} options={options} />
      ) },
      { key: 'sure', title: t('import.confidence'), wideOnly: true, render: (row) => row.confidence === null ? <span className="muted">–</span> : <State tone={TONES[row.confidence]}>{t(`import.confidence.${row.confidence}`)}</State> },
    ];
  }, [t, busy, onChoose]);
  return <Card flush title={t('import.columns')} label={t('import.columns')}><p className="muted" style={{ padding: '0 var(--k-pad) 8px' }}>{t('import.columns.text')}</p><DataTable label={t('import.columns')} columns={columns} rows={lines} rowKey={(row) => String(row.index)} empty={null} /></Card>;
}
