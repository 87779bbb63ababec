import { MS_PER_MINUTE, type Instant } from '../../../kernel/index.ts';
import type { AnomalyRules } from './anomaly-rules.ts';
import type { Closure, EnergyDrawn, NextStart, SessionContext } from './derived-session.ts';
import type { FactOf } from './fact.ts';
import { flag, type Flag } from './flag.ts';
import type { Timed } from './session-facts.ts';

/** Words of a charge point for a connector that serves nobody: what was charged there is over (OCPP 1.6 §7.7, OCPP 2.0.1 ConnectorStatusEnumType). */
export const IDLE_STATUSES: readonly string[] = ['Available', 'Unavailable', 'Reserved'];

type Lost = {
  readonly start: Timed<FactOf<'session_started'>> | undefined;
  readonly closure: Closure;
  readonly lastHeardAt: Instant | null;
  readonly intervals: readonly EnergyDrawn[];
  readonly context: SessionContext;
  readonly rules: Pick<AnomalyRules, 'duplicateStartMs' | 'registerStepWh'>;
};

/**
 * Why a session was closed without its end: the same start came again and the charge runs on in the other session, another session began,
 * the charge point is back and has no more to say, or nothing was heard of it at all.
 */
export function lossFlag({ start, closure, lastHeardAt, intervals, context, rules }: Lost): Flag {
  if (closure.kind === 'superseded') {
    const next = context.next ?? null;
    return next !== null && startedAgain(start, next, intervals, rules)
      ? flag('duplicate_start', { againAt: next.at, registerWh: String(next.registerWh ?? start?.fact.registerWh ?? '?') })
      : flag('stop_never_arrived', { lastHeardAt });
  }
  const returned = context.returned ?? null;
  return returned === null ? flag('stop_never_arrived_silent', { lastHeardAt })
    : flag('bill_never_arrived', { lastHeardAt, backAt: returned.at, backBy: returned.by, status: returned.status });
}

/** The same card within minutes, the register where it was, and nothing drawn in between: a station that was not sure its start had arrived. */
function startedAgain(start: Lost['start'], next: NextStart, intervals: readonly EnergyDrawn[], rules: Lost['rules']): boolean {
  if (start === undefined || start.fact.idToken === null || start.fact.idToken !== next.idToken) return false;
  const apart = next.at - start.at;
  const drawn = intervals.reduce((sum, { energy }) => sum + energy, 0n);
  const [one, two] = [start.fact.registerWh, next.registerWh];
  const sameRegister = one === null || two === null || (two >= one && two - one <= rules.registerStepWh);
  return apart >= 0 && apart <= rules.duplicateStartMs && drawn <= rules.registerStepWh && sameRegister;
}

export type ReportedStatus = { readonly at: Instant; readonly status: string };
/** Words for a connector at which a vehicle is about to charge, or does. */
const BUSY_STATUSES: readonly string[] = ['Preparing', 'Charging', 'Occupied'];
/** A vehicle that is plugged in longer than this before the register was read may have drawn from it. */
const PLUGGED_BEFORE_START_MS = 5 * MS_PER_MINUTE;
/** What the connector says so soon is still about the vehicle that was there (OCPP 2.0.1 has one word for all of its states). */
const OWN_LAST_WORDS_MS = MS_PER_MINUTE;
/** Without any word of the connector nobody can say that it served nobody for longer than this. */
const SILENT_CONNECTOR_MS = 30 * MS_PER_MINUTE;

/**
 * Whether a connector may have served another vehicle between the last word of a session and its next register: then that register is not the session's.
 * Said by the connector itself: busy before it was idle for the last time, or long before the register was read.
 * @param statuses of the connector after the session's last word, in the order in which they came.
 */
export function mayHaveServedAnother(statuses: readonly ReportedStatus[], { from, to }: { readonly from: Instant; readonly to: Instant }): boolean {
  if (statuses.length === 0) return to - from > SILENT_CONNECTOR_MS;
  const lastIdle = statuses.findLastIndex(({ status }) => IDLE_STATUSES.includes(status));
  const busy = ({ at, status }: ReportedStatus): boolean => BUSY_STATUSES.includes(status) && at > from + OWN_LAST_WORDS_MS;
  return statuses.slice(0, Math.max(0, lastIdle)).some(busy)
    || statuses.slice(lastIdle + 1).some((said) => busy(said) && said.at < to - (said.status === 'Charging' ? OWN_LAST_WORDS_MS : PLUGGED_BEFORE_START_MS));
}
