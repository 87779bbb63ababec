import { addMs, MS_PER_MINUTE, type Clock } from '../../../kernel/index.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import { recordedExchange } from '../commands/consult-channel.ts';
import type { Outcome, RefundView } from '../domain/channel.ts';
import { observationOf, type RefundObservation } from '../domain/decide-refund.ts';
import { recordExchanges } from '../store/timeline.ts';
import type { ChannelAccounts, RecordedExchange } from '../types.ts';
import { applyRefundViews, type RefundViewItem } from './apply-refund-views.ts';
import type { RefundPart } from './refund-record.ts';
import { claimDueParts } from './store.ts';

/** Parts worked together. */
export const REFUND_PAGE_MAX = 32;
/** A process that takes parts and ends is followed by another after this long; it asks first, because the other may have sent them. */
const LEASE_MS = 2 * MS_PER_MINUTE;

/**
 * Works the parts whose turn has come: sends those that were never sent, asks about the others, and sends again under the same number what the channel does not know.
 * A part that cannot be worked holds up no other: it keeps its lease and comes again.
 * @returns how many it worked; fewer than `REFUND_PAGE_MAX` when nothing more is due. @throws the first fault, after all the others were worked.
 */
export async function workDueRefunds(odb: OperatorDatabase, channels: ChannelAccounts, { clock }: { readonly clock: Clock }): Promise<number> {
  const now = clock.now();
  const due = await odb.transaction((tx) => claimDueParts(tx, { at: now, until: addMs(now, LEASE_MS), limit: REFUND_PAGE_MAX }));
  if (due.length === 0) return 0;
  const totals = await paidTotals(odb, due);
  const answers = await Promise.allSettled(due.map((part) => work(odb, channels, part, totals.get(`${part.orderId}/${part.attempt}`)!)));
  const faults: unknown[] = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  faults.push(...await write(odb, answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])), clock));
  if (faults.length > 0) throw faults[0];
  return due.length;
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

type Payment = { readonly outTradeNo: string; readonly totalMinor: bigint; readonly currency: string; readonly reason: string };

async function paidTotals(odb: OperatorDatabase, parts: readonly RefundPart[]): Promise<Map<string, Payment>> {
  const rows = await odb.transaction((tx) => tx.query<Payment & { key: string }>(
    `select distinct a.order_id || '/' || a.attempt as key, a.out_trade_no as "outTradeNo", a.paid_minor as "totalMinor", o.currency, o.description as reason
     from payments.payment_attempt a join payments.payment_order o on o.operator_id = a.operator_id and o.order_id = a.order_id
     where a.operator_id = $1 and a.order_id = any ($2)`, [odb.operatorId, parts.map(({ orderId }) => orderId)]));
  return new Map(rows.map((row) => [row.key, row]));
}

async function work(odb: OperatorDatabase, channels: ChannelAccounts, part: RefundPart, payment: Payment): Promise<Worked> {
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
  if (part.state === 'planned') seen = observationOf(await send());
  else {
    const asked = keep(await channel.queryRefund({ outTradeNo: payment.outTradeNo, outRefundNo: part.outRefundNo }));
    const unknownThere = (asked.kind === 'confirmed' && asked.value.state === 'not_found') || (asked.kind === 'refused' && asked.reason === 'not_found');
    // A question that is refused says nothing of the refund, which may be with the payer already.
    seen = unknownThere ? observationOf(await send()) : asked.kind === 'refused' ? { state: 'no_answer', why: asked.channelCode } : observationOf(asked);
  }
  return { exchanges, item: { outRefundNo: part.outRefundNo, seen, source: { actor: 'system', exchangeId: exchanges.at(-1)!.exchangeId }, merchantAccountId: part.merchantAccountId } };
}
