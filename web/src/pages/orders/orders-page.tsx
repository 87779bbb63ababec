import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { CHANNEL_KINDS, loadOrders, ORDER_STATES, type ListedOrder } from '../../api/payments.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount, formatMinor } from '../../format/number.ts';
import { formatDateTime, wallClockInstant } from '../../format/time.ts';
import { useTranslate, type Translate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { useNews } from '../../ui/live-list.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Page } from '../../ui/page.tsx';
import { ChannelName, OrderStateWord } from '../../ui/payment-words.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { recoveredBy } from './actors.ts';

const LIVE_TOPICS = ['payments.orders', 'live.opened'];
const DAY_MS = 86_400_000;
const rowKey = (row: ListedOrder): string => row.orderId;
export type OrderFilter = Parameters<typeof loadOrders>[0];

/** Every payment order, newest first, found by state, member, channel, day or any of its numbers. */
export function Component() {
  const t = useTranslate();
  const { timeZone, currency } = useLoggedIn();
  const specs = useMemo<readonly FilterSpec[]>(() => [
    { key: 'state', label: t('pay.state'), kind: 'choice', options: ORDER_STATES.map((value) => ({ value, label: t(`pay.state.${value}`) })) },
    { key: 'channel', label: t('pay.channel'), kind: 'choice', options: CHANNEL_KINDS.map((value) => ({ value, label: t(`channel.${value}`) })) },
    { key: 'recovered', label: t('pay.found.any'), kind: 'choice', options: [{ value: 'true', label: t('pay.found.yes') }, { value: 'false', label: t('pay.found.no') }] },
    { key: 'from', label: t('pay.filter.from'), kind: 'day' }, { key: 'to', label: t('pay.filter.to'), kind: 'day' }, { key: 'memberId', label: t('pay.filter.member'), kind: 'text' },
  ], [t]);
  const filters = useFilters(specs);
  const load = useCallback((cursor: string | undefined) => loadOrders(asFilter(filters, timeZone), cursor), [filters, timeZone]);
  const queryKey = useMemo(() => ['payment-orders', 'list', filters], [filters]);
  const list = useKeyset<ListedOrder>(queryKey, load);
  const news = useNews({ queryKey, topics: LIVE_TOPICS, list, load, rowKey });
  const columns = useOrderColumns(t, { currency, timeZone });
  const paid = list.rows.filter(({ state }) => state === 'paid').reduce((sum, row) => sum + BigInt(row.amount.amountMinor), 0n);
  return (
    <Page title={t('pay.title')}>
      <FilterBar specs={specs} searchLabel={t('pay.search')} />
      <ListCard name="payment-orders" label={t('pay.title')} list={list} columns={columns} rowKey={rowKey} news={news} href={(row) => `/payment-orders/${row.orderId}`} loadPage={load}
        sums={<><span><b>{formatCount(list.rows.length)}{list.more.hasMore ? '+' : ''}</b>{t('pay.count')}</span><span><b>{formatMinor(paid, currency)}</b>{currency} {t('pay.attempt.paid')}</span></>}
        empty={<Empty title={t('pay.empty')} hint={t('pay.empty.hint')} />} />
    </Page>
  );
}

/** What the address bar says, as far as the API knows it; a day means the operator's calendar day, the last one included. */
function asFilter({ q, state, channel, recovered, from, to, memberId }: Readonly<Record<string, string>>, timeZone: string): OrderFilter {
  const known = ORDER_STATES.find((each) => each === state), knownChannel = CHANNEL_KINDS.find((each) => each === channel);
  const day = (text: string | undefined): number | null => text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) ? wallClockInstant(`${text} 00:00`, timeZone).getTime() : null;
  const [first, last] = [day(from), day(to)];
  return {
    ...(q ? { number: q } : {}), ...(known ? { state: [known] } : {}), ...(knownChannel ? { channel: knownChannel } : {}), ...(recovered === 'true' || recovered === 'false' ? { recovered: recovered === 'true' } : {}),
    ...(memberId ? { memberId } : {}), ...(first === null ? {} : { from: new Date(first).toISOString() }), ...(last === null ? {} : { to: new Date(last + DAY_MS).toISOString() }),
  };
}

/** The columns of a list of orders; a member's page shows the same list narrowed to one member. */
export function useOrderColumns(t: Translate, { currency, timeZone }: { currency: string; timeZone: string }): readonly Column<ListedOrder>[] {
  return useMemo(() => [
    { key: 'created', title: t('pay.created'), render: (row) => <Link className="tab" to={`/payment-orders/${row.orderId}`}>{formatDateTime(row.createdAt, timeZone)}</Link>, text: (row) => formatDateTime(row.createdAt, timeZone) },
    { key: 'amount', title: t('pay.amount'), unit: currency, numeric: true, render: (row) => <b className="cell-main">{formatMinor(row.amount.amountMinor, row.amount.currency)}</b>, text: (row) => formatMinor(row.amount.amountMinor, row.amount.currency) },
    { key: 'state', title: t('pay.state'), under: true, render: (row) => <span className="states"><OrderStateWord state={row.state} />{row.surplus && <State tone="warn">{t('pay.surplus.short', { amount: formatMinor(row.surplus.amountMinor, row.surplus.currency) })}</State>}</span>, text: (row) => t(`pay.state.${row.state}`) },
    { key: 'member', title: t('pay.member'), render: (row) => row.memberId ? <Link to={`/members/${row.memberId}`}>{row.memberName ?? t('member.one')}</Link> : <span className="muted">{t('none')}</span>, text: (row) => row.memberName ?? row.memberId ?? '' },
    { key: 'channel', title: t('pay.channel'), wideOnly: true, render: (row) => row.paidChannel ? <ChannelName channel={row.paidChannel} /> : <span className="muted">–</span>, text: (row) => row.paidChannel ? t(`channel.${row.paidChannel}`) : '' },
    { key: 'found', title: t('pay.found'), wideOnly: true, optional: true, render: (row) => row.recoveredBy ? <span className="clip" style={{ maxWidth: 130 }} title={recoveredBy(t, row.recoveredBy)}>{recoveredBy(t, row.recoveredBy)}</span> : <span className="muted">{row.state === 'paid' ? t('pay.source.notification') : '–'}</span>, text: (row) => row.recoveredBy ? recoveredBy(t, row.recoveredBy) : '' },
    { key: 'purpose', title: t('pay.for'), wideOnly: true, optional: true, hiddenAtFirst: true, render: (row) => t(`pay.purpose.${row.purpose}`), text: (row) => t(`pay.purpose.${row.purpose}`) },
    { key: 'attempts', title: t('pay.attempts'), numeric: true, wideOnly: true, optional: true, hiddenAtFirst: true, render: (row) => row.attempts, text: (row) => String(row.attempts) },
    { key: 'paid', title: t('pay.paidAt'), wideOnly: true, optional: true, hiddenAtFirst: true, render: (row) => row.paidAt ? <span className="tab">{formatDateTime(row.paidAt, timeZone, true)}</span> : <span className="muted">–</span>, text: (row) => row.paidAt ? formatDateTime(row.paidAt, timeZone, true) : '' },
  ], [t, currency, timeZone]);
}
