import {
  addMs, CURRENCY_DECIMALS, divideRoundHalfUp, instant, MS_PER_DAY, MS_PER_MINUTE, ok, refuse, wattHours,
  type CurrencyCode, type Instant, type Rate, type Result, type TariffId, type WattHours,
} from '../../../kernel/index.ts';
import { assignmentAt, type TariffAssignment } from './assignment.ts';
import { sameRate, type PeriodKind } from './tariff.ts';
import { stretches, type Stretch, type TariffMissing } from './timeline.ts';

/** Energy that flowed evenly in [from, to); from = to is a step of the register at one instant. */
export type EnergyInterval = { readonly from: Instant; readonly to: Instant; readonly energy: WattHours };

export type RateInput = {
  readonly currency: CurrencyCode;
  /** The station's IANA zone: periods are read on its wall clock. */
  readonly timeZone: string;
  /** What is in force over the whole session, without overlaps (`tariffsFor`). */
  readonly assignments: readonly TariffAssignment[];
  /** In time order, without overlaps; gaps are allowed. */
  readonly energy: readonly EnergyInterval[];
  /** Plugged in without energy, after the energy has ended. */
  readonly occupancy: { readonly from: Instant; readonly to: Instant } | null;
};

/**
 * One printed line of a bill, and the only place where money is rounded: energy × rate or minutes × rate, halves away from zero.
 * `energyWh` is null on an occupancy line, `minutes` and `periodKind` on the others.
 */
export type RatedLine =
  & { readonly from: Instant; readonly to: Instant; readonly tariffId: TariffId; readonly rate: Rate; readonly amountMinor: bigint }
  & (
    | { readonly kind: 'electricity' | 'service'; readonly periodKind: PeriodKind; readonly energyWh: WattHours; readonly minutes: null }
    | { readonly kind: 'occupancy'; readonly periodKind: null; readonly energyWh: null; readonly minutes: number }
  );

/** Totals are sums of the rounded lines, so a bill always adds up on paper. */
export type RatedBill = {
  readonly currency: CurrencyCode;
  readonly lines: readonly RatedLine[];
  readonly electricityMinor: bigint;
  readonly serviceMinor: bigint;
  readonly occupancyMinor: bigint;
  readonly totalMinor: bigint;
  readonly energyWh: WattHours;
};

export type RateRejection =
  | TariffMissing
  | { readonly code: 'energy_negative'; readonly from: Instant; readonly energyWh: WattHours }
  | { readonly code: 'interval_reversed'; readonly from: Instant; readonly to: Instant }
  | { readonly code: 'intervals_overlap'; readonly at: Instant }
  | { readonly code: 'span_too_long'; readonly from: Instant; readonly to: Instant; readonly spanMaxMs: number }
  | { readonly code: 'tariff_currency_differs'; readonly tariffId: TariffId; readonly currency: CurrencyCode };

/** Longer than any session and shorter than a wrong clock: a span from 1970 to today is refused, not rated day by day. */
export const RATED_SPAN_MAX_MS = 400 * MS_PER_DAY;

/**
 * The price of a session. Pure, in integers.
 *
 * - Energy of an interval that crosses a price change is split in proportion to time; what has flowed up to each edge is rounded
 *   to whole Wh and the rest stays in the interval, so the parts always add up to the energy that was given.
 * - One electricity line and one service line for each uninterrupted stretch of one tariff, period kind and price in which energy
 *   flowed; each is rounded once. A stretch without energy prints nothing.
 * - Occupancy: the free minutes are those of the tariff in force when it begins; every completed minute after them costs the rate
 *   in force at the minute's start. Minutes at one rate are one line.
 *
 * Refusals in this order: reversed, negative and overlapping intervals by time, span, currency, missing tariff.
 */
export function rate(input: RateInput): Result<RatedBill, RateRejection> {
  const malformed = checkInput(input);
  if (malformed) return refuse(malformed);
  const energyLines = rateEnergy(input);
  if (!energyLines.ok) return energyLines;
  const occupancyLines = rateOccupancy(input);
  if (!occupancyLines.ok) return occupancyLines;
  return ok(billOf(input.currency, [...energyLines.value, ...occupancyLines.value], input.energy));
}

/** `quantity` units of `rate / unitSize` major units each, in minor units, halves away from zero. */
export function amountMinor(quantity: bigint, unitSize: bigint, price: Rate, currency: CurrencyCode): bigint {
  return divideRoundHalfUp(quantity * price.value * 10n ** BigInt(CURRENCY_DECIMALS[currency]), unitSize * 10n ** BigInt(price.scale));
}

function checkInput(input: RateInput): RateRejection | null {
  let end: Instant | null = null;
  for (const { from, to, energy } of input.energy) {
    if (to < from) return { code: 'interval_reversed', from, to };
    if (energy < 0n) return { code: 'energy_negative', from, energyWh: energy };
    if (end !== null && from < end) return { code: 'intervals_overlap', at: from };
    end = to;
  }
  const occupancy = input.occupancy;
  if (occupancy && occupancy.to < occupancy.from) return { code: 'interval_reversed', from: occupancy.from, to: occupancy.to };
  for (const span of [energySpan(input.energy), occupancy]) {
    if (span && span.to - span.from > RATED_SPAN_MAX_MS) return { code: 'span_too_long', from: span.from, to: span.to, spanMaxMs: RATED_SPAN_MAX_MS };
  }
  const foreign = input.assignments.find((each) => each.tariff.currency !== input.currency);
  return foreign ? { code: 'tariff_currency_differs', tariffId: foreign.tariff.tariffId, currency: foreign.tariff.currency } : null;
}

function energySpan(energy: readonly EnergyInterval[]): { from: Instant; to: Instant } | null {
  const [first, last] = [energy[0], energy.at(-1)];
  return first && last ? { from: first.from, to: last.to } : null;
}

