import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateSessionTable } from '../../../../simulators/session-table/index.ts';
import { openTestApi, type TestUser } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { instant } from '../../../kernel/index.ts';
import { manualClock } from '../../../platform/clock/index.ts';
import { shippedMapping, workImport } from '../index.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.parse('2026-11-20T08:00:00Z')));
const api = await openTestApi(test, { clock });
const seed = Number(process.env.KIRCHHOFF_SEED ?? 20261122);
const table = Buffer.from(generateSessionTable({ seed, rows: 400, flavour: 'dundee' }));
type Import = { importId: string; state: string; rowsRead: number; rowsJudged: number; requestedBy: string; mapping: object | null };
type Row = { rowNumber: number; cells: string[]; flags: { code: number; cause: string }[]; refused: string | null };
type Proposal = { mapping: object | null; doubts: string[]; header: string[] };
type Preview = { rowsRead: number; whole: boolean; clean: number; causes: { cause: string; rows: number; samples: Row[] }[] };

const upload = (user: TestUser, payload: Buffer, fileName = 'town.csv') => api.api.server.inject({
  method: 'POST', url: `/api/v1/session-imports?fileName=${fileName}`, payload, headers: { ...user.headers, 'content-type': 'application/octet-stream' },
});
async function openDesk() {
  const operator = await api.operator(), user = await operator.user();
  const brought = await upload(user, table);
  assert.equal(brought.statusCode, 201, brought.body);
  return { operator, user, odb: test.database.forOperator(operator.operatorId), uploaded: brought.json() as Import };
}

