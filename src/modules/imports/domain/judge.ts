import { MS_PER_HOUR } from '../../../kernel/index.ts';
import type { AnomalyRules, Flag, FlagCause, FlagData } from '../../charging/index.ts';
import { FLAG_CAUSES } from '../../charging/index.ts';
import type { SessionRow } from '../table/index.ts';
import { believedTimes, type Times } from '../table/swapped-dates.ts';

/** A row as the table states it; `SessionRow` without what only a replay needs. */
export type RowToJudge = Pick<SessionRow, 'rowNumber' | 'externalId' | 'connector' | 'startAt' | 'endAt' | 'energyWh' | 'statedDurationMs' | 'chargingMs' | 'problems'>;
export type JudgedRow = {
  readonly rowNumber: number;
  /** The connector it was put on where the table names none. */
  readonly connector: number;
  readonly flags: readonly Flag[];
  /** What the times must have been, where they were written wrongly and only one reading makes sense. */
  readonly believed: Times | null;
};
export type JudgeContext = {
  readonly zone: string;
  readonly rules: AnomalyRules;
  /** How many connectors a charge point has, where the table tells none apart. */
  readonly connectorsByOverlap: number | null;
  /** Rated power, where the mapping names it. */
  readonly powerW: number | null;
};

/** Where a charge point has too few sessions to learn from: more than most deliver, so that nothing honest is called impossible. */
export const POWER_UNKNOWN_W = 150_000;
export const SESSIONS_TO_LEARN_FROM_MIN = 20;
const LEARN_FROM_DURATION_MIN_MS = MS_PER_HOUR / 6;
/** Ratings that charge points are built with. An AC post at which most cars take 7 kW gives the next one 22. */
const POWER_CLASSES_W = [22_000, 50_000, 100_000, 150_000, 250_000, 400_000] as const;
/** Six amperes on one phase: no car charges more slowly (IEC 61851-1). */
const SLOWEST_CHARGE_W = 1_380;

const flag = (cause: FlagCause, data: FlagData = {}): Flag => ({ ...FLAG_CAUSES[cause], cause, data });

/**
 * What a charge point delivers at most, learned from its own sessions: the class of power above the mean that nineteen of twenty stay
 * below. The rules allow half as much again. Pure.
 */
export function learnPowerW(rows: readonly RowToJudge[]): { readonly powerW: number; readonly learnedFrom: number } {
  const means = rows.flatMap(({ startAt, endAt, energyWh }) => {
    const durationMs = startAt === null || endAt === null ? 0 : endAt - startAt;
    return energyWh === null || energyWh <= 0n || durationMs < LEARN_FROM_DURATION_MIN_MS ? [] : [Number(energyWh) * MS_PER_HOUR / durationMs];
  }).sort((a, b) => a - b);
  if (means.length < SESSIONS_TO_LEARN_FROM_MIN) return { powerW: POWER_UNKNOWN_W, learnedFrom: 0 };
  const most = means[Math.floor(means.length * 0.95)]!;
  return { powerW: POWER_CLASSES_W.find((each) => each >= most) ?? POWER_CLASSES_W.at(-1)!, learnedFrom: means.length };
}

/**
 * Judges all sessions that a table has of one charge point. Pure; the rows may come in any order, and come back in order of their starts.
 * Only what the table states counts: two stated times and a stated energy, so nothing here speaks of registers.
 */
export function judgeChargePoint(rows: readonly RowToJudge[], context: JudgeContext): JudgedRow[] {
  const learned = learnPowerW(rows);
  const powerW = context.powerW ?? learned.powerW;
  const ordered = rows.toSorted((a, b) => (a.startAt ?? 0) - (b.startAt ?? 0) || a.rowNumber - b.rowNumber);
  const near = neighbours(rows, context.rules);
  const alone = ordered.map((row) => judgeAlone(row, context, { powerW, learnedFrom: context.powerW === null ? learned.learnedFrom : null }, near(row)));
  return placed(ordered, alone, context);
}

