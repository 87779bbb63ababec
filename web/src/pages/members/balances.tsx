import { useQueries } from '@tanstack/react-query';
import { loadMembers, type Member } from '../../api/members.ts';
import { BALANCES_PER_CALL_MAX, loadBalances, type Wallet } from '../../api/wallets.ts';
import { formatMinor } from '../../format/number.ts';
import { useTranslate } from '../../i18n/index.ts';
import { State } from '../../ui/state.tsx';

/** A row of the members' list. `wallet` is null for who has none, and not there for who may not see wallets or while it loads. */
export type MemberRow = Member & { readonly wallet?: Wallet | null };
type MemberFilter = Parameters<typeof loadMembers>[0];

/** Balances of the rows on screen, read apart from them: they tick in place while the list stays as it is. */
export function useBalances(members: readonly Member[], enabled: boolean): readonly MemberRow[] {
  const pages = Array.from({ length: enabled ? Math.ceil(members.length / BALANCES_PER_CALL_MAX) : 0 }, (_, page) => members.slice(page * BALANCES_PER_CALL_MAX, (page + 1) * BALANCES_PER_CALL_MAX).map(({ memberId }) => memberId));
  const answers = useQueries({ queries: pages.map((ids) => ({ queryKey: ['wallets', 'balances', ids], queryFn: () => loadBalances(ids) })) });
  return members.map((member, index) => {
    const balances = answers[Math.floor(index / BALANCES_PER_CALL_MAX)]?.data;
    return balances ? { ...member, wallet: balances.get(member.memberId) ?? null } : member;
  });
}

/** A page of members with their balances, for an export. */
export async function loadMemberRows(filter: MemberFilter, cursor: string | undefined, withBalances: boolean): Promise<{ items: MemberRow[]; nextCursor: string | null }> {
  const { items, nextCursor } = await loadMembers(filter, cursor);
  const balances = withBalances ? await loadBalances(items.map(({ memberId }) => memberId)) : null;
  return { items: items.map((member) => balances ? { ...member, wallet: balances.get(member.memberId) ?? null } : member), nextCursor };
}

export function Balance({ wallet }: { wallet: MemberRow['wallet'] }) {
  const t = useTranslate();
  if (!wallet) return <span className="muted" title={wallet === null ? t('wallet.none') : undefined}>–</span>;
  const { balance, receivable } = wallet;
  const owed = BigInt(receivable.amountMinor) > 0n && <State tone="warn">{t('wallet.owes', { amount: formatMinor(receivable.amountMinor, receivable.currency) })}</State>;
  return <span className="figure-and-state">{owed}<span>{formatMinor(balance.amountMinor, balance.currency)}</span></span>;
}
