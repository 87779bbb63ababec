import { useQuery } from '@tanstack/react-query';
import { Button, Progress, Segmented } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { loadBulkRuns, loadRepairCounts, type BulkFilter, type BulkRun, type RepairCaseCounts } from '../../api/repair.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount, formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { NOTHING_CHOSEN, PreviewDialog } from './bulk-preview.tsx';
import { BulkStateWord, filterText, itemWord, percentOf } from './bulk-words.tsx';
import { useStationNames } from './station-names.ts';

const BY = ['cause', 'maker', 'model', 'firmware', 'station'] as const;
type By = (typeof BY)[number];
type Group = RepairCaseCounts['groups'][number];
const FIELD = { cause: 'cause', maker: 'maker', model: 'model', firmware: 'firmware', station: 'stationId' } as const satisfies Record<By, keyof BulkFilter>;
/** The stream tells of every page that a run has worked; without the stream this does. */
const REFRESH_MS = 5_000;
const runPath = ({ runId }: BulkRun): string => `/bulk-repairs/${runId}`;

/** Which bills can be repaired together, and the runs that did. */
export function Component() {
  const t = useTranslate();
  const stations = useStationNames();
  const may = useMayEverywhere('repair:apply');
  const [choosing, setChoosing] = useState<BulkFilter | null>(null);
  return (
    <Page title={t('bulk.title')} sub={t('bulk.sub')} crumbs={[{ to: '/abnormal-bills', label: t('repair.title') }]} actions={may && <Button onClick={() => setChoosing(NOTHING_CHOSEN)}>{t('bulk.preview.all')}</Button>}>
      <Groups stations={stations} onChoose={may ? setChoosing : null} />
      <Runs stations={stations} />
      {choosing && <PreviewDialog chosen={choosing} stations={stations} onClose={() => setChoosing(null)} />}
    </Page>
  );
}

function Groups({ stations, onChoose }: { stations: ReadonlyMap<string, string>; onChoose: ((filter: BulkFilter) => void) | null }) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const [by, setBy] = useState<By>('cause');
  const { data: counts, error, refetch } = useQuery({ queryKey: ['repair-cases', 'counts', by], queryFn: () => loadRepairCounts(by), placeholderData: (before) => before });
  const columns = useMemo<readonly Column<Group>[]>(() => {
    const word = (key: string | null): string => key === null ? t('repair.by.unknown') : by === 'cause' ? translateCode(t, 'flag', key) : by === 'station' ? stations.get(key) ?? key : key;
    return [
      { key: 'group', title: t(`repair.by.${by}`), render: (row) => <span className="cell-main">{word(row.key)}</span> },
      { key: 'open', title: t('bulk.open'), numeric: true, wideOnly: true, render: (row) => formatCount(row.cases) },
      { key: 'proposed', title: t('bulk.withProposal'), numeric: true, render: (row) => formatCount(row.proposed) },
      { key: 'energy', title: t('bulk.proposedWh'), unit: 'kWh', numeric: true, wideOnly: true, render: (row) => formatKwh(row.proposedWh) },
      { key: 'money', title: t('bulk.proposed'), unit: currency, numeric: true, render: (row) => formatMinor(row.proposedTotal.amountMinor, row.proposedTotal.currency) },
      ...(onChoose === null ? [] : [{ key: 'act', title: '', render: (row: Group) => row.key !== null && row.proposed > 0 && <Button size="small" aria-label={`${t('bulk.preview')}: ${word(row.key)}`} onClick={() => onChoose({ ...NOTHING_CHOSEN, [FIELD[by]]: row.key })}>{t('bulk.preview')}</Button> }]),
    ];
  }, [t, by, stations, currency, onChoose]);
  return (
    <Card title={t('bulk.groups')} flush extra={<span className="many"><Segmented size="small" aria-label={t('bulk.groups.by')} value={by} onChange={setBy} options={BY.map((value) => ({ value, label: t(`repair.by.${value}`) }))} /></span>}>
      {error ? <ProblemView error={error} onRetry={() => void refetch()} />
        : <DataTable label={t('bulk.groups')} columns={columns} rows={counts?.groups ?? []} rowKey={(row) => row.key ?? ''} loading={!counts} keys={false} empty={<Empty title={t('bulk.groups.none')} hint={t('bulk.groups.none.hint')} />} />}
    </Card>
  );
}

function Runs({ stations }: { stations: ReadonlyMap<string, string> }) {
  const t = useTranslate();
  const { currency, timeZone } = useLoggedIn();
  const load = useCallback((cursor: string | undefined) => loadBulkRuns(cursor), []);
  const list = useKeyset<BulkRun>(['bulk-repairs', 'runs'], load, REFRESH_MS);
  const columns = useMemo<readonly Column<BulkRun>[]>(() => {
    const what = (row: BulkRun): string => `${row.reverts === null ? '' : `${t('bulk.revertRun')}: `}${filterText(t, row.filter, stations)}`;
    const outcome = (row: BulkRun): string => [[row.applied, itemWord(t, 'applied', row.reverts !== null)], [row.awaitingApproval, t('bulk.item.awaiting_approval')], [row.refused, t('bulk.item.refused')], [row.skipped, t('bulk.item.skipped')]]
      .flatMap(([count, word]) => (count === 0 ? [] : [`${formatCount(Number(count))} ${word}`])).join(' · ');
    return [
      { key: 'what', title: t('bulk.what'), render: (row) => <Link className="cell-main clip wide" to={runPath(row)} title={what(row)}>{what(row)}</Link>, text: what },
      { key: 'state', title: t('repair.state'), under: true, render: (row) => <span className="states"><BulkStateWord state={row.state} />{row.revertedBy !== null && <span className="muted">{t('bulk.revertedBy')}</span>}</span>, text: (row) => t(`bulk.state.${row.state}`) },
      { key: 'progress', title: t('bulk.progress'), wideOnly: true, render: (row) => row.state === 'previewed' ? <span className="muted">–</span> : <span className="run-progress"><Progress size="small" percent={percentOf(row)} status={row.state === 'running' ? 'active' : 'normal'} aria-label={t('bulk.progress')} /><span className="cell-sub">{outcome(row)}</span></span>, text: outcome },
      { key: 'bills', title: t('bulk.bills'), numeric: true, render: (row) => formatCount(row.items), text: (row) => String(row.items) },
      { key: 'money', title: t('bulk.proposed'), unit: currency, numeric: true, render: (row) => formatMinor(row.total.amountMinor, row.total.currency), text: (row) => formatMinor(row.total.amountMinor, row.total.currency) },
      { key: 'by', title: t('bulk.by.preview'), wideOnly: true, render: (row) => <>{row.previewedBy}<div className="cell-sub tab">{formatDateTime(row.previewedAt, timeZone)}</div></>, text: (row) => `${row.previewedBy} ${row.previewedAt}` },
    ];
  }, [t, stations, currency, timeZone]);
  return <ListCard name="bulk-repairs" label={t('bulk.runs')} list={list} columns={columns} rowKey={(row) => row.runId} href={runPath} loadPage={load} sums={<b>{t('bulk.runs')}</b>} empty={<Empty title={t('bulk.runs.none')} hint={t('bulk.runs.none.hint')} />} />;
}
