/**
 * WeChat Pay's trade bill: UTF-8, a backtick before every field, header, details, a second header and a line of totals. The columns are found by their names, because
 * merchants of different age get different ones (ALL has 27, SUCCESS 20, REFUND 29); the fields are cut at `` ,` `` because a goods name may hold commas.
 * Source: WeChat Pay APIv3, "Apply for transaction bill".
 */
import { StatementUnreadable, type LineState, type StatementTrailer } from '../domain/line.ts';
import { minorOf } from './amount.ts';
import type { LineReader, RawLine } from './raw-line.ts';

const COMMA = 0x2c, TICK = 0x60;
const SUCCESS = Buffer.from('SUCCESS'), REFUND = Buffer.from('REFUND'), FAIL = Buffer.from('FAIL');
/** More columns than any edition has. */
const COLUMNS_MAX = 64;

const COLUMN = {
  at: ['交易时间'], channelNumber: ['微信订单号'], number: ['商户订单号'], state: ['交易状态'], settled: ['应结订单金额', '总金额'], refundNumber: ['商户退款单号'],
  refunded: ['退款金额'], refundState: ['退款状态'], fee: ['手续费'], amount: ['订单金额'], refundAsked: ['申请退款金额'],
} as const satisfies Record<string, readonly string[]>;
type Column = keyof typeof COLUMN;
const REQUIRED: readonly Column[] = ['at', 'channelNumber', 'number', 'settled', 'fee'];

/** @param onLine is given the same object every time. */
export function wechatpayTradeReader(onLine: (line: RawLine) => void): LineReader {
  const starts = new Int32Array(COLUMNS_MAX), ends = new Int32Array(COLUMNS_MAX);
  const raw: RawLine = { bytes: Buffer.alloc(0), kind: 'payment', numberFrom: 0, numberTo: 0, channelFrom: 0, channelTo: 0, atFrom: 0, atTo: 0, amountMinor: 0, feeMinor: 0, state: 'other', lineNo: 0 };
  let columns: Columns | null = null;
  let trailer: StatementTrailer | null = null, trailerNames: readonly string[] | null = null;

  const detail = (bytes: Buffer, from: number, to: number, c: Columns): void => {
    const count = cut(bytes, from, to, starts, ends);
    raw.lineNo += 1;
    if (count !== c.count) throw malformed(raw.lineNo, `${count} fields where the header has ${c.count}`);
    raw.bytes = bytes;
    const refund = c.refundNumber >= 0 && ends[c.refundNumber]! > starts[c.refundNumber]! && !isZero(bytes, starts[c.refundNumber]!, ends[c.refundNumber]!);
    raw.kind = refund ? 'refund' : 'payment';
    const number = refund ? c.refundNumber : c.number;
    raw.numberFrom = starts[number]!; raw.numberTo = ends[number]!;
    raw.channelFrom = starts[c.channelNumber]!; raw.channelTo = ends[c.channelNumber]!;
    raw.atFrom = starts[c.at]!; raw.atTo = ends[c.at]!;
    const field = refund ? (c.refundAsked >= 0 ? c.refundAsked : c.refunded) : c.amount >= 0 ? c.amount : c.settled;
    const amount = minorOf(bytes, starts[field]!, ends[field]!), fee = minorOf(bytes, starts[c.fee]!, ends[c.fee]!);
    if (amount === null || fee === null) throw malformed(raw.lineNo, 'an amount is no amount');
    raw.amountMinor = Math.abs(amount); raw.feeMinor = fee;
    raw.state = refund ? refundStateOf(bytes, c) : c.state < 0 || isWord(bytes, c.state, SUCCESS) ? 'succeeded' : 'other'; // An edition without states lists only what succeeded.
    onLine(raw);
  };
  const isWord = (bytes: Buffer, column: number, word: Buffer): boolean => ends[column]! - starts[column]! === word.length && bytes.compare(word, 0, word.length, starts[column], ends[column]) === 0;
  const refundStateOf = (bytes: Buffer, c: Columns): LineState => {
    if (c.state >= 0 && !isWord(bytes, c.state, REFUND)) return 'other';
    return c.refundState >= 0 && isWord(bytes, c.refundState, FAIL) ? 'failed' : 'accepted';
  };
  return {
    line: (bytes, from, to) => {
      if (to === from) return;
      if (columns === null) columns = readHeader(bytes.toString('utf8', from, to));
      else if (trailerNames !== null) trailer = readTrailer(trailerNames, bytes.toString('utf8', from, to));
      else if (bytes[from] !== TICK) trailerNames = names(bytes.toString('utf8', from, to));
      else detail(bytes, from, to, columns);
    },
    finish: () => {
      if (columns === null || trailer === null) throw new StatementUnreadable('statement_incomplete', 'the statement ends before its line of totals');
      return trailer;
    },
  };
}

type Columns = Record<Column, number> & { readonly count: number };

const names = (line: string): string[] => line.split(',').map((name) => name.replace(/^`/, '').trim());

function readHeader(line: string): Columns {
  const found = names(line);
  const columns = { count: found.length } as Columns;
  for (const [column, spellings] of Object.entries(COLUMN) as [Column, readonly string[]][]) columns[column] = found.findIndex((name) => spellings.includes(name));
  const missing = REQUIRED.filter((column) => columns[column] < 0).map((column) => COLUMN[column][0]);
  if (missing.length > 0) throw new StatementUnreadable('statement_columns_missing', `no column ${missing.join(', ')}`);
  if (found.length > COLUMNS_MAX) throw new StatementUnreadable('statement_columns_missing', `more than ${COLUMNS_MAX} columns`);
  return columns;
}

function readTrailer(header: readonly string[], line: string): StatementTrailer {
  const values = line.replace(/^`/, '').split(',`');
  const amount = (...spellings: string[]): bigint | null => {
    const at = header.findIndex((name) => spellings.includes(name));
    const minor = at < 0 ? null : minorOf(Buffer.from(values[at] ?? ''), 0, Buffer.byteLength(values[at] ?? ''));
    return minor === null ? null : BigInt(minor);
  };
  const count = values[header.indexOf('总交易单数')];
  return {
    // Counts come as `45` and as `45.0`.
    lines: count === undefined || !/^\d+(\.0+)?$/.test(count) ? null : Number.parseInt(count, 10),
    paymentsMinor: amount('订单总金额') ?? amount('应结订单总金额', '总交易额'), refundsMinor: amount('申请退款总金额') ?? amount('退款总金额', '总退款金额'), feesMinor: amount('手续费总金额'),
  };
}

/** Cuts a line at `` ,` ``; the bytes of the fields are from starts[i] to ends[i]. @returns how many fields there are. */
function cut(bytes: Buffer, from: number, to: number, starts: Int32Array, ends: Int32Array): number {
  let count = 0;
  starts[0] = from + 1; // Behind the first backtick.
  for (let at = from + 1; at < to - 1; at++) {
    if (bytes[at] !== COMMA || bytes[at + 1] !== TICK) continue;
    ends[count++] = at;
    if (count === COLUMNS_MAX) return COLUMNS_MAX + 1;
    starts[count] = at + 2;
    at++;
  }
  ends[count] = to;
  return count + 1;
}

/** Old editions write `0` where there is no refund. */
const isZero = (bytes: Buffer, from: number, to: number): boolean => to - from === 1 && bytes[from] === 0x30;
const malformed = (lineNo: number, why: string): StatementUnreadable => new StatementUnreadable('statement_line_malformed', `detail line ${lineNo}: ${why}`);
