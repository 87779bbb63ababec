import { pino } from 'pino';
import { boundedSink, fileDrain, LOG_BUFFER_BYTES_MAX, type Drain } from './bounded-sink.ts';
import { formatLine } from './format-line.ts';
import type { Logger } from './logger.ts';
import { redact, redactText } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type Logging = {
  readonly logger: Logger;
  readonly dropped: () => number;
  /** Writes what is waiting, at most a second. */
  close(): Promise<void>;
};

const CLOSE_WAIT_MS_MAX = 1_000;

/** The program's log on standard error: structured, redacted, and never in the way of the work that logs. */
export function createLogger(options: { readonly level: LogLevel; readonly format: 'text' | 'json'; readonly drain?: Drain; readonly bufferBytesMax?: number }): Logging {
  const sink = boundedSink(options.drain ?? fileDrain(2), options.bufferBytesMax ?? LOG_BUFFER_BYTES_MAX);
  const write = options.format === 'json' ? sink.write : (line: string) => sink.write(formatLine(line));
  const logger = pino({
    level: options.level,
    base: null,
    messageKey: 'message',
    timestamp: () => `,"at":"${new Date().toISOString()}"`,
    formatters: { level: (level) => ({ level }), log: (fields) => redact(fields) as Record<string, unknown> },
    hooks: {
      logMethod(args, method) {
        const [first, second, ...rest] = args;
        return typeof second === 'string' ? method.apply(this, [first, redactText(second), ...rest]) : method.apply(this, args);
      },
    },
  }, { write });
  return { logger: wrap(logger), dropped: sink.dropped, close: () => sink.flush(CLOSE_WAIT_MS_MAX) };
}

function wrap(logger: pino.Logger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(redact(fields) as Record<string, unknown>)),
  };
}
