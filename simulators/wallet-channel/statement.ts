/**
 * A day's trade bill of any length with planted differences, and the other side of it: what the merchant ought to have. Nothing is kept in memory, every row
 * follows from the seed and its number, so that a million lines stream in seconds and two runs are the same to the byte.
 *
 *   node simulators/wallet-channel/statement.ts --lines 1000000 --seed 1 --differences 0.001 --out FOLDER
 *
 * writes statement.csv (WeChat Pay, 27 columns), orders.csv (the merchant's side) and manifest.jsonl (every difference), and prints counts and the SHA-1.
 */
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { hashText } from '../charge-point/random.ts';
import { chinaMidnight, chinaTime } from './clock.ts';
import { FEE_PER_MYRIAD, feeOf, yuan } from './money.ts';

export const DIFFERENCES = ['missing_here', 'missing_there', 'amount', 'state', 'fee', 'duplicate'] as const;
export type DifferenceKind = (typeof DIFFERENCES)[number];
export type StatementOptions = {
  readonly seed: number;
  /** Movements of the day on both sides together; a line of the bill each, but for those that are missing or twice there. */
  readonly lines: number;
  /** The share of them that differs, 0 to 1; the kinds take turns. */
  readonly differences: number;
  /** The share of refunds. */
  readonly refunds?: number;
  readonly date?: string; readonly merchantId?: string; readonly appId?: string;
  /** First letter of the order numbers. */
  readonly environment?: string;
};

/** One movement. On the merchant's side it is one payment or refund. */
export type Movement = {
  readonly index: number; readonly kind: 'payment' | 'refund'; readonly at: number; readonly outTradeNo: string; readonly tradeNo: string; readonly outRefundNo: string; readonly refundNo: string;
  readonly amountFen: number; readonly feeFen: number;
};
/** `here` is what the merchant has, `there` what the bill says; null where it is missing. */
export type Difference = { readonly kind: DifferenceKind; readonly outTradeNo: string; readonly outRefundNo: string; readonly here: string | null; readonly there: string | null };

const HEADER = '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const TOTALS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';
const CHUNK_CHARACTERS = 1 << 16;

type Plan = { readonly options: Required<StatementOptions>; readonly midnight: number; readonly differing: number; readonly stride: number; readonly offset: number };

