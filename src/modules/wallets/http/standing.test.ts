import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, instant, MS_PER_DAY, type MemberId } from '../../../kernel/index.ts';
import { manualClock, newUuid } from '../../../platform/clock/index.ts';
import { checkpointAccounts, createTransfers, extendHashChain, transferId } from '../../ledger/index.ts';
import { createMember } from '../../parties/index.ts';
import { openWallet, planReceivable, topUpAtCashDesk } from '../index.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.UTC(2026, 2, 2, 8)));
const api = await openTestApi(test, { clock });

async function desk(count: number) {
  const operator = await api.operator();
  const members: MemberId[] = [];
  for (let i = 0; i < count; i++) members.push(await operator.transaction((tx) => createMember(tx, { displayName: `Lin ${i}` })));
  members.sort();
  const topUp = (memberId: MemberId) => operator.transaction(async (tx) => { assert.ok((await topUpAtCashDesk(tx, { commandId: newUuid(), memberId, amountMinor: 1_000n, actor: 'usr' }, { clock })).ok); });
  const owes = (memberId: MemberId, amountMinor: bigint) => operator.transaction(async (tx) => {
    await openWallet(tx, { memberId, currency: 'CNY' }, { clock });
    const event = planReceivable({ memberId, currency: 'CNY', billId: newUuid(), sessionUserData: transferId('test'), totalMinor: amountMinor, hold: null }, amountMinor);
    assert.equal((await createTransfers(tx, [event], { clock }))[0]?.status, 'created');
  });
  return { operator, members, topUp, owes, user: await operator.user() };
}
type Answer = { items: { memberId: string; memberName: string | null; receivable: { amountMinor: string }; balance: { amountMinor: string } }[]; nextCursor: string | null; totals: { members: number; amount: { amountMinor: string }; isComplete: boolean } | null };

describe('wallets that stand out', () => {
  it('members who owe are listed page by page with what they owe together', async () => {
    const { members, owes, topUp, user } = await desk(4);
    await topUp(members[0]!);
    for (const [index, amount] of [[1, 100n], [2, 200n], [3, 300n]] as const) await owes(members[index]!, amount);
    const first = (await user.get('/receivables?limit=2')).json() as Answer;
    assert.deepEqual(first.items.map(({ memberId, receivable }) => [memberId, receivable.amountMinor]), [[encodeId('mem', members[1]!), '100'], [encodeId('mem', members[2]!), '200']]);
    assert.deepEqual(first.totals, { members: 3, amount: { amountMinor: '600', currency: 'CNY' }, isComplete: true });
    const second = (await user.get(`/receivables?limit=2&cursor=${first.nextCursor}`)).json() as Answer;
    assert.deepEqual([second.items.length, second.nextCursor, second.totals], [1, null, null]);
  });

  it('a wallet is dormant when nothing has moved in it, and keeps its money', async () => {
    const { operator, members: [used, asleep, empty], topUp, owes, user } = await desk(3);
    await topUp(used!);
    await topUp(asleep!);
    await owes(empty!, 1n);
    const odb = test.database.forOperator(operator.operatorId);
    await checkpointAccounts(odb);
    await extendHashChain(odb);
    clock.advance(200 * MS_PER_DAY);
    await topUp(used!);
    clock.advance(200 * MS_PER_DAY);
    const late = (await user.get('/dormant-wallets?days=300'));
    const answer = (late.statusCode === 401 ? await (await operator.user()).get('/dormant-wallets?days=300') : late).json() as Answer;
    assert.deepEqual(answer.items.map(({ memberId, balance }) => [memberId, balance.amountMinor]), [[encodeId('mem', asleep!), '1000']]);
    assert.equal(answer.totals?.amount.amountMinor, '1000');
  });
});
