import { assert, bigIntToUuid, ok, refuse, type Clock, type CurrencyCode, type Instant, type MemberId, type Result } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { accountSpec, createAccounts, createTransfers, moneyLedger, transferId, type AccountKind } from '../../ledger/index.ts';
import { loadMembers, loadOperator } from '../../parties/index.ts';
import { memberAccountId } from '../domain/settlement.ts';
import { WALLET_TRANSFER } from '../domain/transfer-code.ts';
import { walletBalances } from '../queries/balances.ts';
import { NO_GIFTS_GOING_BACK, planCashGivenBack, takeGiftsBack, type GiftsGoingBack } from './cash-given-back.ts';
import { openWallet } from './open-wallet.ts';

/**
 * What a person may do to a wallet by hand. A refund that is booked as a top-up is how money gets lost, so each act says what it is: `top_up` cash was taken;
 * `refund` cash was given back; `compensation` something went wrong and the member gets money for it; `correction` the balance was wrong.
 */
export const ADJUSTMENT_KINDS = ['top_up', 'refund', 'compensation', 'correction'] as const;
export type AdjustmentKind = (typeof ADJUSTMENT_KINDS)[number];
export type AdjustmentDirection = 'credit' | 'debit';
export const ADJUSTMENT_MINOR_MAX = 100_000_000n;
export const ADJUSTMENT_REASON_LENGTH_MAX = 500;

/** Which way a kind moves a wallet (a correction goes either way), where the money comes from or goes to, and how the transfer is named. */
const KINDS: Readonly<Record<AdjustmentKind, { readonly directions: readonly AdjustmentDirection[]; readonly account: AccountKind; readonly code: number }>> = {
  top_up: { directions: ['credit'], account: 'cash_desk', code: WALLET_TRANSFER.adjustment_top_up },
  refund: { directions: ['debit'], account: 'cash_desk', code: WALLET_TRANSFER.adjustment_refund },
  compensation: { directions: ['credit'], account: 'compensation_expense', code: WALLET_TRANSFER.adjustment_compensation },
  correction: { directions: ['credit', 'debit'], account: 'wallet_corrections', code: WALLET_TRANSFER.adjustment_correction },
};

export type WalletAdjustment = {
  /** Names the act: the same command again has the same outcome and books nothing. A UUID. */
  readonly commandId: string;
  readonly memberId: MemberId; readonly kind: AdjustmentKind; readonly direction: AdjustmentDirection; readonly amountMinor: bigint;
  /** Why, for whoever reads it later. */
  readonly reason: string;
  readonly actor: string;
  /** The second person, above the threshold. */
  readonly approval: { readonly approvalId: string; readonly approvedBy: string } | null;
};
export type BookedAdjustment = Omit<WalletAdjustment, 'approval'> & {
  readonly currency: CurrencyCode; readonly approvalId: string | null; readonly approvedBy: string | null; readonly transferId: string; readonly recordedAt: Instant;
};
export type AdjustmentRejection =
  | { readonly code: 'adjustment_command_reused'; readonly commandId: string }
  | { readonly code: 'adjustment_amount_invalid'; readonly amountMinor: bigint; readonly maxMinor: bigint }
  | { readonly code: 'adjustment_direction_invalid'; readonly kind: AdjustmentKind; readonly directions: readonly AdjustmentDirection[] }
  | { readonly code: 'adjustment_reason_missing'; readonly lengthMax: number }
  | { readonly code: 'member_not_found'; readonly memberId: MemberId }
  | { readonly code: 'adjustment_needs_second_person'; readonly aboveMinor: bigint }
  | { readonly code: 'wallet_balance_too_low'; readonly availableMinor: bigint };