/** Exports are written in some order of time: the starts of the sensible rows beside a row in the file are near its own. */
function neighbours(rows: readonly RowToJudge[], rules: AnomalyRules): (row: RowToJudge) => readonly number[] {
  const sensible = rows.filter(({ startAt, endAt }) => startAt !== null && endAt !== null && endAt >= startAt && endAt - startAt <= rules.sessionDurationMaxMs).toSorted((a, b) => a.rowNumber - b.rowNumber);
  return ({ rowNumber }) => {
    let low = 0, high = sensible.length;
    while (low < high) { const middle = (low + high) >> 1; if (sensible[middle]!.rowNumber < rowNumber) low = middle + 1; else high = middle; }
    return [sensible[low - 1], sensible[low]].flatMap((row) => (row === undefined || row.startAt === null ? [] : [row.startAt]));
  };
}

type Power = { readonly powerW: number; readonly learnedFrom: number | null };
type Alone = { readonly flags: Flag[]; readonly believed: Times | null; readonly timeInDoubt: boolean };

function judgeAlone(row: RowToJudge, { rules, zone }: JudgeContext, power: Power, near: readonly number[]): Alone {
  const { startAt, endAt, energyWh, statedDurationMs, chargingMs } = row;
  const flags: Flag[] = [];
  if (row.problems.some(({ code }) => code === 'clock_unset')) flags.push(flag('clock_not_set'));
  let believed: Times | null = null;
  if (startAt !== null && endAt !== null && flags.length === 0) {
    const durationMs = endAt - startAt;
    if (durationMs < 0 || durationMs > rules.sessionDurationMaxMs) {
      const fits = (times: Times): boolean => fitsTogether(times, row, rules, power.powerW);
      believed = believedTimes({ startAt, endAt }, zone, fits, near);
      if (believed !== null) flags.push(flag('day_month_swapped', { statedStart: startAt, statedEnd: endAt, believedStart: believed.startAt, believedEnd: believed.endAt }));
      else if (durationMs < 0) flags.push(flag('end_before_start', { statedStart: startAt, statedEnd: endAt }));
      else flags.push(flag('session_too_long', { durationMs, durationMaxMs: rules.sessionDurationMaxMs }));
    }
    if (statedDurationMs !== null && durationMs >= 0 && believed === null && Math.abs(durationMs - statedDurationMs) > rules.statedDurationToleranceMs) {
      flags.push(flag('stated_duration_differs', { durationMs, statedDurationMs }));
    }
    if (flags.every(({ code }) => code !== 3 && code !== 9)) flags.push(...idleFlags(durationMs, chargingMs, energyWh, rules));
  }
  flags.push(...energyFlags(energyWh, believed ?? (startAt === null || endAt === null ? null : { startAt, endAt }), rules, power));
  return { flags, believed, timeInDoubt: flags.some(({ code }) => code === 3) };
}

/** Plugged in for long after it had charged: by the table's own word, or because even the slowest car would have been done. */
function idleFlags(durationMs: number, chargingMs: number | null, energyWh: bigint | null, rules: AnomalyRules): Flag[] {
  if (chargingMs !== null) {
    const idleMs = durationMs - chargingMs;
    return idleMs > rules.occupancyDurationMaxMs ? [flag('occupancy_too_long', { idleMs, idleMaxMs: rules.occupancyDurationMaxMs })] : [];
  }
  // What a meter's single step may be is no charge that could have been full.
  if (energyWh === null || energyWh <= rules.registerStepWh) return [];
  const idleMsMin = durationMs - Math.ceil(Number(energyWh) * MS_PER_HOUR / SLOWEST_CHARGE_W);
  return idleMsMin > rules.occupancyDurationMaxMs ? [flag('idle_after_full', { idleMsMin, slowestChargeW: SLOWEST_CHARGE_W, idleMaxMs: rules.occupancyDurationMaxMs })] : [];
}

function energyFlags(energyWh: bigint | null, times: Times | null, rules: AnomalyRules, { powerW, learnedFrom }: Power): Flag[] {
  if (energyWh === null) return [flag('no_register_evidence')];
  if (energyWh < 0n) return [flag('stop_register_below_start', { energyWh: String(energyWh) })];
  if (energyWh === 0n) return [flag('no_energy_drawn')];
  if (times === null || times.endAt < times.startAt) return [];
  const plausibleWhMax = plausibleWh(times.endAt - times.startAt, rules, powerW);
  return energyWh > plausibleWhMax ? [flag('register_jump_implausible', { energyWh: String(energyWh), plausibleWhMax: String(plausibleWhMax), powerW, learnedFromSessions: learnedFrom })] : [];
}

