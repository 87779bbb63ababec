import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openTestDatabase } from '../../test/support/database.ts';
import { scriptedChannel, insertTestAccount } from '../modules/payments/testing.ts';
import { createOperator } from '../modules/parties/index.ts';
import { newUuid, systemClock } from '../platform/clock/index.ts';
import { loadConfig } from '../platform/config/index.ts';
import { sqlTimestamp } from '../platform/database/index.ts';
import { fingerprintOf, insertNode, insertSlowRequests, printSettings } from '../platform/nodes/index.ts';
import { insertPressure } from '../platform/pressure/index.ts';
import { closeTiming, openTiming } from '../platform/timings/index.ts';
import { addMs } from '../kernel/index.ts';
import { databaseRoleParts, gatewayParts, nodeParts, pressureParts } from './doctor-nodes.ts';
import type { Part } from './doctor-part.ts';
import { channelParts, inboxParts, ledgerParts, recoveryParts } from './doctor-payments.ts';
import { slowRequests } from './doctor-slow.ts';
import { main } from './cli.ts';

const test = await openTestDatabase();
const { database } = test;
const home = mkdtempSync(join(tmpdir(), 'doctor-'));
after(() => rmSync(home, { recursive: true, force: true }));
const KEY = Buffer.alloc(32, 3);

async function node(host: string, environment: Record<string, string> = {}, roles: string[] = ['worker', 'api', 'gateway'], ageMs = 0): Promise<string> {
  const settings = printSettings(loadConfig({ environment, workingFolder: home }).explained, KEY), nodeId = newUuid();
  await insertNode(database.untenanted, { nodeId, host, pid: 1, roles, version: '0.2.0', schemaVersion: '0110', settings, fingerprint: fingerprintOf(settings), startedAt: addMs(systemClock.now(), -ageMs) });
  return nodeId;
}
const forgetNodes = () => database.untenanted.execute('delete from platform.node');
const states = (parts: readonly Part[]) => parts.map(({ part, state }) => [part, state]);
const everyBadPartSaysWhatToDo = (parts: readonly Part[]): void => { for (const part of parts) if (part.state === 'bad' || part.state === 'look') assert.ok(part.todo, `${part.part}: ${part.found}`); };

