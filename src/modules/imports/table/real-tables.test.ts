import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadSessionTable, shippedMapping, type SessionTable } from './index.ts';

/**
 * The published tables are not part of the project. Where KIRCHHOFF_REAL_DATA names the folder that holds them, what the
 * mappings make of them is compared with what was counted by hand; where it does not, each test says so.
 */
const folder = process.env.KIRCHHOFF_REAL_DATA;
async function published(file: string, mapping: 'dundee' | 'boulder', say: (message: string) => void): Promise<SessionTable | null> {
  const path = folder === undefined ? undefined : join(folder, file);
  if (path !== undefined && existsSync(path)) return loadSessionTable(path, await shippedMapping(mapping));
  say(`NOT COMPARED: ${path === undefined ? 'KIRCHHOFF_REAL_DATA names no folder' : `${path} is not there`}; see docs/reference/session-tables.md for where to get it`);
  return null;
}
const codes = (table: SessionTable, rowNumber: number): string[] => table.rows[rowNumber - 1]!.problems.map((problem) => problem.code);

describe('the published tables', () => {
  it('a Scottish quarter: every row is read, and reading day and month as they were meant leaves one end before its start', async (t) => {
    const table = await published('dundee-2017q4.csv', 'dundee', (message) => t.diagnostic(message));
    if (!table) return;
    const { summary } = table;
    assert.deepEqual([summary.rows, summary.replayable, summary.notReplayable], [15_502, 15_500, 2]);
    assert.deepEqual(summary.problems, {
      charge_point_missing: 2, end_missing: 82, energy_missing: 82, zero_duration: 229, energy_zero: 807, energy_negative: 2,
      longer_than_two_days: 327, time_repeated: 15, clock_unset: 1, end_before_start: 1, overlaps: 29,
    });
    assert.equal(new Date(summary.firstStartAt!).toISOString(), '2017-08-31T23:11:00.000Z');
    assert.equal(new Date(summary.lastStartAt!).toISOString(), '2017-12-01T12:07:00.000Z');
    // From 01:46 to 01:08 in the night the clocks went back: 22 minutes, not an end before its start.
    const night = table.rows.find((row) => row.externalId === '3944164')!;
    assert.equal((night.endAt! - night.startAt!) / 60_000, 22);
    assert.deepEqual([table.rows.filter((row) => row.chargePointKey === null).map((row) => row.notReplayable), summary.chargePoints, summary.connectors],
      [['charge_point_missing', 'charge_point_missing'], 51, 101]);
  });

  it('three years of a town in Colorado: every row can be lived, and all but five durations agree to the minute', async (t) => {
    const table = await published('boulder-2018-2021.csv', 'boulder', (message) => t.diagnostic(message));
    if (!table) return;
    const { summary } = table;
    assert.deepEqual([summary.rows, summary.replayable], [24_081, 24_081]);
    assert.deepEqual(summary.problems, { energy_zero: 2_097, longer_than_two_days: 270, zero_duration: 194, duration_differs: 5, overlaps: 2, clock_unset: 1, end_before_start: 1 });
    assert.deepEqual([summary.chargePoints, summary.connectors], [27, 53]);
    assert.deepEqual(codes(table, 22_733), ['clock_unset', 'end_before_start', 'duration_differs', 'energy_zero']);
  });

  it('three years of a town in Colorado: reading the times as local contradicts the durations of the sessions over a change of clocks', async (t) => {
    const table = await published('boulder-2018-2021.csv', 'boulder', (message) => t.diagnostic(message));
    if (!table) return;
    const mapping = await shippedMapping('boulder');
    const local = { ...mapping, time: { ...mapping.time, writtenOffset: 'ignore', abbreviations: { MST: '-07:00', MDT: '-06:00' } } as const,
      start: { ...mapping.start, zoneColumn: 'Start_Time_Zone' }, end: { ...mapping.end!, zoneColumn: 'End_Time_Zone' } };
    const misread = await loadSessionTable(join(folder!, 'boulder-2018-2021.csv'), local);
    assert.deepEqual([table.summary.problems.duration_differs, misread.summary.problems.duration_differs], [5, 18]);
  });
});
