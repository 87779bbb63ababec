import type { ChargePointId } from '../../../kernel/index.ts';
import type { GatewayLimits } from '../limits.ts';
import type { NewFrame } from './frame.ts';

export type Waiting = {
  readonly frame: NewFrame; deadline: number; readonly stored: (sequence: bigint) => void; readonly failed: (error: Error) => void;
  /** Stored or refused for good: it needs no further try. */
  settled: boolean;
};

/**
 * Frames on their way into the log. Those that go ahead pass the frames of other charge points and never one of their own that is
 * not settled, so that each charge point's frames stay in the order in which it said them.
 */
export type Lanes = {
  readonly size: number;
  add(waiting: Waiting, lane: 'ahead' | undefined): void;
  /** The next frames to store, within the limits of a group insert. */
  take(limits: GatewayLimits): Waiting[];
  /** What could not be stored comes first again. */
  putBack(batch: readonly Waiting[]): void;
  /** Takes out what is late at `now`. */
  takeLate(now: number): Waiting[];
  /** Nothing waits longer than until then. */
  hurry(deadline: number): void;
};

export function openLanes(): Lanes {
  let ahead: Waiting[] = [], queue: Waiting[] = [];
  /** How many frames of a charge point are not settled yet. */
  const unsettled = new Map<ChargePointId, number>();
  /** Calls back as before, and counts the frame out once. */
  const counted = (waiting: Waiting): Waiting => {
    const { frame: { chargePointId }, stored, failed } = waiting;
    unsettled.set(chargePointId, (unsettled.get(chargePointId) ?? 0) + 1);
    let open = true;
    const settle = (): void => {
      if (!open) return;
      open = false;
      const left = unsettled.get(chargePointId)! - 1;
      if (left === 0) unsettled.delete(chargePointId);
      else unsettled.set(chargePointId, left);
    };
    return { ...waiting, stored: (sequence) => { settle(); stored(sequence); }, failed: (error) => { settle(); failed(error); } };
  };
  return {
    get size() { return ahead.length + queue.length; },
    add: (waiting, lane) => {
      const first = lane === 'ahead' && !unsettled.has(waiting.frame.chargePointId);
      (first ? ahead : queue).push(counted(waiting));
    },
    take: (limits) => {
      const batch: Waiting[] = [];
      let bytes = 0;
      for (const lane of [ahead, queue]) {
        let count = 0;
        while (count < lane.length && batch.length + count < limits.batchRowsMax && bytes < limits.batchBytesMax) bytes += lane[count++]!.frame.payload.length;
        for (const waiting of lane.splice(0, count)) batch.push(waiting);
      }
      return batch;
    },
    putBack: (batch) => { queue = batch.concat(queue); },
    takeLate: (now) => {
      const late: Waiting[] = [];
      // Each lane is in the order of its deadlines but for what was put back, which is older still.
      const inTime = (lane: Waiting[]): Waiting[] => (lane[0] === undefined || lane[0].deadline > now ? lane : lane.filter((waiting) => waiting.deadline > now || late.push(waiting) === 0));
      [ahead, queue] = [inTime(ahead), inTime(queue)];
      return late;
    },
    hurry: (deadline) => { for (const waiting of [...ahead, ...queue]) waiting.deadline = Math.min(waiting.deadline, deadline); },
  };
}
