import { useEffect, useState } from 'react';

/** The time, renewed now and then; for "3 min ago" and durations of what is still going on. */
export function useNow(everyMs = 15_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => { const timer = setInterval(() => setNow(Date.now()), everyMs); return () => clearInterval(timer); }, [everyMs]);
  return now;
}

/** A charge point that has said nothing for this long counts as offline: three heartbeats of five minutes. */
const SILENT_MS_MAX = 15 * 60_000;
export const isHeard = (lastSeenAt: string | null, now: number): boolean => lastSeenAt !== null && now - Date.parse(lastSeenAt) < SILENT_MS_MAX;
