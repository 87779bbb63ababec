import { MS_PER_SECOND, type Clock, type OperatorId } from '../../../kernel/index.ts';
import { isRetryable, sqlState, type Queryable } from '../../../platform/database/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { GatewayLimits } from '../limits.ts';
import type { GatewayMetrics } from '../ports.ts';
import { appendFrames } from '../store/append-frames.ts';
import { storableText, type NewFrame } from './frame.ts';
import { openLanes, type Waiting } from './lanes.ts';

/** The frame was not stored (or nobody can say that it was): it must not be answered, the station will send it again. */
export class FrameNotStored extends Error {
  override readonly name = 'FrameNotStored';
}

/**
 * The durable log of frames. Frames that arrive while a group insert is on its way share the next one, so the rhythm is the disk's:
 * a lone frame waits for nobody, a thousand waiting frames are one commit.
 */
export type FrameLog = {
  /**
   * Resolves to the frame's sequence once it is committed. `ahead`: somebody stands at the charge point and waits for a decision, so it goes before
   * the frames of other charge points that wait. @throws FrameNotStored after `storeDeadlineMs`, or when the log is closed.
   */
  append(frame: NewFrame, lane?: 'ahead'): Promise<bigint>;
  /** For what was sent: stored with the next group insert, nobody waits for it, dropped first when the queue is full. */
  note(frame: NewFrame): void;
  /** True while more frames wait than `framesQueuedMax`: sockets should not be read. */
  readonly full: boolean;
  /** Runs once when the queue has fallen below half. */
  onceDrained(resume: () => void): void;
  /** Stores what waits, up to the deadline, then refuses everything. */
  close(): Promise<void>;
};

export type FrameLogOptions = {
  readonly inbox: Queryable; readonly clock: Clock; readonly logger: Logger; readonly limits: GatewayLimits; readonly metrics: GatewayMetrics;
  /** Called after each commit with the operators whose frames were in it. */
  readonly onStored?: (operatorIds: ReadonlySet<OperatorId>) => void;
};

const RETRY_PAUSE_MS = 50, RETRY_PAUSE_MS_MAX = MS_PER_SECOND, DEADLINE_WATCH_MS = 250;
const nothing = (): void => undefined;
/** The frame's own fault (22: data exception, 23: a constraint), as opposed to the database's. */
const isDataFault = (error: unknown): boolean => /^(22|23)/.test(sqlState(error) ?? '');
/** Deadlines are of this process, not of the simulation's clock: a station on a real socket waits in real time. */
const elapsed = (): number => performance.now();

export function openFrameLog(options: FrameLogOptions): FrameLog {
  const { limits, metrics } = options;
  const lanes = openLanes();
  let underWay: Waiting[] = [];
  let working: Promise<void> | null = null;
  let closed = false;
  let resumes: (() => void)[] = [];

  const add = (frame: NewFrame, stored: Waiting['stored'], failed: Waiting['failed'], lane?: 'ahead'): void => {
    lanes.add({ frame: sanitised(frame), deadline: elapsed() + limits.storeDeadlineMs, stored, failed, settled: false }, lane);
    // After the current turn of the loop, so that frames read from several sockets in one turn share the commit.
    working ??= new Promise<void>((resolve) => setImmediate(resolve)).then(work).finally(() => { working = null; });
  };

  const work = async (): Promise<void> => {
    // A database that hangs must not hold a station's answer beyond its deadline; the insert itself may still succeed afterwards.
    const watch = setInterval(expire, DEADLINE_WATCH_MS).unref();
    try {
      for (let failures = 0; lanes.size > 0;) {
        underWay = lanes.take(limits);
        const error = await storeBatch(options, underWay);
        failures = error === null ? 0 : failures + 1;
        if (error !== null) {
          if (failures === 1) options.logger.warn({ error: error.message, waiting: underWay.length + lanes.size }, 'frames could not be stored; trying again');
          lanes.putBack(underWay.filter((waiting) => !waiting.settled));
          if (!closed) await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_PAUSE_MS * 2 ** failures, RETRY_PAUSE_MS_MAX)));
        }
        underWay = [];
        expire();
        drained();
      }
    } finally {
      clearInterval(watch);
    }
  };

  const expire = (): void => {
    const now = elapsed();
    for (const waiting of underWay) if (waiting.deadline <= now) waiting.failed(new FrameNotStored('the database did not store the frame before its deadline'));
    for (const waiting of lanes.takeLate(now)) waiting.failed(new FrameNotStored('the frame was not stored before its deadline'));
  };
  const drained = (): void => {
    metrics.gauge('frames_queued', lanes.size);
    if (resumes.length === 0 || lanes.size > limits.framesQueuedMax >> 1) return;
    const run = resumes;
    resumes = [];
    for (const resume of run) resume();
  };

  return {
    append: (frame, lane) => closed
      ? Promise.reject(new FrameNotStored('the frame log is closed'))
      : new Promise((stored, failed) => { add(frame, stored, failed, lane); }),
    note: (frame) => {
      if (!closed && lanes.size < limits.framesQueuedMax >> 1) add(frame, nothing, nothing);
    },
    get full() { return lanes.size >= limits.framesQueuedMax; },
    onceDrained: (resume) => { resumes.push(resume); },
    close: async () => {
      closed = true;
      const deadline = elapsed() + limits.closeDeadlineMs;
      lanes.hurry(deadline);
      const over = new Promise<void>((resolve) => setTimeout(resolve, limits.closeDeadlineMs).unref());
      while (working && elapsed() < deadline) await Promise.race([working, over]);
    },
  };
}

const sanitised = (frame: NewFrame): NewFrame => ({
  ...frame, payload: storableText(frame.payload), messageId: frame.messageId === null ? null : storableText(frame.messageId),
  action: frame.action === null ? null : storableText(frame.action), violation: frame.violation === null ? null : storableText(frame.violation),
  reply: frame.reply === null ? null : storableText(frame.reply),
});

/** @returns null when every frame of the batch is settled, else the database's fault: what is not settled may be tried again. */
async function storeBatch(options: FrameLogOptions, batch: readonly Waiting[]): Promise<Error | null> {
  const startedAt = elapsed();
  try {
    const sequences = await appendFrames(options.inbox, batch.map((waiting) => waiting.frame));
    options.metrics.observe('store_ms', elapsed() - startedAt);
    options.metrics.observe('batch_rows', batch.length);
    options.metrics.increment('frames_stored', undefined, batch.length);
    options.onStored?.(new Set(batch.map((waiting) => waiting.frame.operatorId)));
    batch.forEach((waiting, index) => {
      waiting.settled = true;
      waiting.stored(sequences[index]!);
    });
    return null;
  } catch (fault) {
    const error = fault instanceof Error ? fault : new Error(String(fault));
    if (!isDataFault(error) || isRetryable(error)) return error;
    return isolateFault(options, batch, error);
  }
}

/** One frame that the table refuses must not keep the others out: halves are tried until it stands alone. */
async function isolateFault(options: FrameLogOptions, batch: readonly Waiting[], error: Error): Promise<Error | null> {
  if (batch.length === 1) {
    options.logger.error({ error: error.message, chargePointId: batch[0]!.frame.chargePointId }, 'a frame cannot be stored');
    batch[0]!.settled = true;
    batch[0]!.failed(new FrameNotStored('the frame cannot be stored', { cause: error }));
    return null;
  }
  const middle = batch.length >> 1;
  const first = await storeBatch(options, batch.slice(0, middle));
  if (first !== null) return first;
  return storeBatch(options, batch.slice(middle));
}
