import type { Clock, SessionId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { lockSessions } from '../store/sessions.ts';
import { settleWithMeters } from './apply-facts.ts';
import { SETTLE_SESSIONS_MAX } from './settle-sessions.ts';
import { startWorking } from './working.ts';

/**
 * Derives ended sessions again from the facts there are, for instance after a tariff was assigned that their bills lacked. Where the
 * bill comes out the same nothing happens; else its next version is made. At most `SETTLE_SESSIONS_MAX` at once; open ones are left out.
 */
export async function rederiveSessions(tx: Tx, sessionIds: readonly SessionId[], { clock }: { clock: Clock }): Promise<void> {
  const sessions = (await lockSessions(tx, [], sessionIds.slice(0, SETTLE_SESSIONS_MAX))).filter((session) => session.state === 'ended');
  await settleWithMeters(startWorking(tx, clock), sessions, [], new Map(sessions.map((session) => [session.sessionId, session])), 'rederived');
}
