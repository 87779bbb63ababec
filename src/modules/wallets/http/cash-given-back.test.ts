import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { openTestApi } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, instant, type Instant } from '../../../kernel/index.ts';
import { manualClock, newUuid } from '../../../platform/clock/index.ts';
import { auditLedger } from '../../ledger/index.ts';
import { createMember } from '../../parties/index.ts';
import { planGiveBack, type TopUpLeft } from '../domain/give-back.ts';
import { auditCoupons, auditWallets, walletBalances } from '../index.ts';

const test = await openTestDatabase({ poolSizeMax: 16 });
const clock = manualClock(instant(Date.UTC(2026, 2, 2, 8)));
const api = await openTestApi(test, { clock });

async function desk() {
  const operator = await api.operator();
  const [clerk, manager] = [await operator.user(), await operator.user()];
  const memberId = await operator.transaction((tx) => createMember(tx, { displayName: 'Lin' })), member = encodeId('mem', memberId);
  const money = (amountMinor: string) => ({ amountMinor, currency: 'CNY' });
  const adjust = (kind: string, amountMinor: string, headers?: Record<string, string>) => clerk.post(`/members/${member}/adjustments`, { kind, direction: kind === 'refund' ? 'debit' : 'credit', amount: money(amountMinor), reason: 'as told' }, headers);
  await manager.post('/coupon-rules', {
    name: 'Five off', issueCondition: 'top_up', topUpMinimum: money('10000'), denomination: money('500'), couponsPerGift: 2, giftsMax: null, onSaleFrom: '2026-03-01T00:00:00.000Z', onSaleTo: null, validityDays: 30, validFrom: null,
    validTo: null, stationIds: [], threshold: money('0'), useMax: 1, isOn: true, remark: null,
  });
  await manager.send('PUT', '/cashback-rules', { version: 0, tiers: [{ topUpMinor: '10000', cashbackMinor: '300' }], from: '2026-03-01T00:00:00.000Z', to: null });
  return {
    ...operator, clerk, manager, member, adjust,
    topUp: async (amountMinor: string) => { clock.advance(1_000); assert.equal((await clerk.post(`/members/${member}/top-ups`, { amount: money(amountMinor) })).statusCode, 201); },
    balance: async () => (await operator.transaction((tx) => walletBalances(tx, [memberId], { clock }))).get(memberId)?.balanceMinor ?? 0n,
    coupons: async (): Promise<string[]> => (await manager.get(`/members/${member}/coupons`)).json().items.map(({ state }: { state: string }) => state).sort(),
    back: () => operator.transaction((tx) => tx.query<{ cause: string; minor: bigint }>('select cause, amount_minor as minor from wallets.cash_given_back where operator_id = $1 order by recorded_at, amount_minor', [operator.operatorId])),
    failures: () => operator.transaction(async (tx) => [...(await auditWallets(tx)), ...(await auditCoupons(tx)), ...(await auditLedger(tx, { operatorId: operator.operatorId }))].flatMap((check) => check.failures)),
    /** Cashback as the books have it: given, taken back. */
    cashback: () => operator.transaction((tx) => tx.query<{ given: bigint; back: bigint }>('select amount_minor as given, taken_back_minor as back from payments.cashback where operator_id = $1 order by recorded_at', [operator.operatorId])),
  };
}

