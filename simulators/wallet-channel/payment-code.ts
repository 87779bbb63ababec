/** The code that a payer's wallet shows for the shop to scan: WeChat 10–15 and 18 digits, Alipay 25–30 and 16 to 24 digits; good once. */
import type { ChannelName } from './types.ts';
import type { World } from './world.ts';

export type PaymentCodeFate = 'pays' | 'confirm' | 'not_enough' | 'spent' | 'invalid';

const SHAPES: Readonly<Record<ChannelName, RegExp>> = { wechatpay: /^1[0-5]\d{16}$/, alipay: /^(2[5-9]|30)\d{14,22}$/ };

/** What becomes of a payment with this code. A code ending in 00 belongs to a payer without money, one ending in 99 to one who must always confirm. */
export function takePaymentCode(world: World, channel: ChannelName, code: string, amountFen: number): PaymentCodeFate {
  if (!SHAPES[channel].test(code)) return 'invalid';
  if (world.spentPaymentCodes.has(code)) return 'spent';
  world.spentPaymentCodes.add(code);
  const subject = `c${world.spentPaymentCodes.size}`;
  if (code.endsWith('00') || world.faults.happens('code_payment_fails', subject)) return 'not_enough';
  return amountFen > world.settings.confirmAboveFen || code.endsWith('99') || world.faults.happens('user_must_confirm', subject) ? 'confirm' : 'pays';
}

/** A fresh code as a wallet would show it. `always` forces what becomes of it, see {@link takePaymentCode}. */
export function newPaymentCode(world: World, channel: ChannelName, always?: 'confirm' | 'not_enough'): string {
  const random = world.faults.random(`payment-code/${world.counters.request++}/${world.spentPaymentCodes.size}/${world.clock.wire()}`);
  const prefix = channel === 'wechatpay' ? 10 + random.integer(6) : 25 + random.integer(6);
  const digits = Array.from({ length: 14 }, () => random.integer(10)).join('');
  return `${prefix}${digits}${always === 'not_enough' ? '00' : always === 'confirm' ? '99' : String(11 + random.integer(80))}`;
}
