import { drawnBy } from './curve.ts';
import type { Random } from './random.ts';
import type { ExpectedClass, OcppVersion, Reading, Step, TransactionMessage } from './types.ts';

/** A session's messages before they are put on the wire; faults change it in place. */
export type Draft = {
  readonly random: Random;
  readonly version: OcppVersion;
  readonly startAt: number;
  readonly endAt: number;
  readonly registerStartWh: number;
  readonly energyWh: number;
  messages: { order: number; message: TransactionMessage }[];
  extra: Step[];
  /** What the connector's register shows when the car has left. */
  registerAfterWh: number;
};
export type Fault = {
  readonly name: FaultName; readonly versions: readonly OcppVersion[]; readonly expected: ExpectedClass;
  /** What a platform should name as its cause, in the words of docs/reference/abnormal-bills.md; any of them is right. Without it there is nothing to name, or nothing that could be known in virtual time. */
  readonly causes?: readonly string[] | ((draft: Draft) => readonly string[]);
  apply(draft: Draft): void;
};

const BOTH: readonly OcppVersion[] = ['1.6', '2.0.1'];
const HOUR = 3_600_000;
const NOMINAL_KW_MAX = 1_000;

const started = (draft: Draft): { order: number; message: TransactionMessage } | undefined => draft.messages.findLast((entry) => entry.message.kind === 'started');
const ended = (draft: Draft): { order: number; message: TransactionMessage } | undefined => draft.messages.find((entry) => entry.message.kind === 'ended');
const readings = (draft: Draft): { order: number; message: TransactionMessage }[] => draft.messages.filter((entry) => entry.message.kind === 'reading');
type Entry = { order: number; message: TransactionMessage } | undefined;
const change = (entry: Entry, changes: Partial<TransactionMessage>): void => { if (entry) entry.message = { ...entry.message, ...changes }; };
const manner = (entry: Entry, how: TransactionMessage['manner']): void => change(entry, { manner: { ...entry?.message.manner, ...how } });
const mapReadings = (draft: Draft, to: (reading: Reading) => Reading): void => {
  for (const entry of draft.messages) change(entry, { readings: entry.message.readings.map(to) });
};
const mapRegisters = (draft: Draft, to: (registerWh: number, at: number) => number | null): void => {
  for (const entry of draft.messages) {
    if (entry.message.registerWh !== null) change(entry, { registerWh: to(entry.message.registerWh, entry.message.at) });
  }
  mapReadings(draft, (reading) => (reading.registerWh === null ? reading : { ...reading, registerWh: to(reading.registerWh, reading.at) }));
};
/** The registers that a session tells at such times. */
const toldRegisters = (draft: Draft, at: (when: number) => boolean): number[] =>
  draft.messages.flatMap(({ message }) => [message, ...message.readings]).flatMap(({ registerWh, at: when }) => (registerWh !== null && at(when) ? [registerWh] : []));
const mapStamps = (draft: Draft, to: (at: number) => string): void => {
  for (const entry of draft.messages) change(entry, { stamp: to(entry.message.at) });
  mapReadings(draft, (reading) => ({ ...reading, stamp: to(reading.at) }));
};
const remove = (draft: Draft, gone: (message: TransactionMessage) => boolean): void => {
  draft.messages = draft.messages.filter((entry) => !gone(entry.message));
};
const iso = (at: number): string => new Date(at).toISOString();
const pointIn = (draft: Draft, low: number, high: number): number => draft.startAt + (draft.endAt - draft.startAt) * draft.random.between(low, high);

