import { MS_PER_DAY } from '../../../kernel/index.ts';
import { compileFormat } from '../table/format.ts';
import type { ConnectorMapping, DurationMapping, SessionTableMapping, TimeFormat, TimeMapping } from '../table/mapping.ts';
import { recordReader } from '../table/columns.ts';
import { readDuration, readEnergy } from '../table/quantity.ts';
import { rowReader, type SessionRow } from '../table/row.ts';
import { COLUMN_NAMES, nameScore, type MappedField } from './column-names.ts';

export type TableSample = {
  readonly title: string;
  readonly file: NonNullable<SessionTableMapping['file']>;
  readonly header: readonly string[];
  /** The first records, whole; a thousand tell days from months. */
  readonly records: readonly (readonly string[])[];
};
export type MappingDoubt =
  | 'charge_point_not_found' | 'start_not_found' | 'energy_not_found' | 'no_end_and_no_duration' | 'times_not_understood'
  /** Nothing in a table says where its wall clocks hang. */
  | 'zone_is_assumed' | 'day_and_month_are_alike' | 'energy_unit_is_guessed' | 'connectors_are_not_named';
export type MappingProposal = {
  /** null while something that cannot be done without was not found. */
  readonly mapping: SessionTableMapping | null;
  /** Which column was taken for what: for people to look over. */
  readonly columns: Readonly<Partial<Record<MappedField, string>>>;
  readonly doubts: readonly MappingDoubt[];
  /** How well the column's name says so: `sure` where it is called just that, `given` where a person said so. */
  readonly confidence: Readonly<Partial<Record<MappedField, MappingConfidence>>>;
  /** The names of all columns, for people to choose another. */
  readonly header: readonly string[];
  /** What stands in each column, in the order of the header: the first few different texts. */
  readonly samples: readonly (readonly string[])[];
  /** What cuts the file into these columns. */
  readonly file: TableSample['file'];
};
export type MappingConfidence = 'given' | 'sure' | 'likely' | 'guess';
/** Which column a person takes for what; null: no column is that. What is not named is looked for. */
export type GivenColumns = Readonly<Partial<Record<MappedField, string | null>>>;
export const MAPPED_FIELDS = Object.keys(COLUMN_NAMES) as readonly MappedField[];
export const SAMPLES_PER_COLUMN_MAX = 4;
const SAMPLE_TEXT_LENGTH_MAX = 80;

const TIMES = ['H:mm', 'H:mm:ss', 'h:mm a', 'h:mm:ss a'];
const DATES = ['yyyy-MM-dd', 'yyyy/M/d', 'yyyy.M.d', 'd/M/yyyy', 'M/d/yyyy', 'd.M.yyyy', 'd-M-yyyy', 'M-d-yyyy', 'd MMM yyyy', 'MMM d yyyy', 'd/M/yy', 'M/d/yy', 'yyyy年M月d日', "yyyy-MM-dd'T00:00:00'"];
const WHOLE = ['iso', ...['yyyy/M/d H:mm:ssXXX', 'yyyy/MM/dd HH:mm:ssXXX', 'yyyyMMddHHmmss', 'yyyyMMdd HHmmss']];
const SAMPLE_VALUES_MAX = 2_000;
const DURATION_UNITS: readonly DurationMapping['unit'][] = ['h:mm:ss', 'h:mm', 'min', 's', 'h'];

/**
 * Proposes how to read a table that nobody has described: columns by their names and by what stands in them, dates by trying every way of
 * reading them and keeping the one under which the sessions make the most sense. Pure.
 * @param zone of the operator: the wall clock that is assumed where the table states none.
 * @param given columns that a person has chosen: they stand, whatever they are called.
 */
