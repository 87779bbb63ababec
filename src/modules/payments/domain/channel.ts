/**
 * The port behind which every payment channel sits. An adapter speaks one channel's protocol and knows neither the database nor orders; what the
 * module decides from its answers is the same for all channels. The conformance suite (`channels/conformance.ts`) holds every adapter to this page.
 */
import type { CurrencyCode, Instant } from '../../../kernel/index.ts';

export const CHANNEL_KINDS = ['wechatpay', 'alipay'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/**
 * How the payer pays: `native_qr` the payer scans our code; `jsapi` inside the wallet's own browser; `h5` from a telephone's browser; `page` from a computer's
 * browser; `payment_code` the shop scans the payer's code.
 */
export const PAYMENT_METHODS = ['native_qr', 'jsapi', 'h5', 'page', 'payment_code'] as const;
export type PaymentMethod = (typeof PAYMENT_METHODS)[number];

/** One call as it went over the wire, for the timeline. Keys and signatures are left out, the payer's identity is masked. */
export type Exchange = {
  readonly act: string; readonly request: string; readonly response: string | null; readonly httpStatus: number | null;
  readonly sentAt: Instant; readonly answeredAt: Instant | null;
};

/**
 * Confirmed: the channel said so. Refused: the channel said no, and nothing happened. Unknown: no answer, or one that does not tell; nothing may be concluded,
 * and the act may be repeated only where the channel makes it idempotent.
 */
export type Outcome<T> =
  | { readonly kind: 'confirmed'; readonly value: T; readonly exchange: Exchange }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly channelCode: string; readonly message: string; readonly exchange: Exchange }
  | { readonly kind: 'unknown'; readonly reason: 'timeout' | 'connection' | 'channel_busy' | 'system_error' | 'unverifiable_answer' | 'circuit_open'; readonly message: string; readonly exchange: Exchange };

