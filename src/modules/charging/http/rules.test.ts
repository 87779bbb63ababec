import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, MS_PER_HOUR, ok, refuse, type OperatorId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { createApi, type Permission, type Principal } from '../../../platform/http/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { registerChargingRoutes, workBacktest } from '../index.ts';
import { addMember, addPoint, at, createWorld, speaker } from '../world.fixture.ts';

const test = await openTestDatabase();
const callers = new Map<string, Principal>();
function caller(operatorId: OperatorId, permissions: Permission[] = ['settings:read', 'settings:write']): Record<string, string> {
  const secret = newUuid();
  callers.set(secret, { kind: 'api_client', id: newUuid(), operatorId, sessionId: null, grants: [{ permissions: new Set(permissions), subOperatorId: null }] });
  return { authorization: `Bearer ${secret}` };
}
const api = await createApi({
  database: test.database, clock: { now: () => at(24 * 60) }, logger: silentLogger,
  authenticate: async ({ secret }) => { const found = callers.get(secret); return found ? ok(found) : refuse({ code: 'not_authenticated' as const }); },
});
registerChargingRoutes(api, { nameActors: async (_tx: unknown, ids: readonly string[]) => new Map(ids.map((id) => [id, 'Mei'])) });
await api.server.ready();
const send = async (method: 'GET' | 'PUT' | 'POST', url: string, headers: Record<string, string>, payload?: object) => {
  const answer = await api.server.inject({ method, url: `/api/v1${url}`, headers: { 'idempotency-key': newUuid(), ...headers }, ...(payload ? { payload } : {}) });
  return { status: answer.statusCode, body: answer.json() };
};

