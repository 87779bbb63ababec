import { addMs, type Clock, type Instant, type OperatorId } from '../../../kernel/index.ts';
import type { Database, Tx } from '../../../platform/database/index.ts';
import type { NotificationView } from '../domain/channel.ts';
import { parseTradeNumber } from '../domain/order-number.ts';
import type { PaymentsMetrics } from '../metrics.ts';
import { isOwnFault } from '../own-fault.ts';
import { claimNotifications, postponeNotifications, rawNotification, settleNotifications, type ClaimedNotification, type PostponedNotification, type SettledNotification } from '../store/notifications.ts';
import { lockOrders } from '../store/orders.ts';
import type { AppliedView, ViewItem } from '../types.ts';
import type { InboxLimits } from './limits.ts';
import { foreignEnvironment, judge, type Outcome } from './notification.ts';
import type { NotificationChannels } from './receive.ts';
import { viewFromJson } from './stored-view.ts';

/** What orders and refunds do with what channels say; given by the composition of the module. */
export type InboxPorts = {
  readonly applyPayments: (tx: Tx, items: readonly ViewItem[]) => Promise<readonly AppliedView[]>;
  readonly applyRefunds?: (tx: Tx, items: readonly RefundItem[]) => Promise<void>;
};
export type RefundItem = { readonly merchantAccountId: string; readonly notificationId: string; readonly view: Extract<NotificationView, { kind: 'refund' }> };
export type ApplyContext = {
  readonly database: Database; readonly channels: NotificationChannels; readonly ports: InboxPorts; readonly clock: Clock; readonly metrics: PaymentsMetrics; readonly limits: InboxLimits;
  /** For tests that end the process between two steps. */
  readonly atStep?: ((step: ApplyStep) => void) | undefined;
};
export const APPLY_STEPS = ['claimed', 'applied', 'settled', 'committed'] as const;
export type ApplyStep = (typeof APPLY_STEPS)[number];

export type Applied = { readonly worked: number; /** The batch was full: there may be more. */ readonly more: boolean };
type Readable = { readonly row: ClaimedNotification; readonly view: NotificationView };
type Settling = { readonly settled: SettledNotification[]; readonly postponed: PostponedNotification[] };

/**
 * Works due notifications of one operator: what they mean, and that they were worked, commit together. So each is worked once, whenever the process ends.
 * One that makes the batch fail is found by halving, tried again later by itself, and in the end given up with its reason; it blocks no other.
 */
export async function applyDue(context: ApplyContext, operatorId: OperatorId): Promise<Applied> {
  let claimed: readonly string[] = [];
  try {
    const worked = await applyOnce(context, operatorId, { countMax: context.limits.applyBatchMax, seen: (ids) => { claimed = ids; } });
    return { worked, more: worked === context.limits.applyBatchMax };
  } catch (error) {
    if (!isOwnFault(error) || claimed.length === 0) throw error;
    await applyHalves(context, operatorId, claimed, error);
    return { worked: claimed.length, more: true };
  }
}

async function applyHalves(context: ApplyContext, operatorId: OperatorId, ids: readonly string[], error: Error): Promise<void> {
  if (ids.length === 1) return giveUpForNow(context, operatorId, ids[0]!, error);
  for (const half of [ids.slice(0, ids.length >> 1), ids.slice(ids.length >> 1)]) {
    try {
      await applyOnce(context, operatorId, { countMax: half.length, only: half, seen: () => undefined });
    } catch (fault) {
      if (!isOwnFault(fault)) throw fault;
      await applyHalves(context, operatorId, half, fault);
    }
  }
}

/** @returns how many were claimed. */
async function applyOnce(context: ApplyContext, operatorId: OperatorId, options: { readonly countMax: number; readonly only?: readonly string[]; readonly seen: (ids: readonly string[]) => void }): Promise<number> {
  const { database, clock, metrics, atStep } = context;
  const result = await database.forOperator(operatorId).transaction(async (tx) => {
    const rows = await claimNotifications(tx, operatorId, { at: clock.now(), countMax: options.countMax, ...(options.only ? { only: options.only } : {}) });
    options.seen(rows.map((row) => row.notificationId));
    if (rows.length === 0) return null;
    atStep?.('claimed');
    const settling: Settling = { settled: [], postponed: [] };
    const credited = await work(context, tx, { operatorId, rows, settling });
    atStep?.('applied');
    await settleNotifications(tx, operatorId, settling.settled, clock.now());
    await postponeNotifications(tx, operatorId, settling.postponed);
    atStep?.('settled');
    return { rows, settling, credited };
  });
  if (result === null) return 0;
  atStep?.('committed');
  const now = clock.now();
  for (const { receivedAt, paidAt } of result.credited) {
    metrics.credited(receivedAt, now);
    if (paidAt !== null) metrics.paidToCredited('notification', paidAt, now);
  }
  for (const { outcome } of result.settling.settled) metrics.settled(outcome, 1);
  metrics.settled('postponed', result.settling.postponed.length);
  return result.rows.length;
}

