import { existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigFault, type Config } from '../platform/config/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { MASTER_KEY_FILE } from '../platform/secrets/index.ts';
import { configFor, type Command } from './command.ts';
import { databaseParts } from './doctor-database.ts';
import { gatewayParts } from './doctor-nodes.ts';
import type { Part } from './doctor-part.ts';
import { slowJson, slowRequests } from './doctor-slow.ts';
import { EXIT, type Io } from './io.ts';
import { openSystem, ROOT } from './open-system.ts';
import { lastBackup, readRunning } from './state-files.ts';

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Looks at every part, running or stopped, and says in one table what its state is and what to do. Changes nothing.',
  options: [
    { name: 'json', about: 'Print one JSON object a part.' },
    { name: 'slow', about: 'Instead, list the requests of the last week that took long, with where their time went.' },
  ],
  exitCodes: { 0: 'nothing is broken', 1: 'something is; the table says what to do' },
  run: async (parsed, io) => {
    if (parsed.has('slow')) return listSlow(io, parsed.has('json'));
    const parts = await examine(io);
    if (parsed.has('json')) for (const part of parts) io.out(JSON.stringify(part));
    else io.out(table(parts));
    return parts.some((part) => part.state === 'bad') ? EXIT.failed : EXIT.ok;
  },
};

async function listSlow(io: Io, asJson: boolean): Promise<number> {
  const system = await openSystem({ config: configFor(io).config, logger: silentLogger, as: 'command', name: 'doctor' });
  try {
    const { rows, text } = await slowRequests(system.database.untenanted);
    if (asJson) for (const row of rows) io.out(slowJson(row));
    else io.out(text);
    return EXIT.ok;
  } finally {
    await system.close();
  }
}

async function examine(io: Io): Promise<Part[]> {
  let config: Config;
  try {
    ({ config } = configFor(io));
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    return [runtimePart(), ...error.problems.map((problem): Part => ({ part: 'settings', state: 'bad', found: problem, todo: 'correct it; `kirchhoff config explain` shows all settings' }))];
  }
  const parts: Part[] = [runtimePart(), consolePart(), { part: 'settings', state: 'good', found: 'all valid' }, ...folderParts(config), backupPart(config)];
  return [...parts, ...await runningParts(config), ...await gatewayParts(config), ...await systemParts(config)];
}

function runtimePart(): Part {
  const pinned = (JSON.parse(readFileSync(join(ROOT, 'runtime/package.json'), 'utf8')) as { dependencies: { node: string } }).dependencies.node;
  if (process.version === `v${pinned}`) return { part: 'runtime', state: 'good', found: `Node.js ${pinned}` };
  return { part: 'runtime', state: 'look', found: `Node.js ${process.version}, tested is ${pinned}`, todo: 'start with `npm start` or bin/kirchhoff, which use the pinned one' };
}

function consolePart(): Part {
  return existsSync(join(ROOT, 'web/dist/index.html')) ? { part: 'console', state: 'good', found: 'built' } : { part: 'console', state: 'look', found: 'not built', todo: '`npm start` builds it' };
}

const DISK_FREE_BYTES_BAD = 512 * 1024 * 1024, DISK_FREE_BYTES_LOOK = 5 * 1024 ** 3;

function folderParts(config: Config): Part[] {
  const folder = config['data.folder'];
  if (!existsSync(folder)) return [{ part: 'data folder', state: 'off', found: `${folder} does not exist yet`, todo: '`kirchhoff start` makes it' }];
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const disk: Part = {
    part: 'disk', state: free < DISK_FREE_BYTES_BAD ? 'bad' : free < DISK_FREE_BYTES_LOOK ? 'look' : 'good', found: `${(free / 1024 ** 3).toFixed(1)} GB free in ${folder}`,
    ...(free < DISK_FREE_BYTES_LOOK ? { todo: 'make room: a full disk stops the database' } : {}),
  };
  return [disk, masterKeyPart(config, folder)];
}

function masterKeyPart(config: Config, folder: string): Part {
  const part = 'master key';
  if (config['data.masterKey'] !== undefined) return { part, state: 'good', found: 'from KIRCHHOFF_MASTER_KEY' };
  const path = join(folder, MASTER_KEY_FILE);
  if (!existsSync(path)) return { part, state: existsSync(join(folder, 'postgres')) ? 'bad' : 'off', found: `${path} is missing`, todo: 'put the saved copy back; without it personal data cannot be read' };
  if ((statSync(path).mode & 0o077) !== 0) return { part, state: 'bad', found: `${path} can be read by others`, todo: `chmod 600 ${path}` };
  return { part, state: 'good', found: `${path}; is a copy kept apart from the backups?` };
}

const BACKUP_AGE_MS_MAX = 36 * 3_600_000;

function backupPart(config: Config): Part {
  const backup = lastBackup(config['data.folder']);
  if (backup === null) return { part: 'backup', state: 'look', found: 'none was made from here', todo: 'kirchhoff backup --to DIR, every day (docs/operations/backup.md)' };
  const old = Date.now() - Date.parse(backup.createdAt) > BACKUP_AGE_MS_MAX;
  const state = old || !backup.verified ? 'look' : 'good';
  return { part: 'backup', state, found: `${backup.folder}, ${backup.createdAt}, ${backup.verified ? 'verified' : 'not verified'}`, ...(state === 'look' ? { todo: old ? 'the last one is older than a day and a half: kirchhoff backup --to DIR' : `kirchhoff restore --check --from ${backup.folder}` } : {}) };
}

async function runningParts(config: Config): Promise<Part[]> {
  const running = readRunning(config['data.folder']);
  if (running === null) return [{ part: 'program', state: 'off', found: 'not running on this data folder' }];
  const parts: Part[] = [{ part: 'program', state: 'good', found: `pid ${running.pid}, since ${running.startedAt}` }];
  if (running.api === undefined) return parts;
  try {
    const response = await fetch(`${running.api}/health/ready`, { signal: AbortSignal.timeout(5_000) });
    const body = await response.text();
    parts.push(response.ok ? { part: 'api', state: 'good', found: running.api } : { part: 'api', state: 'bad', found: `${running.api} is not ready: ${body.slice(0, 200)}`, todo: 'see the log of the program' });
  } catch (error) {
    parts.push({ part: 'api', state: 'bad', found: `${running.api} does not answer: ${error instanceof Error ? error.message : String(error)}`, todo: 'see the log of the program; restart it' });
  }
  return parts;
}

async function systemParts(config: Config): Promise<Part[]> {
  if (config['database.url'] === undefined && !existsSync(join(config['data.folder'], 'postgres'))) return [{ part: 'database', state: 'off', found: 'not made yet', todo: '`kirchhoff start` makes it' }];
  try {
    const system = await openSystem({ config, logger: silentLogger, as: 'command', name: 'doctor' });
    try {
      return await databaseParts(system);
    } finally {
      await system.close();
    }
  } catch (error) {
    return [{ part: 'database', state: 'bad', found: error instanceof Error ? error.message : String(error), todo: 'put that right; docs/operations/runbooks.md has more' }];
  }
}

function table(parts: readonly Part[]): string {
  const width = Math.max(...parts.map((part) => part.part.length));
  const marks = { good: 'good', look: 'LOOK', bad: 'BAD ', off: 'off ' } as const;
  return parts.flatMap((part) => [
    `${part.part.padEnd(width)}  ${marks[part.state]}  ${part.found.split('\n').join(`\n${' '.repeat(width + 8)}`)}`,
    ...(part.todo === undefined ? [] : [`${' '.repeat(width + 8)}→ ${part.todo}`]),
  ]).join('\n');
}
