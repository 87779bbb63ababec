import type { Clock, OperatorId } from '../../../kernel/index.ts';
import { isProgramFault, type Database, type Tx } from '../../../platform/database/index.ts';
import type { ChargingPort, LocationsPort } from '../ports.ts';
import { claimCursor, framesAfter, moveCursor, planForBatches, recordUnprocessable, type LoggedFrame } from '../store/applier.ts';
import { confirmRemoteStarts } from '../store/commands.ts';
import { oldestAwaited } from './awaited-decisions.ts';
import { oldestUnderWay } from './decisions-under-way.ts';
import { detailOf, interpret, type Interpretation } from './interpret.ts';
import { runsOfFacts } from './runs-of-facts.ts';

export type ApplyContext = { readonly database: Database; readonly clock: Clock; readonly charging: ChargingPort; readonly locations: LocationsPort };
export type Applied =
  | { readonly state: 'applied'; readonly frames: number; readonly unprocessable: number; /** The batch was full: there may be more. */ readonly more: boolean }
  | { readonly state: 'held_elsewhere' };

/** For so few rows any plan will do, and planning anew would cost more than it saves. */
const FRAMES_PLANNED_ALIKE_MAX = 20;

/**
 * Works the next frames of one operator: what they mean, and how far the cursor is, commit together. So every frame is worked once,
 * and working it again (from an earlier cursor) changes nothing, because facts are named by their frame.
 * @throws what the surroundings throw, or a program fault that this batch causes; `applyAround` finds the frame that does.
 */
export async function applyBatch(context: ApplyContext, operatorId: OperatorId, framesMax: number): Promise<Applied> {
  return context.database.forOperator(operatorId).transaction(async (tx): Promise<Applied> => {
    const cursor = await claimCursor(tx, operatorId);
    if (cursor === null) return { state: 'held_elsewhere' };
    const found = await framesAfter(tx, operatorId, cursor, framesMax);
    if (found.length > FRAMES_PLANNED_ALIKE_MAX) await planForBatches(tx);
    const { frames, meaning, decided } = await understand(context, tx, operatorId, found);
    const last = frames.at(-1);
    if (!last) return { state: 'applied', frames: 0, unprocessable: 0, more: false };
    await write(context, tx, operatorId, meaning, decided);
    await moveCursor(tx, operatorId, last.sequence);
    return { state: 'applied', frames: frames.length, unprocessable: meaning.unprocessable.length, more: found.length === framesMax && frames.length > 0 };
  });
}

type Understood = { readonly frames: readonly LoggedFrame[]; readonly meaning: Interpretation; readonly decided: ReadonlySet<bigint> | undefined };

/** What the frames mean, up to the first start that a gateway is deciding, here or in another process. */
async function understand({ charging, database }: ApplyContext, tx: Tx, operatorId: OperatorId, found: readonly LoggedFrame[]): Promise<Understood> {
  const before = (sequence: bigint | null, frames: readonly LoggedFrame[]): readonly LoggedFrame[] => (sequence === null ? frames : frames.filter((frame) => frame.sequence < sequence));
  const frames = before(oldestUnderWay(database, operatorId), found);
  const meaning = interpret(frames);
  const starts = meaning.facts.filter((fact) => fact.kind === 'session_started');
  const decided = await charging.decidedStarts?.(tx, starts);
  const awaited = oldestAwaited(database, operatorId, decided === undefined ? [] : starts.flatMap(({ frameSequence }) => (decided.has(frameSequence) ? [] : [frameSequence])));
  if (awaited === null) return { frames, meaning, decided };
  const settled = before(awaited, frames);
  return { frames: settled, meaning: interpret(settled), decided };
}

async function write({ charging, locations, clock }: ApplyContext, tx: Tx, operatorId: OperatorId, meaning: Interpretation, decided: ReadonlySet<bigint> | undefined): Promise<void> {
  if (meaning.boots.length > 0) await locations.recordBoots(tx, meaning.boots);
  if (meaning.statuses.length > 0) await locations.recordConnectorStatuses(tx, meaning.statuses);
  for (const run of runsOfFacts(meaning.facts, decided)) await charging.applyFacts(tx, run, { clock });
  await recordUnprocessable(tx, operatorId, meaning.unprocessable);
  await confirmRemoteStarts(tx, operatorId, meaning.facts.flatMap((fact) =>
    fact.kind === 'session_started' && fact.remoteStartId !== null ? [{ chargePointId: fact.chargePointId, remoteStartId: fact.remoteStartId, at: fact.recordedAt }] : []));
}

/**
 * `applyBatch`, but a frame that makes it fail is narrowed down, recorded as unprocessable with the reason, and passed over.
 * Faults of the surroundings still throw: then nothing is the frames' fault, and waiting is right.
 */
export async function applyAround(context: ApplyContext, operatorId: OperatorId, framesMax: number): Promise<Applied> {
  try {
    return await applyBatch(context, operatorId, framesMax);
  } catch (error) {
    if (!isProgramFault(error)) throw error;
    if (framesMax === 1) return applyOnceMore(context, operatorId);
    // The first half first: what is in order before the poison is worked, and the poison ends up alone. `more` asks for the rest.
    const applied = await applyAround(context, operatorId, framesMax >> 1);
    return applied.state === 'applied' ? { ...applied, more: true } : applied;
  }
}

/** A last try, in case the fault was a race with a decision under way for the same frame. */
async function applyOnceMore(context: ApplyContext, operatorId: OperatorId): Promise<Applied> {
  try {
    const applied = await applyBatch(context, operatorId, 1);
    return applied.state === 'applied' ? { ...applied, more: true } : applied;
  } catch (error) {
    if (!isProgramFault(error)) throw error;
    return passOver(context, operatorId, error);
  }
}

async function passOver(context: ApplyContext, operatorId: OperatorId, error: Error): Promise<Applied> {
  return context.database.forOperator(operatorId).transaction(async (tx): Promise<Applied> => {
    const cursor = await claimCursor(tx, operatorId);
    if (cursor === null) return { state: 'held_elsewhere' };
    const [frame] = await framesAfter(tx, operatorId, cursor, 1);
    if (!frame) return { state: 'applied', frames: 0, unprocessable: 0, more: false };
    await recordUnprocessable(tx, operatorId, [{ sequence: frame.sequence, code: 'applying_failed', detail: detailOf(error) }]);
    await moveCursor(tx, operatorId, frame.sequence);
    return { state: 'applied', frames: 1, unprocessable: 1, more: true };
  });
}
