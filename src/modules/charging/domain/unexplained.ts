import { MS_PER_MINUTE, type Instant, type SessionId } from '../../../kernel/index.ts';
import type { FlagCause } from './flag.ts';
import { compareReadings, EMPTY_CHAIN, followRegister, REGISTER_STEP_WH, type RegisterChain, type RegisterPoint, type RegisterReading } from './register-chain.ts';

export type MeteredSession = {
  readonly sessionId: SessionId; readonly startedAt: Instant; readonly endedAt: Instant; readonly held: boolean; readonly timeInDoubt: boolean;
  readonly billedWh: bigint; readonly firstWh: bigint | null; readonly lastWh: bigint | null; readonly causes: readonly FlagCause[];
};
/**
 * Why metered energy is in no bill.
 * - `held`: it ran in a session whose bill is held, or beside one that is known to have lost its beginning, end or time.
 * - `beside_bill`: it ran while a settled session did, and is not in its bill (or less was metered than it bills: then it is negative).
 * - `between_sessions`: the register went on and no session says why: a session that never spoke, a leak, or a clock that put one elsewhere.
 */
export type UnexplainedReason = 'held' | 'beside_bill' | 'between_sessions';
export type UnexplainedStretch = {
  readonly reason: UnexplainedReason; readonly sessionId: SessionId | null; readonly causes: readonly FlagCause[];
  readonly from: Instant; readonly to: Instant; readonly energyWh: bigint;
};
type Step = { readonly from: RegisterPoint; readonly to: RegisterPoint };

/** Every stretch of a connector's register that no bill accounts for, in time order. Pure. Together they are what was metered less what was billed. */
export function explainMeter(readings: readonly RegisterReading[], sessions: readonly MeteredSession[], maxPowerW: bigint): UnexplainedStretch[] {
  const ordered = [...sessions].sort((a, b) => a.startedAt - b.startedAt || (a.sessionId < b.sessionId ? -1 : 1));
  const metered = new Map(ordered.filter((session) => !session.held).map((session) => [session, 0n]));
  const stretches: UnexplainedStretch[] = [];
  for (const step of stepsOf(readings, maxPowerW)) {
    const energyWh = step.to.registerWh - step.from.registerWh;
    if (energyWh === 0n) continue;
    const settled = ordered.findLast((session) => !session.held && runsThrough(session, step));
    if (settled) metered.set(settled, metered.get(settled)! + energyWh);
    else stretches.push({ ...reasonOf(step, ordered), from: step.from.at, to: step.to.at, energyWh });
  }
  for (const [{ sessionId, causes, startedAt: from, endedAt: to, billedWh }, meteredWh] of metered) {
    if (meteredWh !== billedWh) stretches.push({ reason: 'beside_bill', sessionId, causes, from, to, energyWh: meteredWh - billedWh });
  }
  return stretches.sort((a, b) => a.from - b.from);
}

function stepsOf(readings: readonly RegisterReading[], maxPowerW: bigint): Step[] {
  let chain: RegisterChain = EMPTY_CHAIN;
  return [...readings].sort(compareReadings).flatMap((reading) => {
    const step = followRegister(chain, reading, maxPowerW);
    chain = step.chain;
    return step.drawn ? [step.drawn] : [];
  });
}

/** Stations keep time in minutes, meters in seconds. */
const covers = (session: MeteredSession, at: Instant): boolean => !session.timeInDoubt && at >= session.startedAt - MS_PER_MINUTE && at <= session.endedAt + MS_PER_MINUTE;
const runsThrough = (session: MeteredSession, { from, to }: Step): boolean => covers(session, from.at) && covers(session, to.at);

function reasonOf(step: Step, sessions: readonly MeteredSession[]): Pick<UnexplainedStretch, 'reason' | 'sessionId' | 'causes'> {
  const held = sessions.filter((session) => session.held);
  const cause = held.findLast((session) => runsThrough(session, step))
    ?? held.findLast((session) => liesWithin(session, step))
    // Its last or first register is what is missing or wrong: the rest of it runs on to the next that is right.
    ?? held.findLast((session) => covers(session, step.from.at)) ?? held.find((session) => covers(session, step.to.at))
    ?? held.findLast((session) => !session.timeInDoubt && session.startedAt >= step.from.at && session.endedAt <= step.to.at);
  return cause ? { reason: 'held', sessionId: cause.sessionId, causes: cause.causes } : { reason: 'between_sessions', sessionId: null, causes: [] };
}

/** By its registers, for a session whose time is not known. */
const liesWithin = ({ timeInDoubt, firstWh, lastWh }: MeteredSession, { from, to }: Step): boolean =>
  timeInDoubt && firstWh !== null && lastWh !== null && firstWh >= from.registerWh - REGISTER_STEP_WH && lastWh <= to.registerWh + REGISTER_STEP_WH;
