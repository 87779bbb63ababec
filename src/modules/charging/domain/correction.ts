import { instant, wattHours, type CorrectionId, type Instant, type Result, type SessionId, type WattHours } from '../../../kernel/index.ts';
import type { RatedBill, RateRejection } from '../../tariffs/index.ts';
import { digestOf, type BillDraft } from './bill.ts';
import type { Closure, DerivedSession, EnergyDrawn } from './derive.ts';
import { flag, isHeld, sortFlags, type Flag } from './flag.ts';
import type { EnergyBounds, EnergySource } from './repair-proposal.ts';

/** An acceptance that counts: what a session drew by somebody's decision, and what that decision was made on. */
export type Correction = {
  readonly correctionId: CorrectionId;
  readonly sessionId: SessionId;
  readonly number: number;
  readonly source: EnergySource;
  readonly energyWh: WattHours;
  /** Proven energy outside these contradicts it. */
  readonly lowerWh: WattHours;
  readonly upperWh: WattHours;
  /** Where in time the energy lies; their sum is `energyWh`. */
  readonly intervals: readonly EnergyDrawn[];
  readonly evidenceDigest: string;
};

export type Price = (energyWh: WattHours, intervals: readonly EnergyDrawn[], occupancy: DerivedSession['occupancy']) => Result<RatedBill, RateRejection>;

/** Intervals of a correction beyond this are merged by neighbours: the split over tariff periods stays within a few minutes. */
export const CORRECTION_INTERVALS_MAX = 1_000;
export const CORRECTION_REASON_LENGTH_MAX = 500;

/** What a correction is decided on: everything that the session's facts say, and everything that is odd about them. */
export const evidenceDigestOf = ({ startedAt, endedAt, energyWh, intervals, readings }: DerivedSession, flags: readonly Flag[]): string =>
  digestOf({ startedAt, endedAt, energyWh, intervals, readings, flags });

/** @returns what becomes of a correction, given what the facts say now. */
export function judgeCorrection(correction: Correction, { derived, flags, closure, bounds }: {
  readonly derived: DerivedSession; readonly flags: readonly Flag[]; readonly closure: Closure | null; /** Of the session alone, without what its connector showed afterwards. */ readonly bounds: EnergyBounds;
}): 'stands' | 'lapsed' | 'contradicted' {
  if (evidenceDigestOf(derived, flags) === correction.evidenceDigest) return 'stands';
  if (!isHeld(flags)) return 'lapsed';
  const within = derived.energyWh >= correction.lowerWh && derived.energyWh <= correction.upperWh;
  // A session that never said its end may have gone on; one that did can have drawn no more than its power allows.
  return within && (closure !== null || correction.energyWh <= bounds.byPowerWh) ? 'stands' : 'contradicted';
}

/**
 * The bill of a session that has an active correction: corrected, from its evidence because the correction has lapsed, or held because
 * the facts contradict it. Pure, and a function of the facts and the correction alone, whatever order they came in.
 */
export function draftCorrected(evidence: BillDraft, correction: Correction, of: {
  readonly derived: DerivedSession; readonly closure: Closure | null; readonly bounds: EnergyBounds; readonly price: Price;
}): BillDraft {
  const { derived } = of;
  const verdict = judgeCorrection(correction, { ...of, flags: evidence.flags });
  if (verdict === 'lapsed') return evidence;
  const { correctionId, energyWh, intervals } = correction;
  const rated = of.price(energyWh, intervals, occupancyAfter(derived.occupancy, intervals));
  if (verdict === 'contradicted') return contradicted(evidence, correction, derived);
  // Without a price or a payer nothing can be charged, whatever was decided.
  if (!rated.ok || (evidence.memberId === null && rated.value.totalMinor > 0n)) return evidence.state === 'held' ? evidence : contradicted(evidence, correction, derived);
  const { electricityMinor, serviceMinor, occupancyMinor, totalMinor, lines } = rated.value;
  const draft = { state: 'settled' as const, memberId: evidence.memberId, energyWh, electricityMinor, serviceMinor, occupancyMinor, totalMinor, proposal: null, lines, flags: evidence.flags, correctionId };
  return { ...draft, digest: digestOf({ ...draft, startedAt: derived.startedAt, endedAt: derived.endedAt }) };
}

