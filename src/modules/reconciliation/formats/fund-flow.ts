/** Fund flows of both channels: every movement of the merchant's balance with the balance after it, so that each line proves the one before. */
import { StatementUnreadable } from '../domain/line.ts';
import { minorOf } from './amount.ts';

export const FUND_KINDS = ['paid', 'refunded', 'fee', 'paid_out', 'chargeback', 'other'] as const;
export type FundKind = (typeof FUND_KINDS)[number];
/** `amountMinor` is what it does to the balance: positive in, negative out. `numbers`: what it may be about, ours or the channel's, as far as the line tells. */
export type FundLine = { readonly lineNo: number; readonly kind: FundKind; readonly flowNumber: string; readonly amountMinor: bigint; readonly balanceMinor: bigint; readonly numbers: readonly string[]; readonly words: string };
export type FundTotals = { readonly lines: number | null; readonly incomeMinor: bigint; readonly spentMinor: bigint };
export type FundReader = { line(bytes: Buffer, from: number, to: number): void; finish(): FundTotals };
export type FundFormat = 'wechatpay_fund_flow' | 'alipay_fund_flow';

export const fundReader = (format: FundFormat, onLine: (line: FundLine) => void): FundReader => (format === 'wechatpay_fund_flow' ? wechatpayFlow(onLine) : alipayFlow(onLine));

/** The order matters: a returned fee names the refund as well, and so does a payment that a payer's bank takes back. */
const KINDS: readonly (readonly [RegExp, FundKind])[] = [[/手续费|收费|退费|服务费/, 'fee'], [/拒付|退单|调单|争议|chargeback|dispute/i, 'chargeback'], [/退款/, 'refunded'], [/提现/, 'paid_out'], [/交易|支付/, 'paid']];
const kindOf = (words: string): FundKind => KINDS.find(([pattern]) => pattern.test(words))?.[1] ?? 'other';

const named = (texts: readonly (string | undefined)[]): string[] => texts.flatMap((text) => { const number = text?.trim() ?? ''; return number === '' ? [] : [number]; });

function amount(text: string | undefined, lineNo: number): bigint {
  const bytes = Buffer.from(text?.trim() ?? ''), minor = minorOf(bytes, 0, bytes.length);
  if (minor === null) throw new StatementUnreadable('statement_line_malformed', `line ${lineNo}: ${text ?? 'nothing'} is no amount`);
  return BigInt(minor);
}
const orZero = (text: string | undefined): string => (text === undefined || text.trim() === '' ? '0' : text);

function columnsOf(names: readonly string[], wanted: readonly string[]): number[] {
  const found = wanted.map((name) => names.indexOf(name));
  const missing = wanted.filter((_, index) => found[index]! < 0);
  if (missing.length > 0) throw new StatementUnreadable('statement_columns_missing', `no column ${missing.join(', ')}`);
  return found;
}

/** WeChat Pay APIv3 "Apply for fund bill": UTF-8, a backtick before every field, a second header and a line of totals. */
function wechatpayFlow(onLine: (line: FundLine) => void): FundReader {
  let columns: number[] | null = null, about: readonly number[] = [], totals: FundTotals | null = null, atTotals = false, lineNo = 0;
  const fieldsOf = (text: string): string[] => text.slice(1).split(',`');
  return {
    line: (bytes, from, to) => {
      if (to === from) return;
      const text = bytes.toString('utf8', from, to);
      if (columns === null) {
        const names = text.split(',');
        columns = columnsOf(names, ['资金流水单号', '业务名称', '业务类型', '收支类型', '收支金额(元)', '账户结余(元)']);
        about = ['业务凭证号', '微信支付业务单号'].map((name) => names.indexOf(name));
      }
      else if (!text.startsWith('`')) atTotals = true;
      else if (atTotals) { const fields = fieldsOf(text); totals = { lines: Number.parseInt(fields[0]!, 10), incomeMinor: amount(fields[2], 0), spentMinor: amount(fields[4], 0) }; }
      else {
        const fields = fieldsOf(text), [flow, name, type, direction, value, balance] = columns.map((column) => fields[column] ?? '');
        const size = amount(value, ++lineNo);
        onLine({ lineNo, kind: kindOf(`${name!} ${type!}`), flowNumber: flow!, amountMinor: direction === '收入' ? size : -size, balanceMinor: amount(balance, lineNo), numbers: named(about.map((column) => fields[column])), words: `${name!} ${type!}`.trim() });
      }
    },
    finish: () => {
      if (totals === null) throw new StatementUnreadable('statement_incomplete', 'the fund flow ends before its line of totals');
      return totals;
    },
  };
}

/** Alipay, bill_type signcustomer: GBK, comment lines around a header and its rows. */
function alipayFlow(onLine: (line: FundLine) => void): FundReader {
  const gbk = new TextDecoder('gbk');
  let columns: number[] | null = null, about: readonly number[] = [], goods = 0, count = 0, lineNo = 0, income: bigint | null = null, spent: bigint | null = null;
  return {
    line: (bytes, from, to) => {
      if (to === from) return;
      const text = gbk.decode(bytes.subarray(from, to));
      if (text.startsWith('#')) {
        const [, incomes] = /收入[^\d-]*\d+笔[，,]\s*共\s*(-?[\d.]+)元/.exec(text) ?? [], [, spendings] = /支出[^\d-]*\d+笔[，,]\s*共\s*(-?[\d.]+)元/.exec(text) ?? [];
        if (incomes !== undefined) income = amount(incomes, 0);
        if (spendings !== undefined) spent = amount(spendings.replace('-', ''), 0);
        return;
      }
      if (columns === null) {
        const names = text.split(',').map((name) => name.trim());
        columns = columnsOf(names, ['账务流水号', '收入金额（+元）', '支出金额（-元）', '账户余额（元）', '业务类型']);
        about = ['商户订单号', '业务流水号'].map((name) => names.indexOf(name));
        goods = names.indexOf('商品名称');
        count = names.length;
        return;
      }
      const fields = text.split(',');
      const at = (column: number): string => (column < 0 ? '' : fields[goods < 0 || column <= goods ? column : fields.length - (count - column)]?.trim() ?? '');
      const [flow, incoming, outgoing, balance, type] = columns.map(at);
      const out = amount(orZero(outgoing), ++lineNo);
      onLine({ lineNo, kind: kindOf(type!), flowNumber: flow!, amountMinor: amount(orZero(incoming), lineNo) - (out < 0n ? -out : out), balanceMinor: amount(balance, lineNo), numbers: named(about.map(at)), words: type! });
    },
    finish: () => {
      if (columns === null || income === null || spent === null) throw new StatementUnreadable('statement_incomplete', 'the fund flow ends before its totals');
      return { lines: null, incomeMinor: income, spentMinor: spent };
    },
  };
}
