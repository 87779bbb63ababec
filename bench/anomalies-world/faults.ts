/**
 * What goes wrong, in the proportions of one operator's table of 115,291 abnormal bills in ten and a half months: by code and combination of codes, and within code 8
 * by its own count of zero-then-jump (about 10,700 a month). Where the table has no finer word the split is a guess, written here.
 */
import type { Chance } from './chance.ts';
import { queue } from './sound.ts';
import { DAY, HOUR, MINUTE, type Station } from './station.ts';
import type { Told, Word } from './told.ts';

export type FaultName =
  | 'zero_jump' | 'zero_jump_lost' | 'offline_lost' | 'offline_late_bill' | 'superseded' | 'start_twice' | 'start_lost' | 'gone_for_good'
  | 'clock_1970' | 'clock_set_within' | 'zone_wrong' | 'clock_off' | 'in_future' | 'day_month' | 'parked' | 'twin' | 'duration_stated' | 'energy_stated'
  | 'reset' | 'dip' | 'old_register' | 'stop_garbage' | 'stop_lie' | 'stop_register_lost' | 'start_register_lost' | 'no_registers' | 'silence_within' | 'steps_lost';
export type Mixture = { readonly faults: readonly FaultName[]; readonly weight: number; readonly row: string };

const row = (code: string, weight: number, ...faults: FaultName[]): Mixture => ({ row: code, weight, faults });
export const FIELD_TABLE: readonly Mixture[] = [
  row('8', 77_102, 'zero_jump'), row('8', 300, 'reset'), row('8', 300, 'dip'), row('8', 100, 'old_register'), row('8', 52, 'energy_stated'),
  row('8,6', 32_902, 'zero_jump', 'parked'), row('8,9', 536, 'zero_jump', 'duration_stated'), row('8,9,6', 1_347, 'zero_jump', 'duration_stated', 'parked'),
  row('6', 1_291, 'parked'), row('1', 80, 'zero_jump_lost'), row('1', 100, 'offline_lost'), row('1', 41, 'superseded'), row('1', 20, 'start_twice'), row('1', 20, 'start_lost'), row('2', 7, 'gone_for_good'),
  row('3', 60, 'clock_1970'), row('3', 39, 'clock_set_within'), row('3', 50, 'zone_wrong'), row('3', 40, 'clock_off'), row('3', 10, 'in_future'), row('3', 20, 'day_month'),
  row('3,8', 273, 'zero_jump', 'zone_wrong'), row('3,8,6', 115, 'zero_jump', 'parked', 'zone_wrong'), row('3,6', 18, 'parked', 'clock_off'), row('3,8,9', 3, 'zero_jump', 'duration_stated', 'clock_off'), row('3,5', 4, 'day_month'),
  row('7', 97, 'twin'), row('9', 36, 'duration_stated'), row('9,6', 33, 'duration_stated', 'parked'), row('4', 1, 'stop_garbage'), row('4', 1, 'stop_lie'),
  row('11', 90, 'stop_register_lost'), row('11', 60, 'start_register_lost'), row('11', 20, 'no_registers'), row('11', 84, 'silence_within'), row('11', 40, 'steps_lost'),
  // Bills that came late count nowhere in a table of what stayed open; as many as never came.
  row('late', 100, 'offline_late_bill'),
];
export const FIELD_BILLS_A_YEAR = Math.round((115_291 * 12) / 10.5);
/** Every fault as often as any other: not the field, but a test of each. */
export const EQUAL_TABLE: readonly Mixture[] = [...new Map(FIELD_TABLE.map((each) => [each.faults.join('+'), { ...each, weight: 1 }])).values()];

const mapStamps = (told: Told, to: (at: number) => number): void => { for (const each of told.words) each.stamp = to(each.at); };
const reads = (told: Told): Word[] => told.words.filter(({ kind }) => kind === 'read');
const of = (told: Told, kind: Word['kind']): Word | undefined => told.words.find((each) => each.kind === kind);
const lengthOf = ({ startAt, endAt }: Told): number => endAt - startAt;
const drewWh = ({ startWh, endWh }: Told): number => endWh - startWh;
const QUARTER = 15 * MINUTE;

