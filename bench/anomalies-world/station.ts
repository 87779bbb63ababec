/**
 * Stations, meters and vehicles as they are, in watts, watt-hours and milliseconds. A model of the field and not of the program: it knows
 * no rule, no threshold and no cause.
 */
import type { Chance } from './chance.ts';

export const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

export type Station = {
  readonly chargePointId: string;
  readonly version: '1.6' | '2.0.1';
  readonly maxPowerW: number;
  readonly isDc: boolean;
  /** Some meters count each session from nothing. */
  readonly counts: 'life' | 'session';
  /** Cheap meters move in steps. */
  readonly stepWh: number;
  /** null: nothing is read between start and stop. */
  readonly readEveryMs: number | null;
  readonly saysPower: boolean;
  readonly saysSoc: boolean;
  /** Its clock is off by this, as clocks are. */
  readonly clockOffMs: number;
  /** How long a message is under way at most. */
  readonly delayMaxMs: number;
  /** Its protocol ends a session with a bill of its own. */
  readonly bills: boolean;
  /** Its meter answers late: registers say 0 until then (C-09). */
  readonly meterAnswersLate: boolean;
  /** A meter in front of a display and a heater. */
  readonly leakW: number;
  /** When it was put up its meter had counted this. */
  readonly installedWh: number;
};

export function drawStation(chance: Chance, number: number, meterAnswersLate: boolean): Station {
  const isDc = chance.is(0.6);
  const counts = !meterAnswersLate && chance.is(0.1) ? 'session' : 'life';
  return {
    chargePointId: `01900000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`,
    version: chance.is(0.6) ? '1.6' : '2.0.1', isDc, maxPowerW: isDc ? chance.of([30_000, 60_000, 60_000, 120_000, 180_000]) : chance.of([7_000, 7_000, 11_000, 22_000]),
    counts, stepWh: chance.of([1, 1, 1, 10, 100]), readEveryMs: chance.of([null, MINUTE, MINUTE, 5 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 15 * MINUTE, 30 * MINUTE]),
    saysPower: chance.is(0.6), saysSoc: isDc && chance.is(0.7), clockOffMs: Math.round(chance.is(0.8) ? chance.between(-2_000, 2_000) : chance.between(-4 * MINUTE, 4 * MINUTE)),
    delayMaxMs: chance.of([500, 500, 2_000, 8_000]), bills: chance.is(0.1), meterAnswersLate,
    leakW: chance.is(0.03) ? chance.between(0.2, 1.5) : 0, installedWh: chance.is(0.02) ? 0 : Math.floor(chance.between(50_000, 90_000_000)),
  };
}

/** What a vehicle draws from the moment it begins, in closed form: constant with a wobble, then falling off as the battery fills. */
export type Charge = { readonly fullAfterMs: number; energyWh(afterMs: number): number; powerW(afterMs: number): number; soc(afterMs: number): number };

const FULL_AT = 0.04;

export function drawCharge(chance: Chance, station: Station, soc: number): Charge {
  const capacityWh = station.isDc ? chance.between(40_000, station.maxPowerW > 100_000 ? 320_000 : 90_000) : chance.between(10_000, 80_000);
  const limitW = Math.min(station.maxPowerW * chance.between(0.9, 1), station.isDc ? capacityWh * chance.between(0.8, 2) : chance.of([3_500, 6_900, 10_800, 21_500]));
  const tapersAt = station.isDc ? chance.between(0.7, 0.85) : 0.96;
  const steadyWh = Math.max(0, tapersAt - soc) * capacityWh;
  const steadyMs = (steadyWh / limitW) * HOUR;
  const restWh = (1 - Math.max(soc, tapersAt)) * capacityWh;
  const tauMs = (restWh / limitW) * HOUR;
  const [wobble, periodMs] = [chance.is(0.5) ? 0 : chance.between(0, 0.03), chance.between(7, 40) * MINUTE];
  const fullAfterMs = steadyMs + tauMs * Math.log(1 / FULL_AT);
  const steady = (ms: number): number => (limitW / HOUR) * (ms + ((wobble * periodMs) / (2 * Math.PI)) * (1 - Math.cos((2 * Math.PI * ms) / periodMs)));
  const energyWh = (afterMs: number): number => {
    const ms = Math.max(0, Math.min(afterMs, fullAfterMs));
    return ms <= steadyMs ? steady(ms) : steady(steadyMs) + restWh * (1 - Math.exp(-(ms - steadyMs) / tauMs));
  };
  return {
    fullAfterMs, energyWh,
    powerW: (ms) => (ms >= fullAfterMs || ms < 0 ? 0 : ms <= steadyMs ? limitW * (1 + wobble * Math.sin((2 * Math.PI * ms) / periodMs)) : limitW * Math.exp(-(ms - steadyMs) / tauMs)),
    soc: (ms) => (ms >= fullAfterMs ? 1 : Math.min(0.99, soc + energyWh(ms) / capacityWh)),
  };
}
