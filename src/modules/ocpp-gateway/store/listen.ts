import pg from 'pg';
import type { Logger } from '../../../platform/logging/logger.ts';

const RECONNECT_PAUSE_MS = 2_000;

/**
 * Hears notifications on a connection of its own (one of the pool's would be missing there for good), made anew when it breaks.
 * A notification is a hint that saves waiting for the next poll; nothing may depend on it.
 * @param listening called each time the connection stands: what was said before it did has to be looked up.
 */
export function listen(pool: pg.Pool, logger: Logger, channels: readonly string[], hear: (channel: string, payload: string) => void, listening: () => void = () => undefined): { stop(): Promise<void> } {
  let stopped = false;
  let wake: () => void = () => undefined;
  const run = async (): Promise<void> => {
    while (!stopped) {
      const client = new pg.Client(pool.options);
      try {
        const broken = new Promise<void>((resolve) => {
          wake = resolve;
          client.on('error', () => { resolve(); }).on('end', () => { resolve(); });
        });
        client.on('notification', (message) => { hear(message.channel, message.payload ?? ''); });
        await client.connect();
        for (const channel of channels) await client.query(`listen ${channel}`);
        if (!stopped) {
          listening();
          await broken;
        }
      } catch (error) {
        logger.debug({ error: error instanceof Error ? error.message : String(error) }, 'not listening for notifications');
      } finally {
        await client.end().catch(() => undefined);
      }
      if (!stopped) await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, RECONNECT_PAUSE_MS);
        wake = () => { clearTimeout(timer); resolve(); };
      });
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopped = true;
      wake();
      await running;
    },
  };
}
