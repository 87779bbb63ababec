/**
 * Turns single calls into batches by the rhythm of the work itself: what arrives while one batch is on its way shares the next.
 * `itemsMax` bounds a batch, `queuedMax` what may wait; a call over it is refused with `QueueFull`. A batch that fails fails all of its calls.
 */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

export function coalesce<T, R>(run: (items: readonly T[]) => Promise<readonly R[]>, limits: { readonly itemsMax: number; readonly queuedMax: number }): (item: T) => Promise<R> {
  type Waiting = { readonly item: T; readonly resolve: (result: R) => void; readonly reject: (error: unknown) => void };
  const queue: Waiting[] = [];
  let working = false;
  const work = async (): Promise<void> => {
    working = true;
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      const batch = queue.splice(0, limits.itemsMax);
      try {
        const results = await run(batch.map((waiting) => waiting.item));
        batch.forEach((waiting, index) => { waiting.resolve(results[index]!); });
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      }
    }
    working = false;
  };
  return (item) => {
    if (queue.length >= limits.queuedMax) return Promise.reject(new QueueFull('too many are waiting'));
    return new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      if (!working) void work();
    });
  };
}
