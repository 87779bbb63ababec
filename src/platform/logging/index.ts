export { boundedSink, fileDrain, LOG_BUFFER_BYTES_MAX, type BoundedSink, type Drain } from './bounded-sink.ts';
export { createLogger, type Logging, type LogLevel } from './create-logger.ts';
export { silentLogger, type LogFields, type Logger } from './logger.ts';
export { redact, REDACTED, redactText } from './redact.ts';
