import { assert, refuse, ok, type CurrencyCode, type Rate, type Result, type TariffId } from '../../../kernel/index.ts';

export const PERIOD_KINDS = ['sharp', 'peak', 'flat', 'valley'] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

/** A part of the local day, half-open: startMinute 0–1439, endMinute 1–1440. Both prices are per kWh in major units. */
export type TariffPeriod = {
  readonly startMinute: number;
  readonly endMinute: number;
  readonly kind: PeriodKind;
  readonly electricity: Rate;
  readonly service: Rate;
};

/** What it costs to stay plugged in after the energy has ended. Per completed minute in major units, after the free minutes. */
export type OccupancyFee = { readonly ratePerMinute: Rate; readonly graceMinutes: number };

/** What a tariff says, before it has an identity. */
export type TariffTerms = {
  readonly currency: CurrencyCode;
  readonly periods: readonly TariffPeriod[];
  readonly occupancy: OccupancyFee | null;
};

/** One immutable version of a tariff. A change is a new version with the same `seriesId`, put into force by an assignment. */
export type Tariff = TariffTerms & {
  readonly tariffId: TariffId;
  readonly seriesId: TariffId;
  readonly version: number;
  readonly name: string;
};

export type TariffTermsRejection =
  | { readonly code: 'tariff_periods_too_many'; readonly count: number; readonly max: number }
  | { readonly code: 'tariff_period_malformed'; readonly startMinute: number; readonly endMinute: number }
  | { readonly code: 'tariff_day_gap'; readonly fromMinute: number; readonly toMinute: number }
  | { readonly code: 'tariff_day_overlap'; readonly fromMinute: number; readonly toMinute: number }
  | { readonly code: 'tariff_rate_out_of_range'; readonly field: 'electricity' | 'service' | 'occupancy'; readonly startMinute: number | null }
  | { readonly code: 'tariff_grace_out_of_range'; readonly graceMinutes: number };

export const MINUTES_PER_DAY = 1440;
/** T/CEC 102 sends 0–32 periods (SumPeriod); field contracts have 4 to 12. */
export const PERIODS_MAX = 32;
/** Four decimals are what T/CEC 102 carries; every stored rate has exactly this scale. */
export const RATE_SCALE = 4;
/** 100,000 major units a kWh: high enough for any currency, low enough to catch a price typed in the wrong unit. */
export const RATE_VALUE_MAX = 1_000_000_000n;
export const GRACE_MINUTES_MAX = 1440;

/**
 * Checks that the periods cover the 24 hours exactly once and that every rate is in range; sorts periods and brings rates to
 * four decimals. Refusals in this order: too many periods, malformed period, overlap or gap by time of day, rate, grace.
 */
export function tariffTerms(input: TariffTerms): Result<TariffTerms, TariffTermsRejection> {
  if (input.periods.length > PERIODS_MAX) return refuse({ code: 'tariff_periods_too_many', count: input.periods.length, max: PERIODS_MAX });
  const periods = [...input.periods].sort((a, b) => a.startMinute - b.startMinute);
  const coverage = dayCoverage(periods);
  if (coverage) return refuse(coverage);
  const normal: TariffPeriod[] = [];
  for (const period of periods) {
    const electricity = normalRate(period.electricity);
    if (!electricity) return refuse({ code: 'tariff_rate_out_of_range', field: 'electricity', startMinute: period.startMinute });
    const service = normalRate(period.service);
    if (!service) return refuse({ code: 'tariff_rate_out_of_range', field: 'service', startMinute: period.startMinute });
    normal.push({ startMinute: period.startMinute, endMinute: period.endMinute, kind: period.kind, electricity, service });
  }
  const occupancy = occupancyFee(input.occupancy);
  return occupancy.ok ? ok({ currency: input.currency, periods: normal, occupancy: occupancy.value }) : occupancy;
}

/** The period of a local minute of the day. The terms must have come through `tariffTerms`. */
export function periodAt(terms: TariffTerms, minuteOfDay: number): TariffPeriod {
  const period = terms.periods.find((each) => minuteOfDay >= each.startMinute && minuteOfDay < each.endMinute);
  assert(period, `no period at minute ${minuteOfDay}: these terms do not cover the day`);
  return period;
}

export const sameRate = (a: Rate, b: Rate): boolean => a.value * 10n ** BigInt(b.scale) === b.value * 10n ** BigInt(a.scale);

/** "1.2345" → a rate of four decimals. @returns null when the text is no decimal number of at most four decimals. */
export function parseRate(text: string): Rate | null {
  const match = /^(\d{1,7})(?:\.(\d{1,4}))?$/.exec(text.trim());
  return match ? { value: BigInt(match[1]! + (match[2] ?? '').padEnd(RATE_SCALE, '0')), scale: RATE_SCALE } : null;
}

/** A rate as people read it, with all its decimals: 12345 of scale 4 → "1.2345". */
export function formatRate(rate: Rate): string {
  if (rate.scale === 0) return String(rate.value);
  const digits = String(rate.value).padStart(rate.scale + 1, '0');
  return `${digits.slice(0, -rate.scale)}.${digits.slice(-rate.scale)}`;
}

function dayCoverage(sorted: readonly TariffPeriod[]): TariffTermsRejection | null {
  for (const { startMinute, endMinute } of sorted) {
    const wellFormed = Number.isInteger(startMinute) && Number.isInteger(endMinute) && startMinute >= 0 && startMinute < endMinute && endMinute <= MINUTES_PER_DAY;
    if (!wellFormed) return { code: 'tariff_period_malformed', startMinute, endMinute };
  }
  let covered = 0;
  for (const { startMinute, endMinute } of sorted) {
    if (startMinute > covered) return { code: 'tariff_day_gap', fromMinute: covered, toMinute: startMinute };
    if (startMinute < covered) return { code: 'tariff_day_overlap', fromMinute: startMinute, toMinute: Math.min(covered, endMinute) };
    covered = endMinute;
  }
  return covered === MINUTES_PER_DAY ? null : { code: 'tariff_day_gap', fromMinute: covered, toMinute: MINUTES_PER_DAY };
}

function occupancyFee(fee: OccupancyFee | null): Result<OccupancyFee | null, TariffTermsRejection> {
  if (!fee) return ok(null);
  const ratePerMinute = normalRate(fee.ratePerMinute);
  if (!ratePerMinute) return refuse({ code: 'tariff_rate_out_of_range', field: 'occupancy', startMinute: null });
  const graceMinutes = fee.graceMinutes;
  if (!Number.isInteger(graceMinutes) || graceMinutes < 0 || graceMinutes > GRACE_MINUTES_MAX) return refuse({ code: 'tariff_grace_out_of_range', graceMinutes });
  return ok({ ratePerMinute, graceMinutes });
}

/** The same price with four decimals, or null when it has more of them or is out of range. */
function normalRate(rate: Rate): Rate | null {
  if (!Number.isInteger(rate.scale) || rate.scale < 0 || rate.scale > 12) return null;
  const scaled = rate.value * 10n ** BigInt(RATE_SCALE);
  const divisor = 10n ** BigInt(rate.scale);
  const value = scaled / divisor;
  return scaled % divisor === 0n && value >= 0n && value <= RATE_VALUE_MAX ? { value, scale: RATE_SCALE } : null;
}
