import type { OperatorId, SessionId } from '../kernel/index.ts';
import { SESSION_OUTCOMES_PAGE_MAX, sessionOutcomes, type SessionOutcome } from '../modules/charging/index.ts';
import { loadChargePoints } from '../modules/locations/index.ts';
import type { Database } from '../platform/database/index.ts';
import type { BookedSession } from './replay-outcome.ts';

/** Every session of an operator with its current bill, page by page. */
export async function bookedSessions(database: Database, operatorId: OperatorId): Promise<BookedSession[]> {
  const odb = database.forOperator(operatorId);
  const found: SessionOutcome[] = [];
  for (let after: SessionId | null = null; ;) {
    const page: SessionOutcome[] = await odb.transaction((tx) => sessionOutcomes(tx, { after }));
    found.push(...page);
    if (page.length < SESSION_OUTCOMES_PAGE_MAX) break;
    after = page.at(-1)!.sessionId;
  }
  const chargePoints = await odb.transaction((tx) => loadChargePoints(tx, [...new Set(found.map((session) => session.chargePointId))]));
  return found.map((session) => ({ ...session, identity: chargePoints.get(session.chargePointId)?.identity ?? '' }));
}
