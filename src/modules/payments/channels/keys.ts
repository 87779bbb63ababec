/**
 * Keys of merchant accounts, read from where the settings say they are. A reference names a key and never a path or a value, and names it within the operator's own
 * place, so that no operator can point at another's key or at a file of the machine: `file:NAME` is `<keys folder>/<operator code>/NAME`, `env:NAME` is the variable
 * `KIRCHHOFF_CHANNEL_KEY__<OPERATOR CODE>__<NAME>`. What is read never leaves this file but inside key objects; faults name the reference alone.
 */
import { createHash, createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A key file is a few kilobytes; a longer file is none. */
export const KEY_BYTES_MAX = 16_384;
const FILE_NAME = /^file:([A-Za-z0-9][A-Za-z0-9._-]{0,99})$/;
const VARIABLE_NAME = /^env:([A-Z0-9]+(?:_[A-Z0-9]+)*)$/;

/** Where a key is: `file:NAME` in the operator's folder of keys, or `env:NAME`, a variable of the process. */
export type KeyReference = `file:${string}` | `env:${string}`;
export type KeyKind = 'private' | 'public' | 'symmetric';

/** A key that cannot be had: where it should be and why, never what was found there. */
export class KeyFault extends Error {
  override readonly name = 'KeyFault';
}

export const isKeyReference = (text: string): text is KeyReference => text.length <= 120 && (FILE_NAME.test(text) || VARIABLE_NAME.test(text));

export type KeyRing = {
  /** The key as last read; reads it the first time. @throws KeyFault when it is missing or is no key of this kind. */
  get(reference: KeyReference, kind: KeyKind): Promise<KeyObject>;
  /** Reads everything again that was asked for. @returns whether anything is different now. A key that has become unreadable stays as it was. */
  reload(): Promise<{ readonly changed: boolean; readonly faults: readonly KeyFault[] }>;
};

export type KeyPlaces = { readonly folder: string; readonly operatorCode: string; readonly environment?: Readonly<Record<string, string | undefined>> };

/** @param places where this operator's keys are. */
export function openKeyRing(places: KeyPlaces): KeyRing {
  const held = new Map<string, { readonly reference: KeyReference; readonly kind: KeyKind; key: KeyObject; digest: string }>();
  const read = async (reference: KeyReference, kind: KeyKind) => {
    const text = await readText(places, reference);
    return { reference, kind, key: toKey(text, kind, reference), digest: createHash('sha256').update(text).digest('hex') };
  };
  return {
    async get(reference, kind) {
      const name = `${kind} ${reference}`;
      const known = held.get(name);
      if (known) return known.key;
      const fresh = await read(reference, kind);
      held.set(name, fresh);
      return fresh.key;
    },
    async reload() {
      const faults: KeyFault[] = [];
      let changed = false;
      for (const entry of held.values()) {
        try {
          const fresh = await read(entry.reference, entry.kind);
          if (fresh.digest === entry.digest) continue;
          changed = true;
          Object.assign(entry, { key: fresh.key, digest: fresh.digest });
        } catch (error) {
          if (!(error instanceof KeyFault)) throw error;
          faults.push(error);
        }
      }
      return { changed, faults };
    },
  };
}

/**
 * Public keys of a channel while they rotate: one that is missing must not stop what the others still verify.
 * @returns what could be read, and the fault of what could not. @throws KeyFault when nothing could.
 */
export async function publicKeysOf<N>(keys: KeyRing, named: readonly { readonly name: N; readonly key: KeyReference }[]): Promise<{ readonly found: readonly (readonly [N, KeyObject])[]; readonly fault: KeyFault | null }> {
  const found: (readonly [N, KeyObject])[] = [];
  let fault: KeyFault | null = null;
  for (const { name, key } of named) {
    try {
      found.push([name, await keys.get(key, 'public')]);
    } catch (error) {
      if (!(error instanceof KeyFault)) throw error;
      fault ??= error;
    }
  }
  if (found.length === 0 && fault !== null) throw fault;
  return { found, fault };
}

async function readText({ folder, operatorCode, environment = process.env }: KeyPlaces, reference: KeyReference): Promise<string> {
  const variable = VARIABLE_NAME.exec(reference)?.[1], file = FILE_NAME.exec(reference)?.[1];
  if (variable !== undefined) {
    const name = `KIRCHHOFF_CHANNEL_KEY__${operatorCode.toUpperCase().replaceAll('-', '_')}__${variable}`;
    const value = environment[name];
    if (value === undefined || value === '') throw new KeyFault(`${reference}: the variable ${name} is not set`);
    return value.trim();
  }
  if (file === undefined) throw new KeyFault('a key is named file:NAME or env:NAME');
  try {
    const bytes = await readFile(join(folder, operatorCode, file));
    if (bytes.length > KEY_BYTES_MAX) throw new KeyFault(`${reference}: the file is longer than a key can be`);
    return bytes.toString('utf8').trim();
  } catch (error) {
    if (error instanceof KeyFault) throw error;
    throw new KeyFault(`${reference}: the file cannot be read (${(error as { code?: string }).code ?? 'unknown'})`);
  }
}

/** PEM, or what Alipay's tools write: the bare base64 of the DER form. The cause of a fault is left out: parsers like to quote their input. */
function toKey(text: string, kind: KeyKind, reference: KeyReference): KeyObject {
  try {
    if (kind === 'symmetric') {
      const bytes = Buffer.from(text, 'utf8');
      if (bytes.length !== 32) throw new KeyFault(`${reference}: an APIv3 key has 32 characters`);
      return createSecretKey(bytes);
    }
    const key = kind === 'private' ? privateKey(text) : createPublicKey(text.includes('-----BEGIN') ? text : { key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) throw new KeyFault(`${reference}: not an RSA key of at least 2048 bits`);
    return key;
  } catch (error) {
    if (error instanceof KeyFault) throw error;
    throw new KeyFault(`${reference}: this is no ${kind} key`);
  }
}

function privateKey(text: string): KeyObject {
  if (text.includes('-----BEGIN')) return createPrivateKey(text);
  const der = Buffer.from(text, 'base64');
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs1' });
  }
}
