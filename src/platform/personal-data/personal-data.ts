import { createHmac, randomBytes } from 'node:crypto';
import { assert, type OperatorId } from '../../kernel/index.ts';
import type { Tx } from '../database/index.ts';
import { masterKeys, type MasterKeys } from '../secrets/index.ts';
import { keyContext, seal, unseal, valueContext, wrappingKey } from './seal.ts';

export const PERSONAL_BATCH_MAX = 1_000;
export const PERSONAL_TEXT_BYTES_MAX = 16_384;

export type SealRequest = { readonly personId: string; readonly plaintext: string };
export type OpenRequest = { readonly personId: string; readonly sealed: Uint8Array };

/** Sealing something for a person whose key was destroyed: the caller should have looked whether the person still exists. */
export class PersonErased extends Error {
  override readonly name = 'PersonErased';
}

/**
 * Encrypts a piece of personal data (a name, phone, plate, VIN, address) under the person's own key, which is made on first use
 * and commits with `tx`. `tx` must be bound to exactly one operator. At most `PERSONAL_TEXT_BYTES_MAX` bytes of UTF-8.
 * @throws PersonErased after `erasePerson`.
 */
export async function sealPersonal(tx: Tx, request: SealRequest): Promise<Buffer> {
  const [sealed] = await sealPersonalBatch(tx, [request]);
  return sealed!;
}

/** `sealPersonal` for up to `PERSONAL_BATCH_MAX` values in two statements; answers in order. */
export async function sealPersonalBatch(tx: Tx, requests: readonly SealRequest[]): Promise<Buffer[]> {
  if (requests.length === 0) return [];
  const operatorId = onlyOperator(tx);
  const personIds = distinctPersons(requests);
  const keys = await loadKeys(tx, operatorId, personIds);
  const missing = personIds.filter((id) => !keys.has(id));
  if (missing.length > 0) {
    await createKeys(tx, operatorId, missing);
    // Read back: a concurrent transaction may have made the same person's key first, and its key counts.
    for (const [id, key] of await loadKeys(tx, operatorId, missing)) keys.set(id, key);
  }
  return requests.map(({ personId, plaintext }) => {
    const key = keys.get(personId);
    if (key === null) throw new PersonErased(`person ${personId} was erased, nothing can be sealed for them`);
    assert(key !== undefined, 'a person key vanished');
    const bytes = Buffer.from(plaintext);
    assert(bytes.length <= PERSONAL_TEXT_BYTES_MAX, `personal data is limited to ${PERSONAL_TEXT_BYTES_MAX} bytes`);
    return seal(key, bytes, valueContext(operatorId, personId));
  });
}

/** Decrypts what `sealPersonal` made. @returns null when the person was erased (or never had a key in this operator). */
export async function openPersonal(tx: Tx, request: OpenRequest): Promise<string | null> {
  const [opened] = await openPersonalBatch(tx, [request]);
  return opened!;
}

/** `openPersonal` for up to `PERSONAL_BATCH_MAX` values in one statement; answers in order. */
export async function openPersonalBatch(tx: Tx, requests: readonly OpenRequest[]): Promise<(string | null)[]> {
  if (requests.length === 0) return [];
  const operatorId = onlyOperator(tx);
  const keys = await loadKeys(tx, operatorId, distinctPersons(requests));
  return requests.map(({ personId, sealed }) => {
    const key = keys.get(personId);
    return key ? unseal(key, sealed, valueContext(operatorId, personId)).toString() : null;
  });
}

/**
 * A keyed digest of a personal value, for finding a record by a phone number or plate without storing it in clear. The key is the
 * operator's own (kept as the key of the "person" whose id is the operator's), so digests of two operators cannot be compared.
 * Clear the column on erasure: a digest of a short value can be guessed by whoever holds the master key.
 */
export async function personalIndex(tx: Tx, value: string): Promise<Buffer> {
  const operatorId = onlyOperator(tx);
  let key = (await loadKeys(tx, operatorId, [operatorId])).get(operatorId);
  if (!key) {
    await createKeys(tx, operatorId, [operatorId]);
    key = (await loadKeys(tx, operatorId, [operatorId])).get(operatorId);
  }
  assert(key, 'the key of an operator is never erased');
  return createHmac('sha256', key).update(value.normalize('NFKC').trim().toLowerCase()).digest();
}

function onlyOperator(tx: Tx): OperatorId {
  assert(tx.operatorIds.length === 1, 'personal data needs a transaction of exactly one operator');
  return tx.operatorIds[0]!;
}

function distinctPersons(requests: readonly { readonly personId: string }[]): string[] {
  assert(requests.length <= PERSONAL_BATCH_MAX, `a batch of personal data is limited to ${PERSONAL_BATCH_MAX}`);
  return [...new Set(requests.map((request) => request.personId))].sort();
}

/** Data keys by person; null for an erased one. Never cached: an erasure in another process must hold at once. */
async function loadKeys(tx: Tx, operatorId: OperatorId, personIds: readonly string[]): Promise<Map<string, Buffer | null>> {
  const rows = await tx.query<{ person_id: string; wrapped_key: Buffer | null; master_version: number }>(
    { name: 'person_keys', text: 'select person_id, wrapped_key, master_version from platform.person_key where operator_id = $1 and person_id = any($2::uuid[])' },
    [operatorId, personIds],
  );
  const master = masterKeys();
  return new Map(rows.map((row) => [row.person_id, row.wrapped_key && unwrapKey(master, { operatorId, personId: row.person_id, wrapped: row.wrapped_key, version: row.master_version })]));
}

async function createKeys(tx: Tx, operatorId: OperatorId, personIds: readonly string[]): Promise<void> {
  const master = masterKeys();
  const version = master.current();
  const wrapped = personIds.map((personId) => wrapKey(master, { operatorId, personId, key: randomBytes(32), version }));
  await tx.execute(
    `insert into platform.person_key (operator_id, person_id, wrapped_key, master_version)
     select $1, person_id, wrapped_key, $4 from unnest($2::uuid[], $3::bytea[]) as made (person_id, wrapped_key)
     order by person_id on conflict do nothing`,
    [operatorId, personIds, wrapped, version],
  );
}

export function wrapKey(master: MasterKeys, of: { operatorId: string; personId: string; key: Uint8Array; version: number }): Buffer {
  const masterKey = master.key(of.version);
  assert(masterKey, `master key version ${of.version} is not held by this node`);
  return seal(wrappingKey(masterKey), of.key, keyContext(of.operatorId, of.personId));
}

export function unwrapKey(master: MasterKeys, of: { operatorId: string; personId: string; wrapped: Uint8Array; version: number }): Buffer {
  const masterKey = master.key(of.version);
  if (!masterKey) throw new Error(`personal data is wrapped under master key version ${of.version}, which this node does not hold; add it to master.key or KIRCHHOFF_MASTER_KEY`);
  return unseal(wrappingKey(masterKey), of.wrapped, keyContext(of.operatorId, of.personId));
}
