import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { inflateSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import readWorkbook from 'read-excel-file/node';
import { openTestDatabase } from '../../../test/support/database.ts';
import { encodeId } from '../../kernel/index.ts';
import type { Tx } from '../../platform/database/index.ts';
import { addCredential, createFleet, registerVehicle } from '../parties/index.ts';
import { createStatement, exportContent, findExport, parsePeriod, readReport, requestExport, writeExports, type Export } from './index.ts';
import { FIGURE_ROWS_MAX } from './queries/figures.ts';
import { LEASE_MS } from './commands/write-exports.ts';
import { addMember, charge, createWorld, deliver, T0_DAY, type World } from '../../../test/support/reporting-world.ts';

const test = await openTestDatabase();
const value = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => { assert.ok(result.ok, result.ok ? '' : String((result.error as { code: string }).code)); return result.value; };
type Asked = Parameters<typeof requestExport>[1];
const report = (format: Export['format'], language: Export['language'] = 'zh'): Asked =>
  ({ subject: 'report', parameters: { period: T0_DAY, groupBy: 'station', narrowing: {}, plates: false }, format, language, requestedBy: 'usr_a' });
const bills = (format: Export['format'], language: Export['language'] = 'en'): Asked => ({ subject: 'bills', parameters: { firstOn: T0_DAY, lastOn: T0_DAY, narrowing: {} }, format, language, requestedBy: 'usr_a' });
const ask = (world: World, asked: Asked): Promise<Export> => world.odb.transaction(async (tx: Tx) => value(await requestExport(tx, asked, world)));
const found = (world: World, { exportId }: Export): Promise<Export> => world.odb.transaction(async (tx) => (await findExport(tx, exportId))!);
async function contentOf(world: World, e: Export): Promise<Buffer> {
  const done = await found(world, e);
  assert.equal(done.state, 'done', done.failure ?? '');
  const parts: Buffer[] = [];
  for await (const part of exportContent(world.odb, done)) parts.push(part);
  const content = Buffer.concat(parts);
  assert.equal(createHash('sha256').update(content).digest('hex'), done.sha256);
  assert.equal(BigInt(content.length), done.bytes);
  return content;
}
async function worldOfBills(count: number): Promise<World> {
  const world = await createWorld(test.database);
  const { token } = await addMember(world, 5_000);
  for (let i = 0; i < count; i++) await charge(world, { from: i * 12, minutes: 10, token });
  await deliver(test, world);
  return world;
}
const table = (content: Buffer): string[][] => parse(content, { bom: true, relax_column_count: true });

describe('export files', () => {
  it('CSV of a report says whose it is, of when, what became of bills in doubt, and sums up, in both languages', async () => {
    const world = await worldOfBills(2);
    const [zh, en] = [await ask(world, report('csv')), await ask(world, report('csv', 'en'))];
    assert.equal(await writeExports(world.odb, world), 2);
    const rows = table(await contentOf(world, zh));
    assert.deepEqual(rows.find(([name]) => name === '异常账单处理方式'), ['异常账单处理方式', '待核实后结算：暂不计费，另行列示建议金额']);
    assert.deepEqual(rows.find(([name]) => name === '期间'), ['期间', T0_DAY]);
    const [head, line] = [rows.find(([first]) => first === '站点')!, rows.find(([first]) => first === 'East')!];
    assert.deepEqual([line[1], line[head.indexOf('账单数')], line[head.indexOf('电量 kWh')], line[head.indexOf('总金额')]], [encodeId('sta', world.stationId), '2', '20.000', '38.00']);
    const total = table(await contentOf(world, en)).find(([first]) => first === 'Total')!;
    assert.equal(total[head.indexOf('总金额')], '38.00');
  });

  it('a table that was killed goes on where it was, and is the same to the byte as one that was not', async () => {
    const world = await worldOfBills(7);
    for (const format of ['csv', 'xlsx'] as const) {
      const whole = await ask(world, bills(format));
      assert.equal(await writeExports(world.odb, { ...world, rowsPerPart: 3 }), 1);
      const killed = await ask(world, bills(format));
      for (let parts = 1; parts <= 2; parts++) {
        let asked = 0;
        assert.equal(await writeExports(world.odb, { ...world, rowsPerPart: 3, goOn: () => asked++ < 1 }), 0);
        const half = await found(world, killed);
        assert.deepEqual([half.state, half.parts, half.rowsDone, half.rowsTotal], ['running', parts, BigInt(parts * 3), 7n]);
        assert.equal(await writeExports(world.odb, { ...world, rowsPerPart: 3 }), 0, 'its writer may still be at it');
        world.clock.advance(LEASE_MS);
      }
      assert.equal(await writeExports(world.odb, { ...world, rowsPerPart: 3 }), 1);
      assert.deepEqual(await contentOf(world, killed), await contentOf(world, whole), format);
      assert.equal((await found(world, killed)).parts, 3);
    }
  });

  it('a workbook opens, with numbers as numbers', async () => {
    const world = await worldOfBills(5);
    const asked = await ask(world, bills('xlsx', 'zh'));
    await writeExports(world.odb, { ...world, rowsPerPart: 2 });
    const content = await contentOf(world, asked);
    const [sheet] = await readWorkbook(content) as unknown as { data: unknown[][] }[];
    const rows = sheet!.data;
    const head = rows[0]!;
    assert.deepEqual(rows.length, 6);
    const [first] = rows.slice(1).map((row) => [row[head.indexOf('站点')], row[head.indexOf('充电发起方式')], row[head.indexOf('电量 kWh')], row[head.indexOf('总金额')], row[head.indexOf('状态')]]);
    assert.deepEqual(first, ['East', '刷卡', 10, 19, '已结算']);
    assert.match(String(rows[1]![head.indexOf('账单编号')]), /^bill_[0-9a-z]{26}$/);
  });

  it('a PDF has the Chinese font in it, and only the glyphs that occur', async () => {
    const world = await worldOfBills(1);
    const asked = await ask(world, report('pdf'));
    assert.equal(await writeExports(world.odb, world), 1);
    const content = await contentOf(world, asked);
    assert.equal(content.subarray(0, 5).toString(), '%PDF-');
    assert.ok(content.length < 200_000, `${content.length} bytes`);
    const text = content.toString('latin1');
    assert.match(text, /\/FontName \/[A-Z]{6}\+NotoSansSC/);
    // What a reader copies is Chinese: the glyphs are mapped back to 充 (5145) and 电 (7535).
    const streams = [...text.matchAll(/stream\n/g)].map(({ index }) => { try { return inflateSync(content.subarray(index + 7)).toString('latin1'); } catch { return ''; } }).join('');
    assert.match(streams, /<[0-9a-f]*5145[0-9a-f ]*>|5145/i);
    assert.match(streams, /7535/);
  });

  it('a statement is written too; bills are no document; what is gone or too long fails and says so', async () => {
    const world = await createWorld(test.database);
    const { memberId } = await addMember(world, 1_000);
    const statement = await world.odb.transaction(async (tx) => {
      const fleetId = value(await createFleet(tx, { name: '=cmd|A1' }));
      value(await registerVehicle(tx, { vin: 'VIN12345', plate: '粤B12345', fleetId }));
      await addCredential(tx, { memberId, kind: 'vin', token: 'VIN12345' });
      return value(await createStatement(tx, { subjectKind: 'fleet', subjectId: fleetId, firstOn: T0_DAY, lastOn: T0_DAY, madeBy: 'usr_a' }, world));
    });
    await charge(world, { from: 0, token: 'VIN12345' });
    await deliver(test, world);
    const of = (statementId: string, plates: boolean): Asked => ({ subject: 'statement', parameters: { statementId, groupBy: 'vehicle', plates }, format: 'csv', language: 'en', requestedBy: 'usr_a' });
    const [shown, masked, gone] = [await ask(world, of(statement.statementId, true)), await ask(world, of(statement.statementId, false)), await ask(world, of('00000000-0000-7000-8000-000000000000', true))];
    assert.equal(await writeExports(world.odb, world), 2);
    const rows = table(await contentOf(world, shown));
    assert.ok(rows.some(([name]) => name === '粤B12345'));
    assert.deepEqual(rows[0], ['Of', 'Fleet =cmd|A1']);
    assert.doesNotMatch((await contentOf(world, masked)).toString(), /粤B12345/);
    assert.deepEqual([(await found(world, gone)).state, (await found(world, gone)).failure], ['failed', 'export_subject_not_found']);
    assert.deepEqual(await world.odb.transaction((tx) => requestExport(tx, bills('pdf'), world)), { ok: false, error: { code: 'export_format_not_for_bills' } });
  });

  it('one that gets on between any number of restarts is not given up', async () => {
    const world = await worldOfBills(7);
    const asked = await ask(world, bills('csv'));
    for (let parts = 1; parts <= 7; parts++) {
      let before = 0;
      await writeExports(world.odb, { ...world, rowsPerPart: 1, goOn: () => before++ < 1 });
      world.clock.advance(LEASE_MS);
    }
    assert.equal(await writeExports(world.odb, { ...world, rowsPerPart: 1 }), 1);
    assert.equal(table(await contentOf(world, asked)).length, 8);
  });

  it('one whose writer dies again and again is given up', async () => {
    const world = await worldOfBills(1);
    const asked = await ask(world, bills('csv'));
    for (let i = 0; i < 5; i++) {
      await writeExports(world.odb, { ...world, goOn: () => false });
      world.clock.advance(LEASE_MS);
    }
    assert.equal(await writeExports(world.odb, world), 0);
    assert.equal((await found(world, asked)).state, 'failed');
  });

  it('a report of more vehicles than are held in memory is read page by page, and refused as a file, with a code', async () => {
    const world = await worldOfBills(1);
    const columns = (await world.odb.transaction((tx) => tx.query<{ name: string }>(`select column_name as name from information_schema.columns where table_schema = 'reporting' and table_name = 'bill_movement' order by ordinal_position`))).map(({ name }) => name);
    const fresh = new Set(['bill_id', 'session_id', 'caused_by', 'vehicle_id']);
    await world.odb.transaction((tx) => tx.execute(
      `insert into reporting.bill_movement (${columns.join(', ')}) select ${columns.map((name) => (fresh.has(name) ? 'gen_random_uuid()' : `m.${name}`)).join(', ')}
       from (select * from reporting.bill_movement where operator_id = $1 limit 1) m, generate_series(1, $2)`, [world.operatorId, FIGURE_ROWS_MAX + 1]));
    const byVehicle = { ...report('csv'), parameters: { period: T0_DAY, groupBy: 'vehicle', narrowing: {}, plates: false } } as Asked;
    const e = await ask(world, byVehicle);
    await writeExports(world.odb, world);
    const { state, failure } = await found(world, e);
    assert.deepEqual([state, failure], ['failed', `export_too_long: more than ${FIGURE_ROWS_MAX} rows; narrow it to a fleet, department or station`]);
    const read = (after: string | null) => world.odb.transaction((tx) => readReport(tx, { period: parsePeriod(T0_DAY)!, dimension: 'vehicle', narrowing: {}, page: { after, limit: 50 } }, world));
    const first = await read(null), second = await read(first.rows.at(-1)!.key);
    assert.deepEqual([first.rows[0]!.key, first.rows.length, second.rows.length], ['', 50, 50], 'the bill without a vehicle comes first');
    const keys = [...first.rows, ...second.rows].map(({ key }) => key);
    assert.deepEqual(keys, [...new Set(keys)].toSorted());
    assert.equal(second.total.billCount, BigInt(FIGURE_ROWS_MAX + 2), 'a page tells of the whole');
  });
});
