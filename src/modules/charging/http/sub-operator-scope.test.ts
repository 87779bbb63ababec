import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, ok, refuse, type SessionId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { createApi, type Permission, type Principal } from '../../../platform/http/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { bindStation, createStation } from '../../locations/index.ts';
import { changeMember, createSubOperator } from '../../parties/index.ts';
import { registerChargingRoutes } from '../index.ts';
import { addMember, addPoint, at, createWorld, speaker, type World } from '../world.fixture.ts';

const test = await openTestDatabase();
const callers = new Map<string, Principal>();
const api = await createApi({
  database: test.database, clock: { now: () => at(3 * 60) }, logger: silentLogger,
  authenticate: async ({ secret }) => { const found = callers.get(secret); return found ? ok(found) : refuse({ code: 'not_authenticated' as const }); },
});
registerChargingRoutes(api, { nameActors: async () => new Map() });
await api.server.ready();

function caller({ operatorId }: World, subOperatorId: string | null): Record<string, string> {
  const secret = newUuid();
  const permissions = new Set<Permission>(['charging:read', 'charging:correct', 'members:read']);
  callers.set(secret, { kind: 'user', id: newUuid(), operatorId, sessionId: newUuid(), grants: [{ permissions, subOperatorId }] });
  return { authorization: `Bearer ${secret}` };
}
const get = async (url: string, headers: Record<string, string>) => { const answer = await api.server.inject({ method: 'GET', url: `/api/v1${url}`, headers }); return { status: answer.statusCode, ...answer.json() }; };

/** A charge of 20 minutes and 10 kWh that begins at a minute, at a point of the world's current station. */
async function charged(world: World, minute: number) {
  const { memberId, token } = await addMember(world, 100);
  const { chargePointId } = await addPoint(world);
  const say = speaker(chargePointId);
  const start = say.started(at(minute), null, 50_000n, token);
  const { transactionId, sessionId } = await world.start(start);
  const ref = `v16:${transactionId}`;
  await world.apply([start, say.read(at(minute + 10), ref, 55_000n, { powerW: 30_000n }), say.ended(at(minute + 20), ref, 60_000n)]);
  return { sessionId, memberId, chargePointId };
}
const id = (sessionId: SessionId): string => encodeId('chg', sessionId);

/** East is North's until minute 60 and South's after that; another station is nobody's. */
async function dividedWorld() {
  const world = await createWorld(test.database);
  const [north, south] = await world.odb.transaction(async (tx) => {
    const made = [await createSubOperator(tx, { name: 'North' }), await createSubOperator(tx, { name: 'South' })];
    const ids = made.map((each) => { assert.ok(each.ok); return each.value; });
    assert.ok((await bindStation(tx, { stationId: world.stationId, subOperatorId: ids[0]!, validFrom: at(-600) })).ok);
    assert.ok((await bindStation(tx, { stationId: world.stationId, subOperatorId: ids[1]!, validFrom: at(60) })).ok);
    return ids as [string, string];
  });
  const elsewhere = { ...world, stationId: await world.odb.transaction((tx) => createStation(tx, { name: 'West', timeZone: 'Asia/Shanghai' })) };
  return { world, north, south, ofNorth: await charged(world, 50), ofSouth: await charged(world, 90), ofNobody: await charged(elsewhere, 50) };
}
const divided = await dividedWorld();

describe('a user who is limited to a sub-operator', () => {
  const { world, north, south, ofNorth, ofSouth, ofNobody } = divided;
  const sessionIds = async (headers: Record<string, string>, query = ''): Promise<string[]> => (await get(`/sessions${query}`, headers)).items.map((each: { sessionId: string }) => each.sessionId);

  it('sees the sessions that began while it ran the station, with sums of those alone', async () => {
    assert.deepEqual(await sessionIds(caller(world, north)), [id(ofNorth.sessionId)]);
    assert.deepEqual(await sessionIds(caller(world, south)), [id(ofSouth.sessionId)]);
    assert.equal((await sessionIds(caller(world, null))).length, 3);
    assert.deepEqual(await sessionIds(caller(world, newUuid())), []);
    const { sums } = await get('/sessions', caller(world, north));
    assert.deepEqual([sums.count, sums.energyWh], [1, '10000']);
    assert.deepEqual(await sessionIds(caller(world, north), `?chargePointId=${encodeId('cp', ofNobody.chargePointId)}`), []);
  });

  it('reads its own session to the end, though the station changed hands meanwhile, and no other exists', async () => {
    const own = await get(`/sessions/${id(ofNorth.sessionId)}`, caller(world, north));
    assert.deepEqual([own.status, own.bill.energyWh], [200, '10000'], 'it began at minute 50 and ended at 70');
    for (const foreign of [ofSouth, ofNobody]) {
      const answer = await get(`/sessions/${id(foreign.sessionId)}`, caller(world, north));
      assert.deepEqual([answer.status, answer.code], [404, 'session_not_found']);
    }
  });

  it('reads an overview of its own stations', async () => {
    const overview = await get('/overview', caller(world, north));
    assert.deepEqual([overview.today.bills, overview.today.energyWh], [1, '10000']);
    assert.equal(overview.hours.reduce((sum: number, hour: { bills: number }) => sum + hour.bills, 0), 1);
    assert.equal((await get('/overview', caller(world, null))).today.bills, 3);
  });

  it('reads the power of its own stations, and a foreign charge point has none because it does not exist', async () => {
    const flowed = async (headers: Record<string, string>) => (await get('/power-curve', headers)).powerW.filter((watts: string) => watts !== '0').length;
    assert.deepEqual([await flowed(caller(world, north)), await flowed(caller(world, newUuid()))], [20, 0]);
    assert.equal(await flowed(caller(world, null)), 40, 'two sessions ran side by side');
    assert.equal((await get(`/power-curve?chargePointId=${encodeId('cp', ofSouth.chargePointId)}`, caller(world, south))).status, 200);
    const foreign = await get(`/power-curve?chargePointId=${encodeId('cp', ofNobody.chargePointId)}`, caller(world, south));
    assert.deepEqual([foreign.status, foreign.code], [404, 'charge_point_not_found']);
  });

  it('is told the names of its own members only', async () => {
    const name = async () => (await get(`/sessions/${id(ofNorth.sessionId)}`, caller(world, north))).memberName;
    assert.equal(await name(), null);
    assert.ok((await world.odb.transaction((tx) => changeMember(tx, ofNorth.memberId, { subOperatorId: north }))).ok);
    assert.equal(await name(), 'Lin');
  });

  it('corrects nothing, not even its own', async () => {
    const answer = await api.server.inject({ method: 'POST', url: `/api/v1/sessions/${id(ofNorth.sessionId)}/rederivation`, headers: caller(world, north) });
    assert.equal(answer.json().code, 'outside_your_sub_operator');
  });
});
