import { write } from 'node:fs';

/** Where lines go in the end; calls back when it can take more. */
export type Drain = (text: string, done: (error?: Error | null) => void) => void;

export type BoundedSink = {
  write(line: string): void;
  /** Lines that did not fit since the start. */
  dropped(): number;
  /** Writes what is waiting, for at most `waitMsMax`. */
  flush(waitMsMax: number): Promise<void>;
};

export const LOG_BUFFER_BYTES_MAX = 4 * 1024 * 1024;
const CHUNK_BYTES_MAX = 64 * 1024;

/**
 * Takes lines without ever waiting for the device: they are handed on one chunk at a time, and while the device is slow they wait in a
 * bounded buffer; what does not fit is counted, not kept, and the count is written as soon as there is room (D-10).
 */
export function boundedSink(drain: Drain, bytesMax: number = LOG_BUFFER_BYTES_MAX): BoundedSink {
  let waiting: string[] = [];
  let waitingBytes = 0, droppedTotal = 0, droppedUntold = 0, busy = false;
  let onIdle: (() => void)[] = [];
  const next = (): void => {
    if (waiting.length === 0) {
      busy = false;
      for (const wake of onIdle.splice(0)) wake();
      return;
    }
    busy = true;
    let chunk = '', count = 0;
    while (count < waiting.length && chunk.length < CHUNK_BYTES_MAX) chunk += waiting[count++];
    waiting = waiting.slice(count);
    waitingBytes -= chunk.length;
    if (droppedUntold > 0) chunk += dropNotice(droppedUntold);
    droppedUntold = 0;
    // A sink that fails (a closed pipe) must not take the program with it; its lines count as dropped.
    drain(chunk, (error) => { if (error) droppedTotal += count; next(); });
  };
  return {
    write: (line) => {
      if (waitingBytes + line.length > bytesMax) {
        droppedTotal += 1;
        droppedUntold += 1;
        return;
      }
      waiting.push(line);
      waitingBytes += line.length;
      if (!busy) { busy = true; setImmediate(next); }
    },
    dropped: () => droppedTotal,
    flush: (waitMsMax) => new Promise((resolve) => {
      if (!busy) return resolve();
      const timer = setTimeout(resolve, waitMsMax);
      onIdle = [...onIdle, () => { clearTimeout(timer); resolve(); }];
    }),
  };
}

const dropNotice = (count: number): string =>
  `${JSON.stringify({ level: 'warn', at: new Date().toISOString(), message: 'log lines were dropped because the log was slow', count })}\n`;

/** A file descriptor, written by the thread pool: a stuck device holds one of its threads and nothing else. */
export function fileDrain(fd: number): Drain {
  return (text, done) => {
    const bytes = Buffer.from(text);
    const rest = (offset: number): void => {
      write(fd, bytes, offset, bytes.length - offset, null, (error, written) => {
        // A non-blocking pipe that is full says so at once; asking again a little later is what waiting means there.
        if (error?.code === 'EAGAIN') return void setTimeout(rest, 20, offset);
        if (error || offset + written >= bytes.length) return done(error);
        rest(offset + written);
      });
    };
    rest(0);
  };
}
