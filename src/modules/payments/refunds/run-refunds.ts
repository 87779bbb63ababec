import { addMs, MS_PER_MINUTE, MS_PER_SECOND, type Clock, type Instant } from '../../../kernel/index.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import { recordedExchange } from '../commands/consult-channel.ts';
import type { Outcome, RefundView } from '../domain/channel.ts';
import { observationOf, type RefundObservation } from '../domain/decide-refund.ts';
import { openGates } from '../recovery/gates.ts';
import { recordExchanges } from '../store/timeline.ts';
import type { ChannelAccounts, RecordedExchange } from '../types.ts';
import { workThrough } from '../work-through.ts';
import { applyRefundViews, type RefundViewItem } from './apply-refund-views.ts';
import type { RefundPart } from './refund-record.ts';
import { claimDueParts, putOffParts } from './store.ts';

export type RefundLimits = {
  /** Parts that are taken ahead, and that are written together. */
  readonly pageMax: number;
  readonly lingerMs: number;
  /** Calls on their way to one account, of one operator's turn. Its own rate limit comes on top. */
  readonly callsPerAccountMax: number;
  /** Parts of one account that are taken and not yet worked: a slow account leaves room for the others. */
  readonly aheadPerAccountMax: number;
  /** An operator gives its place to others after so many parts, and to what has to go back by itself. */
  readonly partsPerTurnMax: number;
  /** While slow calls are under way, how soon to look for parts that have become due. */
  readonly lookAgainMs: number;
  /** When a channel could not be asked at all. */
  readonly breakerPauseMs: number;
  /** A process that takes parts and ends is followed by another after this long; it asks first, because the other may have sent them. */
  readonly leaseMs: number;
};
export const REFUND_LIMITS: RefundLimits = {
  pageMax: 64, lingerMs: 50, callsPerAccountMax: 16, aheadPerAccountMax: 32, partsPerTurnMax: 1_024, lookAgainMs: MS_PER_SECOND, breakerPauseMs: 15 * MS_PER_SECOND, leaseMs: 2 * MS_PER_MINUTE,
};
export type RefundTurn = { readonly worked: number; readonly more: boolean };
export type RefundWork = { readonly clock: Clock; readonly limits?: Partial<RefundLimits>; /** Begin nothing more. */ readonly closing?: () => boolean };

/**
 * Works the parts whose turn has come: sends those that were never sent, asks about the others, and sends again under the same number what the channel does not know.
 * A part that is slow, or cannot be worked, holds up no other: it keeps its lease and comes again.
 * @returns how many it worked; 0 when nothing is due. @throws the first fault, after all the others were worked.
 */
export const workDueRefunds = async (odb: OperatorDatabase, channels: ChannelAccounts, work: RefundWork): Promise<number> => (await turnOfRefunds(odb, channels, work)).worked;

/** As `workDueRefunds`. @returns also whether more is due. */
export async function turnOfRefunds(odb: OperatorDatabase, channels: ChannelAccounts, { clock, limits: given, closing = () => false }: RefundWork): Promise<RefundTurn> {
  const limits = { ...REFUND_LIMITS, ...given };
  const gates = openGates(limits.callsPerAccountMax), ahead = new Map<string, number>(), shut = new Set<string>();
  const busy = (): string[] => [...shut, ...[...ahead].filter(([, count]) => count >= limits.aheadPerAccountMax).map(([account]) => account)];
  const count = (account: string, by: 1 | -1): void => { ahead.set(account, (ahead.get(account) ?? 0) + by); };
  const worked = await workThrough<DuePart, Worked>({
    take: async (countMax) => {
      const now = clock.now(), limit = Math.min(countMax, limits.aheadPerAccountMax), except = busy();
      const due = await odb.transaction((tx) => claimDueParts(tx, { at: now, until: addMs(now, limits.leaseMs), limit, except }));
      for (const part of due) count(part.merchantAccountId, 1);
      const payments = due.length === 0 ? new Map<string, Payment>() : await paidTotals(odb, due);
      // Of accounts that were left out there may be more, once some of theirs are worked.
      const more = due.length === limit ? 'now' as const : except.length > shut.size ? 'later' as const : 'none' as const;
      return { items: due.map((part) => ({ part, payment: payments.get(`${part.orderId}/${part.attempt}`)! })), more };
    },
    work: async ({ part, payment }, stopped) => {
      try {
        return await gates.through(part.merchantAccountId, async () => {
          if (stopped() || shut.has(part.merchantAccountId) || clock.now() >= part.nextCheckAt!) return null;
          const answer = await work(odb, channels, part, payment);
          if (answer === null) shut.add(part.merchantAccountId);
          return answer;
        });
      } finally {
        count(part.merchantAccountId, -1);
      }
    },
    write: (answers) => write(odb, answers, clock),
    goOn: (taken) => taken < limits.partsPerTurnMax,
    leave: closing,
  }, { aheadMax: 2 * limits.pageMax, pageMax: limits.pageMax, lingerMs: limits.lingerMs, lookAgainMs: limits.lookAgainMs });
  await giveBack(odb, worked.left, { now: clock.now(), shut, pauseMs: limits.breakerPauseMs });
  if (worked.faults.length > 0) throw worked.faults[0];
  return { worked: worked.taken - worked.left.length, more: worked.taken >= limits.partsPerTurnMax };
}

