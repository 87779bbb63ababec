import type { BillId, ChargePointId, ConnectorId, CorrectionId, Instant, MemberId, SessionId, StationId } from '../../../kernel/index.ts';
import type { Closure } from './derive.ts';
import type { FlagCause } from './flag.ts';

/** How a charge was started (C-15). `unknown` where the station named no credential. */
export const START_MODES = ['card', 'app', 'qr', 'vin', 'station_password', 'remote_by_clerk', 'roaming', 'unknown'] as const;
export type StartMode = (typeof START_MODES)[number];
/** What the station is told about the start. Whatever it is told, the start is recorded. */
export type StartDecision = 'accepted' | 'blocked' | 'invalid' | 'concurrent_tx';
export type TokenStatus = 'none' | 'active' | 'frozen' | 'unknown';

export type Session = {
  readonly sessionId: SessionId;
  readonly chargePointId: ChargePointId;
  readonly evseNumber: number | null;
  /** null while no frame has named a connector that can exist. */
  readonly connectorId: ConnectorId | null;
  readonly stationId: StationId;
  /** Place, zone and power as they were when the session began: a later change of the station does not change a bill. */
  readonly timeZone: string;
  readonly maxPowerW: bigint;
  readonly transactionRef: string;
  readonly startRepeated: boolean;
  /** The start's register has reached the connector's meter and older sessions of the connector were closed. */
  readonly startApplied: boolean;
  readonly startSequence: bigint | null;
  readonly memberId: MemberId | null;
  readonly tokenMask: string | null;
  readonly tokenStatus: TokenStatus;
  readonly decision: StartDecision;
  readonly startMode: StartMode;
  readonly holdTransfer: string | null;
  readonly holdMinor: bigint;
  readonly holdState: 'none' | 'held' | 'posted' | 'voided';
  readonly state: 'active' | 'ended';
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly lastRecordedAt: Instant;
  /** The register that the start itself stated. */
  readonly startRegisterWh: bigint | null;
  readonly energyWh: bigint;
  /** How it was closed without an end of its own; null when it was not. */
  readonly closureKind: Closure['kind'] | null;
  readonly closureAt: Instant | null;
  readonly currentBillId: BillId | null;
  readonly billVersion: number;
  /** The latest acceptance that was not reverted, whether or not the current bill follows it. */
  readonly correctionId: CorrectionId | null;
  readonly held: boolean;
  readonly flagCauses: readonly FlagCause[];
};

export const closureOf = (session: Pick<Session, 'closureKind' | 'closureAt'>): Closure | null =>
  session.closureKind === null || session.closureAt === null ? null : { kind: session.closureKind, at: session.closureAt };
