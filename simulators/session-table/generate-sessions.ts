import type { Random } from '../charge-point/random.ts';

/** A charge point as a generated table knows it. */
export type GeneratedPoint = { readonly key: string; readonly place: string; readonly model: string; readonly powerW: number; readonly connectors: number };
export type GeneratedSession = { readonly point: GeneratedPoint; readonly connector: number; startAt: number; endAt: number; energyWh: number; readonly longStay: boolean };

export type LifeOptions = {
  readonly count: number;
  /** How many of them are cars that stay for days. */
  readonly longStays: number;
  readonly beginAt: number;
  readonly seconds: boolean;
  /** On average, from one car to the next. */
  readonly hoursBetween: number;
};

const MINUTE_MS = 60_000, HOUR_MS = 3_600_000, DAY_MS = 86_400_000;

/**
 * `count` sessions that could have happened: one after the other on each connector, mostly by day, short at rapid chargers, long where
 * cars park; energy within what the connector can give. Times are whole minutes unless `seconds`.
 */
export function livedSessions(random: Random, points: readonly GeneratedPoint[], options: LifeOptions): GeneratedSession[] {
  const places = points.flatMap((point) => Array.from({ length: point.connectors }, (_, index) => ({ point, connector: index + 1, freeAt: options.beginAt + random.integer(20) * HOUR_MS })));
  const sessions: GeneratedSession[] = [];
  const unit = options.seconds ? 1000 : MINUTE_MS;
  const longStays = new Set(flawPicker(random, Array.from({ length: options.count }, (_, index) => index))(options.longStays));
  while (sessions.length < options.count) {
    // The connector that has been free the longest: so all advance through the same weeks.
    const place = places.reduce((earliest, each) => (each.freeAt < earliest.freeAt ? each : earliest));
    const gap = -Math.log(1 - random.next()) * options.hoursBetween * HOUR_MS;
    const startAt = Math.floor(byDay(place.freeAt + gap, random) / unit) * unit;
    const rapid = place.point.powerW >= 40_000;
    const longStay = longStays.has(sessions.length);
    const minutes = longStay ? random.between(2.1 * DAY_MS, 7 * DAY_MS) / MINUTE_MS : rapid ? random.between(6, 55) : random.chance(0.3) ? random.between(420, 900) : random.between(15, 300);
    const endAt = startAt + Math.max(unit, Math.floor((minutes * MINUTE_MS) / unit) * unit);
    // Cars take less than the connector gives, and stop taking when full.
    const hours = Math.min((endAt - startAt) / HOUR_MS, rapid ? 0.4 : 2);
    const energyWh = Math.max(1, Math.round(place.point.powerW * hours * random.between(0.25, 0.9)));
    sessions.push({ point: place.point, connector: place.connector, startAt, endAt, energyWh, longStay });
    place.freeAt = endAt + MINUTE_MS;
  }
  return sessions;
}

/** Most nights nobody comes. */
function byDay(at: number, random: Random): number {
  const hour = Math.floor(at / HOUR_MS) % 24;
  return hour < 6 && random.chance(0.85) ? at + (6 - hour) * HOUR_MS + random.integer(120) * MINUTE_MS : at;
}

/** How many rows get a flaw: its share, and at least one in a table that is long enough to show every kind. */
export const flawCount = (rows: number, share: number): number => Math.max(rows >= 200 ? 1 : 0, Math.round(rows * share));

/** Hands out items for flaws, each once, so that flaws do not hide each other. */
export function flawPicker<T>(random: Random, rows: readonly T[]): (count: number) => T[] {
  const rest = [...rows];
  return (count) => Array.from({ length: Math.min(count, rest.length) }, () => {
    const index = random.integer(rest.length);
    const picked = rest[index]!;
    rest[index] = rest.at(-1)!;
    rest.pop();
    return picked;
  });
}

/** 12.5, 7.06, 3.2: up to three decimals, as exports print kWh. */
export const kilowattHours = (energyWh: number): string => String(energyWh / 1000);
export const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
export const two = (value: number): string => String(value).padStart(2, '0');