export function proposeMapping(sample: TableSample, zone: string, given: GivenColumns = {}): MappingProposal {
  const records = sample.records.slice(0, SAMPLE_VALUES_MAX);
  const values = sample.header.map((_, column) => records.map((record) => (record[column] ?? '').trim()).filter((text) => text !== ''));
  const columns = pickColumns(sample.header, values, given);
  const name = (field: MappedField): string | undefined => (columns[field] === undefined ? undefined : sample.header[columns[field]]);
  const named = Object.fromEntries((Object.keys(columns) as MappedField[]).flatMap((field) => (name(field) === undefined ? [] : [[field, name(field)]])));
  const about = {
    columns: named, confidence: confidenceOf(columns, sample.header, given), header: sample.header, file: sample.file,
    samples: values.map((texts) => [...new Set(texts)].slice(0, SAMPLES_PER_COLUMN_MAX).map((text) => text.slice(0, SAMPLE_TEXT_LENGTH_MAX))),
  };
  const doubts: MappingDoubt[] = [];
  const [chargePoint, energy] = [name('chargePoint'), name('energy')];
  const start = momentColumns(columns, sample.header, values, 'start'), end = momentColumns(columns, sample.header, values, 'end');
  if (chargePoint === undefined) doubts.push('charge_point_not_found');
  if (start === null) doubts.push('start_not_found');
  if (energy === undefined) doubts.push('energy_not_found');
  const duration = durationOf(columns.duration, sample.header, values), chargingTime = durationOf(columns.chargingTime, sample.header, values);
  if (end === null && duration === null) doubts.push('no_end_and_no_duration');
  if (chargePoint === undefined || start === null || energy === undefined || (end === null && duration === null)) return { ...about, mapping: null, doubts };
  const { connector, doubt } = connectorOf(name('connector'), columns.connector === undefined ? [] : values[columns.connector]!);
  if (doubt) doubts.push(doubt);
  const energyValues = values[columns.energy!]!;
  const unit = unitOf(energy, energyValues);
  if (unit.guessed) doubts.push('energy_unit_is_guessed');
  const base = {
    title: sample.title, file: sample.file, chargePoint: { columns: [chargePoint] }, ...(name('name') && name('name') !== chargePoint ? { name: { columns: [name('name')!] } } : {}),
    ...(name('externalId') ? { externalId: { columns: [name('externalId')!] } } : {}), connector, start: { columns: start }, ...(end ? { end: { columns: end } } : {}),
    energy: { column: energy, unit: unit.unit, ...(usesComma(energyValues) ? { decimalMark: ',' as const } : {}) },
    ...(duration ? { duration } : {}), ...(chargingTime ? { chargingTime } : {}),
  };
  const times = bestTimes({ ...sample, records }, base, zone);
  if (times === null) return { ...about, mapping: null, doubts: [...doubts, 'times_not_understood'] };
  if (!times.stated) doubts.push('zone_is_assumed');
  if (times.alike) doubts.push('day_and_month_are_alike');
  return { ...about, mapping: { ...base, time: times.time }, doubts };
}

type Columns = Partial<Record<MappedField, number>>;
type Values = readonly (readonly string[])[];

/** The best name wins, unless what stands in the column cannot be that. One column may be both the charge point and its name. */
function pickColumns(header: readonly string[], values: Values, given: GivenColumns): Columns {
  const picked: Columns = {};
  const taken = new Set<number>();
  for (const [field, column] of Object.entries(given) as [MappedField, string | null][]) {
    const index = column === null ? -1 : header.indexOf(column);
    if (index < 0) continue;
    picked[field] = index;
    taken.add(index);
  }
  const fields: MappedField[] = ['energy', 'chargingTime', 'duration', 'startDate', 'startTime', 'endDate', 'endTime', 'zone', 'endZone', 'chargePoint', 'connector', 'externalId', 'name'];
  for (const field of fields) {
    if (given[field] !== undefined) continue;
    const scored = header.map((column, index) => ({ index, score: nameScore(field, column) }))
      .filter(({ index, score }) => score > 0 && (!taken.has(index) || field === 'name') && canBe(field, values[index]!)).sort((a, b) => b.score - a.score || a.index - b.index);
    const best = scored[0];
    if (best === undefined) continue;
    picked[field] = best.index;
    if (field !== 'name') taken.add(best.index);
  }
  return picked;
}

function confidenceOf(columns: Columns, header: readonly string[], given: GivenColumns): Partial<Record<MappedField, MappingConfidence>> {
  const of = (field: MappedField, index: number): MappingConfidence => {
    if (given[field] !== undefined) return 'given';
    const score = nameScore(field, header[index]!);
    return score >= 2 ? 'sure' : score >= 1 ? 'likely' : 'guess';
  };
  return Object.fromEntries((Object.entries(columns) as [MappedField, number][]).map(([field, index]) => [field, of(field, index)]));
}

