import type { ChargePointId, OperatorId } from '../../../kernel/index.ts';
import { startContextFrames } from '../store/applier.ts';
import type { ApplyContext } from './apply-batch.ts';
import { interpret } from './interpret.ts';
import { runsOfFacts } from './runs-of-facts.ts';

/** More than a station sends between two starts; what is over it waits for the applier. */
const FRAMES_AHEAD_MAX = 2_000;

/**
 * Applies what this charge point said before a start that is about to be decided, and that the applier has not come to yet: whether
 * two equal starts are one depends on a stop or a boot between them, and a station that empties its queue sends them within
 * milliseconds. The applier comes to the same frames later and finds their facts known.
 */
export async function applyAhead(context: Pick<ApplyContext, 'database' | 'clock' | 'charging'>, start: { readonly operatorId: OperatorId; readonly chargePointId: ChargePointId; readonly sequence: bigint }): Promise<void> {
  await context.database.forOperator(start.operatorId).transaction(async (tx) => {
    const frames = await startContextFrames(tx, start.operatorId, start.chargePointId, start.sequence, FRAMES_AHEAD_MAX);
    const { facts } = interpret(frames);
    // Readings come along so that a stop is not billed without them, only to be billed anew; on their own they can wait.
    if (!facts.some((fact) => fact.kind !== 'register_read')) return;
    for (const run of runsOfFacts(facts)) await context.charging.applyFacts(tx, run, { clock: context.clock });
  });
}
