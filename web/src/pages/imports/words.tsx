import type { ImportedRow, ImportState, SessionImport } from '../../api/imports.ts';
import { usePreferences, type Language } from '../../app/preferences.ts';
import { formatKwh } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { isMessageKey, translateCode, useTranslate, type Translate } from '../../i18n/index.ts';
import { evidenceSentence, type EvidenceData } from '../../ui/evidence.ts';
import type { Column } from '../../ui/data-table.tsx';
import { State, type Tone } from '../../ui/state.tsx';

const TONES: Readonly<Record<ImportState, Tone>> = { uploaded: 'warn', reading: 'live', judging: 'live', done: 'good', failed: 'bad' };
export const COMMAND = 'kirchhoff import sessions';
export const pathOf = (importId: string): string => `/session-imports/${importId}`;
export const isWorking = ({ state }: SessionImport): boolean => state === 'reading' || state === 'judging';

export function ImportStateWord({ state }: { state: ImportState }) {
  const t = useTranslate();
  return <State tone={TONES[state]}>{t(`import.state.${state}`)}</State>;
}

/** Why a row is odd, by what the table states; null where there are no words for it. */
export function whyOdd({ cause, data }: ImportedRow['flags'][number], timeZone: string, language: Language): string | null {
  const { lastStartOnConnector, idleMsMin, ...rest } = data as EvidenceData;
  const told: EvidenceData = { ...rest, ...(typeof lastStartOnConnector === 'number' ? { lastStartOnConnector: formatDateTime(lastStartOnConnector, timeZone) } : {}), ...(idleMsMin === undefined ? {} : { idleMs: idleMsMin }) };
  return evidenceSentence(`import.why.${cause}`, told, timeZone, language);
}

export const refusalWord = (t: Translate, code: string): string => translateCode(t, 'import.refusal', code);
export const problemWord = (t: Translate, { code, text }: ImportedRow['problems'][number]): string => {
  const key = `import.problem.${code}`, word = isMessageKey(key) ? t(key) : refusalWord(t, code);
  return text === null ? word : `${word}: “${text}”`;
};

/** What is odd about a row, or why it was refused, in one line. */
export function RowVerdict({ row }: { row: ImportedRow }) {
  const t = useTranslate();
  if (row.refused !== null) return <State tone="bad">{refusalWord(t, row.refused)}</State>;
  if (row.flags.length === 0) return <span className="muted">{t('import.clean')}</span>;
  const [first, ...more] = [...new Set(row.flags.map(({ cause }) => cause))].map((cause) => translateCode(t, 'flag', cause));
  return <><State tone="warn">{first}</State>{more.length > 0 && <span className="muted" title={more.join(', ')}> +{more.length}</span>}</>;
}

export const verdictText = (t: Translate, row: ImportedRow): string => row.refused !== null ? refusalWord(t, row.refused) : row.flags.map(({ cause }) => translateCode(t, 'flag', cause)).join('; ');
const dash = <span className="muted">–</span>;

/** Rows as they are understood; one list of columns for the preview and the report. */
export function rowColumns(t: Translate, timeZone: string): readonly Column<ImportedRow>[] {
  const when = (at: string | null) => at === null ? dash : <span className="tab">{formatDateTime(at, timeZone)}</span>;
  return [
    { key: 'row', title: t('import.row'), render: (row) => <span className="cell-main tab">{row.rowNumber}</span>, text: (row) => String(row.rowNumber) },
    { key: 'point', title: t('import.point'), render: (row) => row.chargePoint === null ? dash : <span className="clip" title={row.name ?? row.chargePoint}>{row.chargePoint} · {row.connector}</span>, text: (row) => row.chargePoint ?? '' },
    { key: 'start', title: t('import.start.at'), wideOnly: true, render: (row) => when(row.startedAt), text: (row) => row.startedAt === null ? '' : formatDateTime(row.startedAt, timeZone) },
    { key: 'end', title: t('import.end.at'), wideOnly: true, render: (row) => when(row.endedAt), text: (row) => row.endedAt === null ? '' : formatDateTime(row.endedAt, timeZone) },
    { key: 'energy', title: t('import.energy'), unit: 'kWh', numeric: true, render: (row) => row.energyWh === null ? dash : formatKwh(row.energyWh), text: (row) => row.energyWh === null ? '' : formatKwh(row.energyWh) },
    { key: 'verdict', title: t('import.verdict'), under: true, render: (row) => <RowVerdict row={row} />, text: (row) => verdictText(t, row) },
  ];
}

/** What each odd row says for itself. */
export function WhyOdd({ row, timeZone }: { row: ImportedRow; timeZone: string }) {
  const t = useTranslate();
  const { language } = usePreferences();
  return (
    <ul className="timeline">{row.flags.map((flag, index) => {
      const why = whyOdd(flag, timeZone, language);
      return <li key={`${flag.cause}${index}`} className="warn"><div className="cell-main">{translateCode(t, 'flag', flag.cause)}{flag.code !== null && <span className="muted"> · {t('flag.code', { code: flag.code })}</span>}</div>{why !== null && <div>{why}</div>}</li>;
    })}</ul>
  );
}
