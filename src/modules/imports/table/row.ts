import type { ConnectorMapping, SessionTableMapping } from './mapping.ts';
import { momentReader, type Moment } from './moment.ts';
import { readDuration, readEnergy } from './quantity.ts';

/** What keeps a row from being lived again by a charge point. Everything else can be: see `ProblemCode`. */
export type NotReplayableCode = 'row_malformed' | 'charge_point_missing' | 'start_missing' | 'start_unreadable' | 'start_zone_unknown';
/** What is odd about a row that is lived all the same, as the meter and the clock of the charge point said it. */
export type ProblemCode =
  | 'end_missing' | 'end_unreadable' | 'end_zone_unknown' | 'end_before_start' | 'zero_duration' | 'longer_than_two_days' | 'clock_unset'
  | 'time_repeated' | 'time_skipped' | 'duration_unreadable' | 'duration_differs'
  | 'energy_missing' | 'energy_unreadable' | 'energy_negative' | 'energy_zero'
  | 'connector_unreadable' | 'overlaps' | 'external_id_repeated';
export type RowProblem = { readonly code: ProblemCode | NotReplayableCode; readonly text?: string };

export type SessionRow = {
  /** From 1, the first row after the header. */
  readonly rowNumber: number;
  readonly externalId: string | null;
  /** As the table writes it, joined with " / " where the mapping names several columns. */
  readonly chargePointKey: string | null;
  readonly chargePointName: string | null;
  /** From 1. */
  readonly connector: number;
  /** Milliseconds since 1970 in UTC. */
  readonly startAt: number | null;
  readonly endAt: number | null;
  readonly energyWh: bigint | null;
  /** As the table states it beside start and end; null where it states none. */
  readonly statedDurationMs: number | null;
  /** How long energy flowed, where the table tells. */
  readonly chargingMs: number | null;
  readonly problems: readonly RowProblem[];
  readonly notReplayable: NotReplayableCode | null;
};

/** The texts of one record by the mapping's own names; null where the table has nothing. */
export type RowTexts = {
  readonly chargePoint: string | null; readonly name: string | null; readonly externalId: string | null; readonly connector: string | null;
  readonly start: string | null; readonly startZone: string | null; readonly end: string | null; readonly endZone: string | null;
  readonly energy: string | null; readonly duration: string | null; readonly chargingTime: string | null;
};

const TWO_DAYS_MS = 2 * 86_400_000;
/** Exports cut seconds off start and end: a stated duration differs by up to a minute from theirs without meaning anything. */
export const DURATION_TOLERANCE_MS = 90_000;
const PROBLEM_TEXT_LENGTH_MAX = 60;

/** Compiles a mapping into the reading of single rows. Pure. */
export function rowReader(mapping: SessionTableMapping): (rowNumber: number, texts: RowTexts) => SessionRow {
  const readMoment = momentReader(mapping.time);
  return (rowNumber, texts) => {
    const problems: RowProblem[] = [];
    const note = (code: RowProblem['code'], text?: string | null): void => { problems.push(text ? { code, text: text.slice(0, PROBLEM_TEXT_LENGTH_MAX) } : { code }); };
    if (texts.chargePoint === null) note('charge_point_missing');
    const startAt = readStart(texts, readMoment, note);
    const durationMs = mapping.duration && texts.duration !== null ? readDuration(texts.duration, mapping.duration.unit, mapping.duration.decimalMark) : null;
    if (texts.duration !== null && durationMs === null) note('duration_unreadable', texts.duration);
    const endAt = mapping.end ? readEnd(texts, readMoment, startAt, note) : endByDuration(startAt, durationMs, note);
    if (startAt !== null && endAt !== null) compare(startAt, endAt, mapping.end ? durationMs : null, note);
    const chargingMs = mapping.chargingTime && texts.chargingTime !== null ? readDuration(texts.chargingTime, mapping.chargingTime.unit, mapping.chargingTime.decimalMark) : null;
    const energyWh = readEnergyOf(texts, mapping, note);
    const connector = connectorOf(texts.connector, mapping.connector ?? { constant: 1 }, note);
    const fatal = problems.find((problem): problem is { code: NotReplayableCode } => FATAL.has(problem.code));
    return { rowNumber, externalId: texts.externalId, chargePointKey: texts.chargePoint, chargePointName: texts.name, connector, startAt, endAt, energyWh, statedDurationMs: durationMs, chargingMs, problems, notReplayable: fatal?.code ?? null };
  };
}

