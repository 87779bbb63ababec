import type { StatementTrailer } from '../domain/line.ts';
import { splitLines } from './split-lines.ts';
import { wechatpayTradeReader, type LineReader, type RawLine } from './wechatpay-trade.ts';

export type TradeFormat = 'wechatpay_trade';
const READERS: Readonly<Record<TradeFormat, (onLine: (line: RawLine) => void) => LineReader>> = { wechatpay_trade: wechatpayTradeReader };

/**
 * Reads a trade statement line by line; what `onLine` is given is valid during the call only.
 * @throws StatementUnreadable when it is not what it claims to be, has a malformed line or ends early.
 */
export async function readTrades(format: TradeFormat, content: AsyncIterable<Buffer> | Iterable<Buffer>, onLine: (line: RawLine) => void): Promise<StatementTrailer> {
  const reader = READERS[format](onLine);
  await splitLines(content, (piece, from, to) => reader.line(piece, from, to));
  return reader.finish();
}
export type { RawLine } from './wechatpay-trade.ts';
