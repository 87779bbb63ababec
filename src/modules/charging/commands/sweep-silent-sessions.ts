import { addMs, MS_PER_HOUR, type Clock, type SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Database, type Tx } from '../../../platform/database/index.ts';
import type { Session } from '../domain/session.ts';
import { insertClosures } from '../store/bills.ts';
import { lockSessions, onlyOperator } from '../store/sessions.ts';
import { settleWithMeters } from './apply-facts.ts';
import { startWorking } from './working.ts';

/** Sessions closed by one sweep; what is left over is closed by the next. */
export const SWEEP_SESSIONS_MAX = 200;

/** A charge point that says it has more to send, or that the charge goes on, is waited for so long after the session's last word, or for the deadline where that is longer. */
export const SILENCE_EXTENDED_MS_MAX = 24 * MS_PER_HOUR;

/**
 * Closes, by what is known of them, the open sessions of one operator that have said nothing for longer than its policy allows, by the
 * server's clock: a station that lost its link or its power never says so. A frame that comes later is taken into the next version.
 * What the charge point answered when it was asked (`askSilentSessions`) counts: it has more to send or goes on, and the deadline runs anew from
 * the answer, up to `SILENCE_EXTENDED_MS_MAX`; it is over and nothing more will come, and the session is closed now.
 * @returns how many were closed.
 */
export async function sweepSilentSessions(tx: Tx, { clock }: { clock: Clock }): Promise<number> {
  const working = startWorking(tx, clock);
  const { silenceDeadlineS } = await working.policy();
  const now = clock.now();
  const deadline = addMs(now, -silenceDeadlineS * 1_000);
  const longest = addMs(now, -Math.max(silenceDeadlineS * 1_000, SILENCE_EXTENDED_MS_MAX));
  const silent = await tx.query<{ sessionId: SessionId; state: Session['state'] }>(
    `select s.session_id as "sessionId", s.state from charging.session s
     left join lateral (select a.ongoing, a.messages_in_queue, a.answered_at from charging.status_answer a
       where a.operator_id = $1 and a.session_id = s.session_id and s.state = 'active' and a.answered_at >= s.last_recorded_at order by a.attempt desc limit 1) said on true
     where s.operator_id = $1 and (s.state = 'active' or s.spoke_after_close)
       and case when said.messages_in_queue or said.ongoing then said.answered_at <= $2 or s.last_recorded_at <= $3
         when said.ongoing = false then true
         else s.last_recorded_at <= $2 end
     order by s.session_id limit ${SWEEP_SESSIONS_MAX} for update of s skip locked`,
    [onlyOperator(tx), sqlTimestamp(deadline), sqlTimestamp(longest)]);
  if (silent.length === 0) return 0;
  const open = silent.filter(({ state }) => state === 'active');
  await insertClosures(tx, open.map(({ sessionId }) => ({ sessionId, kind: 'silent', at: now, bySessionId: null, recordedAt: now })));
  const sessions = await lockSessions(tx, [], silent.map(({ sessionId }) => sessionId));
  await settleWithMeters(working, sessions, [], new Map(sessions.map((session) => [session.sessionId, session])));
  return sessions.length;
}

/** Operators that have something to sweep if the shortest deadline a policy may have has passed. */
export const OPERATORS_PER_SWEEP_MAX = 1_000;
const SILENCE_DEADLINE_MIN_MS = 60_000;

/** Sweeps every operator, each in its own transaction. @returns how many sessions were closed. */
export async function sweepAllSilentSessions(database: Database, { clock }: { clock: Clock }): Promise<number> {
  const operators = await database.untenanted.query<{ operatorId: Parameters<Database['forOperator']>[0] }>(
    'select charging.operators_with_silent_sessions($1, $2) as "operatorId"', [sqlTimestamp(addMs(clock.now(), -SILENCE_DEADLINE_MIN_MS)), OPERATORS_PER_SWEEP_MAX]);
  let closed = 0;
  for (const { operatorId } of operators) closed += await database.forOperator(operatorId).transaction((tx) => sweepSilentSessions(tx, { clock }));
  return closed;
}