const FATAL: ReadonlySet<string> = new Set<NotReplayableCode>(['row_malformed', 'charge_point_missing', 'start_missing', 'start_unreadable', 'start_zone_unknown']);

/** A record that does not have the header's columns: nothing in it can be trusted to stand where it belongs. */
export const malformedRow = (rowNumber: number, text: string): SessionRow => ({
  rowNumber, externalId: null, chargePointKey: null, chargePointName: null, connector: 1, startAt: null, endAt: null, energyWh: null, statedDurationMs: null, chargingMs: null,
  problems: [{ code: 'row_malformed', text: text.slice(0, PROBLEM_TEXT_LENGTH_MAX) }], notReplayable: 'row_malformed',
});

type Note = (code: RowProblem['code'], text?: string | null) => void;
type ReadMoment = (text: string, zoneText: string | null) => Moment;

function readStart(texts: RowTexts, read: ReadMoment, note: Note): number | null {
  if (texts.start === null) return note('start_missing'), null;
  const moment = read(texts.start, texts.startZone);
  if (!moment.ok) return note(moment.code === 'unreadable' ? 'start_unreadable' : 'start_zone_unknown', moment.code === 'unreadable' ? texts.start : texts.startZone), null;
  noteClock(moment, texts.start, note);
  return moment.candidates[0]!;
}

function readEnd(texts: RowTexts, read: ReadMoment, startAt: number | null, note: Note): number | null {
  if (texts.end === null) return note('end_missing'), null;
  const moment = read(texts.end, texts.endZone);
  if (!moment.ok) return note(moment.code === 'unreadable' ? 'end_unreadable' : 'end_zone_unknown', moment.code === 'unreadable' ? texts.end : texts.endZone), null;
  noteClock(moment, texts.end, note);
  // In the hour that autumn repeats, the end is the first reading that does not lie before the start.
  return moment.candidates.find((each) => startAt === null || each >= startAt) ?? moment.candidates[0]!;
}

function noteClock(moment: Moment & { ok: true }, text: string, note: Note): void {
  if (moment.clockUnset) note('clock_unset', text);
  if (moment.candidates.length > 1) note('time_repeated', text);
  if (moment.skipped) note('time_skipped', text);
}

function endByDuration(startAt: number | null, durationMs: number | null, note: Note): number | null {
  if (durationMs === null) note('end_missing');
  return startAt === null || durationMs === null ? null : startAt + durationMs;
}

function compare(startAt: number, endAt: number, durationMs: number | null, note: Note): void {
  if (endAt < startAt) note('end_before_start');
  if (endAt === startAt) note('zero_duration');
  if (endAt - startAt > TWO_DAYS_MS) note('longer_than_two_days');
  if (durationMs !== null && Math.abs(endAt - startAt - durationMs) > DURATION_TOLERANCE_MS) note('duration_differs');
}

function readEnergyOf({ energy }: RowTexts, mapping: SessionTableMapping, note: Note): bigint | null {
  if (energy === null) return note('energy_missing'), null;
  const energyWh = readEnergy(energy, mapping.energy.unit, mapping.energy.decimalMark);
  if (energyWh === null) note('energy_unreadable', energy);
  else if (energyWh < 0n) note('energy_negative', energy);
  else if (energyWh === 0n) note('energy_zero');
  return energyWh;
}

function connectorOf(text: string | null, mapping: ConnectorMapping, note: Note): number {
  if ('constant' in mapping) return mapping.constant;
  if ('byOverlap' in mapping) return 1;
  if (text !== null && mapping.names?.[text] !== undefined) return mapping.names[text];
  const number = /^\d{1,4}(\.0+)?$/.test(text ?? '') ? Number(text) : 0;
  if (number >= 1 && number <= 1000) return number;
  note('connector_unreadable', text);
  return 1;
}
