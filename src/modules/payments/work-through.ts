/** How a backlog is worked at a channel: taken in pages, worked with places that stay full, written in pages. Recovery and refunds share it. */

export type Backlog<W, R> = {
  /** Takes at most so many more. One call at a time. */
  readonly take: (countMax: number) => Promise<Taken<W>>;
  /** Works one; how many are on the wire at once is its business (gates). Null when it was not worked after all: it is left. It asks `stopped` before it begins. */
  readonly work: (item: W, stopped: () => boolean) => Promise<R | null>;
  /** Writes what was done, in one transaction. One call at a time. @returns faults that concern single ones, when the others were written; throws when nothing was. */
  readonly write: (done: readonly R[]) => Promise<readonly unknown[]>;
  /** Whether more may be taken after so many; what was taken is worked all the same. */
  readonly goOn: (taken: number) => boolean;
  /** Whether what was taken and not begun is to be left. */
  readonly leave: () => boolean;
};
/** `more`: whether there is more `now`, perhaps `later` when some of these are worked, or `none` at the moment. */
export type Taken<W> = { readonly items: readonly W[]; readonly more: 'now' | 'later' | 'none' };
export type FlowLimits = {
  /** Taken and not yet worked, at most; what is read ahead so that no place stays empty. Bounds memory together with `pageMax`. */
  readonly aheadMax: number;
  /** Written together. */
  readonly pageMax: number;
  /** How long something done may wait for others to be written with it. */
  readonly lingerMs: number;
  /** While slow ones are still worked, how soon to look for others that have become due; null: once there is nothing more, there is nothing more. */
  readonly lookAgainMs: number | null;
  /** Written in the order of taking, and nothing behind one that was left. */
  readonly inOrder?: boolean;
};
export type Worked<W> = {
  readonly taken: number;
  /** Taken and not worked: whoever took them gives them back. */
  readonly left: readonly W[];
  /** Of single ones, and what stopped everything. */
  readonly faults: readonly unknown[];
  /** There is nothing more, and each was worked and written, but for faults of single ones in writing. */
  readonly complete: boolean;
  /** Something could not be written at all, so that what was done since is lost here and is done again. */
  readonly aborted: boolean;
};

type Slot<R> = { done: R | null; settled: boolean };
type Flow<W, R> = {
  readonly slots: Slot<R>[]; readonly done: R[]; readonly left: W[]; readonly faults: unknown[]; readonly bell: Bell;
  outstanding: number; taken: number; reading: boolean; writing: boolean; aborted: boolean; failed: boolean; more: Taken<W>['more']; lookAt: number; doneSince: number;
};

export const page = <W>(items: readonly W[], countMax: number): Taken<W> => ({ items, more: items.length < countMax ? 'none' : 'now' });

/**
 * Works a backlog until it is empty, until it may not go on, or until a fault. The next page is read while others are worked and others are written, so that a slow one takes
 * one place and holds up nobody. Nothing is kept beyond `aheadMax` items and two pages of what is done.
 */
export async function workThrough<W, R>(backlog: Backlog<W, R>, limits: FlowLimits): Promise<Worked<W>> {
  const flow: Flow<W, R> = {
    slots: [], done: [], left: [], faults: [], bell: openBell(), outstanding: 0, taken: 0, reading: false, writing: false, aborted: false, failed: false, more: 'now', lookAt: 0, doneSince: 0,
  };
  for (;;) {
    const now = performance.now();
    if (mayTake(flow, backlog, limits, now)) void take(flow, backlog, limits);
    if (mayWrite(flow, limits, now)) void write(flow, backlog, limits);
    if (!flow.reading && !flow.writing && flow.outstanding === 0 && flow.done.length === 0) break;
    await flow.bell.heard(nextLook(flow, limits, now));
  }
  return { taken: flow.taken, left: flow.left, faults: flow.faults, complete: flow.more === 'none' && flow.left.length === 0 && !flow.failed && !flow.aborted, aborted: flow.aborted };
}

