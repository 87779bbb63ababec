import { useQuery } from '@tanstack/react-query';
import { Button, Segmented } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { FLAG_CAUSES } from '../../api/charging.ts';
import { CASE_STATES, loadRepairCases, loadRepairCounts, type RepairCase, type RepairQuery } from '../../api/repair.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { useNews } from '../../ui/live-list.ts';
import { useNow } from '../../ui/now.ts';
import { Card, Figure, Figures, Page } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { useStationNames } from './station-names.ts';
import { CaseAge, CaseStateWord, isOverdue, ProposalWord } from './words.tsx';

const SHOWS = ['todo', 'overdue', 'mine', 'all'] as const;
const GROUPS = ['cause', 'maker', 'firmware', 'station'] as const;
type Group = (typeof GROUPS)[number];
const TOPICS = ['repair.cases'];
const GROUPS_SHOWN_MAX = 8;
const pathOf = ({ caseId }: RepairCase): string => `/abnormal-bills/${caseId}`;

/** Which bills are in doubt: how many, why, what is at stake, what is proposed, and which is due first. */
export function Component() {
  const t = useTranslate();
  const stations = useStationNames();
  const navigate = useNavigate();
  const everywhere = useMayEverywhere('repair:read');
  return (
    <Page title={t('repair.title')} sub={t('repair.sub')} actions={everywhere && <><Button onClick={() => void navigate('/repair-policy')}>{t('auto.title')}</Button><Button onClick={() => void navigate('/bulk-repairs')}>{t('bulk.title')}</Button></>}>
      <Counts stations={stations} />
      <Cases stations={stations} />
    </Page>
  );
}