type Portion = { readonly stretch: Stretch; from: Instant; to: Instant; energyWh: bigint };

function rateEnergy(input: RateInput): Result<RatedLine[], TariffMissing> {
  const portions: Portion[] = [];
  for (const run of continuousRuns(input.energy)) {
    const last = run.at(-1)!;
    // A step at the very end lies in the stretch that begins there: time is half-open everywhere.
    const cut = stretches(input.assignments, input.timeZone, run[0]!.from, last.from === last.to ? addMs(last.to, 1) : last.to);
    if (!cut.ok) return cut;
    let index = 0;
    for (const interval of run) index = spread(interval, cut.value, index, portions);
  }
  const lines: RatedLine[] = [];
  for (const { stretch: { tariff, period }, from, to, energyWh } of portions) {
    if (energyWh === 0n) continue;
    const shared = { from, to, tariffId: tariff.tariffId, periodKind: period.kind, energyWh: wattHours(energyWh), minutes: null };
    lines.push({ ...shared, kind: 'electricity', rate: period.electricity, amountMinor: amountMinor(energyWh, 1000n, period.electricity, input.currency) });
    lines.push({ ...shared, kind: 'service', rate: period.service, amountMinor: amountMinor(energyWh, 1000n, period.service, input.currency) });
  }
  return ok(lines);
}

/** Intervals that touch are one run: only a run is ever merged into one line. */
function continuousRuns(energy: readonly EnergyInterval[]): EnergyInterval[][] {
  const runs: EnergyInterval[][] = [];
  for (const interval of energy) {
    const run = runs.at(-1);
    if (run && run.at(-1)!.to === interval.from) run.push(interval);
    else runs.push([interval]);
  }
  return runs;
}

/** Adds an interval's energy to the portions of the stretches it crosses; returns the index of the stretch where it ends. */
function spread(interval: EnergyInterval, cut: readonly Stretch[], start: number, portions: Portion[]): number {
  const { from, to, energy } = interval;
  let index = start;
  while (index < cut.length - 1 && cut[index]!.to <= from) index++;
  if (from === to) {
    addPortion(portions, cut[index]!, from, to, energy);
    return index;
  }
  let given = 0n;
  for (let at = from; at < to; index++) {
    const stretch = cut[index]!;
    const end = instant(Math.min(stretch.to, to));
    const flowed = end === to ? energy : divideRoundHalfUp(energy * BigInt(end - from), BigInt(to - from));
    addPortion(portions, stretch, at, end, flowed - given);
    given = flowed;
    at = end;
  }
  return index - 1;
}

function addPortion(portions: Portion[], stretch: Stretch, from: Instant, to: Instant, energyWh: bigint): void {
  const last = portions.at(-1);
  if (last?.stretch === stretch) {
    last.to = to;
    last.energyWh += energyWh;
  } else {
    portions.push({ stretch, from, to, energyWh });
  }
}

function rateOccupancy({ occupancy, assignments, currency }: RateInput): Result<RatedLine[], TariffMissing> {
  if (!occupancy || occupancy.from === occupancy.to) return ok([]);
  const first = assignmentAt(assignments, occupancy.from);
  if (!first) return refuse({ code: 'tariff_missing', at: occupancy.from });
  const graceEnd = addMs(occupancy.from, (first.tariff.occupancy?.graceMinutes ?? 0) * MS_PER_MINUTE);
  const lines: RatedLine[] = [];
  for (let at = graceEnd; addMs(at, MS_PER_MINUTE) <= occupancy.to;) {
    const assignment = assignmentAt(assignments, at);
    if (!assignment) return refuse({ code: 'tariff_missing', at });
    const end = instant(Math.min(assignment.validTo ?? Infinity, occupancy.to));
    // Minutes that begin under this tariff, as far as they are completed before the occupancy ends.
    const minutes = Math.min(Math.ceil((end - at) / MS_PER_MINUTE), Math.floor((occupancy.to - at) / MS_PER_MINUTE));
    const to = addMs(at, minutes * MS_PER_MINUTE);
    const fee = assignment.tariff.occupancy;
    if (fee) appendOccupancy(lines, { from: at, to, tariffId: assignment.tariff.tariffId, rate: fee.ratePerMinute, minutes });
    at = to;
  }
  return ok(lines.map((line) => ({ ...line, amountMinor: amountMinor(BigInt(line.minutes!), 1n, line.rate, currency) })));
}

function appendOccupancy(lines: RatedLine[], next: Pick<RatedLine, 'from' | 'to' | 'tariffId' | 'rate'> & { minutes: number }): void {
  const last = lines.at(-1);
  if (last?.kind === 'occupancy' && last.to === next.from && last.tariffId === next.tariffId && sameRate(last.rate, next.rate)) {
    lines[lines.length - 1] = { ...last, to: next.to, minutes: last.minutes + next.minutes };
  } else {
    lines.push({ ...next, kind: 'occupancy', periodKind: null, energyWh: null, amountMinor: 0n });
  }
}

function billOf(currency: CurrencyCode, lines: readonly RatedLine[], energy: readonly EnergyInterval[]): RatedBill {
  const sum = (kind: RatedLine['kind']): bigint => lines.reduce((total, line) => (line.kind === kind ? total + line.amountMinor : total), 0n);
  const [electricityMinor, serviceMinor, occupancyMinor] = [sum('electricity'), sum('service'), sum('occupancy')];
  const energyWh = wattHours(energy.reduce((total, interval) => total + interval.energy, 0n));
  return { currency, lines, electricityMinor, serviceMinor, occupancyMinor, totalMinor: electricityMinor + serviceMinor + occupancyMinor, energyWh };
}
