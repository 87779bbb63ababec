import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, ok, refuse, type OperatorId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { createApi, type Permission, type Principal } from '../../../platform/http/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { loadChargePoint } from '../../locations/index.ts';
import { registerWalletRoutes, topUpAtCashDesk } from '../../wallets/index.ts';
import { recordStartIntent, registerChargingRoutes, sessionOutcomes } from '../index.ts';
import { addMember, addPoint, at, createWorld, speaker, type World } from '../world.fixture.ts';

const test = await openTestDatabase();
const callers = new Map<string, Principal>();
const everything: Permission[] = ['charging:read', 'charging:correct', 'wallets:read', 'wallets:top_up', 'members:read'];
function caller(operatorId: OperatorId, permissions: Permission[] = everything): Record<string, string> {
  const secret = newUuid();
  callers.set(secret, { kind: 'api_client', id: newUuid(), operatorId, sessionId: null, grants: [{ permissions: new Set(permissions), subOperatorId: null }] });
  return { authorization: `Bearer ${secret}` };
}
const api = await createApi({
  database: test.database, clock: { now: () => at(24 * 60) }, logger: silentLogger,
  authenticate: async ({ secret }) => { const found = callers.get(secret); return found ? ok(found) : refuse({ code: 'not_authenticated' as const }); },
});
const nameActors = async (_tx: unknown, ids: readonly string[]) => new Map(ids.map((id) => [id, `name of ${id.slice(-4)}`]));
registerChargingRoutes(api, { nameActors });
registerWalletRoutes(api, { nameActors });
await api.server.ready();
const get = async (url: string, headers: Record<string, string>) => (await api.server.inject({ method: 'GET', url: `/api/v1${url}`, headers })).json();
const post = (url: string, payload: object, headers: Record<string, string>, key = newUuid()) =>
  api.server.inject({ method: 'POST', url: `/api/v1${url}`, headers: { 'idempotency-key': key, ...headers }, payload });

async function charged(world: World, minute = 0) {
  const { memberId, token } = await addMember(world, 100);
  const point = await addPoint(world);
  const say = speaker(point.chargePointId);
  const start = say.started(at(minute), null, 50_000n, token);
  const { transactionId, sessionId } = await world.start(start);
  const ref = `v16:${transactionId}`;
  await world.apply([start, say.read(at(minute + 10), ref, 55_000n, { powerW: 30_000n }), say.read(at(minute + 11), ref, 0n), say.ended(at(minute + 20), ref, 60_000n)]);
  return { memberId, ...point, sessionId, transactionId, token };
}

