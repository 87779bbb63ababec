import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planReplay, type ReplayRow } from './replay-plan.ts';

const HOUR = 3_600_000, DAY = Date.parse('2018-01-12T00:00:00Z');
const row = (rowNumber: number, changes: Partial<ReplayRow>): ReplayRow => ({
  rowNumber, chargePointKey: 'BOULDER / BASELINE ST1', connector: 1, startAt: DAY, endAt: DAY + HOUR, energyWh: 5_000n, notReplayable: null, ...changes,
});
const plan = (rows: ReplayRow[]): ReturnType<typeof planReplay> => planReplay(rows, { prefix: 'rp', readingsMax: 4 });

test('every row is planned once or told to be not replayable with a code', () => {
  const planned = plan([row(1, {}), row(2, { chargePointKey: null }), row(3, { startAt: null }), row(4, { notReplayable: 'start_unreadable' }), row(5, { endAt: null, energyWh: null })]);
  assert.deepEqual(planned.rows.map((each) => each.rowNumber), [1, 5]);
  assert.deepEqual(planned.notReplayable, [{ rowNumber: 2, code: 'no_charge_point' }, { rowNumber: 3, code: 'no_start' }, { rowNumber: 4, code: 'start_unreadable' }]);
});

test('the register of a connector goes on from row to row, also where rows overlap, and each row differs by its own energy', () => {
  const planned = plan([row(1, {}), row(2, { startAt: DAY + HOUR / 2, endAt: DAY + 3 * HOUR, energyWh: 700n }), row(3, { startAt: DAY + 4 * HOUR, endAt: DAY + 5 * HOUR, energyWh: -3n }), row(4, { startAt: DAY + 6 * HOUR, endAt: DAY + 7 * HOUR })]);
  assert.deepEqual(planned.rows.map((each) => each.session.registerStartWh - planned.rows[0]!.session.registerStartWh), [0, 5_000, 5_700, 5_700]);
});

test('a row without energy in the middle of another sees the meter where it is, and one that starts with it comes first', () => {
  const planned = plan([row(1, { endAt: DAY + 4 * HOUR, energyWh: 8_000n }), row(2, { startAt: DAY, endAt: DAY, energyWh: 0n }), row(3, { startAt: DAY + HOUR, endAt: DAY + HOUR, energyWh: 0n }), row(4, { startAt: DAY + 5 * HOUR, endAt: DAY + 6 * HOUR })]);
  const first = planned.rows[0]!.session.registerStartWh;
  assert.deepEqual(planned.rows.map((each) => [each.rowNumber, each.session.registerStartWh - first]), [[2, 0], [1, 0], [3, 2_000], [4, 8_000]]);
});

test('cars at one connector at the same time are different members, one after the other may be the same', () => {
  const tokens = plan([row(1, {}), row(2, {}), row(3, { startAt: DAY + 2 * HOUR, endAt: DAY + 3 * HOUR }), row(4, { connector: 2 })]).rows.map((each) => each.session.idToken);
  assert.equal(new Set(tokens.slice(0, 2)).size, 2);
  assert.notEqual(tokens[0], tokens[3]);
  assert.ok(tokens.every((token) => token.length <= 20));
});

test('names with spaces and slashes become identities of their own, and both protocols are spoken', () => {
  const { stations } = plan([row(1, { chargePointKey: 'A / B' }), row(2, { chargePointKey: 'A  B' }), row(3, { chargePointKey: '街道 1' })]);
  assert.equal(new Set(stations.map((station) => station.identity)).size, 3);
  assert.ok(stations.every((station) => /^[A-Za-z0-9-]{1,48}$/.test(station.identity)));
  assert.deepEqual(new Set(stations.map((station) => station.version)), new Set(['1.6', '2.0.1']));
});

test('the same rows give the same plan', () => {
  const rows = [row(1, {}), row(2, { startAt: DAY + HOUR })];
  assert.deepEqual(plan(rows), plan(structuredClone(rows)));
});
