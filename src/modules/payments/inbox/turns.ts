import { MS_PER_SECOND } from '../../../kernel/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';

const PAUSE_AFTER_FAULT_MS = 250, PAUSE_AFTER_FAULT_MS_MAX = 10 * MS_PER_SECOND;

export type Turns<T> = {
  /** Works this one soon; while it is being worked already, only with `again` once more afterwards. */
  take(subject: T, options?: { readonly again?: boolean }): void;
  /** Looks for work at once and then in this rhythm. */
  every(pollMs: number, find: () => Promise<readonly T[]>): { stop(): Promise<void> };
  /** Resolves when nothing is worked or waits, or at the deadline (of `performance.now()`). */
  idle(deadline: number): Promise<void>;
  /** Starts nothing more and waits for what is under way. */
  close(): Promise<void>;
};
type Options<T> = {
  readonly logger: Logger; readonly about: string; readonly workersMax: number; readonly nameOf: (subject: T) => string;
  /** One bounded piece of work. `more` asks for another turn, behind the others. */
  readonly turn: (subject: T, turn: Turn) => Promise<'done' | 'more'>;
};
export type Turn = {
  /** Whether other subjects wait for a place. */
  othersWait(): boolean;
  /** Whether everything is about to end: begin nothing more. */
  closing(): boolean;
};

/**
 * Gives subjects (operators, accounts, runs) their turns: each once at a time, `workersMax` at once, first come first served. One whose turn failed waits, longer
 * each time, without a place among the workers.
 */
export function turnTaker<T>({ logger, about, workersMax, nameOf, turn }: Options<T>): Turns<T> {
  const waiting = new Map<string, T>(), running = new Map<string, Promise<void>>();
  const faults = new Map<string, { count: number; notBefore: number }>();
  let closed = false;
  const own: Turn = { othersWait: () => running.size >= workersMax && waiting.size > 0, closing: () => closed };

  const start = (): void => {
    for (const [name, subject] of waiting) {
      if (running.size >= workersMax) return;
      if (running.has(name)) continue;
      waiting.delete(name);
      running.set(name, work(name, subject).finally(() => {
        running.delete(name);
        if (!closed) start();
      }));
    }
  };
  const work = async (name: string, subject: T): Promise<void> => {
    try {
      if (await turn(subject, own) === 'more' && !closed) waiting.set(name, subject);
      faults.delete(name);
    } catch (error) {
      const count = (faults.get(name)?.count ?? 0) + 1;
      faults.set(name, { count, notBefore: performance.now() + Math.min(PAUSE_AFTER_FAULT_MS * 2 ** (count - 1), PAUSE_AFTER_FAULT_MS_MAX) });
      if (count === 1) logger.error({ subject: name, error: error instanceof Error ? error.message : String(error) }, `${about} could not be worked; trying again`);
    }
  };
  const take: Turns<T>['take'] = (subject, { again = false } = {}) => {
    const name = nameOf(subject);
    if (closed || (running.has(name) && !again) || (faults.get(name)?.notBefore ?? 0) > performance.now()) return;
    waiting.set(name, subject);
    start();
  };
  return {
    take,
    every: (pollMs, find) => pollEvery(pollMs, async () => { for (const subject of await find()) take(subject); }, { logger, about }),
    idle: async (deadline) => {
      while (running.size + waiting.size > 0 && performance.now() < deadline) await Promise.race([...running.values(), new Promise((resolve) => setTimeout(resolve, 20))]);
    },
    close: async () => {
      closed = true;
      waiting.clear();
      await Promise.all(running.values());
    },
  };
}

function pollEvery(pollMs: number, look: () => Promise<void>, { logger, about }: { readonly logger: Logger; readonly about: string }): { stop(): Promise<void> } {
  let polling: Promise<void> | null = null, failures = 0, notBefore = 0;
  const tick = (): void => {
    if (polling !== null || performance.now() < notBefore) return;
    polling = look().then(() => { failures = 0; }, (error: unknown) => {
      if (failures++ === 0) logger.warn({ error: error instanceof Error ? error.message : String(error) }, `${about} cannot be looked for; trying again`);
      notBefore = performance.now() + Math.min(PAUSE_AFTER_FAULT_MS * 2 ** failures, PAUSE_AFTER_FAULT_MS_MAX);
    }).finally(() => { polling = null; });
  };
  const timer = setInterval(tick, pollMs);
  tick();
  return {
    stop: async () => {
      clearInterval(timer);
      await polling;
    },
  };
}
