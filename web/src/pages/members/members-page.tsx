import { Button } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { loadMembers, type Member } from '../../api/members.ts';
import { useLoggedIn, useMay } from '../../app/account.tsx';
import { formatCount, formatMinor } from '../../format/number.ts';
import { formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { Balance, loadMemberRows, useBalances, type MemberRow } from './balances.tsx';
import { MemberState } from './member-state.tsx';
import { NewMember } from './new-member.tsx';

export function Component() {
  const t = useTranslate();
  const [mayWrite, maySeeWallet] = [useMay('members:write'), useMay('wallets:read')];
  const [creating, setCreating] = useState(false);
  const { timeZone, currency } = useLoggedIn();
  const specs = useMemo<readonly FilterSpec[]>(() => [{ key: 'status', label: t('session.state'), kind: 'choice', options: [{ value: 'active', label: t('member.active') }, { value: 'frozen', label: t('member.frozen') }] }], [t]);
  const filters = useFilters(specs);
  const load = useCallback((cursor: string | undefined) => loadMembers(filters, cursor), [filters]);
  const list = useKeyset<Member>(['members', filters], load);
  const rows = useBalances(list.rows, maySeeWallet);
  const exported = useCallback((cursor: string | undefined) => loadMemberRows(filters, cursor, maySeeWallet), [filters, maySeeWallet]);
  const columns = useMemo<readonly Column<MemberRow>[]>(() => [
    { key: 'name', title: t('member.name'), render: (row) => <Link className="cell-main" to={`/members/${row.memberId}`}>{row.displayName ?? t('member.erased')}</Link>, text: (row) => row.displayName ?? '' },
    { key: 'phone', title: t('member.phone'), wideOnly: true, render: (row) => row.phone ? <span className="tab">{row.phone}</span> : <span className="muted">{t('none')}</span>, text: (row) => row.phone ?? '' },
    ...(maySeeWallet ? [{ key: 'balance', title: t('wallet.balance'), unit: currency, numeric: true, render: (row: MemberRow) => <Balance wallet={row.wallet} />, text: (row: MemberRow) => row.wallet ? formatMinor(row.wallet.balance.amountMinor, row.wallet.balance.currency) : '' }] : []),
    { key: 'state', title: t('session.state'), render: (row) => <MemberState status={row.status} />, text: (row) => t(`member.${row.status}`) },
    { key: 'since', title: t('member.since'), wideOnly: true, optional: true, render: (row) => <span className="tab">{formatDate(row.createdAt, timeZone)}</span>, text: (row) => formatDate(row.createdAt, timeZone) },
  ], [t, timeZone, currency, maySeeWallet]);
  return (
    <Page title={t('member.title')} actions={mayWrite && <Button type="primary" onClick={() => setCreating(true)}>{t('member.new')}</Button>}>
      <FilterBar specs={specs} searchLabel={t('member.search')} />
      <ListCard name="members" label={t('member.title')} list={{ ...list, rows, firstPage: undefined }} columns={columns} rowKey={(row) => row.memberId} href={(row) => `/members/${row.memberId}`} loadPage={exported}
        sums={<span><b>{formatCount(list.rows.length)}{list.more.hasMore ? '+' : ''}</b>{t('member.title')}</span>}
        empty={<Empty title={filters.q ? t('member.empty.search') : t('member.empty')} hint={filters.q ? t('member.empty.searchHint') : t('member.empty.hint')} />} />
      {creating && <NewMember onClose={() => setCreating(false)} />}
    </Page>
  );
}
