import type { WattHours } from '../../../kernel/index.ts';
import { parseWattHours } from '../../../kernel/index.ts';

/** A sampled value of either dialect, with the standard's defaults filled in. */
export type SampledValue = {
  readonly value: string;
  readonly measurand: string;
  readonly phase: string | null;
  readonly location: string;
  readonly unit: string | null;
  /** Power of ten on the value (2.0.1 unitOfMeasure.multiplier); 0 in 1.6. */
  readonly multiplier: number;
  readonly context: string | null;
  readonly signed: boolean;
};

/** What one meterValue says that bills and screens need. */
export type MeterReading = { readonly registerWh: bigint | null; readonly powerW: bigint | null; readonly socPercent: number | null; readonly context: string | null };

export const DEFAULT_MEASURAND = 'Energy.Active.Import.Register';
const POWER = 'Power.Active.Import', SOC = 'SoC';
/** Where the electricity leaves for the vehicle comes first; a reading at the cable, the vehicle or the housing is no register of the point. */
const LOCATIONS = ['Outlet', 'Inlet'];
const MULTIPLIER_MAX = 12;

export function readingOf(samples: readonly SampledValue[]): MeterReading {
  const register = quantity(samples, DEFAULT_MEASURAND, 'Wh');
  const power = quantity(samples, POWER, 'W');
  return {
    registerWh: register?.value ?? null,
    powerW: power?.value ?? null,
    socPercent: percentOf(samples.find((sample) => sameName(sample.measurand, SOC) && !sample.signed)?.value),
    context: register?.context ?? samples.find((sample) => sample.context !== null)?.context ?? null,
  };
}

type Quantity = { readonly value: bigint; readonly context: string | null };

/**
 * The total of a measurand at one place: the sample without a phase if there is one, else the sum over the phases, provided that
 * all three are there. Signed data is kept in the frame and not read: its text is no number.
 */
function quantity(samples: readonly SampledValue[], measurand: string, unit: 'Wh' | 'W'): Quantity | null {
  const plain = samples.filter((sample) => !sample.signed && sameName(sample.measurand, measurand));
  for (const location of LOCATIONS) {
    // Of several registers in one meterValue the one at the begin is the older one, whatever the order.
    const here = plain.filter((sample) => sameName(sample.location, location)).sort((a, b) => Number(isBegin(a)) - Number(isBegin(b)));
    for (const sample of here) {
      if (sample.phase !== null) continue;
      const value = wholeUnits(sample, unit);
      if (value !== null) return { value, context: sample.context };
    }
    const phases = sumOfPhases(here, unit);
    if (phases !== null) return phases;
  }
  return null;
}

function sumOfPhases(samples: readonly SampledValue[], unit: 'Wh' | 'W'): Quantity | null {
  const byPhase = new Map<string, Quantity>();
  for (const sample of samples) {
    // "L1" and "L1-N" are the same phase; "L1-L2" and "N" are none.
    const phase = /^L([123])(-N)?$/i.exec(sample.phase ?? '')?.[1];
    const value = phase === undefined || byPhase.has(phase) ? null : wholeUnits(sample, unit);
    if (phase !== undefined && value !== null) byPhase.set(phase, { value, context: sample.context });
  }
  if (byPhase.size !== 3) return null;
  let value = 0n;
  for (const phase of byPhase.values()) value += phase.value;
  return { value, context: byPhase.get('1')?.context ?? null };
}

/** Wh or W, exactly: a kilo-unit moves the point, no float is involved. An unknown unit is no reading. */
function wholeUnits(sample: SampledValue, unit: 'Wh' | 'W'): bigint | null {
  const written = (sample.unit ?? unit).toLowerCase();
  const kilo = written === `k${unit}`.toLowerCase();
  if (!kilo && written !== unit.toLowerCase()) return null;
  if (Math.abs(sample.multiplier) > MULTIPLIER_MAX) return null;
  return decimalWh(sample.value, sample.multiplier, kilo ? 'kWh' : 'Wh');
}

/** A decimal text, also in scientific notation, times a power of ten, as whole units; halves are rounded up. */
export function decimalWh(text: string, multiplier: number, unit: 'Wh' | 'kWh'): WattHours | null {
  const match = /^\s*([+-]?)(\d{0,24})(?:[.,](\d{0,24}))?(?:[eE]([+-]?\d{1,2}))?\s*$/.exec(text);
  if (!match || (!match[2] && !match[3])) return null;
  const exponent = Number(match[4] ?? 0) + multiplier;
  if (Math.abs(exponent) > 30) return null;
  return parseWattHours(`${match[1]}${match[2] || '0'}.${match[3] ?? ''}e${exponent}`, unit);
}

function percentOf(text: string | undefined): number | null {
  if (text === undefined || text.trim() === '') return null;
  const value = Number(text);
  return value >= 0 && value <= 100 ? value : null;
}

const isBegin = (sample: SampledValue): boolean => sample.context === 'Transaction.Begin';
const sameName = (a: string, b: string): boolean => a === b || a.toLowerCase() === b.toLowerCase();