function contradicted(evidence: BillDraft, { correctionId, energyWh, lowerWh, upperWh }: Correction, derived: DerivedSession): BillDraft {
  const found = flag('correction_contradicted', { correctionId, energyWh: String(energyWh), lowerWh: String(lowerWh), upperWh: String(upperWh), provenWh: String(derived.energyWh) });
  const draft = {
    state: 'held' as const, memberId: evidence.memberId, energyWh: wattHours(0n), electricityMinor: 0n, serviceMinor: 0n, occupancyMinor: 0n, totalMinor: 0n,
    proposal: evidence.proposal ?? { energyWh: evidence.energyWh, totalMinor: evidence.totalMinor }, lines: evidence.lines, flags: sortFlags([...evidence.flags, found]), correctionId: null,
  };
  return { ...draft, digest: digestOf({ ...draft, startedAt: derived.startedAt, endedAt: derived.endedAt }) };
}

/** Nothing is occupied without energy while the correction says that energy flowed. */
export function occupancyAfter(occupancy: DerivedSession['occupancy'], intervals: readonly EnergyDrawn[]): DerivedSession['occupancy'] {
  const last = intervals.findLast(({ energy }) => energy > 0n);
  if (occupancy === null || last === undefined || last.to <= occupancy.from) return occupancy;
  return last.to < occupancy.to ? { from: last.to, to: occupancy.to } : null;
}

/**
 * Places energy in time: in proportion to where `like` has it, or evenly over the span where `like` has none. The parts always add up to
 * `energyWh`; at most `CORRECTION_INTERVALS_MAX` of them.
 */
export function spreadEnergy(energyWh: WattHours, like: readonly EnergyDrawn[], span: { readonly from: Instant; readonly to: Instant }): EnergyDrawn[] {
  if (energyWh === 0n) return [];
  const shape = mergeNeighbours(like.filter(({ energy }) => energy > 0n));
  const whole = shape.reduce((sum, { energy }) => sum + energy, 0n);
  if (whole === 0n) return [{ ...span, energy: energyWh }];
  let [seen, given] = [0n, 0n];
  return shape.map(({ from, to, energy }) => {
    seen += energy;
    const upToHere = (energyWh * seen) / whole;
    const part = upToHere - given;
    given = upToHere;
    return { from, to, energy: wattHours(part) };
  }).filter(({ energy }) => energy > 0n);
}

function mergeNeighbours(intervals: readonly EnergyDrawn[]): readonly EnergyDrawn[] {
  const size = Math.ceil(intervals.length / CORRECTION_INTERVALS_MAX);
  if (size <= 1) return intervals;
  const merged: EnergyDrawn[] = [];
  for (let i = 0; i < intervals.length; i += size) {
    const group = intervals.slice(i, i + size);
    merged.push({ from: group[0]!.from, to: group.at(-1)!.to, energy: wattHours(group.reduce((sum, { energy }) => sum + energy, 0n)) });
  }
  return merged;
}

export type PackedIntervals = readonly (readonly [fromMs: number, toMs: number, wh: string])[];
export const packIntervals = (intervals: readonly EnergyDrawn[]): PackedIntervals => intervals.map(({ from, to, energy }) => [from, to, String(energy)]);
export const unpackIntervals = (packed: PackedIntervals): EnergyDrawn[] => packed.map(([from, to, wh]) => ({ from: instant(from), to: instant(to), energy: wattHours(BigInt(wh)) }));

/** Above which difference to what is charged now a correction needs a second person. */
export type CorrectionThreshold = { readonly aboveMinor: bigint; readonly aboveWh: bigint };
export type Difference = { readonly minor: bigint; readonly wh: bigint };
const distance = (a: bigint, b: bigint): bigint => (a < b ? b - a : a - b);
export const differenceOf = (before: { readonly totalMinor: bigint; readonly energyWh: bigint }, after: { readonly totalMinor: bigint; readonly energyWh: bigint }): Difference =>
  ({ minor: distance(before.totalMinor, after.totalMinor), wh: distance(before.energyWh, after.energyWh) });
export const needsSecondPerson = ({ minor, wh }: Difference, { aboveMinor, aboveWh }: CorrectionThreshold): boolean => minor > aboveMinor || wh > aboveWh;
