/** What the channels know: merchants, trades, the movements of balances. Everything is in memory; the journal, when there is one, can build it again. */
import { hashText } from '../charge-point/random.ts';
import { chinaDate, type ChannelClock } from './clock.ts';
import type { Faults } from './faults.ts';
import { feeOf } from './money.ts';
import type { Chargeback, FundEntry, Journal, Merchant, Method, Refund, Trade } from './types.ts';

export type World = {
  readonly clock: ChannelClock; readonly faults: Faults; readonly journal: Journal; readonly settings: WorldSettings;
  readonly merchants: Map<string, Merchant>; readonly byApp: Map<string, Merchant>;
  readonly trades: Map<string, Trade>; readonly byTradeNo: Map<string, Trade>; readonly byCode: Map<string, Trade>;
  /** Trades whose numbers differ in their last two characters only: attempts of one order. */
  readonly byStem: Map<string, Trade[]>;
  readonly refundsByNo: Map<string, { readonly trade: Trade; readonly refund: Refund }>;
  readonly spentPaymentCodes: Set<string>;
  /** Part of the numbers that WeChat Pay gives. */
  readonly seedDigits: number;
  counters: { trade: number; refund: number; flow: number; notification: number; request: number };
};
export type WorldSettings = {
  /** A payment by code above this needs the password. */
  readonly confirmAboveFen: number;
  readonly feePerMyriad: number;
  /** WeChat Pay: two refunds of one payment are at least so far apart. */
  readonly refundSpacingMs: number;
  readonly requestsPerSecondMax: number | null; readonly timestampToleranceMs: number;
  /** A payer who pays every order by himself, for load. */
  readonly payers: { readonly pay: number; readonly afterMsMin: number; readonly afterMsMax: number } | null;
};

export function emptyWorld(parts: { clock: ChannelClock; faults: Faults; journal: Journal; settings: WorldSettings }): World {
  return {
    ...parts, merchants: new Map(), byApp: new Map(), trades: new Map(), byTradeNo: new Map(), byCode: new Map(), byStem: new Map(), refundsByNo: new Map(), spentPaymentCodes: new Set(), seedDigits: parts.faults.random('numbers').integer(100_000),
    counters: { trade: 0, refund: 0, flow: 0, notification: 0, request: 0 },
  };
}

export const tradeKey = (merchant: Merchant, outTradeNo: string): string => `${merchant.merchantId}/${outTradeNo}`;
export const findTrade = (world: World, merchant: Merchant, outTradeNo: string): Trade | null => world.trades.get(tradeKey(merchant, outTradeNo)) ?? null;
export const refundKey = (merchant: Merchant, outRefundNo: string, outTradeNo = ''): string => `${merchant.merchantId}/${merchant.channel === 'alipay' ? `${outTradeNo}/` : ''}${outRefundNo}`;

export type NewTrade = {
  readonly merchant: Merchant; readonly appId: string; readonly outTradeNo: string; readonly method: Method; readonly amountFen: number; readonly description: string; readonly attach: string | null;
  readonly notifyUrl: string | null; readonly returnUrl?: string | null; readonly expiresAt: number; readonly payer: string | null; readonly state: Trade['state'];
};

export function addTrade(world: World, order: NewTrade): Trade {
  const index = world.counters.trade++;
  const at = world.clock.now();
  const trade: Trade = {
    ...order, index, returnUrl: order.returnUrl ?? null, code: codeOf(world, index), createdAt: at, tradeNo: null, bornAt: null, paidAt: null, closedAt: null,
    feeFen: 0, refundedFen: 0, refunds: null, chargedBackFen: 0, chargebacks: null, faults: null, notified: 0, accepted: 0,
  };
  register(world, trade);
  if (trade.state !== 'shown') bear(world, trade, at);
  return trade;
}

export function register(world: World, trade: Trade): void {
  world.trades.set(tradeKey(trade.merchant, trade.outTradeNo), trade);
  world.byCode.set(trade.code, trade);
  if (trade.tradeNo) world.byTradeNo.set(trade.tradeNo, trade);
  const stem = trade.outTradeNo.slice(0, -2);
  const siblings = world.byStem.get(stem);
  if (siblings) siblings.push(trade);
  else world.byStem.set(stem, [trade]);
}

/** Alipay's trade comes into being: it gets its number. WeChat Pay's number is the payment's and comes with paying. */
export function bear(world: World, trade: Trade, at: number): void {
  trade.bornAt = at;
  if (trade.state === 'shown') trade.state = 'open';
  if (trade.merchant.channel === 'alipay') giveNumber(world, trade, at);
  else world.journal.trade(trade);
}

function giveNumber(world: World, trade: Trade, at: number): void {
  if (trade.tradeNo) return;
  const day = chinaDate(at).replaceAll('-', '');
  const serial = String(trade.index + 1).padStart(trade.merchant.channel === 'alipay' ? 13 : 8, '0');
  trade.tradeNo = trade.merchant.channel === 'alipay' ? `${day}2200149${serial}` : `4200002${String(seedDigits(world)).padStart(5, '0')}${day}${serial}`;
  world.byTradeNo.set(trade.tradeNo, trade);
  world.journal.trade(trade);
}

