import type { Instant, WattHours } from '../../../kernel/index.ts';
import type { EnergyDrawn } from './derived-session.ts';
import type { FlagData } from './flag.ts';

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
/** What a vehicle drew at a moment, as the station said. */
export type CurvePoint = { readonly at: Instant; readonly powerW: bigint | null; readonly socPercent: number | null };

/** What no correction of a session may exceed, proposed or typed, and which evidence says so. */
export type EnergyBounds = {
  readonly upperWh: WattHours;
  /** Rated power × time until the session cannot have gone on, with the operator's allowance. */
  readonly byPowerWh: WattHours;
  /** The span of the connector's registers around the session; null where these do not close it in. */
  readonly byRegistersWh: WattHours | null;
};
