import { Button, Tabs } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { loadDays, type Day } from '../../api/reconciliation.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount, formatMinor } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Page } from '../../ui/page.tsx';
import { useAccountName } from '../../ui/payment-words.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { Breaks } from './breaks.tsx';
import { Calendar } from './calendar.tsx';
import { dayPath, dayResult, DayWord, netMinor } from './day-words.tsx';
import { MatchDay } from './match-day.tsx';

/** Do the channels and our books say the same, day by day? And what is left to explain? */
export function Component() {
  const t = useTranslate();
  const may = useMayEverywhere('payments:recover');
  const [params, setParams] = useSearchParams();
  const [matching, setMatching] = useState(false);
  const tab = params.get('tab') === 'breaks' ? 'breaks' : 'days';
  return (
    <Page title={t('recon.title')} sub={t('recon.sub')} actions={may && <Button onClick={() => setMatching(true)}>{t('recon.again.one')}</Button>}>
      <Tabs activeKey={tab} onChange={(key) => setParams(key === 'days' ? {} : { tab: key })} destroyOnHidden items={[{ key: 'days', label: t('recon.tab.days'), children: <Days /> }, { key: 'breaks', label: t('recon.tab.breaks'), children: <Breaks /> }]} />
      {matching && <MatchDay onClose={() => setMatching(false)} />}
    </Page>
  );
}

const money = (minor: bigint, currency: string): string => formatMinor(minor, currency);

function Days() {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const { accounts, nameOf } = useAccountName();
  const specs = useMemo<readonly FilterSpec[]>(() => [{ key: 'account', label: t('recon.account'), kind: 'choice', options: accounts.map((each) => ({ value: each.merchantAccountId, label: each.name })) }], [t, accounts]);
  const { account } = useFilters(specs);
  const load = useCallback((cursor: string | undefined) => loadDays(account, cursor), [account]);
  const list = useKeyset<Day>(['reconciliation', 'days', account ?? ''], load);
  const columns = useMemo<readonly Column<Day>[]>(() => [
    { key: 'day', title: t('recon.day'), render: (row) => <Link className="cell-main tab" to={dayPath(row)}>{row.businessDate}</Link>, text: (row) => row.businessDate },
    { key: 'account', title: t('recon.account'), render: (row) => nameOf(row.merchantAccountId), text: (row) => nameOf(row.merchantAccountId) },
    { key: 'result', title: t('recon.result'), under: true, render: (row) => <DayWord day={row} />, text: (row) => dayResult(t, row).text },
    { key: 'ours', title: t('recon.ours'), unit: currency, numeric: true, wideOnly: true, render: (row) => row.report ? money(netMinor(row.report.ours), currency) : <span className="muted">–</span>, text: (row) => row.report ? money(netMinor(row.report.ours), currency) : '' },
    { key: 'theirs', title: t('recon.theirs'), unit: currency, numeric: true, wideOnly: true, render: (row) => row.report ? money(netMinor(row.report.theirs), currency) : <span className="muted">–</span>, text: (row) => row.report ? money(netMinor(row.report.theirs), currency) : '' },
    { key: 'difference', title: t('recon.difference'), unit: currency, numeric: true, render: (row) => <Difference day={row} />, text: (row) => row.report ? money(netMinor(row.report.theirs) - netMinor(row.report.ours), currency) : '' },
    { key: 'fees', title: t('recon.fees'), unit: currency, numeric: true, wideOnly: true, optional: true, render: (row) => row.report ? formatMinor(row.report.fees.amountMinor, row.report.fees.currency) : <span className="muted">–</span>, text: (row) => row.report ? formatMinor(row.report.fees.amountMinor, row.report.fees.currency) : '' },
    { key: 'matched', title: t('recon.matched'), numeric: true, wideOnly: true, optional: true, render: (row) => row.report ? formatCount(row.report.matched) : <span className="muted">–</span>, text: (row) => String(row.report?.matched ?? '') },
  ], [t, currency, nameOf]);
  const open = list.rows.reduce((sum, row) => sum + row.openBreaks, 0);
  return (
    <div className="page">
      {list.rows.length > 0 && <Calendar days={list.rows} />}
      <FilterBar specs={specs} />
      <ListCard name="reconciliation-days" label={t('recon.tab.days')} list={list} columns={columns} rowKey={(row) => `${row.merchantAccountId} ${row.businessDate}`} href={dayPath} loadPage={load}
        sums={<><span><b>{formatCount(list.rows.length)}{list.more.hasMore ? '+' : ''}</b>{t('recon.tab.days')}</span><span><b>{formatCount(open)}</b>{t('recon.open')}</span></>} empty={<Empty title={t('recon.empty')} hint={t('recon.empty.hint')} />} />
    </div>
  );
}

function Difference({ day: { report } }: { day: Day }) {
  const { currency } = useLoggedIn();
  if (!report) return <span className="muted">–</span>;
  const minor = netMinor(report.theirs) - netMinor(report.ours);
  return minor === 0n ? <span className="muted">{money(0n, currency)}</span> : <State tone="warn">{money(minor, currency)}</State>;
}
