import { instant, uuidToBigInt, type CurrencyCode, type MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { accountId, accountSumsByCode, balancesAt, currencyOfLedger, lookupTransfers, moneyLedger, sumsByCode } from '../../ledger/index.ts';
import { memberAccountId } from '../domain/settlement.ts';
import { WALLET_TRANSFER } from '../domain/transfer-code.ts';

/** How many offending ids a check lists. */
const AUDIT_FAILURES_MAX = 100;
const PAGE_MAX = 2_000;
/** Later than any booking: the balances as they stand. */
const NOW = instant(8_000_000_000_000);

export type WalletAuditCheck = { readonly code: string; readonly about: string; readonly checked: number; readonly failures: readonly { readonly id: string; readonly detail: string }[] };
type Act = { readonly commandId: string; readonly memberId: MemberId; readonly currency: CurrencyCode; readonly amountMinor: bigint; readonly transferId: string };

/** What must be true of wallets, for the operator of this transaction. Reads only. */
export async function auditWallets(tx: Tx): Promise<WalletAuditCheck[]> {
  const acts = await tx.query<Act>(
    `select command_id as "commandId", member_id as "memberId", currency, amount_minor as "amountMinor", transfer_id as "transferId"
     from wallets.cash_desk_top_up where operator_id = $1 order by command_id`, [tx.operatorIds[0]]);
  return [await everyActHasItsTransfer(tx, acts), await cashDeskHoldsOnlySignedActs(tx, acts), await adjustmentsAreSigned(tx), await givenBackWithinTopUps(tx)];
}

async function everyActHasItsTransfer(tx: Tx, acts: readonly Act[]): Promise<WalletAuditCheck> {
  const failures: { id: string; detail: string }[] = [];
  for (let from = 0; from < acts.length; from += PAGE_MAX) {
    const page = acts.slice(from, from + PAGE_MAX);
    const transfers = new Map((await lookupTransfers(tx, page.map((act) => uuidToBigInt(act.transferId)), { clock: { now: () => NOW } })).map((transfer) => [transfer.id, transfer]));
    for (const act of page) {
      const transfer = transfers.get(uuidToBigInt(act.transferId));
      const right = transfer?.amount === act.amountMinor && transfer.code === WALLET_TRANSFER.cash_desk_top_up
        && transfer.creditAccountId === memberAccountId('member_wallet', act.memberId, act.currency) && transfer.debitAccountId === accountId('cash_desk', moneyLedger(act.currency), null);
      if (!right) failures.push({ id: act.commandId, detail: transfer ? `signed for ${act.amountMinor}, booked ${transfer.amount} to another end` : 'no transfer' });
    }
  }
  return {
    code: 'wallets_top_up_has_its_transfer', about: 'every signed cash-desk act has its crediting transfer, of the same amount, to the wallet of its member',
    checked: acts.length, failures: failures.slice(0, AUDIT_FAILURES_MAX),
  };
}

/** The inverse: the cash desk account has moved by the signed acts and by nothing else. */
async function cashDeskHoldsOnlySignedActs(tx: Tx, acts: readonly Act[]): Promise<WalletAuditCheck> {
  const adjusted = await adjustmentSums(tx);
  const byHand = (currency: CurrencyCode, kind: string): bigint => adjusted.find((row) => row.currency === currency && row.kind === kind)?.amount ?? 0n;
  const currencies = [...new Set([...acts.map((act) => act.currency), ...adjusted.map((row) => row.currency)])];
  const failures: { id: string; detail: string }[] = [];
  for (const currency of currencies) {
    const signed = acts.reduce((sum, act) => (act.currency === currency ? sum + act.amountMinor : sum), 0n);
    const [desk] = await balancesAt(tx, [accountId('cash_desk', moneyLedger(currency), null)], NOW);
    const [taken, given] = [desk?.debitsPosted ?? 0n, desk?.creditsPosted ?? 0n];
    const signedTaken = signed + byHand(currency, 'top_up'), signedGiven = byHand(currency, 'refund');
    if (taken !== signedTaken) failures.push({ id: currency, detail: `signed acts ${signedTaken}, cash desk account ${taken}` });
    if (given !== signedGiven) failures.push({ id: currency, detail: `signed refunds ${signedGiven}, given by the cash desk account ${given}` });
  }
  return { code: 'wallets_cash_desk_is_signed', about: 'every transfer from the cash desk has one signed act', checked: currencies.length, failures };
}

const ADJUSTMENT_CODES: Readonly<Record<string, number>> = {
  top_up: WALLET_TRANSFER.adjustment_top_up, refund: WALLET_TRANSFER.adjustment_refund, compensation: WALLET_TRANSFER.adjustment_compensation, correction: WALLET_TRANSFER.adjustment_correction,
};
type AdjustmentSum = { readonly currency: CurrencyCode; readonly kind: string; readonly acts: number; readonly amount: bigint };
const adjustmentSums = (tx: Tx): Promise<AdjustmentSum[]> => tx.query<AdjustmentSum>(
  'select currency, kind, count(*)::int as acts, sum(amount_minor)::bigint as amount from wallets.adjustment where operator_id = $1 group by currency, kind', [tx.operatorIds[0]]);

/** Acts by hand and their transfers are one for one: as many, of as much, of each kind. */
async function adjustmentsAreSigned(tx: Tx): Promise<WalletAuditCheck> {
  const signed = await adjustmentSums(tx);
  const booked = await sumsByCode(tx, Object.values(ADJUSTMENT_CODES), { clock: { now: () => NOW } });
  const failures: { id: string; detail: string }[] = [];
  for (const currency of new Set([...signed.map((row) => row.currency), ...booked.flatMap((row) => currencyOfLedger(row.ledger) ?? [])])) {
    for (const [kind, code] of Object.entries(ADJUSTMENT_CODES)) {
      const act = signed.find((row) => row.currency === currency && row.kind === kind), transfer = booked.find((row) => row.code === code && row.ledger === moneyLedger(currency));
      if ((act?.acts ?? 0) === (transfer?.transfers ?? 0) && (act?.amount ?? 0n) === (transfer?.postedMinor ?? 0n)) continue;
      failures.push({ id: `${currency}/${kind}`, detail: `signed ${act?.amount ?? 0n} in ${act?.acts ?? 0} acts, booked ${transfer?.postedMinor ?? 0n} in ${transfer?.transfers ?? 0} transfers` });
    }
  }
  return { code: 'wallets_by_hand_is_signed', about: 'every movement by hand has one signed act of its kind', checked: signed.reduce((sum, row) => sum + row.acts, 0), failures };
}

/** Cash that was given back belongs to top-ups, of none more than was paid in, and of no act more than it gave back. */
async function givenBackWithinTopUps(tx: Tx): Promise<WalletAuditCheck> {
  const [row] = await tx.query<{ checked: bigint }>('select count(*) as checked from wallets.cash_given_back where operator_id = $1', [tx.operatorIds[0]]);
  const failures = await tx.query<{ id: string; detail: string }>(
    `select b.cause_id::text as id, format('%s given back of %s', sum(b.amount_minor), coalesce(t.amount_minor, a.amount_minor)) as detail from wallets.cash_given_back b
     left join wallets.cash_desk_top_up t on t.operator_id = $1 and t.command_id = b.cause_id and b.cause = 'cash_desk' left join wallets.adjustment a on a.operator_id = $1 and a.command_id = b.cause_id and b.cause = 'by_hand'
     where b.operator_id = $1 and b.cause <> 'order' group by b.cause_id, t.amount_minor, a.amount_minor having sum(b.amount_minor) > coalesce(t.amount_minor, a.amount_minor, 0)
     union all select b.command_id::text, format('%s belong to top-ups, of %s', sum(b.amount_minor), a.amount_minor) from wallets.cash_given_back b
     join wallets.adjustment a on a.operator_id = $1 and a.command_id = b.command_id where b.operator_id = $1 group by b.command_id, a.amount_minor having sum(b.amount_minor) > a.amount_minor limit ${AUDIT_FAILURES_MAX}`, [tx.operatorIds[0]]);
  return { code: 'wallets_given_back_within_top_ups', about: 'cash given back by hand is of no top-up more than was paid in, and of no act more than it gave back', checked: Number(row!.checked), failures };
}

export type MovedByOthers = { readonly currency: CurrencyCode; readonly creditedMinor: bigint; readonly debitedMinor: bigint; readonly heldMinor: bigint };

/**
 * What moved each wallet that no bill and no hold for charging moved: acts by hand, payments, refunds, coupons. Each of those is audited by its own module; whoever
 * audits bills takes this from a wallet's balances, and bills must explain the rest.
 */
export async function walletsMovedByOthers(tx: Tx): Promise<Map<MemberId, MovedByOthers>> {
  const wallets = await tx.query<{ memberId: MemberId; currency: CurrencyCode }>('select member_id as "memberId", currency from wallets.wallet where operator_id = $1 order by member_id', [tx.operatorIds[0]]);
  const moved = new Map<MemberId, MovedByOthers>();
  for (let from = 0; from < wallets.length; from += PAGE_MAX) {
    const page = wallets.slice(from, from + PAGE_MAX);
    const accounts = page.map(({ memberId, currency }) => memberAccountId('member_wallet', memberId, currency));
    const sums = (await accountSumsByCode(tx, accounts, { clock: { now: () => NOW } })).filter(({ code }) => !isOfCharging(code));
    page.forEach(({ memberId, currency }, index) => {
      const own = sums.filter(({ accountId: id }) => id === accounts[index]);
      const sum = (pick: (row: (typeof own)[number]) => bigint): bigint => own.reduce((total, row) => total + pick(row), 0n);
      moved.set(memberId, { currency, creditedMinor: sum((row) => row.creditsPosted), debitedMinor: sum((row) => row.debitsPosted), heldMinor: sum((row) => row.debitsPending) });
    });
  }
  return moved;
}

/** Holds, bills and what reverses them. */
const isOfCharging = (code: number): boolean => (code >= WALLET_TRANSFER.charging_hold && code <= WALLET_TRANSFER.bill_receivable) || (code >= 100 && code <= 199);
