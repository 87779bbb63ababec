import type { Instant, MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { PlannedPart, Refundable } from '../domain/plan-refund.ts';
import { onlyOperator, time } from '../store/orders.ts';
import type { Refund, RefundPart } from './refund-record.ts';

export const REFUND_COLUMNS = `r.refund_id as "refundId", r.command_id as "commandId", r.source, r.member_id as "memberId", r.order_id as "orderId", r.currency, r.amount_minor as "amountMinor",
  r.commission_minor as "commissionMinor", r.reason, r.applied_by as "appliedBy", r.applied_at as "appliedAt", r.state, r.state_at as "stateAt", r.audited_by as "auditedBy",
  r.audit_note as "auditNote", r.hold_transfer_id as "holdTransferId", r.refunded_minor as "refundedMinor"`;
export const PART_COLUMNS = `p.part_id as "partId", p.refund_id as "refundId", p.order_id as "orderId", p.attempt, p.merchant_account_id as "merchantAccountId", p.out_refund_no as "outRefundNo",
  p.amount_minor as "amountMinor", p.state, p.state_at as "stateAt", p.not_before as "notBefore", p.channel_refund_no as "channelRefundNo", p.failure_code as "failureCode",
  p.accepted_at as "acceptedAt", p.refunded_at as "refundedAt", p.transfer_id as "transferId", p.next_check_at as "nextCheckAt", p.checks`;

/** @returns false when the command was used already. */
export async function insertRefund(tx: Tx, refund: Refund): Promise<boolean> {
  return await tx.execute(
    `insert into payments.refund (operator_id, refund_id, command_id, source, member_id, order_id, currency, amount_minor, commission_minor, reason, applied_by, applied_at, state, state_at,
       audited_by, audit_note, hold_transfer_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) on conflict (operator_id, command_id) do nothing`,
    [onlyOperator(tx), refund.refundId, refund.commandId, refund.source, refund.memberId, refund.orderId, refund.currency, refund.amountMinor, refund.commissionMinor, refund.reason, refund.appliedBy,
      time(refund.appliedAt), refund.state, time(refund.stateAt), refund.auditedBy, refund.auditNote, refund.holdTransferId]) === 1;
}

export async function insertParts(tx: Tx, parts: readonly RefundPart[]): Promise<void> {
  await tx.execute(
    `insert into payments.refund_part (operator_id, part_id, refund_id, order_id, attempt, merchant_account_id, out_refund_no, amount_minor, state, state_at, not_before, next_check_at)
     select $1, * from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[], $6::uuid[], $7::text[], $8::bigint[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[])`,
    [onlyOperator(tx), parts.map((p) => p.partId), parts.map((p) => p.refundId), parts.map((p) => p.orderId), parts.map((p) => p.attempt), parts.map((p) => p.merchantAccountId),
      parts.map((p) => p.outRefundNo), parts.map((p) => p.amountMinor), parts.map((p) => p.state), parts.map((p) => time(p.stateAt)), parts.map((p) => time(p.notBefore)), parts.map((p) => time(p.nextCheckAt))]);
}

export async function findRefund(tx: Tx, by: { readonly refundId: string } | { readonly commandId: string }, { lock = false }: { readonly lock?: boolean } = {}): Promise<Refund | null> {
  const [column, value] = 'refundId' in by ? ['refund_id', by.refundId] : ['command_id', by.commandId];
  const [row] = await tx.query<Refund>(`select ${REFUND_COLUMNS} from payments.refund r where r.operator_id = $1 and r.${column} = $2 ${lock ? 'for update' : ''}`, [onlyOperator(tx), value]);
  return row ?? null;
}

/** Locks refunds in id order. */
export async function lockRefunds(tx: Tx, refundIds: readonly string[]): Promise<Map<string, Refund>> {
  const rows = await tx.query<Refund>(`select ${REFUND_COLUMNS} from payments.refund r where r.operator_id = $1 and r.refund_id = any ($2) order by r.refund_id for update`, [onlyOperator(tx), refundIds]);
  return new Map(rows.map((row) => [row.refundId, row]));
}

export async function loadParts(tx: Tx, refundIds: readonly string[]): Promise<RefundPart[]> {
  return await tx.query<RefundPart>(`select ${PART_COLUMNS} from payments.refund_part p where p.operator_id = $1 and p.refund_id = any ($2) order by p.refund_id, p.part_id`, [onlyOperator(tx), refundIds]);
}

export async function partsByNumber(tx: Tx, outRefundNos: readonly string[]): Promise<RefundPart[]> {
  return await tx.query<RefundPart>(`select ${PART_COLUMNS} from payments.refund_part p where p.operator_id = $1 and p.out_refund_no = any ($2)`, [onlyOperator(tx), outRefundNos]);
}

export type PartsClaim = {
  readonly at: Instant; readonly until: Instant; readonly limit: number;
  /** Accounts that have enough to do: their parts wait, and keep no others from being taken. */
  readonly except?: readonly string[];
};
/** Parts whose turn has come, oldest first; nobody else gets them until `until`, when a process that took them and died is followed by another. */
export async function claimDueParts(tx: Tx, { at, until, limit, except = [] }: PartsClaim): Promise<RefundPart[]> {
  return await tx.query<RefundPart>(
    `with due as (
       select d.part_id, d.state from payments.refund_part d where d.operator_id = $1 and d.next_check_at <= $2 and d.merchant_account_id <> all ($5::uuid[])
         order by d.next_check_at, d.part_id limit $4 for update skip locked)
     update payments.refund_part p set next_check_at = $3, checks = p.checks + 1, state = case when p.state = 'planned' then 'submitted' else p.state end,
         state_at = case when p.state = 'planned' then $2::timestamptz else p.state_at end
       from due where p.operator_id = $1 and p.part_id = due.part_id returning ${PART_COLUMNS.replace('p.state,', 'due.state,')}`,
    [onlyOperator(tx), time(at), time(until), limit, except]);
}

/** Parts that were taken and of which the channel was not asked: they come again at `at`, and it was no try. */
export async function putOffParts(tx: Tx, partIds: readonly string[], at: Instant): Promise<void> {
  if (partIds.length === 0) return;
  await tx.execute('update payments.refund_part set next_check_at = $3, checks = checks - 1 where operator_id = $1 and part_id = any ($2) and next_check_at is not null', [onlyOperator(tx), partIds, time(at)]);
}

export async function updatePart(tx: Tx, part: RefundPart): Promise<void> {
  await tx.execute(
    `update payments.refund_part set state = $3, state_at = $4, channel_refund_no = $5, failure_code = $6, accepted_at = $7, refunded_at = $8, transfer_id = $9, next_check_at = $10
     where operator_id = $1 and part_id = $2`,
    [onlyOperator(tx), part.partId, part.state, time(part.stateAt), part.channelRefundNo, part.failureCode, time(part.acceptedAt), time(part.refundedAt), part.transferId, time(part.nextCheckAt)]);
}

export async function updateRefund(tx: Tx, refund: Refund): Promise<void> {
  await tx.execute('update payments.refund set state = $3, state_at = $4, audited_by = $5, audit_note = $6, refunded_minor = $7 where operator_id = $1 and refund_id = $2',
    [onlyOperator(tx), refund.refundId, refund.state, time(refund.stateAt), refund.auditedBy, refund.auditNote, refund.refundedMinor]);
}

/** Puts a part's money aside on its payment. @returns false when that would be more than was paid: somebody else was faster. */
export async function reserveOnAttempt(tx: Tx, part: Pick<PlannedPart, 'orderId' | 'attempt' | 'amountMinor'>): Promise<boolean> {
  return await tx.execute(
    `update payments.payment_attempt set refunding_minor = refunding_minor + $4
     where operator_id = $1 and order_id = $2 and attempt = $3 and state = 'paid' and paid_minor - refunding_minor - refunded_minor - charged_back_minor - refunded_at_channel_minor >= $4`,
    [onlyOperator(tx), part.orderId, part.attempt, part.amountMinor]) === 1;
}

/** What of the orders of these parts stays with us once they have gone back. */
export async function remainingOf(tx: Tx, parts: readonly Pick<PlannedPart, 'orderId' | 'attempt'>[]): Promise<{ readonly orderId: string; readonly remainingMinor: bigint }[]> {
  return await tx.query<{ orderId: string; remainingMinor: bigint }>(
    `select a.order_id as "orderId", (a.paid_minor - a.refunding_minor - a.refunded_minor - a.charged_back_minor - a.refunded_at_channel_minor)::bigint as "remainingMinor" from unnest($2::uuid[], $3::smallint[]) k (order_id, attempt)
     join payments.payment_attempt a on a.operator_id = $1 and a.order_id = k.order_id and a.attempt = k.attempt`, [onlyOperator(tx), parts.map(({ orderId }) => orderId), parts.map(({ attempt }) => attempt)]);
}

/** What was put aside has gone back to the payer, or stays with us after all. */
export async function releaseOnAttempt(tx: Tx, part: Pick<RefundPart, 'orderId' | 'attempt' | 'amountMinor'>, { refunded }: { readonly refunded: boolean }): Promise<void> {
  await tx.execute(
    'update payments.payment_attempt set refunding_minor = refunding_minor - $4, refunded_minor = refunded_minor + $5 where operator_id = $1 and order_id = $2 and attempt = $3',
    [onlyOperator(tx), part.orderId, part.attempt, part.amountMinor, refunded ? part.amountMinor : 0n]);
}

/** At most this many payments are looked at for one refund: the newest that have something left. */
export const CANDIDATES_MAX = 500;

/** Payments into a member's wallet from which something can still go back, newest first. */
export async function walletPayments(tx: Tx, memberId: MemberId): Promise<Refundable[]> {
  return await tx.query<Refundable>(
    `select a.order_id as "orderId", a.attempt, a.merchant_account_id as "merchantAccountId", a.paid_at as "paidAt", a.paid_minor - a.charged_back_minor - a.refunded_at_channel_minor as "paidMinor", a.refunding_minor as "refundingMinor",
       a.refunded_minor as "refundedMinor", coalesce(p.refunds, 0)::int as refunds, p.last as "lastRefundAt"
     from payments.payment_order o
     join payments.payment_attempt a on a.operator_id = o.operator_id and a.order_id = o.order_id and a.disposition = 'applied'
     left join lateral (select count(*) as refunds, max(greatest(x.not_before, x.state_at)) as last from payments.refund_part x
       where x.operator_id = $1 and x.order_id = a.order_id and x.attempt = a.attempt and x.state <> 'failed') p on true
     where o.operator_id = $1 and o.member_id = $2 and o.purpose = 'wallet_top_up' and o.state = 'paid' and a.paid_minor > a.refunding_minor + a.refunded_minor + a.charged_back_minor + a.refunded_at_channel_minor
     order by a.paid_at desc, a.order_id limit ${CANDIDATES_MAX}`, [onlyOperator(tx), memberId]);
}

export type RefundSettings = { readonly version: number; readonly auditAboveMinor: bigint; readonly commissionPpm: bigint };
/** Until somebody sets it otherwise, every refund waits for a second person and nothing is kept. */
const DEFAULT_REFUND_SETTINGS: RefundSettings = { version: 0, auditAboveMinor: 0n, commissionPpm: 0n };

export async function loadRefundSettings(tx: Tx): Promise<RefundSettings> {
  const [row] = await tx.query<RefundSettings>(
    `select version, audit_above_minor as "auditAboveMinor", commission_ppm as "commissionPpm" from payments.refund_settings where operator_id = $1 order by version desc limit 1`, [onlyOperator(tx)]);
  return row ?? DEFAULT_REFUND_SETTINGS;
}

export async function insertRefundSettings(tx: Tx, settings: RefundSettings, { changedBy, reason, at }: { readonly changedBy: string; readonly reason: string | null; readonly at: Instant }): Promise<void> {
  await tx.execute('insert into payments.refund_settings (operator_id, version, audit_above_minor, commission_ppm, changed_by, reason, recorded_at) values ($1, $2, $3, $4, $5, $6, $7)',
    [onlyOperator(tx), settings.version, settings.auditAboveMinor, settings.commissionPpm, changedBy, reason, time(at)]);
}
