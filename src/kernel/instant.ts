import type { Branded } from './brand.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. Event time (what a message says) and record time (when it was stored) are two columns. */
export type Instant = Branded<number, 'Instant'>;

export const instant = (epochMs: number): Instant => epochMs as Instant;
export const addMs = (from: Instant, ms: number): Instant => (from + ms) as Instant;
export const MS_PER_SECOND = 1_000;
export const MS_PER_MINUTE = 60_000;
export const MS_PER_HOUR = 3_600_000;
export const MS_PER_DAY = 86_400_000;

/** The clock is passed in, so that a simulation can run weeks in minutes. */
export type Clock = { now(): Instant };
