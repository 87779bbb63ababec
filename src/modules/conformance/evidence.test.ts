import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { logInTestUser, openTestApi, TEST_PASSWORD, type TestUser } from '../../../test/support/api.ts';
import { addMember, openConformanceWorld } from '../../../test/support/conformance-world.ts';
import { openTestDatabase } from '../../../test/support/database.ts';
import { createUser } from '../access/index.ts';
import { loadOperator } from '../parties/index.ts';
import { countAll } from './commands/count.ts';
import { writePacks } from './evidence/write-packs.ts';

const test = await openTestDatabase();
const { api } = await openTestApi(test);
const RANGE = 'from=2026-03-01&to=2026-03-31';
type Make = { maker: string; model: string | null; firmware: string | null; score: number; lowest: number; confidence: string; weakest: string | null; counts: Record<string, number> };
type Pack = { packId: string; state: string; step: string; archiveSha256: string | null; documentSha256: string | null; itemsDone: number; itemsTotal: number | null };

/** A maker whose old firmware loses bills and whose new one does not, and another maker who does well. */
async function openFleet() {
  const world = await openConformanceWorld(test), { token } = await addMember(world.world, 10_000);
  const bad = await world.point(), good = await world.point();
  const frames = [bad.boot(0, '1.4.1', 'Blitz', 'B1'), good.boot(0, '7', 'Solid', 'S9')];
  // Of the old firmware each second charge never ends; the next start says so.
  for (let i = 0; i < 30; i++) frames.push(...bad.charge(1 + i * 30, `o${i}`, { token, end: i % 2 === 0 }), ...good.charge(1 + i * 30, `g${i}`, { token }));
  frames.push(bad.boot(1_000, '1.4.2', 'Blitz', 'B1'), bad.call(1_001, 'StatusNotification', { connectorId: 1, holder: 'Lin Xiaoming', note: token }), bad.malformed(1_002, `[2,"q","Authorize",{"idToken":"${token}"`));
  for (let i = 0; i < 30; i++) frames.push(...bad.charge(1_010 + i * 30, `n${i}`, { token }));
  await world.store(frames);
  await world.work();
  await world.deliver();
  await countAll(world.odb);
  const user = (role: 'owner' | 'clerk') => world.odb.transaction(async (tx) => {
    const logInName = `u${Math.random().toString(36).slice(2)}`;
    const made = await createUser(tx, { logInName, displayName: 'User', password: TEST_PASSWORD, roles: [{ role, subOperatorId: null }] }, { clock: world.clock });
    assert.ok(made.ok);
    return { code: (await loadOperator(tx)).code, logInName, userId: made.value };
  }).then((of) => logInTestUser(api, of));
  return { world, token, user };
}
const ok = async <T>(answer: ReturnType<TestUser['get']>, status = 200): Promise<T> => { const got = await answer; assert.equal(got.statusCode, status, got.body); return got.json() as T; };

/** The files of an archive by its directory. */
function unzip(bytes: Buffer): Map<string, Buffer> {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6])), count = bytes.readUInt16LE(end + 10);
  const files = new Map<string, Buffer>();
  for (let i = 0, at = bytes.readUInt32LE(end + 16); i < count; i++) {
    const [packed, nameLength, offset] = [bytes.readUInt32LE(at + 20), bytes.readUInt16LE(at + 28), bytes.readUInt32LE(at + 42)];
    const from = offset + 30 + bytes.readUInt16LE(offset + 26);
    files.set(bytes.toString('utf8', at + 46, at + 46 + nameLength), inflateRawSync(bytes.subarray(from, from + packed)));
    at += 46 + nameLength;
  }
  return files;
}

