import { assert, wattHours, type Instant, type WattHours } from '../../../kernel/index.ts';
import type { AnomalyRules } from './anomaly-rules.ts';
import type { DerivedSession, EnergyDrawn, SessionContext } from './derive.ts';
import type { ChargePointFact } from './fact.ts';
import type { Flag, FlagCause, FlagData } from './flag.ts';
import { plausibleEnergyMax, type RegisterPoint } from './register-chain.ts';

/**
 * What may be true of an abnormal session, side by side: what the device itself bills, what the platform counted, what the registers span,
 * and what can be estimated; `typed` is what a person enters and is never proposed.
 */
export type EnergySource = 'device_bill' | 'platform_count' | 'registers' | 'estimate' | 'typed';
export const ENERGY_SOURCES = ['device_bill', 'platform_count', 'registers', 'estimate', 'typed'] as const satisfies readonly EnergySource[];
/** `proven`: registers or statements leave no other reading. `strong`: independent evidence agrees. `weak`: possible, and no more than that. */
export type Confidence = 'proven' | 'strong' | 'weak';
/** A key is translated where people read it; the data is what it speaks of: registers and bounds in Wh as text, instants in ms. */
export type Evidence = { readonly key: string; readonly data: FlagData };
export type EnergyCandidate = {
  readonly source: EnergySource;
  readonly energyWh: WattHours;
  /** The truth lies between these two, as far as the evidence of this candidate is true. */
  readonly lowerWh: WattHours;
  readonly upperWh: WattHours;
  readonly confidence: Confidence;
  readonly evidence: readonly Evidence[];
  /** Where in time the energy lies, for pricing; their sum is `energyWh`. */
  readonly intervals: readonly EnergyDrawn[];
};
export type RepairProposal = {
  readonly primaryCause: FlagCause;
  readonly candidates: readonly EnergyCandidate[];
  readonly chosen: EnergySource | null;
  /** Whether a policy may accept it without a person. */
  readonly automatic: boolean;
  readonly why: Evidence;
};
/** What a vehicle drew at a moment, as the station said. */
export type CurvePoint = { readonly at: Instant; readonly powerW: bigint | null; readonly socPercent: number | null };

export type RepairInput = {
  readonly derived: DerivedSession;
  readonly facts: readonly ChargePointFact[];
  readonly context: SessionContext;
  /** The connector's next register after the session, whoever stated it. */
  readonly after: RegisterPoint | null;
  /** The session's own power and state of charge over time; null takes them from the facts. */
  readonly curve: readonly CurvePoint[] | null;
  readonly rules: AnomalyRules;
  /** The flags of the bill, where they are more than those of the session (an overlap, a missing tariff). */
  readonly flags?: readonly Flag[];
};

/** What no correction of a session may exceed, proposed or typed, and which evidence says so. */
export type EnergyBounds = {
  readonly upperWh: WattHours;
  /** Rated power × time, with the operator's allowance. */
  readonly byPowerWh: WattHours;
  /** The widest span of registers that can be this session's; null where registers say nothing. */
  readonly byRegistersWh: WattHours | null;
};

/** The limits that hold for every correction of this session. Pure. */
export function energyBounds({ derived, context }: Pick<RepairInput, 'derived' | 'context' | 'after' | 'rules'>): EnergyBounds {
  const durationMs = (derived.endedAt ?? derived.startedAt) - derived.startedAt;
  const byPowerWh = wattHours(plausibleEnergyMax(durationMs, context.maxPowerW));
  return { upperWh: byPowerWh, byPowerWh, byRegistersWh: null };
}

/**
 * What is likely true of a flagged session, with the evidence. Pure; equal for equal input.
 * The session must be flagged: a clean one has nothing to repair.
 */
export function proposeRepair(input: RepairInput): RepairProposal {
  const { derived } = input;
  const flags = input.flags ?? derived.flags;
  const primary = flags.find(({ effect }) => effect === 'hold') ?? flags[0];
  assert(primary, 'only a flagged session is repaired');
  const counted: EnergyCandidate = {
    source: 'platform_count', energyWh: derived.energyWh, lowerWh: derived.energyWh, upperWh: energyBounds(input).upperWh, confidence: 'weak',
    evidence: [{ key: 'chain_of_readings', data: { energyWh: String(derived.energyWh) } }], intervals: derived.intervals,
  };
  return { primaryCause: primary.cause, candidates: [counted], chosen: null, automatic: false, why: { key: 'needs_a_person', data: {} } };
}
