import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { openTestDatabase, newOperatorId, TEST_MASTER_KEY } from '../../test/support/database.ts';
import { addMember, charge, createWorld, deliver, lateReading, T0_DAY, type World } from '../../test/support/reporting-world.ts';
import { generateSessionTable } from '../../simulators/session-table/index.ts';
import { instant, MS_PER_MINUTE, type Instant, type OperatorId } from '../kernel/index.ts';
import { listRows, loadImport, shippedMapping, startImport, summariseImport, uploadTable, workImport } from '../modules/imports/index.ts';
import { auditReporting, exportContent, findExport, findPublication, parsePeriod, requestExport, writeExports } from '../modules/reporting/index.ts';
import { manualClock } from '../platform/clock/index.ts';
import { roleUrls, type OperatorDatabase } from '../platform/database/index.ts';
import type { Killed } from './killed.fixture.ts';

const test = await openTestDatabase();
const urls = roleUrls(test.adminUrl, TEST_MASTER_KEY);
type Work = Omit<Killed, 'urls' | 'operatorId' | 'at'>;
type Ended = { readonly how: string; readonly said: string };

async function inProcess(operatorId: OperatorId, at: Instant, work: Work): Promise<Ended> {
  const given: Killed = { urls, operatorId, at, ...work };
  const child = spawn(process.execPath, [fileURLToPath(new URL('./killed.fixture.ts', import.meta.url)), JSON.stringify(given)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null, string | null]>]);
  return { how: signal ?? String(code), said };
}
const at = (statement: string, count: number, when: 'before_commit' | 'after_commit') => ({ statement, count, when });

