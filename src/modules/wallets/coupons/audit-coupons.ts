/** What must always be true of coupons, for the operator of the transaction. Reads only. */
import { instant, uuidToBigInt, type CurrencyCode, type MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { accountId, lookupTransfers, moneyLedger, sumsByCode } from '../../ledger/index.ts';
import { memberAccountId } from '../domain/settlement.ts';
import { WALLET_TRANSFER } from '../domain/transfer-code.ts';
import type { WalletAuditCheck } from '../queries/audit.ts';

const FAILURES_MAX = 100;
const PAGE_MAX = 2_000;
const CLOCK = { now: () => instant(8_000_000_000_000) };

export async function auditCoupons(tx: Tx): Promise<WalletAuditCheck[]> {
  return [await packsAreCounted(tx), await billsTakeWhatTheyMay(tx), await usesAreBooked(tx)];
}

type Failure = { readonly id: string; readonly detail: string };

async function packsAreCounted(tx: Tx): Promise<WalletAuditCheck> {
  const [row] = await tx.query<{ checked: bigint }>('select count(*) as checked from wallets.coupon_gift where operator_id = $1', [tx.operatorIds[0]]);
  const failures = await tx.query<Failure>(
    `select s.rule_id::text as id, format('%s gifts counted, %s given, of %s; %s coupons for %s', s.gifts_issued, g.gifts, s.gifts_max, g.coupons, g.due) as detail
     from wallets.coupon_stock s
     left join lateral (select count(*) as gifts, coalesce(sum(x.coupons), 0) as due, coalesce(sum((select count(*) from wallets.coupon c where c.operator_id = $1 and c.gift_id = x.gift_id)), 0) as coupons
       from wallets.coupon_gift x where x.operator_id = $1 and x.rule_id = s.rule_id) g on true
     where s.operator_id = $1 and (s.gifts_issued <> g.gifts or s.gifts_issued > s.gifts_max or g.due <> g.coupons) limit ${FAILURES_MAX}`, [tx.operatorIds[0]]);
  return { code: 'wallets_coupon_packs', about: 'no rule gives more packs than it has, and every pack has its coupons', checked: Number(row!.checked), failures };
}

async function billsTakeWhatTheyMay(tx: Tx): Promise<WalletAuditCheck> {
  const [row] = await tx.query<{ checked: bigint }>(`select count(distinct bill_id) as checked from wallets.coupon where operator_id = $1 and state = 'used'`, [tx.operatorIds[0]]);
  const failures = await tx.query<Failure>(
    `select bill_id::text as id, format('%s coupons where %s may be', count(*), min(use_max)) as detail from wallets.coupon where operator_id = $1 and state = 'used'
     group by bill_id having count(*) > min(use_max) or count(distinct member_id) > 1 limit ${FAILURES_MAX}`, [tx.operatorIds[0]]);
  return { code: 'wallets_coupons_per_bill', about: 'no bill takes more coupons than each of them allows, and all of one member', checked: Number(row!.checked), failures };
}

type Use = { readonly sequence: bigint; readonly couponId: string; readonly memberId: MemberId; readonly currency: CurrencyCode; readonly amountMinor: bigint; readonly transferId: string };

/** Every use has its transfer, also one that was given back later; and no transfer of the kind is without a use. */
async function usesAreBooked(tx: Tx): Promise<WalletAuditCheck> {
  const failures: Failure[] = [];
  const sums = new Map<number, { transfers: number; minor: bigint }>();
  let checked = 0;
  for (let after = 0n; ;) {
    const page = await tx.query<Use>(
      `select e.sequence, e.coupon_id as "couponId", c.member_id as "memberId", c.currency, e.amount_minor as "amountMinor", e.transfer_id as "transferId"
       from wallets.coupon_event e join wallets.coupon c on c.operator_id = e.operator_id and c.coupon_id = e.coupon_id
       where e.operator_id = $1 and e.kind = 'used' and e.sequence > $2 order by e.sequence limit ${PAGE_MAX}`, [tx.operatorIds[0], after]);
    const transfers = new Map((await lookupTransfers(tx, page.map((use) => uuidToBigInt(use.transferId)), { clock: CLOCK })).map((transfer) => [transfer.id, transfer]));
    for (const use of page) {
      const transfer = transfers.get(uuidToBigInt(use.transferId)), ledger = moneyLedger(use.currency);
      const right = transfer?.amount === use.amountMinor && transfer.code === WALLET_TRANSFER.coupon_used && transfer.debitAccountId === accountId('promotion_expense', ledger, null)
        && transfer.creditAccountId === memberAccountId('charging_clearing', use.memberId, use.currency);
      if (!right) failures.push({ id: use.couponId, detail: transfer ? `used for ${use.amountMinor}, booked ${transfer.amount} to another end` : 'no transfer' });
      const sum = sums.get(ledger) ?? { transfers: 0, minor: 0n };
      sums.set(ledger, { transfers: sum.transfers + 1, minor: sum.minor + use.amountMinor });
    }
    checked += page.length;
    if (page.length < PAGE_MAX) break;
    after = page.at(-1)!.sequence;
  }
  for (const booked of await sumsByCode(tx, [WALLET_TRANSFER.coupon_used], { clock: CLOCK })) {
    const used = sums.get(booked.ledger);
    if (used?.transfers !== booked.transfers || used.minor !== booked.postedMinor) failures.push({ id: String(booked.ledger), detail: `${used?.transfers ?? 0} uses of ${used?.minor ?? 0n}, ${booked.transfers} transfers of ${booked.postedMinor}` });
  }
  return { code: 'wallets_coupons_are_booked', about: 'every use of a coupon has its transfer to the clearing account of its member, and no transfer of the kind is without one', checked, failures: failures.slice(0, FAILURES_MAX) };
}