export const REFUSAL_REASONS = [
  'already_paid', 'already_closed', 'not_found', 'number_reused', 'invalid_request', 'bad_signature', 'no_permission', 'not_enough_balance', 'payment_code_invalid', 'over_limit',
  'too_frequent', 'refund_window_over', 'no_statement', 'other',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export type CreatePayment = {
  readonly outTradeNo: string; readonly amountMinor: bigint; readonly currency: CurrencyCode; readonly description: string; readonly method: Exclude<PaymentMethod, 'payment_code'>;
  /** When the channel must stop taking the payment: never later than the order's own end. */
  readonly expiresAt: Instant;
  /** The payer in the channel's words (openid), for `jsapi`. */
  readonly payer: string | null;
  /** For `h5`. */
  readonly payerIp: string | null;
};
/** What the payer's device needs: a code to show, an address to open, or parameters for the wallet's own browser. */
export type Presentation = { readonly kind: 'qr' | 'redirect'; readonly url: string } | { readonly kind: 'invoke'; readonly parameters: Readonly<Record<string, string>> };

export type PayWithCode = {
  readonly outTradeNo: string; readonly amountMinor: bigint; readonly currency: CurrencyCode; readonly description: string; readonly paymentCode: string; readonly expiresAt: Instant; readonly deviceIp: string;
};

/**
 * What the channel knows of a payment.
 * - `not_found`: the channel has no such trade. For Alipay's QR and page pay that is also so before the payer has scanned, while the code is still payable: it is
 *   final only when `codeMayStillBePaid` is false.
 * - `paid`: also when the channel's own state is a later one of a payment that succeeded (WeChat `REFUND`, Alipay `TRADE_FINISHED`, and `TRADE_CLOSED` after a refund).
 */
export type PaymentView =
  | { readonly state: 'not_found' } | { readonly state: 'awaiting' } | { readonly state: 'user_paying' } | { readonly state: 'closed' } | { readonly state: 'failed'; readonly channelCode: string }
  | PaidView;
export type PaidView = {
  readonly state: 'paid'; readonly channelTradeNo: string; readonly amountMinor: bigint; readonly currency: CurrencyCode; readonly paidAt: Instant; readonly payer: string | null;
  /** Merchant and app as the channel names them, compared with our own. */
  readonly merchant: string; readonly app: string; readonly refundedMinor: bigint | null; readonly final: boolean;
  /** Something of it went back at the channel, which does not say how much (WeChat `REFUND`). */
  readonly refundsUnknown?: true;
};

export type RefundRequest = {
  readonly outTradeNo: string; readonly outRefundNo: string; readonly amountMinor: bigint; readonly totalMinor: bigint; readonly currency: CurrencyCode; readonly reason: string;
};
export type RefundView =
  | { readonly state: 'not_found' } | { readonly state: 'processing'; readonly channelRefundNo: string | null }
  | { readonly state: 'succeeded'; readonly channelRefundNo: string | null; readonly amountMinor: bigint; readonly refundedAt: Instant }
  /** The payer's account could not take it: a person must decide where the money goes. */
  | { readonly state: 'abnormal'; readonly channelRefundNo: string | null } | { readonly state: 'closed'; readonly channelRefundNo: string | null };

/** The bytes of a notification as they came. Header names are in lower case. */
export type RawNotification = { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer; readonly receivedAt: Instant };
export type NotificationView =
  | { readonly kind: 'payment'; readonly notifyId: string; readonly outTradeNo: string; readonly payment: PaymentView }
  | { readonly kind: 'refund'; readonly notifyId: string; readonly outTradeNo: string; readonly outRefundNo: string; readonly refund: RefundView }
  /** Genuine, but of a kind that we do not act on. */
  | { readonly kind: 'other'; readonly notifyId: string; readonly about: string };
export type NotificationVerdict =
  | { readonly verdict: 'verified'; readonly view: NotificationView }
  | { readonly verdict: 'forged' | 'stale' | 'unreadable'; readonly why: string };
export type NotificationReply = { readonly status: number; readonly contentType: string; readonly body: string };

export const STATEMENT_KINDS = ['trade', 'fund_flow'] as const;
export type StatementKind = (typeof STATEMENT_KINDS)[number];
export type StatementFile = {
  readonly format: 'wechatpay_trade' | 'wechatpay_fund_flow' | 'alipay_trade' | 'alipay_fund_flow';
  /** The text of the statement, decompressed, in pieces as they arrive, in the file's own encoding. */
  readonly content: AsyncIterable<Buffer>;
  /** What the channel says the whole text hashes to; whoever reads it to the end compares. */
  readonly hash: { readonly algorithm: 'sha1'; readonly value: string } | null;
};

/** What a channel can do and what it allows. */
export type ChannelTraits = {
  readonly kind: ChannelKind;
  readonly methods: readonly PaymentMethod[];
  /** Refunds of one payment, the pause between two of them, and how long after paying they are possible. */
  readonly refundsPerPaymentMax: number; readonly refundSpacingMs: number; readonly refundWindowMs: number;
  /** Repeats of a notification may go on for so long. */
  readonly notifiesForMs: number;
  /** A trade that the channel does not know may still come into being until its code lapses. */
  readonly codeMayStillBePaid: boolean;
};

export interface Channel {
  readonly traits: ChannelTraits;
  /** Asks for a payment. Idempotent by `outTradeNo`: after unknown it may be asked again with the same body. */
  createPayment(request: CreatePayment): Promise<Outcome<Presentation>>;
  /** Charges the payer's code. NOT repeated after unknown: `queryPayment` tells, `reversePayment` undoes. */
  payWithCode(request: PayWithCode): Promise<Outcome<PaymentView>>;
  queryPayment(outTradeNo: string): Promise<Outcome<PaymentView>>;
  /** Refused with `already_paid` or `not_found`; the caller then asks and decides by the answer. */
  closePayment(outTradeNo: string): Promise<Outcome<null>>;
  /** Undoes a payment by code whose outcome stayed unknown; idempotent. */
  reversePayment(outTradeNo: string): Promise<Outcome<null>>;
  /** Idempotent by `outRefundNo`: after unknown it is repeated with the SAME number and body. Confirmed means accepted, not refunded. */
  refund(request: RefundRequest): Promise<Outcome<RefundView>>;
  queryRefund(refund: { readonly outTradeNo: string; readonly outRefundNo: string }): Promise<Outcome<RefundView>>;
  /** @param date the channel's own business date, `YYYY-MM-DD` in UTC+8. Refused with `no_statement` for a day without trade. */
  fetchStatement(statement: { readonly kind: StatementKind; readonly date: string }): Promise<Outcome<StatementFile>>;
  /** Verifies and reads; no input and no network, so that it is right to do it again later. */
  readNotification(raw: RawNotification): NotificationVerdict;
  /** `accepted: false` asks the channel to send it again. */
  replyTo(accepted: boolean): NotificationReply;
  /** Asks the channel something harmless that only works with the right keys, numbers and app. */
  probe(): Promise<Outcome<null>>;
  /** Reads the keys again: what was rotated is used from the next call on, old public keys stay valid for verifying until they are taken away. */
  reloadKeys(): Promise<void>;
  close(): Promise<void>;
}
