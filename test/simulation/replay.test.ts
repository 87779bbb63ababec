import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { generateSessionTable, type SessionTableFlavour } from '../../simulators/session-table/index.ts';
import { readReplayTable } from '../../src/entrypoints/replay-table.ts';
import { replayTable, type Replayed } from '../../src/entrypoints/replay.ts';
import { servePlatform } from '../../src/entrypoints/simulate-platform.ts';
import { openTestDatabase } from '../support/database.ts';

const { database } = await openTestDatabase({ poolSizeMax: 16 });
const platform = await servePlatform(database);
const folder = await mkdtemp(join(tmpdir(), 'kirchhoff-replay-'));
after(async () => {
  await platform.close();
  await rm(folder, { recursive: true, force: true });
});
const ROWS = 220;

async function replayInvented(flavour: SessionTableFlavour, limit = ROWS, signal = new AbortController().signal): Promise<Replayed | null> {
  const file = join(folder, `${flavour}.csv`);
  await writeFile(file, generateSessionTable({ seed: 7, rows: ROWS, flavour }));
  const mapping = fileURLToPath(new URL(`../../src/modules/imports/table/mappings/${flavour}.json`, import.meta.url));
  return replayTable(platform, await readReplayTable(file, mapping, limit), { settings: { readingsMax: 2, powerW: 50_000, concurrency: 100 }, say: () => undefined, signal });
}
const sum = ({ rows }: Replayed): number => rows.billed + rows.flagged + rows.notReplayable;

for (const flavour of ['dundee', 'boulder'] as const) {
  test(`a table with the flaws of ${flavour}'s is lived again: each row is billed, flagged or not replayable, and the books balance`, async () => {
    const replayed = await replayInvented(flavour);
    assert.ok(replayed);
    assert.deepEqual(replayed.outcomes.filter((row) => row.outcome === 'lost' || row.outcome === 'wrong'), []);
    assert.deepEqual([replayed.outcomes.length, sum(replayed)], [ROWS, ROWS]);
    assert.deepEqual(replayed.problems, []);
    assert.ok(replayed.rows.billed > ROWS * 0.7, `only ${replayed.rows.billed} billed`);
    assert.equal(replayed.audit.balanced, true, replayed.audit.lines.join('\n'));
  });

  test(`a second run over ${flavour}'s table finds every session in the books and lives none twice`, async () => {
    const again = await replayInvented(flavour);
    assert.deepEqual([again?.sessionsLived, again === null ? 0 : sum(again), again?.audit.balanced], [0, ROWS, true]);
  });
}

test('a replay that was interrupted goes on where it was, and ends as if it had not been', async () => {
  const { database: other, drop } = await openTestDatabase({ poolSizeMax: 16 });
  const first = await servePlatform(other);
  const ending = new AbortController();
  const file = join(folder, 'dundee.csv');
  const table = await readReplayTable(file, fileURLToPath(new URL('../../src/modules/imports/table/mappings/dundee.json', import.meta.url)), 120);
  const settings = { readingsMax: 1, powerW: 50_000, concurrency: 100 };
  const interrupted = replayTable(first, table, { settings, say: () => undefined, signal: ending.signal });
  setTimeout(() => ending.abort(), 1_500);
  const part = await interrupted;
  const whole = part ?? await replayTable(first, table, { settings, say: () => undefined, signal: new AbortController().signal });
  assert.ok(whole);
  assert.deepEqual(whole.outcomes.filter((row) => row.outcome === 'lost' || row.outcome === 'wrong'), []);
  assert.equal(whole.audit.balanced, true, whole.audit.lines.join('\n'));
  await first.close();
  await drop();
});
