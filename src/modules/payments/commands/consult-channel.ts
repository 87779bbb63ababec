import { addMs } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Channel, Outcome, PaymentView, RefusalReason } from '../domain/channel.ts';
import { LAPSE_MARGIN_MS } from '../domain/check-schedule.ts';
import { FINAL_ATTEMPT_STATES } from '../domain/order.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import type { AppliedView, ApplyConsulted, ApplyOptions, AttemptToAsk, ChannelAccounts, ConsultChannel, Observation, RecordedExchange, ViewItem, ViewSource } from '../types.ts';
import { recordExchanges } from '../store/timeline.ts';
import { applyPaymentViews } from './apply-payment-views.ts';

/**
 * Asks the channel of an attempt, writes nothing. While the order is for sale it is a query. Once the order is over (paid otherwise, being closed, closed) the
 * channel is asked to close what can still be paid, and what it answers decides: refused because it was paid, it is queried, and the money comes in (P-04).
 * A payment by code cannot be closed: past its time it is queried, and when that does not tell it is to be reversed (P-13). That it is, is written down first; only the next
 * question, of an attempt that is marked, reverses: whoever hears in between that it was paid must not credit what is about to go back.
 */
export const consultChannel: ConsultChannel = async (channels, operatorId, attempt, { actor, recoveredBy = null, clock }) => {
  const { channel } = await channels.forAccount(operatorId, attempt.merchantAccountId);
  const steps = new Steps(attempt, { actor, recoveredBy });
  const live = !FINAL_ATTEMPT_STATES.has(attempt.state);
  const over = attempt.orderState !== 'created' && attempt.orderState !== 'awaiting_payment';
  if (!live) await query(channel, attempt, steps);
  else if (attempt.method === 'payment_code') await askCode(channel, attempt, { steps, over: over || clock.now() >= addMs(attempt.codeLapsesAt, LAPSE_MARGIN_MS) });
  else if (over) await close(channel, attempt, steps);
  else await query(channel, attempt, steps);
  return { items: steps.items, exchanges: steps.exchanges };
};

/** The other half of asking: keeps the exchanges and applies what they said. */
export const applyConsulted: ApplyConsulted = async (tx, consulted, options) => {
  await recordExchanges(tx, consulted.flatMap(({ exchanges }) => exchanges));
  return applyPaymentViews(tx, consulted.flatMap(({ items }) => items), options);
};

/** Asks about attempts of one operator and applies what was said; what is to be reversed since then is reversed at once. @returns every view that was applied. */
export async function consultAndApply(
  odb: OperatorDatabase, channels: ChannelAccounts, { attempts, ...by }: Pick<ViewSource, 'actor' | 'recoveredBy'> & { readonly attempts: readonly AttemptToAsk[] }, options: ApplyOptions,
): Promise<readonly AppliedView[]> {
  const ask = async (asked: readonly AttemptToAsk[]): Promise<readonly AppliedView[]> => {
    if (asked.length === 0) return [];
    const consulted = await Promise.all(asked.map((attempt) => consultChannel(channels, odb.operatorId, attempt, { ...by, clock: options.clock })));
    return odb.transaction((tx) => applyConsulted(tx, consulted, options));
  };
  const applied = await ask(attempts);
  const marked = attempts.filter(({ orderId, attempt, state }) => state !== 'reversing' && applied.some((view) => view.orderId === orderId && view.attempt === attempt && view.attemptState === 'reversing'));
  return [...applied, ...await ask(marked.map((attempt) => ({ ...attempt, state: 'reversing' as const })))];
}

/** What was asked of one attempt so far, and what came of it. */
class Steps {
  readonly items: ViewItem[] = [];
  readonly exchanges: RecordedExchange[] = [];
  private readonly attempt: AttemptToAsk;
  private readonly by: Pick<ViewSource, 'actor' | 'recoveredBy'>;
  constructor(attempt: AttemptToAsk, by: Pick<ViewSource, 'actor' | 'recoveredBy'>) {
    this.attempt = attempt;
    this.by = by;
  }

