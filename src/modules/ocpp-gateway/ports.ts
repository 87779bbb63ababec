import type { ChargePointId, Clock, Instant, OperatorId } from '../../kernel/index.ts';
import type { Database, OperatorDatabase, Tx } from '../../platform/database/index.ts';
import type { ChargePointFact } from '../charging/index.ts';

/** What may be said of a token, in the words of both dialects. */
export type Decision = 'accepted' | 'blocked' | 'expired' | 'invalid' | 'concurrent_tx';
export type StartFact = ChargePointFact & { readonly kind: 'session_started' };
export type StartDecision = { readonly transactionId: number; readonly decision: Decision };

/** What the gateway asks of charging. */
export type ChargingPort = {
  authorize(database: OperatorDatabase, question: { readonly chargePointId: ChargePointId; readonly idToken: string }, options: { readonly clock: Clock }): Promise<Decision>;
  startTransaction(database: OperatorDatabase, start: StartFact, options: { readonly clock: Clock; readonly beforeRepeat?: () => Promise<void> }): Promise<StartDecision>;
  applyFacts(tx: Tx, facts: readonly ChargePointFact[], options: { readonly clock: Clock }): Promise<unknown>;
  /** The frames among these starts that are decided; without it none counts as decided, which is slower and means the same. */
  decidedStarts?(tx: Tx, starts: readonly StartFact[]): Promise<ReadonlySet<bigint>>;
};

export type ResolvedIdentity = { readonly operatorId: OperatorId; readonly chargePointId: ChargePointId; readonly passwordHash: string | null };
export type BootReport = { readonly chargePointId: ChargePointId; readonly vendor: string | null; readonly model: string | null; readonly serial: string | null; readonly firmware: string | null; readonly at: Instant };
export type StatusReport = { readonly chargePointId: ChargePointId; readonly evseNumber: number; readonly status: string; readonly errorCode: string | null; readonly at: Instant };

/** What the gateway asks of locations. */
export type LocationsPort = {
  resolveChargePoint(database: Database, identity: string): Promise<ResolvedIdentity | null>;
  verifyPassword(password: string, passwordHash: string): boolean;
  recordBoots(tx: Tx, boots: readonly BootReport[]): Promise<void>;
  recordConnectorStatuses(tx: Tx, reports: readonly StatusReport[]): Promise<void>;
  recordSeen(tx: Tx, seen: readonly { readonly chargePointId: ChargePointId; readonly at: Instant }[]): Promise<void>;
};

export type GatewayCounter =
  | 'frames_received' | 'frames_stored' | 'frames_flagged' | 'frames_unanswered' | 'call_errors_sent' | 'connections_refused' | 'connections_superseded'
  | 'frames_applied' | 'frames_unprocessable' | 'commands_settled';

/** Counters and clocks of the gateway; the composition root binds them to the process's metrics. */
export type GatewayMetrics = {
  increment(name: GatewayCounter, labels?: Readonly<Record<string, string>>, by?: number): void;
  observe(name: 'reply_ms' | 'store_ms' | 'batch_rows' | 'apply_ms', value: number): void;
  gauge(name: 'connections' | 'frames_queued' | 'applier_lag_frames', value: number): void;
};
export const silentMetrics: GatewayMetrics = { increment: () => undefined, observe: () => undefined, gauge: () => undefined };
