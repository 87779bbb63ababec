import { addMs, type Clock, type MemberId, type Random } from '../kernel/index.ts';
import { closeOrder, offerOrder, openOrder, type ChannelDesk } from '../modules/payments/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import type { OperatorDatabase } from '../platform/database/index.ts';
import { PAYMENT_PURPOSES } from './payment-purposes.ts';
import type { SimulatedMerchant, WalletChannelProcess } from './wallet-channel-process.ts';
import type { WalletAccounts } from './wallet-merchants.ts';

const YUAN = [30, 50, 50, 100, 100, 200] as const;

/** What everybody who pays in the demo needs. */
export type PayingDemo = {
  readonly odb: OperatorDatabase; readonly clock: Clock; readonly channels: ChannelDesk; readonly accounts: WalletAccounts; readonly wallet: WalletChannelProcess; readonly random: Random; readonly members: readonly MemberId[];
  readonly pause: (ms: number) => Promise<void>; readonly stopped: () => boolean;
};

export type DemoOrder = { readonly orderId: string; readonly outTradeNo: string };
export type DemoOffer = { readonly yuan?: number; readonly latePayment?: 'complete' | 'refund'; readonly channel?: SimulatedMerchant['channel']; /** When it happens; now, when not told. */ readonly clock?: Clock; readonly memberId?: MemberId };

/** An order with a code that can be scanned. Null when the channel gave none, which the faults of the demo may do. */
export async function offerTopUp({ odb, channels, accounts, random, members, ...paying }: PayingDemo, offer: DemoOffer = {}): Promise<DemoOrder | null> {
  const memberId = offer.memberId ?? random.pick(members), options = { clock: offer.clock ?? paying.clock, purposes: PAYMENT_PURPOSES };
  const opened = await odb.transaction((tx) => openOrder(tx, {
    commandId: newUuid(), environment: 'D', purpose: 'wallet_top_up', subjectId: memberId, memberId, amountMinor: BigInt(offer.yuan ?? random.pick(YUAN)) * 100n, description: '江湾充电 充值 Top-up',
    latePayment: offer.latePayment ?? 'complete', createdBy: 'demo',
  }, options));
  if (!opened.ok) throw new Error(opened.error.code);
  return offerAt({ odb, channels, accounts, random, members, ...paying }, opened.value.orderId, { ...offer, channel: offer.channel ?? random.pick(['wechatpay', 'alipay'] as const) });
}

/** Offers an order at one more channel. */
export async function offerAt({ odb, channels, accounts, clock }: PayingDemo, orderId: string, offer: DemoOffer & { readonly channel: SimulatedMerchant['channel'] }): Promise<DemoOrder | null> {
  const offered = await offerOrder(odb, channels, { orderId, merchantAccountId: accounts[offer.channel], method: 'native_qr', payer: null, payerIp: null, actor: 'demo' }, { clock: offer.clock ?? clock, purposes: PAYMENT_PURPOSES });
  return offered.ok ? { orderId, outTradeNo: offered.value.attempt.outTradeNo } : null;
}

export const giveUp = async ({ odb, channels, clock }: PayingDemo, { orderId }: DemoOrder): Promise<void> =>
  void await closeOrder(odb, channels, { orderId, reason: 'by_payer', actor: 'payer' }, { clock, purposes: PAYMENT_PURPOSES });

/** The same clock, so many milliseconds away. */
export const clockAway = (clock: Clock, ms: number): Clock => ({ now: () => addMs(clock.now(), ms) });