describe('charging over HTTP', () => {
  it('shows a session with its bill line by line, its readings and how it was paid', async () => {
    const world = await createWorld(test.database);
    const { sessionId, memberId, chargePointId } = await charged(world);
    const session = await get(`/sessions/${encodeId('chg', sessionId)}`, caller(world.operatorId));
    assert.equal(session.memberId, encodeId('mem', memberId));
    assert.equal(session.memberName, 'Lin');
    assert.equal(session.startMode, 'card');
    assert.deepEqual(session.total, { amountMinor: '1900', currency: 'CNY' });
    assert.deepEqual(session.bill.lines.map((line: { arithmetic: string; kind: string }) => `${line.kind} ${line.arithmetic}`), ['electricity 10 kWh × 1.2000 = 12.00', 'service 10 kWh × 0.7000 = 7.00']);
    assert.deepEqual(session.bill.fromHold, { amountMinor: '1900', currency: 'CNY' });
    assert.deepEqual(session.hold, { amount: { amountMinor: '5000', currency: 'CNY' }, state: 'posted' });
    assert.deepEqual(session.readings.map((reading: { counted: boolean; energyWh: string | null; powerW: string | null }) => [reading.counted, reading.energyWh, reading.powerW]),
      [[true, '0', null], [true, '5000', '30000'], [false, null, null], [true, '10000', null]]);
    assert.equal(session.flags[0].cause, 'meter_register_dip');
    assert.equal(session.flags[0].data.toWh, '0');
    assert.equal(session.chargePointId, encodeId('cp', chargePointId));
    const quiet = await get(`/sessions/${encodeId('chg', sessionId)}`, caller(world.operatorId, ['charging:read']));
    assert.equal(quiet.memberName, null, 'names are for those who may see members');
    const foreign = await get(`/sessions/${encodeId('chg', sessionId)}`, caller((await createWorld(test.database)).operatorId));
    assert.equal(foreign.code, 'session_not_found');
  });

  it('names every transfer that a bill booked: from which account to which, and how much', async () => {
    const world = await createWorld(test.database);
    const { sessionId } = await charged(world);
    const { bill } = await get(`/sessions/${encodeId('chg', sessionId)}`, caller(world.operatorId));
    type Posting = { purpose: string; amount: { amountMinor: string } | null; energyWh: string | null; debit: { kind: string }; credit: { kind: string }; reverses: string | null };
    assert.deepEqual(bill.postings.map((each: Posting) => `${each.purpose}: ${each.amount?.amountMinor ?? `${each.energyWh} Wh`} ${each.debit.kind} > ${each.credit.kind}`), [
      'electricity: 1200 charging_clearing > revenue_electricity', 'service: 700 charging_clearing > revenue_service',
      'hold: 1900 member_wallet > charging_clearing', 'energy: 10000 Wh energy_billed > connector_energy',
    ]);
    assert.deepEqual(bill.postings.map((each: Posting) => each.reverses), [null, null, null, null]);
  });

  it('lists sessions by page, filter and search, with sums of all of them', async () => {
    const world = await createWorld(test.database);
    const headers = caller(world.operatorId);
    const [first, second] = [await charged(world), await charged(world)];
    const page = await get('/sessions?limit=1', headers);
    assert.equal(page.items.length, 1);
    assert.deepEqual(page.sums, { count: 2, active: 0, held: 0, energyWh: '20000', total: { amountMinor: '3800', currency: 'CNY' } });
    const next = await get(`/sessions?limit=1&cursor=${page.nextCursor}`, headers);
    assert.deepEqual([next.items.length, next.nextCursor, next.sums], [1, null, null]);
    const count = async (query: string): Promise<number> => (await get(`/sessions?${query}`, headers)).items.length;
    const identity = (await world.odb.transaction((tx) => loadChargePoint(tx, first.chargePointId)))!.identity;
    assert.equal(await count(`memberId=${encodeId('mem', second.memberId)}`), 1);
    assert.equal(await count(`q=${identity}`), 1);
    assert.equal(await count(`q=${first.transactionId}`), 1);
    assert.equal(await count(`q=${second.token}`), 1);
    assert.equal(await count('state=held'), 0);
    assert.equal(await count('state=flagged'), 2);
    assert.equal(await count('cause=meter_register_dip'), 2);
    assert.equal(await count('cause=meter_register_reset'), 0);
    assert.equal((await get('/sessions?cause=bad_luck', headers)).code, 'validation_failed');
    assert.equal(await count('from=2026-03-02&to=2026-03-02'), 2);
    assert.equal(await count('from=2026-03-03'), 0);
  });

  it('C-15 a charge that a clerk started from afar says who, from where, and with what', async () => {
    const world = await createWorld(test.database);
    const { token } = await addMember(world, 100);
    const { chargePointId } = await addPoint(world);
    const clerk = newUuid();
    await world.odb.transaction((tx) => recordStartIntent(tx, {
      chargePointId, evseNumber: 1, idToken: token, remoteStartId: null, mode: 'remote_by_clerk', actor: `user:${clerk}`, device: 'Firefox', ip: '203.0.113.7',
    }, { clock: { now: () => at(0) } }));
    const { sessionId } = await world.start(speaker(chargePointId).started(at(1), null, 0n, token));
    const session = await get(`/sessions/${encodeId('chg', sessionId)}`, caller(world.operatorId));
    assert.deepEqual([session.startMode, session.startActor, session.startDevice, session.startIp, session.tokenMask], ['remote_by_clerk', `name of ${clerk.slice(-4)}`, 'Firefox', '203.0.113.7', `…${token.slice(-4)}`]);
  });

  it('shows the figures of the first page: today is what ended since midnight, not what was booked since', async () => {
    const world = await createWorld(test.database);
    await charged(world);
    await charged(world, 23 * 60);
    const overview = await get('/overview', caller(world.operatorId));
    assert.deepEqual(overview.today, { bills: 1, energyWh: '10000', total: { amountMinor: '1900', currency: 'CNY' } });
    assert.equal(overview.hours.length, 24);
    assert.equal(overview.held.bills, 0);
  });

  it('derives a bill again once its tariff is there, and says so', async () => {
    const world = await createWorld(test.database);
    const headers = caller(world.operatorId);
    const { sessionId } = await charged(world);
    const again = await post(`/sessions/${encodeId('chg', sessionId)}/rederivation`, {}, headers);
    assert.equal(again.statusCode, 200);
    assert.equal(again.json().billVersion, 1, 'nothing changed, so there is no new version');
    assert.equal((await world.odb.transaction((tx) => sessionOutcomes(tx)))[0]?.totalMinor, 1_900n);
  });
});

