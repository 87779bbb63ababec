import { hkdfSync } from 'node:crypto';
import type pg from 'pg';
import type { MasterKeys } from './master-keys.ts';
import { MasterKeyFault } from './master-key-file.ts';

/** Tells keys apart and says nothing about them. */
export const fingerprint = (key: Uint8Array): string => Buffer.from(hkdfSync('sha256', key, 'kirchhoff', 'fingerprint', 16)).toString('hex');

/**
 * Compares this node's master keys with those the database was used with, before anything is written with them; new versions are
 * remembered. A database without migrations yet knows none.
 * @throws MasterKeyFault when a version differs, or when this node lacks every version the database knows.
 */
export async function checkMasterKeys(admin: pg.ClientBase, keys: MasterKeys, options: { readonly remember: boolean }): Promise<void> {
  const { rows: [table] } = await admin.query<{ exists: boolean }>(`select to_regclass('platform.master_key') is not null as exists`);
  if (table?.exists !== true) return;
  const { rows } = await admin.query<{ version: number; fingerprint: string }>('select version, fingerprint from platform.master_key order by version');
  for (const known of rows) {
    const key = keys.key(known.version);
    if (key !== null && fingerprint(key) !== known.fingerprint) {
      throw new MasterKeyFault(`master key version ${known.version} of this node is not the one this database was used with; put the right master.key into the data folder, or set KIRCHHOFF_MASTER_KEY`);
    }
  }
  const newest = rows.at(-1);
  if (newest && keys.key(newest.version) === null) {
    throw new MasterKeyFault(`this node does not hold master key version ${newest.version}, which this database is used with; copy master.key from another node`);
  }
  if (!options.remember) return;
  for (const version of keys.versions()) {
    await admin.query('insert into platform.master_key (version, fingerprint) values ($1, $2) on conflict (version) do nothing', [version, fingerprint(keys.key(version)!)]);
  }
}
