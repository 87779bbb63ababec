import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, instant } from '../../../kernel/index.ts';
import { manualClock, newUuid } from '../../../platform/clock/index.ts';
import { constraintOf } from '../../../platform/database/index.ts';
import { auditLedger } from '../../ledger/index.ts';
import { createMember } from '../../parties/index.ts';
import { auditWallets, walletBalances } from '../index.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.UTC(2026, 2, 2, 8)));
const api = await openTestApi(test, { clock });

async function desk() {
  const operator = await api.operator();
  const [clerk, manager] = [await operator.user(), await operator.user()];
  const memberId = await operator.transaction((tx) => createMember(tx, { displayName: 'Lin' }));
  const member = encodeId('mem', memberId);
  const adjust = (kind: string, direction: 'credit' | 'debit', amountMinor: string, headers?: Record<string, string>) =>
    clerk.post(`/members/${member}/adjustments`, { kind, direction, amount: { amountMinor, currency: 'CNY' }, reason: 'as told by the member' }, headers);
  const balance = async (): Promise<bigint> => (await operator.transaction((tx) => walletBalances(tx, [memberId], { clock }))).get(memberId)?.balanceMinor ?? 0n;
  const failures = () => operator.transaction(async (tx) => [...(await auditWallets(tx)), ...(await auditLedger(tx, { operatorId: operator.operatorId }))].flatMap((check) => check.failures));
  return { ...operator, clerk, manager, memberId, member, adjust, balance, failures };
}

