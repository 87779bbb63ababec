export { noteCommit, takeCommitTimes, type CommitTimes } from './commit-times.ts';
export { stalledMs, takeLoopDelay, watchEventLoop } from './loop-watch.ts';
export { beginWait, closeTiming, measuring, NAMES_PER_REQUEST_MAX, openTiming, WAIT_KINDS, type Breakdown, type RequestTiming, type Wait, type WaitKind } from './request-timing.ts';
export { keepSlowRequests, SLOW_MS_DEFAULT, SLOW_WAITING_MAX, type SlowRequest, type SlowRequests } from './slow-requests.ts';
export { below, inSpan, installSpans, openSpan, type OpenSpan, type SpanMaker } from './spans.ts';
export { statementName } from './statement-name.ts';
