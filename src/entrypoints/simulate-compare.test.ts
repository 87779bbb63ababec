import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BookedSession } from './replay-outcome.ts';
import { compareWithTruth, countByCause, countByFault, wrongRepairs } from './simulate-compare.ts';
import type { LivedSession } from './simulate-stations.ts';

const truth = (session: string, changes: Partial<LivedSession> = {}): LivedSession => ({
  session, station: 'S', version: '2.0.1', evse: 1, startAt: 0, endAt: 1, trueEnergyWh: 5_000, faults: [], expected: 'billed', transactionRef: `v201:${session}`, startStatus: null, sent: 3, discarded: 0, ...changes,
});
const booked = (session: string, changes: Partial<BookedSession> = {}): BookedSession => ({
  identity: 'S', transactionRef: `v201:${session}`, startMessageId: null, state: 'ended', billState: 'settled', billedWh: 5_000n, totalMinor: 1n, flagCauses: [], ...changes,
});

test('a bill is exact, flagged or wrong; a session without one is lost', () => {
  const { verdicts } = compareWithTruth([truth('a'), truth('b'), truth('c'), truth('d'), truth('e')],
    [booked('a'), booked('b', { billState: 'held', billedWh: 0n }), booked('c', { billedWh: 5_001n }), booked('d', { state: 'active', billState: null })]);
  assert.deepEqual(verdicts.map((each) => [each.verdict, each.needless]), [['exact', false], ['flagged', true], ['wrong', false], ['lost', false], ['lost', false]]);
});

test('a charge that no truth explains is told', () => {
  const { unexplainedCharged } = compareWithTruth([truth('a')], [booked('a'), booked('ghost'), booked('empty', { billedWh: 0n })]);
  assert.deepEqual(unexplainedCharged.map((each) => each.transactionRef), ['v201:ghost']);
});

test('verdicts are counted by fault, a session with two faults under both', () => {
  const { verdicts } = compareWithTruth([truth('a'), truth('b', { faults: ['duplicated', 'register_dip'] })], [booked('a'), booked('b')]);
  assert.deepEqual(countByFault(verdicts).map((row) => [row.fault, row.exact]), [['none', 1], ['duplicated', 1], ['register_dip', 1]]);
});

test('C-05 of planted causes it is counted which were named, repaired without a person, left to one, or repaired wrongly', () => {
  const planted = { faults: ['zero_then_jump'], causes: { zero_then_jump: ['meter_register_zero_before_start'] }, expected: 'flagged' as const };
  const held = { billState: 'held' as const, billedWh: 0n, flagCauses: ['meter_register_zero_before_start'] };
  const rows = countByCause([truth('a', planted), truth('b', planted), truth('c', planted), truth('d', planted), truth('e')], [booked('a', held), booked('b', held), booked('c', { ...held, flagCauses: [] }), booked('d'), booked('e')],
    new Map([['S/v201:a', { automatic: true, energyWh: 5_100n }], ['S/v201:b', { automatic: true, energyWh: 5_101n }], ['S/v201:c', { automatic: false, energyWh: 5_000n }]]));
  assert.deepEqual(rows, [{ fault: 'zero_then_jump', sessions: 4, named: 2, settled: 1, repaired: 1, person: 1, wrong: 1 }]);
});

test('C-05 what a policy would repair further from the truth than a hundredth or 0.1 kWh is told, whatever the fault, and so is a session that nobody lived', () => {
  const held = { billState: 'held' as const, billedWh: 0n };
  const repairs = new Map([['S/v201:a', { automatic: true, energyWh: 5_101n }], ['S/v201:b', { automatic: true, energyWh: 5_100n }], ['S/v201:c', { automatic: false, energyWh: 9_000n }], ['S/ghost', { automatic: true, energyWh: 101n }], ['S/start', { automatic: true, energyWh: 0n }]]);
  const wrong = wrongRepairs([truth('a', { faults: ['register_spike'] }), truth('b'), truth('c')], [booked('a', held), booked('b', held), booked('c', held), booked('g', { ...held, transactionRef: 'ghost' }), booked('s', { ...held, transactionRef: 'start' })], repairs);
  assert.deepEqual(wrong.map(({ session, energyWh }) => [session, energyWh]), [['a', 5_101n], ['S/ghost', 101n]]);
});
