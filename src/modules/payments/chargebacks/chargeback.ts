import type { CurrencyCode, Instant, MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { onlyOperator, time } from '../store/orders.ts';

export const CHARGEBACK_STATES = ['open', 'won', 'lost'] as const;
export type ChargebackState = (typeof CHARGEBACK_STATES)[number];
export const CHARGEBACK_SOURCES = ['person', 'fund_flow', 'reversal', 'refund_elsewhere'] as const;

export type Chargeback = {
  readonly chargebackId: string; readonly orderId: string; readonly attempt: number; readonly merchantAccountId: string; readonly memberId: MemberId; readonly currency: CurrencyCode; readonly amountMinor: bigint;
  /** The number under which the channel took it. */
  readonly channelReference: string;
  /** The number under which the other side knows it: a fund flow's, or a person's. */
  readonly otherReference: string | null;
  readonly reason: string; readonly source: (typeof CHARGEBACK_SOURCES)[number]; readonly openedBy: string; readonly openedAt: Instant;
  /** What the wallet had, and what the member owes for the rest. */
  readonly fromWalletMinor: bigint; readonly receivableMinor: bigint; readonly walletTransferId: string | null; readonly receivableTransferId: string | null;
  /** What the rules had given for the payment and went back with it: cashback as far as the wallet still had it, and coupons that were not used. */
  readonly cashbackMinor: bigint; readonly coupons: number;
  readonly state: ChargebackState; readonly decidedBy: string | null; readonly decidedAt: Instant | null; readonly decisionNote: string | null;
  /** What of the receivable was given up, by two persons. */
  readonly writtenOffMinor: bigint; readonly writtenOffBy: string | null;
};

const COLUMNS = `chargeback_id as "chargebackId", order_id as "orderId", attempt, merchant_account_id as "merchantAccountId", member_id as "memberId", currency, amount_minor as "amountMinor",
  channel_reference as "channelReference", reason, source, opened_by as "openedBy", opened_at as "openedAt", from_wallet_minor as "fromWalletMinor", receivable_minor as "receivableMinor",
  wallet_transfer_id as "walletTransferId", receivable_transfer_id as "receivableTransferId", state, decided_by as "decidedBy", decided_at as "decidedAt", decision_note as "decisionNote",
  other_reference as "otherReference", written_off_minor as "writtenOffMinor", written_off_by as "writtenOffBy", cashback_minor as "cashbackMinor", coupons`;

export async function findChargeback(tx: Tx, chargebackId: string, { lock = false }: { readonly lock?: boolean } = {}): Promise<Chargeback | null> {
  const [row] = await tx.query<Chargeback>(`select ${COLUMNS} from payments.chargeback where operator_id = $1 and chargeback_id = $2 ${lock ? 'for update' : ''}`, [onlyOperator(tx), chargebackId]);
  return row ?? null;
}
export async function findByReference(tx: Tx, { merchantAccountId, channelReference }: Pick<Chargeback, 'merchantAccountId' | 'channelReference'>): Promise<Chargeback | null> {
  const [row] = await tx.query<Chargeback>(`select ${COLUMNS} from payments.chargeback where operator_id = $1 and merchant_account_id = $2 and channel_reference = $3`, [onlyOperator(tx), merchantAccountId, channelReference]);
  return row ?? null;
}

/** By a number that either side knows it under. */
export async function findByOtherNumber(tx: Tx, { merchantAccountId, reference }: { readonly merchantAccountId: string; readonly reference: string }): Promise<Chargeback | null> {
  const [row] = await tx.query<Chargeback>(`select ${COLUMNS} from payments.chargeback where operator_id = $1 and merchant_account_id = $2 and (channel_reference = $3 or other_reference = $3) order by opened_at limit 1`,
    [onlyOperator(tx), merchantAccountId, reference]);
  return row ?? null;
}
/** Of one payment, oldest first. */
export const findOfAttempt = (tx: Tx, { orderId, attempt }: Pick<Chargeback, 'orderId' | 'attempt'>): Promise<Chargeback[]> =>
  tx.query<Chargeback>(`select ${COLUMNS} from payments.chargeback where operator_id = $1 and order_id = $2 and attempt = $3 order by opened_at, chargeback_id`, [onlyOperator(tx), orderId, attempt]);

/** The same chargeback, seen under a second number. */
export async function knowUnderOtherNumber(tx: Tx, of: Chargeback, otherReference: string): Promise<Chargeback> {
  if (of.channelReference === otherReference) return of;
  await tx.execute('update payments.chargeback set other_reference = $3 where operator_id = $1 and chargeback_id = $2', [onlyOperator(tx), of.chargebackId, otherReference]);
  return { ...of, otherReference };
}

/** Newest first, by keyset (openedAt, chargebackId). */
export const listChargebacks = (
  tx: Tx, { state, after, countMax }: { readonly state: ChargebackState | null; readonly after: { readonly openedAt: Instant; readonly chargebackId: string } | null; readonly countMax: number },
): Promise<Chargeback[]> => tx.query<Chargeback>(
  `select ${COLUMNS} from payments.chargeback where operator_id = $1 and ($2::text is null or state = $2) and ($3::timestamptz is null or (opened_at, chargeback_id) < ($3::timestamptz, $4::uuid))
   order by opened_at desc, chargeback_id desc limit $5`, [onlyOperator(tx), state, time(after?.openedAt ?? null), after?.chargebackId ?? null, countMax]);

export async function insertChargeback(tx: Tx, of: Chargeback): Promise<void> {
  await tx.execute(
    `insert into payments.chargeback (operator_id, chargeback_id, order_id, attempt, merchant_account_id, member_id, currency, amount_minor, channel_reference, reason, source, opened_by, opened_at, from_wallet_minor,
       receivable_minor, wallet_transfer_id, receivable_transfer_id, state) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'open')`,
    [onlyOperator(tx), of.chargebackId, of.orderId, of.attempt, of.merchantAccountId, of.memberId, of.currency, of.amountMinor, of.channelReference, of.reason, of.source, of.openedBy, time(of.openedAt), of.fromWalletMinor,
      of.receivableMinor, of.walletTransferId, of.receivableTransferId]);
}

export async function updateChargeback(tx: Tx, of: Chargeback, writtenOffTransferId: string | null = null): Promise<void> {
  await tx.execute(
    `update payments.chargeback set state = $3, decided_by = $4, decided_at = $5, decision_note = $6, written_off_minor = $7, written_off_by = $8, written_off_transfer_id = coalesce($9, written_off_transfer_id)
     where operator_id = $1 and chargeback_id = $2`,
    [onlyOperator(tx), of.chargebackId, of.state, of.decidedBy, time(of.decidedAt), of.decisionNote, of.writtenOffMinor, of.writtenOffBy, writtenOffTransferId]);
}

/** The same with what went back beside it. */
export async function keepGiftsTaken(tx: Tx, of: Chargeback, gifts: Pick<Chargeback, 'cashbackMinor' | 'coupons'>): Promise<Chargeback> {
  await tx.execute('update payments.chargeback set cashback_minor = $3, coupons = $4 where operator_id = $1 and chargeback_id = $2', [onlyOperator(tx), of.chargebackId, gifts.cashbackMinor, gifts.coupons]);
  return { ...of, ...gifts };
}

/** Counts a chargeback on its payment. @returns false when less than that is left of it. */
export async function countOnAttempt(tx: Tx, of: Pick<Chargeback, 'orderId' | 'attempt'>, changeMinor: bigint): Promise<boolean> {
  return await tx.execute(
    `update payments.payment_attempt set charged_back_minor = charged_back_minor + $4 where operator_id = $1 and order_id = $2 and attempt = $3 and state = 'paid'
       and paid_minor - refunding_minor - refunded_minor - charged_back_minor - refunded_at_channel_minor >= $4`, [onlyOperator(tx), of.orderId, of.attempt, changeMinor]) === 1;
}
