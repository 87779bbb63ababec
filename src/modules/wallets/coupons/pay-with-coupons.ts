/** How coupons pay bills: asked for with the bill's other look-ups, chosen and locked when it is planned, written when it is. Without coupons it costs the one look-up. */
import { assert, bigIntToUuid, uuidToBigInt, type BillId, type Clock, type MemberId, type SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { accountId, moneyLedger, transferId, type TransferEvent } from '../../ledger/index.ts';
import { chooseCoupons, type BillToDiscount, type ChosenCoupon, type CouponOffer } from '../domain/coupon.ts';
import { memberAccountId } from '../domain/settlement.ts';
import { WALLET_TRANSFER } from '../domain/transfer-code.ts';

/** Which of these members have coupons that are unused: most have none, and nothing more is asked for them then. */
export async function membersWithCoupons(tx: Tx, memberIds: readonly MemberId[]): Promise<ReadonlySet<MemberId>> {
  if (memberIds.length === 0) return new Set();
  const rows = await tx.query<{ memberId: MemberId }>({
    name: 'wallets_members_with_coupons',
    text: `select k.id as "memberId" from unnest((select $2::uuid[])) k (id)
      where exists (select 1 from wallets.coupon c where c.operator_id = $1 and c.member_id = k.id and c.state = 'unused')`,
  }, [tx.operatorIds[0], [...new Set(memberIds)]]);
  return new Set(rows.map(({ memberId }) => memberId));
}

export type BillToPlan = BillToDiscount & { /** Whether an earlier version of this bill may have used coupons. */ readonly isNextVersion: boolean };
/** What the bills of one transaction use and give back. */
export type PlannedCoupons = { readonly byBill: ReadonlyMap<BillId, readonly PaidByCoupon[]>; readonly givenBack: readonly string[] };
export type PaidByCoupon = ChosenCoupon & { readonly event: TransferEvent & { readonly id: bigint; readonly amount: bigint; readonly debitAccountId: bigint; readonly creditAccountId: bigint } };
const NOTHING: PlannedCoupons = { byBill: new Map(), givenBack: [] };

/**
 * Chooses for each bill what takes the most off it and locks that, in the order of the coupons' ids. What an earlier version of a bill used is its own to use again; what
 * it does not use again is given back.
 */
export async function planCoupons(tx: Tx, bills: readonly BillToPlan[], withCoupons: ReadonlySet<MemberId>): Promise<PlannedCoupons> {
  const members = bills.flatMap(({ memberId, totalMinor }) => (memberId !== null && totalMinor > 0n && withCoupons.has(memberId) ? [memberId] : []));
  const again = bills.flatMap(({ sessionId, isNextVersion }) => (isNextVersion ? [sessionId] : []));
  if (members.length === 0 && again.length === 0) return NOTHING;
  const offers = await lockOffers(tx, members, again);
  if (offers.length === 0) return NOTHING;
  const taken = new Set<string>();
  const byBill = new Map<BillId, readonly PaidByCoupon[]>();
  for (const bill of bills) {
    const chosen = chooseCoupons(bill, offers.filter(({ couponId }) => !taken.has(couponId)));
    for (const { couponId } of chosen) taken.add(couponId);
    if (chosen.length > 0) byBill.set(bill.billId, chosen.map((each) => ({ ...each, event: couponTransfer(bill, each) })));
  }
  return { byBill, givenBack: offers.flatMap(({ couponId, sessionId }) => (sessionId !== null && !taken.has(couponId) ? [couponId] : [])) };
}

/** More unused coupons than this are not looked at for one batch of bills; those that lapse first are. */
const OFFERS_MAX = 5_000;

async function lockOffers(tx: Tx, members: readonly MemberId[], sessions: readonly SessionId[]): Promise<CouponOffer[]> {
  return tx.query<CouponOffer>(
    `select c.coupon_id as "couponId", c.member_id as "memberId", c.currency, c.amount_minor as "amountMinor", c.station_ids as "stationIds", c.threshold_minor as "thresholdMinor", c.use_max as "useMax",
       c.valid_from as "validFrom", c.valid_to as "validTo", c.session_id as "sessionId"
     from wallets.coupon c where c.operator_id = $1 and (c.state = 'used' and c.session_id = any($3::uuid[]) or c.state = 'unused') and c.coupon_id in (
       select coupon_id from (select x.coupon_id from wallets.coupon x where x.operator_id = $1 and x.state = 'unused' and x.member_id = any($2::uuid[]) order by x.valid_to, x.coupon_id limit ${OFFERS_MAX}) unused
       union all select x.coupon_id from wallets.coupon x where x.operator_id = $1 and x.session_id = any($3::uuid[]))
     order by c.coupon_id for update of c`, [tx.operatorIds[0], members, sessions]);
}

function couponTransfer({ billId, sessionId, memberId, currency }: BillToDiscount, { couponId, discountMinor }: ChosenCoupon): PaidByCoupon['event'] {
  assert(memberId !== null && discountMinor > 0n, 'a coupon pays something for somebody');
  const ledger = moneyLedger(currency);
  return {
    id: transferId('bill.coupon', billId, couponId), debitAccountId: accountId('promotion_expense', ledger, null), creditAccountId: memberAccountId('charging_clearing', memberId, currency),
    amount: discountMinor, ledger, code: WALLET_TRANSFER.coupon_used, userData128: uuidToBigInt(sessionId),
  };
}

/** Writes what bills have used and given back; the coupons are locked by `planCoupons` in this transaction. */
export async function recordCoupons(tx: Tx, bills: readonly Pick<BillToDiscount, 'billId' | 'sessionId'>[], { byBill, givenBack }: PlannedCoupons, { clock }: { readonly clock: Clock }): Promise<void> {
  const now = sqlTimestamp(clock.now());
  if (givenBack.length > 0) {
    const back = await tx.execute(
      `with back as (update wallets.coupon c set state = 'unused', state_at = $3, bill_id = null, session_id = null, discount_minor = null, transfer_id = null
         from (select x.coupon_id, x.bill_id, x.session_id, x.discount_minor from wallets.coupon x where x.operator_id = $1 and x.coupon_id = any($2::uuid[])) was
         where c.operator_id = $1 and c.coupon_id = was.coupon_id and c.state = 'used' returning c.coupon_id, was.bill_id, was.session_id, was.discount_minor)
       insert into wallets.coupon_event (operator_id, coupon_id, kind, bill_id, session_id, amount_minor, recorded_at) select $1, coupon_id, 'given_back', bill_id, session_id, discount_minor, $3 from back`,
      [tx.operatorIds[0], givenBack, now]);
    assert(back === givenBack.length, 'what is given back was used');
  }
  const uses = bills.flatMap(({ billId, sessionId }) => (byBill.get(billId) ?? []).map(({ couponId, discountMinor, event }) => ({ couponId, billId, sessionId, discountMinor, transferId: bigIntToUuid(event.id) })));
  if (uses.length === 0) return;
  const used = await tx.execute(
    `with used as (update wallets.coupon c set state = 'used', state_at = $7, bill_id = k.bill_id, session_id = k.session_id, discount_minor = k.discount_minor, transfer_id = k.transfer_id
       from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::uuid[]) as k (coupon_id, bill_id, session_id, discount_minor, transfer_id)
       where c.operator_id = $1 and c.coupon_id = k.coupon_id and (c.state = 'unused' or c.state = 'used' and c.session_id = k.session_id)
       returning c.coupon_id, c.bill_id, c.session_id, c.discount_minor, c.transfer_id)
     insert into wallets.coupon_event (operator_id, coupon_id, kind, bill_id, session_id, amount_minor, transfer_id, recorded_at)
     select $1, coupon_id, 'used', bill_id, session_id, discount_minor, transfer_id, $7 from used`,
    [tx.operatorIds[0], uses.map((use) => use.couponId), uses.map((use) => use.billId), uses.map((use) => use.sessionId), uses.map((use) => use.discountMinor), uses.map((use) => use.transferId), now]);
  assert(used === uses.length, 'every coupon that pays was there to be used');
}

/** Coupons that pay bills now, in count and sum: what bills must say too. */
export async function couponsInUse(tx: Tx): Promise<{ readonly coupons: number; readonly discountMinor: bigint }> {
  const [row] = await tx.query<{ coupons: number; discountMinor: bigint }>(
    `select count(*)::int as coupons, coalesce(sum(discount_minor), 0)::bigint as "discountMinor" from wallets.coupon where operator_id = $1 and state = 'used'`, [tx.operatorIds[0]]);
  return row!;
}