const share = (values: readonly string[], is: (text: string) => boolean): number => (values.length === 0 ? 0 : values.filter(is).length / values.length);
const isNumber = (text: string): boolean => /^[-+\u2212]?[\d.,'\s]+(e[+-]?\d+)?\s*(k|M)?(wh|度)?$/i.test(text) && /\d/.test(text);
const hasDate = (text: string): boolean => /\d{1,4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,4}|\d{14}|\d{1,2}[ -][a-z]{3,}/i.test(text);
const hasHours = (text: string): boolean => /\d{1,2}:\d{2}|^\d{14}$/.test(text) && !/T00:00:00$/.test(text);

function canBe(field: MappedField, values: readonly string[]): boolean {
  switch (field) {
    case 'energy': return share(values, isNumber) > 0.9 && !values.every((text) => text === values[0] && values.length > 20);
    case 'startDate': case 'endDate': return share(values, hasDate) > 0.9 && share(values, hasHours) < 0.1;
    case 'startTime': case 'endTime': return share(values, hasHours) > 0.9 || share(values, (text) => /^\d{10}(\d{3})?$/.test(text)) > 0.9;
    case 'duration': case 'chargingTime': return DURATION_UNITS.some((unit) => share(values, (text) => readDuration(text, unit) !== null) > 0.9);
    case 'zone': case 'endZone': return share(values, (text) => /^[A-Z]{2,5}$|^[+-]\d{2}/.test(text)) > 0.9;
    case 'connector': return new Set(values).size >= 2 && new Set(values).size <= 40;
    default: return values.length > 0;
  }
}

/** One column with date and hour in it, or a date beside an hour. */
function momentColumns(columns: Columns, header: readonly string[], values: Values, side: 'start' | 'end'): string[] | null {
  const time = columns[side === 'start' ? 'startTime' : 'endTime'], date = columns[side === 'start' ? 'startDate' : 'endDate'];
  if (time === undefined) return null;
  if (share(values[time]!, (text) => hasDate(text) || /^\d{10}(\d{3})?$/.test(text)) > 0.9) return [header[time]!];
  return date === undefined ? null : [header[date]!, header[time]!];
}

function durationOf(column: number | undefined, header: readonly string[], values: Values): DurationMapping | null {
  if (column === undefined) return null;
  const name = header[column]!;
  const stated = /min/i.test(name) || name.includes('分') ? 'min' : /sec|秒/i.test(name) ? 's' : /hour|小时/i.test(name) ? 'h' : null;
  const fits = DURATION_UNITS.filter((unit) => share(values[column]!, (text) => readDuration(text, unit) !== null) > 0.9);
  const unit = fits.find((each) => each === stated) ?? fits.find((each) => each.includes(':')) ?? fits[0];
  return unit === undefined ? null : { column: name, unit };
}

function connectorOf(column: string | undefined, values: readonly string[]): { connector: ConnectorMapping; doubt?: MappingDoubt } {
  if (column === undefined) return { connector: { byOverlap: 2 }, doubt: 'connectors_are_not_named' };
  const names = [...new Set(values)].sort();
  const plain = names.every((text) => /^[1-9]\d{0,2}(\.0+)?$/.test(text));
  return { connector: { column, ...(plain ? {} : { names: Object.fromEntries(names.map((text, index) => [text, index + 1])) }) } };
}

function unitOf(column: string, values: readonly string[]): { unit: 'Wh' | 'kWh' | 'MWh'; guessed: boolean } {
  if (/mwh/i.test(column)) return { unit: 'MWh', guessed: false };
  if (/kwh|度|千瓦时/i.test(column)) return { unit: 'kWh', guessed: false };
  if (/wh/i.test(column)) return { unit: 'Wh', guessed: false };
  if (share(values, (text) => /kwh|度/i.test(text)) > 0.5) return { unit: 'kWh', guessed: false };
  const sizes = values.flatMap((text) => { const wh = readEnergy(text, 'Wh'); return wh !== null && wh > 0n ? [Number(wh)] : []; }).sort((a, b) => a - b);
  // Nobody charges five hundred kilowatt-hours as a rule, nor half a watt-hour.
  return { unit: (sizes[Math.floor(sizes.length / 2)] ?? 0) >= 500 ? 'Wh' : 'kWh', guessed: true };
}

const usesComma = (values: readonly string[]): boolean => share(values, (text) => /\d,\d{1,2}(\D|$)|\d,\d{4,}|\d\.\d{3},\d/.test(text)) > 0.2 && share(values, (text) => /^\d+\.\d{1,2}$/.test(text)) < 0.1;

type WithoutTime = Omit<SessionTableMapping, 'time'>;

/** Every reading of the times that can read them, the one under which the fewest sessions are impossible first. */
function bestTimes(sample: TableSample, base: WithoutTime, zone: string): { time: TimeMapping; stated: boolean; alike: boolean } | null {
  const texts = timeTexts(sample, base);
  const readable = formatsFor(texts);
  const tried = readable.flatMap((formats) => offsetsFor(texts, formats, zone)).map((time) => ({ time, badness: badnessOf(sample, { ...base, time }) })).sort((a, b) => a.badness - b.badness);
  const best = tried[0];
  if (best === undefined) return null;
  const alike = tried.some((other) => other !== best && other.badness === best.badness && dayFirst(other.time) !== dayFirst(best.time));
  return { time: best.time, stated: share(texts, hasOffset) > 0.5 && best.time.writtenOffset !== 'ignore', alike };
}

const dayFirst = ({ formats }: TimeMapping): string => JSON.stringify(formats.map((format) => (typeof format === 'string' ? /^d/.test(format) : 'swapped')));

function timeTexts(sample: TableSample, base: WithoutTime): string[] {
  const reader = recordReader({ ...base, time: { formats: ['iso'], zone: 'UTC' } }, sample.header);
  return sample.records.flatMap((record) => { const { start, end } = reader.texts(record); return [start, end].filter((text) => text !== null); });
}

/** Sets of formats that together read nearly every text: one alone, else the best with a second for the other edition of the same file. */
function formatsFor(texts: readonly string[]): TimeFormat[][] {
  const numeric = share(texts, (text) => /^\d{10}$/.test(text)) > 0.9 ? ['epoch_s'] : share(texts, (text) => /^\d{13}$/.test(text)) > 0.9 ? ['epoch_ms'] : share(texts, (text) => /^\d{5}(\.\d+)?$/.test(text)) > 0.9 ? ['excel'] : null;
  if (numeric !== null) return [numeric];
  const candidates = [...WHOLE, ...DATES.flatMap((date) => TIMES.map((time) => `${date} ${time}`))].filter((format) => format !== undefined);
  const reads = candidates.map((format) => { const read = compileFormat(format); return { format, share: share(texts, (text) => read(text) !== null) }; }).filter((each) => each.share > 0.2).sort((a, b) => b.share - a.share);
  const sets: string[][] = reads.filter((each) => each.share > 0.97).map(({ format }) => [format]);
  if (sets.length === 0) for (const a of reads) for (const b of reads) if (a !== b && a.share >= b.share && a.share + b.share > 0.97) sets.push([a.format, b.format]);
  return sets.flatMap((formats): TimeFormat[][] => [formats, ...(formats.some((format) => /^(yyyy-MM|iso)/.test(format)) ? [formats.map((format) => (format === 'iso' ? format : { format, swapDayAndMonth: 'when_both_fit' as const }))] : [])]);
}

/** Behind an hour only: "2018-01-12" ends in no offset. */
const hasOffset = (text: string): boolean => /\d:\d{2}(:\d{2}(\.\d+)?)?\s?([+-]\d{2}(:?\d{2})?|z)$/i.test(text) || /^\d{10}(\d{3})?$/.test(text);

const offsetsFor = (texts: readonly string[], formats: readonly TimeFormat[], zone: string): TimeMapping[] => {
  const time: TimeMapping = { formats: [...formats], zone, notBefore: '2010-01-01' };
  return share(texts, hasOffset) > 0.5 ? [time, { ...time, writtenOffset: 'ignore' }] : [time];
};

const UNREADABLE = 20, IMPOSSIBLE = 10, UNLIKELY = 1;

/** How much nonsense the sample holds when it is read like this: ends before starts, stays of days, times that differ from what is stated beside them. */
function badnessOf(sample: TableSample, mapping: SessionTableMapping): number {
  const columns = recordReader(mapping, sample.header), read = rowReader(mapping);
  const rows = sample.records.map((record, index) => read(index + 1, columns.texts(record)));
  let badness = 0;
  for (const { problems } of rows) {
    for (const { code } of problems) {
      if (code === 'start_unreadable' || code === 'end_unreadable') badness += UNREADABLE;
      else if (code === 'end_before_start' || code === 'duration_differs') badness += IMPOSSIBLE;
      else if (code === 'longer_than_two_days') badness += UNLIKELY;
    }
  }
  return badness + spreadOf(rows) * 0.001 * rows.length;
}

/** Days between the first and the last start: a quarter read with day and month exchanged spreads over the year. */
function spreadOf(rows: readonly SessionRow[]): number {
  const starts = rows.flatMap(({ startAt }) => (startAt === null ? [] : [startAt])).sort((a, b) => a - b);
  return starts.length < 2 ? 0 : (starts[Math.floor(starts.length * 0.98)]! - starts[Math.floor(starts.length * 0.02)]!) / MS_PER_DAY;
}
