import type { OperatorId, SessionId } from '../kernel/index.ts';
import { explainConnector, proposeCorrections, PROPOSALS_MAX, SESSION_OUTCOMES_PAGE_MAX, sessionOutcomes, unexplainedEnergy, type SessionOutcome } from '../modules/charging/index.ts';
import { loadChargePoints } from '../modules/locations/index.ts';
import type { Database } from '../platform/database/index.ts';
import { systemClock } from '../platform/clock/index.ts';
import type { BookedSession } from './replay-outcome.ts';
import type { Repair } from './simulate-compare.ts';

/** Every session of an operator with its current bill, page by page. */
export async function bookedSessions(database: Database, operatorId: OperatorId): Promise<(BookedSession & Pick<SessionOutcome, 'sessionId'>)[]> {
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

/** What is proposed for held bills, by `identity/transactionRef`. */
export async function proposedRepairs(database: Database, operatorId: OperatorId, sessions: readonly (BookedSession & Pick<SessionOutcome, 'sessionId'>)[]): Promise<Map<string, Repair>> {
  const held = sessions.filter(({ billState }) => billState === 'held');
  const repairs = new Map<string, Repair>();
  for (let from = 0; from < held.length; from += PROPOSALS_MAX) {
    const some = held.slice(from, from + PROPOSALS_MAX);
    const proposed = await database.forOperator(operatorId).transaction((tx) => proposeCorrections(tx, some.map(({ sessionId }) => sessionId), { clock: systemClock }));
    for (const { sessionId, identity, transactionRef } of some) {
      const proposal = proposed.get(sessionId);
      if (proposal) repairs.set(`${identity}/${transactionRef}`, { automatic: proposal.automatic, primaryCause: proposal.primaryCause, energyWh: proposal.candidates.find(({ source }) => source === proposal.chosen)?.energyWh ?? null });
    }
  }
  return repairs;
}

export type UnexplainedCause = { readonly because: string; readonly stretches: number; readonly energyWh: bigint };

/** What was metered and is in no bill, by its reason: the causes that hold the bill beside which it ran, or the reason itself. The most first. */
export async function unexplainedByCause(database: Database, operatorId: OperatorId): Promise<UnexplainedCause[]> {
  const odb = database.forOperator(operatorId);
  const causes = new Map<string, { stretches: number; energyWh: bigint }>();
  for (const { connectorId } of await odb.transaction((tx) => unexplainedEnergy(tx))) {
    for (const stretch of await odb.transaction((tx) => explainConnector(tx, connectorId))) {
      const because = stretch.reason === 'held' ? stretch.causes.join(' + ') : stretch.reason;
      const sum = causes.get(because) ?? { stretches: 0, energyWh: 0n };
      causes.set(because, { stretches: sum.stretches + 1, energyWh: sum.energyWh + stretch.energyWh });
    }
  }
  return [...causes].map(([because, sum]) => ({ because, ...sum })).sort((a, b) => (b.energyWh > a.energyWh ? 1 : -1));
}