function mayTake<W, R>(flow: Flow<W, R>, { goOn, leave }: Backlog<W, R>, { aheadMax, pageMax, inOrder = false }: FlowLimits, now: number): boolean {
  if (flow.reading || flow.aborted || flow.faults.length > 0 || (inOrder && flow.left.length > 0)) return false;
  if (now < flow.lookAt && !(flow.more === 'later' && flow.outstanding === 0)) return false;
  // Half of what is taken ahead: reads are few, and the places have work meanwhile.
  const room = flow.outstanding === 0 || flow.outstanding <= aheadMax >> 1;
  return room && flow.done.length + flow.slots.length < aheadMax + 2 * pageMax && !leave() && goOn(flow.taken);
}

async function take<W, R>(flow: Flow<W, R>, backlog: Backlog<W, R>, { aheadMax, lingerMs, lookAgainMs, inOrder = false }: FlowLimits): Promise<void> {
  flow.reading = true;
  try {
    const { items, more } = await backlog.take(aheadMax - flow.outstanding);
    flow.taken += items.length;
    flow.more = more;
    flow.lookAt = more === 'now' ? 0 : performance.now() + (more === 'later' ? lingerMs : lookAgainMs ?? Infinity);
    for (const item of items) void work(flow, backlog, item, inOrder);
  } catch (error) {
    flow.faults.push(error);
  }
  flow.reading = false;
  flow.bell.ring();
}

async function work<W, R>(flow: Flow<W, R>, backlog: Backlog<W, R>, item: W, inOrder: boolean): Promise<void> {
  const slot: Slot<R> = { done: null, settled: false };
  if (inOrder) flow.slots.push(slot);
  flow.outstanding++;
  try {
    slot.done = await backlog.work(item, () => flow.aborted || backlog.leave());
    if (slot.done === null) flow.left.push(item);
  } catch (error) {
    flow.failed = true;
    flow.faults.push(error);
  }
  slot.settled = true;
  flow.outstanding--;
  const before = flow.done.length;
  if (!inOrder) { if (slot.done !== null) flow.done.push(slot.done); } else while (flow.slots[0]?.settled === true && flow.slots[0].done !== null) flow.done.push(flow.slots.shift()!.done!);
  // Nothing is written any more: what was under way is done again by whoever has the next lease.
  if (flow.aborted) flow.done.length = 0;
  if (before === 0) flow.doneSince = performance.now();
  flow.bell.ring();
}

function mayWrite<W, R>({ writing, aborted, done, outstanding, doneSince }: Flow<W, R>, { pageMax, lingerMs }: FlowLimits, now: number): boolean {
  return !writing && !aborted && done.length > 0 && (done.length >= pageMax || outstanding === 0 || now - doneSince >= lingerMs);
}

async function write<W, R>(flow: Flow<W, R>, backlog: Backlog<W, R>, { pageMax }: FlowLimits): Promise<void> {
  flow.writing = true;
  try {
    flow.faults.push(...await backlog.write(flow.done.splice(0, pageMax)));
  } catch (error) {
    flow.aborted = true;
    flow.faults.push(error);
  }
  // What is done after that is lost here: nobody may believe it was written.
  if (flow.aborted) flow.done.length = 0;
  flow.doneSince = performance.now();
  flow.writing = false;
  flow.bell.ring();
}

/** @returns in how many milliseconds there is something to do even if nothing happens. */
function nextLook<W, R>(flow: Flow<W, R>, { lingerMs }: FlowLimits, now: number): number {
  const toWrite = flow.done.length > 0 && !flow.writing ? flow.doneSince + lingerMs - now : Infinity, toTake = flow.lookAt > now ? flow.lookAt - now : Infinity;
  return Math.max(1, Math.min(toWrite, toTake));
}

type Bell = { ring(): void; /** Resolves when it was rung since it was last heard, or after so long. */ heard(msMax: number): Promise<void> };
function openBell(): Bell {
  let rung = Promise.withResolvers<void>();
  return {
    ring: () => rung.resolve(),
    heard: async (msMax) => {
      const timer = Number.isFinite(msMax) ? setTimeout(rung.resolve, msMax) : undefined;
      await rung.promise;
      clearTimeout(timer);
      rung = Promise.withResolvers<void>();
    },
  };
}
