import type { StatementTrailer } from '../domain/line.ts';
import { alipayTradeReader } from './alipay-trade.ts';
import { fundReader, type FundFormat, type FundLine, type FundTotals } from './fund-flow.ts';
import type { LineReader, RawLine } from './raw-line.ts';
import { splitLines } from './split-lines.ts';
import { wechatpayTradeReader } from './wechatpay-trade.ts';

export type TradeFormat = 'wechatpay_trade' | 'alipay_trade';
const READERS: Readonly<Record<TradeFormat, (onLine: (line: RawLine) => void) => LineReader>> = { wechatpay_trade: wechatpayTradeReader, alipay_trade: alipayTradeReader };

/**
 * Reads a trade statement line by line; what `onLine` is given is valid during the call only.
 * @throws StatementUnreadable when it is not what it claims to be, has a malformed line or ends early.
 */
export async function readTrades(format: TradeFormat, content: AsyncIterable<Buffer> | Iterable<Buffer>, onLine: (line: RawLine) => void): Promise<StatementTrailer> {
  const reader = READERS[format](onLine);
  await splitLines(content, (piece, from, to) => reader.line(piece, from, to));
  return reader.finish();
}

/** Reads a fund flow line by line. @throws StatementUnreadable as above. */
export async function readFundFlow(format: FundFormat, content: AsyncIterable<Buffer> | Iterable<Buffer>, onLine: (line: FundLine) => void): Promise<FundTotals> {
  const reader = fundReader(format, onLine);
  await splitLines(content, (piece, from, to) => reader.line(piece, from, to));
  return reader.finish();
}
export { FUND_KINDS, type FundFormat, type FundKind, type FundLine } from './fund-flow.ts';
