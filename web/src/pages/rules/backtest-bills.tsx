import { Button, Segmented, Select } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import type { FlagCause } from '../../api/charging.ts';
import { BILL_CHANGES, loadBacktestBills, type Backtest, type BacktestBill, type BillChange } from '../../api/rules.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { useStationNames } from '../repair/station-names.ts';

type Side = BacktestBill['before'];
const pathOf = ({ sessionId }: BacktestBill): string => `/sessions/${sessionId}`;
const countOf = ({ newlyFlagged, noLongerFlagged, differing }: Backtest): Readonly<Record<BillChange, number>> => ({ newly_flagged: newlyFlagged, no_longer_flagged: noLongerFlagged, differs: differing });

/** Bills that would come out differently, each a link to its session. */
export function BacktestBills({ backtest, causes }: { backtest: Backtest; causes: readonly FlagCause[] }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const stations = useStationNames();
  const counts = countOf(backtest);
  const [change, setChange] = useState<BillChange | 'all'>('all');
  const [cause, setCause] = useState<FlagCause | null>(null);
  const { backtestId } = backtest;
  const load = useCallback((cursor: string | undefined) => loadBacktestBills(backtestId, { ...(change === 'all' ? {} : { change }), ...(cause === null ? {} : { cause }) }, cursor), [backtestId, change, cause]);
  const list = useKeyset<BacktestBill>(['rules', 'backtest', backtestId, 'bills', change, cause], load);
  const columns = useMemo<readonly Column<BacktestBill>[]>(() => [
    { key: 'when', title: t('backtest.col.started'), render: (row) => <><Link className="cell-main tab" to={pathOf(row)}>{formatDateTime(row.startedAt, timeZone)}</Link><div className="cell-sub">{stations.get(row.stationId) ?? ''}</div></> },
    { key: 'causes', title: t('backtest.col.causes'), under: true, render: (row) => <Causes bill={row} /> },
    { key: 'before', title: t('backtest.before'), numeric: true, wideOnly: true, render: (row) => <SideCell side={row.before} /> },
    { key: 'after', title: t('backtest.after'), numeric: true, render: (row) => <SideCell side={row.after} /> },
  ], [t, timeZone, stations]);
  const all = counts.newly_flagged + counts.no_longer_flagged + counts.differs;
  return (
    <Card title={t('backtest.bills')} flush>
      <div className="card-tools">
        <Segmented<BillChange | 'all'> aria-label={t('backtest.change')} value={change} onChange={setChange}
          options={[{ value: 'all', label: t('backtest.change.all', { count: formatCount(all) }) }, ...BILL_CHANGES.map((value) => ({ value, label: t(`backtest.change.${value}`, { count: formatCount(counts[value]) }), disabled: counts[value] === 0 }))]} />
        <Select<FlagCause | null> aria-label={t('backtest.byCause')} placeholder={t('backtest.byCause')} allowClear value={cause} onChange={(next) => setCause(next ?? null)} style={{ minWidth: 220, maxWidth: '100%' }} options={causes.map((value) => ({ value, label: translateCode(t, 'flag', value) }))} />
      </div>
      <DataTable label={t('backtest.bills')} columns={columns} rows={list.rows} rowKey={(row) => row.sessionId} href={pathOf} keys={false} loading={list.loading}
        empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('backtest.bills.none')} hint={t('backtest.bills.none.hint')} />} />
      {list.more.hasMore && <div className="card-tools"><Button loading={list.more.loading} onClick={list.more.load}>{t('backtest.bills.more')}</Button></div>}
    </Card>
  );
}

function Causes({ bill: { before, after } }: { bill: BacktestBill }) {
  const t = useTranslate();
  const gained = after.causes.filter((cause) => !before.causes.includes(cause)), lost = before.causes.filter((cause) => !after.causes.includes(cause));
  if (gained.length + lost.length === 0) return <span className="muted">{t('backtest.onlyFigures')}</span>;
  return <span className="wrap-text">{gained.map((cause) => <State key={cause} tone="warn">{t('backtest.gains', { cause: translateCode(t, 'flag', cause) })}</State>)}{lost.map((cause) => <State key={cause} tone="good">{t('backtest.loses', { cause: translateCode(t, 'flag', cause) })}</State>)}</span>;
}

function SideCell({ side: { state, total } }: { side: Side }) {
  const t = useTranslate();
  return <>{formatMinor(total.amountMinor, total.currency)}<div className="cell-sub">{t(`backtest.side.${state}`)}</div></>;
}