/** The same bound as for live sessions: percentage of power × (time + tolerance) + one register step. */
const plausibleWh = (durationMs: number, rules: AnomalyRules, powerW: number): bigint =>
  (BigInt(powerW) * BigInt(Math.trunc(durationMs) + rules.clockToleranceMs) * BigInt(rules.plausiblePowerPercent)) / (100n * BigInt(MS_PER_HOUR)) + rules.registerStepWh;

function fitsTogether({ startAt, endAt }: Times, row: RowToJudge, rules: AnomalyRules, powerW: number): boolean {
  const durationMs = endAt - startAt;
  if (durationMs < 0 || durationMs > rules.sessionDurationMaxMs / 2) return false;
  if (row.statedDurationMs !== null && Math.abs(durationMs - row.statedDurationMs) > rules.statedDurationToleranceMs) return false;
  return row.energyWh === null || row.energyWh <= plausibleWh(durationMs, rules, powerW);
}

/** In the hour that autumn repeats, a start that would overlap the session before it was in the hour's second showing. */
function inRepeatedHour({ problems, endAt }: RowToJudge, { startAt, until }: { startAt: number; until: number }, before: number | undefined): { startAt: number; until: number } {
  if (before === undefined || before <= startAt || !problems.some(({ code }) => code === 'time_repeated')) return { startAt, until };
  const second = startAt + MS_PER_HOUR;
  return { startAt: second, until: endAt === null ? second : Math.max(until, second) };
}

type OnConnector = { readonly rowNumber: number; readonly startAt: number; readonly until: number; readonly energyWh: bigint | null; readonly externalId: string | null };

/** Puts rows on connectors and holds each against the ones before it there. */
function placed(rows: readonly RowToJudge[], alone: readonly Alone[], { rules, connectorsByOverlap }: JudgeContext): JudgedRow[] {
  const last = new Map<number, OnConnector>();
  const lastStartOn = new Map<number, number>();
  const judged = rows.map((row, i) => {
    const { flags, believed, timeInDoubt } = alone[i]!;
    const stated = { startAt: believed?.startAt ?? row.startAt ?? 0, until: believed?.endAt ?? row.endAt ?? believed?.startAt ?? row.startAt ?? 0 };
    const { startAt, until } = inRepeatedHour(row, stated, last.get(row.connector)?.until);
    const twin = [...last.values()].find((before) => before.startAt === startAt && before.energyWh === row.energyWh && before.until === until && (row.energyWh ?? 0n) > 0n
      && (connectorsByOverlap !== null || before === last.get(row.connector)));
    const connector = connectorsByOverlap === null || twin !== undefined ? row.connector : freeConnector(last, connectorsByOverlap, startAt);
    const before = last.get(connector);
    if (twin !== undefined) flags.push(flag('duplicate_start', { sameAsRow: twin.rowNumber }));
    else if (before !== undefined && !timeInDoubt && (row.energyWh ?? 0n) > 0n && (before.energyWh ?? 0n) > 0n && Math.min(before.until, until) - startAt > rules.overlapToleranceMs) {
      flags.push(flag('overlaps_another_session', { row: before.rowNumber, overlapMs: Math.min(before.until, until) - startAt }));
    }
    if (!timeInDoubt) {
      if (before === undefined || until >= before.until) last.set(connector, { rowNumber: row.rowNumber, startAt, until, energyWh: row.energyWh, externalId: row.externalId });
      lastStartOn.set(connector, Math.max(lastStartOn.get(connector) ?? startAt, startAt));
    }
    return { rowNumber: row.rowNumber, connector, flags, believed, startAt, ended: row.endAt !== null };
  });
  return judged.map(({ startAt, ended, flags, ...row }) => {
    const nextStart = lastStartOn.get(row.connector) ?? startAt;
    // A session without an end may still have been running when the table was made, unless another one began on its connector.
    const open = ended ? [] : [nextStart > startAt ? flag('stop_never_arrived', { lastStartOnConnector: nextStart }) : flag('stop_never_arrived_silent', { mayBeRunning: 1 })];
    return { ...row, flags: [...open, ...flags] };
  });
}

function freeConnector(last: ReadonlyMap<number, OnConnector>, countMax: number, startAt: number): number {
  let best = 1;
  for (let connector = 1; connector <= countMax; connector++) {
    const until = last.get(connector)?.until ?? Number.NEGATIVE_INFINITY;
    if (until <= startAt) return connector;
    if (until < (last.get(best)?.until ?? Number.NEGATIVE_INFINITY)) best = connector;
  }
  return best;
}
