import { composeApi } from '../../src/entrypoints/api.ts';
import { registerConsole } from '../../src/entrypoints/console.ts';
import type { Clock } from '../../src/kernel/index.ts';
import type { Database } from '../../src/platform/database/index.ts';
import { startLiveUpdates } from '../../src/platform/live-updates/index.ts';
import { silentLogger } from '../../src/platform/logging/logger.ts';

export type ConsoleServer = { readonly origin: string; close(): Promise<void> };

/** The API with the built console on it, as the program serves them, on a free port of this machine. */
export async function startConsoleServer(database: Database, clock: Clock, port = 0): Promise<ConsoleServer> {
  const live = await startLiveUpdates({ database, logger: silentLogger });
  const api = await composeApi({ database, clock, logger: silentLogger, live });
  const served = await registerConsole(api.server);
  if (!served) throw new Error('web/dist is not there: run `npm run build` in web/ first');
  await api.server.listen({ host: '127.0.0.1', port });
  const address = api.server.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return { origin: `http://127.0.0.1:${address.port}`, close: async () => { await api.server.close(); await live.close(); } };
}
