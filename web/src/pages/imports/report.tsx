import { Alert, Button, Progress, Segmented } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { loadRows, rowsAddress, type ImportedRow, type ImportStory, type Mapping, type RowsShown } from '../../api/imports.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount, formatKwh } from '../../format/number.ts';
import { formatDate, formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Card, Facts, Figure, Figures } from '../../ui/page.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { RowDrawer } from './row-drawer.tsx';
import { Tally } from './tally.tsx';
import { isWorking, pathOf, refusalWord, rowColumns } from './words.tsx';

const SHOWN = ['flagged', 'refused', 'all'] as const satisfies readonly RowsShown[];

/** What was found in a table: how far it is, what is odd by cause, what was refused, and every row of it. */
export function Report({ story }: { story: ImportStory }) {
  const t = useTranslate();
  const { import: one, summary } = story;
  const mapping = one.mapping as unknown as Mapping | null;
  const { timeZone } = useLoggedIn();
  const zone = mapping?.time.zone ?? timeZone;
  const refused = summary.refused.reduce((sum, { rows }) => sum + rows, 0), odd = summary.judged - summary.clean;
  const path = pathOf(one.importId);
  return (
    <>
      {one.state === 'failed' && <Alert type="error" showIcon title={t('import.failed')} description={<>{one.failure && <p>{translateCode(t, 'import.unreadable', one.failure.code)} <span className="muted">{one.failure.message}</span></p>}<p>{t('import.failed.text')}</p></>} />}
      {isWorking(one) && <Working story={story} />}
      <Figures>
        <Figure label={t('import.rows')} value={formatCount(summary.rows)} note={summary.firstStartAt && summary.lastStartAt ? `${formatDate(summary.firstStartAt, zone)} – ${formatDate(summary.lastStartAt, zone)}` : undefined} />
        <Figure label={t('import.clean')} value={formatCount(summary.clean)} />
        <Figure label={t('import.odd')} value={formatCount(odd)} to={`${path}?show=flagged`} />
        <Figure label={t('import.refused')} value={formatCount(refused)} to={`${path}?show=refused`} />
        <Figure label={t('import.points')} value={formatCount(summary.chargePoints)} />
        <Figure label={t('import.energy')} value={`${formatKwh(summary.energyWh)} kWh`} words />
      </Figures>
      <div className="grid">
        <Card span={6} title={t('import.causes')} extra={odd > 0 && <Button size="small" href={rowsAddress(one.importId, 'flagged')} download>{t('import.download.odd')}</Button>}>
          <Tally none={t('import.causes.none')} lines={summary.causes.map(({ cause, rows }) => ({ key: cause, word: translateCode(t, 'flag', cause), rows, to: `${path}?cause=${cause}` }))} />
        </Card>
        <Card span={6} title={t('import.refusals')} extra={refused > 0 && <Button size="small" href={rowsAddress(one.importId, 'refused')} download>{t('import.download.refused')}</Button>}>
          <Tally none={t('import.refusals.none')} lines={summary.refused.map(({ code, rows }) => ({ key: code, word: refusalWord(t, code), rows, to: `${path}?show=refused` }))} />
        </Card>
      </div>
      <Rows importId={one.importId} zone={zone} rows={summary.rows} />
      {mapping && <Card title={t('import.mapping')}><HowRead mapping={mapping} rulesVersion={one.rulesVersion} finishedAt={one.finishedAt} /></Card>}
    </>
  );
}

function Working({ story: { import: one, summary } }: { story: ImportStory }) {
  const t = useTranslate();
  const refused = summary.refused.reduce((sum, { rows }) => sum + rows, 0), done = one.rowsJudged + refused;
  const judging = one.state === 'judging';
  return (
    <Card>
      <div role="status" className="cell-main">{judging ? t('import.judging', { done: formatCount(done), rows: formatCount(one.rowsRead) }) : t('import.reading', { rows: formatCount(one.rowsRead) })}</div>
      <Progress percent={judging && one.rowsRead > 0 ? Math.floor((done / one.rowsRead) * 100) : 0} status="active" aria-label={t('import.progress')} showInfo={judging} />
      <p className="muted">{t('import.goesOn')}</p>
    </Card>
  );
}

function Rows({ importId, zone, rows }: { importId: string; zone: string; rows: number }) {
  const t = useTranslate();
  const [params, setParams] = useSearchParams();
  const cause = params.get('cause') ?? undefined;
  const which: RowsShown = cause ? 'flagged' : SHOWN.find((each) => each === params.get('show')) ?? 'flagged';
  const load = useCallback((cursor: string | undefined) => loadRows(importId, which, cause, cursor), [importId, which, cause]);
  const list = useKeyset<ImportedRow>(['session-imports', 'rows', importId, which, cause ?? '', rows], load);
  const columns = useMemo(() => rowColumns(t, zone), [t, zone]);
  const [open, setOpen] = useState<ImportedRow | null>(null);
  return (
    <>
      <ListCard name="imported-sessions" label={t('import.sessions')} list={list} columns={columns} rowKey={(row) => String(row.rowNumber)} onRow={setOpen} loadPage={load}
        sums={<span style={{ display: 'flex', flexWrap: 'wrap', gap: 12, alignItems: 'center' }}>
          <Segmented<RowsShown> aria-label={t('import.sessions')} value={which} onChange={(show) => setParams({ show })} options={SHOWN.map((value) => ({ value, label: t(`import.show.${value}`) }))} />
          {cause && <span className="chip">{t('repair.cause')} <strong>{translateCode(t, 'flag', cause)}</strong><button type="button" aria-label={t('list.removeFilter', { name: t('repair.cause') })} onClick={() => setParams({ show: 'flagged' })}>×</button></span>}
        </span>}
        empty={<Empty title={t('import.sessions.none')} />} />
      {open && <RowDrawer row={open} zone={zone} onClose={() => setOpen(null)} />}
    </>
  );
}

function HowRead({ mapping, rulesVersion, finishedAt }: { mapping: Mapping; rulesVersion: number | null; finishedAt: string | null }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { connector } = mapping;
  const names = (of: { readonly columns: readonly (string | readonly string[])[] } | undefined): string => of === undefined ? '–' : of.columns.map((column) => typeof column === 'string' ? column : column.join(' / ')).join(' + ');
  return (
    <Facts rows={[
      [t('import.field.chargePoint'), names(mapping.chargePoint)], [t('import.start.at'), names(mapping.start)], [t('import.end.at'), mapping.end ? names(mapping.end) : mapping.duration ? `${mapping.duration.column} (${mapping.duration.unit})` : '–'], [t('import.energy'), `${mapping.energy.column} (${mapping.energy.unit})`],
      [t('import.field.connector'), connector === undefined ? '1' : 'column' in connector ? connector.column : 'byOverlap' in connector ? `${t('import.connectors')}: ${connector.byOverlap}` : String(connector.constant)],
      [t('import.times'), mapping.time.formats.map((format) => typeof format === 'string' ? format : t('import.times.swapped', { format: format.format })).join('; ')], [t('import.zone'), mapping.time.zone],
      rulesVersion !== null && [t('import.row.verdict'), t('import.rules', { version: rulesVersion })], finishedAt !== null && [t('import.finished'), formatDateTime(finishedAt, timeZone)],
    ]} />
  );
}