describe('tables of sessions over HTTP', () => {
  it('a file is brought, a mapping proposed and tried, the import started, worked and looked through', async (t) => {
    t.diagnostic(`seed ${seed}`);
    const { user, odb, uploaded } = await openDesk();
    assert.match(uploaded.requestedBy, /^User /);
    const path = `/session-imports/${uploaded.importId}`;
    const { mapping, header } = (await user.get(`${path}/proposal`)).json() as Proposal;
    assert.ok(mapping !== null && header.includes('CP ID'));
    const preview = (await user.post(`${path}/preview`, { mapping })).json() as Preview;
    assert.deepEqual([preview.rowsRead, preview.whole], [400, true]);
    assert.equal((await user.get(`${path}/rows`)).json().items.length, 0, 'a preview stores nothing');

    const started = await user.post(`${path}/start`, { mapping });
    assert.deepEqual([started.statusCode, (started.json() as Import).state], [202, 'reading']);
    await workImport(odb, undefined, { clock });
    const { import: done, summary } = (await user.get(path)).json() as { import: Import; summary: { judged: number; clean: number; refused: { code: string; rows: number }[]; causes: { cause: string; rows: number }[] } };
    assert.deepEqual([done.state, done.rowsRead, summary.clean], ['done', 400, preview.clean]);
    assert.equal(summary.judged + summary.refused.reduce((sum, { rows }) => sum + rows, 0), 400);

    const pages: Row[] = [];
    let cursor = '';
    do {
      const page = (await user.get(`${path}/rows?which=flagged&limit=50${cursor}`)).json() as { items: Row[]; nextCursor: string | null };
      pages.push(...page.items);
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    assert.equal(pages.length, summary.judged - summary.clean);
    assert.ok(pages.every(({ flags, cells }) => flags.length > 0 && cells.length > 5));
    const [cause] = summary.causes;
    assert.equal(((await user.get(`${path}/rows?cause=${cause!.cause}&limit=200`)).json() as { items: Row[] }).items.length, cause!.rows);
    assert.deepEqual(((await user.get('/audit-entries?act=imports')).json().items as { act: string }[]).map(({ act }) => act), ['imports.start', 'imports.upload']);
  });

  it('says what is wrong with a mapping or a file, and changes nothing', async () => {
    const { user, uploaded } = await openDesk();
    const path = `/session-imports/${uploaded.importId}`, shipped = await shippedMapping('dundee');
    const wrong = await user.post(`${path}/preview`, { mapping: { ...shipped, energy: { column: 'Kilos', unit: 'kWh' } } });
    assert.deepEqual([wrong.statusCode, wrong.json().code, wrong.json().data.reason], [422, 'table_unreadable', 'column_not_found']);
    assert.equal((await user.post(`${path}/start`, { mapping: { title: 'half' } })).json().data.reason, 'mapping_invalid');
    const noise = (await upload(user, Buffer.from('just words\n'), 'noise.txt')).json() as Import;
    assert.equal((await user.get(`/session-imports/${noise.importId}/proposal`)).json().data.reason, 'file_malformed');
    assert.equal(((await user.get(path)).json() as { import: Import }).import.state, 'uploaded');
  });

  it('shows what stands in each column and how sure it is, and what somebody chooses stands', async () => {
    const { user, uploaded } = await openDesk();
    type Wide = Proposal & { columns: Record<string, string>; confidence: Record<string, string>; samples: string[][]; file: { delimiter?: string } };
    const path = `/session-imports/${uploaded.importId}/proposal`, proposed = (await user.get(path)).json() as Wide;
    assert.deepEqual([proposed.columns.chargePoint, proposed.confidence.chargePoint, proposed.file.delimiter], ['CP ID', 'sure', ',']);
    assert.equal(proposed.samples.length, proposed.header.length);
    assert.match(proposed.samples[proposed.header.indexOf('Total kWh')]![0]!, /\d/);
    const chosen = (await user.post(path, { columns: { chargePoint: 'Site', endTime: null, endDate: null } })).json() as Wide & { mapping: { chargePoint: object; end?: object } | null };
    assert.deepEqual([chosen.columns.chargePoint, chosen.confidence.chargePoint, chosen.columns.endTime], ['Site', 'given', undefined]);
    assert.equal((await user.post(path, { columns: { colour: 'Site' } })).statusCode, 400);
    const wide = (await user.post(path, { columns: {}, file: { delimiter: ';' } })).json() as Wide;
    assert.deepEqual([wide.header.length, wide.mapping], [1, null], 'cut at something that is not in it, it is one column');
    assert.equal((await user.post(path, { columns: {}, file: { encoding: 'klingon' } })).json().data.reason, 'mapping_invalid');
  });

  it('gives refused rows as a file with their reasons and their own cells, and reads a file again without bringing it again', async () => {
    const { user, odb } = await openDesk();
    const text = 'Charger,Started,Ended,Energy kWh,Note\nA1,2026-03-01 10:00,2026-03-01 11:00,7.5,fine\nA1,yesterday,2026-03-02 11:00,7.5,"=odd, cell"\nA1,2026-03-03 10:00,2026-03-03 11:00,0,\n';
    const brought = (await upload(user, Buffer.from(text), 'small.csv')).json() as Import;
    const mapping = { title: 'small', chargePoint: { columns: ['Charger'] }, connector: { constant: 1 }, time: { formats: ['yyyy-MM-dd HH:mm'], zone: 'UTC' }, start: { columns: ['Started'] }, end: { columns: ['Ended'] }, energy: { column: 'Energy kWh', unit: 'kWh' } };
    await user.post(`/session-imports/${brought.importId}/start`, { mapping });
    await workImport(odb, undefined, { clock });
    const refused = await user.get(`/session-imports/${brought.importId}/files/refused`);
    assert.match(String(refused.headers['content-disposition']), /small-refused\.csv/);
    const lines = refused.body.replace('\uFEFF', '').trim().split('\r\n');
    assert.deepEqual(lines, ['"row","refused","causes","problems","Charger","Started","Ended","Energy kWh","Note"', `"2","start_unreadable","","start_unreadable: yesterday","A1","yesterday","2026-03-02 11:00","7.5","'=odd, cell"`]);
    assert.match((await user.get(`/session-imports/${brought.importId}/files/flagged`)).body, /"3","","no_energy_drawn"/);
    const again = await user.post(`/session-imports/${brought.importId}/again`, {});
    assert.equal(again.statusCode, 201, again.body);
    const second = again.json() as Import & { sha256: string };
    assert.deepEqual([second.state, second.importId === brought.importId], ['uploaded', false]);
    assert.ok(((await user.get(`/session-imports/${second.importId}/proposal`)).json() as Proposal).header.includes('Charger'));
  });

  it('is listed newest first, and belongs to its operator alone', async () => {
    const { user, uploaded } = await openDesk();
    clock.advance(1_000);
    const second = (await upload(user, table, 'again.csv')).json() as Import;
    assert.deepEqual(((await user.get('/session-imports')).json() as { items: Import[] }).items.map(({ importId }) => importId), [second.importId, uploaded.importId]);
    const stranger = await (await api.operator()).user();
    assert.equal((await stranger.get(`/session-imports/${uploaded.importId}`)).json().code, 'import_not_found');
    assert.equal(((await stranger.get('/session-imports')).json() as { items: Import[] }).items.length, 0);
  });
});