describe('doctor', () => {
  it('P-08 shows in which setting the nodes differ, with who has it from where; a silent node is listed and not compared', async () => {
    await node('old', { KIRCHHOFF_CHANNEL_ORIGINS: 'http://two-in-one.example.com' });
    await node('new');
    await node('gone', { KIRCHHOFF_LOG_LEVEL: 'debug' }, ['worker'], 120_000);
    const parts = await nodeParts(database.untenanted);
    assert.deepEqual(states(parts), [['nodes', 'look'], ['silent nodes', 'look']]);
    assert.match(parts[0]!.found, /payments\.channelOrigins: .*KIRCHHOFF_CHANNEL_ORIGINS\) on old:1/);
    assert.match(parts[0]!.found, /on new:1/);
    assert.doesNotMatch(parts[0]!.found, /log\.level|two-in-one/);
    everyBadPartSaysWhatToDo(parts);
    await forgetNodes();
  });

  it('P-10 a role that no living process has is dead, and says what stands still', async () => {
    await node('only-api', {}, ['api']);
    const parts = await nodeParts(database.untenanted);
    assert.deepEqual(states(parts), [['nodes', 'good'], ['worker role', 'bad'], ['gateway role', 'bad']]);
    assert.match(parts[1]!.found, /notifications are stored and not worked/);
    everyBadPartSaysWhatToDo(parts);
    await forgetNodes();
    assert.deepEqual(states(await nodeParts(database.untenanted)), [['nodes', 'off']]);
  });

  it('P-07 the disk, commits and the event loop stand in one line with how late payments were', async () => {
    const nodeId = await node('worker');
    assert.deepEqual(states(await pressureParts(database.untenanted)), [['pressure', 'off']]);
    await insertPressure(database.untenanted, nodeId, {
      measuredAt: systemClock.now(), disk: { somePercent: 64, fullPercent: 50 }, probeUs: 2_000_000, commits: { commits: 9, p50Us: 1_000_000, p99Us: 3_000_000, maxUs: 3_000_000 }, wal: null,
      loop: { p99Us: 1_000, maxUs: 2_000 }, payments: { credited: 4, p50Ms: 2_000, p99Ms: 5_000 },
    });
    const parts = await pressureParts(database.untenanted);
    assert.deepEqual(states(parts), [['pressure', 'look']]);
    assert.match(parts[0]!.found, /disk 64\.0 %, commit 2000\.0 ms .*payments within 5000 ms/);
    everyBadPartSaysWhatToDo(parts);
    await forgetNodes();
  });

  it('P-09 --slow lists what took long with where the time went', async () => {
    const nodeId = await node('api-1');
    assert.match((await slowRequests(database.untenanted)).text, /no request took long/);
    await insertSlowRequests(database.untenanted, nodeId, [{
      ...closeTiming(openTiming()), totalUs: 10_000_000, loopUs: 0, poolUs: 9_500_000, queryUs: 300_000, channelUs: 0, handlerUs: 200_000, requestId: newUuid(), operatorId: null, startedAt: systemClock.now(),
      method: 'POST', route: '/api/v1/payment-orders', status: 201, waits: [{ kind: 'pool', name: 'connection', count: 2, us: 9_500_000 }, { kind: 'query', name: 'insert payments.payment_order', count: 1, us: 300_000 }],
    }]);
    const { text } = await slowRequests(database.untenanted);
    assert.match(text, /10\.00 s {2}POST \/api\/v1\/payment-orders 201 {2}api-1 {2}most: pool/);
    assert.match(text, /waited for a connection × 2: 9\.50 s\n {4}query insert payments\.payment_order × 1: 300\.0 ms/);
    await forgetNodes();
  });

  it('P-10 the ledger is tried by booking and undoing: nothing of it stays', async () => {
    assert.deepEqual(states(await ledgerParts(database)), [['ledger', 'off']]);
    const created = await createOperator(database, { code: 'doc-1', name: 'Volt', currency: 'CNY', timeZone: 'Asia/Shanghai' });
    assert.ok(created.ok);
    const parts = await ledgerParts(database);
    assert.equal(parts[0]!.part, 'ledger');
    assert.match(parts[0]!.found, /books \(and undid it\)/);
    assert.deepEqual(await database.forOperator(created.value).transaction((tx) => tx.query('select 1 from ledger.account')), []);
  });

  it('P-10 a merchant account shows what its channel said, where its notifications go, and whether its keys are there', async () => {
    const created = await createOperator(database, { code: 'doc-2', name: 'Volt', currency: 'CNY', timeZone: 'Asia/Shanghai' });
    assert.ok(created.ok);
    const odb = database.forOperator(created.value), keysFolder = join(home, 'keys');
    const of = { keysFolder, environment: {} };
    assert.deepEqual(states(await channelParts(database, of)), [['channels', 'off']]);
    const { merchantAccountId } = await odb.transaction((tx) => insertTestAccount(tx, { channel: scriptedChannel({ clock: systemClock }), clock: systemClock, environment: 'L' }));
    const change = (version: number, settings: object) => odb.transaction((tx) => tx.execute(
      `insert into payments.merchant_account_version (operator_id, merchant_account_id, version, settings, enabled, changed_by, recorded_at) values ($1, $2, $3, $4, true, 'test', $5)`,
      [created.value, merchantAccountId, version, JSON.stringify(settings), sqlTimestamp(systemClock.now())]));
    await change(2, { kind: 'wechatpay', merchantId: 'm', appId: 'a', merchantKey: 'file:merchant.pem', apiV3Key: 'env:APIV3' });
    const parts = await channelParts(database, of);
    assert.deepEqual(states(parts), [['channel', 'look'], ['notify address', 'look'], ['channel keys', 'bad']]);
    assert.match(parts[2]!.found, /doc-2\/.*merchant\.pem is missing/);
    everyBadPartSaysWhatToDo(parts);
    mkdirSync(join(keysFolder, 'doc-2'), { recursive: true });
    writeFileSync(join(keysFolder, 'doc-2', 'merchant.pem'), 'x', { mode: 0o600 });
    assert.deepEqual((await channelParts(database, { keysFolder, environment: { KIRCHHOFF_CHANNEL_KEY__DOC_2__APIV3: 'x' } }))[2]?.state, 'good');
    const probe = (outcome: string, reason: string | null) => odb.transaction((tx) => tx.execute(
      `insert into payments.merchant_account_probe (operator_id, probe_id, merchant_account_id, version, outcome, reason, channel_code, message, probed_by, probed_at) values ($1, $2, $3, 2, $4, $5, $6, $5, 'system', $7)`,
      [created.value, newUuid(), merchantAccountId, outcome, reason, outcome === 'refused' ? 'SIGN_ERROR' : null, sqlTimestamp(systemClock.now())]));
    await probe('refused', 'signature_wrong');
    assert.deepEqual((await channelParts(database, of))[0]?.state, 'bad');
    await odb.transaction((tx) => tx.execute(`insert into payments.notify_probe (operator_id, probe_id, merchant_account_id, address, sent_at, outcome, http_status, settled_at) values ($1, $2, $3, 'https://207.example.com/notify', now(), 'elsewhere', 200, now())`,
      [created.value, newUuid(), merchantAccountId]));
    const notify = (await channelParts(database, of))[1]!;
    assert.equal(notify.state, 'bad');
    assert.match(notify.found, /elsewhere at https:\/\/207\.example\.com/);
  });

  it('P-10 notifications, recovery and the roles of the database are examined, and a gateway that does not answer is dead', async () => {
    assert.deepEqual(states([...await inboxParts(database), ...await recoveryParts(database), ...await databaseRoleParts(database.untenanted)]), [['notifications', 'good'], ['recovery', 'good'], ['database roles', 'good']]);
    assert.deepEqual(await gatewayParts({ 'data.folder': home }), []);
    writeFileSync(join(home, 'running.json'), JSON.stringify({ pid: process.pid, startedAt: 'now', ocpp: 'ws://127.0.0.1:1/ocpp' }));
    const parts = await gatewayParts({ 'data.folder': home });
    assert.deepEqual(states(parts), [['gateway', 'bad']]);
    everyBadPartSaysWhatToDo(parts);
  });

  it('P-10 one table, and one JSON object a part; a dead part is exit code 1', async () => {
    const said: string[] = [];
    const io = { out: (text: string) => void said.push(text), err: (text: string) => void said.push(text), env: { KIRCHHOFF_DATA: join(home, 'none'), DATABASE_URL: 'postgres://nobody:wrong@127.0.0.1:1/none' } } as unknown as Parameters<typeof main>[1];
    assert.equal(await main(['doctor', '--json'], io), 1);
    const parts = said.map((line) => JSON.parse(line) as Part);
    assert.ok(parts.some(({ part, state }) => part === 'database' && state === 'bad'));
    everyBadPartSaysWhatToDo(parts);
    assert.equal(said.join('').includes('wrong@'), false, 'the password stays out of it');
    said.length = 0;
    assert.equal(await main(['doctor'], io), 1);
    assert.match(said.join('\n'), /database\s+BAD /);
  });
});