type Credited = { readonly receivedAt: Instant; readonly paidAt: Instant | null };
async function work(context: ApplyContext, tx: Tx, { operatorId, rows, settling }: { operatorId: OperatorId; rows: readonly ClaimedNotification[]; settling: Settling }): Promise<readonly Credited[]> {
  const payments: { readable: Readable; item: ViewItem }[] = [], refunds: RefundItem[] = [];
  for (const row of rows) {
    const view = await viewOf(context, tx, { operatorId, row, settling });
    if (view === null) continue;
    if (view.kind === 'payment') {
      const number = parseTradeNumber(view.outTradeNo);
      // A number that is not of our making will not become an order.
      if (number === null) settle(settling, row, 'unknown_order', { error: `${view.outTradeNo} is no number of ours` });
      else payments.push({ readable: { row, view }, item: {
        orderId: number.orderId, attempt: number.attempt, view: view.payment, merchantAccountId: row.merchantAccountId,
        source: { kind: 'notification', actor: 'channel', notificationId: row.notificationId, exchangeId: null, recoveredBy: null },
      } });
    } else if (view.kind === 'refund' && context.ports.applyRefunds) {
      refunds.push({ merchantAccountId: row.merchantAccountId, notificationId: row.notificationId, view });
      settle(settling, row, 'refund', { orderId: parseTradeNumber(view.outTradeNo)?.orderId ?? null });
    } else settle(settling, row, 'other', {});
  }
  if (refunds.length > 0) {
    // All orders before the first refund and the first posting, as everybody locks them, although two parts of the batch are worked one after the other.
    await lockOrders(tx, [...payments.map(({ item }) => item.orderId), ...refunds.flatMap(({ view }) => parseTradeNumber(view.outTradeNo)?.orderId ?? [])]);
    await context.ports.applyRefunds!(tx, refunds);
  }
  const applied = payments.length === 0 ? [] : await context.ports.applyPayments(tx, payments.map(({ item }) => item));
  return payments.flatMap(({ readable: { row }, item }, index) => {
    const result = applied[index]!;
    if (result.outcome === 'order_unknown') {
      postponeOrGiveUp(context, settling, row, 'its order is not here');
      return [];
    }
    settle(settling, row, outcomeOf(result), { orderId: item.orderId, attempt: item.attempt, error: result.surplusReason });
    return result.outcome === 'credited' ? [{ receivedAt: row.receivedAt, paidAt: result.order?.paidAt ?? null }] : [];
  });
}

const MISMATCHES: ReadonlySet<string> = new Set(['amount_differs', 'currency_differs', 'merchant_differs', 'app_differs']);
function outcomeOf({ outcome, surplusReason }: AppliedView): Outcome {
  switch (outcome) {
    case 'credited': return 'credited';
    case 'surplus': return surplusReason !== null && MISMATCHES.has(surplusReason) ? 'mismatch' : 'surplus';
    case 'refused': return 'refused';
    default: return 'known';
  }
}

/** What it says; one that could not be checked when it came is checked now, against the time it came at. Null when that settled it. */
async function viewOf(context: ApplyContext, tx: Tx, { operatorId, row, settling }: { operatorId: OperatorId; row: ClaimedNotification; settling: Settling }): Promise<NotificationView | null> {
  if (row.view !== null) return viewFromJson(row.view);
  const raw = await rawNotification(tx, operatorId, row.notificationId);
  try {
    const { channel, environment } = await context.channels.forAccount(operatorId, row.merchantAccountId);
    const judged = judge(channel, environment, { ...raw!, receivedAt: row.receivedAt });
    if (judged.verdict === 'verified') return judged.view;
    settle(settling, row, judged.view !== null && foreignEnvironment(judged.view, environment) !== null ? 'wrong_environment' : 'refused', { error: `${judged.verdict}: ${judged.why ?? ''}` });
  } catch (error) {
    postponeOrGiveUp(context, settling, row, `it cannot be checked: ${error instanceof Error ? error.message : String(error)}`);
  }
  return null;
}

function settle(settling: Settling, row: ClaimedNotification, outcome: Outcome, { orderId = null, attempt = null, error = null }: { orderId?: string | null; attempt?: number | null; error?: string | null }): void {
  settling.settled.push({ notificationId: row.notificationId, outcome, orderId, attempt, error });
}

function postponeOrGiveUp({ clock, limits }: Pick<ApplyContext, 'clock' | 'limits'>, settling: Settling, row: Pick<ClaimedNotification, 'notificationId' | 'tries'>, error: string, givenUpAs: Outcome = 'unknown_order'): void {
  const pause = limits.retryPausesMs[row.tries];
  if (pause === undefined) settling.settled.push({ notificationId: row.notificationId, outcome: givenUpAs, orderId: null, attempt: null, error });
  else settling.postponed.push({ notificationId: row.notificationId, nextTryAt: addMs(clock.now(), pause), error });
}

async function giveUpForNow(context: ApplyContext, operatorId: OperatorId, notificationId: string, error: Error): Promise<void> {
  await context.database.forOperator(operatorId).transaction(async (tx) => {
    const [row] = await claimNotifications(tx, operatorId, { at: context.clock.now(), countMax: 1, only: [notificationId] });
    if (row === undefined) return;
    const settling: Settling = { settled: [], postponed: [] };
    postponeOrGiveUp(context, settling, row, `${error.name}: ${error.message}`, 'failed');
    await settleNotifications(tx, operatorId, settling.settled, context.clock.now());
    await postponeNotifications(tx, operatorId, settling.postponed);
  });
}
