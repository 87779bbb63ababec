import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components, operations } from './contract.ts';
import type { Money } from './types.ts';

export type Order = components['schemas']['PaymentOrder'];
export type ListedOrder = components['schemas']['ListedPaymentOrder'];
export type OrderState = components['schemas']['PaymentOrderState'];
export type OrderStory = components['schemas']['PaymentOrderStory'];
export type Attempt = components['schemas']['PaymentAttempt'];
export type AttemptState = components['schemas']['PaymentAttemptState'];
export type TimelineEntry = components['schemas']['PaymentTimelineEntry'];
export type Exchange = components['schemas']['ChannelExchange'];
export type ChannelKind = components['schemas']['PaymentChannel'];
export type PaymentMethod = components['schemas']['PaymentMethod'];
export type Notification = components['schemas']['PaymentNotification'];
export type RecoveryRun = components['schemas']['RecoveryRun'];
export type LossDay = components['schemas']['PaymentLossDay'];
export type NotifyAddress = components['schemas']['NotifyAddress'];
export type WaitingChecks = components['schemas']['WaitingChecks'];
export type TopUpSettings = components['schemas']['TopUpSettings'];
export const ORDER_STATES: readonly OrderState[] = ['created', 'awaiting_payment', 'closing', 'paid', 'closed', 'expired'];
export const CHANNEL_KINDS: readonly ChannelKind[] = ['wechatpay', 'alipay'];

type OrderQuery = NonNullable<operations['listPaymentOrders']['parameters']['query']>;
const PAGE_ITEMS = 100;

export const loadOrders = (filter: Omit<OrderQuery, 'limit' | 'cursor'>, cursor: string | undefined) => unwrap(api.GET('/api/v1/payment-orders', { params: { query: { ...filter, ...pageAt(cursor) } } }));
export const loadOrder = (orderId: string): Promise<OrderStory> => unwrap(api.GET('/api/v1/payment-orders/{orderId}', { params: { path: { orderId } } }));
export const openTopUpOrder = (body: { memberId: string; amount: components['schemas']['Money'] }, idempotencyKey: string): Promise<Order> => unwrap(api.POST('/api/v1/payment-orders', { params: keyed(idempotencyKey), body }));
export const offerOrder = ({ orderId, ...body }: { orderId: string; merchantAccountId: string; method: PaymentMethod }) =>
  unwrap(api.POST('/api/v1/payment-orders/{orderId}/offers', { params: { path: { orderId } }, body }));
export const payWithCode = ({ orderId, ...body }: { orderId: string; merchantAccountId: string; paymentCode: string }) =>
  unwrap(api.POST('/api/v1/payment-orders/{orderId}/code-payments', { params: { path: { orderId } }, body }));
export const closeOrder = ({ orderId }: { orderId: string }) =>
  unwrap(api.POST('/api/v1/payment-orders/{orderId}/closing', { params: { path: { orderId } }, body: { reason: 'by_clerk' } }));
export const checkOrder = ({ orderId }: { orderId: string }) =>
  unwrap(api.POST('/api/v1/payment-orders/{orderId}/checks', { params: { path: { orderId } }, body: {} }));
export const loadNotificationsOf = async (paymentOrderId: string): Promise<readonly Notification[]> =>
  (await unwrap(api.GET('/api/v1/payment-notifications', { params: { query: { show: 'all', paymentOrderId, limit: PAGE_ITEMS } } }))).items;
export type NotificationShow = NonNullable<operations['listPaymentNotifications']['parameters']['query']>['show'] & string;
export const loadNotifications = (show: NotificationShow, cursor: string | undefined) => unwrap(api.GET('/api/v1/payment-notifications', { params: { query: { show, ...pageAt(cursor) } } }));
export const loadTopUpSettings = (): Promise<TopUpSettings> => unwrap(api.GET('/api/v1/top-up-settings'));
export type TopUpChange = { amountsMinor: string[]; minimumMinor: string; maximumMinor: string; balanceThresholdMinor: string; reason?: string };
export const changeTopUpSettings = (body: TopUpChange): Promise<TopUpSettings> => unwrap(api.PUT('/api/v1/top-up-settings', { body }));

export const loadNotifyAddresses = async (): Promise<readonly NotifyAddress[]> => (await unwrap(api.GET('/api/v1/notify-addresses'))).items;
export const loadWaitingChecks = async (): Promise<readonly WaitingChecks[]> => (await unwrap(api.GET('/api/v1/payment-checks'))).items;
export const loadLosses = async (from: string, to: string): Promise<readonly LossDay[]> => (await unwrap(api.GET('/api/v1/payment-losses', { params: { query: { from, to } } }))).items;
export const loadRuns = (cursor: string | undefined) => unwrap(api.GET('/api/v1/payment-recovery-runs', { params: { query: pageAt(cursor) } }));
export const startRun = (body: { from: string; to: string; merchantAccountId?: string | null; reason?: string | null }, idempotencyKey: string): Promise<RecoveryRun> =>
  unwrap(api.POST('/api/v1/payment-recovery-runs', { params: keyed(idempotencyKey), body }));
export type RunChange = 'pause' | 'resume' | 'cancel';
export function changeRun({ runId, change }: { runId: string; change: RunChange }): Promise<RecoveryRun> {
  const params = { path: { runId } };
  if (change === 'pause') return unwrap(api.POST('/api/v1/payment-recovery-runs/{runId}/pause', { params }));
  if (change === 'resume') return unwrap(api.POST('/api/v1/payment-recovery-runs/{runId}/resume', { params }));
  return unwrap(api.POST('/api/v1/payment-recovery-runs/{runId}/cancel', { params }));
}

/** The page that a payer opens: it chooses WeChat Pay or Alipay by the browser that it is opened in. */
export const payerPage = ({ payerToken }: Pick<Order, 'payerToken'>): string => `${location.origin}/pay/${payerToken}`;
export const isOver = (state: OrderState): boolean => state === 'paid' || state === 'closed' || state === 'expired';
export const isPositive = (money: Money): boolean => BigInt(money.amountMinor) > 0n;
/** The order that a number given to a channel stands for: environment, order, attempt. @returns null for numbers that are not of our making. */
export function orderOfNumber(number: string): string | null {
  const order = /^[LTD]([0-9a-hjkmnp-tv-z]{26})\d\d$/.exec(number)?.[1];
  return order === undefined ? null : `pay_${order}`;
}
/** Whose code a payer shows, by its first digits. */
export function channelOfPaymentCode(code: string): ChannelKind | null {
  if (/^1[0-5]\d{16}$/.test(code)) return 'wechatpay';
  return /^(2[5-9]|30)\d{14,22}$/.test(code) ? 'alipay' : null;
}