/** What is wrong with an act before anything is looked up, in the order of the union. */
export function checkAdjustment({ kind, direction, amountMinor, reason }: Pick<WalletAdjustment, 'kind' | 'direction' | 'amountMinor' | 'reason'>): AdjustmentRejection | null {
  if (amountMinor <= 0n || amountMinor > ADJUSTMENT_MINOR_MAX) return { code: 'adjustment_amount_invalid', amountMinor, maxMinor: ADJUSTMENT_MINOR_MAX };
  const { directions } = KINDS[kind];
  if (!directions.includes(direction)) return { code: 'adjustment_direction_invalid', kind, directions };
  if (reason.trim() === '' || reason.length > ADJUSTMENT_REASON_LENGTH_MAX) return { code: 'adjustment_reason_missing', lengthMax: ADJUSTMENT_REASON_LENGTH_MAX };
  return null;
}

/**
 * Books one act by hand: the signed row and the transfer commit together, one for one. A refund takes back what was given for the top-ups that it gives back, and what of that is money must be in
 * the wallet beside it. Refusals in the order of `AdjustmentRejection`.
 */
export async function adjustWallet(tx: Tx, act: WalletAdjustment, { clock, gifts = NO_GIFTS_GOING_BACK }: { readonly clock: Clock; readonly gifts?: GiftsGoingBack }): Promise<Result<BookedAdjustment, AdjustmentRejection>> {
  assert(tx.operatorIds.length === 1 && act.actor !== '', 'an act by hand belongs to one operator and is signed');
  const earlier = await findAdjustment(tx, act.commandId);
  if (earlier) return sameAct(earlier, act);
  const wrong = checkAdjustment(act);
  if (wrong) return refuse(wrong);
  if (!(await loadMembers(tx, [act.memberId])).has(act.memberId)) return refuse({ code: 'member_not_found', memberId: act.memberId });
  const aboveMinor = await fourEyesAbove(tx);
  if (act.amountMinor > aboveMinor && act.approval === null) return refuse({ code: 'adjustment_needs_second_person', aboveMinor });
  const { currency } = await loadOperator(tx);
  await openWallet(tx, { memberId: act.memberId, currency }, { clock });
  const availableMinor = (await walletBalances(tx, [act.memberId], { clock })).get(act.memberId)?.availableMinor ?? 0n;
  const back = act.kind === 'refund' ? await planCashGivenBack(tx, act, gifts) : NOTHING_BACK, mostMinor = availableMinor > back.giftsMinor ? availableMinor - back.giftsMinor : 0n;
  if (act.direction === 'debit' && mostMinor < act.amountMinor) return refuse({ code: 'wallet_balance_too_low', availableMinor: mostMinor });
  const { approval, ...rest } = act;
  const id = transferId('wallets.adjustment', act.commandId);
  const booked: BookedAdjustment = { ...rest, reason: act.reason.trim(), currency, approvalId: approval?.approvalId ?? null, approvedBy: approval?.approvedBy ?? null, transferId: bigIntToUuid(id), recordedAt: clock.now() };
  if (!(await insertAdjustment(tx, booked, aboveMinor))) return sameAct((await findAdjustment(tx, act.commandId))!, act);
  if (!(await book(tx, booked, { id, clock }))) return refuse({ code: 'wallet_balance_too_low', availableMinor: mostMinor });
  await takeGiftsBack(tx, { commandId: act.commandId, parts: back.parts, at: booked.recordedAt }, gifts, { clock });
  return ok(booked);
}
const NOTHING_BACK = { parts: [], giftsMinor: 0n } as const;

/** @returns false when another act took the money between the look and the booking; the caller rolls back. */
async function book(tx: Tx, { kind, direction, currency, memberId, amountMinor }: BookedAdjustment, { id, clock }: { readonly id: bigint; readonly clock: Clock }): Promise<boolean> {
  const ledger = moneyLedger(currency);
  const other = accountSpec(KINDS[kind].account, ledger, null);
  await createAccounts(tx, [other], { clock });
  const wallet = memberAccountId('member_wallet', memberId, currency);
  const [result] = await createTransfers(tx, [{
    id, debitAccountId: direction === 'credit' ? other.id : wallet, creditAccountId: direction === 'credit' ? wallet : other.id, amount: amountMinor, ledger, code: KINDS[kind].code,
  }], { clock });
  assert(result?.status === 'created' || result?.status === 'exceeds_credits', `an act by hand: ${result?.status}`);
  return result.status === 'created';
}

