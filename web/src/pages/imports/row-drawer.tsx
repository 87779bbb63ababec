import { Drawer } from 'antd';
import type { ImportedRow } from '../../api/imports.ts';
import { formatKwh } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { Facts } from '../../ui/page.tsx';
import { State } from '../../ui/state.tsx';
import { problemWord, refusalWord, WhyOdd } from './words.tsx';

/** One row: what the rules say and why, how it is understood, and its cells as they came. */
export function RowDrawer({ row, zone, onClose }: { row: ImportedRow; zone: string; onClose: () => void }) {
  const t = useTranslate();
  const when = (at: string | null): string => at === null ? '–' : formatDateTime(at, zone, true);
  return (
    <Drawer open title={t('import.row.title', { row: row.rowNumber })} onClose={onClose} size={Math.min(560, innerWidth)}>
      <div style={{ display: 'grid', gap: 20 }}>
        <section><h3 className="import-h3">{t('import.row.verdict')}</h3>
          {row.refused !== null ? <State tone="bad">{refusalWord(t, row.refused)}</State> : row.flags.length === 0 ? <p>{t('import.row.clean')}</p> : <WhyOdd row={row} timeZone={zone} />}
          {row.problems.length > 0 && <p className="muted">{row.problems.map((problem) => problemWord(t, problem)).join(' · ')}</p>}
          <p className="muted">{t('import.row.notCharged')}</p>
        </section>
        <section><h3 className="import-h3">{t('import.row.understood')}</h3>
          <Facts rows={[
            [t('import.point'), `${row.chargePoint ?? '–'} · ${row.connector}`], row.name !== null && [t('import.field.name'), row.name], [t('import.start.at'), <span key="start" className="tab">{when(row.startedAt)}</span>], [t('import.end.at'), <span key="end" className="tab">{when(row.endedAt)}</span>],
            row.believedStartedAt !== null && row.believedEndedAt !== null && [t('import.verdict'), t('import.believed', { start: when(row.believedStartedAt), end: when(row.believedEndedAt) })],
            [t('import.energy'), row.energyWh === null ? '–' : `${formatKwh(row.energyWh)} kWh`], [t('import.zone'), zone],
          ]} />
        </section>
        <section><h3 className="import-h3">{t('import.row.cells')}</h3><pre className="raw">{row.cells.join(' | ')}</pre></section>
      </div>
    </Drawer>
  );
}
