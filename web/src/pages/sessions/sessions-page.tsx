import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { FLAG_CAUSES, loadSessions, SESSION_STATES, type SessionFilter, type SessionPage, type SessionRow } from '../../api/charging.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatCount, formatKw, formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime, formatDuration } from '../../format/time.ts';
import { translateCode, useTranslate, type Translate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { useNews } from '../../ui/live-list.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { SessionState } from '../../ui/words.tsx';

const LIVE_TOPICS = ['charging.sessions', 'charging.bills', 'live.opened'];
const rowKey = (row: SessionRow): string => row.sessionId;

export function Component() {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const specs = useMemo<readonly FilterSpec[]>(() => [
    { key: 'state', label: t('session.filter.state'), kind: 'choice', options: SESSION_STATES.map((value) => ({ value, label: t(`session.filter.${value}`) })) },
    { key: 'cause', label: t('session.filter.flag'), kind: 'choice', options: FLAG_CAUSES.map((value) => ({ value, label: translateCode(t, 'flag', value) })) },
    { key: 'from', label: t('session.filter.from'), kind: 'day' }, { key: 'to', label: t('session.filter.to'), kind: 'day' },
  ], [t]);
  const filters = useFilters(specs);
  const load = useCallback((cursor: string | undefined) => loadSessions(asFilter(filters), cursor), [filters]);
  const queryKey = useMemo(() => ['sessions', 'list', filters], [filters]);
  const list = useKeyset<SessionRow, SessionPage>(queryKey, load);
  const news = useNews({ queryKey, topics: LIVE_TOPICS, list, load, rowKey });
  const columns = useSessionColumns(t, currency);
  const sums = list.firstPage?.sums;
  return (
    <Page title={t('session.title')}>
      <FilterBar specs={specs} searchLabel={t('session.search')} />
      <ListCard name="sessions" label={t('session.title')} list={list} columns={columns} rowKey={rowKey} news={news} href={(row) => `/sessions/${row.sessionId}`} loadPage={load}
        sums={sums && <>
          <span><b>{formatCount(sums.count)}</b>{t('session.sum.count')}</span><span><b>{formatKwh(sums.energyWh)}</b>kWh</span>
          <span><b>{formatMinor(sums.total.amountMinor, sums.total.currency)}</b>{sums.total.currency}</span>
          {sums.active > 0 && <span><b>{formatCount(sums.active)}</b>{t('session.sum.open')}</span>}{sums.held > 0 && <span><b>{formatCount(sums.held)}</b>{t('session.sum.held')}</span>}
        </>}
        empty={<Empty title={t('session.empty')} hint={t('session.empty.hint')} />} />
    </Page>
  );
}

/** A state or cause that the address bar invents is no filter. */
function asFilter({ state, cause, ...rest }: Readonly<Record<string, string>>): SessionFilter {
  const known = SESSION_STATES.find((each) => each === state);
  const knownCause = FLAG_CAUSES.find((each) => each === cause);
  return { ...rest, ...(known ? { state: known } : {}), ...(knownCause ? { cause: knownCause } : {}) };
}

/** The columns of a list of sessions; object pages show the same list narrowed to themselves. */
export function useSessionColumns(t: Translate, currency: string): readonly Column<SessionRow>[] {
  const { language } = usePreferences();
  const mayMembers = useMayEverywhere('members:read');
  return useMemo(() => [
    { key: 'started', title: t('session.started'), render: (row) => <Link className="tab" to={`/sessions/${row.sessionId}`}>{formatDateTime(row.startedAt, row.timeZone)}</Link>, text: (row) => formatDateTime(row.startedAt, row.timeZone) },
    { key: 'state', title: t('session.state'), render: (row) => <SessionState {...row} />, text: (row) => row.held ? t('session.held') : row.state === 'active' ? t('session.active') : t('session.billed') },
    { key: 'where', title: t('session.where'), render: (row) => <><span className="cell-main">{row.chargePointIdentity}</span>{row.evseNumber !== null && <span className="muted"> · {row.evseNumber}</span>}</>, text: (row) => `${row.chargePointIdentity} / ${row.evseNumber ?? ''}` },
    { key: 'energy', title: t('session.energy'), unit: 'kWh', numeric: true, render: (row) => formatKwh(row.energyWh), text: (row) => formatKwh(row.energyWh) },
    { key: 'amount', title: t('session.amount'), unit: currency, numeric: true, render: (row) => row.total === null ? <span className="muted">{row.held ? t('session.sum.held') : '–'}</span> : formatMinor(row.total.amountMinor, row.total.currency), text: (row) => row.total === null ? '' : formatMinor(row.total.amountMinor, row.total.currency) },
    { key: 'duration', title: t('session.duration'), numeric: true, wideOnly: true, optional: true,
      render: (row) => formatDuration((row.endedAt ? Date.parse(row.endedAt) : Date.now()) - Date.parse(row.startedAt), language),
      text: (row) => formatDuration((row.endedAt ? Date.parse(row.endedAt) : Date.now()) - Date.parse(row.startedAt), language) },
    { key: 'station', title: t('session.filter.station'), wideOnly: true, optional: true, render: (row) => <span className="clip" title={row.stationName}>{row.stationName}</span>, text: (row) => row.stationName },
    { key: 'member', title: t('session.member'), wideOnly: true, optional: true, render: (row) => row.memberId && (mayMembers || row.memberName !== null) ? <Link to={`/members/${row.memberId}`}>{row.memberName ?? row.tokenMask ?? t('unknown')}</Link> : <span className="muted">{row.tokenMask ?? t('session.noMember')}</span>, text: (row) => row.memberName ?? row.tokenMask ?? '' },
    { key: 'mode', title: t('session.mode'), wideOnly: true, optional: true, hiddenAtFirst: true, render: (row) => translateCode(t, 'mode', row.startMode), text: (row) => translateCode(t, 'mode', row.startMode) },
    { key: 'power', title: t('session.power'), unit: 'kW', numeric: true, wideOnly: true, optional: true, hiddenAtFirst: true, render: (row) => row.powerW === null ? <span className="muted">–</span> : formatKw(row.powerW), text: (row) => row.powerW === null ? '' : formatKw(row.powerW) },
  ], [t, currency, language, mayMembers]);
}
