import { toIso } from '../kernel/index.ts';
import { gatewayMetrics } from '../modules/ocpp-gateway/index.ts';
import { paymentsMetrics } from '../modules/payments/index.ts';
import { systemClock } from '../platform/clock/index.ts';
import { createLogger, type Logging } from '../platform/logging/index.ts';
import { startLiveUpdates, type LiveUpdates } from '../platform/live-updates/index.ts';
import { createMetrics } from '../platform/metrics/index.ts';
import { keepSlowRequests } from '../platform/timings/index.ts';
import { startTelemetry } from '../platform/telemetry/index.ts';
import { configFor, type Command } from './command.ts';
import { demoPassword, ensureDemo, type Demo } from './demo-furnish.ts';
import { startDemoLife } from './demo-life.ts';
import { startDemoPayments } from './demo-payments.ts';
import { DEMO_OPERATOR, DEMO_USERS } from './demo-plan.ts';
import { EXIT, type Io } from './io.ts';
import { startNodeReport } from './node-report.ts';
import { openSystem, type System } from './open-system.ts';
import { openPaymentChannels } from './payment-channels.ts';
import { UsageFault, type Parsed } from './options.ts';
import { choosePort } from './ports.ts';
import { registerPlatformMetrics, ROLES, SERVICES, type Role, type RunningService, type ServiceContext } from './serve-roles.ts';
import { forgetRunning, writeRunning } from './state-files.ts';
import { stopSignal, type StopSignal } from './stop-signal.ts';

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

type Closing = { close(): Promise<void> };

async function start(parsed: Parsed, io: Io): Promise<number> {
  const roles = readRoles(parsed.all('role'));
  const { config, explained } = configFor(io, {
    ...optional('http.port', parsed.text('port')), ...optional('ocpp.port', parsed.text('ocpp-port')), ...optional('demo.mode', parsed.text('demo')),
  });
  const stop = stopSignal(io);
  const logging = createLogger({ level: config['log.level'], format: config['log.format'] });
  /** Closed newest first: what accepts goes before what works, the database last. */
  const parts: Closing[] = [{ close: () => logging.close() }];
  try {
    const telemetry = await startTelemetry({ endpoint: config['telemetry.endpoint'], logger: logging.logger });
    parts.push(telemetry);
    const system = await openSystem({ config, logger: logging.logger, as: 'serve', name: `start ${roles.join('+')}` });
    parts.push(system);
    if (system.migrated.length > 0) io.out(`database           ${system.migrated.length} migrations applied`);
    const live = await startLiveUpdates({ database: system.database, logger: logging.logger });
    parts.push(live);
    const isSet = (name: string): boolean => explained.some((item) => item.name === name && item.source.from !== 'default');
    const context = makeContext({ system, logging, live, stop, isSet, explained });
    parts.push(context.payments.channels);
    await serve(context, { roles, parts, stop, io });
    if (!stop.stopped) io.out('ready              Ctrl-C stops everything');
    await Promise.race([stop.wait, serverGone(system, stop)]);
    return stop.stopped ? EXIT.ok : EXIT.failed;
  } finally {
    for (const part of parts.reverse()) await part.close();
    stop.forget();
  }
}

function makeContext(of: { system: System; logging: Logging; live: LiveUpdates; stop: StopSignal; isSet: (name: string) => boolean; explained: ServiceContext['explained'] }): ServiceContext {
  const { config, database, adminUrl, keys } = of.system;
  const metrics = createMetrics({ processMetrics: true });
  const context: ServiceContext = {
    config, database, adminUrl, keys, clock: systemClock, logging: of.logging, metrics, gatewayMetrics: gatewayMetrics(metrics), live: of.live,
    payments: openPaymentChannels({ config, database, clock: systemClock, logger: of.logging.logger, metrics }),
    paymentsMetrics: paymentsMetrics(metrics, { database, clock: systemClock }),
    isSet: of.isSet, isStopping: () => of.stop.stopped, explained: of.explained, slowRequests: keepSlowRequests(),
  };
  registerPlatformMetrics(context);
  return context;
}