/** An account that cannot be asked rests; what was taken and not begun for another reason is due at once. Whose lease has run out is another's. */
async function giveBack(odb: OperatorDatabase, left: readonly DuePart[], { now, shut, pauseMs }: { readonly now: Instant; readonly shut: ReadonlySet<string>; readonly pauseMs: number }): Promise<void> {
  const ours = left.map(({ part }) => part).filter(({ nextCheckAt }) => nextCheckAt! > now);
  if (ours.length === 0) return;
  const [resting, due] = [ours.filter((part) => shut.has(part.merchantAccountId)), ours.filter((part) => !shut.has(part.merchantAccountId))];
  await odb.transaction(async (tx) => {
    await putOffParts(tx, resting.map(({ partId }) => partId), addMs(now, pauseMs));
    await putOffParts(tx, due.map(({ partId }) => partId), now);
  });
}

type Worked = { readonly item: RefundViewItem; readonly exchanges: readonly RecordedExchange[] };

/** All together; when that fails each by itself, so that only what cannot be written stays behind. @returns the faults of those. */
async function write(odb: OperatorDatabase, worked: readonly Worked[], clock: Clock): Promise<unknown[]> {
  if (worked.length === 0) return [];
  try {
    await odb.transaction(async (tx) => {
      await recordExchanges(tx, worked.flatMap(({ exchanges }) => exchanges));
      await applyRefundViews(tx, worked.map(({ item }) => item), { clock });
    });
    return [];
  } catch (error) {
    if (worked.length === 1) return [error];
    const faults: unknown[] = [];
    for (const one of worked) faults.push(...await write(odb, [one], clock));
    return faults;
  }
}

type DuePart = { readonly part: RefundPart; readonly payment: Payment };
type Payment = { readonly outTradeNo: string; readonly totalMinor: bigint; readonly currency: string; readonly reason: string };

async function paidTotals(odb: OperatorDatabase, parts: readonly RefundPart[]): Promise<Map<string, Payment>> {
  const rows = await odb.transaction((tx) => tx.query<Payment & { key: string }>(
    `select distinct a.order_id || '/' || a.attempt as key, a.out_trade_no as "outTradeNo", a.paid_minor as "totalMinor", o.currency, o.description as reason
     from payments.payment_attempt a join payments.payment_order o on o.operator_id = a.operator_id and o.order_id = a.order_id
     where a.operator_id = $1 and a.order_id = any ($2)`, [odb.operatorId, parts.map(({ orderId }) => orderId)]));
  return new Map(rows.map((row) => [row.key, row]));
}

/** @returns null when the channel was not reached (open breaker, no free place): it knows nothing of this try. */
async function work(odb: OperatorDatabase, channels: ChannelAccounts, part: RefundPart, payment: Payment): Promise<Worked | null> {
  const { channel } = await channels.forAccount(odb.operatorId, part.merchantAccountId);
  const exchanges: RecordedExchange[] = [];
  const keep = (outcome: Outcome<RefundView>): Outcome<RefundView> => {
    exchanges.push(recordedExchange(outcome, { orderId: part.orderId, merchantAccountId: part.merchantAccountId }));
    return outcome;
  };
  const send = async (): Promise<Outcome<RefundView>> => keep(await channel.refund({
    outTradeNo: payment.outTradeNo, outRefundNo: part.outRefundNo, amountMinor: part.amountMinor, totalMinor: payment.totalMinor, currency: payment.currency as never, reason: payment.reason,
  }));
  let seen: RefundObservation;
  if (part.state === 'planned') {
    const sent = await send();
    if (isNotReached(sent)) return null;
    seen = observationOf(sent);
  } else {
    const asked = keep(await channel.queryRefund({ outTradeNo: payment.outTradeNo, outRefundNo: part.outRefundNo }));
    if (isNotReached(asked)) return null;
    const unknownThere = (asked.kind === 'confirmed' && asked.value.state === 'not_found') || (asked.kind === 'refused' && asked.reason === 'not_found');
    // A question that is refused says nothing of the refund, which may be with the payer already.
    seen = unknownThere ? observationOf(await send()) : asked.kind === 'refused' ? { state: 'no_answer', why: asked.channelCode } : observationOf(asked);
  }
  return { exchanges, item: { outRefundNo: part.outRefundNo, seen, source: { actor: 'system', exchangeId: exchanges.at(-1)!.exchangeId }, merchantAccountId: part.merchantAccountId } };
}

const isNotReached = (outcome: Outcome<RefundView>): boolean => outcome.kind === 'unknown' && (outcome.reason === 'circuit_open' || outcome.reason === 'channel_busy');
