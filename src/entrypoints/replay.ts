import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { OperatorId } from '../kernel/index.ts';
import { configFor, type Command } from './command.ts';
import { EXIT, type Io } from './io.ts';
import { UsageFault, type Parsed } from './options.ts';
import { auditSummary, type AuditSummary } from './simulate-audit.ts';
import { bookedSessions } from './simulate-books.ts';
import { furnishFleet, type FleetPlan } from './simulate-fleet.ts';
import { startPlatform, type Platform } from './simulate-platform.ts';
import { runStations, type SimulatedStation } from './simulate-stations.ts';
import { countOutcomes, isFinished, outcomesOf, plainTable, type RowOutcome } from './replay-outcome.ts';
import { planReplay, type PlannedStation, type ReplayPlan } from './replay-plan.ts';
import { progressBar } from './replay-progress.ts';
import { readReplayTable, type ReplayTable } from './replay-table.ts';

export const replayCommand: Command = {
  name: 'replay',
  summary: 'Lives the charging sessions of a table again: simulated charge points, OCPP over the wire, the real gateway, bills, and an audit.',
  detail: 'Each row ends billed, flagged, or not_replayable with a code. Event time is the table\'s, record time is now. Without --database a scratch\n'
    + 'database below the data folder is used; the same command again goes on where the last one was interrupted.',
  words: [{ name: 'FILE', about: 'the table (CSV)' }],
  options: [
    { name: 'mapping', value: 'FILE', about: 'Which column means what, zone and currency; see simulators/session-table.' },
    { name: 'database', value: 'URL', about: 'An own PostgreSQL instead of the scratch one: postgres://user:password@host:port/database.' },
    { name: 'limit', value: 'N', about: 'Only the first N rows.' },
    { name: 'readings', value: 'N', about: 'Meter readings between start and stop, at most (default 4).' },
    { name: 'power-kw', value: 'KW', about: 'Rated power of the connectors, which tables do not tell (default 50).' },
    { name: 'concurrency', value: 'N', about: 'Charge points that live at the same time (default 250).' },
    { name: 'report', value: 'FILE', about: 'Write counts, figures and every row\'s outcome as JSON.' },
    { name: 'json', about: 'Print the summary as JSON.' },
    { name: 'fresh', about: 'Begin again with an empty scratch database.' },
  ],
  exitCodes: { 0: 'every row is accounted for and the books balance', 1: 'a row is lost or billed wrongly, or the books do not balance', 130: 'interrupted; run it again to go on' },
  examples: ['kirchhoff replay sessions.csv --mapping simulators/session-table/mappings/dundee.json', 'kirchhoff replay sessions.csv --mapping mine.json --limit 500 --report out.json'],
  run: replay,
};

type Settings = { readonly file: string; readonly limit: number; readonly readingsMax: number; readonly powerW: number; readonly concurrency: number };
type Lived = { readonly sessions: number; readonly seconds: number; readonly interrupted: boolean; readonly problems: readonly string[] };

async function replay(parsed: Parsed, io: Io): Promise<number> {
  const file = resolve(parsed.words[0]!);
  const mappingFile = parsed.text('mapping');
  if (mappingFile === undefined) throw new UsageFault('replay needs --mapping FILE: which column of the table means what');
  const table = await readReplayTable(file, resolve(mappingFile), whole(parsed, 'limit', Number.MAX_SAFE_INTEGER));
  const settings: Settings = {
    file, limit: table.rows.length, readingsMax: whole(parsed, 'readings', 4), concurrency: whole(parsed, 'concurrency', 250),
    powerW: 1_000 * whole(parsed, 'power-kw', 50),
  };
  const plan = planReplay(table.rows, { prefix: table.prefix, readingsMax: settings.readingsMax });
  io.err(`${table.rows.length} rows: ${plan.rows.length} sessions at ${plan.stations.length} charge points, ${plan.notReplayable.length} not replayable`);
  const ending = new AbortController();
  const interrupt = (): void => ending.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const { config } = configFor(io, parsed.has('database') ? { 'database.url': parsed.text('database')! } : {});
  const platform = await startPlatform({ config, scratch: parsed.has('database') ? null : join('replay', table.prefix), fresh: parsed.has('fresh'), discard: false, name: `replay ${basename(file)}`, io });
  try {
    const operatorId = await furnishFleet(platform.database, fleetOf(table, plan, settings), platform);
    const lived = await liveRows(platform, operatorId, plan, { settings, io, signal: ending.signal });
    if (lived.interrupted) {
      io.err(`interrupted; the same command goes on from here`);
      return EXIT.interrupted;
    }
    return await conclude(platform, operatorId, { plan, lived, table, settings, parsed, io });
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await platform.close();
  }
}

