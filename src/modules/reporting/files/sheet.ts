import type { Tx } from '../../../platform/database/index.ts';

/** How a column is shown: text, or a number with so many decimals. Cells are text already; numbers are plain decimals. */
export type SheetColumn = { readonly title: string; readonly decimals: number | null; readonly width: number };
export type Row = readonly string[];

/** A table to be written, whatever it is of. `reached` is where the next page begins; it survives a kill. */
export type Sheet = {
  readonly title: string;
  /** Lines above the table. */
  readonly preface: readonly (readonly [name: string, value: string])[];
  readonly columns: readonly SheetColumn[];
  readonly rowsTotal: number;
  /** Of more no file is made: its rows are read at once. */
  readonly rowsMax?: number;
  readonly page: (tx: Tx, reached: Reached | null, limit: number) => Promise<{ readonly rows: readonly Row[]; readonly reached: Reached }>;
  /** Bold lines below it. */
  readonly footer: readonly Row[];
};
export type Reached = readonly (string | number)[];

/** A whole number of the smallest unit as a decimal: 12345 with two decimals is 123.45. */
export function decimal(value: string, decimals: number): string {
  if (decimals === 0) return value;
  if (value === '0') return decimals === 2 ? '0.00' : decimals === 3 ? '0.000' : `0.${'0'.repeat(decimals)}`;
  const negative = value.startsWith('-');
  const digits = (negative ? value.slice(1) : value).padStart(decimals + 1, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
