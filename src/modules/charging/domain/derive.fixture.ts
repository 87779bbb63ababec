import { instant, type ChargePointId, type Instant } from '../../../kernel/index.ts';
import type { ChargePointFact, FactOf, FactOrigin } from './fact.ts';
import type { SessionContext } from './derive.ts';
import { EMPTY_CHAIN } from './register-chain.ts';

/** Facts for tests: minutes after a noon, frames numbered as they are made. */
export const NOON = instant(1_772_452_800_000);
export const minutes = (count: number): Instant => instant(NOON + count * 60_000);
export const CONTEXT: SessionContext = { maxPowerW: 60_000n, closure: null, startRepeated: false, before: EMPTY_CHAIN };

let sequence = 0n;
const origin = (at: Instant | null): FactOrigin => ({
  chargePointId: '01900000-0000-7000-8000-000000000001' as ChargePointId, evseNumber: 1, transactionRef: 'v201:t', frameSequence: ++sequence, ordinal: 0,
  eventAt: at, recordedAt: at !== null && at > minutes(-100_000) ? at : minutes(0), messageId: `m${sequence}`,
});
type Change<K extends ChargePointFact['kind']> = Partial<FactOf<K>>;
export const started = (at: Instant | null, registerWh: bigint | null, change: Change<'session_started'> = {}): ChargePointFact =>
  ({ ...origin(at), kind: 'session_started', idToken: 'CARD', registerWh, seqNo: null, offline: false, remoteStartId: null, ...change });
export const read = (at: Instant | null, registerWh: bigint | null, change: Change<'register_read'> = {}): ChargePointFact =>
  ({ ...origin(at), kind: 'register_read', registerWh, powerW: null, socPercent: null, context: 'Sample.Periodic', seqNo: null, offline: false, ...change });
export const stopped = (at: Instant | null, registerWh: bigint | null, change: Change<'session_ended'> = {}): ChargePointFact =>
  ({ ...origin(at), kind: 'session_ended', registerWh, reason: 'Local', idToken: null, seqNo: null, offline: false, ...change });