async function serve(context: ServiceContext, of: { roles: readonly Role[]; parts: Closing[]; stop: StopSignal; io: Io }): Promise<void> {
  const { config, database, clock, keys, logging: { logger } } = context;
  const demo = config['demo.mode'] === 'auto' && of.roles.includes('gateway') ? await ensureDemo({ database, clock, keys, dataFolder: config['data.folder'] }) : null;
  context.node = await startNodeReport(context, of.roles);
  of.parts.push(context.node);
  const running: RunningService[] = [];
  const addresses: { api?: string; ocpp?: string } = {};
  for (const role of of.roles) {
    if (of.stop.stopped) return;
    const service = await SERVICES[role](context);
    of.parts.push(service);
    running.push(service);
    if (role !== 'worker' && service.address !== undefined) addresses[role === 'api' ? 'api' : 'ocpp'] = service.address;
  }
  for (const line of running.flatMap((service) => service.announces)) of.io.out(line);
  writeRunning(config['data.folder'], { pid: process.pid, startedAt: toIso(clock.now()), ...addresses });
  of.parts.push({ close: () => Promise.resolve(forgetRunning(config['data.folder'])) });
  if (demo === null || addresses.ocpp === undefined) return;
  of.parts.push(startDemoLife({ demo, database, clock, logger, ocppUrl: addresses.ocpp }));
  const wallets = addresses.api === undefined ? null : await openWallets(demo, context, { api: addresses.api, parts: of.parts });
  announceDemo(demo, context, { io: of.io, wallets });
}

const WALLET_PORT = 8082;
/** Simulated wallets beside the demo, on this machine only. @returns the page on which a person pays. */
async function openWallets(demo: Demo, context: ServiceContext, of: { readonly api: string; readonly parts: Closing[] }): Promise<string> {
  const { database, clock, logging: { logger }, payments } = context;
  const { port: walletPort } = await choosePort({ host: '127.0.0.1', port: WALLET_PORT, asked: false, option: '--port' });
  const notifyOrigin = of.api.replace('localhost', '127.0.0.1');
  const origins = [`http://127.0.0.1:${walletPort}`, notifyOrigin];
  payments.allow(origins);
  of.parts.push(startDemoPayments({ demo, database, clock, logger, channels: payments.channels, keysFolder: payments.keysFolder, notifyOrigin, walletPort }));
  return `http://localhost:${walletPort}`;
}

function announceDemo(demo: Demo, { keys, config }: ServiceContext, { io, wallets }: { readonly io: Io; readonly wallets: string | null }): void {
  io.out(`demo               operator "${DEMO_OPERATOR.code}", log in as`);
  for (const user of DEMO_USERS) io.out(`                   ${user.logInName.padEnd(12)} ${demoPassword(keys, user.logInName)}`);
  if (wallets !== null) io.out(`wallets            ${wallets} is the telephone: "scan" and pay open orders there, no real money`);
  if (demo.createdNow) io.out('                   the past three days are being lived now, as fast as it goes');
  if (config['http.host'] !== '127.0.0.1') io.out('                   these log-ins are for this machine: do not leave a demo open to a network');
}

function readRoles(given: readonly string[]): Role[] {
  const named = given.flatMap((text) => text.split(','));
  for (const name of named) if (!ROLES.some((role) => role === name)) throw new UsageFault(`there is no role ${name}; there are ${ROLES.join(', ')}`);
  return ROLES.filter((role) => named.length === 0 || named.includes(role));
}

const optional = <const Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> =>
  (value === undefined ? {} : { [name]: value }) as Partial<Record<Name, string>>;

const SERVER_WATCH_MS = 2_000;

/** Resolves when the embedded server is gone although nobody stopped it; a supervisor then starts the program anew. */
function serverGone({ server, config }: System, stop: StopSignal): Promise<void> {
  if (server === null) return new Promise(() => undefined);
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (server.isRunning() && !stop.stopped) return;
      clearInterval(timer);
      if (stop.stopped) return;
      process.stderr.write(`the embedded PostgreSQL is gone; see ${config['data.folder']}/postgres.log\n`);
      resolve();
    }, SERVER_WATCH_MS);
    timer.unref();
  });
}
