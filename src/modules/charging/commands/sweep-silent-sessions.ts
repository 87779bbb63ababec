import { addMs, type Clock, type SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Database, type Tx } from '../../../platform/database/index.ts';
import type { Session } from '../domain/session.ts';
import { insertClosures } from '../store/bills.ts';
import { lockSessions, onlyOperator } from '../store/sessions.ts';
import { settleWithMeters } from './apply-facts.ts';
import { startWorking } from './working.ts';

/** Sessions closed by one sweep; what is left over is closed by the next. */
export const SWEEP_SESSIONS_MAX = 200;

/**
 * Closes, by what is known of them, the open sessions of one operator that have said nothing for longer than its policy allows, by the
 * server's clock: a station that lost its link or its power never says so. A frame that comes later is taken into the next version.
 * @returns how many were closed.
 */
export async function sweepSilentSessions(tx: Tx, { clock }: { clock: Clock }): Promise<number> {
  const working = startWorking(tx, clock);
  const { silenceDeadlineS } = await working.policy();
  const deadline = addMs(clock.now(), -silenceDeadlineS * 1_000);
  const silent = await tx.query<{ sessionId: SessionId; state: Session['state'] }>(
    `select session_id as "sessionId", state from charging.session
     where operator_id = $1 and (state = 'active' or spoke_after_close) and last_recorded_at <= $2 order by session_id limit ${SWEEP_SESSIONS_MAX} for update skip locked`,
    [onlyOperator(tx), sqlTimestamp(deadline)]);
  if (silent.length === 0) return 0;
  const open = silent.filter(({ state }) => state === 'active');
  await insertClosures(tx, open.map(({ sessionId }) => ({ sessionId, kind: 'silent', at: clock.now(), bySessionId: null, recordedAt: clock.now() })));
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
