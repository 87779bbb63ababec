import type { Clock } from '../kernel/index.ts';
import { writePacks } from '../modules/conformance/index.ts';
import { startApplier, startGateway, type Applier, type GatewayMetrics } from '../modules/ocpp-gateway/index.ts';
import { listOperators } from '../modules/parties/index.ts';
import { openInbox, registerNotifyRoute, startPayments, type PaymentsMetrics, type RunningPayments } from '../modules/payments/index.ts';
import { workImports } from '../modules/imports/index.ts';
import { workBulk } from '../modules/repair/index.ts';
import { writeExports } from '../modules/reporting/index.ts';
import type { Config, Explained } from '../platform/config/index.ts';
import { roleUrls, type Database } from '../platform/database/index.ts';
import { registerHealthRoutes, type Probe } from '../platform/health/index.ts';
import { overdueJobs, readJobStates, startJobs, type JobContext } from '../platform/jobs/index.ts';
import type { LiveUpdates } from '../platform/live-updates/index.ts';
import type { Logging } from '../platform/logging/index.ts';
import { registerMetricsRoute, type Metrics } from '../platform/metrics/index.ts';
import type { NodeReport } from '../platform/nodes/index.ts';
import { startDelivery } from '../platform/outbox/index.ts';
import type { MasterKeys } from '../platform/secrets/index.ts';
import type { SlowRequests } from '../platform/timings/index.ts';
import { composeApi } from './api.ts';
import { registerConsole } from './console.ts';
import { jobsWith, SHIPPED_JOBS, SUBSCRIBERS } from './jobs.ts';
import type { PaymentChannels } from './payment-channels.ts';
import { PAYMENT_PURPOSES } from './payment-purposes.ts';
import { choosePort } from './ports.ts';
import { REPAIR_SUBJECTS } from './repair-subjects.ts';

export const ROLES = ['worker', 'api', 'gateway'] as const;
export type Role = (typeof ROLES)[number];

/** What a service is given; it owns nothing of it. */
export type ServiceContext = {
  readonly config: Config;
  readonly database: Database;
  readonly adminUrl: string;
  readonly keys: MasterKeys;
  readonly clock: Clock;
  readonly logging: Logging;
  readonly metrics: Metrics;
  readonly gatewayMetrics: GatewayMetrics;
  readonly live: LiveUpdates;
  readonly payments: PaymentChannels;
  readonly paymentsMetrics: PaymentsMetrics;
  /** Whether somebody set this, or it is the default. */
  readonly isSet: (name: keyof Config) => boolean;
  readonly isStopping: () => boolean;
  /** Every setting with where it was set: what the nodes compare. */
  readonly explained: readonly Explained[];
  /** Requests that took long, on their way to the table. */
  readonly slowRequests: SlowRequests;
  /** This process among the others, once it has said what it is. */
  node?: NodeReport;
  /** The applier of this process, once the worker role started one. */
  applier?: Applier;
  /** The background of payments in this process, once the worker role started it. */
  runningPayments?: RunningPayments;
};

/** A part that serves; `close` stops accepting, lets what is under way finish within its own limit, and resolves. */
export type RunningService = { readonly announces: readonly string[]; readonly address?: string; close(): Promise<void> };

/** How each role is started, in the order in which they start; they are closed in the reverse order. */
export const SERVICES: Readonly<Record<Role, (context: ServiceContext) => Promise<RunningService>>> = { worker: startWorker, api: startApi, gateway: startGatewayService };

async function startWorker(context: ServiceContext): Promise<RunningService> {
  const { config, database, clock, logging: { logger } } = context;
  const operators = async () => (await listOperators(database, 'jobs and delivery go through all operators')).map((operator) => operator.operatorId);
  const jobContext: JobContext = { database, clock, logger, operators };
  const applier = startApplier({ database, clock, logger, metrics: context.gatewayMetrics });
  context.applier = applier;
  const payments = startPayments({ database, channels: context.payments.channels, clock, logger, metrics: context.paymentsMetrics, purposes: PAYMENT_PURPOSES });
  context.runningPayments = payments;
  const delivery = startDelivery({ database, operators, subscribers: SUBSCRIBERS, logger });
  // Wrong numbers and keys show at start and not with the first payer (P-18); nothing waits for the channels' answers.
  const probed = context.payments.channels.probeAll('system').catch((error: unknown) => logger.error({ error }, 'asking the payment channels about the merchant accounts failed'));
  const jobs = await startJobs({ ...jobContext, jobs: jobsWith(context.payments.channels), concurrency: config['jobs.concurrency'], appUrl: roleUrls(context.adminUrl, context.keys.rolesKey()).app });
  return {
    announces: [],
    close: async () => {
      await jobs.close();
      await delivery.close();
      await applier.close();
      await payments.close();
      await probed;
    },
  };
}

