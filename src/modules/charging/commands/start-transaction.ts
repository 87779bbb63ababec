import type { Clock, SessionId } from '../../../kernel/index.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import type { StartDecision } from '../domain/session.ts';
import { recordStart, type StartFact } from './record-start.ts';
import { startWorking } from './working.ts';

export type StartedTransaction = {
  /** OCPP 1.6: always a positive int32, whatever the decision. 0 for OCPP 2.0.1, where the station names the transaction. */
  readonly transactionId: number;
  readonly decision: StartDecision;
  readonly sessionId: SessionId;
};

/**
 * Records a start that waits for its answer, in one transaction of its own: the fact, the session, who it is, the hold. Never refused
 * for a business reason (OCPP 1.6 §4.8): an unknown or frozen credential and an empty wallet are recorded and answered by `decision`.
 * The same start sent again gets the same answer. Frames of the charge point that came before should have been applied: whether a boot
 * or a stop lies between two equal starts is read from them.
 */
export function startTransaction(database: OperatorDatabase, start: StartFact, { clock }: { clock: Clock }): Promise<StartedTransaction> {
  return database.transaction(async (tx) => {
    const { sessionId, transactionRef, decision } = await recordStart(startWorking(tx, clock), start);
    return { transactionId: transactionRef.startsWith('v16:') ? Number(transactionRef.slice(4)) : 0, decision, sessionId };
  });
}
