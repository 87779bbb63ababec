import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import pg from 'pg';
import { silentLogger } from '../logging/index.ts';
import { canReach, clusterFolder, findPostmaster, serverUser, startEmbeddedPostgres, type EmbeddedServer } from './index.ts';

// mkdtemp makes a private (0700) folder: run by root, the server's user cannot walk to it, which is the harder case.
const home = realpathSync(mkdtempSync(join(tmpdir(), 'embedded-')));
const dataFolder = join(home, 'data');
const running: EmbeddedServer[] = [];
const start = async (): Promise<EmbeddedServer> => {
  const server = await startEmbeddedPostgres({ dataFolder, superuserPassword: "it's a secret", logger: silentLogger });
  running.push(server);
  return server;
};
after(async () => {
  for (const server of running) await server.stop();
  rmSync(home, { recursive: true, force: true });
});

async function ask<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  it('starts below a private home, keeps its data there, writes durably, and lets nobody in without the password', async () => {
    const server = await start();
    const user = serverUser();
    if (user) assert.equal(canReach(clusterFolder(dataFolder), user), false, 'this test means to be in a private folder');
    assert.equal(server.created, true);
    assert.ok(existsSync(join(clusterFolder(dataFolder), 'PG_VERSION')));
    const [row] = await ask(server.adminUrl(), `select current_setting('fsync') || current_setting('full_page_writes') || current_setting('synchronous_commit') || current_setting('listen_addresses') as settings`);
    assert.equal(row?.settings, 'ononon127.0.0.1');
    const open = new URL(server.adminUrl());
    open.password = 'guess';
    await assert.rejects(ask(open.href, 'select 1'), /password authentication failed/);
  });

  it('is taken over when it is still there, because its program was killed', async () => {
    const [first] = running;
    const second = await start();
    assert.deepEqual([second.adopted, second.pid, second.port], [true, first?.pid, first?.port]);
  });

  it('is gone when stop resolves, and a second stop finds nothing to do', async () => {
    const server = running.at(-1)!;
    await server.stop();
    assert.equal(server.isRunning(), false);
    assert.equal(findPostmaster(clusterFolder(dataFolder)), null);
    await server.stop();
  });

  it("does not believe a pid file whose number now belongs to another program, and never signals that program", async () => {
    writeFileSync(join(clusterFolder(dataFolder), 'postmaster.pid'), `${process.pid}\n${clusterFolder(dataFolder)}\n1\n5432\n\n127.0.0.1\n\nready\n`);
    assert.equal(findPostmaster(clusterFolder(dataFolder)), null);
    const server = await start();
    assert.equal(server.adopted, false);
    assert.equal(server.created, false);
    await server.stop();
  });

  it('begins anew when making the cluster was interrupted', async () => {
    const other = join(home, 'other');
    mkdirSync(join(other, 'postgres.new-1', 'cluster'), { recursive: true });
    writeFileSync(join(other, 'postgres.new-1', 'cluster', 'PG_VERSION'), '18\n');
    const server = await startEmbeddedPostgres({ dataFolder: other, superuserPassword: 'x', logger: silentLogger });
    running.push(server);
    assert.equal(server.created, true);
    assert.equal(existsSync(join(other, 'postgres.new-1')), false);
    await server.stop();
  });

  it('says what the server said when it does not start', async () => {
    const broken = join(home, 'broken');
    mkdirSync(clusterFolder(broken), { recursive: true });
    writeFileSync(join(clusterFolder(broken), 'PG_VERSION'), '18\n');
    await assert.rejects(startEmbeddedPostgres({ dataFolder: broken, superuserPassword: 'x', logger: silentLogger }), /PostgreSQL ended with code \d+ at start:\n.*(could not|permissions|ownership|wrong)/s);
    assert.ok(readFileSync(join(broken, 'postgres.log'), 'utf8').length > 0);
  });
});
