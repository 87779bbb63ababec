import { bigIntToUuid, type Clock, type CurrencyCode, type Instant, type MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { accountHistory, lookupTransfers, type AccountBalance, type Transfer } from '../../ledger/index.ts';
import { memberAccountId } from '../domain/settlement.ts';
import { WALLET_TRANSFER } from '../domain/transfer-code.ts';

export const STATEMENT_ROWS_MAX = 500;
export const MOVEMENT_KINDS = [
  'cash_desk_top_up', 'bill', 'bill_reversed', 'top_up_by_hand', 'refund_by_hand', 'compensation', 'correction', 'payment', 'refund', 'refund_returned', 'chargeback', 'coupon', 'cashback', 'other',
] as const;
export type Movement = {
  readonly transferId: string;
  readonly at: Instant;
  readonly kind: (typeof MOVEMENT_KINDS)[number];
  /** Positive when credited. */
  readonly amountMinor: bigint;
  readonly balanceAfterMinor: bigint;
  readonly actor: string | null;
  readonly note: string | null;
  /** The charging session behind it. */
  readonly sessionId: string | null;
};
export type Statement = { readonly currency: CurrencyCode; readonly movements: readonly Movement[]; /** Where the next page goes on: the transfer that this one ends with. */ readonly next: string | null };

/**
 * What moved a member's balance, newest first. Money set aside for an open session moves nothing and is not listed; a page may hold
 * fewer than `limit` for that reason and still have a next one. It reaches back as far as the ledger's history goes in one reading.
 * @returns null when the member has no wallet.
 */
export async function walletStatement(tx: Tx, memberId: MemberId, { limit, after, clock }: { limit: number; after: string | null; clock: Clock }): Promise<Statement | null> {
  const [wallet] = await tx.query<{ currency: CurrencyCode }>('select currency from wallets.wallet where operator_id = $1 and member_id = $2', [tx.operatorIds[0], memberId]);
  if (!wallet) return null;
  const account = memberAccountId('member_wallet', memberId, wallet.currency);
  // The ledger's order is that of booking, which timestamps of several nodes do not tell; so a page goes on after a transfer, not a time.
  const history = (await accountHistory(tx, [account], { clock, reversed: true })).filter((row) => !row.expired);
  const from = after === null ? 0 : history.findIndex((row) => bigIntToUuid(row.transferId) === after) + 1;
  const shown = history.slice(from, from + Math.min(limit, STATEMENT_ROWS_MAX));
  const transfers = new Map((await lookupTransfers(tx, shown.map((row) => row.transferId), { clock })).map((transfer) => [transfer.id, transfer]));
  const acts = await signatures(tx, shown.map((row) => bigIntToUuid(row.transferId)));
  return {
    currency: wallet.currency, next: from + shown.length < history.length ? bigIntToUuid(shown.at(-1)!.transferId) : null,
    movements: shown.flatMap((row) => movementOf(row, transfers.get(row.transferId), account, acts) ?? []),
  };
}

type Signature = { readonly actor: string; readonly note: string | null };

async function signatures(tx: Tx, transferIds: readonly string[]): Promise<Map<string, Signature>> {
  const rows = await tx.query<Signature & { transferId: string }>(
    `select transfer_id as "transferId", actor, note from wallets.cash_desk_top_up where operator_id = $1 and transfer_id = any($2::uuid[])
     union all select transfer_id, actor, reason from wallets.adjustment where operator_id = $1 and transfer_id = any($2::uuid[])`, [tx.operatorIds[0], transferIds]);
  return new Map(rows.map((row) => [row.transferId, row]));
}

function movementOf(row: AccountBalance, transfer: Transfer | undefined, account: bigint, acts: ReadonlyMap<string, Signature>): Movement | null {
  if (!transfer || transfer.flags.pending || transfer.flags.voidPendingTransfer || transfer.amount === 0n) return null;
  const credited = transfer.creditAccountId === account;
  const transferId = bigIntToUuid(row.transferId);
  const kind = kindOf(transfer.code, credited);
  return {
    transferId, at: Number(row.timestamp / 1_000_000n) as Instant, kind, amountMinor: credited ? transfer.amount : -transfer.amount,
    balanceAfterMinor: row.creditsPosted - row.debitsPosted, actor: acts.get(transferId)?.actor ?? null, note: acts.get(transferId)?.note ?? null,
    sessionId: (kind !== 'bill' && kind !== 'bill_reversed') || transfer.userData128 === 0n ? null : bigIntToUuid(transfer.userData128),
  };
}

/** Codes of other modules stand here as numbers: wallets call none of them, and a statement must name what they book. */
const KIND_OF_CODE: Readonly<Record<number, Movement['kind']>> = {
  [WALLET_TRANSFER.cash_desk_top_up]: 'cash_desk_top_up', [WALLET_TRANSFER.adjustment_top_up]: 'top_up_by_hand', [WALLET_TRANSFER.adjustment_refund]: 'refund_by_hand',
  [WALLET_TRANSFER.adjustment_compensation]: 'compensation', [WALLET_TRANSFER.adjustment_correction]: 'correction',
  200: 'payment', 202: 'payment', 210: 'refund', 211: 'refund', 213: 'refund_returned', 214: 'refund', 230: 'chargeback', 231: 'chargeback', 240: 'coupon', 241: 'cashback',
};

function kindOf(code: number, credited: boolean): Movement['kind'] {
  const kind = KIND_OF_CODE[code];
  return kind ?? (code >= 200 ? 'other' : credited ? 'bill_reversed' : 'bill');
}
