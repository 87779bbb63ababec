import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateSessionTable } from '../../../simulators/session-table/index.ts';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { instant } from '../../kernel/index.ts';
import { manualClock } from '../../platform/clock/index.ts';
import type { OperatorDatabase } from '../../platform/database/index.ts';
import { DEFAULT_RULES } from '../charging/index.ts';
import { listRows, loadImport, previewTable, shippedMapping, startImport, summariseImport, uploadTable, workImport, type SessionImport } from './index.ts';

const test = await openTestDatabase();
const seed = Number(process.env.KIRCHHOFF_SEED ?? 20261122);
const ROWS = 2_500;
const table = Buffer.from(generateSessionTable({ seed, rows: ROWS, flavour: 'dundee' }));
const mapping = await shippedMapping('dundee');
const newClock = () => manualClock(instant(Date.parse('2026-11-20T08:00:00Z')));

async function started(odb: OperatorDatabase, clock = newClock(), bytes: Buffer = table): Promise<SessionImport> {
  const { importId } = await odb.transaction((tx) => uploadTable(tx, { fileName: 'town.csv', content: [bytes], requestedBy: 'usr_test' }, { clock }));
  const begun = await odb.transaction((tx) => startImport(tx, { importId, mapping }));
  assert.ok(begun.ok);
  return begun.value;
}
const everything = async (odb: OperatorDatabase, importId: string) => odb.transaction(async (tx) => ({ rows: await listRows(tx, importId, { which: 'all', cause: null, after: 0, countMax: ROWS + 1 }), summary: await summariseImport(tx, importId) }));

describe('a table of sessions that comes in', () => {
  it('ends with every row stored as it came, and judged or refused with a code; the counts add up', async (t) => {
    t.diagnostic(`seed ${seed}`);
    const odb = test.database.forOperator(newOperatorId()), clock = newClock();
    const { importId } = await started(odb, clock);
    const done = await workImport(odb, importId, { clock });
    assert.deepEqual([done?.state, done?.rowsRead], ['done', BigInt(ROWS)]);
    const { rows, summary } = await everything(odb, importId);
    assert.deepEqual(rows.map(({ rowNumber }) => rowNumber), Array.from({ length: ROWS }, (_, i) => i + 1));
    assert.equal(summary.judged + Object.values(summary.refused).reduce((sum, count) => sum + count, 0n), BigInt(ROWS));
    assert.deepEqual(Object.keys(summary.refused), ['charge_point_missing']);
    assert.ok(rows.every(({ refusedCode, flags }) => (refusedCode === null) === (flags !== null)));
    for (const cause of ['no_energy_drawn', 'session_too_long', 'stop_register_below_start', 'clock_not_set']) assert.ok(summary.causes.some((each) => each.cause === cause), cause);
    const negative = rows.find(({ energyWh }) => energyWh !== null && energyWh < 0n)!;
    assert.deepEqual(negative.flags?.map(({ code, cause }) => [code, cause]), [[4, 'stop_register_below_start']]);
    assert.ok(negative.record.length > 5, 'the cells stand beside it');
  });

  it('goes on where it was stopped, in reading and in judging, and ends as if it had never been', async (t) => {
    t.diagnostic(`seed ${seed}`);
    const [whole, cut] = [test.database.forOperator(newOperatorId()), test.database.forOperator(newOperatorId())];
    const clock = newClock();
    const first = await started(whole, clock);
    await workImport(whole, first.importId, { clock });
    const second = await started(cut, clock);
    let runs = 0, state = 'reading';
    for (; state !== 'done'; runs++) {
      const stop = new AbortController();
      state = (await workImport(cut, second.importId, { clock, signal: stop.signal, onProgress: () => stop.abort() }))?.state ?? 'held';
      clock.advance(6 * 60_000);
    }
    assert.ok(runs > 3, `${runs} runs`);
    const [a, b] = [await everything(whole, first.importId), await everything(cut, second.importId)];
    assert.deepEqual(b, a);
  });

  it('is worked by one at a time: who comes second while the first holds it finds nothing to do', async () => {
    const odb = test.database.forOperator(newOperatorId()), clock = newClock();
    const { importId } = await started(odb, clock);
    const stop = new AbortController();
    await workImport(odb, importId, { clock, signal: stop.signal, onProgress: () => stop.abort() });
    assert.equal(await workImport(odb, importId, { clock }), null);
    clock.advance(6 * 60_000);
    assert.equal((await workImport(odb, importId, { clock }))?.state, 'done');
    assert.equal(await workImport(odb, importId, { clock }), null, 'and nothing is left of a done one');
  });

  it('is imported once, however often it is brought: the same bytes by the same mapping are the import that is there', async () => {
    const odb = test.database.forOperator(newOperatorId()), clock = newClock();
    const first = await started(odb, clock);
    await workImport(odb, first.importId, { clock });
    const again = await started(odb, clock);
    assert.equal(again.importId, first.importId);
    assert.equal(await workImport(odb, undefined, { clock }), null);
  });

  it('fails as a whole when the mapping does not fit the file, says why, and may be brought again', async () => {
    const odb = test.database.forOperator(newOperatorId()), clock = newClock();
    const { importId } = await started(odb, clock, Buffer.from('Station;When\nA;now\n'));
    const failed = await workImport(odb, importId, { clock });
    assert.deepEqual([failed?.state, failed?.failureCode], ['failed', 'column_not_found']);
    assert.match(failed!.failure!, /has no column "CP ID"/);
    assert.notEqual((await started(odb, clock, Buffer.from('Station;When\nA;now\n'))).importId, importId);
  });

  it('can be tried first: the dry run says what an import would find, and stores nothing', async () => {
    const odb = test.database.forOperator(newOperatorId()), clock = newClock();
    const preview = await previewTable((async function* () { yield table; })(), mapping, DEFAULT_RULES);
    const { importId } = await started(odb, clock);
    assert.equal((await everything(odb, importId)).rows.length, 0);
    await workImport(odb, importId, { clock });
    const { summary } = await everything(odb, importId);
    const sorted = (causes: readonly { readonly cause: string; readonly rows: number | bigint }[]) => causes.map(({ cause, rows }) => `${cause} ${rows}`).toSorted();
    assert.deepEqual(sorted(preview.causes), sorted(summary.causes));
    assert.deepEqual([preview.rowsRead, preview.clean, preview.whole], [ROWS, Number(summary.clean), true]);
  });

  it("is seen by nobody but the operator who brought it", async () => {
    const odb = test.database.forOperator(newOperatorId()), other = test.database.forOperator(newOperatorId());
    const { importId } = await started(odb);
    assert.equal(await other.transaction((tx) => loadImport(tx, importId)), null);
  });
});