describe('C-19 cash that is given back takes with it what was given for the top-up', () => {
  it('C-19 P-11 cashback in proportion, and coupons once less is left than the rule asks for, as a refund through a channel does', async () => {
    const { topUp, adjust, balance, coupons, cashback, failures, clerk } = await desk();
    await topUp('10000');
    assert.deepEqual([await balance(), await coupons()], [10_300n, ['unused', 'unused']]);
    assert.equal((await adjust('refund', '5000')).statusCode, 201);
    assert.deepEqual([await balance(), await coupons(), await cashback()], [5_150n, ['taken_back', 'taken_back'], [{ given: 300n, back: 150n }]]);
    assert.equal((await adjust('refund', '5000')).statusCode, 201);
    assert.deepEqual([await balance(), await cashback()], [0n, [{ given: 300n, back: 300n }]]);
    const [act] = (await clerk.get('/audit-entries?act=wallets.adjust_refund')).json().items;
    assert.deepEqual([act.before.balanceMinor, act.after.balanceMinor, act.after.giftsTakenBackMinor], ['5150', '0', '150']);
    assert.deepEqual(await failures(), []);
  });

  it('C-19 is refused while the cashback that goes with it is not in the wallet, and says how much can be given back', async () => {
    const { topUp, adjust, balance, coupons, failures } = await desk();
    await topUp('10000');
    const refused = await adjust('refund', '10300');
    assert.deepEqual([refused.statusCode, refused.json().code, await balance(), await coupons()], [409, 'wallet_balance_too_low', 10_300n, ['unused', 'unused']], refused.body);
    assert.equal((await adjust('refund', '10000')).statusCode, 201);
    assert.equal(await balance(), 0n);
    assert.deepEqual(await failures(), []);
  });

  it('C-19 cash goes to the newest top-up in cash first, and an older one keeps its gifts until its turn comes', async () => {
    const { topUp, adjust, balance, coupons, back, failures } = await desk();
    await topUp('10000');
    await topUp('2000');
    await adjust('refund', '2000');
    assert.deepEqual([await balance(), await coupons(), await back()], [10_300n, ['unused', 'unused'], [{ cause: 'cash_desk', minor: 2_000n }]]);
    await adjust('refund', '1');
    assert.deepEqual([await balance(), await coupons()], [10_300n - 2n, ['taken_back', 'taken_back']], 'a share of cashback is rounded up');
    assert.deepEqual(await failures(), []);
  });

  it('C-19 what belongs to no top-up, a compensation, takes nothing with it; money by hand that came in has no gifts to lose', async () => {
    const { adjust, balance, back, failures } = await desk();
    await adjust('compensation', '400');
    await adjust('top_up', '500');
    await adjust('refund', '900');
    assert.deepEqual([await balance(), await back()], [0n, [{ cause: 'by_hand', minor: 500n }]]);
    assert.deepEqual(await failures(), []);
  });

  it('C-16 C-19 above the threshold when another person approves it, and sent again it takes nothing twice', async () => {
    const { topUp, adjust, balance, coupons, manager, cashback, failures } = await desk();
    await topUp('20000');
    await manager.send('PUT', '/adjustment-policy', { fourEyesAboveMinor: '4999' });
    const asked = (await adjust('refund', '5000')).json();
    assert.deepEqual([asked.state, await balance(), await coupons()], ['awaiting_approval', 20_300n, ['unused', 'unused']]);
    assert.equal((await manager.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' })).json().state, 'approved');
    assert.deepEqual([await balance(), await coupons()], [20_300n - 5_075n, ['unused', 'unused']], 'enough is left for the coupons');
    const headers = { 'idempotency-key': newUuid() };
    await adjust('refund', '4000', headers);
    await adjust('refund', '4000', headers);
    assert.deepEqual([await balance(), await cashback()], [20_300n - 5_075n - 4_060n, [{ given: 300n, back: 135n }]]);
    assert.deepEqual(await failures(), []);
  });

  it('C-19 however many are given back at once, no top-up gives back more than it was, and no cashback goes twice', async () => {
    const { topUp, adjust, balance, cashback, back, failures } = await desk();
    await topUp('10000');
    const answers = await Promise.all(Array.from({ length: 6 }, () => adjust('refund', '3000')));
    assert.equal(answers.filter(({ statusCode }) => statusCode === 201).length, 3);
    assert.deepEqual([await balance(), await cashback()], [10_300n - 9_000n - 270n, [{ given: 300n, back: 270n }]]);
    assert.deepEqual((await back()).map(({ minor }) => minor), [3_000n, 3_000n, 3_000n]);
    assert.deepEqual(await failures(), []);
  });
});

describe('the plan of cash given back', () => {
  it('is of no top-up more than is left, makes the amount or everything that is left, and touches no payment while cash is left', () => {
    const topUp = fc.record({ cause: fc.constantFrom('cash_desk' as const, 'by_hand' as const, 'order' as const), withUs: fc.bigInt(0n, 10_000n), back: fc.bigInt(0n, 10_000n), paidAt: fc.integer({ min: 0, max: 50 }) });
    fc.assert(fc.property(fc.array(topUp, { maxLength: 10 }), fc.bigInt(1n, 40_000n), (drawn, amount) => {
      const topUps = drawn.map(({ cause, withUs, paidAt }, index): TopUpLeft => ({ cause, causeId: String(index), withUsMinor: withUs, paidAt: paidAt as Instant }));
      const left = drawn.map(({ withUs, back }) => (back < withUs ? withUs - back : 0n)), all = left.reduce((sum, one) => sum + one, 0n);
      const parts = planGiveBack(amount, topUps, new Map(drawn.map(({ back }, index) => [String(index), back])));
      assert.equal(parts.reduce((sum, part) => sum + part.amountMinor, 0n), amount < all ? amount : all);
      for (const { causeId, amountMinor } of parts) assert.ok(amountMinor > 0n && amountMinor <= left[Number(causeId)]!);
      const cashLeft = topUps.some(({ cause, causeId }) => cause !== 'order' && left[Number(causeId)]! > (parts.find((part) => part.causeId === causeId)?.amountMinor ?? 0n));
      if (cashLeft) assert.ok(parts.every(({ cause }) => cause !== 'order'));
    }), { numRuns: 500 });
  });
});
