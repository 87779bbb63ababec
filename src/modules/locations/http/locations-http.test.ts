import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, instant, ok, refuse, type ChargePointId, type OperatorId, type StationId } from '../../../kernel/index.ts';
import { manualClock, newUuid } from '../../../platform/clock/index.ts';
import { createApi, type Permission, type Principal } from '../../../platform/http/index.ts';
import { createOperator, createSubOperator } from '../../parties/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { bindStation, createChargePoint, createStation, recordBoot, recordConnectorStatus, registerChargePointRoutes, registerStationRoutes, resolveChargePoint, verifyChargePointPassword } from '../index.ts';

const test = await openTestDatabase();
const now = instant(Date.parse('2026-06-01T12:00Z'));
const clock = manualClock(now);
const callers = new Map<string, Principal>();
function caller(operatorId: OperatorId, subOperatorId: string | null = null): Record<string, string> {
  const secret = newUuid();
  const permissions = new Set<Permission>(['locations:read', 'locations:write']);
  callers.set(secret, { kind: 'api_client', id: newUuid(), operatorId, sessionId: null, grants: [{ permissions, subOperatorId }] });
  return { authorization: `Bearer ${secret}` };
}
const api = await createApi({
  database: test.database, clock, logger: silentLogger,
  authenticate: async ({ secret }) => { const found = callers.get(secret); return found ? ok(found) : refuse({ code: 'not_authenticated' as const }); },
});
registerStationRoutes(api);
registerChargePointRoutes(api);
await api.server.ready();
async function newTenant(): Promise<OperatorId> {
  const made = await createOperator(test.database, { code: `op-${newUuid().slice(-12)}`, name: 'Test', currency: 'GBP', timeZone: 'Europe/London' });
  assert.ok(made.ok);
  return made.value;
}
const newSubOperator = (operatorId: OperatorId): Promise<string> => as(operatorId).transaction(async (tx) => {
  const made = await createSubOperator(tx, { name: newUuid() });
  assert.ok(made.ok);
  return made.value;
});
const get = async (url: string, headers: Record<string, string>) => (await api.server.inject({ method: 'GET', url: `/api/v1${url}`, headers })).json();
const post = (url: string, payload: object, headers: Record<string, string>) =>
  api.server.inject({ method: 'POST', url: `/api/v1${url}`, headers: { 'idempotency-key': newUuid(), ...headers }, payload });
const as = (operatorId: OperatorId) => test.database.forOperator(operatorId);

describe('stations over HTTP', () => {
  it('C-17 finds a station whose name was almost right', async () => {
    const operatorId = await newTenant();
    await as(operatorId).transaction(async (tx) => {
      for (const name of ['Greenmarket Car Park', 'Queen Street', '深圳北站停车场']) await createStation(tx, { name, timeZone: 'Europe/London', address: `${name} Road 1` });
    });
    const search = async (q: string) => (await get(`/stations/search?q=${encodeURIComponent(q)}`, caller(operatorId))).items.map((item: { station: { name: string } }) => item.station.name);
    assert.deepEqual(await search('grenmarket carpark'), ['Greenmarket Car Park']);
    assert.deepEqual(await search('szbz'), ['深圳北站停车场']);
    assert.deepEqual((await search('road 1')).sort(), ['Greenmarket Car Park', 'Queen Street', '深圳北站停车场']);
    assert.deepEqual(await search('nowhere at all'), []);
  });

  it('C-17 says when a binding that begins later hides a station from its sub-operator', async () => {
    const operatorId = await newTenant();
    const [sub, earlier] = [await newSubOperator(operatorId), await newSubOperator(operatorId)];
    const begins = instant(now + 86_400_000);
    const stationId = await as(operatorId).transaction(async (tx) => {
      const id = await createStation(tx, { name: 'East Depot', timeZone: 'Asia/Shanghai', subOperatorId: earlier });
      const bound = await bindStation(tx, { stationId: id, subOperatorId: sub, validFrom: begins });
      assert.ok(bound.ok);
      return id;
    });
    const headers = caller(operatorId, sub);
    assert.deepEqual((await get('/stations', headers)).items, []);
    const hidden = { stationId: encodeId('sta', stationId), name: 'East Depot', reason: 'begins_later', validFrom: '2026-06-02T12:00:00.000Z', validTo: null };
    assert.deepEqual(await get('/stations/search?q=east', headers), { items: [], hiddenByBinding: [hidden], truncated: false });
    assert.deepEqual((await get('/stations/hidden-by-binding', headers)).items, [hidden]);
    assert.equal((await get(`/stations/${encodeId('sta', stationId)}`, headers)).code, 'station_not_found');
    clock.advance(86_400_000);
    assert.equal((await get('/stations', headers)).items[0].name, 'East Depot');
    assert.deepEqual((await get('/stations/hidden-by-binding', caller(operatorId, earlier))).items.map((each: { reason: string }) => each.reason), ['has_ended']);
    assert.equal((await get(`/stations/${encodeId('sta', stationId)}`, caller(operatorId))).bindings.length, 2);
    clock.set(now);
  });

  it('creates and binds stations, and pages through them by name', async () => {
    const operatorId = await newTenant();
    const headers = caller(operatorId);
    for (const name of ['C', 'A', 'B']) assert.equal((await post('/stations', { name, timeZone: 'Europe/London' }, headers)).statusCode, 201);
    assert.equal((await post('/stations', { name: 'D', timeZone: 'Mars/Base' }, headers)).json().code, 'time_zone_unknown');
    const first = await get('/stations?limit=2', headers);
    const second = await get(`/stations?limit=2&cursor=${first.nextCursor}`, headers);
    assert.deepEqual([...first.items, ...second.items].map((station: { name: string }) => station.name), ['A', 'B', 'C']);
    const [{ stationId }] = first.items;
    const sub = encodeId('sub', await newSubOperator(operatorId));
    const bind = (validFrom: string, subOperatorId = sub) => post(`/stations/${stationId}/bindings`, { subOperatorId, validFrom }, headers);
    assert.equal((await bind('2026-07-01T00:00:00Z', encodeId('sub', newUuid()))).json().code, 'sub_operator_not_found');
    assert.equal((await bind('2026-07-01T00:00:00Z')).statusCode, 201);
    assert.equal((await bind('2026-06-01T00:00:00Z')).json().code, 'binding_overlaps');
    assert.equal((await bind('2026-08-01T00:00:00Z')).statusCode, 201);
  });
});

