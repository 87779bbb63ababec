import { createHash, createHmac } from 'node:crypto';
import { describeSource, type Explained, type SettingName } from '../config/index.ts';

/** What a node runs with: for each setting a hash and where it was set. Enough to name what differs, too little to read a value. */
export type SettingPrint = { readonly hash: string; readonly from: string };
export type SettingPrints = Readonly<Record<string, SettingPrint>>;

/** Settings that are each node's own by nature: where it listens and keeps its files. They differ and mean nothing. */
export const NODE_OWN_SETTINGS: readonly SettingName[] = ['data.folder', 'http.host', 'http.port', 'ocpp.host', 'ocpp.port', 'database.embeddedPort'];
const HASH_LENGTH = 16;

/**
 * @param key known to nodes only (it is derived from the master key): without it a short value could be found by trying them all.
 */
export function printSettings(explained: readonly Explained[], key: Uint8Array): SettingPrints {
  return Object.fromEntries(explained.filter(({ name }) => !NODE_OWN_SETTINGS.includes(name)).map(({ name, value, source }) => [name, {
    hash: value === undefined ? 'not set' : createHmac('sha256', key).update(`${name}\n${typeof value}\n${String(value)}`).digest('hex').slice(0, HASH_LENGTH),
    from: describeSource(source),
  }]));
}

/** All settings in one: two nodes with the same print run with the same settings. */
export const fingerprintOf = (prints: SettingPrints): string =>
  createHash('sha256').update(Object.entries(prints).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { hash }]) => `${name}=${hash}`).join('\n')).digest('hex').slice(0, HASH_LENGTH);