/** Every fault the simulator can live. What each must end in is the strictest thing that an honest platform can know from what was sent. */
export const FAULTS: readonly Fault[] = [
  { name: 'readings_dropped', versions: BOTH, expected: 'billed', apply: (draft) => remove(draft, (message) => message.kind === 'reading' && draft.random.chance(0.6)) },
  { name: 'start_dropped', versions: BOTH, expected: 'flagged', causes: ['start_never_arrived'], apply: (draft) => remove(draft, (message) => message.kind === 'started') },
  { name: 'never_stops', versions: BOTH, expected: 'flagged', causes: ['stop_never_arrived', 'stop_never_arrived_silent', 'bill_never_arrived'], apply: (draft) => remove(draft, (message) => message.kind === 'ended') },
  { name: 'duplicated', versions: BOTH, expected: 'billed', apply: (draft) => { for (const entry of draft.messages) manner(entry, { copies: 2 }); } },
  { name: 'start_resent_new_id', versions: BOTH, expected: 'billed', apply: (draft) => manner(started(draft), { cut: true, newIdOnRepeat: true }) },
  { name: 'start_resent_same_id', versions: BOTH, expected: 'billed', apply: (draft) => manner(started(draft), { cut: true }) },
  { name: 'start_resent_after_reboot', versions: BOTH, expected: 'either', apply: (draft) => manner(started(draft), { cut: true, newIdOnRepeat: true, rebootAfterCut: true }) },
  { name: 'stop_resent', versions: BOTH, expected: 'billed', apply: (draft) => manner(ended(draft), { copies: 2, newIdOnRepeat: draft.random.chance(0.5) }) },
  { name: 'stop_resent_after_cut', versions: BOTH, expected: 'billed', apply: (draft) => manner(ended(draft), { cut: true, newIdOnRepeat: true }) },
  { name: 'offline_queue', versions: BOTH, expected: 'billed', apply: (draft) => goOffline(draft, pointIn(draft, 0.1, 0.5), pointIn(draft, 0.6, 0.9)) },
  { name: 'offline_until_after_stop', versions: BOTH, expected: 'billed', apply: (draft) => goOffline(draft, pointIn(draft, 0.3, 0.8), draft.endAt + 60_000) },
  { name: 'offline_throughout', versions: BOTH, expected: 'billed', apply: (draft) => goOffline(draft, draft.startAt - 30_000, draft.endAt + 60_000) },
  { name: 'reboot_in_session', versions: BOTH, expected: 'billed', apply: (draft) => { draft.extra.push({ kind: 'reboot', order: pointIn(draft, 0.2, 0.8) }); } },
  { name: 'stop_delayed', versions: BOTH, expected: 'either', apply: (draft) => { const stop = ended(draft); if (stop) stop.order += draft.random.between(0.5, 8) * HOUR; } },
  { name: 'reading_overtaken', versions: BOTH, expected: 'billed', apply: overtakeReading },
  { name: 'started_overtaken', versions: ['2.0.1'], expected: 'billed', apply: overtakeStarted },
  { name: 'stop_without_number', versions: ['1.6'], expected: 'either', apply: (draft) => change(ended(draft), { transactionId: -1 }) },
  { name: 'reading_with_zero_number', versions: ['1.6'], expected: 'either', apply: (draft) => { for (const entry of readings(draft)) change(entry, { transactionId: 0 }); } },
  { name: 'register_reset', versions: BOTH, expected: 'flagged', causes: (draft) => (readings(draft).some(isReset(draft)) ? ['meter_register_reset'] : ['meter_register_reset', 'stop_register_below_start']), apply: resetRegister },
  { name: 'zero_then_jump', versions: BOTH, expected: 'flagged', causes: ['meter_register_zero_before_start'], apply: zeroThenJump },
  { name: 'register_dip', versions: BOTH, expected: 'either', apply: dipRegister },
  { name: 'register_spike', versions: BOTH, expected: 'either', apply: spikeRegister },
  { name: 'stop_below_start', versions: BOTH, expected: 'flagged', causes: ['stop_register_below_start'], apply: (draft) => change(ended(draft), { registerWh: Math.floor(draft.registerStartWh * 0.004) }) },
  { name: 'stop_register_unknown', versions: BOTH, expected: 'flagged', causes: ['final_register_missing'], apply: (draft) => change(ended(draft), { registerWh: draft.version === '1.6' ? -1 : null }) },
  { name: 'stop_register_lie', versions: BOTH, expected: 'flagged', causes: ['register_jump_implausible'], apply: lieAtStop },
  { name: 'clock_1970', versions: BOTH, expected: 'flagged', causes: ['clock_not_set'], apply: (draft) => mapStamps(draft, (at) => iso(at - draft.startAt + 7_000)) },
  { name: 'clock_set_in_session', versions: BOTH, expected: 'flagged', causes: ['clock_not_set'], apply: (draft) => change(started(draft), { stamp: iso(7_000) }) },
  { name: 'clock_skewed', versions: BOTH, expected: 'either', apply: (draft) => { const by = Math.round(draft.random.between(-20, 2) * HOUR); mapStamps(draft, (at) => iso(at + by)); } },
  { name: 'no_zone', versions: BOTH, expected: 'either', apply: (draft) => mapStamps(draft, (at) => iso(at).slice(0, 19)) },
  { name: 'zone_offset', versions: BOTH, expected: 'billed', apply: (draft) => mapStamps(draft, (at) => `${iso(at + 8 * HOUR).slice(0, 19)}+08:00`) },
  { name: 'silent_then_idle', versions: BOTH, expected: 'flagged', causes: ['bill_never_arrived', 'stop_never_arrived'], apply: silentThenIdle },
  { name: 'late_bill', versions: BOTH, expected: 'either', apply: (draft) => { const stop = ended(draft); if (stop) stop.order += draft.random.between(1, 6) * 24 * HOUR; } },
  { name: 'start_sent_twice', versions: BOTH, expected: 'billed', causes: ['duplicate_start'], apply: startTwice },
  { name: 'long_fraction', versions: BOTH, expected: 'billed', apply: (draft) => mapStamps(draft, (at) => `${iso(at).slice(0, 23)}417Z`) },
];
export type FaultName =
  | 'readings_dropped' | 'start_dropped' | 'never_stops' | 'duplicated' | 'start_resent_new_id' | 'start_resent_same_id' | 'start_resent_after_reboot' | 'stop_resent' | 'stop_resent_after_cut'
  | 'offline_queue' | 'offline_until_after_stop' | 'offline_throughout' | 'reboot_in_session' | 'stop_delayed' | 'reading_overtaken' | 'started_overtaken'
  | 'stop_without_number' | 'reading_with_zero_number' | 'register_reset' | 'zero_then_jump' | 'register_dip' | 'register_spike' | 'stop_below_start'
  | 'stop_register_unknown' | 'stop_register_lie' | 'clock_1970' | 'clock_set_in_session' | 'clock_skewed' | 'no_zone' | 'zone_offset' | 'long_fraction'
  | 'silent_then_idle' | 'late_bill' | 'start_sent_twice';

