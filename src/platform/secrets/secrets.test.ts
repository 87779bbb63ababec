import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import pg from 'pg';
import { openTestDatabase } from '../../../test/support/database.ts';
import { addMasterKey, checkMasterKeys, loadMasterKeys, MasterKeyFault, masterKeysOf, parseMasterKeys, retireMasterKeys } from './index.ts';

const test = await openTestDatabase();
const folder = (): string => mkdtempSync(join(tmpdir(), 'keys-'));

describe('master keys', () => {
  it('are made once, readable by their owner alone, and read again', () => {
    const dataFolder = folder();
    const made = loadMasterKeys({ dataFolder, create: true });
    assert.equal(statSync(join(dataFolder, 'master.key')).mode & 0o777, 0o600);
    assert.deepEqual(loadMasterKeys({ dataFolder, create: false }).key(1), made.key(1));
  });

  it('are refused when others can read the file, when it is missing, or damaged, and never shown', () => {
    const dataFolder = folder();
    assert.throws(() => loadMasterKeys({ dataFolder, create: false }), MasterKeyFault);
    loadMasterKeys({ dataFolder, create: true });
    chmodSync(join(dataFolder, 'master.key'), 0o644);
    assert.throws(() => loadMasterKeys({ dataFolder, create: false }), /can be read by others/);
    assert.throws(() => parseMasterKeys('1 c2hvcnQ=', 'here'), (error: Error) => error instanceof MasterKeyFault && !error.message.includes('c2hvcnQ'));
  });

  it('are found by a running program when another one adds a version', () => {
    const dataFolder = folder();
    const running = loadMasterKeys({ dataFolder, create: true });
    const roles = running.rolesKey();
    assert.equal(addMasterKey(dataFolder), 2);
    assert.ok(running.key(2));
    assert.equal(running.current(), 2);
    assert.deepEqual(running.rolesKey(), roles, 'database passwords stay as they are while a version is added');
    assert.deepEqual(retireMasterKeys(dataFolder, 2), [1]);
    assert.deepEqual(loadMasterKeys({ dataFolder, create: false }).versions(), [2]);
    assert.ok(readFileSync(join(dataFolder, 'master.key'), 'utf8').startsWith('#'));
  });

  it('come from the environment in one line', () => {
    const [a, b] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const keys = loadMasterKeys({ dataFolder: folder(), fromEnvironment: `2:${b.toString('base64')},1:${a.toString('base64')}`, create: false });
    assert.deepEqual([keys.current(), Buffer.from(keys.rolesKey())], [2, a]);
  });

  it('of another installation are refused before anything is written with them', async () => {
    const client = new pg.Client({ connectionString: test.adminUrl });
    await client.connect();
    const keys = (fill: number, version = 1) => masterKeysOf(new Map([[version, Buffer.alloc(32, fill)]]));
    await checkMasterKeys(client, keys(3), { remember: true });
    await checkMasterKeys(client, keys(3), { remember: true });
    await assert.rejects(checkMasterKeys(client, keys(4), { remember: false }), /is not the one this database was used with/);
    await assert.rejects(checkMasterKeys(client, keys(4, 2), { remember: false }), /does not hold master key version 1/);
    await client.end();
  });
});
