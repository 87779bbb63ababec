import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MASTER_KEY_BYTES, masterKeysOf, type MasterKeys } from './master-keys.ts';

export const MASTER_KEY_FILE = 'master.key';

/** The master key is missing, unreadable, or readable by too many. The message says what to do. */
export class MasterKeyFault extends Error {
  override readonly name = 'MasterKeyFault';
}

const HEADER = `# Kirchhoff's master keys, one version a line: "<version> <32 bytes in base64>". The highest is the current one.
# Whoever has this file can read personal data and open the database. Without it, personal data is lost for ever:
# keep a copy apart from the backups.
`;

/** Reads "1 <base64>" lines, or "1:<base64>,2:<base64>", or one bare base64 or hex key (version 1). @throws MasterKeyFault. */
export function parseMasterKeys(text: string, source: string): Map<number, Uint8Array> {
  const keys = new Map<number, Uint8Array>();
  const lines = text.split('\n').filter((line) => !line.trim().startsWith('#'));
  const entries = lines.flatMap((line) => line.split(',')).map((entry) => entry.trim()).filter((entry) => entry !== '');
  for (const entry of entries) {
    const match = /^(?:(\d{1,6})[\s:]+)?(\S+)$/.exec(entry);
    const key = match ? decodeKey(match[2]!) : null;
    // The text itself is a secret: the message names the place only.
    if (!match || key === null) throw new MasterKeyFault(`${source} does not hold "<version> <${MASTER_KEY_BYTES} bytes in base64>" lines`);
    const version = Number(match[1] ?? '1');
    if (version < 1 || keys.has(version)) throw new MasterKeyFault(`${source} names master key version ${version} twice, or a version below 1`);
    keys.set(version, key);
  }
  if (keys.size === 0) throw new MasterKeyFault(`${source} holds no master key`);
  return keys;
}

function decodeKey(text: string): Uint8Array | null {
  const bytes = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  return bytes.length === MASTER_KEY_BYTES ? bytes : null;
}

/**
 * The node's master keys: `fromEnvironment` (KIRCHHOFF_MASTER_KEY) when given, else `master.key` in the data folder, which is made
 * (mode 0600) when `create` allows it.
 * @throws MasterKeyFault when there is none, or when others can read the file.
 */
export function loadMasterKeys(options: { readonly dataFolder: string; readonly fromEnvironment?: string | undefined; readonly create: boolean }): MasterKeys {
  if (options.fromEnvironment !== undefined) return masterKeysOf(parseMasterKeys(options.fromEnvironment, 'KIRCHHOFF_MASTER_KEY'));
  const path = join(options.dataFolder, MASTER_KEY_FILE);
  if (!existsSync(path)) {
    if (!options.create) throw new MasterKeyFault(`${path} is missing; put the saved copy back, or set KIRCHHOFF_MASTER_KEY`);
    writeKeys(path, new Map([[1, randomBytes(MASTER_KEY_BYTES)]]));
  }
  const read = (): Map<number, Uint8Array> => readKeys(path);
  return masterKeysOf(read(), read);
}

/** Adds a new current version to the file. @returns its number. */
export function addMasterKey(dataFolder: string): number {
  const path = join(dataFolder, MASTER_KEY_FILE);
  const keys = readKeys(path);
  const version = Math.max(...keys.keys()) + 1;
  writeKeys(path, new Map([...keys, [version, randomBytes(MASTER_KEY_BYTES)]]));
  return version;
}

/** Drops every version below `keepFrom`. The caller made sure that nothing is wrapped under them. @returns what was dropped. */
export function retireMasterKeys(dataFolder: string, keepFrom: number): number[] {
  const path = join(dataFolder, MASTER_KEY_FILE);
  const keys = readKeys(path);
  const dropped = [...keys.keys()].filter((version) => version < keepFrom);
  if (dropped.length > 0) writeKeys(path, new Map([...keys].filter(([version]) => version >= keepFrom)));
  return dropped;
}

function readKeys(path: string): Map<number, Uint8Array> {
  const mode = statSync(path).mode & 0o777;
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new MasterKeyFault(`${path} can be read by others (mode ${mode.toString(8)}); run: chmod 600 ${path}`);
  }
  return parseMasterKeys(readFileSync(path, 'utf8'), path);
}

/** Written beside and renamed, so that a crash leaves either the old file or the new one, whole. */
function writeKeys(path: string, keys: ReadonlyMap<number, Uint8Array>): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  const fd = openSync(draft, 'w', 0o600);
  try {
    writeSync(fd, HEADER + [...keys].map(([version, key]) => `${version} ${Buffer.from(key).toString('base64')}\n`).join(''));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
}
