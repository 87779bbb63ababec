import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, type OperatorId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { accountId, lookupAccounts, type AccountKind } from '../../ledger/index.ts';
import { adjustWallet } from '../../wallets/index.ts';
import { applyForRefund, refundAccounts } from '../refunds/apply-for-refund.ts';
import { openWorld, type World } from '../world.fixture.ts';
import { decideChargeback, recordChargeback, writeOffChargeback, type NewChargeback } from './record-chargeback.ts';

const test = await openTestDatabase({ poolSizeMax: 16 });

async function topUp(world: World, amountMinor = 10_000n): Promise<string> {
  const { orderId } = await world.open({ amountMinor });
  const { outTradeNo } = await world.offered(orderId);
  world.wechatpay.pay(outTradeNo);
  await world.apply([world.notified(world.wechatpay, outTradeNo)]);
  return orderId;
}
const spend = (world: World, amountMinor: bigint) => world.as((tx) => adjustWallet(tx, { commandId: newUuid(), memberId: world.memberId, kind: 'correction', direction: 'debit', amountMinor, reason: 'spent', actor: 'usr', approval: null }, world));
const record = (world: World, orderId: string, change: Partial<NewChargeback> = {}) => world.as((tx) => recordChargeback(tx, { orderId, attempt: 1, amountMinor: 10_000n, channelReference: 'D1', reason: 'card holder', source: 'person', openedBy: 'usr', ...change }, world));
const book = async (world: World, kind: AccountKind, subject: string | null): Promise<bigint> => {
  const [account] = await world.as((tx) => lookupAccounts(tx, [accountId(kind, 156, subject)], world));
  return account ? account.debitsPosted - account.creditsPosted : 0n;
};

describe('a chargeback', () => {
  it('takes what the wallet has, leaves the rest owed, and is one however often it is seen', async () => {
    const world = await openWorld(test);
    const orderId = await topUp(world);
    await spend(world, 7_000n);
    const [first, again] = [await record(world, orderId), await record(world, orderId, { source: 'fund_flow', openedBy: 'system' })];
    assert.ok(first.ok && again.ok);
    assert.equal(again.value.chargebackId, first.value.chargebackId);
    assert.deepEqual([first.value.fromWalletMinor, first.value.receivableMinor, await world.balance(), await book(world, 'member_receivable', world.memberId)], [3_000n, 7_000n, 0n, 7_000n]);
    assert.equal(await book(world, 'channel_receivable', world.accounts.wechatpay.merchantAccountId), 0n);
    const other = await record(world, orderId, { amountMinor: 1n });
    assert.equal(other.ok ? '' : other.error.code, 'chargeback_reference_reused');
    const more = await record(world, orderId, { amountMinor: 1n, channelReference: 'D2' });
    assert.deepEqual(more.ok ? null : more.error, { code: 'chargeback_exceeds_payment', leftMinor: 0n });
    assert.deepEqual(await world.failures(), []);
  });

  it('that is won is booked the other way round; one that is lost stays, and what is owed can be given up by two persons', async () => {
    const world = await openWorld(test);
    const orderId = await topUp(world);
    await spend(world, 4_000n);
    const first = await record(world, orderId);
    assert.ok(first.ok);
    assert.ok((await world.as((tx) => decideChargeback(tx, { chargebackId: first.value.chargebackId, outcome: 'won', by: 'usr', note: null }, world))).ok);
    assert.deepEqual([await world.balance(), await book(world, 'member_receivable', world.memberId)], [6_000n, 0n]);
    const twice = await world.as((tx) => decideChargeback(tx, { chargebackId: first.value.chargebackId, outcome: 'lost', by: 'usr', note: null }, world));
    assert.equal(twice.ok ? '' : twice.error.code, 'chargeback_decided_already');
    const second = await record(world, orderId, { channelReference: 'D2' });
    assert.ok(second.ok);
    const early = await world.as((tx) => writeOffChargeback(tx, { chargebackId: second.value.chargebackId, approvedBy: 'usr2' }, world));
    assert.equal(early.ok ? '' : early.error.code, 'chargeback_not_lost');
    await world.as((tx) => decideChargeback(tx, { chargebackId: second.value.chargebackId, outcome: 'lost', by: 'usr', note: null }, world));
    assert.ok((await world.as((tx) => writeOffChargeback(tx, { chargebackId: second.value.chargebackId, approvedBy: 'usr2' }, world))).ok);
    assert.deepEqual([await book(world, 'member_receivable', world.memberId), await book(world, 'chargeback_losses', null)], [0n, 4_000n]);
    assert.deepEqual(await world.failures(), []);
  });

  it('and a refund never take more than was paid together, also when both come at once', async () => {
    const world = await openWorld(test);
    const orderId = await topUp(world);
    const accounts = await refundAccounts(world.odb, world.channels, world.memberId);
    const refund = () => world.as((tx) => applyForRefund(tx, accounts, { commandId: newUuid(), memberId: world.memberId, amountMinor: 6_000n, reason: 'moves', appliedBy: 'usr-clerk' }, world.options));
    await Promise.allSettled([refund(), record(world, orderId, { amountMinor: 6_000n })]);
    const [row] = await world.as((tx) => tx.query<{ sum: bigint }>('select (refunding_minor + refunded_minor + charged_back_minor)::bigint as sum from payments.payment_attempt where operator_id = $1', [world.operatorId]));
    assert.equal(row?.sum, 6_000n);
    assert.deepEqual(await world.failures(), []);
  });

  it('over HTTP is signed and in the audit log, and its loss is booked by another person', async () => {
    const api = await openTestApi(test);
    const operator = await api.operator();
    const world = await openWorld(test, { operatorId: operator.operatorId as OperatorId });
    const [clerk, manager] = [await operator.user(), await operator.user()];
    const orderId = await topUp(world);
    await spend(world, 10_000n);
    const body = { orderId: encodeId('pay', orderId), attempt: 1, amount: { amountMinor: '10000', currency: 'CNY' }, channelReference: 'D9', reason: 'card holder' };
    const opened = await clerk.post('/chargebacks', body);
    assert.equal(opened.statusCode, 201, opened.body);
    const path = `/chargebacks/${opened.json().chargebackId}`;
    assert.equal((await clerk.post(`${path}/decision`, { outcome: 'lost', note: null })).json().state, 'lost');
    const asked = (await clerk.post(`${path}/write-off`, { reason: 'cannot be found' })).json();
    assert.equal((await clerk.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' })).json().code, 'approval_by_requester');
    assert.equal((await manager.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' })).json().state, 'approved');
    assert.equal((await clerk.get(path)).json().writtenOff.amountMinor, '10000');
    assert.equal((await clerk.get('/chargebacks?state=lost')).json().items.length, 1);
    const acts = (await clerk.get('/audit-entries?act=payments')).json().items.map(({ act }: { act: string }) => act);
    for (const act of ['payments.record_chargeback', 'payments.decide_chargeback', 'payments.write_off_chargeback']) assert.ok(acts.includes(act), act);
    assert.deepEqual(await world.failures(), []);
  });
});
