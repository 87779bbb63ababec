import type { MemberId } from '../kernel/index.ts';
import { accountId, lookupAccounts, moneyLedger } from '../modules/ledger/index.ts';
import type { AttemptState, OrderState } from '../modules/payments/index.ts';
import { BALANCES_PER_LOAD_MAX, walletBalances } from '../modules/wallets/index.ts';
import type { Row } from '../platform/database/index.ts';
import type { PaymentDesk } from './payment-desk.ts';

/** What the platform says of payments, for comparing it with what the channels say. Amounts are minor units. */
export type PaymentBooks = {
  readonly orders: readonly BookedOrder[]; readonly attempts: readonly BookedAttempt[]; readonly parts: readonly BookedPart[]; readonly breaks: readonly BookedBreak[];
  readonly chargebacks: readonly BookedChargeback[];
  readonly gifts: BookedGifts;
  /** By member: what is in the wallet, and what the member owes. */
  readonly wallets: ReadonlyMap<string, bigint>; readonly owed: ReadonlyMap<string, bigint>;
  /** By the merchant's number at the channel. */
  readonly accounts: ReadonlyMap<string, BookedAccount>;
};
export type BookedOrder = { readonly orderId: string; readonly memberId: string; readonly state: OrderState; readonly amountMinor: bigint };
export type BookedAttempt = {
  readonly outTradeNo: string; readonly orderId: string; readonly merchantId: string; readonly state: AttemptState; readonly disposition: 'applied' | 'surplus' | null; readonly paidMinor: bigint | null;
  readonly surplusReason: string | null; readonly surplusState: string | null; readonly automatic: boolean | null;
  /** Given back at the channel and known to be, without a refund or chargeback of ours. */
  readonly elsewhereMinor: bigint;
};
export type BookedPart = { readonly outRefundNo: string; readonly orderId: string; readonly source: string; readonly memberId: string | null; readonly state: string; readonly refundState: string; readonly amountMinor: bigint };
export type BookedChargeback = { readonly reference: string; readonly otherReference: string | null; readonly outTradeNo: string; readonly memberId: string; readonly amountMinor: bigint; readonly source: string; readonly state: string };
export type BookedBreak = { readonly number: string; readonly kind: string; readonly state: string };
export type BookedAccount = { readonly receivableMinor: bigint; readonly feesMinor: bigint; readonly apartMinor: bigint };
export type BookedCashback = { readonly orderId: string; readonly memberId: MemberId; readonly givenMinor: bigint; readonly takenMinor: bigint };
/** One act that took some back, and how much money went back with it. */
export type BookedTakeBack = { readonly orderId: string; readonly wentBackMinor: bigint; readonly takenMinor: bigint; readonly returned: boolean };
export type BookedCoupons = { readonly orderId: string; readonly coupons: number; readonly takenBack: number };
export type BookedGifts = { readonly cashback: readonly BookedCashback[]; readonly takeBacks: readonly BookedTakeBack[]; readonly coupons: readonly BookedCoupons[] };

