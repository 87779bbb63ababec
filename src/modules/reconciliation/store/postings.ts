import { assert, bigIntToUuid, type Clock, type CurrencyCode } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { accountId, accountingDate, accountSpec, createAccounts, createTransfers, moneyLedger, transferId, type AccountKind } from '../../ledger/index.ts';
import { businessDateOf } from '../domain/business-day.ts';

export const POSTING_KINDS = ['fees', 'payout', 'write_off'] as const;
export type PostingKind = (typeof POSTING_KINDS)[number];
/** Ledger transfer codes of payments' family: fee, payout, adjustment. */
const CODE: Readonly<Record<PostingKind, number>> = { fees: 220, payout: 221, write_off: 250 };
/** The account beside the channel's; a positive amount moves from the channel's account to it. */
const OTHER: Readonly<Record<PostingKind, { readonly kind: AccountKind; readonly perMerchant: boolean }>> = {
  fees: { kind: 'channel_fees', perMerchant: true }, payout: { kind: 'bank', perMerchant: false }, write_off: { kind: 'reconciliation_differences', perMerchant: false },
};

export type PostingToBook = {
  readonly kind: PostingKind; readonly merchantAccountId: string; readonly businessDate: string; readonly currency: CurrencyCode;
  /** What makes it once. */
  readonly reference: string;
  /** Positive: leaves what the channel owes us. Negative: adds to it. */
  readonly amountMinor: bigint; readonly statementId: string | null;
};

/** Books from a statement, once per reference. @returns the transfer's id, or null when it was booked already. */
export async function bookPosting(tx: Tx, posting: PostingToBook, { clock }: { readonly clock: Clock }): Promise<string | null> {
  assert(posting.amountMinor !== 0n, 'a posting moves something');
  const ledger = moneyLedger(posting.currency);
  const id = transferId('reconciliation', posting.kind, posting.merchantAccountId, posting.businessDate, posting.reference);
  // A month that is closed takes nothing more: what comes late for it is an adjustment of today's, and names the day that it adjusts.
  const counts = await accountingDate(tx, { businessDate: posting.businessDate, today: businessDateOf(clock.now()) });
  const isNew = await tx.execute(
    `insert into reconciliation.posting (operator_id, posting_id, merchant_account_id, business_date, kind, reference, amount_minor, transfer_id, statement_id, recorded_at, accounting_date)
     values ($1, $2, $3, $4::date, $5, $6, $7, $8, $9, $10, $11::date) on conflict do nothing`,
    [tx.operatorIds[0], newUuid(), posting.merchantAccountId, posting.businessDate, posting.kind, posting.reference, posting.amountMinor, bigIntToUuid(id), posting.statementId, sqlTimestamp(clock.now()), counts]);
  if (isNew === 0) return null;
  const { kind, perMerchant } = OTHER[posting.kind];
  const channel = accountSpec('channel_receivable', ledger, posting.merchantAccountId), other = accountSpec(kind, ledger, perMerchant ? posting.merchantAccountId : null);
  await createAccounts(tx, [channel, other], { clock });
  const [debitAccountId, creditAccountId] = posting.amountMinor > 0n ? [other.id, channel.id] : [channel.id, other.id];
  const [booked] = await createTransfers(tx, [{ id, debitAccountId, creditAccountId, amount: posting.amountMinor > 0n ? posting.amountMinor : -posting.amountMinor, ledger, code: CODE[posting.kind] }], { clock });
  assert(booked?.status === 'created', `booking from a statement: ${booked?.status}`);
  return bigIntToUuid(id);
}

/** What has been booked of a day and kind so far. */
export async function bookedSoFar(tx: Tx, of: Pick<PostingToBook, 'kind' | 'merchantAccountId' | 'businessDate'>): Promise<bigint> {
  const [row] = await tx.query<{ sum: bigint }>('select coalesce(sum(amount_minor), 0)::bigint as sum from reconciliation.posting where operator_id = $1 and merchant_account_id = $2 and business_date = $3::date and kind = $4',
    [tx.operatorIds[0], of.merchantAccountId, of.businessDate, of.kind]);
  return row!.sum;
}

/** What the ledger says that the channel owes us now. */
export const channelAccountId = (merchantAccountId: string, currency: CurrencyCode): bigint => accountId('channel_receivable', moneyLedger(currency), merchantAccountId);

/** Keeps postings out of a month from now on; told when the accounting month is closed. */
export async function closeMonth(tx: Tx, { firstDay }: { readonly firstDay: string }): Promise<void> {
  await tx.execute(`select pg_advisory_xact_lock(hashtextextended('reconciliation.closed_month/' || $1, 0))`, [tx.operatorIds[0]]);
  await tx.execute('insert into reconciliation.closed_month (operator_id, month) values ($1, $2::date)', [tx.operatorIds[0], firstDay]);
}
