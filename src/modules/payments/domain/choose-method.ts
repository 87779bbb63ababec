import type { ChannelKind, PaymentMethod } from './channel.ts';

/** Where the payer's page is open, as far as its user agent tells. */
export type PayerDevice = 'wechat' | 'alipay' | 'telephone' | 'computer';
export function payerDevice(userAgent: string | null): PayerDevice {
  const text = userAgent ?? '';
  if (/MicroMessenger/i.test(text)) return 'wechat';
  if (/AlipayClient/i.test(text)) return 'alipay';
  return /Android|iPhone|iPad|Mobile|HarmonyOS/i.test(text) ? 'telephone' : 'computer';
}

export type OfferedAccount = { readonly merchantAccountId: string; readonly kind: ChannelKind; readonly methods: readonly PaymentMethod[] };
export type Choice = { readonly merchantAccountId: string; readonly kind: ChannelKind; readonly method: Exclude<PaymentMethod, 'payment_code'> };

/** Methods by device, the best first. WeChat Pay opens in its own browser only when the payer's openid is known; H5 never does there. */
const METHODS: Readonly<Record<ChannelKind, Readonly<Record<PayerDevice, readonly Choice['method'][]>>>> = {
  wechatpay: { wechat: ['jsapi', 'native_qr'], alipay: [], telephone: ['h5', 'native_qr'], computer: ['native_qr'] },
  alipay: { wechat: [], alipay: ['native_qr', 'page'], telephone: ['page', 'native_qr'], computer: ['native_qr', 'page'] },
};

/**
 * How one code serves every wallet: what this payer can pay with, one choice a channel, the first account of a channel counts. Inside a wallet that is the wallet's
 * own channel only.
 */
export function choicesFor(accounts: readonly OfferedAccount[], { userAgent, payerKnown }: { readonly userAgent: string | null; readonly payerKnown: boolean }): Choice[] {
  const device = payerDevice(userAgent);
  const choices = new Map<ChannelKind, Choice>();
  for (const { merchantAccountId, kind, methods } of accounts) {
    const method = METHODS[kind][device].find((candidate) => methods.includes(candidate) && (candidate !== 'jsapi' || payerKnown));
    if (method !== undefined && !choices.has(kind)) choices.set(kind, { merchantAccountId, kind, method });
  }
  return [...choices.values()];
}