describe('charge points over HTTP', () => {
  it('shows live state, and counts a station’s connectors by it', async () => {
    const operatorId = await newTenant();
    const stationId = await as(operatorId).transaction(async (tx) => {
      const id = await createStation(tx, { name: 'Live', timeZone: 'Europe/London' });
      const chargePointId = await createChargePoint(tx, { stationId: id, identity: `LIVE-${newUuid().slice(-8)}`, maxPowerW: 22_000n, connectors: [1, 2, 3].map((evseNumber) => ({ evseNumber, maxPowerW: 22_000n })) });
      await recordBoot(tx, chargePointId, { vendor: 'ACME', model: 'Twin', serial: 'S-77', firmware: '3.1', at: now });
      await recordConnectorStatus(tx, { chargePointId, evseNumber: 1, status: 'SuspendedEV', errorCode: 'NoError', at: now });
      await recordConnectorStatus(tx, { chargePointId, evseNumber: 2, status: 'Faulted', errorCode: 'GroundFailure', at: now });
      return id;
    });
    const headers = caller(operatorId);
    const { station } = await get(`/stations/${encodeId('sta', stationId)}`, headers);
    assert.deepEqual(station.connectors, { total: 3, available: 0, occupied: 1, unavailable: 0, faulted: 1, unknown: 1 });
    const { items: [found] } = await get('/charge-points?q=s-77', headers);
    assert.deepEqual([found.vendor, found.firmware, found.lastSeenAt, found.state], ['ACME', '3.1', '2026-06-01T12:00:00.000Z', null]);
    assert.deepEqual(found.connectors.map((each: { state: { status: string } | null }) => each.state?.status ?? null), ['SuspendedEV', 'Faulted', null]);
    assert.equal((await get(`/charge-points/${found.chargePointId}`, caller(await newTenant()))).code, 'charge_point_not_found');
  });

  it('lets nobody connect to a new charge point before its password is made, and shows that password once', async () => {
    const operatorId = await newTenant();
    const stationId = await as(operatorId).transaction((tx) => createStation(tx, { name: 'New', timeZone: 'Europe/London' }));
    const headers = caller(operatorId);
    const identity = `NEW-${newUuid().slice(-8)}`;
    const create = (body: object) => post(`/stations/${encodeId('sta', stationId as StationId)}/charge-points`, { identity, maxPowerW: '22000', connectors: [{ evseNumber: 1, maxPowerW: '22000' }], ...body }, headers);
    const created = await create({});
    assert.equal(created.statusCode, 201);
    assert.equal((await create({})).json().code, 'charge_point_identity_taken');
    const locked = (await resolveChargePoint(test.database, identity))?.passwordHash;
    assert.ok(locked && !verifyChargePointPassword('', locked));
    const { password } = (await post(`/charge-points/${created.json().chargePointId}/password`, {}, headers)).json();
    assert.match(password, /^[0-9a-f]{40}$/);
    assert.ok(verifyChargePointPassword(password, (await resolveChargePoint(test.database, identity))!.passwordHash!));
    assert.equal((await post(`/charge-points/${encodeId('cp', newUuid() as ChargePointId)}/password`, {}, headers)).json().code, 'charge_point_not_found');
  });
});
