import { systemClock } from '../../src/platform/clock/index.ts';
import type { Database } from '../../src/platform/database/index.ts';
import { logIn, openBrowser, type Browser } from './browser.ts';
import { startConsoleServer, type ConsoleServer } from './console-server.ts';
import { seedSessions } from './seeded-sessions.ts';
import { seedWorld, type SeededWorld } from './seeded-world.ts';

export type SeededConsole = { readonly world: SeededWorld; readonly server: ConsoleServer; readonly browser: Browser; close(): Promise<void> };

/** A living operator, the console that shows it, and a browser in which its owner is logged in. `furnish` adds what a test needs before the first session. */
export async function openSeededConsole(database: Database, furnish: (world: SeededWorld) => Promise<void>): Promise<SeededConsole> {
  const world = await seedWorld(database, systemClock);
  await furnish(world);
  await seedSessions(database, world, systemClock);
  const server = await startConsoleServer(database, systemClock);
  const browser = await openBrowser();
  const close = async (): Promise<void> => { await browser.close(); await server.close(); };
  // A browser that nobody closes keeps the test's process alive for ever.
  await logIn(browser.page, server.origin).catch(async (error: unknown) => { await close(); throw error; });
  return { world, server, browser, close };
}