  keep(outcome: Outcome<unknown>): string {
    const { orderId, merchantAccountId } = this.attempt;
    const recorded = recordedExchange(outcome, { orderId, merchantAccountId });
    this.exchanges.push(recorded);
    return recorded.exchangeId;
  }

  saw(view: Observation, kind: ViewSource['kind'], exchangeId: string | null): void {
    const { orderId, attempt, merchantAccountId } = this.attempt;
    this.items.push({ orderId, attempt, merchantAccountId, view, source: { kind, ...this.by, exchangeId } });
  }
}

export const recordedExchange = (outcome: Outcome<unknown>, of: Pick<RecordedExchange, 'orderId' | 'merchantAccountId'>): RecordedExchange =>
  ({ ...of, exchangeId: newUuid(), exchange: outcome.exchange, outcome: outcome.kind, channelCode: outcome.kind === 'refused' ? outcome.channelCode : null });

async function query(channel: Channel, attempt: AttemptToAsk, steps: Steps): Promise<Observation> {
  const outcome = await channel.queryPayment(attempt.outTradeNo);
  const view = viewOf(outcome);
  steps.saw(view, 'query', steps.keep(outcome));
  return view;
}

function viewOf(outcome: Outcome<PaymentView>): Observation {
  switch (outcome.kind) {
    case 'confirmed': return outcome.value;
    case 'refused': return outcome.reason === 'not_found' ? { state: 'not_found' } : { state: 'no_answer', why: outcome.reason };
    case 'unknown': return { state: 'no_answer', why: outcome.reason };
  }
}

async function close(channel: Channel, attempt: AttemptToAsk, steps: Steps): Promise<void> {
  const outcome = await channel.closePayment(attempt.outTradeNo);
  const exchangeId = steps.keep(outcome);
  if (outcome.kind === 'confirmed' || (outcome.kind === 'refused' && outcome.reason === 'already_closed')) return steps.saw({ state: 'closed' }, 'close', exchangeId);
  if (outcome.kind === 'unknown') return steps.saw({ state: 'no_answer', why: outcome.reason }, 'close', exchangeId);
  await query(channel, attempt, steps);
}

async function askCode(channel: Channel, attempt: AttemptToAsk, { steps, over }: { steps: Steps; over: boolean }): Promise<void> {
  if (attempt.state === 'reversing') return reverse(channel, attempt, steps);
  const seen = await query(channel, attempt, steps);
  // Paid, failed and closed are answers. Anything else past its time could still turn into a payment, so it is taken back.
  if (!over || seen.state === 'paid' || seen.state === 'failed' || seen.state === 'closed') return;
  steps.saw({ state: 'reversal_due' }, 'close', null);
}

/** Refusals of the moment, or of settings that are ours to mend: the same question may be answered next time. */
const PASSING: ReadonlySet<RefusalReason> = new Set(['too_frequent', 'not_enough_balance', 'bad_signature', 'no_permission']);

async function reverse(channel: Channel, attempt: AttemptToAsk, steps: Steps): Promise<void> {
  const outcome = await channel.reversePayment(attempt.outTradeNo);
  const exchangeId = steps.keep(outcome);
  if (outcome.kind === 'confirmed' || (outcome.kind === 'refused' && outcome.reason === 'already_closed')) return steps.saw({ state: 'reversed' }, 'close', exchangeId);
  if (outcome.kind === 'unknown' || PASSING.has(outcome.reason)) return steps.saw({ state: 'no_answer', why: outcome.reason }, 'close', exchangeId);
  // Refused for good. Where it turns out to be paid, the payer gets it back as a refund.
  const asked = await channel.queryPayment(attempt.outTradeNo);
  steps.saw(viewOf(asked), 'close', steps.keep(asked));
}
