import { assert } from '../../kernel/index.ts';

/**
 * The versions of the master key this node holds. Everything new is wrapped under `current`; older versions stay readable
 * until nothing is wrapped under them any more (`kirchhoff secrets rotate`).
 */
export type MasterKeys = {
  readonly current: () => number;
  /** @returns the 32 bytes of a version, or null when this node does not hold it. A version added by another process is found. */
  readonly key: (version: number) => Uint8Array | null;
  readonly versions: () => readonly number[];
  /** The version that database role passwords are derived from: the oldest held, so that a rotation does not change them under running nodes. */
  readonly rolesKey: () => Uint8Array;
};

export const MASTER_KEY_BYTES = 32;

/** Master keys from a map of version → 32 bytes; `reload` is asked again when a version is missing. */
export function masterKeysOf(initial: ReadonlyMap<number, Uint8Array>, reload?: () => ReadonlyMap<number, Uint8Array>): MasterKeys {
  let held = checked(initial);
  const versions = (): number[] => [...held.keys()].sort((a, b) => a - b);
  return {
    current: () => versions().at(-1)!,
    versions,
    key: (version) => {
      const known = held.get(version);
      if (known !== undefined || reload === undefined) return known ?? null;
      held = checked(reload());
      return held.get(version) ?? null;
    },
    rolesKey: () => held.get(versions()[0]!)!,
  };
}

function checked(keys: ReadonlyMap<number, Uint8Array>): ReadonlyMap<number, Uint8Array> {
  assert(keys.size > 0, 'there is no master key');
  for (const [version, key] of keys) {
    assert(Number.isInteger(version) && version >= 1, 'a master key version is a whole number from 1');
    assert(key.length === MASTER_KEY_BYTES, `master key version ${version} is not ${MASTER_KEY_BYTES} bytes`);
  }
  return keys;
}

let installed: MasterKeys | undefined;

/** Called once where the process is wired together (and by the test database). */
export function installMasterKeys(keys: MasterKeys): void {
  installed = keys;
}

/** The process's master keys. @throws when the process was not wired with any. */
export function masterKeys(): MasterKeys {
  assert(installed !== undefined, 'no master key is installed in this process');
  return installed;
}
