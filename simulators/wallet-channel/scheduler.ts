/** What happens later: one heap and one timer however much is waiting, so that a hundred thousand repeats cost memory only. */
export type Scheduler = {
  after(delayMs: number, run: () => void): void;
  /** Brings everything nearer, as if so much time had gone by. */
  advance(ms: number): void;
  waiting(): number;
  close(): void;
};
type Entry = { readonly due: number; readonly order: number; readonly run: () => void };

export function startScheduler(): Scheduler {
  const heap: Entry[] = [];
  let order = 0;
  let ahead = 0;
  let closed = false;
  let timer: NodeJS.Timeout | null = null;
  const now = (): number => performance.now() + ahead;
  const fire = (): void => {
    timer = null;
    for (let budget = 512; budget > 0 && heap.length > 0 && heap[0]!.due <= now(); budget--) pop(heap).run();
    arm();
  };
  const arm = (): void => {
    if (timer) clearTimeout(timer);
    timer = null;
    // Timers hold 32 bits; a repeat in weeks is looked at again after a day.
    if (!closed && heap.length > 0) timer = setTimeout(fire, Math.min(Math.max(0, heap[0]!.due - now()), 86_400_000));
  };
  return {
    after(delayMs, run) {
      if (closed) return;
      const entry = { due: now() + delayMs, order: order++, run };
      push(heap, entry);
      if (heap[0] === entry) arm();
    },
    advance(ms) { ahead += ms; arm(); },
    waiting: () => heap.length,
    close() { closed = true; heap.length = 0; arm(); },
  };
}

const before = (a: Entry, b: Entry): boolean => a.due < b.due || (a.due === b.due && a.order < b.order);

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(entry, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): Entry {
  const top = heap[0]!;
  const last = heap.pop()!;
  if (heap.length > 0) {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
  return top;
}
