import { chargeOf, drawCar } from './curve.ts';
import { seededRandom, type Random } from './random.ts';
import { planSession, type PlannedSession } from './session.ts';
import type { StationProfile } from './types.ts';

export type DaysOptions = { readonly seed: number; readonly startAt: number; readonly days: number; readonly faultRate: number; readonly readingEveryMs: number };
const MINUTE = 60_000, HOUR = 3_600_000, DAY = 86_400_000;
export const READINGS_MAX = 24;

/** How busy a connector is by the hour of the day: quiet before dawn, a morning hill, an evening hill. */
export const BUSY_BY_HOUR = [2, 1, 1, 1, 1, 2, 4, 7, 9, 8, 7, 7, 8, 7, 6, 6, 7, 9, 10, 9, 8, 6, 4, 3].map((weight) => weight / 10);

/** Days of life of one station, all its connectors, as sessions with faults; equal for equal seed and profile. */
export function planDays(station: StationProfile, options: DaysOptions): PlannedSession[] {
  return station.connectors.flatMap((connector) => {
    const random = seededRandom(options.seed).fork(`${station.identity}/${connector.evse}`);
    const planned: PlannedSession[] = [];
    let registerWh = connector.registerWh ?? Math.round(random.between(200_000, 5_000_000));
    let at = options.startAt + Math.round(random.between(0, 6 * HOUR));
    while (at < options.startAt + options.days * DAY) {
      const session = planOne(station, connector, { random, at, registerWh, number: planned.length, options });
      planned.push(session);
      registerWh = session.registerAfterWh;
      at = nextArrival(random, Math.max(at, session.truth.endAt ?? at) + 2 * MINUTE);
    }
    return planned;
  });
}

function planOne(station: StationProfile, connector: StationProfile['connectors'][number], from: { random: Random; at: number; registerWh: number; number: number; options: DaysOptions }): PlannedSession {
  const { random, at, options } = from;
  const { minutes, energyWh } = chargeOf(drawCar(random, connector.maxPowerW), connector.maxPowerW, 9 * 60);
  const endAt = at + minutes * MINUTE + random.integer(60) * 1_000;
  return planSession({
    session: `${station.identity}.${connector.evse}.${from.number}`, station: station.identity, evse: connector.evse,
    idToken: station.tokens && station.tokens.length > 0 ? random.pick(station.tokens) : 'SIMULATED', startAt: at, endAt, energyWh, registerStartWh: from.registerWh,
    readings: Math.min(READINGS_MAX, Math.floor((endAt - at) / options.readingEveryMs)), faultRate: options.faultRate, manners: true,
  }, station, options.seed);
}

/** Waits in steps of ten minutes, each ending with an arrival as likely as the hour is busy. */
function nextArrival(random: Random, from: number): number {
  let at = from;
  for (let tries = 0; tries < 1_000; tries++) {
    at += Math.round(random.between(5, 15)) * MINUTE;
    if (random.chance(0.12 * BUSY_BY_HOUR[new Date(at).getUTCHours()]!)) return at;
  }
  return at;
}