/** Faults that may happen to one session together: what the network does and what the meter or clock does. */
const NETWORK: readonly FaultName[] = ['readings_dropped', 'duplicated', 'start_resent_new_id', 'stop_resent', 'offline_queue', 'offline_throughout', 'reboot_in_session'];

export function drawFaults(random: Random, version: OcppVersion, faultRate: number): Fault[] {
  if (!random.chance(faultRate)) return [];
  const possible = FAULTS.filter((fault) => fault.versions.includes(version));
  const first = random.pick(possible);
  const second = random.pick(possible.filter((fault) => NETWORK.includes(fault.name) && fault.name !== first.name));
  return random.chance(0.2) && !NETWORK.includes(first.name) ? [first, second] : [first];
}

export function faultsNamed(names: readonly string[]): Fault[] {
  return names.map((name) => {
    const fault = FAULTS.find((candidate) => candidate.name === name);
    if (!fault) throw new Error(`no such fault: ${name}; there are ${FAULTS.map((known) => known.name).join(', ')}`);
    return fault;
  });
}

export function strictest(classes: readonly ExpectedClass[]): ExpectedClass {
  if (classes.includes('flagged')) return 'flagged';
  return classes.includes('either') ? 'either' : 'billed';
}

function goOffline(draft: Draft, from: number, to: number): void {
  draft.extra.push({ kind: 'offline', order: from }, { kind: 'online', order: to });
}

