import { MS_PER_HOUR, wattHours } from '../../../kernel/index.ts';
import type { EnergyDrawn } from './derived-session.ts';
import type { Unseen } from './repair-evidence.ts';
import type { CurvePoint } from './energy-candidate.ts';

/**
 * What can be said of an unseen stretch from the power around it. `ratedWh` is what the connector can deliver in it, whatever the power was before and
 * after, and `doubtWh` how far the estimate may be off if anything from nothing to that flowed: a station that reset its meter may have lost its
 * power for a while, and a steady curve on both sides knows nothing of it.
 */
export type Estimate = { readonly of: Unseen; readonly energyWh: bigint; readonly doubtWh: bigint; readonly ratedWh: bigint; readonly powerW: bigint };

export const energyAt = (powerW: bigint, durationMs: number): bigint => (powerW * BigInt(Math.max(0, Math.trunc(durationMs)))) / BigInt(MS_PER_HOUR);
const powerOf = ({ from, to, energy }: EnergyDrawn): bigint => (to > from ? (energy * BigInt(MS_PER_HOUR)) / BigInt(to - from) : 0n);
const FULL_SOC_PERCENT = 100;
/** Steps of a taper that are looked ahead; after these next to nothing flows. */
const TAPER_STEPS_MAX = 60;

/**
 * Estimates unseen stretches by the session's own curve: between two known stretches by their powers, before the first by its power, after the
 * last by its power and how that was falling, and by no more than the vehicle had room for. Never above the rated power, nor what the stretch can hold.
 */
export function estimateUnseen(unseen: readonly Unseen[], known: readonly EnergyDrawn[], curve: readonly CurvePoint[], maxPowerW: bigint): Estimate[] {
  // A connector that was seen to deliver more than its rated power may have done so unseen.
  const seenW = known.map(powerOf).reduce((a, b) => (b > a ? b : a), maxPowerW);
  return unseen.map((of) => {
    if (of.untimed) return { of, energyWh: 0n, doubtWh: of.atMostWh, ratedWh: of.atMostWh, powerW: 0n };
    const durationMs = of.to - of.from;
    const before = known.filter(({ from, to, energy }) => to <= of.from && (to > from || energy > 0n)).slice(-2);
    const after = known.filter(({ from, to }) => from >= of.to && to > from).slice(0, 2);
    const cap = (wh: bigint): bigint => least(wh, energyAt(maxPowerW, durationMs), of.atMostWh);
    const ratedWh = least(energyAt(seenW, durationMs), of.atMostWh);
    const powerW = of.where === 'at_start' ? powerAfter(after) : of.where === 'at_end' ? powerBefore(before) : powerBetween(before, after);
    const energyWh = cap(of.where === 'at_end' ? room(curve, known, taper(before, durationMs)) : energyAt(powerW, durationMs));
    return { of, energyWh, doubtWh: energyWh > ratedWh - energyWh ? energyWh : ratedWh - energyWh, ratedWh, powerW };
  });
}

const least = (...all: readonly bigint[]): bigint => all.reduce((a, b) => (b < a ? b : a));
const powerAfter = (after: readonly EnergyDrawn[]): bigint => (after[0] ? powerOf(after[0]) : 0n);
const powerBefore = (before: readonly EnergyDrawn[]): bigint => (before.at(-1) ? powerOf(before.at(-1)!) : 0n);

/** Between the powers on both sides, where both are known. */
const powerBetween = (before: readonly EnergyDrawn[], after: readonly EnergyDrawn[]): bigint =>
  (before.length === 0 ? powerAfter(after) : after.length === 0 ? powerBefore(before) : (powerBefore(before) + powerAfter(after)) / 2n);

/** The power goes on falling as it fell, where it fell; else it stays. */
function taper(before: readonly EnergyDrawn[], durationMs: number): bigint {
  const last = before.at(-1);
  if (last === undefined || durationMs <= 0) return 0n;
  const [previous, now] = [before.length > 1 ? powerOf(before[0]!) : powerOf(last), powerOf(last)];
  const stepMs = last.to - last.from;
  if (now >= previous || previous === 0n || stepMs <= 0) return energyAt(now, durationMs);
  let [power, left, energy] = [now, durationMs, 0n];
  for (let i = 0; i < TAPER_STEPS_MAX && left > 0 && power > 0n; i++, left -= stepMs) {
    power = (power * now) / previous;
    energy += energyAt(power, Math.min(stepMs, left));
  }
  return energy;
}

/** A vehicle takes no more than what is missing in its battery, by what one percent has taken so far. */
function room(curve: readonly CurvePoint[], known: readonly EnergyDrawn[], energyWh: bigint): bigint {
  const charged = curve.filter(({ socPercent }) => socPercent !== null);
  const [first, last] = [charged[0], charged.at(-1)];
  if (!first || !last || first.socPercent === null || last.socPercent === null || last.socPercent <= first.socPercent) return energyWh;
  const drawnWh = known.filter(({ from, to }) => from >= first.at && to <= last.at).reduce((sum, { energy }) => sum + energy, 0n);
  const perTenth = drawnWh / BigInt(Math.max(1, Math.round((last.socPercent - first.socPercent) * 10)));
  const left = perTenth * BigInt(Math.max(0, Math.round((FULL_SOC_PERCENT - last.socPercent) * 10)));
  return drawnWh > 0n && left < energyWh ? left : energyWh;
}

export const estimated = ({ of, energyWh }: Estimate): EnergyDrawn => ({ from: of.from, to: of.to, energy: wattHours(energyWh) });
export const inOrder = (intervals: readonly EnergyDrawn[]): EnergyDrawn[] => [...intervals].sort((a, b) => a.from - b.from || a.to - b.to);
