/** An operator with a member, two channels and a clock, for the tests of orders. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { TestDatabase } from '../../../test/support/database.ts';
import { instant, type MemberId, type OperatorId } from '../../kernel/index.ts';
import { manualClock, newUuid } from '../../platform/clock/index.ts';
import type { OperatorDatabase, Tx } from '../../platform/database/index.ts';
import { auditLedger } from '../ledger/index.ts';
import { createMember, createOperator } from '../parties/index.ts';
import { auditCoupons, auditWallets, walletBalances } from '../wallets/index.ts';
import { auditPromotions } from './cashback/audit-promotions.ts';
import { auditChargebacks } from './chargebacks/audit-chargebacks.ts';
import { applyPaymentViews } from './commands/apply-payment-views.ts';
import { closeOrder } from './commands/close-order.ts';
import { offerOrder } from './commands/offer-order.ts';
import { openOrder, type OpenOrder } from './commands/open-order.ts';
import { walletTopUp } from './commands/wallet-top-up.ts';
import { auditPayments } from './queries/audit.ts';
import { loadAttempts } from './store/attempts.ts';
import { loadOrder } from './store/orders.ts';
import { insertTestAccount, namedBy, scriptedAccounts, scriptedChannel, type ScriptedChannel, type TestAccount } from './testing.ts';
import type { AppliedView, CloseReason, Observation, OrderPurposes, PaymentAttempt, PaymentOrder, ViewItem } from './types.ts';

export const PURPOSES: OrderPurposes = new Map([['wallet_top_up', walletTopUp]]);
export type World = Awaited<ReturnType<typeof openWorld>>;

/** @param given an operator that is there already; else one is made. */
export async function openWorld(test: TestDatabase, given: { readonly operatorId?: OperatorId } = {}) {
  const clock = manualClock(instant(Date.UTC(2026, 2, 2, 8)));
  const operatorId = given.operatorId ?? await newOperator(test);
  const odb: OperatorDatabase = test.database.forOperator(operatorId);
  const as = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => odb.transaction(work);
  const memberId: MemberId = await as((tx) => createMember(tx, { displayName: 'Lin' }));
  const wechatpay = scriptedChannel({ kind: 'wechatpay', clock }), alipay = scriptedChannel({ kind: 'alipay', clock });
  const accounts = { wechatpay: await as((tx) => insertTestAccount(tx, { channel: wechatpay, clock })), alipay: await as((tx) => insertTestAccount(tx, { channel: alipay, clock })) };
  const channels = scriptedAccounts(Object.values(accounts));
  const options = { clock, purposes: PURPOSES };

  const open = async (parts: Partial<OpenOrder> = {}): Promise<PaymentOrder> => {
    const order = await as((tx) => openOrder(tx, {
      commandId: newUuid(), environment: 'T', purpose: 'wallet_top_up', subjectId: memberId, memberId, amountMinor: 5_000n, description: 'Wallet top-up', createdBy: 'usr', ...parts,
    }, options));
    assert.ok(order.ok);
    return order.value;
  };
  const offer = (orderId: string, account: TestAccount = accounts.wechatpay) =>
    offerOrder(odb, channels, { orderId, merchantAccountId: account.merchantAccountId, method: 'native_qr', payer: null, payerIp: null, actor: 'usr' }, options);
  const offered = async (orderId: string, account?: TestAccount): Promise<PaymentAttempt> => {
    const result = await offer(orderId, account);
    assert.ok(result.ok, result.ok ? '' : result.error.code);
    return result.value.attempt;
  };
  const apply = (items: readonly ViewItem[]): Promise<AppliedView[]> => as((tx) => applyPaymentViews(tx, items, options));
  /** What a notification would bring: the channel's own view, or another one. */
  const notified = (channel: ScriptedChannel, outTradeNo: string, view: Observation = channel.viewOf(outTradeNo)): ViewItem =>
    ({ ...namedBy(outTradeNo), view, source: { kind: 'notification', actor: 'channel' } });
  return {
    database: test.database, clock, operatorId, odb, as, memberId, wechatpay, alipay, accounts, channels, options, open, offer, offered, apply, notified,
    close: async (orderId: string, reason: CloseReason = 'by_clerk') => {
      const closed = await closeOrder(odb, channels, { orderId, reason, actor: 'usr' }, options);
      return closed.ok ? closed.value : closed.error.code;
    },
    order: (orderId: string) => as((tx) => loadOrder(tx, orderId)).then((order) => order!),
    attempts: (orderId: string) => as((tx) => loadAttempts(tx, [orderId])).then((attempts) => attempts.get(orderId) ?? []),
    balance: async (): Promise<bigint> => (await as((tx) => walletBalances(tx, [memberId], { clock }))).get(memberId)?.balanceMinor ?? 0n,
    surplus: () => as((tx) => tx.query<{ attempt: number; amountMinor: bigint; reason: string; automatic: boolean; state: string }>(
      'select attempt, amount_minor as "amountMinor", reason, automatic, state from payments.surplus where operator_id = $1 order by found_at, order_id, attempt', [operatorId])),
    timeline: (orderId: string) => as((tx) => tx.query<{ kind: string; actor: string; detail: Readonly<Record<string, unknown>> }>('select kind, actor, detail from payments.payment_event where operator_id = $1 and order_id = $2 order by sequence', [operatorId, orderId])),
    /** The books of this operator: everything that is wrong with them. */
    failures: () => as(async (tx) => [...(await auditPayments(tx, { clock })), ...(await auditPromotions(tx, { clock })), ...(await auditChargebacks(tx, { clock })), ...(await auditCoupons(tx)), ...(await auditWallets(tx)), ...(await auditLedger(tx, { operatorId }))].flatMap((check) => check.failures.map((failure) => ({ check: check.code, ...failure })))),
  };
}

async function newOperator(test: TestDatabase): Promise<OperatorId> {
  const created = await createOperator(test.database, { code: `p-${randomBytes(6).toString('hex')}`, name: 'P', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert.ok(created.ok);
  return created.value;
}
