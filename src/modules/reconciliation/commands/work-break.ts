import { assert, ok, refuse, type Clock, type CurrencyCode, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { assignBreak, findBreak, insertComment, resolveBreak, type Break } from '../store/breaks.ts';
import type { RefundElsewhereRejection } from '../../payments/index.ts';
import { bookPosting } from '../store/postings.ts';
import { writeOffAbove } from '../store/write-off-policy.ts';
import { bookRefundElsewhere } from './confirm-refunds-elsewhere.ts';

export const COMMENT_LENGTH_MAX = 2_000;
export type BreakRejection = { readonly code: 'break_not_found' } | { readonly code: 'break_resolved_already' } | { readonly code: 'break_has_no_difference' }
  | { readonly code: 'write_off_needs_second_person'; readonly aboveMinor: bigint } | RefundElsewhereRejection;
type Options = { readonly clock: Clock };

/** Makes somebody responsible for a break, or nobody. */
export async function ownBreak(tx: Tx, { breakId, owner }: { readonly breakId: string; readonly owner: string | null }): Promise<Result<Break, BreakRejection>> {
  const found = await findBreak(tx, breakId, { lock: true });
  if (!found) return refuse({ code: 'break_not_found' });
  if (!(await assignBreak(tx, breakId, owner))) return refuse({ code: 'break_resolved_already' });
  announce(tx, 'reconciliation.days');
  return ok({ ...found, owner });
}

export async function commentBreak(tx: Tx, { breakId, author, body }: { readonly breakId: string; readonly author: string; readonly body: string }, { clock }: Options): Promise<Result<Break, BreakRejection>> {
  const found = await findBreak(tx, breakId);
  if (!found) return refuse({ code: 'break_not_found' });
  await insertComment(tx, breakId, { commentId: newUuid(), author, body, recordedAt: clock.now() });
  return ok(found);
}

export type BreakEnd = {
  readonly breakId: string; readonly resolution: 'accepted' | 'explained' | 'written_off'; readonly by: string; readonly why: string; readonly currency: CurrencyCode;
  /** The second person above the threshold: of a write-off, or of a refund elsewhere that is booked. */
  readonly approvedBy: string | null;
};

/** What books money: a write-off, and accepting that a payment was refunded elsewhere. */
export const needsSecondPerson = ({ kind, differenceMinor }: Pick<Break, 'kind' | 'differenceMinor'>, { resolution }: Pick<BreakEnd, 'resolution'>, aboveMinor: bigint): boolean =>
  (resolution === 'written_off' || (resolution === 'accepted' && kind === 'refund_elsewhere')) && (differenceMinor < 0n ? -differenceMinor : differenceMinor) > aboveMinor;

/**
 * A person ends a break. `explained`: nothing is to be booked, and the comment says why. `accepted`: it is as the channel says, and what follows is booked where it belongs.
 * A refund of a payment of ours that was made elsewhere is booked on the payment then, with a second person above the same threshold.
 * `written_off`: the difference is booked against reconciliation differences; above the operator's threshold a second person has approved it. Always with a comment.
 */
export async function endBreak(
  tx: Tx, end: BreakEnd, { clock }: Options,
): Promise<Result<Break, BreakRejection>> {
  const found = await findBreak(tx, end.breakId, { lock: true });
  if (!found) return refuse({ code: 'break_not_found' });
  if (found.state !== 'open') return refuse({ code: 'break_resolved_already' });
  if (end.resolution === 'written_off' && (found.differenceMinor === 0n || found.kind === 'fee_differs')) return refuse({ code: 'break_has_no_difference' });
  const aboveMinor = await writeOffAbove(tx);
  if (needsSecondPerson(found, end, aboveMinor) && end.approvedBy === null) return refuse({ code: 'write_off_needs_second_person', aboveMinor });
  assert(end.approvedBy !== end.by, 'whoever approves is another person');
  if (found.kind === 'refund_elsewhere' && end.resolution === 'accepted') {
    const taken = await bookRefundElsewhere(tx, found, end, { clock });
    if (!taken.ok) return taken;
  }
  const now = clock.now();
  await insertComment(tx, end.breakId, { commentId: newUuid(), author: end.by, body: end.why, recordedAt: now });
  // The channel has less than we thought: that leaves what it owes us. A refund counts the other way round.
  const owedLess = found.lineKind === 'payment' ? -found.differenceMinor : found.differenceMinor;
  const transferId = end.resolution !== 'written_off' ? null
    : await bookPosting(tx, { kind: 'write_off', merchantAccountId: found.merchantAccountId, businessDate: found.businessDate, currency: end.currency, reference: end.breakId, amountMinor: owedLess, statementId: null }, { clock });
  await resolveBreak(tx, end.breakId, { resolution: end.resolution, resolvedBy: end.by, at: now, transferId, approvedBy: end.approvedBy });
  announce(tx, 'reconciliation.days');
  return ok((await findBreak(tx, end.breakId))!);
}
