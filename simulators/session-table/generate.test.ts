import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSessionTable, shippedMapping, type SessionTable } from '../../src/modules/imports/index.ts';
import { generateSessionTable, SESSION_TABLE_FLAVOURS, type SessionTableFlavour } from './index.ts';

const seed = Number(process.env.KIRCHHOFF_SEED ?? 20261122);
async function generated(flavour: SessionTableFlavour, rows: number): Promise<SessionTable> {
  return loadSessionTable([Buffer.from(generateSessionTable({ seed, rows, flavour }))], await shippedMapping(flavour));
}

describe('generated tables of sessions', () => {
  it('are the same for the same seed, byte for byte, and others for another', (t) => {
    t.diagnostic(`seed ${seed}`);
    for (const flavour of SESSION_TABLE_FLAVOURS) {
      const make = (from: number): string => generateSessionTable({ seed: from, rows: 100, flavour });
      assert.equal(make(seed), make(seed));
      assert.notEqual(make(seed), make(seed + 1));
    }
  });

  it('have exactly the rows that were asked for, from one up', async () => {
    for (const flavour of SESSION_TABLE_FLAVOURS) for (const rows of [1, 7, 199, 200, 1_000]) assert.equal((await generated(flavour, rows)).summary.rows, rows);
    assert.throws(() => generateSessionTable({ seed, rows: 0, flavour: 'dundee' }), RangeError);
  });

  it("have the flaws of the Scottish export in its proportions, at least one of each kind, and nothing that cannot be read", async () => {
    const { problems, notReplayable, rows } = (await generated('dundee', 7_751)).summary;
    assert.equal(rows, 7_751);
    assert.equal(notReplayable, 1);
    assert.deepEqual([problems.charge_point_missing, problems.energy_negative, problems.clock_unset, problems.end_before_start], [1, 1, 1, 1]);
    assert.deepEqual([problems.end_missing, problems.zero_duration, problems.longer_than_two_days].map((count) => Math.round(count! / 10)), [4, 12, 16]);
    assert.ok(problems.energy_zero! > 350 && problems.energy_zero! < 420 && problems.overlaps! >= 10 && problems.overlaps! <= 20);
    for (const code of ['start_unreadable', 'end_unreadable', 'energy_unreadable', 'connector_unreadable', 'row_malformed'] as const) assert.equal(problems[code], undefined);
  });

  it('have the flaws of the Colorado export in its proportions', async () => {
    const { problems, notReplayable } = (await generated('boulder', 6_020)).summary;
    assert.equal(notReplayable, 0);
    assert.deepEqual([problems.clock_unset, problems.end_before_start, problems.duration_differs], [1, 1, 2]);
    assert.ok(problems.energy_zero! > 480 && problems.energy_zero! < 570 && problems.zero_duration! > 40 && problems.longer_than_two_days! > 60);
    assert.equal(problems.end_unreadable, undefined);
  });
});
