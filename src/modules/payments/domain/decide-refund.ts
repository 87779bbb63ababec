/** What an answer of a channel means for a part of a refund. Pure. */
import { addMs, MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND, type Instant } from '../../../kernel/index.ts';
import type { Outcome, RefundView, RefusalReason } from './channel.ts';
import type { RefundPartState } from './refund.ts';

/** What was seen of a part: the channel's view, a refusal for good, or nothing that tells. */
export type RefundObservation = RefundView | { readonly state: 'refused'; readonly reason: RefusalReason; readonly channelCode: string } | { readonly state: 'no_answer'; readonly why: string };

/** Refusals after which the same number may be sent again: nothing happened, and it may yet. A wrong key or a missing right is ours to mend, and no reason to give up a refund. */
const PASSING: ReadonlySet<RefusalReason> = new Set(['too_frequent', 'not_enough_balance', 'bad_signature', 'no_permission']);

export function observationOf(outcome: Outcome<RefundView>): RefundObservation {
  switch (outcome.kind) {
    case 'confirmed': return outcome.value;
    case 'unknown': return { state: 'no_answer', why: outcome.reason };
    case 'refused': return PASSING.has(outcome.reason) ? { state: 'no_answer', why: outcome.channelCode } : { state: 'refused', reason: outcome.reason, channelCode: outcome.channelCode };
  }
}

export type PartDecision = {
  readonly state: RefundPartState; readonly channelRefundNo: string | null; readonly refundedAt: Instant | null; readonly failureCode: string | null; readonly nextCheckAt: Instant | null;
};

/**
 * `not_found` is no end: the number was never accepted, or not yet, so it is sent again under the same number. `succeeded` precedes everything, also what looked
 * failed is final only by the channel's own word (`closed`, a refusal for good).
 * @returns null when nothing changes but the schedule.
 */
export function decidePart(part: { readonly state: RefundPartState; readonly channelRefundNo: string | null; readonly checks: number }, seen: RefundObservation, now: Instant): PartDecision {
  const known = ('channelRefundNo' in seen ? seen.channelRefundNo : null) ?? part.channelRefundNo;
  const still = { channelRefundNo: known, refundedAt: null, failureCode: null };
  switch (seen.state) {
    case 'succeeded': return { ...still, state: 'succeeded', refundedAt: seen.refundedAt, nextCheckAt: null };
    case 'processing': return { ...still, state: 'processing', nextCheckAt: refundCheckAt(part.checks, now) };
    case 'abnormal': return { ...still, state: 'abnormal', nextCheckAt: addMs(now, MS_PER_DAY) };
    case 'closed': return { ...still, state: 'failed', failureCode: 'closed_by_channel', nextCheckAt: null };
    case 'refused': return { ...still, state: 'failed', failureCode: `${seen.reason}: ${seen.channelCode}`.slice(0, 200), nextCheckAt: null };
    case 'not_found': case 'no_answer':
      return { ...still, state: part.state === 'processing' || part.state === 'abnormal' ? part.state : 'unknown', nextCheckAt: refundCheckAt(part.checks, now) };
  }
}

const PAUSES_MS = [30 * MS_PER_SECOND, MS_PER_MINUTE, 2 * MS_PER_MINUTE, 5 * MS_PER_MINUTE, 15 * MS_PER_MINUTE, MS_PER_HOUR, 3 * MS_PER_HOUR, 6 * MS_PER_HOUR];
/** When the channel is asked about a refund again: never more often than once in half a minute, and once in six hours for as long as it takes. */
export const refundCheckAt = (checks: number, now: Instant): Instant => addMs(now, PAUSES_MS[Math.min(checks, PAUSES_MS.length - 1)]!);
