import { Segmented, Tabs } from 'antd';
import { useCallback, useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import { loadRefunds, REFUND_SOURCES, REFUND_STATES, type Refund } from '../../api/refunds.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatCount, formatMinor } from '../../format/number.ts';
import { formatDateTime, formatDuration } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { useNow } from '../../ui/now.ts';
import { Page } from '../../ui/page.tsx';
import { RefundStateWord } from '../../ui/payment-words.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { RefundRules } from './rules.tsx';

/** The desk where refunds are audited, and the rules that say which ones have to be. */
export function Component() {
  const t = useTranslate();
  const [params, setParams] = useSearchParams();
  const tab = params.get('tab') === 'rules' ? 'rules' : 'desk';
  return (
    <Page title={t('refund.title')} sub={t('refund.sub')}>
      <Tabs activeKey={tab} onChange={(key) => setParams(key === 'desk' ? {} : { tab: key })} items={[{ key: 'desk', label: t('refund.tab.desk'), children: <Desk /> }, { key: 'rules', label: t('refund.tab.rules'), children: <RefundRules /> }]} destroyOnHidden />
    </Page>
  );
}

type Filter = Parameters<typeof loadRefunds>[0];
function asFilter({ state, source, memberId }: Readonly<Record<string, string>>): Filter {
  const known = REFUND_STATES.find((each) => each === state), knownSource = REFUND_SOURCES.find((each) => each === source);
  return { ...(known ? { state: known } : {}), ...(knownSource ? { source: knownSource } : {}), ...(memberId ? { memberId } : {}) };
}

/** Those that wait for a person come first, the oldest of them on top; everything else follows, newest first. */
async function loadDesk(filter: Filter, cursor: string | undefined) {
  const [page, waiting] = await Promise.all([loadRefunds(filter, cursor), cursor === undefined && !filter.state ? loadRefunds({ ...filter, state: 'applied' }, undefined) : null]);
  return { ...page, items: [...(waiting?.items.toReversed() ?? []), ...(filter.state ? page.items : page.items.filter(({ state }) => state !== 'applied'))] };
}

function Desk() {
  const t = useTranslate();
  const { timeZone, currency } = useLoggedIn();
  const { language } = usePreferences();
  const now = useNow();
  const specs = useMemo<readonly FilterSpec[]>(() => [
    { key: 'state', label: t('refund.state'), kind: 'choice', options: REFUND_STATES.map((value) => ({ value, label: t(`refund.state.${value}`) })) },
    { key: 'source', label: t('refund.source'), kind: 'choice', options: REFUND_SOURCES.map((value) => ({ value, label: t(`refund.source.${value}`) })) },
    { key: 'memberId', label: t('pay.filter.member'), kind: 'text' },
  ], [t]);
  const filters = useFilters(specs);
  const load = useCallback((cursor: string | undefined) => loadDesk(asFilter(filters), cursor), [filters]);
  const list = useKeyset<Refund>(['refunds', 'desk', filters], load);
  const waiting = list.rows.filter(({ state }) => state === 'applied');
  const columns = useMemo<readonly Column<Refund>[]>(() => [
    { key: 'applied', title: t('refund.applied'), render: (row) => <Link className="tab" to={`/refunds/${row.refundId}`}>{formatDateTime(row.appliedAt, timeZone)}</Link>, text: (row) => formatDateTime(row.appliedAt, timeZone) },
    { key: 'state', title: t('refund.state'), under: true, render: (row) => <RefundStateWord state={row.state} />, text: (row) => t(`refund.state.${row.state}`) },
    { key: 'age', title: t('refund.age'), numeric: true, wideOnly: true, render: (row) => row.state === 'applied' ? <b>{formatDuration(now - Date.parse(row.appliedAt), language)}</b> : <span className="muted">–</span> },
    { key: 'amount', title: t('refund.amount'), unit: currency, numeric: true, render: (row) => <b className="cell-main">{formatMinor(row.amount.amountMinor, row.amount.currency)}</b>, text: (row) => formatMinor(row.amount.amountMinor, row.amount.currency) },
    { key: 'member', title: t('refund.member'), render: (row) => row.memberId ? <Link to={`/members/${row.memberId}`}>{row.memberName ?? t('member.one')}</Link> : <span className="muted">{t(`refund.source.${row.source}`)}</span>, text: (row) => row.memberName ?? row.memberId ?? '' },
    { key: 'by', title: t('refund.by'), wideOnly: true, render: (row) => row.isMine ? <State tone="neutral" title={row.appliedBy}>{t('refund.mine')}</State> : row.appliedBy === 'system' ? t('pay.actor.system') : row.appliedBy, text: (row) => row.appliedBy },
    { key: 'reason', title: t('refund.reason'), wideOnly: true, optional: true, render: (row) => <span className="clip" style={{ maxWidth: 180 }} title={row.reason}>{reasonText(t, row)}</span>, text: (row) => row.reason },
    { key: 'refunded', title: t('refund.refunded'), unit: currency, numeric: true, wideOnly: true, optional: true, hiddenAtFirst: true, render: (row) => formatMinor(row.refunded.amountMinor, row.refunded.currency), text: (row) => formatMinor(row.refunded.amountMinor, row.refunded.currency) },
  ], [t, timeZone, currency, language, now]);
  const total = waiting.reduce((sum, row) => sum + BigInt(row.amount.amountMinor), 0n);
  return (
    <div className="page">
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 12 }}><QuickStates /><FilterBar specs={specs} /></div>
      <ListCard name="refunds" label={t('refund.title')} list={list} columns={columns} rowKey={(row) => row.refundId} href={(row) => `/refunds/${row.refundId}`} loadPage={load} rowClass={(row) => row.state === 'applied' ? 'lit' : ''}
        sums={<><span><b>{formatCount(waiting.length)}</b>{t('refund.waiting')}</span>{waiting.length > 0 && <span><b>{formatMinor(total, currency)}</b>{currency}</span>}<span><b>{formatCount(list.rows.length)}{list.more.hasMore ? '+' : ''}</b>{t('refund.count')}</span></>}
        empty={<Empty title={t('refund.empty')} hint={t('refund.empty.hint')} />} />
    </div>
  );
}

/** A refund without a person is named after why the money was not due. */
const reasonText = (t: ReturnType<typeof useTranslate>, { source, reason }: Refund): string => {
  if (source !== 'surplus') return reason;
  const known = (['second_payment', 'late_payment', 'paid_after_reversal'] as const).find((each) => each === reason);
  return known ? t(`pay.surplus.${known}`) : reason.replaceAll('_', ' ');
};

function QuickStates() {
  const t = useTranslate();
  const [params, setParams] = useSearchParams();
  const state = params.get('state') ?? '';
  const options = [{ value: '', label: t('notify.show.all') }, ...(['applied', 'executing', 'failed'] as const).map((value) => ({ value: value as string, label: t(`refund.state.${value}`) }))];
  return <Segmented value={options.some((each) => each.value === state) ? state : ''} options={options} onChange={(value) => setParams((now) => { const next = new URLSearchParams(now); if (value) next.set('state', value); else next.delete('state'); return next; })} />;
}
