import type { Instant } from '../../../kernel/index.ts';
import { TOKEN_LENGTH_MAX } from './member.ts';

export const PLATE_LENGTH_MAX = 20;

export type Fleet = { readonly fleetId: string; readonly name: string; readonly departmentId: string | null; readonly createdAt: Instant };
export type Vehicle = {
  readonly vehicleId: string;
  /** null when it has none, or when it was erased. */
  readonly vin: string | null;
  readonly plate: string | null;
  /** Where it belongs now. */
  readonly fleetId: string | null;
  readonly createdAt: Instant;
  readonly erased: boolean;
};
/** A time in which somebody or something belonged somewhere; null is since ever, without an end so far, or to nothing. */
export type Belonging = { readonly toId: string | null; readonly validFrom: Instant | null; readonly validTo: Instant | null };

/**
 * A vehicle identification number as stations send it: 17 characters by ISO 3779, fewer from old buses and testers.
 * @returns null when it cannot be one.
 */
export function normaliseVin(text: string): string | null {
  const vin = text.normalize('NFKC').replaceAll(/[\s-]/g, '').toUpperCase();
  return /^[0-9A-Z]{5,}$/.test(vin) && vin.length <= TOKEN_LENGTH_MAX ? vin : null;
}

/** A number plate without blanks and dots, in capitals: 粤B·D12345 and 粤b d12345 are one. @returns null when nothing is left, or too much. */
export function normalisePlate(text: string): string | null {
  const plate = text.normalize('NFKC').replaceAll(/[\s·•.-]/g, '').toUpperCase();
  return plate.length >= 2 && plate.length <= PLATE_LENGTH_MAX ? plate : null;
}
export const plateDigestText = (plate: string): string => `plate ${plate}`;
