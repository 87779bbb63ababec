/**
 * Alipay's detail bill: GBK, comment lines with `#` around a header and its rows, values padded with tabs, refunds negative, a commission that is negative when it is kept. Columns are found
 * by name. A goods name may hold commas and is not quoted: columns before it are counted from the left, those behind it from the right.
 * Source: Alipay open platform, alipay.data.dataservice.bill.downloadurl.query, bill_type trade.
 */
import { StatementUnreadable, type LineKind, type StatementTrailer } from '../domain/line.ts';
import { minorOf } from './amount.ts';
import type { LineReader, RawLine } from './raw-line.ts';

const HASH = 0x23;
const COLUMN = { channelNumber: '支付宝交易号', number: '商户订单号', type: '业务类型', goods: '商品名称', at: '完成时间', amount: '订单金额（元）', refundNumber: '退款批次号/请求号', fee: '服务费（元）' } as const;
type Column = keyof typeof COLUMN;
type Columns = Readonly<Record<Column, number>> & { readonly count: number };

export function alipayTradeReader(onLine: (line: RawLine) => void): LineReader {
  const gbk = new TextDecoder('gbk');
  let columns: Columns | null = null, lineNo = 0;
  const claimed: Partial<Record<LineKind, { readonly count: number; readonly minor: bigint }>> = {};
  return {
    line: (bytes, from, to) => {
      if (to === from) return;
      const text = gbk.decode(bytes.subarray(from, to));
      if (bytes[from] === HASH) readTotal(text, claimed);
      else if (columns === null) columns = readHeader(text);
      else onLine(detail(text, columns, ++lineNo));
    },
    finish: (): StatementTrailer => {
      if (columns === null || claimed.payment === undefined || claimed.refund === undefined) throw new StatementUnreadable('statement_incomplete', 'the statement ends before its totals');
      return { lines: claimed.payment.count + claimed.refund.count, paymentsMinor: claimed.payment.minor, refundsMinor: claimed.refund.minor, feesMinor: null };
    },
  };
}

function readHeader(text: string): Columns {
  const names = text.split(',').map((name) => name.trim());
  const found = Object.fromEntries(Object.entries(COLUMN).map(([column, name]) => [column, names.indexOf(name)])) as Record<Column, number>;
  const missing = Object.entries(COLUMN).filter(([column]) => found[column as Column] < 0).map(([, name]) => name);
  if (missing.length > 0) throw new StatementUnreadable('statement_columns_missing', `no column ${missing.join(', ')}`);
  return { ...found, count: names.length };
}

function detail(text: string, columns: Columns, lineNo: number): RawLine {
  const fields = text.split(',');
  if (fields.length < columns.count) throw new StatementUnreadable('statement_line_malformed', `detail line ${lineNo}: ${fields.length} fields where the header has ${columns.count}`);
  const value = (column: Column): string => fields[columns[column] <= columns.goods ? columns[column] : fields.length - (columns.count - columns[column])]!.trim();
  const kind: LineKind = value('type').includes('退款') ? 'refund' : 'payment';
  const amount = amountOf(value('amount'), lineNo), fee = amountOf(value('fee'), lineNo);
  const [number, channel, at] = [kind === 'refund' ? value('refundNumber') : value('number'), value('channelNumber'), value('at')].map((part) => Buffer.from(part)) as [Buffer, Buffer, Buffer];
  const bytes = Buffer.concat([number, channel, at]);
  return {
    bytes, kind, numberFrom: 0, numberTo: number.length, channelFrom: number.length, channelTo: number.length + channel.length, atFrom: number.length + channel.length, atTo: bytes.length,
    amountMinor: Math.abs(amount), feeMinor: fee === 0 ? 0 : -fee, state: 'succeeded', lineNo, // A refund stands on it once its money has moved.
  };
}

function amountOf(text: string, lineNo: number): number {
  const bytes = Buffer.from(text), minor = minorOf(bytes, 0, bytes.length);
  if (minor === null) throw new StatementUnreadable('statement_line_malformed', `detail line ${lineNo}: ${text} is no amount`);
  return minor;
}

/** `#交易合计：3笔，商家实收共12.00元，…` and the same for 退款, whose amount is negative. */
function readTotal(text: string, claimed: Partial<Record<LineKind, { readonly count: number; readonly minor: bigint }>>): void {
  const match = /^#(交易|退款)合计[：:](\d+)笔，商家实收(?:退款)?共(-?[\d.]+)元/.exec(text);
  if (match === null) return;
  const minor = BigInt(Math.abs(amountOf(match[3]!, 0)));
  claimed[match[1] === '交易' ? 'payment' : 'refund'] = { count: Number.parseInt(match[2]!, 10), minor };
}
