import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { OperatorId } from '../kernel/index.ts';
import { createMember, createOperator, loadMembers } from '../modules/parties/index.ts';
import { loadConfig } from '../platform/config/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { main } from './cli.ts';
import { openSystem, type System } from './open-system.ts';

const home = realpathSync(mkdtempSync(join(tmpdir(), 'backup-')));
const environment = (data: string): NodeJS.ProcessEnv => ({ KIRCHHOFF_DATA: join(home, data) });
const open = (data: string): Promise<System> => openSystem({ config: loadConfig({ environment: environment(data), workingFolder: home }).config, logger: silentLogger, as: 'serve', name: 'test' });
const systems: System[] = [];
after(async () => {
  for (const system of systems) await system.close();
  rmSync(home, { recursive: true, force: true });
});

async function run(data: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '', err = '';
  const code = await main(args, { out: (text) => { out += `${text}\n`; }, err: (text) => { err += `${text}\n`; }, env: environment(data) });
  return { code, out, err };
}
const members = async (system: System, operatorId: OperatorId): Promise<number> => system.database.forOperator(operatorId).transaction(async (tx) =>
  Number((await tx.query<{ n: bigint }>('select count(*) as n from parties.member'))[0]!.n));

const source = await open('source');
systems.push(source);
const operator = await createOperator(source.database, { code: 'backup', name: 'Backup', currency: 'CNY', timeZone: 'Asia/Shanghai' });
assert.ok(operator.ok);
const odb = source.database.forOperator(operator.value);
const first = await odb.transaction((tx) => createMember(tx, { displayName: '第一位会员' }));

describe('backup and restore', () => {
  it('writes a backup while the program goes on, restores it into a scratch server and audits it', async () => {
    let going = true, written = 0;
    const writer = (async () => {
      for (; going; written++) await odb.transaction((tx) => createMember(tx, { displayName: `member ${written}` }));
    })();
    const before = await members(source, operator.value);
    const { code, out, err } = await run('source', 'backup', '--to', join(home, 'backups'), '--json');
    going = false;
    await writer;
    assert.equal(code, 0, err);
    const record = JSON.parse(out) as { folder: string; verified: { checks: number } };
    assert.ok(record.verified.checks >= 10, `${record.verified.checks} checks`);
    assert.ok(written > 0, 'somebody wrote meanwhile');
    assert.ok(before >= 1);
    assert.deepEqual(readdirSync(record.folder).sort(), ['backup.json', 'backup_manifest', 'base.tar.gz']);
    assert.equal(existsSync(join(home, 'source', `verify-${process.pid}`)), false, 'the scratch server is gone');
    assert.equal(readFileSync(join(record.folder, 'backup.json'), 'utf8').includes(readFileSync(join(home, 'source/master.key'), 'utf8').split(/\s/).at(-2)!), false, 'no key is in it');
  });

  it('restores into an empty data folder with the saved master key: everything is there, personal data too', async () => {
    copyFileSync(join(home, 'source/master.key'), join(home, 'saved.key'));
    const { code, err } = await run('target', 'restore', '--from', join(home, 'backups'), '--master-key', join(home, 'saved.key'));
    assert.equal(code, 0, err);
    const target = await open('target');
    systems.push(target);
    assert.ok(await members(target, operator.value) >= 1);
    const loaded = await target.database.forOperator(operator.value).transaction((tx) => loadMembers(tx, [first]));
    assert.equal([...loaded.values()][0]?.displayName, '第一位会员');
  });

  it('overwrites nothing, and refuses without the right master key', async () => {
    const occupied = await run('source', 'restore', '--from', join(home, 'backups'));
    assert.equal(occupied.code, 1);
    assert.match(occupied.err, /holds a database already/);
    assert.match((await run('keyless', 'restore', '--from', join(home, 'backups'))).err, /master\.key is missing/);
    writeFileSync(join(home, 'other.key'), `1 ${Buffer.alloc(32, 5).toString('base64')}\n`, { mode: 0o600 });
    assert.match((await run('wrong', 'restore', '--from', join(home, 'backups'), '--master-key', join(home, 'other.key'))).err, /needs master key version 1, which is another one here/);
    assert.equal(existsSync(join(home, 'wrong/postgres')), false);
  });

  it('finds damage before it starts a server on it', async () => {
    const [name] = readdirSync(join(home, 'backups'));
    const data = join(home, 'backups', name!, 'base.tar.gz');
    const bytes = readFileSync(data);
    bytes[bytes.length >> 1]! ^= 0xff;
    writeFileSync(data, bytes);
    const { code, err } = await run('source', 'restore', '--check', '--from', join(home, 'backups'));
    assert.equal(code, 1);
    assert.match(err, /damaged|incorrect|invalid|checksum/);
  });
});
