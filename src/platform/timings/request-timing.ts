import { AsyncLocalStorage } from 'node:async_hooks';
import { stalledMs } from './loop-watch.ts';
import { openSpan } from './spans.ts';

/** pool: for a free connection; query: for the database's answer; channel: for a payment channel's answer. */
export const WAIT_KINDS = ['pool', 'query', 'channel'] as const;
export type WaitKind = (typeof WAIT_KINDS)[number];
/** More names than these in one request are counted under one. */
export const NAMES_PER_REQUEST_MAX = 40;
const OTHERS = 'others';

export type Wait = { readonly kind: WaitKind; readonly name: string; readonly count: number; readonly us: number };
/**
 * Where a request's time went, in µs. `loopUs`: the event loop was held up, by this request or another, while this one waited for nothing else. The kinds are wall-clock time:
 * three queries at once for a second are one second. `handlerUs` is the rest: the program's own work, and what it waited for that is none of these.
 */
export type Breakdown = {
  readonly totalUs: number; readonly loopUs: number; readonly poolUs: number; readonly queryUs: number; readonly channelUs: number; readonly handlerUs: number; readonly waits: readonly Wait[];
};

type Meter = { open: number; since: number; total: number };
/** The time of one request as it is being measured. */
export type RequestTiming = {
  readonly startedMs: number; readonly stalledAtStart: number;
  readonly meters: Record<WaitKind, Meter>;
  /** Waiting for anything at all, and the part of it in which the loop was held up too. */
  readonly any: Meter; stalledInside: number; stalledSince: number;
  readonly names: Map<string, { kind: WaitKind; name: string; count: number; ms: number }>;
};

const current = new AsyncLocalStorage<RequestTiming>();
const meter = (): Meter => ({ open: 0, since: 0, total: 0 });

export const openTiming = (): RequestTiming => ({
  startedMs: performance.now(), stalledAtStart: stalledMs(), meters: { pool: meter(), query: meter(), channel: meter() }, any: meter(), stalledInside: 0, stalledSince: 0, names: new Map(),
});

/** Runs `work` so that what it waits for is counted to `timing`. */
export const measuring = <T>(timing: RequestTiming, work: () => T): T => current.run(timing, work);

const NOTHING = (): void => undefined;

/**
 * Something is waited for from now until the returned function is called. Outside a request, and without traces, it costs a look.
 * @param name a statement's or a call's own name, never a value.
 */
export function beginWait(kind: WaitKind, name: string): (failed?: boolean) => void {
  const timing = current.getStore();
  const span = openSpan(kind === 'pool' ? 'wait for a connection' : name, { 'kirchhoff.waits_for': kind });
  if (timing === undefined) return span === null ? NOTHING : (failed = false) => span.end(failed);
  const startedMs = performance.now();
  begin(timing.meters[kind], startedMs);
  if (timing.any.open === 0) timing.stalledSince = stalledMs();
  begin(timing.any, startedMs);
  let over = false;
  return (failed = false) => {
    if (over) return;
    over = true;
    const now = performance.now();
    end(timing.meters[kind], now);
    end(timing.any, now);
    if (timing.any.open === 0) timing.stalledInside += stalledMs() - timing.stalledSince;
    count(timing, { kind, name, ms: now - startedMs });
    span?.end(failed);
  };
}

function begin(meter: Meter, now: number): void {
  if (meter.open++ === 0) meter.since = now;
}

function end(meter: Meter, now: number): void {
  if (--meter.open === 0) meter.total += now - meter.since;
}

function count(timing: RequestTiming, { kind, name, ms }: { kind: WaitKind; name: string; ms: number }): void {
  const key = `${kind} ${name}`;
  const known = timing.names.get(key);
  if (known === undefined && timing.names.size >= NAMES_PER_REQUEST_MAX && name !== OTHERS) return count(timing, { kind, name: OTHERS, ms });
  const entry = known ?? { kind, name, count: 0, ms: 0 };
  entry.count += 1;
  entry.ms += ms;
  timing.names.set(key, entry);
}

const us = (ms: number): number => Math.max(0, Math.round(ms * 1_000));

/** What `timing` holds by now; a wait that is still under way counts as far as it has come. */
export function closeTiming(timing: RequestTiming): Breakdown {
  const now = performance.now();
  const soFar = ({ open, since, total }: Meter): number => total + (open > 0 ? now - since : 0);
  const totalMs = now - timing.startedMs;
  const stalledInside = timing.stalledInside + (timing.any.open > 0 ? stalledMs() - timing.stalledSince : 0);
  const loopMs = Math.min(Math.max(0, stalledMs() - timing.stalledAtStart - stalledInside), totalMs);
  const { pool, query, channel } = timing.meters;
  return {
    totalUs: us(totalMs), loopUs: us(loopMs), poolUs: us(soFar(pool)), queryUs: us(soFar(query)), channelUs: us(soFar(channel)), handlerUs: us(totalMs - soFar(timing.any) - loopMs),
    waits: [...timing.names.values()].sort((a, b) => b.ms - a.ms).map(({ kind, name, count: times, ms }) => ({ kind, name, count: times, us: us(ms) })),
  };
}