/** Lives the rows that the books do not have yet, and waits until everything said is in the books. */
async function liveRows(platform: Platform, operatorId: OperatorId, plan: ReplayPlan, run: { settings: Settings; io: Io; signal: AbortSignal }): Promise<Lived> {
  const finished = new Set(outcomesOf(plan, await bookedSessions(platform.database, operatorId)).filter(isFinished).map((outcome) => outcome.rowNumber));
  const rows = plan.rows.filter((row) => !finished.has(row.rowNumber));
  if (rows.length < plan.rows.length) run.io.err(`${plan.rows.length - rows.length} sessions are in the books already and are not lived twice`);
  const startedAt = performance.now();
  const bar = progressBar('living', rows.length);
  const problems: string[] = [];
  let sessions = 0;
  const code = rows.length === 0 ? 0 : await runStations({
    url: platform.url, stations: plan.stations.map((station) => simulated(station, run.settings.powerW)), script: rows.map((row) => row.session),
    options: ['--concurrency', String(run.settings.concurrency)], signal: run.signal,
    onLived: (session) => { bar.update(++sessions); if (session.discarded > 0) problems.push(`${session.session}: ${session.discarded} messages were refused three times`); },
    onProblem: (line) => { problems.push(line); run.io.err(line); },
  });
  bar.end();
  if (code === null || run.signal.aborted) return { sessions, seconds: 0, interrupted: true, problems };
  await platform.caughtUp();
  await platform.closeSilent(operatorId);
  return { sessions, seconds: (performance.now() - startedAt) / 1_000, interrupted: false, problems };
}

type Conclusion = { readonly plan: ReplayPlan; readonly lived: Lived; readonly table: ReplayTable; readonly settings: Settings; readonly parsed: Parsed; readonly io: Io };

async function conclude(platform: Platform, operatorId: OperatorId, { plan, lived, table, settings, parsed, io }: Conclusion): Promise<number> {
  const outcomes = outcomesOf(plan, await bookedSessions(platform.database, operatorId));
  const counts = countOutcomes(outcomes);
  const total = (outcome: RowOutcome['outcome']): number => counts.filter((count) => count.outcome === outcome).reduce((sum, count) => sum + count.rows, 0);
  const audit = await auditSummary(platform, operatorId);
  const unaccounted = table.rows.length - total('billed') - total('flagged') - total('not_replayable');
  const summary = {
    file: basename(settings.file), rows: table.rows.length, billed: total('billed'), flagged: total('flagged'), notReplayable: total('not_replayable'), unaccounted,
    sessionsLived: lived.sessions, seconds: Math.round(lived.seconds * 10) / 10, sessionsPerSecond: Math.round(lived.sessions / Math.max(0.001, lived.seconds)),
    counts: counts.map((count) => ({ ...count, energyWh: String(count.energyWh) })), problems: lived.problems.slice(0, 100),
    audit, machine: { processors: availableParallelism(), model: cpus()[0]?.model ?? 'unknown', node: process.version },
  };
  const report = parsed.text('report');
  if (report !== undefined) await writeFile(report, `${JSON.stringify({ ...summary, outcomes: outcomes.map(reportRow) }, null, 1)}\n`);
  if (parsed.has('json')) io.out(JSON.stringify(summary));
  else io.out(textSummary(summary, audit));
  return unaccounted === 0 && audit.balanced ? EXIT.ok : EXIT.failed;
}

const reportRow = (outcome: RowOutcome): Record<string, unknown> => ({
  row: outcome.rowNumber, outcome: outcome.outcome, ...(outcome.code === '' ? {} : { code: outcome.code }), transaction: outcome.transactionRef,
  energyWh: String(outcome.billedWh), amountMinor: String(outcome.totalMinor),
});

type Summary = { readonly rows: number; readonly billed: number; readonly flagged: number; readonly notReplayable: number; readonly unaccounted: number; readonly sessionsLived: number; readonly seconds: number; readonly sessionsPerSecond: number; readonly counts: readonly { outcome: string; code: string; rows: number }[] };

function textSummary(summary: Summary, audit: AuditSummary): string {
  const sum = summary.billed + summary.flagged + summary.notReplayable;
  return [
    plainTable(['outcome', 'rows', 'code'], summary.counts.map((count) => [count.outcome, count.rows, count.code === '' ? '–' : count.code])), '',
    `${summary.billed} billed + ${summary.flagged} flagged + ${summary.notReplayable} not replayable = ${sum} of ${summary.rows} rows${summary.unaccounted === 0 ? '' : `; ${summary.unaccounted} UNACCOUNTED FOR`}`,
    `${summary.sessionsLived} sessions lived in ${summary.seconds} s: ${summary.sessionsPerSecond} sessions/s`, '',
    ...audit.lines,
  ].join('\n');
}

const simulated = (station: PlannedStation, maxPowerW: number): SimulatedStation =>
  ({ identity: station.identity, version: station.version, tokens: station.tokens, connectors: station.evses.map((evse) => ({ evse, maxPowerW })) });

function fleetOf(table: ReplayTable, plan: ReplayPlan, { powerW }: Settings): FleetPlan {
  return {
    operator: { code: table.prefix, name: table.name, currency: table.currency, timeZone: table.timeZone },
    stations: plan.stations.map((station) => ({
      identity: station.identity, name: station.name, tokens: station.tokens, connectors: station.evses.map((evse) => ({ evse, maxPowerW: powerW })),
    })),
  };
}

function whole(parsed: Parsed, name: string, fallback: number): number {
  const text = parsed.text(name);
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new UsageFault(`--${name} is a whole number, not "${text}"`);
  return Number(text);
}