/** The payer's money has come: number, commission, two movements of the merchant's balance. */
export function bookPayment(world: World, trade: Trade): void {
  const at = world.clock.now();
  trade.bornAt ??= at;
  giveNumber(world, trade, at);
  trade.state = 'paid';
  trade.paidAt = at;
  trade.payer ??= payerOf(trade);
  trade.feeFen = feeOf(trade.amountFen, trade.merchant.feePerMyriad);
  move(world, trade.merchant, { kind: 'payment', trade, refund: null, amountFen: trade.amountFen });
  if (trade.feeFen > 0) move(world, trade.merchant, { kind: 'fee', trade, refund: null, amountFen: -trade.feeFen });
  world.journal.trade(trade);
}

export function addRefund(world: World, trade: Trade, request: Pick<Refund, 'outRefundNo' | 'amountFen' | 'reason' | 'notifyUrl' | 'elsewhere'>): Refund {
  const at = world.clock.now();
  const refundNo = trade.merchant.channel === 'alipay' ? request.outRefundNo : `5030${String(seedDigits(world)).padStart(5, '0')}${chinaDate(at).replaceAll('-', '')}${String(++world.counters.refund).padStart(12, '0')}`;
  // The commission goes back in proportion; the last part of a full refund brings back what is left of it.
  const before = feeBack(trade, trade.refundedFen);
  const refund: Refund = { ...request, refundNo, createdAt: at, state: 'processing', finishedAt: null, feeFen: feeBack(trade, trade.refundedFen + request.amountFen) - before };
  trade.refundedFen += request.amountFen;
  (trade.refunds ??= []).push(refund);
  world.refundsByNo.set(refundKey(trade.merchant, refund.outRefundNo, trade.outTradeNo), { trade, refund });
  world.journal.trade(trade);
  return refund;
}

export function finishRefund(world: World, trade: Trade, refund: Refund, state: 'success' | 'abnormal' | 'closed'): void {
  if (refund.state === 'success' || refund.state === 'closed') return;
  refund.state = state;
  refund.finishedAt = world.clock.now();
  if (state === 'success') {
    move(world, trade.merchant, { kind: 'refund', trade, refund, amountFen: -refund.amountFen });
    if (refund.feeFen > 0) move(world, trade.merchant, { kind: 'fee_returned', trade, refund, amountFen: refund.feeFen });
  }
  if (state === 'closed') trade.refundedFen -= refund.amountFen;
  world.journal.trade(trade);
}

/** What of a payment is still the merchant's. */
export const leftOf = ({ amountFen, refundedFen, chargedBackFen }: Trade): number => amountFen - refundedFen - chargedBackFen;

/** The payer's bank takes money back: the merchant's balance pays. The commission is not given back. */
export function chargeBack(world: World, trade: Trade, amountFen: number): Chargeback {
  const { flowNo, at } = move(world, trade.merchant, { kind: 'chargeback', trade, refund: null, amountFen: -amountFen });
  const made: Chargeback = { flowNo, amountFen, at, wonFlowNo: null, wonAt: null };
  (trade.chargebacks ??= []).push(made);
  trade.chargedBackFen += amountFen;
  world.journal.trade(trade);
  return made;
}

/** The dispute was won: the money comes back under a number of its own. */
export function winBack(world: World, trade: Trade, made: Chargeback): void {
  if (made.wonFlowNo !== null) return;
  const { flowNo, at } = move(world, trade.merchant, { kind: 'chargeback_won', trade, refund: null, amountFen: made.amountFen });
  [made.wonFlowNo, made.wonAt] = [flowNo, at];
  trade.chargedBackFen -= made.amountFen;
  world.journal.trade(trade);
}

/** Money goes from the merchant's balance to its bank. */
export function payOut(world: World, merchant: Merchant, amountFen: number): FundEntry {
  return move(world, merchant, { kind: 'payout', trade: null, refund: null, amountFen: -amountFen });
}

function move(world: World, merchant: Merchant, movement: Pick<FundEntry, 'kind' | 'trade' | 'refund' | 'amountFen'>): FundEntry {
  merchant.balanceFen += movement.amountFen;
  const at = world.clock.now();
  const flowNo = `${merchant.merchantId}${chinaDate(at).replaceAll('-', '')}${String(++world.counters.flow).padStart(10, '0')}`;
  const entry = { ...movement, at, flowNo, balanceFen: merchant.balanceFen };
  merchant.funds.push(entry);
  world.journal.fund(merchant, entry);
  return entry;
}

export function noteFault(trade: Trade, name: string): void {
  (trade.faults ??= []).push(name);
}

const feeBack = (trade: Trade, refundedFen: number): number => (refundedFen >= trade.amountFen ? trade.feeFen : Math.floor((trade.feeFen * refundedFen + trade.amountFen / 2) / trade.amountFen));
export const payerOf = (trade: Trade): string => (trade.merchant.channel === 'alipay'
  ? `2088${String(hashText(`${trade.outTradeNo}`)).padStart(12, '0')}` : `o${hashText(trade.outTradeNo).toString(36).padStart(9, 'S')}${hashText(trade.code).toString(36).padStart(9, 'k')}UpF8uN95x`.slice(0, 28));
const seedDigits = (world: World): number => world.seedDigits;

/** Nobody can guess the next code from one he has seen. */
function codeOf(world: World, index: number): string {
  const random = world.faults.random(`code/${index}`);
  let code = '';
  while (code.length < 12) code += 'abcdefghijkmnpqrstuvwxyz23456789'[random.integer(32)]!;
  return code;
}
