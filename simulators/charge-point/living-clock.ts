/**
 * The clock that stations live by: behind the wall clock by `since`, running `speed` times as fast until it has caught up, and with
 * the wall clock from then on. So a day of history is there in minutes and no event ever lies in the future.
 */
export type LivingClock = { now(): number; hasCaughtUp(): boolean; sleep(ms: number, wake?: Promise<void>): Promise<void> };
const TIMER_MS_MAX = 60_000;

export function livingClock(options: { sinceMs: number; speed: number; wall?: () => number }): LivingClock {
  const wall = options.wall ?? Date.now;
  const wallStart = wall();
  const now = (): number => Math.min(wall(), wallStart - options.sinceMs + (wall() - wallStart) * options.speed);
  const hasCaughtUp = (): boolean => now() === wall() || wallStart - options.sinceMs + (wall() - wallStart) * options.speed >= wall();
  return {
    now, hasCaughtUp,
    sleep: async (ms, wake) => {
      const until = now() + ms;
      let woken = false;
      void wake?.then(() => { woken = true; });
      while (!woken && now() < until) {
        const wait = Math.min(TIMER_MS_MAX, Math.max(5, (until - now()) / (hasCaughtUp() ? 1 : options.speed)));
        let timer: NodeJS.Timeout | undefined;
        await Promise.race([new Promise<void>((resolve) => { timer = setTimeout(resolve, wait); }), ...(wake ? [wake] : [])]);
        clearTimeout(timer);
      }
    },
  };
}
