import type { Clock } from '../kernel/index.ts';
import { systemClock } from '../platform/clock/index.ts';
import type { Config } from '../platform/config/index.ts';
import type { Database } from '../platform/database/index.ts';
import type { Logger } from '../platform/logging/logger.ts';
import { configFor, type Command } from './command.ts';
import { EXIT, type Io } from './io.ts';
import { openSystem, type System } from './open-system.ts';
import { UsageFault, type Parsed } from './options.ts';
import { SERVICES, type RunningService } from './services.ts';

export const ROLES = ['api', 'gateway', 'worker'] as const;
export type Role = (typeof ROLES)[number];

export const startCommand: Command = {
  name: 'start',
  summary: 'Starts Kirchhoff: the embedded PostgreSQL (unless DATABASE_URL is set), then every role, until Ctrl-C.',
  detail: 'An empty database is given a demo operator with living charge points; `--demo never` keeps it empty.\nSeveral processes with one role each need an external PostgreSQL (DATABASE_URL).',
  options: [
    { name: 'role', value: ROLES.join('|'), about: 'Serve this role only; repeat it for several. Default: all.', repeatable: true },
    { name: 'port', value: 'PORT', about: 'Port of the console and the API (default 8080).' },
    { name: 'ocpp-port', value: 'PORT', about: 'Port charge points connect to (default 8081).' },
    { name: 'demo', value: 'auto|never', about: 'Whether an empty database gets the demo.' },
  ],
  exitCodes: { 0: 'stopped by a signal, everything written', 1: 'could not start, or a part failed; the reason is printed' },
  examples: ['kirchhoff start', 'kirchhoff start --port 9000', 'DATABASE_URL=postgres://… kirchhoff start --role gateway'],
  run: start,
};

/** What a service is given; it owns nothing of it. */
export type ServiceContext = { readonly config: Config; readonly database: Database; readonly adminUrl: string; readonly clock: Clock; readonly logger: Logger };

async function start(parsed: Parsed, io: Io): Promise<number> {
  const roles = readRoles(parsed.all('role'));
  const { config } = configFor(io, {
    ...optional('http.port', parsed.text('port')), ...optional('ocpp.port', parsed.text('ocpp-port')), ...optional('demo.mode', parsed.text('demo')),
  });
  const { createLogger } = await import('../platform/logging/index.ts');
  const logging = createLogger({ level: config['log.level'], format: config['log.format'] });
  const stop = stopSignal(io);
  let system: System | undefined;
  const running: { role: Role; service: RunningService }[] = [];
  try {
    system = await openSystem({ config, logger: logging.logger, as: 'serve', name: `start ${roles.join('+')}` });
    if (system.migrated.length > 0) io.out(`database: applied ${system.migrated.length} migrations`);
    const context: ServiceContext = { config, database: system.database, adminUrl: system.adminUrl, clock: systemClock, logger: logging.logger };
    for (const role of roles) {
      if (stop.stopped) break;
      running.push({ role, service: await SERVICES[role](context) });
    }
    for (const { service } of running) for (const line of service.announces) io.out(line);
    if (!stop.stopped) io.out('ready; Ctrl-C stops everything');
    await Promise.race([stop.wait, serverGone(system)]);
    return stop.stopped ? EXIT.ok : EXIT.failed;
  } finally {
    // Newest first: the gateway and the api stop accepting before the worker, the database goes last.
    for (const { service } of running.reverse()) await service.close();
    await system?.close();
    await logging.close();
    stop.forget();
  }
}

function readRoles(given: readonly string[]): Role[] {
  const named = given.flatMap((text) => text.split(','));
  for (const name of named) if (!ROLES.some((role) => role === name)) throw new UsageFault(`there is no role ${name}; there are ${ROLES.join(', ')}`);
  return ROLES.filter((role) => named.length === 0 || named.includes(role));
}

const optional = <const Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> =>
  (value === undefined ? {} : { [name]: value }) as Partial<Record<Name, string>>;

type StopSignal = { readonly stopped: boolean; readonly wait: Promise<void>; forget(): void };

/** Ctrl-C arrives up to three times (terminal, npm, launcher): the first one counts, the others are the same wish. */
function stopSignal(io: Io): StopSignal {
  let stopped = false;
  let resolve: () => void = () => undefined;
  const wait = new Promise<void>((done) => { resolve = done; });
  const onSignal = (): void => {
    if (stopped) return;
    stopped = true;
    io.err('stopping …');
    resolve();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return { get stopped() { return stopped; }, wait, forget: () => { for (const signal of signals) process.off(signal, onSignal); } };
}

const SERVER_WATCH_MS = 2_000;

/** Resolves when the embedded server is gone although nobody stopped it; a supervisor then starts the program anew. */
function serverGone(system: System): Promise<void> {
  const { server } = system;
  if (server === null) return new Promise(() => undefined);
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (server.isRunning()) return;
      clearInterval(timer);
      process.stderr.write('the embedded PostgreSQL is gone; see data/postgres.log\n');
      resolve();
    }, SERVER_WATCH_MS);
    timer.unref();
  });
}
