import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOutcomes, outcomesOf, plainTable, type BookedSession } from './replay-outcome.ts';
import { planReplay, type ReplayRow } from './replay-plan.ts';

const DAY = Date.parse('2018-01-12T00:00:00Z');
const rows: ReplayRow[] = [1, 2, 3, 4, 5].map((rowNumber) => ({
  rowNumber, chargePointKey: rowNumber === 5 ? null : 'A', connector: 1, startAt: DAY + rowNumber * 3_600_000, endAt: DAY + rowNumber * 3_600_000 + 60_000, energyWh: 100n, notReplayable: null,
}));
const plan = planReplay(rows, { prefix: 'rp', readingsMax: 0 });
const identity = plan.stations[0]!.identity;
const session = (rowNumber: number, changes: Partial<BookedSession> = {}): BookedSession => ({
  identity, transactionRef: `v16:${rowNumber}`, startMessageId: `rp.r${rowNumber}.0`, state: 'ended', billState: 'settled', billedWh: 100n, totalMinor: 7n, flagCauses: [], ...changes,
});

test('each row has one outcome, and the counts of the outcomes add up to the rows', () => {
  const outcomes = outcomesOf(plan, [session(1), session(2, { billState: 'held', billedWh: 0n, flagCauses: ['session_too_long'] }), session(3, { billedWh: 99n })]);
  assert.deepEqual(outcomes.map((each) => each.outcome), ['billed', 'flagged', 'wrong', 'lost', 'not_replayable']);
  const counts = countOutcomes(outcomes);
  assert.equal(counts.reduce((sum, count) => sum + count.rows, 0), rows.length);
  assert.deepEqual(counts.find((count) => count.outcome === 'flagged'), { outcome: 'flagged', code: 'session_too_long', rows: 1, energyWh: 0n });
});

test('a session that is still open is lost, not billed', () => {
  assert.deepEqual(outcomesOf(plan, [session(1, { state: 'active', billState: null })])[0]!.code, 'still_open');
});

test('a session of another station with the same number is not taken for the row', () => {
  assert.equal(outcomesOf(plan, [session(1, { identity: 'other' })])[0]!.outcome, 'lost');
});

test('a table lines its numbers up to the right', () => {
  assert.equal(plainTable(['outcome', 'rows'], [['billed', 12_345], ['flagged', 7]]), 'outcome   rows\n-------  -----\nbilled   12345\nflagged      7');
});
