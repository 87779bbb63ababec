import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newOperatorId, openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, instant, ok, refuse, type OperatorId, type StationId } from '../../../kernel/index.ts';
import { manualClock, newUuid } from '../../../platform/clock/index.ts';
import { createApi, type Principal } from '../../../platform/http/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { registerTariffRoutes } from '../index.ts';

const test = await openTestDatabase();
const callers = new Map<string, Principal>();
function caller(operatorId: OperatorId, subOperatorId: string | null = null): Record<string, string> {
  const secret = newUuid();
  callers.set(secret, { kind: 'api_client', id: newUuid(), operatorId, sessionId: null, grants: [{ permissions: new Set(['tariffs:read', 'tariffs:write'] as const), subOperatorId }] });
  return { authorization: `Bearer ${secret}` };
}
const api = await createApi({
  database: test.database, clock: manualClock(instant(Date.parse('2026-03-01T00:00Z'))), logger: silentLogger,
  authenticate: async ({ secret }) => { const found = callers.get(secret); return found ? ok(found) : refuse({ code: 'not_authenticated' as const }); },
});
const [station, connector, otherStation, north] = [newUuid() as StationId, newUuid(), newUuid(), newUuid()];
registerTariffRoutes(api, {
  currencyOf: async () => 'GBP',
  timeZoneOf: async (_tx, place) => ([station, otherStation].includes(place.stationId) && [null, connector].includes(place.connectorId) ? 'Europe/London' : null),
  stationsSeen: async (_tx, subOperators) => subOperators === 'operator' ? 'operator' : subOperators.includes(north) ? [{ stationId: station, validFrom: instant(Date.parse('2026-04-01T00:00Z')), validTo: instant(Date.parse('2026-05-01T00:00Z')) }] : [],
});
await api.server.ready();
const get = async (url: string, headers: Record<string, string>) => (await api.server.inject({ method: 'GET', url: `/api/v1${url}`, headers })).json();
const post = async (url: string, payload: object, headers: Record<string, string>) =>
  (await api.server.inject({ method: 'POST', url: `/api/v1${url}`, headers: { 'idempotency-key': newUuid(), ...headers }, payload })).json();

const stationId = encodeId('sta', station);
const periods = [
  { startMinute: 0, endMinute: 420, kind: 'valley', electricity: '0.1', service: '0.05' },
  { startMinute: 420, endMinute: 1440, kind: 'peak', electricity: '0.3210', service: '0.05' },
];
const tariff = { name: 'Two rates', currency: 'GBP', periods, occupancy: { ratePerMinute: '0.02', graceMinutes: 30 } };

