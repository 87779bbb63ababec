import type { Random } from './random.ts';
import type { Reading } from './types.ts';

/** A car as a charger sees it. */
export type Car = { readonly capacityWh: number; readonly maxPowerW: number; readonly soc: number; readonly targetSoc: number };

/** Constant power up to four fifths full, then falling in a straight line to a tenth of it: the shape that CC-CV charging has. */
export function powerAt(soc: number, car: Car, connectorMaxW: number): number {
  const full = Math.min(car.maxPowerW, connectorMaxW);
  const taper = soc <= 0.8 ? 1 : Math.max(0.1, 1 - 0.9 * ((soc - 0.8) / 0.2));
  // Alternating current is limited by the on-board charger and tapers only at the very end.
  return connectorMaxW <= 22_000 ? full * (soc < 0.96 ? 1 : 0.5) : full * taper;
}

export function drawCar(random: Random, connectorMaxW: number): Car {
  const bus = connectorMaxW >= 150_000 && random.chance(0.3);
  const capacityWh = bus ? random.between(200_000, 350_000) : random.between(38_000, 95_000);
  const soc = random.between(0.08, 0.6);
  const acLimitW = random.pick([3_600, 7_200, 11_000, 22_000]);
  const dcLimitW = bus ? random.between(120_000, 180_000) : random.between(45_000, 150_000);
  return {
    capacityWh, soc, targetSoc: Math.min(1, soc + random.between(0.15, 0.7)),
    maxPowerW: Math.max(3_000, connectorMaxW <= 22_000 ? acLimitW : dcLimitW),
  };
}

/** How long a car charges and what it draws, stepping a minute at a time; at most `minutesMax` minutes. */
export function chargeOf(car: Car, connectorMaxW: number, minutesMax: number): { minutes: number; energyWh: number } {
  let soc = car.soc;
  let energy = 0;
  let minutes = 0;
  while (minutes < minutesMax && soc < car.targetSoc) {
    const step = powerAt(soc, car, connectorMaxW) / 60;
    energy += step;
    soc += step / car.capacityWh;
    minutes++;
  }
  return { minutes: Math.max(1, minutes), energyWh: Math.round(energy) };
}

const FLAT = 0.7, END = 0.2, AREA = FLAT + (1 - FLAT) * (1 + END) / 2;
const level = (x: number): number => (x <= FLAT ? 1 : 1 - (1 - END) * ((x - FLAT) / (1 - FLAT)));
const area = (x: number): number => (x <= FLAT ? x : FLAT + (x - FLAT) * (1 + level(x)) / 2);

type Charge = { readonly startAt: number; readonly endAt: number; readonly energyWh: number };
/** What such a session has drawn by a moment. */
export const drawnBy = ({ startAt, endAt, energyWh }: Charge, at: number): number =>
  (endAt <= startAt ? energyWh : Math.floor(energyWh * (area(Math.min(1, Math.max(0, (at - startAt) / (endAt - startAt)))) / AREA)));

/**
 * `count` readings strictly between start and end of a session whose energy is known, on the same kind of curve. Registers
 * never fall; the last of them stays at or below the final register.
 */
export function readingsBetween(session: { startAt: number; endAt: number; registerStartWh: number; energyWh: number }, count: number): Reading[] {
  const span = session.endAt - session.startAt;
  if (span <= 0 || count < 1) return [];
  return Array.from({ length: count }, (_, index) => {
    const x = (index + 1) / (count + 1);
    const at = Math.round((session.startAt + span * x) / 1000) * 1000;
    return {
      at, stamp: new Date(at).toISOString(),
      registerWh: session.registerStartWh + Math.floor(session.energyWh * (area(x) / AREA)),
      powerW: Math.round((session.energyWh * 3_600_000 / span) * (level(x) / AREA)),
      socPercent: Math.round(20 + 70 * (area(x) / AREA)),
    };
  });
}
