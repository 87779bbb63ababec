import { assert, type Clock } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { findByReference } from '../chargebacks/chargeback.ts';
import { decideChargeback, leftOf, recordChargeback } from '../chargebacks/record-chargeback.ts';
import { loadSurplus } from '../store/surplus.ts';
import { appendTimeline } from '../store/timeline.ts';
import type { PaymentAttempt } from '../types.ts';
import { bookGoneBack } from './surplus-gone-back.ts';

export type TakenBack = { readonly attempt: PaymentAttempt; readonly actor: string };

/** The number of a reversal: a payment is taken back once. */
const referenceOf = ({ outTradeNo }: PaymentAttempt): string => `reversal:${outTradeNo}`;

/**
 * A payment that was credited, or kept apart, and that the channel has taken back since: what is left of it leaves the wallet as far as that goes, and the member owes the rest, as with a
 * chargeback that nobody disputes. Seen again it books nothing. The order is locked.
 */
export async function bookTakenBack(tx: Tx, { attempt, actor }: TakenBack, { clock }: { readonly clock: Clock }): Promise<void> {
  const { orderId, attempt: number } = attempt;
  if (attempt.disposition === 'surplus') return surplusTakenBack(tx, { attempt, actor }, clock);
  if (await findByReference(tx, { merchantAccountId: attempt.merchantAccountId, channelReference: referenceOf(attempt) })) return;
  const leftMinor = await leftOf(tx, attempt);
  if (leftMinor > 0n) {
    const recorded = await recordChargeback(tx, {
      orderId, attempt: number, amountMinor: leftMinor, channelReference: referenceOf(attempt), reason: 'taken back at the channel after it was paid', source: 'reversal', openedBy: actor,
    }, { clock });
    if (recorded.ok) {
      // Nobody disputes what we have asked for ourselves.
      const decided = await decideChargeback(tx, { chargebackId: recorded.value.chargebackId, outcome: 'lost', by: actor, note: 'reversed by us' }, { clock });
      assert(decided.ok, 'a reversal is decided as it is recorded');
      return;
    }
    // Another purpose than a wallet: a person sees it in the story.
  }
  await appendTimeline(tx, [{ orderId, attempt: number, kind: 'view_refused', actor, detail: { why: 'taken back at the channel after it was paid' }, happenedAt: clock.now() }], { recordedAt: clock.now() });
}

async function surplusTakenBack(tx: Tx, { attempt, actor }: TakenBack, clock: Clock): Promise<void> {
  const { orderId, attempt: number } = attempt, surplus = await loadSurplus(tx, attempt, { lock: true });
  const leftMinor = surplus === null ? 0n : surplus.amountMinor - surplus.goneBackMinor;
  if (surplus?.state === 'open' && leftMinor > 0n) {
    return bookGoneBack(tx, { surplus, amountMinor: leftMinor, reason: 'taken back at the channel', actor, approvedBy: null, commandId: null }, { clock });
  }
  await appendTimeline(tx, [{ orderId, attempt: number, kind: 'view_refused', actor, detail: { why: 'taken back at the channel after it was paid' }, happenedAt: clock.now() }], { recordedAt: clock.now() });
}
