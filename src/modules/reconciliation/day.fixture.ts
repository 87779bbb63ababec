/** Statements as WeChat Pay writes them, and payments as the payments module leaves them behind, for the tests of matching. */
import type { Instant, MemberId } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { sqlTimestamp, type OperatorDatabase } from '../../platform/database/index.ts';
import { tradeNumber } from '../payments/index.ts';

const HEADER = '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const TOTALS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';

export type Paid = { readonly orderId: string; readonly number: string; readonly minor: bigint; readonly at: Instant };
export type Line = { readonly number: string; readonly minor: bigint; readonly feeMinor: bigint; readonly state?: string; readonly goods?: string;
  /** The state of a refund, whose number is `number`. */
  readonly refund?: 'PROCESSING' | 'SUCCESS' | 'FAIL';
  /** The channel's number of the payment that a refund is of. */
  readonly of?: string;
};

const yuan = (minor: bigint): string => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;
export const feeAt06 = (minor: bigint): bigint => (minor * 6_000n + 500_000n) / 1_000_000n;
export const lineOf = ({ number, minor }: Paid): Line => ({ number, minor, feeMinor: feeAt06(minor) });

export function statement(lines: readonly Line[], claimed = lines): Buffer {
  const rows = lines.map((line, index) => line.refund !== undefined ? refundRow(line, line.refund, index) : `\`2026-11-20 10:00:${String(index % 60).padStart(2, '0')},\`wxapp,\`1900000001,\`0,\`,\`4200${index},\`${line.number},\`o***,\`NATIVE,\`${line.state ?? 'SUCCESS'},\`OTHERS,\`CNY,\`${yuan(line.minor)},\`0.00,\`0,\`0,\`0.00,\`0.00,\`,\`,\`${line.goods ?? '充电, 预存'},\`,\`${yuan(line.feeMinor)},\`0.60%,\`${yuan(line.minor)},\`0.00,\``);
  const sum = (of: (line: Line) => bigint): string => yuan(claimed.reduce((total, line) => total + of(line), 0n));
  const paid = sum((l) => (l.refund === undefined ? l.minor : 0n)), refunded = sum((l) => (l.refund === undefined ? 0n : l.minor));
  return Buffer.from(`\ufeff${HEADER}\r\n${rows.map((row) => `${row}\r\n`).join('')}${TOTALS}\r\n\`${claimed.length}.0,\`${paid},\`${refunded},\`0.00,\`${sum((l) => l.feeMinor)},\`${paid},\`${refunded}\r\n`);
}
const refundRow = (line: Line, state: string, index: number): string =>
  `\`2026-11-20 11:00:${String(index % 60).padStart(2, '0')},\`wxapp,\`1900000001,\`0,\`,\`${line.of ?? `4200${index}`},\`ORDER,\`o***,\`NATIVE,\`REFUND,\`OTHERS,\`CNY,\`0.00,\`0.00,\`5030${index},\`${line.number},\`${yuan(line.minor)},\`0.00,\`ORIGINAL,\`${state},\`x,\`,\`0.00,\`0.60%,\`0.00,\`${yuan(line.minor)},\``;
const FUND_HEADER = '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号', FUND_TOTALS = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额';
export type Flow = { readonly number: string; readonly flow: string; readonly name: string; readonly minor: bigint };

/** A fund flow of WeChat Pay, each line with the balance after it. */
export function fundFlow(flows: readonly Flow[], openingMinor = 1_000_000n): Buffer {
  let balance = openingMinor;
  const rows = flows.map(({ number, flow, name, minor }) => {
    balance += minor;
    return `\`2026-11-20 12:00:00,\`4200,\`${flow},\`${name},\`${name},\`${minor > 0n ? '收入' : '支出'},\`${yuan(minor < 0n ? -minor : minor)},\`${yuan(balance)},\`system,\`,\`${number}\r\n`;
  });
  const sum = (of: readonly Flow[]): string => yuan(of.reduce((total, { minor }) => total + (minor < 0n ? -minor : minor), 0n)), [income, spent] = [flows.filter(({ minor }) => minor > 0n), flows.filter(({ minor }) => minor < 0n)];
  return Buffer.from(`\ufeff${FUND_HEADER}\r\n${rows.join('')}${FUND_TOTALS}\r\n\`${flows.length}.0,\`${income.length}.0,\`${sum(income)},\`${spent.length}.0,\`${sum(spent)}\r\n`);
}
export async function* inSmallPieces(text: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < text.length; at += 777) { yield text.subarray(at, at + 777); await Promise.resolve(); }
}

/** @param merchantId of an account with settings; without, it has none. */
export async function newAccount(odb: OperatorDatabase, merchantId: string | null = null): Promise<string> {
  const merchantAccountId = newUuid();
  await odb.transaction((tx) => tx.execute(
    `insert into payments.merchant_account (operator_id, merchant_account_id, channel, environment, name, notify_key, recorded_at) values ($1, $2, 'wechatpay', 'L', $3, substr(md5($3), 1, 26), now())`,
    [odb.operatorId, merchantAccountId, `account ${merchantAccountId}`]));
  if (merchantId !== null) {
    await odb.transaction((tx) => tx.execute(
      `insert into payments.merchant_account_version (operator_id, merchant_account_id, version, settings, enabled, changed_by, recorded_at) values ($1, $2, 1, jsonb_build_object('kind', 'wechatpay', 'merchantId', $3::text), true, 'test', now())`,
      [odb.operatorId, merchantAccountId, merchantId]));
  }
  return merchantAccountId;
}

/** A paid order as the payments module leaves it behind. */
export async function pay(odb: OperatorDatabase, merchantAccountId: string, minor: bigint, at: Instant, memberId: MemberId | null = null, orderId = newUuid()): Promise<Paid> {
  const number = tradeNumber({ environment: 'L', orderId, attempt: 1 });
  await odb.transaction(async (tx) => {
    await tx.execute(
      `insert into payments.payment_order (operator_id, order_id, command_id, environment, purpose, subject_id, currency, amount_minor, description, late_payment, created_by, created_at, expires_at,
         state, state_at, paid_attempt, paid_at, credited_at, payer_token, member_id)
       values ($1, $2::uuid, $2, 'L', 'wallet_top_up', $2, 'CNY', $3, 'top-up', 'complete', 'test', $4::timestamptz - interval '1 minute', $4::timestamptz + interval '1 hour', 'paid', $4, 1, $4, $4, substr(md5($2::uuid::text), 1, 26), $5)`,
      [odb.operatorId, orderId, minor, sqlTimestamp(at), memberId]);
    await tx.execute(
      `insert into payments.payment_attempt (operator_id, order_id, attempt, merchant_account_id, channel, method, out_trade_no, amount_minor, state, state_at, created_at, code_lapses_at, channel_trade_no,
         paid_minor, paid_at, disposition, transfer_id)
       values ($1, $2, 1, $3, 'wechatpay', 'native_qr', $4, $5, 'paid', $6, $6, $6, $4, $5, $6, 'applied', $2)`,
      [odb.operatorId, orderId, merchantAccountId, number, minor, sqlTimestamp(at)]);
  });
  return { orderId, number, minor, at };
}
