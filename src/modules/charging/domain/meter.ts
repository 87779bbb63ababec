import { instant, type Instant } from '../../../kernel/index.ts';
import { compareReadings, EMPTY_CHAIN, followRegister, openBreak, type RegisterBreak, type RegisterChain, type RegisterReading } from './register-chain.ts';

/** A connector's register, followed over all sessions and between them. `meteredWh` is what has provably run through it. */
export type MeterState = { readonly chain: RegisterChain; readonly lastReadAt: Instant | null; readonly meteredWh: bigint };
/** The state before the first reading at or after `fromAt`. */
export type MeterMark = { readonly fromAt: Instant; readonly chain: RegisterChain; readonly meteredWh: bigint };
export type MeterAdvance = { readonly state: MeterState; readonly marks: readonly MeterMark[]; readonly breaks: readonly RegisterBreak[] };

export const NEW_METER: MeterState = { chain: EMPTY_CHAIN, lastReadAt: null, meteredWh: 0n };

/** A mark every six hours: a late reading costs at most the readings of six hours and of what came after. */
export const METER_MARK_EVERY_MS = 6 * 3_600_000;
export const markStart = (at: Instant): Instant => instant(Math.floor(at / METER_MARK_EVERY_MS) * METER_MARK_EVERY_MS);

/** Takes readings that are all later than the state's last one. Pure: the same readings in one sequence or in several give the same state. */
export function advanceMeter(from: MeterState, readings: readonly RegisterReading[], maxPowerW: bigint): MeterAdvance {
  let { chain, lastReadAt, meteredWh } = from;
  const marks: MeterMark[] = [];
  const breaks: RegisterBreak[] = [];
  for (const reading of [...readings].sort(compareReadings)) {
    const stretch = markStart(reading.at);
    if (lastReadAt === null || markStart(lastReadAt) !== stretch) marks.push({ fromAt: stretch, chain, meteredWh });
    const step = followRegister(chain, reading, maxPowerW);
    if (step.drawn) meteredWh += step.drawn.to.registerWh - step.drawn.from.registerWh;
    if (step.broken) breaks.push(step.broken);
    chain = step.chain;
    lastReadAt = reading.at;
  }
  const open = openBreak(chain);
  return { state: { chain, lastReadAt, meteredWh }, marks, breaks: open ? [...breaks, open] : breaks };
}

/** Whether these readings only continue what the meter has seen; a reading at the very instant of the last one may sort before it. */
export const continuesMeter = (state: MeterState, readings: readonly RegisterReading[]): boolean =>
  state.lastReadAt === null || readings.every((reading) => reading.at > state.lastReadAt!);