describe('work whose process is killed', () => {
  it('an import goes on with the page that was lost, in reading and in judging, and has every row and every verdict once', async () => {
    const ROWS = 2_500, table = Buffer.from(generateSessionTable({ seed: 7, rows: ROWS, flavour: 'dundee' })), mapping = await shippedMapping('dundee');
    const clock = manualClock(instant(Date.parse('2026-11-20T08:00:00Z')));
    const begin = async (odb: OperatorDatabase): Promise<string> => {
      const { importId } = await odb.transaction((tx) => uploadTable(tx, { fileName: 'town.csv', content: [table], requestedBy: 'usr_a' }, { clock }));
      assert.ok((await odb.transaction((tx) => startImport(tx, { importId, mapping }))).ok);
      return importId;
    };
    const [whole, killed] = [test.database.forOperator(newOperatorId()), test.database.forOperator(newOperatorId())];
    const [wholeId, killedId] = [await begin(whole), await begin(killed)];
    await workImport(whole, wholeId, { clock });
    const progress = async () => { const now = (await killed.transaction((tx) => loadImport(tx, killedId)))!; return [now.state, Number(now.rowsRead)]; };
    const reached = [];
    for (const kill of [
      at('insert into imports.imported_session', 2, 'before_commit'), at('insert into imports.imported_session', 1, 'after_commit'), at('insert into imports.verdict', 1, 'before_commit'),
      at('insert into imports.verdict', 3, 'before_commit'), at('insert into imports.verdict', 1, 'after_commit'),
    ]) {
      assert.deepEqual(await inProcess(killed.operatorId, clock.now(), { work: 'import', of: killedId, kill }), { how: 'SIGKILL', said: '' }, JSON.stringify(kill));
      reached.push(await progress());
      clock.advance(6 * MS_PER_MINUTE);
    }
    assert.deepEqual(reached, [['reading', 1_000], ['reading', 2_000], ['judging', ROWS], ['judging', ROWS], ['judging', ROWS]]);
    assert.equal((await inProcess(killed.operatorId, clock.now(), { work: 'import', of: killedId, kill: null })).how, '0');
    const all = (odb: OperatorDatabase, importId: string) => odb.transaction(async (tx) => ({ rows: await listRows(tx, importId, { which: 'all', cause: null, after: 0, countMax: ROWS + 1 }), summary: await summariseImport(tx, importId) }));
    assert.deepEqual(await all(killed, killedId), await all(whole, wholeId));
    assert.deepEqual(await progress(), ['done', ROWS]);
  });

  async function office(): Promise<World & { readonly first: Awaited<ReturnType<typeof charge>> }> {
    const world = await createWorld(test.database), { token } = await addMember(world, 5_000);
    const first = await charge(world, { from: 0, minutes: 10, token });
    for (let i = 1; i < 7; i++) await charge(world, { from: i * 12, minutes: 10, token });
    await deliver(test, world);
    return { ...world, first };
  }

  it('a file goes on with the part that was lost, and is the same to the byte', async () => {
    const world = await office(), { odb, clock } = world;
    for (const format of ['csv', 'xlsx'] as const) {
      const ask = () => odb.transaction(async (tx) => {
        const asked = await requestExport(tx, { subject: 'bills', parameters: { firstOn: T0_DAY, lastOn: T0_DAY, narrowing: {} }, format, language: 'en', requestedBy: 'usr_a' }, { clock });
        assert.ok(asked.ok);
        return asked.value.exportId;
      });
      const contentOf = async (exportId: string) => {
        const done = (await odb.transaction((tx) => findExport(tx, exportId)))!;
        return { state: done.state, rows: done.rowsDone, sha256: done.sha256, content: await buffer(exportContent(odb, done)) };
      };
      const wholeId = await ask();
      assert.equal(await writeExports(odb, { clock, rowsPerPart: 2 }), 1);
      const killedId = await ask();
      for (const kill of [
        at('insert into reporting.export_part', 2, 'before_commit'), at('insert into reporting.export_part', 1, 'after_commit'), at('insert into reporting.export_part', 2, 'after_commit'), at(`set state = 'done'`, 1, 'before_commit'),
      ]) {
        assert.deepEqual(await inProcess(world.operatorId, clock.now(), { work: 'export', of: '2', kill }), { how: 'SIGKILL', said: '' }, JSON.stringify(kill));
        clock.advance(2 * MS_PER_MINUTE);
      }
      assert.equal((await inProcess(world.operatorId, clock.now(), { work: 'export', of: '2', kill: null })).how, '0');
      assert.deepEqual(await contentOf(killedId), await contentOf(wholeId), format);
      assert.equal((await contentOf(killedId)).state, 'done');
    }
  });

  it('a publication is whole or it is not: killed before its commit nothing is frozen, killed after it it is not made again', async () => {
    const world = await office(), { odb, clock } = world, period = parsePeriod(T0_DAY)!;
    const publish = (kill: Killed['kill']) => inProcess(world.operatorId, clock.now(), { work: 'publish', of: T0_DAY, kill });
    const frozen = async () => (await odb.transaction((tx) => tx.query('select day::text from reporting.frozen_day where operator_id = $1', [world.operatorId]))).length;
    for (const statement of ['insert into reporting.publication ', 'insert into reporting.publication_figure', 'insert into reporting.frozen_day']) {
      assert.deepEqual(await publish(at(statement, 1, 'before_commit')), { how: 'SIGKILL', said: '' }, statement);
      assert.deepEqual([await odb.transaction((tx) => findPublication(tx, period)), await frozen()], [null, 0], statement);
    }
    // The day is as open as before: what comes now is in it.
    await lateReading(world, world.first, { minute: 3, registerWh: 54_000n });
    await deliver(test, world);
    assert.equal((await publish(at('insert into reporting.frozen_day', 1, 'after_commit'))).how, 'SIGKILL');
    const published = (await odb.transaction((tx) => findPublication(tx, period)))!;
    assert.equal(await frozen(), 1);
    assert.deepEqual(await publish(null), { how: '0', said: 'report_published_already' });
    assert.deepEqual(await odb.transaction((tx) => findPublication(tx, period)), published);
    assert.deepEqual((await odb.transaction(auditReporting)).flatMap(({ failures }) => failures), []);
  });
});