describe('C-16 money by hand', () => {
  it('C-16 has a type, a reason and a signature; each type moves the books its own way and stands in the statement by its name', async () => {
    const { clerk, member, adjust, balance, failures } = await desk();
    for (const [kind, direction, amount] of [['top_up', 'credit', '20000'], ['compensation', 'credit', '300'], ['correction', 'debit', '200'], ['refund', 'debit', '5000']] as const) {
      const answer = await adjust(kind, direction, amount);
      assert.deepEqual([answer.statusCode, answer.json().state], [201, 'booked'], answer.body);
    }
    assert.equal(await balance(), 15_100n);
    const { items } = (await clerk.get(`/members/${member}/statement`)).json() as { items: { kind: string; amount: { amountMinor: string }; note: string }[] };
    assert.deepEqual(items.map(({ kind, amount }) => [kind, amount.amountMinor]), [['refund_by_hand', '-5000'], ['correction', '-200'], ['compensation', '300'], ['top_up_by_hand', '20000']]);
    assert.ok(items.every(({ note }) => note === 'as told by the member'));
    assert.deepEqual(await failures(), []);
  });

  it('C-16 cannot be a refund that is booked as a top-up: a type goes one way', async () => {
    const { adjust } = await desk();
    assert.equal((await adjust('refund', 'credit', '100')).json().code, 'adjustment_direction_invalid');
    assert.equal((await adjust('top_up', 'debit', '100')).json().code, 'adjustment_direction_invalid');
    assert.equal((await adjust('refund', 'debit', '100')).json().code, 'wallet_balance_too_low');
    assert.equal((await adjust('compensation', 'credit', '0')).json().code, 'adjustment_amount_invalid');
  });

  it('C-16 above the threshold is booked only when another person approves it', async () => {
    const { clerk, manager, adjust, balance, failures } = await desk();
    const asked = (await adjust('compensation', 'credit', '50001')).json();
    assert.equal(asked.state, 'awaiting_approval');
    assert.equal(await balance(), 0n);
    assert.equal((await clerk.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' })).json().code, 'approval_by_requester');
    const decided = await manager.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' });
    assert.equal(decided.json().state, 'approved', decided.body);
    assert.equal(await balance(), 50_001n);
    const refused = (await adjust('correction', 'credit', '60000')).json();
    await manager.post(`/approvals/${refused.approvalId}/decision`, { decision: 'refuse', note: 'no' });
    assert.equal(await balance(), 50_001n);
    assert.deepEqual(await failures(), []);
  });

  it('C-16 above the threshold cannot be stored without a second person, whatever program writes it', async () => {
    const { transaction, memberId, adjust } = await desk();
    await adjust('top_up', 'credit', '100');
    const write = (approvedBy: string | null) => transaction((tx) => tx.execute(
      `insert into wallets.adjustment (operator_id, command_id, member_id, kind, direction, currency, amount_minor, reason, actor, approval_id, approved_by, four_eyes_above_minor, transfer_id, recorded_at)
       values ($1, $2, $3, 'correction', 'credit', 'CNY', 100000, 'x', 'lin', $4, $5, 50000, $6, now())`, [tx.operatorIds[0], newUuid(), memberId, approvedBy === null ? null : newUuid(), approvedBy, newUuid()]));
    for (const approvedBy of [null, 'lin']) await assert.rejects(write(approvedBy), (error) => constraintOf(error) === 'adjustment_four_eyes');
  });

  it('C-16 is found in the audit log with who, why, from where, and the balance before and after; the threshold is the operator\'s', async () => {
    const { clerk, adjust } = await desk();
    await clerk.send('PUT', '/adjustment-policy', { fourEyesAboveMinor: '100' });
    assert.equal((await adjust('top_up', 'credit', '101')).json().state, 'awaiting_approval');
    await adjust('top_up', 'credit', '100');
    await adjust('refund', 'debit', '40');
    const found = (await clerk.get('/audit-entries?act=wallets')).json() as { items: { act: string; subject: { id: string }; before: object; after: { balanceMinor: string; kind: string }; reason: string }[] };
    const items = found.items.filter(({ act }) => act.startsWith('wallets.adjust_'));
    assert.equal((await clerk.get('/audit-entries?act=wallets.adjust_refund')).json().items.length, 1, 'searched by its type');
    assert.deepEqual(items.map(({ act, before, after, reason }) => [act, before, after.balanceMinor, reason]), [
      ['wallets.adjust_refund', { balanceMinor: '100' }, '60', 'as told by the member'], ['wallets.adjust_top_up', { balanceMinor: '0' }, '100', 'as told by the member']]);
    assert.equal((await clerk.get('/audit-entries?act=wallets.change_adjustment_policy')).json().items.length, 1);
  });

  it('C-16 is searched by person, act, amount and date, and an act with two people is found by each of them', async () => {
    const { clerk, manager, member, adjust } = await desk();
    await clerk.post(`/members/${member}/top-ups`, { amount: { amountMinor: '24440', currency: 'CNY' }, note: 'cash' });
    const asked = (await adjust('compensation', 'credit', '60006')).json() as { approvalId: string };
    clock.advance(3_600_000);
    const later = new Date(clock.now()).toISOString();
    assert.equal((await manager.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' })).json().state, 'approved');
    type Found = { act: string; actor: { id: string }; ip: string | null; before: { balanceMinor: string } | null; after: { balanceMinor: string; askedBy?: string; approvedBy?: string } | null };
    const found = async (query: string) => ((await clerk.get(`/audit-entries?${query}`)).json() as { items: Found[] }).items;
    const acts = async (query: string) => (await found(`act=wallets&${query}`)).map(({ act }) => act);
    assert.deepEqual(await acts(`actorId=${encodeId('usr', clerk.userId)}`), ['wallets.adjust_compensation', 'wallets.top_up'], 'whoever asked');
    assert.deepEqual(await acts(`actorId=${encodeId('usr', manager.userId)}`), ['wallets.adjust_compensation'], 'whoever approved');
    assert.deepEqual(await acts('amountMinor=24440'), ['wallets.top_up']);
    assert.deepEqual(await acts('amountMinor=60006'), ['wallets.adjust_compensation']);
    assert.deepEqual(await acts('amountMinor=1'), []);
    assert.deepEqual(await acts(`from=${later}`), ['wallets.adjust_compensation']);
    assert.deepEqual(await acts(`to=${later}`), ['wallets.top_up']);
    assert.equal((await clerk.get('/audit-entries?amountMinor=2.5')).statusCode, 400);
    const [both] = await found('amountMinor=60006&act=wallets'), [topUp] = await found('act=wallets.top_up');
    assert.deepEqual([both?.after?.askedBy, both?.after?.approvedBy, both?.actor.id], [clerk.userId, manager.userId, encodeId('usr', manager.userId)]);
    assert.deepEqual([both?.before?.balanceMinor, both?.after?.balanceMinor], ['24440', '84446']);
    assert.deepEqual([topUp?.before?.balanceMinor, topUp?.after?.balanceMinor, topUp?.ip], ['0', '24440', '127.0.0.1'], 'the till too tells before and after, and from where');
  });

  it('C-16 sent again is booked once', async () => {
    const { adjust, balance } = await desk();
    const key = { 'idempotency-key': newUuid() };
    const answers = await Promise.all([adjust('top_up', 'credit', '700', key), adjust('top_up', 'credit', '700', key)]);
    assert.ok(answers.some(({ statusCode }) => statusCode === 201));
    assert.equal(await balance(), 700n);
  });
});
