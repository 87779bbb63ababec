import { useQuery } from '@tanstack/react-query';
import { Button, Segmented } from 'antd';
import { useCallback, useMemo } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { loadCaseCounts, loadCases, SUPPORT_STATES, type CaseQuery, type SupportCase } from '../../api/cases.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Figure, Figures, Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { CaseState, pathOf } from './words.tsx';

const href = ({ caseId }: SupportCase): string => pathOf(caseId);
const SHOWS = ['all', ...SUPPORT_STATES] as const;
const NO_SPECS: readonly FilterSpec[] = [];

/** What people report, the last touched first. */
export function Component() {
  const t = useTranslate();
  const navigate = useNavigate();
  const mayWrite = useMayEverywhere('cases:write');
  const { data: counts } = useQuery({ queryKey: ['support-cases', 'counts'], queryFn: loadCaseCounts });
  return (
    <Page title={t('case.title')} sub={t('case.sub')} actions={mayWrite && <Button type="primary" onClick={() => void navigate('/support-cases/new')}>{t('case.new')}</Button>}>
      {counts && <Figures>
        {SUPPORT_STATES.map((state) => <Figure key={state} label={t(`case.state.${state}`)} value={formatCount(counts[state])} to={`/support-cases?state=${state}`} />)}
        <Figure label={t('case.known.count')} value={formatCount(counts.known)} to="/support-cases?known=1" />
      </Figures>}
      <Cases />
    </Page>
  );
}

function Cases() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const [params, setParams] = useSearchParams();
  const { q } = useFilters(NO_SPECS);
  const state = SUPPORT_STATES.find((each) => each === params.get('state')), known = params.get('known') === '1';
  const filter = useMemo<CaseQuery>(() => ({ ...(q ? { text: q } : {}), ...(state ? { state } : {}), ...(known ? { known: true } : {}) }), [q, state, known]);
  const load = useCallback((cursor: string | undefined) => loadCases(filter, cursor), [filter]);
  const list = useKeyset<SupportCase>(['support-cases', 'all', filter], load);
  const columns = useMemo<readonly Column<SupportCase>[]>(() => [
    { key: 'case', title: t('case.name'), render: (row) => <Link className="cell-main clip case-title" title={row.title} to={href(row)}><span className="muted tab">#{row.number}</span> {row.title}</Link>, text: (row) => `#${row.number} ${row.title}` },
    { key: 'state', title: t('case.state'), under: true, render: (row) => <CaseState of={row} />, text: (row) => t(`case.state.${row.state}`) },
    { key: 'cause', title: t('case.cause'), wideOnly: true, render: (row) => row.cause === null ? <span className="muted">{t('case.cause.unknown')}</span> : translateCode(t, 'flag', row.cause), text: (row) => row.cause === null ? '' : translateCode(t, 'flag', row.cause) },
    { key: 'owner', title: t('case.owner'), wideOnly: true, render: (row) => row.owner ?? <span className="muted">{t('case.owner.nobody')}</span>, text: (row) => row.owner ?? '' },
    { key: 'reopened', title: t('case.reopened'), numeric: true, wideOnly: true, render: (row) => row.timesReopened === 0 ? <span className="muted">–</span> : row.timesReopened, text: (row) => String(row.timesReopened) },
    { key: 'changed', title: t('case.changed'), wideOnly: true, render: (row) => <span className="tab">{formatDateTime(row.changedAt, timeZone)}</span>, text: (row) => formatDateTime(row.changedAt, timeZone) },
  ], [t, timeZone]);
  const show = (value: (typeof SHOWS)[number]) => setParams((now) => { const next = new URLSearchParams(now); if (value === 'all') next.delete('state'); else next.set('state', value); return next; });
  const filtered = Boolean(q || state || known);
  return (
    <>
      <FilterBar specs={NO_SPECS} searchLabel={t('case.search')} />
      <ListCard name="support-cases" label={t('case.title')} list={list} columns={columns} rowKey={(row) => row.caseId} href={href} loadPage={load}
        sums={<span style={{ display: 'flex', flexWrap: 'wrap', gap: 12, alignItems: 'center' }}>
          <Segmented aria-label={t('case.state')} value={state ?? 'all'} onChange={show} options={SHOWS.map((value) => ({ value, label: value === 'all' ? t('import.show.all') : t(`case.state.${value}`) }))} />
          {known && <span className="chip">{t('case.known')} <strong>{t('case.known.only')}</strong><button type="button" aria-label={t('list.removeFilter', { name: t('case.known') })} onClick={() => setParams({})}>×</button></span>}
        </span>}
        empty={<Empty title={t(filtered ? 'case.notFound' : 'case.none')} hint={filtered ? undefined : t('case.none.hint')} />} />
    </>
  );
}
