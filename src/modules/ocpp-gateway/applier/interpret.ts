import type { ChargePointFact } from '../../charging/index.ts';
import { translate } from '../dialect.ts';
import type { BootReport, StatusReport } from '../ports.ts';
import type { LoggedFrame, Unprocessable } from '../store/applier.ts';
import { CALL, parseMessage } from '../wire/message.ts';
import { standardAction } from '../wire/schemas.ts';

/** What a run of frames means, in the order of the frames. */
export type Interpretation = {
  readonly facts: ChargePointFact[];
  readonly boots: BootReport[];
  readonly statuses: StatusReport[];
  readonly unprocessable: Unprocessable[];
};

const DETAIL_LENGTH_MAX = 500;

/** Frames → facts. A frame whose interpretation fails is named and passed over; it can never hold back the others. */
export function interpret(frames: readonly LoggedFrame[]): Interpretation {
  const result: Interpretation = { facts: [], boots: [], statuses: [], unprocessable: [] };
  for (const frame of frames) {
    // What was sent, and answers to it, are evidence; only what a charge point says unasked is a fact.
    if (frame.direction === 'out' || (frame.messageType !== null && frame.messageType !== CALL)) continue;
    try {
      interpretOne(frame, result);
    } catch (error) {
      result.unprocessable.push({ sequence: frame.sequence, code: 'translation_failed', detail: detailOf(error) });
    }
  }
  return result;
}

function interpretOne(frame: LoggedFrame, result: Interpretation): void {
  const message = parseMessage(frame.payload);
  if (message.kind !== 'call') {
    result.unprocessable.push({ sequence: frame.sequence, code: 'malformed', detail: message.kind === 'malformed' ? message.problem : message.kind });
    return;
  }
  const action = standardAction(frame.protocol, message.action);
  // An unknown action was answered NotImplemented: the station knows that nothing came of it.
  if (action === null) return;
  const { chargePointId } = frame;
  const { facts, boot, status } = translate(frame.protocol, { chargePointId, sequence: frame.sequence, recordedAt: frame.receivedAt, messageId: message.messageId, action, payload: message.payload });
  result.facts.push(...facts);
  if (boot) result.boots.push({ chargePointId, ...boot, at: frame.receivedAt });
  if (status) result.statuses.push({ chargePointId, ...status });
}

export const detailOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, DETAIL_LENGTH_MAX).replaceAll('\u0000', '').toWellFormed();
