/** How long frames are worked before everything else that is ready has its turn. */
const SLICE_MS = 8;

/**
 * Works what comes from the sockets in slices. A thousand sockets that are ready at once would otherwise be served before the next answer of the
 * database is read, and a decision that asks it six times would wait for six such rounds. In the order of arrival; without a queue nothing waits.
 */
export function openIntake(sliceMs: number = SLICE_MS): (work: () => void) => void {
  let waiting: (() => void)[] = [], next = 0;
  let sliceEndsAt: number | null = null;
  const slice = (): void => {
    sliceEndsAt = performance.now() + sliceMs;
    while (next < waiting.length && performance.now() < sliceEndsAt) waiting[next++]!();
    if (next === waiting.length) [waiting, next] = [[], 0];
    // What arrives while the sockets are read has what is left of this slice, and no more before the next one.
    setImmediate(next < waiting.length ? slice : rest);
  };
  const rest = (): void => {
    if (next < waiting.length) slice();
    else sliceEndsAt = null;
  };
  return (work) => {
    if (sliceEndsAt === null) {
      sliceEndsAt = performance.now() + sliceMs;
      setImmediate(rest);
    }
    if (waiting.length === 0 && performance.now() < sliceEndsAt) work();
    else waiting.push(work);
  };
}