describe('tariffs over HTTP', () => {
  it('writes a version, puts it into force and draws the day', async () => {
    const headers = caller(newOperatorId());
    const { tariffId, version } = await post('/tariffs', tariff, headers);
    assert.equal(version, 1);
    const assigned = await post(`/tariffs/${tariffId}/assignments`, { stationId, validFrom: '2026-03-02T00:00:00Z' }, headers);
    assert.deepEqual(assigned, { tariffId, stationId, connectorId: null, validFrom: '2026-03-02T00:00:00.000Z', validTo: null });
    const found = await get(`/tariffs/${tariffId}`, headers);
    assert.deepEqual(found.assignments, [assigned]);
    assert.deepEqual(found.tariff.periods.map((each: { electricity: string }) => each.electricity), ['0.1000', '0.3210']);
    assert.deepEqual((await get(`/stations/${stationId}/tariff-assignments`, headers)).items, [assigned]);
    const spring = await get(`/stations/${stationId}/tariff-day?date=2026-03-29`, headers);
    assert.deepEqual(spring.bands.map((band: { from: string; startMinute: number; endMinute: number; tariff: { kind: string } }) => [band.from, band.startMinute, band.endMinute, band.tariff.kind]),
      [['2026-03-29T00:00:00.000Z', 0, 420, 'valley'], ['2026-03-29T06:00:00.000Z', 420, 1440, 'peak']]);
    const before = await get(`/stations/${stationId}/tariff-day?date=2026-03-01&connectorId=${encodeId('con', connector)}`, headers);
    assert.deepEqual(before.bands.map((band: { tariff: null }) => band.tariff), [null]);
  });

  it('refuses what is not right, with a code each', async () => {
    const headers = caller(newOperatorId());
    const { tariffId } = await post('/tariffs', tariff, headers);
    const assign = (body: object, id: string = tariffId) => post(`/tariffs/${id}/assignments`, { stationId, validFrom: '2026-03-02T00:00:00Z', ...body }, headers);
    const answers = [
      await post('/tariffs', { ...tariff, currency: 'EUR' }, headers),
      await post('/tariffs', { ...tariff, periods: periods.slice(1) }, headers),
      await post('/tariffs', { ...tariff, previousTariffId: encodeId('tar', newUuid()) }, headers),
      await assign({ stationId: encodeId('sta', newUuid()) }),
      await assign({ connectorId: encodeId('con', newUuid()) }),
      await assign({}, encodeId('tar', newUuid())),
      await assign({ validFrom: '2026-02-28T23:59:59Z' }),
      await assign({ validTo: '2026-03-01T00:00:00Z' }),
      await get(`/tariffs/${tariffId}`, caller(newOperatorId())),
    ];
    assert.deepEqual(answers.map((answer) => answer.code), ['tariff_currency_not_yours', 'tariff_day_gap', 'tariff_not_found', 'station_not_found', 'connector_not_found',
      'tariff_not_found', 'assignment_in_past', 'assignment_reversed', 'tariff_not_found']);
    assert.deepEqual(answers[1].data, { fromMinute: 0, toMinute: 420 });
  });

  it('makes the next version and pages from the newest to the oldest', async () => {
    const headers = caller(newOperatorId());
    const { tariffId } = await post('/tariffs', tariff, headers);
    const next = await post('/tariffs', { ...tariff, previousTariffId: tariffId }, headers);
    assert.equal(next.version, 2);
    const first = await get('/tariffs?limit=1', headers);
    const second = await get(`/tariffs?limit=1&cursor=${first.nextCursor}`, headers);
    assert.deepEqual([first, second].map((page) => page.items[0].tariffId), [next.tariffId, tariffId]);
    assert.equal(second.items[0].seriesId, first.items[0].seriesId);
  });

  it('shows a sub-operator the prices of its own stations while it runs them, and no others exist', async () => {
    const operatorId = newOperatorId();
    const headers = caller(operatorId);
    const [early, mine, elsewhere] = [await post('/tariffs', tariff, headers), await post('/tariffs', tariff, headers), await post('/tariffs', tariff, headers)];
    const assign = (id: string, place: string, validFrom: string) => post(`/tariffs/${id}/assignments`, { stationId: encodeId('sta', place), validFrom }, headers);
    await assign(early.tariffId, station, '2026-03-02T00:00:00Z');
    await assign(mine.tariffId, station, '2026-04-01T00:00:00Z');
    await assign(elsewhere.tariffId, otherStation, '2026-03-02T00:00:00Z');
    const ours = caller(operatorId, north);
    assert.deepEqual((await get('/tariffs', ours)).items.map((each: { tariffId: string }) => each.tariffId), [mine.tariffId]);
    assert.equal((await get(`/tariffs/${mine.tariffId}`, ours)).assignments.length, 1);
    assert.deepEqual((await get(`/stations/${stationId}/tariff-assignments`, ours)).items.map((each: { tariffId: string }) => each.tariffId), [mine.tariffId]);
    assert.equal((await get(`/stations/${stationId}/tariff-day?date=2026-04-10`, ours)).bands.length, 2);
    const refused = [
      await get(`/tariffs/${early.tariffId}`, ours), await get(`/tariffs/${elsewhere.tariffId}`, ours), await get(`/stations/${encodeId('sta', otherStation)}/tariff-assignments`, ours),
      await get(`/stations/${stationId}/tariff-day?date=2026-05-02`, ours), await get(`/tariffs/${mine.tariffId}`, caller(operatorId, newUuid())), await post('/tariffs', tariff, ours),
    ];
    assert.deepEqual(refused.map((answer) => answer.code), ['tariff_not_found', 'tariff_not_found', 'station_not_found', 'station_not_found', 'tariff_not_found', 'outside_your_sub_operator']);
  });
});
