import { assert, bigIntToUuid, ok, refuse, type Clock, type CurrencyCode, type Instant, type MemberId, type Result } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { accountId, accountSpec, createAccounts, createTransfers, moneyLedger, transferId } from '../../ledger/index.ts';
import { loadMembers, loadOperator } from '../../parties/index.ts';
import { memberAccountId } from '../domain/settlement.ts';
import { WALLET_TRANSFER } from '../domain/transfer-code.ts';
import { giveForTopUps } from '../coupons/give-coupons.ts';
import { adjustmentPolicy } from './adjust-wallet.ts';
import { openWallet } from './open-wallet.ts';

/** One act at a counter. Larger sums are several acts, each of which somebody answers for. */
export const TOP_UP_MINOR_MAX = 100_000_000n;
export const TOP_UP_NOTE_LENGTH_MAX = 500;

export type CashDeskTopUp = {
  /** Names the act: the same command again has the same outcome and books nothing. A UUID. */
  readonly commandId: string;
  readonly memberId: MemberId;
  readonly amountMinor: bigint;
  /** Who took the cash: the signature of the act. */
  readonly actor: string;
  readonly note?: string | null;
  /** The second person, above the operator's threshold for the cash desk. */
  readonly approval?: { readonly approvalId: string; readonly approvedBy: string } | null;
};
/** What others give for a top-up at the cash desk, in its transaction: cashback. Registered at the composition root. */
export type CashDeskGifts = (tx: Tx, topUp: Pick<CashDeskReceipt, 'commandId' | 'memberId' | 'amountMinor' | 'currency'>, options: { readonly clock: Clock }) => Promise<void>;
export const NO_CASH_DESK_GIFTS: CashDeskGifts = () => Promise.resolve();
export type CashDeskReceipt = {
  readonly commandId: string; readonly memberId: MemberId; readonly amountMinor: bigint; readonly currency: CurrencyCode; readonly actor: string;
  readonly note: string | null; readonly transferId: string; readonly recordedAt: Instant;
};
export type CashDeskRejection =
  | { readonly code: 'top_up_command_reused'; readonly commandId: string; readonly memberId: MemberId; readonly amountMinor: bigint }
  | { readonly code: 'top_up_amount_invalid'; readonly amountMinor: bigint; readonly maxMinor: bigint }
  | { readonly code: 'member_not_found'; readonly memberId: MemberId }
  | { readonly code: 'top_up_needs_second_person'; readonly aboveMinor: bigint };

/**
 * Credits cash taken at the counter. The signed act, the crediting transfer and what the rules give for it commit together, once.
 * Refusals in this order: the command was used for another body, amount not 1–`TOP_UP_MINOR_MAX`, no such member, a second person needed.
 */