/** The last reading leaves after the stop: it waited for a second attempt while the stop went through (2.0.1: "may arrive in another order"). */
function overtakeReading(draft: Draft): void {
  const last = readings(draft).at(-1);
  const stop = ended(draft);
  if (last && stop) last.order = stop.order + 1;
}

function overtakeStarted(draft: Draft): void {
  const [first] = readings(draft);
  const start = started(draft);
  if (first && start) first.order = start.order - 1;
}

/**
 * The meter starts again from nothing in the middle: what was drawn between the last reading before and the reset is not known. Not where the registers that are told
 * would go on rising all the same (a meter that is young, and nothing said between): nobody could know of it, and the bench of anomalies counts such bills apart.
 */
function resetRegister(draft: Draft): void {
  const at = pointIn(draft, 0.3, 0.7);
  const drawnWh = drawnBy(draft, at);
  const anew = (registerWh: number): number => Math.max(0, registerWh - draft.registerStartWh - drawnWh);
  const [before, after] = [toldRegisters(draft, (when) => when < at), toldRegisters(draft, (when) => when >= at).map(anew)];
  if (after.length > 0 && Math.min(...after) >= Math.max(...before)) return;
  mapRegisters(draft, (registerWh, when) => (when < at ? registerWh : anew(registerWh)));
  draft.registerAfterWh = Math.max(0, draft.energyWh - drawnWh);
}

/** A reading after the reset proves it; a stop alone may as well have said nonsense, until the next session goes on from it. */
const isReset = ({ registerStartWh }: Draft) => ({ message }: { message: TransactionMessage }): boolean => message.readings.some(({ registerWh }) => registerWh !== null && registerWh < registerStartWh);

/** Register 0 until the meter answers, then its real, large value (C-09; citrineos-core #1060). */
function zeroThenJump(draft: Draft): void {
  change(started(draft), { registerWh: 0 });
  const first = readings(draft)[0];
  if (first && draft.random.chance(0.4)) change(first, { readings: first.message.readings.map((reading) => ({ ...reading, registerWh: 0 })) });
}

function dipRegister(draft: Draft): void {
  const dipped = draft.random.pick(readings(draft).length > 0 ? readings(draft) : [undefined]);
  change(dipped, { readings: (dipped?.message.readings ?? []).map((reading) => ({ ...reading, registerWh: Math.floor((reading.registerWh ?? 0) * draft.random.between(0.2, 0.9)) })) });
}

function spikeRegister(draft: Draft): void {
  const spiked = draft.random.pick(readings(draft).length > 0 ? readings(draft) : [undefined]);
  change(spiked, { readings: (spiked?.message.readings ?? []).map((reading) => ({ ...reading, registerWh: (reading.registerWh ?? 0) + 10_000_000 })) });
}

/** The stop claims far more than any charger can have delivered in the time: kWh written as Wh, a register of another meter. */
function lieAtStop(draft: Draft): void {
  const hours = (draft.endAt - draft.startAt) / HOUR;
  const impossibleWh = Math.ceil(hours * NOMINAL_KW_MAX * 1000 * draft.random.between(2, 30)) + 500_000;
  change(ended(draft), { registerWh: draft.registerStartWh + impossibleWh });
}

/** The network goes while the car charges; when the station is back its connector is idle, and the bill is never sent (C-14). */
function silentThenIdle(draft: Draft): void {
  const from = pointIn(draft, 0.3, 0.8);
  const evse = started(draft)?.message.evse ?? 1;
  remove(draft, (message) => message.kind === 'ended' || message.at > from);
  goOffline(draft, from, draft.endAt + 60_000);
  draft.extra.push({ kind: 'status', order: draft.endAt + 61_000, evse, status: 'Available', stamp: iso(draft.endAt + 61_000) });
}

/** A station that is not sure of its start begins once more, as another transaction; the charge runs on in the second. */
function startTwice(draft: Draft): void {
  const start = started(draft);
  if (!start) return;
  const at = start.message.at - 5_000;
  const session = `${start.message.session}.first`;
  draft.messages.unshift({ order: start.order - 5_000, message: { ...start.message, session, messageId: session.slice(-36), at, stamp: iso(at), manner: {} } });
}