const NEEDS_READS: ReadonlySet<FaultName> = new Set<FaultName>(['zero_jump_lost', 'offline_lost', 'offline_late_bill', 'superseded', 'gone_for_good', 'reset', 'dip', 'stop_garbage', 'stop_lie', 'silence_within', 'steps_lost', 'clock_set_within', 'start_lost', 'parked']);

/** Whether such a station can have it. */
export function isPossible(fault: FaultName, { meterAnswersLate, bills, readEveryMs, version, counts }: Station): boolean {
  if (fault.startsWith('zero_jump')) return meterAnswersLate && (fault === 'zero_jump' || readEveryMs !== null);
  if (fault.endsWith('_stated')) return bills;
  if (fault === 'steps_lost') return version === '2.0.1' && readEveryMs !== null;
  return (counts === 'life' || fault === 'parked') && (readEveryMs !== null || !NEEDS_READS.has(fault));
}

/** Whether this session can have the fault at all: a dip needs a reading, a silence of hours a long charge. */
export function isFit(fault: FaultName, told: Told): boolean {
  const { station, charge } = told;
  if (told.words.length < 2) return false;
  const life = station.counts === 'life';
  switch (fault) {
    case 'zero_jump': return station.meterAnswersLate && told.startWh > 0 && drewWh(told) > 0;
    case 'zero_jump_lost': return station.meterAnswersLate && told.startWh > 0 && reads(told).length >= 4 && drewWh(told) > 500;
    case 'offline_lost': case 'offline_late_bill': return life && reads(told).length >= 3 && drewWh(told) > 500;
    case 'superseded': case 'gone_for_good': return life && reads(told).length >= 2 && drewWh(told) > 500;
    case 'reset': return life && told.startWh > 1_000_000 && reads(told).length >= 8 && charge.fullAfterMs > lengthOf(told) && drewWh(told) > 3_000;
    case 'dip': return told.startWh > 1_000_000 && reads(told).length >= 4;
    case 'old_register': return life && drewWh(told) > 1_000 && told.keptWh !== null && told.keptWh > 0 && told.startWh > told.keptWh + 1_000;
    case 'stop_garbage': case 'stop_lie': return life && told.startWh > 100_000 && reads(told).length >= 2;
    case 'stop_register_lost': case 'no_registers': return life && drewWh(told) > 1_000;
    case 'start_register_lost': return life && drewWh(told) > 1_000;
    case 'silence_within': return station.readEveryMs !== null && station.readEveryMs <= QUARTER && Math.min(charge.fullAfterMs, lengthOf(told)) > 3.5 * HOUR;
    case 'steps_lost': return station.version === '2.0.1' && reads(told).length >= 4;
    case 'duration_stated': case 'energy_stated': return station.bills && drewWh(told) > 500;
    case 'zone_wrong': case 'clock_off': case 'in_future': case 'clock_1970': return lengthOf(told) > 20 * MINUTE && (station.readEveryMs ?? 0) < HOUR;
    case 'clock_set_within': return lengthOf(told) > 20 * MINUTE && reads(told).length >= 2;
    case 'day_month': { const date = new Date(told.startAt); return date.getUTCDate() <= 12 && date.getUTCDate() !== date.getUTCMonth() + 1 && date.getUTCDate() === new Date(told.endAt).getUTCDate() && told.words.every(({ at }) => new Date(at).getUTCDate() === date.getUTCDate()); }
    case 'start_lost': return reads(told).length >= 2;
    case 'twin': return drewWh(told) > 500 && lengthOf(told) > 10 * MINUTE;
    case 'start_twice': return drewWh(told) > 200;
    case 'parked': return reads(told).filter(({ at }) => at > told.startAt + charge.fullAfterMs).length >= 4;
  }
}

export const plant = (chance: Chance, told: Told, fault: FaultName): void => {
  told.planted.push(fault);
  PLANT[fault](chance, told);
};

