import { applierLag } from '../modules/ocpp-gateway/index.ts';
import { listOperators } from '../modules/parties/index.ts';
import { topUpWarnings } from '../modules/payments/index.ts';
import { systemClock } from '../platform/clock/index.ts';
import { readMigrations } from '../platform/database/index.ts';
import { growingTables, overdueJobs, readJobStates } from '../platform/jobs/index.ts';
import { countKeysByVersion } from '../platform/personal-data/index.ts';
import { compareSchema } from '../platform/schema-check/index.ts';
import { databaseRoleParts, nodeParts, pressureParts } from './doctor-nodes.ts';
import type { Part } from './doctor-part.ts';
import { channelParts, inboxParts, keysFolderOf, ledgerParts, recoveryParts } from './doctor-payments.ts';
import { SHIPPED_JOBS } from './jobs.ts';
import { withAdmin, type System } from './open-system.ts';

/** Everything that only the database can tell. One part that cannot be examined does not hide the others. */
export async function databaseParts(system: System): Promise<Part[]> {
  const examinations: Readonly<Record<string, (system: System) => Promise<Part[]>>> = {
    database: serverPart, 'database roles': ({ database }) => databaseRoleParts(database.untenanted), migrations: migrationPart, schema: schemaPart, 'master key versions': keyPart,
    nodes: ({ database }) => nodeParts(database.untenanted), pressure: ({ database }) => pressureParts(database.untenanted), jobs: jobParts, ledger: ({ database }) => ledgerParts(database),
    frames: framePart, notifications: ({ database }) => inboxParts(database), recovery: ({ database }) => recoveryParts(database), events: outboxPart, growth: growthPart, 'top-up amounts': topUpPart,
    channels: ({ database, config }) => channelParts(database, { keysFolder: keysFolderOf(config), environment: process.env }),
  };
  const parts: Part[] = [];
  for (const [part, examination] of Object.entries(examinations)) {
    try {
      parts.push(...await examination(system));
    } catch (error) {
      parts.push({ part, state: 'bad', found: error instanceof Error ? error.message : String(error), todo: 'the schema line says whether something is missing' });
    }
  }
  return parts;
}

const SKEW_MS_MAX = 2_000;

async function serverPart({ adminUrl, server }: System): Promise<Part[]> {
  return withAdmin(adminUrl, async (admin) => {
    const { rows: [row] } = await admin.query<{ version: string; connections: number; connections_max: number; now: Date; full_writes: string; commits: string }>(
      `select current_setting('server_version') as version, (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections,
         current_setting('max_connections')::int as connections_max, clock_timestamp() as now, current_setting('full_page_writes') as full_writes, current_setting('synchronous_commit') as commits`);
    const parts: Part[] = [{
      part: 'database', state: 'good',
      found: `PostgreSQL ${row!.version}, ${server ? `embedded, pid ${server.pid}, port ${server.port}${server.adopted ? '' : ' (started for this examination)'}` : 'external'}, ${row!.connections} of ${row!.connections_max} connections`,
    }];
    if (row!.full_writes !== 'on' || row!.commits === 'off') parts.push({ part: 'durability', state: 'bad', found: `full_page_writes = ${row!.full_writes}, synchronous_commit = ${row!.commits}`, todo: 'turn both on: a power cut would lose money' });
    const skewMs = Math.abs(row!.now.getTime() - systemClock.now());
    parts.push(skewMs <= SKEW_MS_MAX ? { part: 'clock', state: 'good', found: `agrees with the database's within ${Math.ceil(skewMs)} ms` } : { part: 'clock', state: 'bad', found: `differs from the database's by ${Math.round(skewMs / 1000)} s`, todo: 'set up time synchronisation (NTP) on both machines' });
    return parts;
  });
}

async function migrationPart({ database }: System): Promise<Part[]> {
  const applied = new Set((await database.untenanted.query<{ name: string }>('select name from platform.migration')).map((row) => row.name));
  const onDisk = await readMigrations();
  const missing = onDisk.filter((migration) => !applied.has(migration.name));
  if (missing.length > 0) return [{ part: 'migrations', state: 'look', found: `${missing.length} not applied yet, first ${missing[0]!.name}`, todo: 'kirchhoff migrate (or start)' }];
  return [{ part: 'migrations', state: 'good', found: `all ${onDisk.length} applied` }];
}

const NAMED_MAX = 10;

async function schemaPart({ adminUrl }: System): Promise<Part[]> {
  const { missing, different } = await withAdmin(adminUrl, (admin) => compareSchema(admin));
  if (missing.length > 0) return [{ part: 'schema', state: 'bad', found: missing.slice(0, NAMED_MAX).map((text) => `schema_incomplete: ${text}`).join('\n'), todo: 'the program does not serve; migrate, restore a backup, or put back what was dropped by hand' }];
  return [different.length === 0 ? { part: 'schema', state: 'good', found: 'complete' } : { part: 'schema', state: 'look', found: different.slice(0, NAMED_MAX).join('\n'), todo: 'nothing is wrong yet; find out who changed it' }];
}

