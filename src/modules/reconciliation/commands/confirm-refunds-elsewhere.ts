/**
 * Refunds of our payments that a statement has under numbers that are none of ours. A line alone takes no money from a member: the channel is asked about the refund itself, and what it confirms is booked.
 * What it does not confirm stays open for a person, who looks at the merchant platform.
 */
import { ok, refuse, type Clock, type Result } from '../../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { accountsOnOneBill, findPaymentsByChannelNumber, takeRefundElsewhere, type RefundElsewhereRejection } from '../../payments/index.ts';
import { openRefundsElsewhere, resolveBreak, type Break } from '../store/breaks.ts';
import type { Day, DayOptions } from './day-options.ts';

const CONFIRM_PAGE_MAX = 32;

/** @returns how many were confirmed and booked. */
export async function confirmRefundsElsewhere(odb: OperatorDatabase, day: Day, options: DayOptions): Promise<number> {
  let booked = 0;
  for (let after: string | null = null; ;) {
    const page: readonly Break[] = await odb.transaction((tx) => openRefundsElsewhere(tx, { ...day, after, countMax: CONFIRM_PAGE_MAX }));
    for (const found of page) if (await confirm(odb, found, day, options)) booked++;
    if (page.length < CONFIRM_PAGE_MAX) return booked;
    after = page.at(-1)!.breakId;
  }
}

async function confirm(odb: OperatorDatabase, found: Break, { actor }: Day, { channels, clock }: DayOptions): Promise<boolean> {
  const [payment] = await odb.transaction(async (tx) => findPaymentsByChannelNumber(tx, { merchantAccountIds: await accountsOnOneBill(tx, found.merchantAccountId), channelTradeNos: [found.channelNumber ?? ''] }));
  if (!payment || !isNumber(found.number)) return false;
  const { channel } = await channels.forAccount(odb.operatorId, payment.merchantAccountId);
  const asked = await channel.queryRefund({ outTradeNo: payment.outTradeNo, outRefundNo: found.number });
  if (asked.kind !== 'confirmed' || asked.value.state !== 'succeeded' || asked.value.amountMinor !== found.theirsMinor) return false;
  return await odb.transaction(async (tx) => {
    const taken = await bookRefundElsewhere(tx, found, { by: 'system', approvedBy: null }, { clock });
    if (!taken.ok || !(await resolveBreak(tx, found.breakId, { resolution: 'accepted', resolvedBy: actor, at: clock.now() }))) return false;
    announce(tx, 'reconciliation.days');
    return true;
  });
}

/** A statement that does not tell the number of a refund writes nothing, and a break a dash. */
const isNumber = (number: string): boolean => number !== '' && number !== '-';

/** Books it on the payment that the line names. Without a number of its own the break's id stands for it. */
export async function bookRefundElsewhere(
  tx: Tx, { merchantAccountId, channelNumber, number, theirsMinor, breakId }: Break, { by, approvedBy }: { readonly by: string; readonly approvedBy: string | null }, { clock }: { readonly clock: Clock },
): Promise<Result<null, RefundElsewhereRejection>> {
  if (theirsMinor === null || theirsMinor <= 0n) return refuse({ code: 'refund_elsewhere_payment_unknown' });
  const taken = await takeRefundElsewhere(tx, {
    merchantAccountIds: await accountsOnOneBill(tx, merchantAccountId), channelTradeNo: channelNumber ?? '', number: isNumber(number) ? number : breakId, amountMinor: theirsMinor, by, approvedBy,
  }, { clock });
  return taken.ok ? ok(null) : taken;
}
