import { addMs } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Channel, Outcome, PaymentView } from '../domain/channel.ts';
import { LAPSE_MARGIN_MS } from '../domain/check-schedule.ts';
import { FINAL_ATTEMPT_STATES } from '../domain/order.ts';
import type { ApplyConsulted, AttemptToAsk, ConsultChannel, Observation, RecordedExchange, ViewItem, ViewSource } from '../types.ts';
import { recordExchanges } from '../store/timeline.ts';
import { applyPaymentViews } from './apply-payment-views.ts';

/**
 * Asks the channel of an attempt, writes nothing. While the order is for sale it is a query. Once the order is over (paid otherwise, being closed, closed) the
 * channel is asked to close what can still be paid, and what it answers decides: refused because it was paid, it is queried, and the money comes in (P-04).
 * A payment by code cannot be closed: past its time it is queried, and reversed when that does not tell (P-13).
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

  saw(view: Observation, kind: ViewSource['kind'], exchangeId: string): void {
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
  const seen = await query(channel, attempt, steps);
  // Paid, failed and closed are answers. Anything else past its time could still turn into a payment, so it is taken back.
  if (!over || seen.state === 'paid' || seen.state === 'failed' || seen.state === 'closed') return;
  const outcome = await channel.reversePayment(attempt.outTradeNo);
  const exchangeId = steps.keep(outcome);
  if (outcome.kind === 'confirmed') return steps.saw({ state: 'reversed' }, 'close', exchangeId);
  steps.saw({ state: 'no_answer', why: outcome.reason }, 'close', exchangeId);
}
