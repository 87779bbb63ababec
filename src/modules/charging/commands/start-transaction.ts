import { assert, type Clock, type SessionId } from '../../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import type { StartDecision } from '../domain/session.ts';
import { factKey, sessionsOfFrames } from '../store/facts.ts';
import { enterStart, type StartEntry } from '../store/starts.ts';
import { recordEntered, type StartFact } from './record-start.ts';
import { startWorking } from './working.ts';

export type StartedTransaction = {
  /** OCPP 1.6: always a positive int32, whatever the decision. 0 for OCPP 2.0.1, where the station names the transaction. */
  readonly transactionId: number;
  readonly decision: StartDecision;
  readonly sessionId: SessionId;
};

export type StartOptions = {
  readonly clock: Clock;
  /**
   * Called before an OCPP 1.6 start that says the same as an earlier one under another message id: makes sure that the stops and boots
   * between the two have been applied. No other start waits for that.
   */
  readonly beforeRepeat?: () => Promise<void>;
};

/**
 * Records a start that waits for its answer, in one transaction of its own: the fact, the session, who it is, the hold. Never refused
 * for a business reason (OCPP 1.6 §4.8): an unknown or frozen credential and an empty wallet are recorded and answered by `decision`.
 * The same start sent again gets the same answer; whether a boot or a stop lies between two equal starts is read from what was applied.
 */
export async function startTransaction(database: OperatorDatabase, start: StartFact, { clock, beforeRepeat }: StartOptions): Promise<StartedTransaction> {
  const decide = (repeatIsClear: boolean): Promise<StartedTransaction | null> => database.transaction(async (tx) => {
    const entry = await enterStart(tx, start);
    if (!repeatIsClear && mayRepeat(entry, start)) return null;
    const { sessionId, transactionRef, decision } = await recordEntered(startWorking(tx, clock), start, entry);
    return { transactionId: transactionRef.startsWith('v16:') ? Number(transactionRef.slice(4)) : 0, decision, sessionId };
  });
  const decided = await decide(beforeRepeat === undefined || start.transactionRef !== null);
  if (decided) return decided;
  await beforeRepeat?.();
  const afterwards = await decide(true);
  assert(afterwards, 'a start whose repetition is clear is decided');
  return afterwards;
}

const mayRepeat = ({ known, same }: StartEntry, start: StartFact): boolean =>
  known === null && same !== null && same.messageId !== start.messageId && !same.stopped && !same.booted;

/** Which of these starts have been recorded, by the sequence of their frames: what an applier need not decide any more. */
export async function decidedStarts(tx: Tx, starts: readonly StartFact[]): Promise<ReadonlySet<bigint>> {
  const known = await sessionsOfFrames(tx, starts);
  return new Set(starts.filter((start) => known.has(factKey(start))).map((start) => start.frameSequence));
}