const PLANT: Readonly<Record<FaultName, (chance: Chance, told: Told) => void>> = {
  zero_jump: (chance, told) => {
    const silent = chance.is(0.6) ? 0 : chance.between(0, 12 * MINUTE);
    const last = told.words.filter(({ kind }) => kind !== 'end').at(-1)!.at;
    for (const each of told.words) if (each.kind === 'start' || (each.kind === 'read' && each.at <= told.startAt + silent && (each.at < last || of(told, 'end')))) each.registerWh = 0;
    told.causes.push('meter_register_zero_before_start');
  },
  zero_jump_lost: (chance, told) => {
    PLANT.zero_jump(chance, told);
    const first = reads(told).findIndex(({ registerWh }) => registerWh !== 0);
    loseRest(chance, told, reads(told)[Math.min(reads(told).length - 1, first + chance.below(3))]!.at);
    told.causes.push('bill_never_arrived');
  },
  offline_lost: (chance, told) => {
    loseRest(chance, told, chance.of(reads(told)).at);
    told.causes.push('bill_never_arrived');
  },
  offline_late_bill: (chance, told) => {
    const all = told.words.map((each) => ({ ...each }));
    loseRest(chance, told, chance.of(reads(told)).at);
    const until = Math.round(told.endAt + chance.between(0.3, 6) * DAY);
    const rest = all.filter(({ at }) => at > told.words.at(-1)!.at);
    for (const [place, each] of rest.entries()) told.words.push({ ...each, recordedAt: Math.round(until + 50 * place), offline: told.station.version === '2.0.1' });
    told.late = { until, causes: ['bill_never_arrived'] };
  },
  superseded: (_chance, told) => {
    told.words = told.words.filter(({ kind }) => kind !== 'end');
    told.nextNotBefore = -told.endAt;
    told.causes.push('stop_never_arrived');
  },
  gone_for_good: (chance, told) => {
    loseRest(chance, told, chance.of(reads(told)).at);
    told.statuses = told.statuses.filter(({ at }) => at < told.startAt + MINUTE);
    told.shown = [];
    told.dies = true;
    told.causes.push('stop_never_arrived_silent');
  },
  start_twice: (chance, told) => {
    const first: Told = { ...told, transaction: `${told.transaction}a`, words: [{ ...of(told, 'start')! }], planted: ['start_twice'], causes: ['duplicate_start'], statuses: [], endWh: told.startWh, endAt: told.startAt, shown: [], twin: null, late: null };
    const by = Math.round(chance.between(3_000, 60_000));
    for (const each of first.words) { each.at -= by; each.stamp = (each.stamp ?? each.at) - by; each.recordedAt -= by; }
    told.planted.length = 0;
    told.twin = { ...first, startAt: told.startAt - by };
  },
  start_lost: (_chance, told) => { told.words = told.words.filter(({ kind }) => kind !== 'start'); told.causes.push('start_never_arrived'); },
  clock_1970: (_chance, told) => { mapStamps(told, (at) => at - told.startAt + 7_000); told.causes.push('clock_not_set'); },
  clock_set_within: (chance, told) => {
    const set = reads(told)[chance.below(reads(told).length - 1)]!.at;
    for (const each of told.words) if (each.at <= set) each.stamp = each.at - told.startAt + 7_000;
    told.causes.push('clock_not_set');
  },
  zone_wrong: (chance, told) => { const by = chance.of([-9, -8, -8, -5.5, -1, 1, 2, 8]) * HOUR; mapStamps(told, (at) => at + by); told.causes.push('clock_skew'); },
  clock_off: (chance, told) => { const by = Math.round((chance.is(0.5) ? 1 : -1) * chance.between(16 * MINUTE, 20 * HOUR)); mapStamps(told, (at) => at + by); told.causes.push('clock_skew'); },
  in_future: (chance, told) => { const by = Math.round(chance.between(40 * DAY, 4_000 * DAY)); mapStamps(told, (at) => at + by); told.causes.push('time_in_future|clock_skew'); },
  day_month: (_chance, told) => {
    mapStamps(told, (at) => { const date = new Date(at); return Date.UTC(date.getUTCFullYear(), date.getUTCDate() - 1, date.getUTCMonth() + 1) + (at % DAY); });
    told.causes.push('day_month_swapped');
  },
  parked: (_chance, told) => { told.causes.push('idle_after_full'); },
  twin: (chance, told) => {
    const by = Math.round(chance.between(2_000, 4 * MINUTE));
    told.twin = { ...told, transaction: `${told.transaction}b`, words: told.words.map((each) => ({ ...each, at: each.at + by, stamp: each.at + by, recordedAt: each.recordedAt + by })), planted: ['twin'], causes: ['overlaps_another_session'], statuses: [], shown: [], twin: null, late: null };
    told.planted.length = 0;
  },
  duration_stated: (chance, told) => { told.statedMs = (told.statedMs ?? 0) + Math.round((chance.is(0.5) ? 1 : 0.3) * chance.between(5, 300) * MINUTE); told.causes.push('stated_duration_differs'); },
  energy_stated: (chance, told) => { told.statedWh = (told.statedWh ?? 0) + Math.round(chance.between(0.05, 0.4) * drewWh(told) + 400); told.causes.push('stated_energy_differs'); },
  reset: (chance, told) => {
    const hit = reads(told)[2 + chance.below(reads(told).length - 4)]!.at;
    const at = hit - chance.between(0.1, 0.9) * (told.station.readEveryMs ?? 0);
    const lost = told.startWh + told.charge.energyWh(at - told.startAt);
    for (const each of told.words) if (each.at > at && each.registerWh !== null) each.registerWh = Math.max(0, Math.floor(each.registerWh - lost));
    told.shown = [{ at: -1, registerWh: Math.max(0, Math.floor(told.endWh - lost)) }];
    told.causes.push('meter_register_reset');
  },
  /** The register of when its last session began, kept in a memory that nobody cleared. */
  old_register: (_chance, told) => { of(told, 'start')!.registerWh = told.keptWh; told.causes.push('first_register_below_known'); },
  dip: (chance, told) => { const one = chance.of(reads(told).slice(0, -1)); one.registerWh = Math.floor((one.registerWh ?? 0) * chance.between(0, 0.7)); told.causes.push('meter_register_dip'); },
  stop_garbage: (chance, told) => { of(told, 'end')!.registerWh = Math.floor(told.startWh * chance.between(0, 0.3)); told.causes.push('stop_register_below_start'); },
  stop_lie: (chance, told) => { of(told, 'end')!.registerWh = told.endWh + Math.round(chance.between(5e6, 5e8)); told.causes.push('register_jump_implausible'); },
  stop_register_lost: (_chance, told) => {
    of(told, 'end')!.registerWh = null;
    told.words = told.words.filter(({ kind, at }) => kind !== 'read' || at < told.endAt - 6 * MINUTE);
    told.causes.push('final_register_missing');
  },
  start_register_lost: (_chance, told) => {
    of(told, 'start')!.registerWh = null;
    told.words = told.words.filter(({ kind, at }) => kind !== 'read' || at > told.startAt + 6 * MINUTE);
    told.causes.push('first_register_missing');
  },
  no_registers: (_chance, told) => {
    told.words = told.words.filter(({ kind }) => kind !== 'read');
    for (const each of told.words) each.registerWh = null;
    told.causes.push('no_register_evidence');
  },
  silence_within: (chance, told) => {
    const middle = Math.min(told.charge.fullAfterMs, lengthOf(told));
    const from = told.startAt + middle * chance.between(0.2, 0.35);
    const to = from + Math.max(1.3 * HOUR, middle * chance.between(0.3, 0.4));
    if (chance.is(0.5)) queue(chance, told, (from - told.startAt) / lengthOf(told), (to - told.startAt) / lengthOf(told));
    told.words = told.words.filter(({ kind, at }) => kind !== 'read' || at < from || at > to);
    told.causes.push('offline_gap');
  },
  steps_lost: (chance, told) => {
    const inner = reads(told).slice(0, -1);
    const gone = new Set([chance.of(inner).seqNo, chance.of(inner).seqNo]);
    told.words = told.words.filter(({ seqNo }) => !gone.has(seqNo));
    told.causes.push('events_missing');
  },
};

/** The network goes at `lastAt`, the car charges on; when the station is back its connector is idle and nothing more is said of the session. */
function loseRest(chance: Chance, told: Told, lastAt: number): void {
  told.words = told.words.filter(({ at }) => at <= lastAt);
  const lastHeard = told.words.reduce((max, { recordedAt }) => Math.max(max, recordedAt), 0);
  const backAt = Math.round(Math.max(told.endAt, lastHeard) + chance.between(1, 90) * MINUTE);
  told.statuses = [...told.statuses.filter(({ at }) => at <= lastAt), { at: backAt, recordedAt: backAt + 300, status: 'Available' }];
  // Half of the stations read their meter by the clock, session or not.
  if (chance.is(0.5)) told.shown.push({ at: backAt + 1_000, registerWh: told.endWh });
  told.nextNotBefore = Math.max(backAt + 3 * MINUTE, lastHeard + 2.2 * HOUR);
}