function planOf(given: StatementOptions): Plan {
  const options = { refunds: 0.02, date: '2026-03-01', merchantId: '1900000109', appId: 'wx8888888888888888', environment: 'T', ...given };
  const midnight = chinaMidnight(options.date);
  if (midnight === null) throw new Error(`no such date: ${options.date}`);
  if (!Number.isSafeInteger(options.lines) || options.lines < 0 || options.lines > 100_000_000) throw new Error(`no such number of lines: ${options.lines}`);
  // Multiplying by a number without a common divisor visits every row once, in an order that has no pattern to the eye.
  let stride = (hashText(`stride/${options.seed}`) % Math.max(1, options.lines)) | 1;
  while (gcd(stride, options.lines) > 1) stride += 2;
  return { options, midnight, differing: Math.round(options.lines * options.differences), stride, offset: hashText(`offset/${options.seed}`) % Math.max(1, options.lines) };
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Which difference the row has; null for the many that have none. */
function differenceAt(plan: Plan, index: number): DifferenceKind | null {
  const place = Number((BigInt(index) * BigInt(plan.stride) + BigInt(plan.offset)) % BigInt(plan.options.lines));
  return place < plan.differing ? DIFFERENCES[place % DIFFERENCES.length]! : null;
}

function movementAt(plan: Plan, index: number): Movement {
  const { options, midnight } = plan;
  const random = mixed(options.seed, index);
  const at = midnight + Math.floor((index / Math.max(1, options.lines)) * 86_399_000);
  const refund = (random >>> 8) % 10_000 < options.refunds * 10_000;
  const amountFen = 100 * (1 + (random % 300)) + ((random >>> 16) % 4 === 0 ? (random >>> 18) % 100 : 0);
  const serial = String(index).padStart(10, '0');
  const day = options.date.replaceAll('-', '');
  return {
    index, kind: refund ? 'refund' : 'payment', at, outTradeNo: `${options.environment}${orderText(at, options.seed, index)}01`, tradeNo: `4200002${String(options.seed % 1_000).padStart(3, '0')}${day}${serial}`,
    outRefundNo: refund ? `${options.environment}R${orderText(at, options.seed + 1, index)}` : '', refundNo: refund ? `5030000${String(options.seed % 1_000).padStart(3, '0')}${day}0${serial}` : '',
    amountFen, feeFen: (refund ? -1 : 1) * feeOf(amountFen, FEE_PER_MYRIAD),
  };
}

/** 32 bits from seed and row (a finalizer of MurmurHash3). */
function mixed(seed: number, index: number): number {
  let value = (Math.imul(seed, 0x9e3779b1) ^ index) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** 26 characters of base 32 that begin with the time, as order ids do. */
function orderText(at: number, seed: number, index: number): string {
  let text = '';
  for (let i = 0, left = at; i < 10; i++, left = Math.floor(left / 32)) text = BASE32[left % 32]! + text;
  for (let part = 0; part < 2; part++) for (let i = 0, left = mixed(seed * 31 + part, index); i < 6; i++, left >>>= 5) text += BASE32[left & 31]!;
  for (let i = 0, left = index; i < 4; i++, left >>>= 5) text += BASE32[left & 31]!;
  return text;
}

/** The merchant's side: what it has of the day. A row that is only in the bill is not here. */
export function* movementsHere(options: StatementOptions): Generator<Movement> {
  const plan = planOf(options);
  for (let index = 0; index < plan.options.lines; index++) if (differenceAt(plan, index) !== 'missing_here') yield movementAt(plan, index);
}

/** Every planted difference, in the order of the bill. */
export function* differencesOf(options: StatementOptions): Generator<Difference> {
  const plan = planOf(options);
  for (let index = 0; index < plan.options.lines; index++) {
    const kind = differenceAt(plan, index);
    if (kind === null) continue;
    const movement = movementAt(plan, index);
    const [here, there] = sides(kind, movement);
    yield { kind, outTradeNo: movement.outTradeNo, outRefundNo: movement.outRefundNo, here, there };
  }
}

const stateOf = (movement: Movement): string => (movement.kind === 'payment' ? 'SUCCESS' : 'REFUND');

function sides(kind: DifferenceKind, movement: Movement): [string | null, string | null] {
  switch (kind) {
    case 'missing_here': return [null, yuan(movement.amountFen)];
    case 'missing_there': return [yuan(movement.amountFen), null];
    case 'amount': return [yuan(movement.amountFen), yuan(movement.amountFen + 1)];
    case 'state': return [stateOf(movement), 'REVOKED'];
    case 'fee': return [yuan(movement.feeFen), yuan(movement.feeFen + 1)];
    case 'duplicate': return ['1', '2'];
  }
}

/** The bill as pieces of text: byte order mark, header, rows, totals. Totals are those of the rows that are there. */
export function* statementPieces(options: StatementOptions): Generator<string> {
  const plan = planOf(options);
  let [piece, rows, settledFen, refundedFen, feesFen] = [`\uFEFF${HEADER}\r\n`, 0, 0, 0, 0];
  for (let index = 0; index < plan.options.lines; index++) {
    const kind = differenceAt(plan, index);
    if (kind === 'missing_there') continue;
    const true_ = movementAt(plan, index);
    const movement = kind === 'amount' ? { ...true_, amountFen: true_.amountFen + 1 } : kind === 'fee' ? { ...true_, feeFen: true_.feeFen + 1 } : true_;
    const copies = kind === 'duplicate' ? 2 : 1;
    piece += rowText(plan, movement, kind === 'state' ? 'REVOKED' : stateOf(movement)).repeat(copies);
    rows += copies;
    feesFen += copies * movement.feeFen;
    if (movement.kind === 'payment') settledFen += copies * movement.amountFen;
    else refundedFen += copies * movement.amountFen;
    if (piece.length < CHUNK_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}${TOTALS}\r\n\`${rows}.0,\`${yuan(settledFen)},\`${yuan(refundedFen)},\`0.00,\`${yuan(feesFen)}000,\`${yuan(settledFen)},\`${yuan(refundedFen)}\r\n`;
}

function rowText(plan: Plan, movement: Movement, state: string): string {
  const { options } = plan;
  const payment = movement.kind === 'payment';
  const amount = yuan(movement.amountFen);
  const refund = payment ? '0,`0,`0.00,`0.00,`,`' : `${movement.refundNo},\`${movement.outRefundNo},\`${amount},\`0.00,\`ORIGINAL,\`SUCCESS`;
  // Every seventh goods name holds a comma.
  const goods = movement.index % 7 === 0 ? '充电充值,线上' : '充电充值';
  return `\`${chinaTime(movement.at)},\`${options.appId},\`${options.merchantId},\`0,\`,\`${movement.tradeNo},\`${movement.outTradeNo},\`oUpF8uN95-Ptaags6E_roPHg7AG0,\`NATIVE,\`${state},\`OTHERS,\`CNY,\`${payment ? amount : '0.00'},\`0.00,\`${refund},\`${goods},\`,\`${yuan(movement.feeFen)}000,\`0.60%,\`${payment ? amount : '0.00'},\`${payment ? '0.00' : amount},\`\r\n`;
}

/** One line of orders.csv: `kind,out_trade_no,out_refund_no,trade_no,amount_fen,fee_fen,state,at`. */
export const hereText = (movement: Movement): string => `${movement.kind},${movement.outTradeNo},${movement.outRefundNo},${movement.tradeNo},${movement.amountFen},${movement.feeFen},${stateOf(movement)},${new Date(movement.at).toISOString()}\n`;

/** Writes the three files; the SHA-1 is that of the bill's text, as the channel tells it. */
export async function writeStatement(options: StatementOptions, folder: string): Promise<{ statement: string; orders: string; manifest: string; sha1: string; differences: Record<string, number> }> {
  mkdirSync(folder, { recursive: true });
  const files = { statement: join(folder, 'statement.csv'), orders: join(folder, 'orders.csv'), manifest: join(folder, 'manifest.jsonl') };
  const hash = createHash('sha1');
  await write(files.statement, statementPieces(options), (piece) => hash.update(piece));
  await write(files.orders, lines('kind,out_trade_no,out_refund_no,trade_no,amount_fen,fee_fen,state,at\n', movementsHere(options), hereText));
  const differences: Record<string, number> = {};
  await write(files.manifest, lines('', differencesOf(options), (difference) => {
    differences[difference.kind] = (differences[difference.kind] ?? 0) + 1;
    return `${JSON.stringify(difference)}\n`;
  }));
  return { ...files, sha1: hash.digest('hex'), differences };
}

function* lines<T>(head: string, items: Iterable<T>, text: (item: T) => string): Generator<string> {
  let piece = head;
  for (const item of items) {
    piece += text(item);
    if (piece.length < CHUNK_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

async function write(file: string, pieces: Iterable<string>, seen: (piece: string) => void = () => undefined): Promise<void> {
  const out = createWriteStream(file);
  for (const piece of pieces) {
    seen(piece);
    if (!out.write(piece)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { lines: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' }, differences: { type: 'string', default: '0.001' }, date: { type: 'string', default: '2026-03-01' }, out: { type: 'string', default: '.' } } });
  const written = await writeStatement({ seed: Number(values.seed), lines: Number(values.lines), differences: Number(values.differences), date: values.date }, values.out);
  process.stdout.write(`${JSON.stringify(written, null, 2)}\n`);
}
