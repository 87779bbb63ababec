import { createHash, hkdfSync } from 'node:crypto';
import { addMs, assert, bytesToUuid, MS_PER_DAY, type Clock, type OperatorId } from '../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../database/index.ts';
import { seal, unseal } from '../personal-data/seal.ts';

/** How long a retry finds the answer of the first try. Longer than any client's retry, short enough not to pile up. */
export const IDEMPOTENCY_KEPT_MS = MS_PER_DAY;
/** Expired keys removed with each new one: more than one, so that a backlog shrinks. */
export const EXPIRED_KEYS_REMOVED_MAX = 5;
/** Short keys collide between acts, and the saved answer is sealed under the key, so it has to be hard to guess. */
export const IDEMPOTENCY_KEY_LENGTH_MIN = 16;
export const IDEMPOTENCY_KEY_LENGTH_MAX = 128;
export const isIdempotencyKey = (key: string): boolean =>
  key.length >= IDEMPOTENCY_KEY_LENGTH_MIN && key.length <= IDEMPOTENCY_KEY_LENGTH_MAX && /^[\x21-\x7e]+$/.test(key);

export type KeyedRequest = {
  readonly operatorId: OperatorId;
  /** Who calls, e.g. `user:018f…`. */
  readonly actor: string;
  readonly key: string;
  readonly requestHash: Buffer;
};
export type SavedResponse = { readonly status: number; readonly body: unknown };
export type KeyState = { readonly state: 'unknown' } | { readonly state: 'reused' } | { readonly state: 'answered'; readonly response: SavedResponse };

/** The same call again has the same hash, whatever the order of its fields. */
export function requestHash(request: { readonly method: string; readonly path: string; readonly body: unknown }): Buffer {
  return createHash('sha256').update(`${request.method} ${request.path}\n${canonicalJson(request.body)}`).digest();
}

/** An id that belongs to this act for good: the same in every retry of it, so that a command re-run books the same records. */
export function commandIdOf(request: Pick<KeyedRequest, 'operatorId' | 'actor' | 'key'>): string {
  const bytes = createHash('sha256').update(`command ${request.operatorId} ${request.actor} ${request.key}`).digest().subarray(0, 16);
  bytes[6] = 0x80 | (bytes[6]! & 0x0f); // RFC 9562 §5.8: version 8, made our own way
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return bytesToUuid(bytes);
}

/** What is known of a key, without claiming it. Rows of a transaction that is still open are not seen. */
export async function lookUpKey(tx: Tx, request: KeyedRequest, { clock }: { clock: Clock }): Promise<KeyState> {
  const [row] = await tx.query<{ request_hash: Buffer; status: number | null; response_sealed: Buffer | null }>(
    {
      name: 'idempotency_look_up',
      text: `select request_hash, status, response_sealed from platform.idempotency_key
             where operator_id = $1 and actor = $2 and key_hash = $3 and expires_at > $4`,
    },
    [request.operatorId, request.actor, keyHash(request.key), sqlTimestamp(clock.now())]);
  if (!row) return { state: 'unknown' };
  if (!row.request_hash.equals(request.requestHash)) return { state: 'reused' };
  assert(row.status !== null && row.response_sealed !== null, 'a committed idempotency key has its answer');
  const body: unknown = JSON.parse(unseal(sealingKey(request), row.response_sealed, sealContext(request)).toString());
  return { state: 'answered', response: { status: row.status, body } };
}

/**
 * Claims a key for the act that `tx` is about to do. A concurrent holder of the same key is waited for: if it commits, its
 * answer is returned and nothing is to be done; if it rolls back, the claim is ours.
 */
export async function claimKey(tx: Tx, request: KeyedRequest, { clock }: { clock: Clock }): Promise<KeyState> {
  const now = clock.now();
  await tx.execute(
    `delete from platform.idempotency_key where (operator_id, actor, key_hash) in (
       select operator_id, actor, key_hash from platform.idempotency_key
       where operator_id = $1 and expires_at <= $2 order by expires_at limit ${EXPIRED_KEYS_REMOVED_MAX} for update skip locked)
     or (operator_id = $1 and actor = $3 and key_hash = $4 and expires_at <= $2)`,
    [request.operatorId, sqlTimestamp(now), request.actor, keyHash(request.key)]);
  const claimed = await tx.execute(
    `insert into platform.idempotency_key (operator_id, actor, key_hash, request_hash, expires_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [request.operatorId, request.actor, keyHash(request.key), request.requestHash, sqlTimestamp(addMs(now, IDEMPOTENCY_KEPT_MS))]);
  return claimed === 1 ? { state: 'unknown' } : lookUpKey(tx, request, { clock });
}

/** Keeps the answer with the effect: both commit or neither does. */
export async function saveResponse(tx: Tx, request: KeyedRequest, response: SavedResponse): Promise<void> {
  const sealed = seal(sealingKey(request), Buffer.from(JSON.stringify(response.body ?? null)), sealContext(request));
  const saved = await tx.execute(
    'update platform.idempotency_key set status = $4, response_sealed = $5 where operator_id = $1 and actor = $2 and key_hash = $3',
    [request.operatorId, request.actor, keyHash(request.key), response.status, sealed]);
  assert(saved === 1, 'an answer is saved under a claimed key');
}

const keyHash = (key: string): Buffer => createHash('sha256').update(`idempotency ${key}`).digest();
const sealingKey = (request: KeyedRequest): Uint8Array => new Uint8Array(hkdfSync('sha256', request.key, request.operatorId, 'idempotent answer', 32));
const sealContext = (request: KeyedRequest): string => `idempotency ${request.operatorId} ${request.actor}`;

function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`;
}