describe('rules for abnormal bills over HTTP', () => {
  it('shows what is in force with its limits, and changes it with a reason', async () => {
    const { operatorId } = await createWorld(test.database), me = caller(operatorId);
    const { body: before } = await send('GET', '/anomaly-rules', me);
    assert.deepEqual([before.version, before.thresholds.plausiblePowerPercent, before.thresholds.edgeWhMax, before.versions], [0, 150, '100', []]);
    assert.deepEqual(before.limits.find((each: { rule: string }) => each.rule === 'edgeWhMax'), { rule: 'edgeWhMax', unit: 'Wh', min: 0, max: 10_000, default: '100' });
    const { status, body: after } = await send('PUT', '/anomaly-rules', me, { thresholds: { edgeWhMax: '250' }, fromVersion: 0, reason: 'cheap meters in the north' });
    assert.deepEqual([status, after.version, after.thresholds.edgeWhMax, after.versions.map((each: { reason: string; changedBy: string }) => [each.reason, each.changedBy])], [200, 1, '250', [['cheap meters in the north', 'Mei']]]);
    const refused = await send('PUT', '/anomaly-rules', me, { thresholds: { edgeWhMax: '999999' }, fromVersion: 1, reason: 'x' });
    assert.deepEqual([refused.status, refused.body.code], [422, 'rule_out_of_limits']);
    assert.deepEqual([(await send('PUT', '/anomaly-rules', me, { thresholds: { edgeWhMax: '300' }, fromVersion: 0, reason: 'late' })).body.code, (await send('PUT', '/anomaly-rules', caller(operatorId, ['settings:read']), { thresholds: {}, fromVersion: 1, reason: 'x' })).status], ['rules_changed_meanwhile', 403]);
  });

  it('works a back-test in the background and shows its progress and result', async () => {
    const world = await createWorld(test.database), me = caller(world.operatorId);
    const { token } = await addMember(world, 100), { chargePointId } = await addPoint(world), say = speaker(chargePointId);
    await world.apply([say.started(at(0), 'v201:a', 0n, token), say.read(at(30), 'v201:a', 5_000n), say.ended(at(420), 'v201:a', 5_000n)]);
    const asked = await send('POST', '/anomaly-rules/backtests', me, { thresholds: { sessionDurationMaxMs: 6 * MS_PER_HOUR }, from: null, to: null });
    assert.deepEqual([asked.status, asked.body.state, asked.body.result], [202, 'waiting', null]);
    await workBacktest(world.odb, world);
    const { body } = await send('GET', `/anomaly-rules/backtests/${asked.body.backtestId}`, me);
    assert.deepEqual([body.state, body.billsDone, body.billsOf, body.requestedBy], ['done', 1, 1, 'Mei']);
    assert.deepEqual([body.result.bills, body.result.changed, body.result.causes[0].cause, body.result.causes[0].after], [1, 1, 'session_too_long', { bills: 1, energyWh: '5000', total: body.result.after.proposed }]);
    assert.match(body.result.samples[0].sessionId, /^chg_/);
    const elsewhere = await createWorld(test.database);
    assert.equal((await send('GET', `/anomaly-rules/backtests/${asked.body.backtestId}`, caller(elsewhere.operatorId))).status, 404, 'nobody sees the back-tests of another operator');
    assert.equal((await send('GET', `/anomaly-rules/backtests/${encodeId('job', newUuid())}`, me)).body.code, 'backtest_not_found');
    assert.equal((await send('POST', '/anomaly-rules/backtests', me, { thresholds: {}, from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' })).body.code, 'backtest_range_reversed');
  });

  it('names every bill that would come out differently, page by page, by kind of change and by cause; and lists what was asked', async () => {
    const world = await createWorld(test.database), me = caller(world.operatorId);
    const { token } = await addMember(world, 100), { chargePointId } = await addPoint(world), say = speaker(chargePointId);
    for (const [i, hours] of [1, 7, 8, 9].entries()) {
      const from = i * 1_000, wh = BigInt(i) * 5_000n;
      await world.apply([say.started(at(from), `v201:${i}`, wh, token), say.read(at(from + 30), `v201:${i}`, wh + 5_000n), say.ended(at(from + hours * 60), `v201:${i}`, wh + 5_000n)]);
    }
    const asked = await send('POST', '/anomaly-rules/backtests', me, { thresholds: { sessionDurationMaxMs: 6 * MS_PER_HOUR }, from: null, to: null });
    await workBacktest(world.odb, world);
    const path = `/anomaly-rules/backtests/${asked.body.backtestId}/bills`;
    const { body: first } = await send('GET', `${path}?limit=2`, me);
    assert.deepEqual(first.items.map((each: { change: string; before: { causes: string[]; state: string }; after: { causes: string[]; state: string } }) => [each.change, each.before.state, each.after.state, each.after.causes.includes('session_too_long') && !each.before.causes.includes('session_too_long')]),
      [['newly_flagged', 'settled', 'held', true], ['newly_flagged', 'settled', 'held', true]]);
    const { body: second } = await send('GET', `${path}?limit=2&cursor=${first.nextCursor}`, me);
    assert.deepEqual([second.items.length, second.nextCursor, new Set([...first.items, ...second.items].map(({ sessionId }: { sessionId: string }) => sessionId)).size], [1, null, 3]);
    const count = async (query: string) => (await send('GET', `${path}?${query}`, me)).body.items.length as number;
    assert.deepEqual([await count('change=no_longer_flagged'), await count('change=newly_flagged'), await count('cause=session_too_long'), await count('cause=clock_skew')], [0, 3, 3, 0]);
    const { body: list } = await send('GET', '/anomaly-rules/backtests', me);
    assert.deepEqual(list.items.map((each: { state: string; newlyFlagged: number; noLongerFlagged: number; differing: number; requestedBy: string }) => [each.state, each.newlyFlagged, each.noLongerFlagged, each.differing, each.requestedBy]), [['done', 3, 0, 0, 'Mei']]);
    const elsewhere = caller((await createWorld(test.database)).operatorId);
    assert.deepEqual([(await send('GET', path, elsewhere)).status, (await send('GET', '/anomaly-rules/backtests', elsewhere)).body.items], [404, []]);
  });
});
