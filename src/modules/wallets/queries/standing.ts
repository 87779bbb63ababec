/** Wallets that stand out: members who owe, and wallets that nobody has used for long. They are read in pages of members; nothing is changed by looking. */
import { addMs, assert, MS_PER_DAY, type Clock, type CurrencyCode, type Instant, type MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { lastMovedAt } from '../../ledger/index.ts';
import { memberAccountId } from '../domain/settlement.ts';
import { BALANCES_PER_LOAD_MAX, walletBalances, type WalletBalance } from './balances.ts';

/** Wallets looked at for one answer; an operator with more is told that the totals are not of all. */
export const WALLETS_SCANNED_MAX = 200_000;
export const DORMANT_DAYS_MIN = 30;

export type StandingWallet = { readonly memberId: MemberId; readonly wallet: WalletBalance; readonly lastMovedAt: Instant | null };
export type StandingPage = { readonly items: readonly StandingWallet[]; /** Only for the first page: all of them. */ readonly totals: StandingTotals | null };
export type StandingTotals = { readonly members: number; readonly amountMinor: bigint; readonly isComplete: boolean };
type PageOf = { readonly after: MemberId | null; readonly countMax: number };
type Opened = { readonly memberId: MemberId; readonly currency: CurrencyCode; readonly openedAt: Instant };

/** Members who owe something, in the order of their ids, with what they owe together. */
export const receivables = (tx: Tx, page: PageOf, { clock }: { readonly clock: Clock }): Promise<StandingPage> => scan(tx, page, {
  pick: async (wallets) => {
    const balances = await walletBalances(tx, wallets.map(({ memberId }) => memberId), { clock });
    return wallets.flatMap(({ memberId }) => {
      const wallet = balances.get(memberId);
      return wallet && wallet.receivableMinor > 0n ? [{ memberId, wallet, lastMovedAt: null }] : [];
    });
  },
  amountOf: ({ wallet }) => wallet.receivableMinor,
});

/** Wallets with money in them that have not moved for some days. The money stays the member's: nothing is ever taken from a wallet for being dormant. */
export function dormantWallets(tx: Tx, { days, ...page }: PageOf & { readonly days: number }, { clock }: { readonly clock: Clock }): Promise<StandingPage> {
  assert(days >= DORMANT_DAYS_MIN, 'a wallet is not dormant after a few days');
  const before = addMs(clock.now(), -days * MS_PER_DAY);
  return scan(tx, page, {
    pick: async (wallets) => {
      const old = wallets.filter(({ openedAt }) => openedAt < before);
      if (old.length === 0) return [];
      const moved = await lastMovedAt(tx, old.map(({ memberId, currency }) => memberAccountId('member_wallet', memberId, currency)), { clock });
      const still = old.filter(({ memberId, currency, openedAt }) => (moved.get(memberAccountId('member_wallet', memberId, currency)) ?? openedAt) < before);
      const balances = await walletBalances(tx, still.map(({ memberId }) => memberId), { clock });
      return still.flatMap(({ memberId, currency }) => {
        const wallet = balances.get(memberId);
        return wallet && wallet.balanceMinor > 0n ? [{ memberId, wallet, lastMovedAt: moved.get(memberAccountId('member_wallet', memberId, currency)) ?? null }] : [];
      });
    },
    amountOf: ({ wallet }) => wallet.balanceMinor,
  });
}

async function scan(tx: Tx, { after, countMax }: PageOf, { pick, amountOf }: { readonly pick: (wallets: readonly Opened[]) => Promise<StandingWallet[]>; readonly amountOf: (found: StandingWallet) => bigint }): Promise<StandingPage> {
  const items: StandingWallet[] = [];
  const wantsTotals = after === null;
  let last = after, members = 0, amountMinor = 0n;
  for (let scanned = 0; scanned < WALLETS_SCANNED_MAX;) {
    const page: Opened[] = await tx.query<Opened>(
      `select member_id as "memberId", currency, opened_at as "openedAt" from wallets.wallet where operator_id = $1 and ($2::uuid is null or member_id > $2) order by member_id limit ${BALANCES_PER_LOAD_MAX}`, [tx.operatorIds[0], last]);
    const found = await pick(page);
    members += found.length;
    amountMinor = found.reduce((sum, each) => sum + amountOf(each), amountMinor);
    items.push(...found.slice(0, Math.max(0, countMax - items.length)));
    scanned += page.length;
    last = page.at(-1)?.memberId ?? last;
    if (page.length < BALANCES_PER_LOAD_MAX) return { items, totals: wantsTotals ? { members, amountMinor, isComplete: true } : null };
    if (!wantsTotals && items.length === countMax) break;
  }
  return { items, totals: wantsTotals ? { members, amountMinor, isComplete: false } : null };
}
