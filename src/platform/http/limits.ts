/** Every limit of the HTTP door, in one place. */
export const BODY_BYTES_MAX = 1_048_576;
/** Whole request including its body; a slower sender is cut off. */
export const REQUEST_RECEIVE_MS_MAX = 30_000;
/** Time a handler may take before the caller gets `timed_out`. Event streams are exempt. */
export const HANDLER_MS_MAX = 30_000;
/** Per client address, on each node. */
export const REQUESTS_PER_MINUTE_MAX = 3_000;
/** Log-in attempts per client address, on each node; failures are throttled per account besides. */
export const LOG_INS_PER_MINUTE_MAX = 120;
export const PAGE_ITEMS_DEFAULT = 50;
export const PAGE_ITEMS_MAX = 200;
export const CURSOR_LENGTH_MAX = 512;
export const HEADER_TEXT_LENGTH_MAX = 512;