export async function topUpAtCashDesk(tx: Tx, topUp: CashDeskTopUp, { clock, gifts = NO_CASH_DESK_GIFTS }: { readonly clock: Clock; readonly gifts?: CashDeskGifts }): Promise<Result<CashDeskReceipt, CashDeskRejection>> {
  assert(tx.operatorIds.length === 1, 'a top-up belongs to one operator');
  assert(topUp.actor !== '', 'a top-up is signed by an actor');
  const earlier = await findReceipt(tx, topUp.commandId);
  if (earlier) return sameAct(earlier, topUp);
  if (topUp.amountMinor <= 0n || topUp.amountMinor > TOP_UP_MINOR_MAX) {
    return refuse({ code: 'top_up_amount_invalid', amountMinor: topUp.amountMinor, maxMinor: TOP_UP_MINOR_MAX });
  }
  if (!(await loadMembers(tx, [topUp.memberId])).has(topUp.memberId)) return refuse({ code: 'member_not_found', memberId: topUp.memberId });
  const approval = topUp.approval ?? null, { cashDeskAboveMinor } = await adjustmentPolicy(tx);
  if (topUp.amountMinor > cashDeskAboveMinor && approval === null) return refuse({ code: 'top_up_needs_second_person', aboveMinor: cashDeskAboveMinor });
  assert(approval?.approvedBy !== topUp.actor, 'whoever approves is another person');
  const { currency } = await loadOperator(tx);
  await openWallet(tx, { memberId: topUp.memberId, currency }, { clock });
  const transfer = transferId('wallets.cash_desk_top_up', topUp.commandId);
  const receipt: CashDeskReceipt = {
    commandId: topUp.commandId, memberId: topUp.memberId, amountMinor: topUp.amountMinor, currency, actor: topUp.actor,
    note: topUp.note?.slice(0, TOP_UP_NOTE_LENGTH_MAX) ?? null, transferId: bigIntToUuid(transfer), recordedAt: clock.now(),
  };
  if (!(await insertReceipt(tx, receipt, { approval, aboveMinor: cashDeskAboveMinor }))) {
    // Another transaction took the same command at the same moment and has committed.
    const first = await findReceipt(tx, topUp.commandId);
    assert(first, 'a taken command has its row');
    return sameAct(first, topUp);
  }
  await credit(tx, receipt, transfer, clock);
  await giveForTopUps(tx, [{ orderId: receipt.commandId, memberId: receipt.memberId, amountMinor: receipt.amountMinor, channel: 'cash_desk' }], { clock });
  await gifts(tx, receipt, { clock });
  return ok(receipt);
}

async function credit(tx: Tx, receipt: CashDeskReceipt, transfer: bigint, clock: Clock): Promise<void> {
  const ledger = moneyLedger(receipt.currency);
  await createAccounts(tx, [accountSpec('cash_desk', ledger, null)], { clock });
  const [result] = await createTransfers(tx, [{
    id: transfer, debitAccountId: accountId('cash_desk', ledger, null), creditAccountId: memberAccountId('member_wallet', receipt.memberId, receipt.currency),
    amount: receipt.amountMinor, ledger, code: WALLET_TRANSFER.cash_desk_top_up,
  }], { clock });
  assert(result?.status === 'created', `crediting a top-up: ${result?.status}`);
}

function sameAct(earlier: CashDeskReceipt, topUp: CashDeskTopUp): Result<CashDeskReceipt, CashDeskRejection> {
  const same = earlier.memberId === topUp.memberId && earlier.amountMinor === topUp.amountMinor && earlier.actor === topUp.actor;
  return same ? ok(earlier)
    : refuse({ code: 'top_up_command_reused', commandId: earlier.commandId, memberId: earlier.memberId, amountMinor: earlier.amountMinor });
}

async function findReceipt(tx: Tx, commandId: string): Promise<CashDeskReceipt | undefined> {
  const [row] = await tx.query<CashDeskReceipt>(
    `select command_id as "commandId", member_id as "memberId", amount_minor as "amountMinor", currency, actor, note, transfer_id as "transferId",
       recorded_at as "recordedAt" from wallets.cash_desk_top_up where operator_id = $1 and command_id = $2`, [tx.operatorIds[0], commandId]);
  return row;
}

async function insertReceipt(tx: Tx, receipt: CashDeskReceipt, { approval, aboveMinor }: { readonly approval: CashDeskTopUp['approval']; readonly aboveMinor: bigint }): Promise<boolean> {
  return await tx.execute(
    `insert into wallets.cash_desk_top_up (operator_id, command_id, member_id, currency, amount_minor, actor, note, transfer_id, recorded_at, approval_id, approved_by, four_eyes_above_minor)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (operator_id, command_id) do nothing`,
    [tx.operatorIds[0], receipt.commandId, receipt.memberId, receipt.currency, receipt.amountMinor, receipt.actor, receipt.note, receipt.transferId,
      sqlTimestamp(receipt.recordedAt), approval?.approvalId ?? null, approval?.approvedBy ?? null, aboveMinor]) === 1;
}
