import { Segmented } from 'antd';
import { useCallback, useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import { BREAK_KINDS, loadBreaks, type Break } from '../../api/reconciliation.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatCount, formatMinor } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { useNow } from '../../ui/now.ts';
import { Card } from '../../ui/page.tsx';
import { useAccountName } from '../../ui/payment-words.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';

type Filter = Parameters<typeof loadBreaks>[0];
const SHOWS = ['open', 'mine', 'resolved', 'all'] as const;

export function BreakWord({ one }: { one: Break }) {
  const t = useTranslate();
  return one.state === 'open' ? <State tone="bad">{t('break.state.open')}</State> : <State tone="good">{t(`break.resolution.${one.resolution ?? 'explained'}`)}</State>;
}

/** What is left to explain, oldest first. */
export function Breaks() {
  const t = useTranslate();
  const { accounts } = useAccountName();
  const [params, setParams] = useSearchParams();
  const show = SHOWS.find((each) => each === params.get('show')) ?? 'open';
  const specs = useMemo<readonly FilterSpec[]>(() => [
    { key: 'kind', label: t('break.kind'), kind: 'choice', options: BREAK_KINDS.map((value) => ({ value, label: t(`break.kind.${value}`) })) },
    { key: 'account', label: t('recon.account'), kind: 'choice', options: accounts.map((each) => ({ value: each.merchantAccountId, label: each.name })) }, { key: 'day', label: t('recon.day'), kind: 'day' },
  ], [t, accounts]);
  const { kind, account, day } = useFilters(specs);
  const filter = useMemo<Filter>(() => {
    const known = BREAK_KINDS.find((each) => each === kind);
    return { ...(show === 'all' ? {} : show === 'resolved' ? { state: 'resolved' as const } : { state: 'open' as const }), ...(show === 'mine' ? { mine: true } : {}), ...(known ? { kind: known } : {}), ...(account ? { merchantAccountId: account } : {}), ...(day ? { businessDate: day } : {}) };
  }, [show, kind, account, day]);
  const load = useCallback((cursor: string | undefined) => loadBreaks(filter, cursor), [filter]);
  const list = useKeyset<Break>(['reconciliation', 'breaks', filter], load);
  const columns = useBreakColumns();
  const { currency } = useLoggedIn();
  const sum = list.rows.reduce((total, { difference }) => total + BigInt(difference.amountMinor), 0n);
  return (
    <div className="page">
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12 }}>
        <Segmented value={show} onChange={(value) => setParams((now) => { const next = new URLSearchParams(now); next.set('show', value); return next; })} options={[{ value: 'open', label: t('recon.open') }, { value: 'mine', label: t('break.mine') }, { value: 'resolved', label: t('break.filter.resolved') }, { value: 'all', label: t('notify.show.all') }]} />
        <FilterBar specs={specs} />
      </div>
      <ListCard name="breaks" label={t('break.title')} list={list} columns={columns} rowKey={(row) => row.breakId} href={(row) => `/reconciliation/breaks/${row.breakId}`} loadPage={load}
        sums={<><span><b>{formatCount(list.rows.length)}{list.more.hasMore ? '+' : ''}</b>{t('break.count')}</span><span><b>{formatMinor(sum, currency)}</b>{currency}</span></>} empty={<Empty title={t('break.empty')} hint={t('break.empty.hint')} />} />
    </div>
  );
}

/** The differences of one day. */
export function BreaksCard({ filter, title }: { filter: Filter; title: string }) {
  const key = JSON.stringify(filter);
  const t = useTranslate();
  const load = useCallback((cursor: string | undefined) => loadBreaks(JSON.parse(key) as Filter, cursor), [key]);
  const list = useKeyset<Break>(['reconciliation', 'breaks', 'of', key], load);
  const columns = useBreakColumns().filter((column) => !['day', 'account'].includes(column.key));
  return <Card title={title} flush><DataTable label={title} keys={false} columns={columns} rows={list.rows} rowKey={(row) => row.breakId} href={(row) => `/reconciliation/breaks/${row.breakId}`} more={list.more} loading={list.loading} empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('break.empty')} hint={t('break.empty.hint')} />} /></Card>;
}

function useBreakColumns(): readonly Column<Break>[] {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const { language } = usePreferences();
  const { nameOf } = useAccountName();
  const now = useNow(60_000);
  return useMemo(() => {
    const amount = (money: Break['ours']) => money === null ? <span className="muted">–</span> : formatMinor(money.amountMinor, money.currency);
    const text = (money: Break['ours']): string => money === null ? '' : formatMinor(money.amountMinor, money.currency);
    return [
      { key: 'kind', title: t('break.kind'), render: (row) => <Link className="cell-main" to={`/reconciliation/breaks/${row.breakId}`}>{t(`break.kind.${row.kind}`)}</Link>, text: (row) => t(`break.kind.${row.kind}`) },
      { key: 'state', title: t('pay.state'), under: true, render: (row) => <BreakWord one={row} />, text: (row) => row.state },
      { key: 'age', title: t('break.age'), numeric: true, render: (row) => row.state === 'open' ? formatDuration(now - Date.parse(row.openedAt), language) : <span className="muted">–</span> },
      { key: 'day', title: t('recon.day'), wideOnly: true, render: (row) => <span className="tab">{row.businessDate}</span>, text: (row) => row.businessDate },
      { key: 'account', title: t('recon.account'), wideOnly: true, render: (row) => nameOf(row.merchantAccountId), text: (row) => nameOf(row.merchantAccountId) },
      { key: 'ours', title: t('recon.ours'), unit: currency, numeric: true, wideOnly: true, render: (row) => amount(row.ours), text: (row) => text(row.ours) },
      { key: 'theirs', title: t('recon.theirs'), unit: currency, numeric: true, wideOnly: true, render: (row) => amount(row.theirs), text: (row) => text(row.theirs) },
      { key: 'difference', title: t('recon.difference'), unit: currency, numeric: true, render: (row) => <b>{amount(row.difference)}</b>, text: (row) => text(row.difference) },
      { key: 'owner', title: t('break.owner'), wideOnly: true, render: (row) => row.owner ?? <span className="muted">{t('break.owner.nobody')}</span>, text: (row) => row.owner ?? '' },
      { key: 'number', title: t('break.number'), wideOnly: true, optional: true, hiddenAtFirst: true, render: (row) => <span className="mono">{row.number}</span>, text: (row) => row.number },
    ];
  }, [t, currency, language, nameOf, now]);
}
