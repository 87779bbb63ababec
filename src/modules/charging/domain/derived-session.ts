/** What is derived of a session, and from what beside its facts. */
import type { Instant, WattHours } from '../../../kernel/index.ts';
import type { AnomalyRules } from './anomaly-rules.ts';
import type { StatedBill } from './fact.ts';
import type { Flag } from './flag.ts';
import type { RegisterChain } from './register-chain.ts';

/** The first sign that a charge point had come back and its connector was idle, after the session had spoken for the last time; `asked`: it was asked, and said that nothing more will come. */
export type ConnectorReturn = { readonly at: Instant; readonly by: 'booted' | 'status' | 'asked'; readonly status: string | null };
/** The start that closed a session which had said no end. */
export type NextStart = { readonly at: Instant; readonly idToken: string | null; readonly registerWh: bigint | null };

/** How a session was closed without its own end frame: a new start on the connector, or silence past the operator's deadline. */
export type Closure = { readonly kind: 'superseded' | 'silent'; readonly at: Instant };
export type SessionContext = {
  readonly maxPowerW: bigint;
  readonly closure: Closure | null;
  /** The start was sent again with the same words after a boot or a stop (OCPP 1.6 stations without a clock do). */
  readonly startRepeated: boolean;
  /** How the connector's register stood before the first reading of this session, from whatever was read there; `EMPTY_CHAIN` where nothing was. */
  readonly before: RegisterChain;
  /** The operator's thresholds; the program's where they are not given. */
  readonly rules?: AnomalyRules;
  /** Of the station; dates are read on its wall clock. UTC where it is not given. */
  readonly timeZone?: string;
  /** Whether the charge point has come back since, of a session that was closed for its silence. */
  readonly returned?: ConnectorReturn | null;
  /** The start that closed this session, of one that was closed by it. */
  readonly next?: NextStart | null;
};

export type EnergyDrawn = { readonly from: Instant; readonly to: Instant; readonly energy: WattHours };
export type DerivedReading = { readonly at: Instant; readonly registerWh: bigint; readonly role: 'start' | 'read' | 'end'; readonly counted: boolean };
export type DerivedSession = {
  readonly state: 'active' | 'ended';
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  /** Energy that registers prove: the sum of `intervals`, never an extrapolation. */
  readonly energyWh: WattHours;
  readonly intervals: readonly EnergyDrawn[];
  /** Plugged in after the register stood still; null unless readings show it. */
  readonly occupancy: { readonly from: Instant; readonly to: Instant } | null;
  readonly readings: readonly DerivedReading[];
  readonly idToken: string | null;
  readonly stopReason: string | null;
  readonly offline: boolean;
  /** What the source bills by itself; null where it states nothing, as OCPP does. */
  readonly stated: StatedBill | null;
  readonly flags: readonly Flag[];
  readonly held: boolean;
};