const COLUMNS = `command_id as "commandId", member_id as "memberId", kind, direction, currency, amount_minor as "amountMinor", reason, actor, approval_id as "approvalId", approved_by as "approvedBy",
  transfer_id as "transferId", recorded_at as "recordedAt"`;

async function findAdjustment(tx: Tx, commandId: string): Promise<BookedAdjustment | null> {
  const [row] = await tx.query<BookedAdjustment>(`select ${COLUMNS} from wallets.adjustment where operator_id = $1 and command_id = $2`, [tx.operatorIds[0], commandId]);
  return row ?? null;
}

async function insertAdjustment(tx: Tx, act: BookedAdjustment, aboveMinor: bigint): Promise<boolean> {
  const inserted = await tx.execute(
    `insert into wallets.adjustment (operator_id, command_id, member_id, kind, direction, currency, amount_minor, reason, actor, approval_id, approved_by, four_eyes_above_minor, transfer_id, recorded_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (operator_id, command_id) do nothing`,
    [tx.operatorIds[0], act.commandId, act.memberId, act.kind, act.direction, act.currency, act.amountMinor, act.reason, act.actor, act.approvalId, act.approvedBy, aboveMinor, act.transferId, sqlTimestamp(act.recordedAt)]);
  return inserted === 1;
}

function sameAct(first: BookedAdjustment, again: WalletAdjustment): Result<BookedAdjustment, AdjustmentRejection> {
  const same = first.memberId === again.memberId && first.kind === again.kind && first.direction === again.direction && first.amountMinor === again.amountMinor && first.actor === again.actor;
  return same ? ok(first) : refuse({ code: 'adjustment_command_reused', commandId: again.commandId });
}

/** What one person may move alone, in minor units, where nobody has set it. */
export const FOUR_EYES_ABOVE_MINOR_DEFAULT = 50_000n;

/** What one person may take at the cash desk alone, where nobody has set it: cash is counted by hand, and most top-ups are of a few hundred. */
export const CASH_DESK_ABOVE_MINOR_DEFAULT = 1_000_000n;

type Policy = { readonly fourEyesAboveMinor: bigint; readonly cashDeskAboveMinor: bigint };

/** Both thresholds as they stand. */
export async function adjustmentPolicy(tx: Tx): Promise<Policy> {
  const [row] = await tx.query<{ above: bigint; cashDesk: bigint | null }>(
    'select four_eyes_above_minor as above, cash_desk_above_minor as "cashDesk" from wallets.adjustment_policy where operator_id = $1 order by version desc limit 1', [tx.operatorIds[0]]);
  return { fourEyesAboveMinor: row?.above ?? FOUR_EYES_ABOVE_MINOR_DEFAULT, cashDeskAboveMinor: row?.cashDesk ?? CASH_DESK_ABOVE_MINOR_DEFAULT };
}

/** Above which amount a second person must approve money by hand. */
export const fourEyesAbove = async (tx: Tx): Promise<bigint> => (await adjustmentPolicy(tx)).fourEyesAboveMinor;

/** The next version; what is not named stays as it is. */
export async function changeFourEyesAbove(
  tx: Tx, { aboveMinor, cashDeskAboveMinor, changedBy }: { readonly aboveMinor?: bigint; readonly cashDeskAboveMinor?: bigint; readonly changedBy: string }, { clock }: { readonly clock: Clock },
): Promise<void> {
  assert((aboveMinor ?? 0n) >= 0n && (cashDeskAboveMinor ?? 0n) >= 0n, 'a threshold is not negative');
  const before = await adjustmentPolicy(tx);
  await tx.execute(
    `insert into wallets.adjustment_policy (operator_id, version, four_eyes_above_minor, cash_desk_above_minor, changed_by, recorded_at)
     select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5 from wallets.adjustment_policy where operator_id = $1`,
    [tx.operatorIds[0], aboveMinor ?? before.fourEyesAboveMinor, cashDeskAboveMinor ?? before.cashDeskAboveMinor, changedBy, sqlTimestamp(clock.now())]);
}
