import type { Io } from './io.ts';

export type StopSignal = { readonly stopped: boolean; readonly wait: Promise<void>; forget(): void };

/** Ctrl-C arrives up to three times (terminal, npm, launcher): the first one counts, the others are the same wish. */
export function stopSignal(io: Io): StopSignal {
  let stopped = false;
  let resolve: () => void = () => undefined;
  const wait = new Promise<void>((done) => { resolve = done; });
  const onSignal = (): void => {
    if (stopped) return;
    stopped = true;
    io.err('stopping …');
    resolve();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return { get stopped() { return stopped; }, wait, forget: () => { for (const signal of signals) process.off(signal, onSignal); } };
}