describe('who is to blame', () => {
  it('C-26 lists makes by score, says what changed with a firmware, compares with the fleet, and shows frames without people', async () => {
    const { user, token } = await openFleet(), owner = await user('owner');
    const { items } = await ok<{ items: Make[] }>(owner.get(`/makes?level=maker&${RANGE}`));
    assert.deepEqual(items.map(({ maker }) => maker), ['Blitz', 'Solid']);
    assert.ok(items[0]!.score < items[1]!.score && items[0]!.weakest === 'bills', JSON.stringify(items[0]));
    assert.equal(items[1]!.score, 100);
    const first = await ok<{ items: Make[]; nextCursor: string }>(owner.get(`/makes?level=firmware&limit=2&${RANGE}`));
    const second = await ok<{ items: Make[]; nextCursor: null }>(owner.get(`/makes?level=firmware&limit=2&cursor=${first.nextCursor}&${RANGE}`));
    assert.deepEqual([...first.items, ...second.items].map(({ firmware }) => firmware).toSorted(), ['1.4.1', '1.4.2', '7']);
    type Detail = { fleet: { comparison: { part: string; verdict: string }[] }; firmwares: { make: Make; since: { firmware: string; changes: { part: string; verdict: string }[] } | null }[] };
    const detail = await ok<Detail>(owner.get(`/makes/detail?maker=Blitz&model=B1&${RANGE}`));
    assert.deepEqual(detail.firmwares.map(({ make }) => [make.firmware, make.counts.lostBills]), [['1.4.1', 15], ['1.4.2', 0]]);
    assert.equal(detail.firmwares[1]!.since!.changes.find(({ part }) => part === 'bills')!.verdict, 'fell');
    assert.equal(detail.fleet.comparison.find(({ part }) => part === 'bills')!.verdict, 'rose');
    for (const fault of ['lostBills', 'schemaBreaks', 'malformed']) {
      const answer = await owner.get(`/makes/examples?maker=Blitz&fault=${fault}&${RANGE}`);
      assert.ok((answer.json() as { items: unknown[] }).items.length > 0, fault);
      for (const secret of [token, 'Lin', 'Xiaoming']) assert.ok(!answer.body.includes(secret), `${secret} in ${answer.body}`);
    }
    const page = await ok<{ items: { sessionId: string }[]; nextCursor: string }>(owner.get(`/makes/examples?maker=Blitz&fault=lostBills&limit=10&${RANGE}`));
    const rest = await ok<{ items: { sessionId: string }[] }>(owner.get(`/makes/examples?maker=Blitz&fault=lostBills&limit=10&cursor=${page.nextCursor}&${RANGE}`));
    assert.equal(new Set([...page.items, ...rest.items].map(({ sessionId }) => sessionId)).size, 15);
    assert.equal((await owner.get(`/makes/detail?maker=Nobody&${RANGE}`)).statusCode, 404);
    assert.equal((await owner.get('/makes?from=2026-02-31')).statusCode, 422);
    assert.equal((await (await user('clerk')).get('/makes')).statusCode, 403);
  });

  it('C-26 makes an evidence pack that survives being killed anywhere, hashes to what it says, and names nobody', async () => {
    const { world, token, user } = await openFleet(), owner = await user('owner');
    const asked = { maker: 'Blitz', model: 'B1', firmware: null, from: '2026-03-01', to: '2026-03-31', language: 'zh' };
    const pack = await ok<Pack>(owner.post('/evidence-packs', asked), 202);
    assert.equal((await owner.get(`/evidence-packs/${pack.packId}/archive`)).statusCode, 409);
    // One step, then killed; whoever comes after the lease goes on there.
    const seen = new Set<string>();
    for (let tries = 0; tries < 4; tries++) {
      let steps = 0;
      await writePacks(world.odb, { clock: world.clock, goOn: () => steps++ < 1 });
      seen.add((await ok<Pack>(owner.get(`/evidence-packs/${pack.packId}`))).step);
      world.clock.advance(200_000);
    }
    assert.ok(seen.size >= 3, [...seen].join());
    await writePacks(world.odb, { clock: world.clock });
    const done = await ok<Pack>(owner.get(`/evidence-packs/${pack.packId}`));
    assert.equal(done.state, 'done', JSON.stringify(done));
    assert.equal(done.itemsDone, done.itemsTotal);
    const archive = (await owner.get(`/evidence-packs/${pack.packId}/archive`)).rawPayload, document = (await owner.get(`/evidence-packs/${pack.packId}/document`)).rawPayload;
    const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    assert.deepEqual([sha256(archive), sha256(document)], [done.archiveSha256, done.documentSha256]);
    assert.equal(document.toString('latin1', 0, 5), '%PDF-');
    const files = unzip(archive);
    const manifest = JSON.parse(files.get('manifest.json')!.toString()) as { complete: boolean; files: { name: string; sha256: string }[] };
    assert.equal(manifest.complete, true);
    assert.deepEqual(manifest.files.map(({ name }) => name), [...files.keys()].filter((name) => name !== 'manifest.json'));
    for (const { name, sha256: said } of manifest.files) assert.equal(sha256(files.get(name)!), said, name);
    const sessions = files.get('sessions-0001.csv')!.toString().trim().split('\r\n');
    assert.equal(sessions.length, 61);
    assert.equal(sessions.filter((line) => line.includes('lostBills')).length, 15);
    const frames = [...files].filter(([name]) => name.endsWith('.jsonl')).flatMap(([, content]) => content.toString().trim().split('\n')).map((line) => JSON.parse(line) as { frame: string; session?: string; faults?: string[] });
    const abnormal = sessions.slice(1).filter((line) => line.split(',')[11] !== '').map((line) => line.split(',')[0]!).toSorted();
    assert.ok(abnormal.length >= 15);
    assert.deepEqual([...new Set(frames.flatMap(({ session }) => session ?? []))].toSorted(), abnormal);
    assert.ok(frames.some(({ faults }) => faults?.includes('malformed')));
    assert.ok(frames.some(({ frame }) => /"idToken":"card-[0-9a-f]{10}"/.test(frame)), 'the same card is known by its pseudonym');
    for (const [name, content] of files) for (const secret of [token, token.toUpperCase(), 'Lin', 'Xiaoming']) assert.ok(!content.includes(secret), `${secret} in ${name}`);
    const list = await ok<{ items: Pack[] }>(owner.get('/evidence-packs'));
    assert.deepEqual(list.items.map(({ packId }) => packId), [pack.packId]);
    assert.equal((await owner.post('/evidence-packs', { ...asked, maker: 'Nobody' })).statusCode, 404);
  });
});
