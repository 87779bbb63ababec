/** The simulator's own words. It is an outside program: it knows the platform through the wire only and imports nothing of it. Amounts are fen, instants epoch milliseconds. */
import type { KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export type ChannelName = 'wechatpay' | 'alipay';
/** How the payer pays, in the channel's own words. */
export type Method = 'native' | 'jsapi' | 'h5' | 'codepay' | 'precreate' | 'page' | 'wap' | 'barcode';

/**
 * - `shown`: Alipay only; a code or cashier page exists, a trade does not, until the payer scans or logs in.
 * - `open`: may be paid. `confirming`: a payment code was taken, the payer must type the password.
 * - `paid`, also when money went back. `closed`, `revoked` (a payment by code was undone), `failed`.
 */
export type TradeState = 'shown' | 'open' | 'confirming' | 'paid' | 'closed' | 'revoked' | 'failed';

export type Refund = {
  readonly outRefundNo: string; readonly refundNo: string; readonly amountFen: number; readonly reason: string; readonly notifyUrl: string | null; readonly createdAt: number;
  state: 'processing' | 'success' | 'abnormal' | 'closed'; finishedAt: number | null;
  /** The commission that goes back with this refund. */
  feeFen: number;
  /** Made on the merchant platform, under a number that is none of the merchant's program. */
  readonly elsewhere?: true;
};
/** What a payer's bank took back, and gave back again when the dispute was won. */
export type Chargeback = { readonly flowNo: string; readonly amountFen: number; readonly at: number; wonFlowNo: string | null; wonAt: number | null };

export type Trade = {
  readonly index: number; readonly merchant: Merchant; readonly appId: string; readonly outTradeNo: string; readonly method: Method; readonly amountFen: number; readonly description: string;
  readonly attach: string | null; readonly notifyUrl: string | null; readonly returnUrl: string | null;
  /** What the code or the cashier's address carries. */
  readonly code: string; readonly createdAt: number;
  readonly expiresAt: number;
  payer: string | null; state: TradeState; tradeNo: string | null; bornAt: number | null; paidAt: number | null; closedAt: number | null;
  feeFen: number; refundedFen: number; refunds: Refund[] | null; chargedBackFen: number; chargebacks: Chargeback[] | null; faults: string[] | null; notified: number; accepted: number;
};

/** One movement of a merchant's balance: what the fund-flow bill lists. */
export type FundEntry = {
  readonly at: number; readonly flowNo: string; readonly kind: 'payment' | 'fee' | 'refund' | 'fee_returned' | 'payout' | 'chargeback' | 'chargeback_won'; readonly trade: Trade | null; readonly refund: Refund | null;
  /** Signed. */
  readonly amountFen: number; readonly balanceFen: number;
};

export type Merchant = {
  readonly channel: ChannelName;
  /** WeChat Pay: mchid. Alipay: the seller's PID. */
  readonly merchantId: string; readonly name: string; readonly appIds: string[];
  /** The merchant's public key, with which its requests are checked. */
  readonly publicKey: KeyObject;
  /** WeChat Pay: serial of the merchant's API certificate. */
  readonly serial: string;
  /** WeChat Pay: the 32 bytes for AES-256-GCM. */
  readonly apiV3Key: string;
  /** WeChat Pay: what answers and notifications are signed with. */
  verifyWith: 'certificate' | 'public_key';
  readonly feePerMyriad: number; readonly funds: FundEntry[]; balanceFen: number; tokens: number; tokensAt: number;
};

export type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string | Buffer };

export type ApiRequest = { readonly method: string; readonly url: string; readonly path: string; readonly query: URLSearchParams; readonly headers: IncomingHttpHeaders; readonly body: string };

/** Takes down every change. */
export type Journal = { trade(trade: Trade): void; fund(merchant: Merchant, entry: FundEntry): void; merchant(line: Readonly<Record<string, unknown>>): void; close(): Promise<void> };