function Counts({ stations }: { stations: ReadonlyMap<string, string> }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const [by, setBy] = useState<Group>('cause');
  const { data: counts, error, refetch } = useQuery({ queryKey: ['repair-cases', 'counts', by], queryFn: () => loadRepairCounts(by), placeholderData: (before) => before });
  if (error) return <div className="card"><ProblemView error={error} onRetry={() => void refetch()} /></div>;
  if (!counts) return null;
  const { ages } = counts;
  const word = (key: string | null): string => key === null ? t('repair.by.unknown') : by === 'cause' ? translateCode(t, 'flag', key) : by === 'station' ? stations.get(key) ?? key : key;
  const most = Math.max(1, ...counts.groups.map(({ cases }) => cases));
  return (
    <>
      <Figures>
        <Figure label={t('repair.toDo')} value={formatCount(counts.toDo)} note={counts.overdue > 0 ? <State tone="bad">{formatCount(counts.overdue)} {t('repair.overdue')}</State> : undefined} />
        <Figure label={t('repair.atStake')} value={formatMinor(counts.atStake.amountMinor, counts.atStake.currency)} unit={counts.atStake.currency} />
        <Figure label={t('repair.oldest')} value={counts.oldestOpenedAt ? formatDateTime(counts.oldestOpenedAt, timeZone) : '–'} words />
        <Figure label={t('repair.ages')} words value={<span className="ages">{(['underDay', 'underWeek', 'underMonth', 'older'] as const).map((age) => <span key={age}>{t(`repair.age.${age}`)} <b>{formatCount(ages[age])}</b></span>)}</span>} />
      </Figures>
      <Card title={t('repair.by')} extra={<Segmented size="small" value={by} onChange={(value) => setBy(value)} options={GROUPS.map((value) => ({ value, label: t(`repair.by.${value}`) }))} />}>
        {counts.groups.length === 0 ? <p className="muted">{t('repair.by.none')}</p> : (
          <ul className="tally">
            {counts.groups.slice(0, GROUPS_SHOWN_MAX).map((group) => (
              <li key={group.key ?? ''}>
                <span className="name">{group.key === null ? word(null) : <Link to={`/abnormal-bills?${by === 'station' ? 'stationId' : by}=${encodeURIComponent(group.key)}`}>{word(group.key)}</Link>}</span>
                <span className="bar" aria-hidden="true"><i style={{ width: `${(group.cases / most) * 100}%` }} /></span>
                <b className="tab">{formatCount(group.cases)}</b>
                <span className="muted tab">{formatMinor(group.atStake.amountMinor, group.atStake.currency)} {group.atStake.currency} · {t('repair.by.proposed', { count: group.proposed })}</span>
              </li>
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}

function useCaseFilter(stations: ReadonlyMap<string, string>) {
  const t = useTranslate();
  const { userId } = useLoggedIn();
  const [params] = useSearchParams();
  const show = SHOWS.find((each) => each === params.get('show')) ?? 'todo';
  const specs = useMemo<readonly FilterSpec[]>(() => [
    { key: 'cause', label: t('repair.cause'), kind: 'choice', options: FLAG_CAUSES.map((value) => ({ value, label: translateCode(t, 'flag', value) })) },
    { key: 'state', label: t('repair.state'), kind: 'choice', options: CASE_STATES.map((value) => ({ value, label: t(`repair.state.${value}`) })) },
    { key: 'stationId', label: t('repair.by.station'), kind: 'choice', options: [...stations].map(([value, label]) => ({ value, label })) },
    { key: 'maker', label: t('repair.by.maker'), kind: 'text' }, { key: 'model', label: t('repair.by.model'), kind: 'text' }, { key: 'firmware', label: t('repair.by.firmware'), kind: 'text' },
  ], [t, stations]);
  const values = useFilters(specs);
  const filter = useMemo<RepairQuery>(() => {
    const { state, q: _q, ...rest } = values;
    const known = CASE_STATES.find((each) => each === state);
    return { ...rest, ...(known ? { state: known } : show === 'all' ? {} : { toDo: true }), ...(show === 'overdue' ? { overdue: true } : {}), ...(show === 'mine' ? { ownerId: userId } : {}) };
  }, [values, show, userId]);
  return { show, specs, filter };
}

function Cases({ stations }: { stations: ReadonlyMap<string, string> }) {
  const t = useTranslate();
  const [, setParams] = useSearchParams();
  const { show, specs, filter } = useCaseFilter(stations);
  const load = useCallback((cursor: string | undefined) => loadRepairCases(filter, cursor), [filter]);
  const queryKey = ['repair-cases', 'list', filter];
  const list = useKeyset<RepairCase, Awaited<ReturnType<typeof load>>>(queryKey, load);
  const rowKey = useCallback((row: RepairCase) => row.caseId, []);
  const news = useNews({ queryKey, topics: TOPICS, list, load, rowKey });
  const columns = useCaseColumns();
  const { currency } = useLoggedIn();
  const sum = list.rows.reduce((total, { atStake }) => total + BigInt(atStake.amountMinor), 0n);
  return (
    <>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12 }}>
        <Segmented value={show} onChange={(value) => setParams((now) => { const next = new URLSearchParams(now); next.set('show', value); return next; })} options={SHOWS.map((value) => ({ value, label: t(`repair.show.${value}`) }))} />
        <FilterBar specs={specs} />
      </div>
      <ListCard name="abnormal-bills" label={t('repair.title')} list={list} columns={columns} rowKey={rowKey} href={pathOf} loadPage={load} news={news}
        sums={<><span><b>{formatCount(list.rows.length)}{list.more.hasMore ? '+' : ''}</b>{t('repair.count')}</span><span><b>{formatMinor(sum, currency)}</b>{currency}</span></>}
        empty={<Empty title={t('repair.empty.title')} hint={t('repair.empty.hint')} />} />
    </>
  );
}

function useCaseColumns(): readonly Column<RepairCase>[] {
  const t = useTranslate();
  const { currency, timeZone } = useLoggedIn();
  const now = useNow(60_000);
  return useMemo(() => [
    { key: 'cause', title: t('repair.cause'), render: (row) => <Link className="cell-main two-lines" to={pathOf(row)}>{translateCode(t, 'flag', row.primaryCause)}</Link>, text: (row) => translateCode(t, 'flag', row.primaryCause) },
    { key: 'place', title: t('repair.place'), under: true, render: (row) => <><span className="clip" title={row.stationName ?? ''}>{row.stationName ?? '–'}</span><div className="cell-sub">{row.chargePointIdentity}</div></>, text: (row) => `${row.stationName ?? ''} ${row.chargePointIdentity ?? ''}` },
    { key: 'device', title: t('repair.device'), wideOnly: true, optional: true, hiddenAtFirst: true, render: (row) => [row.maker, row.model, row.firmware].filter(Boolean).join(' · ') || <span className="muted">–</span>, text: (row) => [row.maker, row.model, row.firmware].filter(Boolean).join(' · ') },
    { key: 'stake', title: t('repair.atStake'), unit: currency, numeric: true, render: (row) => formatMinor(row.atStake.amountMinor, row.atStake.currency), text: (row) => formatMinor(row.atStake.amountMinor, row.atStake.currency) },
    { key: 'proposal', title: t('repair.proposal'), wideOnly: true, render: (row) => <ProposalWord one={row} />, text: (row) => row.proposal ? `${row.proposal.energyWh} Wh` : '' },
    { key: 'state', title: t('repair.state'), under: true, render: (row) => <CaseStateWord state={row.state} />, text: (row) => t(`repair.state.${row.state}`) },
    { key: 'due', title: t('repair.due'), wideOnly: true, render: (row) => <>{isOverdue(row, now) ? <State tone="bad" title={formatDateTime(row.dueAt, timeZone)}>{t('repair.due.overdue')}</State> : <span className="tab">{formatDateTime(row.dueAt, timeZone)}</span>}<div className="cell-sub">{t('repair.age')}: <CaseAge one={row} /></div></>, text: (row) => row.dueAt },
    { key: 'opened', title: t('repair.opened'), wideOnly: true, optional: true, hiddenAtFirst: true, render: (row) => <span className="tab">{formatDateTime(row.openedAt, timeZone)}</span>, text: (row) => row.openedAt },
    { key: 'owner', title: t('repair.owner'), wideOnly: true, optional: true, render: (row) => row.ownerName ?? <span className="muted">{t('repair.owner.nobody')}</span>, text: (row) => row.ownerName ?? '' },
  ], [t, currency, timeZone, now]);
}