async function startApi(context: ServiceContext): Promise<RunningService> {
  const { config, database, clock, logging: { logger }, metrics, live } = context;
  const api = await composeApi({
    database, clock, logger, live, payments: context.payments, slowRequests: context.slowRequests, publicOrigin: config['http.publicOrigin'] ?? null, trustedProxies: config['http.trustedProxies']?.split(',') ?? [],
    wakeExports: (operatorId) => {
      const goOn = (): boolean => !context.isStopping();
      Promise.all([writeExports(database.forOperator(operatorId), { clock, goOn }), writePacks(database.forOperator(operatorId), { clock, goOn })]).catch((error: unknown) => logger.error({ operatorId, error }, 'a file could not be written; the job tries again'));
    },
    wakeBulkRepairs: (operatorId) => {
      workBulk(database.forOperator(operatorId), { subjects: REPAIR_SUBJECTS, clock, goOn: () => !context.isStopping() }).catch((error: unknown) => logger.error({ operatorId, error }, 'a bulk repair stopped; the job goes on with it'));
    },
    wakeImports: (operatorId) => {
      workImports(database.forOperator(operatorId), { clock, signal: { get aborted() { return context.isStopping(); } } }).catch((error: unknown) => logger.error({ operatorId, error }, 'an import stopped; the job goes on with it'));
    },
  });
  const inbox = openInbox({ database, channels: context.payments.channels, clock, logger, metrics: context.paymentsMetrics, onStored: (operatorIds) => context.runningPayments?.wake(operatorIds) });
  registerNotifyRoute(api.server, { inbox, database, clock });
  registerHealthRoutes(api.server, { probes: probes(context), isStopping: context.isStopping, drift: () => context.node?.drift().map(({ what }) => what) ?? [] });
  registerMetricsRoute(api.server, { metrics, token: config['metrics.token'] });
  const hasConsole = await registerConsole(api.server);
  const wanted = { host: config['http.host'], port: config['http.port'], asked: context.isSet('http.port'), option: '--port' };
  const chosen = await choosePort(wanted);
  const address = (await api.server.listen({ host: wanted.host, port: chosen.port })).replace('127.0.0.1', 'localhost');
  return {
    address,
    announces: [
      ...(chosen.replaced ? [`port ${wanted.port} is in use by another program, so ${chosen.port} is taken instead (--port chooses)`] : []),
      hasConsole ? `console            ${address}` : `API                ${address}/docs (the console is not built)`,
    ],
    close: async () => {
      await api.server.close();
      await inbox.close();
    },
  };
}

async function startGatewayService(context: ServiceContext): Promise<RunningService> {
  const { config, database, clock, logging: { logger } } = context;
  const wanted = { host: config['ocpp.host'], port: config['ocpp.port'], asked: context.isSet('ocpp.port'), option: '--ocpp-port' };
  const chosen = await choosePort(wanted);
  const gateway = await startGateway({
    database, clock, logger, metrics: context.gatewayMetrics, host: wanted.host, port: chosen.port, ...(context.applier ? { onFrames: context.applier.wake } : {}),
  });
  const address = `ws://${wanted.host === '127.0.0.1' ? 'localhost' : wanted.host}:${gateway.port}/ocpp`;
  return {
    address,
    announces: [
      ...(chosen.replaced ? [`port ${wanted.port} is in use by another program, so ${gateway.port} is taken instead (--ocpp-port chooses)`] : []),
      `charge points      ${address}/{chargePointId}`,
    ],
    close: () => gateway.close(),
  };
}

/** What has to work for this process to be sent work. */
const probes = ({ database }: ServiceContext): Probe[] => [
  { name: 'database', check: async () => void await database.untenanted.query('select 1') },
  { name: 'inbox', check: async () => void await database.inbox.query('select 1') },
];

/** Figures that are read from the database at each scrape, of all processes together. */
export function registerPlatformMetrics({ metrics, database, clock, logging }: Pick<ServiceContext, 'metrics' | 'database' | 'clock' | 'logging'>): void {
  metrics.gauge('kirchhoff_job_overdue', 'Jobs of this release that have not succeeded for too long: 1 is an alert.', ['job'], async (gauge) => {
    const overdue = new Set(overdueJobs(await readJobStates(database.untenanted), SHIPPED_JOBS, clock.now()).map((job) => job.job));
    for (const job of SHIPPED_JOBS) gauge.set({ job: job.name }, overdue.has(job.name) ? 1 : 0);
  });
  metrics.gauge('kirchhoff_table_bytes', 'Size of each table with its indexes, as last measured.', ['table'], async (gauge) => {
    const rows = await database.untenanted.query<{ table_name: string; bytes: bigint }>('select distinct on (table_name) table_name, bytes from platform.job_table_size order by table_name, measured_at desc');
    for (const row of rows) gauge.set({ table: row.table_name }, Number(row.bytes));
  });
  metrics.gauge('kirchhoff_log_lines_dropped', 'Log lines that did not fit because the log was slow.', [], (gauge) => gauge.set(logging.dropped()));
}