async function keyPart({ database, keys }: System): Promise<Part[]> {
  const counts = await countKeysByVersion(database);
  const lost = [...counts.keys()].filter((version) => keys.key(version) === null);
  if (lost.length > 0) return [{ part: 'personal data', state: 'bad', found: `person keys are wrapped under master key version ${lost.join(', ')}, which this node does not hold`, todo: 'copy master.key from another node or from its saved copy' }];
  const old = [...counts].filter(([version]) => version < keys.current()).reduce((sum, [, count]) => sum + count, 0);
  return [{ part: 'personal data', state: old > 0 ? 'look' : 'good', found: `${[...counts.values()].reduce((sum, count) => sum + count, 0)} person keys, ${old} under older master keys`, ...(old > 0 ? { todo: 'kirchhoff secrets rotate --resume' } : {}) }];
}

async function jobParts({ database }: System): Promise<Part[]> {
  const states = await readJobStates(database.untenanted);
  const overdue = overdueJobs(states, SHIPPED_JOBS, systemClock.now());
  if (overdue.length === 0) return [{ part: 'jobs', state: 'good', found: `${SHIPPED_JOBS.length} jobs, all in time` }];
  return overdue.map((job): Part => ({ part: 'jobs', state: 'look', found: `${job.job} has not succeeded since ${new Date(job.since).toISOString()}${job.lastError === null ? '' : `: ${job.lastError}`}`, todo: 'is a process with the worker role running? Its log says why a job fails' }));
}

const LAG_FRAMES_LOOK = 10_000n;

async function framePart({ database }: System): Promise<Part[]> {
  let behind = 0n;
  for (const { operatorId } of await listOperators(database, 'doctor: how far behind the applier is')) {
    const lag = await applierLag(database.forOperator(operatorId));
    behind += lag.lastSequence - lag.appliedSequence;
  }
  return [{ part: 'frames', state: behind > LAG_FRAMES_LOOK ? 'look' : 'good', found: `${behind} stored frames wait to be worked`, ...(behind > LAG_FRAMES_LOOK ? { todo: 'is a process with the worker role running? More of them share the work' } : {}) }];
}

async function outboxPart({ database }: System): Promise<Part[]> {
  const rows = await database.acrossOperators('doctor: subscribers that are stuck', (tx) =>
    tx.query<{ subscriber: string; operators: bigint; error: string }>('select subscriber, count(*) as operators, min(last_error) as error from platform.outbox_cursor where failures_in_a_row > 0 group by subscriber'));
  if (rows.length === 0) return [{ part: 'events', state: 'good', found: 'no subscriber is stuck' }];
  return rows.map((row): Part => ({ part: 'events', state: 'bad', found: `${row.subscriber} is stuck for ${row.operators} operators: ${row.error}`, todo: 'correct the cause; delivery goes on by itself' }));
}

async function growthPart({ database }: System): Promise<Part[]> {
  const growing = await growingTables(database.untenanted, systemClock.now());
  if (growing.length === 0) return [{ part: 'growth', state: 'good', found: 'no table gained much within a day' }];
  return growing.map((table): Part => ({ part: 'growth', state: 'look', found: `${table.table} grew from ${mb(table.bytesADayBefore)} to ${mb(table.bytes)} MB within a day`, todo: 'is it business, or does a clean-up not run?' }));
}

const mb = (bytes: bigint): string => String(bytes / 1_048_576n);

/** Going live with amounts that nobody chose, or that do not fit together, is found here (C-22). Operators without a live merchant account are not live. */
async function topUpPart({ database }: System): Promise<Part[]> {
  const operators = await listOperators(database, 'doctor looks at what is offered for topping up');
  const wrong: string[] = [];
  let live = 0;
  for (const { operatorId, code } of operators) {
    const warnings = await database.forOperator(operatorId).transaction((tx) => topUpWarnings(tx));
    if (warnings.includes('no_live_account')) continue;
    live += 1;
    if (warnings.length > 0) wrong.push(`${code}: ${warnings.join(', ')}`);
  }
  if (live === 0) return [{ part: 'top-up amounts', state: 'off', found: 'no operator takes live payments' }];
  if (wrong.length === 0) return [{ part: 'top-up amounts', state: 'good', found: `set by each of ${live} operators that take live payments` }];
  return [{ part: 'top-up amounts', state: 'look', found: wrong.slice(0, NAMED_MAX).join('\n'), todo: 'set them under top-up settings before payers see amounts that nobody chose' }];
}
