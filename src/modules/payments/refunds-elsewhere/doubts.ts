/** The channel says that more of a credited payment went back than we know of. Until its statement or a person says how much, that is a doubt that somebody sees. */
import { assert, ok, refuse, type Clock, type CurrencyCode, type Instant, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { fourEyesAbove } from '../../wallets/index.ts';
import { decideChargeback, leftOf, recordChargeback } from '../chargebacks/record-chargeback.ts';
import { lockOrders, onlyOperator, time } from '../store/orders.ts';
import { appendTimeline } from '../store/timeline.ts';
import type { ViewSource } from '../types.ts';

export const EVIDENCE_LENGTH_MAX = 500;
export const DOUBT_STATES = ['open', 'booked', 'dismissed'] as const;
export type RefundDoubt = {
  readonly orderId: string; readonly attempt: number; readonly currency: CurrencyCode; readonly toldMinor: bigint | null; readonly knownMinor: bigint; readonly seenAt: Instant;
  readonly state: (typeof DOUBT_STATES)[number]; readonly stateAt: Instant; readonly resolvedBy: string | null; readonly approvedBy: string | null; readonly evidence: string | null; readonly bookedMinor: bigint | null;
};
export type NewDoubt = Pick<RefundDoubt, 'orderId' | 'attempt' | 'toldMinor' | 'knownMinor'> & { readonly source: ViewSource };

const COLUMNS = `d.order_id as "orderId", d.attempt, o.currency, d.told_minor as "toldMinor", d.known_minor as "knownMinor", d.seen_at as "seenAt", d.state, d.state_at as "stateAt",
  d.resolved_by as "resolvedBy", d.approved_by as "approvedBy", d.evidence, d.booked_minor as "bookedMinor"`;
const FROM = 'payments.refund_doubt d join payments.payment_order o on o.operator_id = d.operator_id and o.order_id = d.order_id';

/** One open doubt a payment. What was told and answered before is not asked again; more than that is. The orders are locked. */
export async function openDoubts(tx: Tx, doubts: readonly NewDoubt[], { clock }: { readonly clock: Clock }): Promise<void> {
  const at = clock.now();
  for (const { orderId, attempt, toldMinor, knownMinor, source } of doubts) {
    const isNew = await tx.execute(
      `insert into payments.refund_doubt (operator_id, order_id, attempt, told_minor, known_minor, seen_at, state, state_at) select $1::uuid, $2::uuid, $3::smallint, $4::bigint, $5::bigint, $6::timestamptz, 'open', $6::timestamptz
       where not exists (select 1 from payments.refund_doubt d where d.operator_id = $1 and d.order_id = $2 and d.attempt = $3 and d.state <> 'open' and coalesce(d.told_minor, 0) >= coalesce($4::bigint, 0)) on conflict do nothing`,
      [onlyOperator(tx), orderId, attempt, toldMinor, knownMinor, time(at)]);
    if (isNew === 0) {
      // More has gone back since, or only now it is told how much.
      if (toldMinor !== null) await tx.execute(`update payments.refund_doubt set told_minor = $4::bigint where operator_id = $1 and order_id = $2 and attempt = $3 and state = 'open' and (told_minor is null or told_minor < $4::bigint)`, [onlyOperator(tx), orderId, attempt, toldMinor]);
      continue;
    }
    const detail = { toldMinor: toldMinor === null ? null : String(toldMinor), knownMinor: String(knownMinor) };
    await appendTimeline(tx, [{ orderId, attempt, kind: 'refund_doubted', actor: source.actor, exchangeId: source.exchangeId ?? null, notificationId: source.notificationId ?? null, detail, happenedAt: at }], { recordedAt: at });
    announce(tx, 'payments.orders');
  }
}

/** Something was booked that may be what a doubt was about: when it was all of it, the doubt is over. */
export async function bookDoubts(tx: Tx, { orderId, attempt }: Pick<RefundDoubt, 'orderId' | 'attempt'>, { by, evidence, bookedMinor }: { readonly by: string; readonly evidence: string; readonly bookedMinor: bigint }, { clock }: { readonly clock: Clock }): Promise<void> {
  await tx.execute(
    `update payments.refund_doubt d set state = 'booked', state_at = $4, resolved_by = $5, evidence = $6, booked_minor = $7 from payments.payment_attempt a
     where d.operator_id = $1 and d.order_id = $2 and d.attempt = $3 and d.state = 'open' and a.operator_id = $1 and a.order_id = d.order_id and a.attempt = d.attempt
       and coalesce(d.told_minor, 0) <= a.refunded_minor + a.refunding_minor + a.charged_back_minor + a.refunded_at_channel_minor`,
    [onlyOperator(tx), orderId, attempt, time(clock.now()), by, evidence.slice(0, EVIDENCE_LENGTH_MAX), bookedMinor]);
}

/** What a person has said has no number of the channel. */
export const SAID = 'said:';

export type DoubtAnswer = {
  readonly orderId: string; readonly attempt: number;
  /** What went back beside what we know of; 0: nothing did. */
  readonly amountMinor: bigint;
  /** How whoever answers knows: the number of the refund in the merchant platform, a letter. */
  readonly evidence: string; readonly actor: string;
  /** The second person, above the operator's threshold for money by hand. */
  readonly approvedBy: string | null;
};
export type DoubtRejection =
  | { readonly code: 'refund_doubt_not_found' } | { readonly code: 'refund_doubt_amount_invalid'; readonly leftMinor: bigint } | { readonly code: 'adjustment_reason_missing'; readonly lengthMax: number }
  | { readonly code: 'adjustment_needs_second_person'; readonly aboveMinor: bigint };

/** A person has looked at the channel. What went back leaves the wallet as far as it has it, and the member owes the rest. Refusals in the order of the union. */
export async function answerDoubt(tx: Tx, answer: DoubtAnswer, { clock }: { readonly clock: Clock }): Promise<Result<RefundDoubt, DoubtRejection>> {
  assert(answer.actor !== '' && answer.approvedBy !== answer.actor, 'whoever approves is another person');
  await lockOrders(tx, [answer.orderId]);
  const doubt = await findOpenDoubt(tx, answer);
  if (!doubt) return refuse({ code: 'refund_doubt_not_found' });
  const { orderId, attempt, amountMinor } = answer, evidence = answer.evidence.trim(), leftMinor = await leftOf(tx, answer);
  if (amountMinor < 0n || amountMinor > leftMinor) return refuse({ code: 'refund_doubt_amount_invalid', leftMinor });
  if (evidence === '' || evidence.length > EVIDENCE_LENGTH_MAX) return refuse({ code: 'adjustment_reason_missing', lengthMax: EVIDENCE_LENGTH_MAX });
  const aboveMinor = await aloneUpTo(tx, doubt, amountMinor);
  if (aboveMinor !== null && answer.approvedBy === null) return refuse({ code: 'adjustment_needs_second_person', aboveMinor });
  if (amountMinor > 0n) {
    const recorded = await recordChargeback(tx, { orderId, attempt, amountMinor, channelReference: `${SAID}${orderId}/${attempt}/${doubt.seenAt}`, reason: evidence, source: 'refund_elsewhere', openedBy: answer.actor }, { clock });
    if (!recorded.ok) return refuse({ code: 'refund_doubt_amount_invalid', leftMinor });
    const decided = await decideChargeback(tx, { chargebackId: recorded.value.chargebackId, outcome: 'lost', by: answer.actor, note: 'refunded on the merchant platform' }, { clock });
    assert(decided.ok, 'a refund elsewhere is decided as it is recorded');
  }
  await tx.execute(
    `update payments.refund_doubt set state = $4, state_at = $5, resolved_by = $6, approved_by = $7, evidence = $8, booked_minor = $9, four_eyes_above_minor = $10 where operator_id = $1 and order_id = $2 and attempt = $3 and state = 'open'`,
    [onlyOperator(tx), orderId, attempt, amountMinor > 0n ? 'booked' : 'dismissed', time(clock.now()), answer.actor, answer.approvedBy, evidence, amountMinor, await fourEyesAbove(tx)]);
  await appendTimeline(tx, [{ orderId, attempt, kind: 'refund_doubt_answered', actor: answer.actor, detail: { amountMinor: String(amountMinor), evidence, approvedBy: answer.approvedBy }, happenedAt: clock.now() }], { recordedAt: clock.now() });
  announce(tx, 'payments.orders');
  return ok((await loadDoubts(tx, orderId)).find(({ attempt: of, seenAt }) => of === attempt && seenAt === doubt.seenAt)!);
}

/**
 * Who says that nothing went back, where the channel says that something did, sets as much aside as who books it. @returns the threshold when it takes two persons. It is in the operator's currency: money
 * in another one takes two.
 */
export async function aloneUpTo(tx: Tx, { currency, toldMinor, knownMinor }: Pick<RefundDoubt, 'currency' | 'toldMinor' | 'knownMinor'>, amountMinor: bigint): Promise<bigint | null> {
  const aboveMinor = currency === (await loadOperator(tx)).currency ? await fourEyesAbove(tx) : 0n, told = (toldMinor ?? 0n) - knownMinor;
  return amountMinor > aboveMinor || told - amountMinor > aboveMinor ? aboveMinor : null;
}

export async function findOpenDoubt(tx: Tx, { orderId, attempt }: Pick<RefundDoubt, 'orderId' | 'attempt'>): Promise<RefundDoubt | null> {
  const [row] = await tx.query<RefundDoubt>(`select ${COLUMNS} from ${FROM} where d.operator_id = $1 and d.order_id = $2 and d.attempt = $3 and d.state = 'open'`, [onlyOperator(tx), orderId, attempt]);
  return row ?? null;
}
export const loadDoubts = (tx: Tx, orderId: string): Promise<RefundDoubt[]> => tx.query<RefundDoubt>(`select ${COLUMNS} from ${FROM} where d.operator_id = $1 and d.order_id = $2 order by d.attempt, d.seen_at`, [onlyOperator(tx), orderId]);

/** Oldest first, by keyset (seenAt, orderId, attempt). */
export const listDoubts = (
  tx: Tx, { state, after, countMax }: { readonly state: RefundDoubt['state'] | null; readonly after: { readonly seenAt: Instant; readonly orderId: string; readonly attempt: number } | null; readonly countMax: number },
): Promise<RefundDoubt[]> => tx.query<RefundDoubt>(
  `select ${COLUMNS} from ${FROM} where d.operator_id = $1 and ($2::text is null or d.state = $2) and ($3::timestamptz is null or (d.seen_at, d.order_id, d.attempt) > ($3::timestamptz, $4::uuid, $5::smallint))
   order by d.seen_at, d.order_id, d.attempt limit $6`, [onlyOperator(tx), state, time(after?.seenAt ?? null), after?.orderId ?? null, after?.attempt ?? null, countMax]);
