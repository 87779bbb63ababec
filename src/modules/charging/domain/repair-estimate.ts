import { MS_PER_HOUR, wattHours } from '../../../kernel/index.ts';
import type { EnergyDrawn } from './derived-session.ts';
import type { Unseen } from './repair-evidence.ts';
import type { CurvePoint } from './energy-candidate.ts';

/**
 * What can be said of an unseen stretch from the power around it. `doubtWh` is how far it may be from that, by the curve's own steadiness;
 * `ratedWh` is what the connector can deliver in it, whatever the power was before and after.
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
  return unseen.map((of) => {
    const durationMs = of.to - of.from;
    const before = known.filter(({ from, to, energy }) => to <= of.from && (to > from || energy > 0n)).slice(-2);
    const after = known.filter(({ from, to }) => from >= of.to && to > from).slice(0, 2);
    const cap = (wh: bigint): bigint => [wh, energyAt(maxPowerW, durationMs), of.atMostWh].reduce((a, b) => (b < a ? b : a));
    const ratedWh = cap(energyAt(maxPowerW, durationMs));
    if (of.where === 'between') return { of, ratedWh, ...betweenTwo({ before, after, measuredW: measuredAt(curve, of), durationMs, ratedWh, cap }) };
    const powerW = of.where === 'at_start' ? powerAfter(after) : powerBefore(before);
    const energyWh = of.where === 'at_start' ? cap(energyAt(powerW, durationMs)) : cap(room(curve, known, taper(before, durationMs)));
    // A vehicle may begin late, end early and draw differently there: all that the connector can deliver is in question.
    return { of, energyWh, doubtWh: ratedWh, ratedWh, powerW };
  });
}

const powerAfter = (after: readonly EnergyDrawn[]): bigint => (after[0] ? powerOf(after[0]) : 0n);
const powerBefore = (before: readonly EnergyDrawn[]): bigint => (before.at(-1) ? powerOf(before.at(-1)!) : 0n);

type Bridge = Pick<Estimate, 'energyWh' | 'doubtWh' | 'powerW'>;
type Gap = { readonly before: readonly EnergyDrawn[]; readonly after: readonly EnergyDrawn[]; readonly measuredW: readonly bigint[]; readonly durationMs: number; readonly ratedWh: bigint; readonly cap: (wh: bigint) => bigint };
function betweenTwo({ before, after, measuredW, durationMs, ratedWh, cap }: Gap): Bridge {
  const powers = [...before.map(powerOf), ...after.map(powerOf), ...measuredW];
  if (before.length === 0 || after.length === 0) {
    const powerW = before.length === 0 ? powerAfter(after) : powerBefore(before);
    return { energyWh: cap(energyAt(powerW, durationMs)), doubtWh: ratedWh, powerW };
  }
  const powerW = (powerBefore(before) + powerAfter(after)) / 2n;
  const [low, high] = [powers.reduce((a, b) => (b < a ? b : a)), powers.reduce((a, b) => (b > a ? b : a))];
  // Steps before and after say how steady the curve is; with one on each side only, it is not known.
  const steady = before.length + after.length + measuredW.length >= 3;
  return { energyWh: cap(energyAt(powerW, durationMs)), doubtWh: steady ? cap(energyAt(high - low, durationMs)) : ratedWh, powerW };
}

const measuredAt = (curve: readonly CurvePoint[], { from, to }: Unseen): bigint[] => curve.flatMap(({ at, powerW }) => (powerW !== null && at >= from && at <= to ? [powerW] : []));

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