export async function paymentBooks(desk: PaymentDesk, members: readonly MemberId[]): Promise<PaymentBooks> {
  const { odb, clock } = desk, operator = [odb.operatorId];
  const merchants = new Map(await Promise.all(Object.values(desk.accounts).map(async (id) => [id, (await desk.channels.forAccount(odb.operatorId, id)).merchant] as const)));
  const read = <T extends Row>(sql: string): Promise<T[]> => odb.transaction((tx) => tx.query<T>(sql, operator));
  const attempts = await read<Omit<BookedAttempt, 'merchantId'> & { merchantAccountId: string }>(
    `select a.out_trade_no as "outTradeNo", a.order_id as "orderId", a.merchant_account_id as "merchantAccountId", a.state, a.disposition, a.paid_minor as "paidMinor", s.reason as "surplusReason",
       s.state as "surplusState", s.automatic, a.refunded_at_channel_minor as "elsewhereMinor" from payments.payment_attempt a
     left join payments.surplus s on s.operator_id = a.operator_id and s.order_id = a.order_id and s.attempt = a.attempt where a.operator_id = $1`);
  return {
    orders: await read(`select order_id as "orderId", member_id as "memberId", state, amount_minor as "amountMinor" from payments.payment_order where operator_id = $1`),
    attempts: attempts.map(({ merchantAccountId, ...attempt }) => ({ ...attempt, merchantId: merchants.get(merchantAccountId)! })),
    parts: await read(`select p.out_refund_no as "outRefundNo", p.order_id as "orderId", r.source, r.member_id as "memberId", p.state, r.state as "refundState", p.amount_minor as "amountMinor"
      from payments.refund_part p join payments.refund r on r.operator_id = p.operator_id and r.refund_id = p.refund_id where p.operator_id = $1`),
    breaks: await read('select number, kind, state from reconciliation.break where operator_id = $1'),
    chargebacks: await read(`select c.channel_reference as reference, c.other_reference as "otherReference", a.out_trade_no as "outTradeNo", c.member_id as "memberId", c.amount_minor as "amountMinor", c.source, c.state
      from payments.chargeback c join payments.payment_attempt a on a.operator_id = c.operator_id and a.order_id = c.order_id and a.attempt = c.attempt where c.operator_id = $1`),
    gifts: await bookedGifts(desk),
    ...await walletsOf(desk, members),
    accounts: new Map(await Promise.all([...merchants].map(async ([id, merchant]) => [merchant, await accountOf({ odb, clock }, id)] as const))),
  };
}

async function walletsOf({ odb, clock }: PaymentDesk, members: readonly MemberId[]): Promise<Pick<PaymentBooks, 'wallets' | 'owed'>> {
  const wallets = new Map<string, bigint>(), owed = new Map<string, bigint>();
  for (let from = 0; from < members.length; from += BALANCES_PER_LOAD_MAX) {
    const page = await odb.transaction((tx) => walletBalances(tx, members.slice(from, from + BALANCES_PER_LOAD_MAX), { clock }));
    for (const [memberId, { balanceMinor, receivableMinor }] of page) { wallets.set(memberId, balanceMinor); owed.set(memberId, receivableMinor); }
  }
  return { wallets, owed };
}

async function accountOf({ odb, clock }: Pick<PaymentDesk, 'odb' | 'clock'>, merchantAccountId: string): Promise<BookedAccount> {
  const id = (kind: 'channel_receivable' | 'channel_fees' | 'unapplied_payments'): bigint => accountId(kind, moneyLedger('CNY'), merchantAccountId);
  const found = new Map((await lookupAccounts(odb, [id('channel_receivable'), id('channel_fees'), id('unapplied_payments')], { clock })).map((account) => [account.id, account.debitsPosted - account.creditsPosted]));
  return { receivableMinor: found.get(id('channel_receivable')) ?? 0n, feesMinor: found.get(id('channel_fees')) ?? 0n, apartMinor: -(found.get(id('unapplied_payments')) ?? 0n) };
}

async function bookedGifts({ odb }: PaymentDesk): Promise<BookedGifts> {
  return await odb.transaction(async (tx) => ({
    cashback: await tx.query<BookedCashback>('select order_id as "orderId", member_id as "memberId", amount_minor as "givenMinor", taken_back_minor as "takenMinor" from payments.cashback where operator_id = $1', [odb.operatorId]),
    takeBacks: await tx.query<BookedTakeBack>(
      `select b.order_id as "orderId", b.taken_minor as "takenMinor", b.returned_transfer_id is not null as returned,
         coalesce((select c.amount_minor from payments.chargeback c where c.operator_id = $1 and c.chargeback_id = b.refund_id),
           (select sum(p.amount_minor) from payments.refund_part p where p.operator_id = $1 and p.refund_id = b.refund_id and p.order_id = b.order_id), 0)::bigint as "wentBackMinor"
       from payments.cashback_take_back b where b.operator_id = $1`, [odb.operatorId]),
    coupons: await tx.query<BookedCoupons>(
      `select g.cause_id as "orderId", count(*)::int as coupons, (count(*) filter (where c.state = 'taken_back'))::int as "takenBack" from wallets.coupon_gift g
       join wallets.coupon c on c.operator_id = g.operator_id and c.gift_id = g.gift_id where g.operator_id = $1 and g.cause = 'top_up' group by g.cause_id`, [odb.operatorId]),
  }));
}
