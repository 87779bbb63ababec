import { randomBytes } from 'node:crypto';
import { addMs, instant, uuidV7, uuidV7Number, type Clock, type Instant } from '../../kernel/index.ts';

export const systemClock: Clock = { now: () => instant(Date.now()) };

/** A clock that moves only when told: for tests and simulations. */
export function manualClock(start: Instant): Clock & { advance(ms: number): Instant; set(at: Instant): void } {
  let at = start;
  return {
    now: () => at,
    advance: (ms) => (at = addMs(at, ms)),
    set: (to) => { at = to; },
  };
}

const RANDOM_POOL_BYTES = 4_096;
let pool = new Uint8Array(0), used = 0;
/** The system's random bytes, fetched many at once: a call for each id costs more than all the rest of making one. */
function pooledRandomBytes(count: number): Uint8Array {
  if (used + count > pool.length) { pool = randomBytes(Math.max(RANDOM_POOL_BYTES, count)); used = 0; }
  return pool.subarray(used, (used += count));
}

/** Makes ids of new records: UUIDv7 from a clock and a source of random bytes, by default the system's. */
export type IdSource = () => string;
export const idSource = (clock: Clock = systemClock, random: (count: number) => Uint8Array = pooledRandomBytes): IdSource =>
  () => uuidV7(clock.now(), random(10));
export const newUuid: IdSource = idSource();
/** A new id as the 128-bit number that the ledger takes, for a transfer or an account that nothing else names. In order of time, so that the index grows at one end. */
export const newUuidNumber = (): bigint => uuidV7Number(Date.now(), pooledRandomBytes(10));
