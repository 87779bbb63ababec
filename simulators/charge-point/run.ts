import { liveTimeline, type TimelineOptions } from './timeline.ts';
import type { PlannedSession } from './session.ts';
import type { StationProfile } from './types.ts';

export type RunOptions = TimelineOptions & {
  /** Stations that live at the same time. */
  readonly concurrency: number;
  readonly onStationFailed: (identity: string, error: Error) => void;
};
export const VIRTUAL_TIME = { callTimeoutMs: 30_000, attemptsMax: 3, retryIntervalMs: 200, backOffMs: { first: 50, last: 2_000 }, connectGiveUpMs: 60_000 } as const;
/** OCPP 1.6 §9.1: three attempts, 60 s × number of earlier sends; a station in the field never gives up connecting. */
export const REAL_TIME = { callTimeoutMs: 30_000, attemptsMax: 3, retryIntervalMs: 60_000, backOffMs: { first: 1_000, last: 60_000 }, connectGiveUpMs: Number.POSITIVE_INFINITY } as const;

/** Lives all stations' sessions in virtual time, the longest station first, so that the end is not one station's. */
export async function runStations(stations: readonly { profile: StationProfile; sessions: readonly PlannedSession[] }[], options: RunOptions): Promise<void> {
  const waiting = [...stations].sort((a, b) => b.sessions.length - a.sessions.length);
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await liveTimeline(next.profile, next.sessions, options);
      } catch (error) {
        options.onStationFailed(next.profile.identity, error instanceof Error ? error : new Error(String(error)));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, waiting.length) }, worker));
}