describe('wallets over HTTP', () => {
  it('tops up once however often the request is sent, and lists what moved the balance', async () => {
    const world = await createWorld(test.database);
    const headers = caller(world.operatorId);
    const { memberId } = await charged(world);
    const path = `/members/${encodeId('mem', memberId)}`;
    const key = newUuid();
    const amount = { amountMinor: '2500', currency: 'CNY' };
    const [one, two] = [await post(`${path}/top-ups`, { amount, note: 'at the counter' }, headers, key), await post(`${path}/top-ups`, { amount, note: 'at the counter' }, headers, key)];
    assert.deepEqual([one.statusCode, two.statusCode, one.json()], [201, 201, two.json()]);
    const wallet = await get(`${path}/wallet`, headers);
    assert.deepEqual([wallet.balance.amountMinor, wallet.held.amountMinor, wallet.available.amountMinor, wallet.receivable.amountMinor], ['10600', '0', '10600', '0']);
    const statement = await get(`${path}/statement?limit=3`, headers);
    assert.deepEqual(statement.items.map((item: { kind: string; amount: { amountMinor: string }; balanceAfter: { amountMinor: string } }) => [item.kind, item.amount.amountMinor, item.balanceAfter.amountMinor]),
      [['cash_desk_top_up', '2500', '10600'], ['bill', '-1900', '8100']]);
    assert.equal(statement.items[0].note, 'at the counter');
    const rest = await get(`${path}/statement?limit=3&cursor=${statement.nextCursor}`, headers);
    assert.deepEqual(rest.items.map((item: { amount: { amountMinor: string } }) => item.amount.amountMinor), ['10000']);
  });

  it('reads the balances of several members at once; one without a wallet is missing', async () => {
    const world = await createWorld(test.database);
    const headers = caller(world.operatorId);
    const [one, two, none] = [await addMember(world, 30), await addMember(world, 45), await addMember(world, 0)];
    const ids = [one, two, none].map(({ memberId }) => encodeId('mem', memberId));
    const { items } = await get(`/wallet-balances?members=${ids.join(',')}`, headers);
    const read = new Map(items.map((item: { memberId: string; wallet: { balance: { amountMinor: string } } }) => [item.memberId, item.wallet.balance.amountMinor]));
    assert.deepEqual(ids.map((id) => read.get(id)), ['3000', '4500', undefined]);
    const foreign = caller((await createWorld(test.database)).operatorId);
    assert.deepEqual((await get(`/wallet-balances?members=${ids.join(',')}`, foreign)).items, []);
    assert.equal((await get('/wallet-balances?members=', headers)).code, 'validation_failed');
  });

  it('sums what the cash desk has taken since midnight', async () => {
    const world = await createWorld(test.database);
    const headers = caller(world.operatorId);
    const { memberId } = await addMember(world, 0);
    const yesterday = await world.odb.transaction((tx) => topUpAtCashDesk(tx, { commandId: newUuid(), memberId, amountMinor: 900n, actor: 'usr_test' }, { clock: { now: () => at(-60) } }));
    assert.ok(yesterday.ok);
    assert.equal((await get('/cash-desk/today', headers)).topUps, 0);
    for (const amountMinor of ['2500', '150']) await post(`/members/${encodeId('mem', memberId)}/top-ups`, { amount: { amountMinor, currency: 'CNY' } }, headers);
    const today = await get('/cash-desk/today', headers);
    assert.deepEqual([today.topUps, today.total], [2, { amountMinor: '2650', currency: 'CNY' }]);
  });

  it('refuses an amount of nothing, another currency, and a member who does not exist', async () => {
    const world = await createWorld(test.database);
    const headers = caller(world.operatorId);
    const { memberId } = await addMember(world, 0);
    const path = `/members/${encodeId('mem', memberId)}`;
    const code = async (url: string, amountMinor: string, currency: string): Promise<string> => (await post(`${url}/top-ups`, { amount: { amountMinor, currency } }, headers)).json().code;
    assert.equal(await code(path, '0', 'CNY'), 'top_up_amount_invalid');
    assert.equal(await code(path, '-5', 'CNY'), 'top_up_amount_invalid');
    assert.equal(await code(path, '100', 'EUR'), 'currency_differs');
    assert.equal(await code(`/members/${encodeId('mem', newUuid())}`, '100', 'CNY'), 'member_not_found');
    assert.equal((await api.server.inject({ method: 'GET', url: `/api/v1${path}/wallet`, headers })).body, 'null', 'no wallet was opened by refusals');
  });
});
