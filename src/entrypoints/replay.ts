import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { OperatorId } from '../kernel/index.ts';
import { mappingFile } from '../modules/imports/index.ts';
import { configFor, type Command } from './command.ts';
import { EXIT, type Io } from './io.ts';
import { UsageFault, type Parsed } from './options.ts';
import { auditSummary, type AuditSummary } from './simulate-audit.ts';
import { bookedSessions } from './simulate-books.ts';
import { furnishFleet, type FleetPlan } from './simulate-fleet.ts';
import { startPlatform, type Platform } from './simulate-platform.ts';
import { runStations, type SimulatedStation } from './simulate-stations.ts';
import { countOutcomes, isFinished, outcomesOf, plainTable, type OutcomeCount, type RowOutcome } from './replay-outcome.ts';
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
    { name: 'mapping', value: 'FILE', about: 'Which column means what, zone and currency: a file, or the name of one that ships (dundee, boulder).' },
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
  examples: ['kirchhoff replay sessions.csv --mapping dundee', 'kirchhoff replay sessions.csv --mapping mine.json --limit 500 --report out.json'],
  run: replay,
};

export type ReplaySettings = { readonly readingsMax: number; readonly powerW: number; readonly concurrency: number };
export type ReplayRun = { readonly settings: ReplaySettings; readonly say: (line: string) => void; readonly signal: AbortSignal };
export type Replayed = {
  readonly outcomes: readonly RowOutcome[];
  readonly counts: readonly OutcomeCount[];
  readonly rows: Readonly<Record<'billed' | 'flagged' | 'notReplayable' | 'unaccounted', number>>;
  /** Now; what an interrupted run had lived before is not in it. */
  readonly sessionsLived: number;
  readonly seconds: number;
  readonly problems: readonly string[];
  readonly audit: AuditSummary;
};

async function replay(parsed: Parsed, io: Io): Promise<number> {
  const mapping = parsed.text('mapping');
  if (mapping === undefined) throw new UsageFault('replay needs --mapping FILE: which column of the table means what');
  const file = resolve(parsed.words[0]!);
  const table = await readReplayTable(file, mappingFile(mapping), whole(parsed, 'limit', Number.MAX_SAFE_INTEGER));
  const settings: ReplaySettings = { readingsMax: whole(parsed, 'readings', 4), concurrency: whole(parsed, 'concurrency', 250), powerW: 1_000 * whole(parsed, 'power-kw', 50) };
  const ending = new AbortController();
  const interrupt = (): void => ending.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const { config } = configFor(io, parsed.has('database') ? { 'database.url': parsed.text('database')! } : {});
  const platform = await startPlatform({
    config, scratch: parsed.has('database') ? null : join('replay', table.prefix), fresh: parsed.has('fresh'), discard: false, name: `replay ${basename(file)}`, io,
  });
  try {
    const replayed = await replayTable(platform, table, { settings, say: io.err, signal: ending.signal });
    if (replayed === null) {
      io.err('interrupted; the same command goes on from here');
      return EXIT.interrupted;
    }
    await tell(replayed, { file: basename(file), parsed, io });
    return replayed.rows.unaccounted === 0 && replayed.audit.balanced ? EXIT.ok : EXIT.failed;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await platform.close();
  }
}

/** Lives a table on a platform and looks what became of each row. @returns null when it was interrupted. */
export async function replayTable(platform: Platform, table: ReplayTable, run: ReplayRun): Promise<Replayed | null> {
  const plan = planReplay(table.rows, { prefix: table.prefix, readingsMax: run.settings.readingsMax });
  run.say(`${table.rows.length} rows: ${plan.rows.length} sessions at ${plan.stations.length} charge points, ${plan.notReplayable.length} not replayable`);
  const operatorId = await furnishFleet(platform.database, fleetOf(table, plan, run.settings), platform);
  const lived = await liveRows(platform, operatorId, plan, run);
  if (lived === null) return null;
  const outcomes = outcomesOf(plan, await bookedSessions(platform.database, operatorId));
  const counts = countOutcomes(outcomes);
  const total = (outcome: RowOutcome['outcome']): number => counts.filter((count) => count.outcome === outcome).reduce((sum, count) => sum + count.rows, 0);
  const [billed, flagged, notReplayable] = [total('billed'), total('flagged'), total('not_replayable')];
  return {
    ...lived, outcomes, counts, rows: { billed, flagged, notReplayable, unaccounted: table.rows.length - billed - flagged - notReplayable },
    audit: await auditSummary(platform, operatorId),
  };
}

/** Lives the rows that the books do not have yet, and waits until everything said is in the books. */
async function liveRows(platform: Platform, operatorId: OperatorId, plan: ReplayPlan, { settings, say, signal }: ReplayRun): Promise<Pick<Replayed, 'sessionsLived' | 'seconds' | 'problems'> | null> {
  await platform.caughtUp();
  const finished = new Set(outcomesOf(plan, await bookedSessions(platform.database, operatorId)).filter(isFinished).map((outcome) => outcome.rowNumber));
  const rows = plan.rows.filter((row) => !finished.has(row.rowNumber));
  if (rows.length < plan.rows.length) say(`${plan.rows.length - rows.length} sessions are in the books already and are not lived twice`);
  const startedAt = performance.now();
  const bar = progressBar('living', rows.length);
  const problems: string[] = [];
  let sessionsLived = 0;
  const code = rows.length === 0 ? 0 : await runStations({
    url: platform.url, stations: plan.stations.map((station) => simulated(station, settings.powerW)), script: rows.map((row) => row.session),
    options: ['--concurrency', String(settings.concurrency)], signal,
    onLived: (session) => {
      bar.update(++sessionsLived);
      if (session.discarded > 0) problems.push(`${session.session}: ${session.discarded} messages were refused three times`);
    },
    onProblem: (line) => { problems.push(line); say(line); },
  });
  bar.end();
  if (code === null || signal.aborted) return null;
  await platform.caughtUp();
  await platform.closeSilent(operatorId);
  return { sessionsLived, seconds: (performance.now() - startedAt) / 1_000, problems };
}

async function tell(replayed: Replayed, { file, parsed, io }: { file: string; parsed: Parsed; io: Io }): Promise<void> {
  const { outcomes, counts, rows, sessionsLived, seconds, problems, audit } = replayed;
  const summary = {
    file, rows: outcomes.length, ...rows, sessionsLived, seconds: Math.round(seconds * 10) / 10, sessionsPerSecond: Math.round(sessionsLived / Math.max(0.001, seconds)),
    counts: counts.map((count) => ({ ...count, energyWh: String(count.energyWh) })), problems: problems.slice(0, 100), audit,
    machine: { processors: availableParallelism(), model: cpus()[0]?.model ?? 'unknown', node: process.version },
  };
  const report = parsed.text('report');
  if (report !== undefined) await writeFile(report, `${JSON.stringify({ ...summary, outcomes: outcomes.map(reportRow) }, null, 1)}\n`);
  io.out(parsed.has('json') ? JSON.stringify(summary) : textSummary(summary, audit));
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

function fleetOf(table: ReplayTable, plan: ReplayPlan, { powerW }: ReplaySettings): FleetPlan {
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
