import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { addMs, MS_PER_SECOND, type Clock, type CurrencyCode, type OperatorId } from '../kernel/index.ts';
import { loadPolicy, sweepSilentSessions } from '../modules/charging/index.ts';
import { startApplier, startGateway } from '../modules/ocpp-gateway/index.ts';
import { loadOperator } from '../modules/parties/index.ts';
import { systemClock } from '../platform/clock/index.ts';
import type { Config } from '../platform/config/index.ts';
import type { Database } from '../platform/database/index.ts';
import { createLogger, silentLogger, type Logger } from '../platform/logging/index.ts';
import type { Io } from './io.ts';
import { openSystem } from './open-system.ts';

/** The real gateway and applier on a database, for stations that are simulated: everything but the HTTP API. */
export type Platform = {
  readonly database: Database;
  readonly clock: Clock;
  /** Where stations connect, without their identity. */
  readonly url: string;
  /** Resolves when every frame that was stored until now has been applied. */
  caughtUp(): Promise<void>;
  /** Closes by evidence what has not said its end, as if the operator's deadline of silence had passed. */
  closeSilent(operatorId: OperatorId): Promise<void>;
  close(): Promise<void>;
};

const CATCH_UP_DEADLINE_MS = 30 * 60 * MS_PER_SECOND;
const SWEEPS_MAX = 10_000;

/** Serves stations on a database that is migrated already. */
export async function servePlatform(database: Database, logger: Logger = silentLogger): Promise<Platform> {
  const clock = systemClock;
  const applier = startApplier({ database, clock, logger });
  const gateway = await startGateway({ database, clock, logger, host: '127.0.0.1', port: 0, onFrames: (operatorIds) => applier.wake(operatorIds) });
  return {
    database, clock, url: `ws://127.0.0.1:${gateway.port}/ocpp`,
    caughtUp: () => applier.drain(CATCH_UP_DEADLINE_MS),
    closeSilent: (operatorId) => closeSilent(database, operatorId, clock),
    close: async () => {
      await gateway.close();
      await applier.close();
    },
  };
}

async function closeSilent(database: Database, operatorId: OperatorId, clock: Clock): Promise<void> {
  const odb = database.forOperator(operatorId);
  const { silenceDeadlineS } = await odb.transaction(async (tx) => loadPolicy(tx, (await loadOperator(tx)).currency as CurrencyCode));
  // Only the sweep is told this time: waiting for it would tell nothing more, because every station has gone.
  const later: Clock = { now: () => addMs(clock.now(), (silenceDeadlineS + 1) * MS_PER_SECOND) };
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep++) {
    if (await odb.transaction((tx) => sweepSilentSessions(tx, { clock: later })) === 0) return;
  }
}

export type StartPlatformOptions = {
  readonly config: Config;
  /** Folder of a scratch database below the data folder; null: the database that the settings name. */
  readonly scratch: string | null;
  /** Begin with an empty scratch database. */
  readonly fresh: boolean;
  /** Throw the scratch database away in the end. */
  readonly discard: boolean;
  readonly name: string;
  readonly io: Io;
};

/** Opens the database, migrates it and serves stations on it. */
export async function startPlatform(options: StartPlatformOptions): Promise<Platform> {
  const folder = options.scratch === null ? null : join(options.config['data.folder'], 'scratch', options.scratch);
  if (folder !== null && options.fresh) await rm(folder, { recursive: true, force: true });
  const config: Config = folder === null ? options.config : { ...options.config, 'data.folder': folder, 'database.url': undefined, 'database.embeddedPort': 0 };
  const logging = createLogger({ level: 'warn', format: 'text' });
  let closing = false;
  // A connection that the pool has let go of may still be there when the server stops; that is no news.
  const logger: Logger = { ...logging.logger, warn: (fields, message) => { if (!closing) logging.logger.warn(fields, message); } };
  const system = await openSystem({ config, logger, as: 'serve', name: options.name });
  const platform = await servePlatform(system.database, logger);
  return {
    ...platform,
    close: async () => {
      await platform.close();
      closing = true;
      await system.close();
      await logging.close();
      if (folder !== null && options.discard) await rm(folder, { recursive: true, force: true });
    },
  };
}
