/** What is counted and summed of bills, and in which columns it stands. */
export const PERIOD_KINDS = ['sharp', 'peak', 'flat', 'valley'] as const;
export type PeriodKind = (typeof PERIOD_KINDS)[number];

/** Whole numbers of bills. */
export const COUNTS = ['billCount', 'heldCount', 'emptyCount', 'doubtCount'] as const;
/** Watt-hours and minor units. */
export const AMOUNTS = [
  'energyWh', 'sharpWh', 'peakWh', 'flatWh', 'valleyWh', 'sharpElectricityMinor', 'peakElectricityMinor', 'flatElectricityMinor', 'valleyElectricityMinor',
  'sharpServiceMinor', 'peakServiceMinor', 'flatServiceMinor', 'valleyServiceMinor', 'electricityMinor', 'serviceMinor', 'occupancyMinor', 'totalMinor', 'couponMinor', 'doubtMinor', 'heldWh', 'heldMinor',
] as const;
export const MEASURES = [...COUNTS, ...AMOUNTS] as const;
export type Measure = (typeof MEASURES)[number];
/** Bills that were settled, held, settled without energy, and settled before review; then energy and money. All of it net of what was taken back. */
export type Figures = { readonly [M in Measure]: bigint };

export const columnOf = (measure: Measure): string => measure.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
export const NOTHING: Figures = Object.fromEntries(MEASURES.map((measure) => [measure, 0n])) as Figures;
export const add = (a: Figures, b: Figures): Figures => Object.fromEntries(MEASURES.map((measure) => [measure, a[measure] + b[measure]])) as Figures;
export const negate = (figures: Figures): Figures => Object.fromEntries(MEASURES.map((measure) => [measure, -figures[measure]])) as Figures;
export const isNothing = (figures: Figures): boolean => MEASURES.every((measure) => figures[measure] === 0n);

/** The sums of a set of rows under the names of the measures, for a `select`. */
export const SUMS = MEASURES.map((measure) => `coalesce(sum(m.${columnOf(measure)}), 0)::bigint as "${measure}"`).join(', ');

/** Decimal strings, in the one order in which figures are hashed and sent. */
export const figuresToJson = (figures: Figures): Record<Measure, string> => Object.fromEntries(MEASURES.map((measure) => [measure, String(figures[measure])])) as Record<Measure, string>;
export const figuresFromJson = (json: Readonly<Record<Measure, string>>): Figures => Object.fromEntries(MEASURES.map((measure) => [measure, BigInt(json[measure])])) as Figures;
export const figuresOf = (row: Figures): Figures => Object.fromEntries(MEASURES.map((measure) => [measure, row[measure]])) as Figures;
