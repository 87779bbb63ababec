import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { planDays } from './days.ts';
import { livingClock } from './living-clock.ts';
import { liveFleet } from './living.ts';
import { REAL_TIME, runStations, VIRTUAL_TIME } from './run.ts';
import { planSession, type PlannedSession, type SessionOrder } from './session.ts';
import type { LivedSession, StationProfile } from './types.ts';

const HELP = `Simulated charge points: OCPP 1.6J and 2.0.1 over WebSocket, many stations in one process.

  node simulators/charge-point/main.ts <mode> --url ws://127.0.0.1:9000/ocpp --stations FILE [options]

Modes
  live      real time: cars come by the hour of the day, charge on a curve and leave; remote start and stop work
  days      virtual time: days of life with seeded faults, as fast as the platform answers
  script    virtual time: the sessions of --script, as fast as the platform answers

Common options
  --url URL            where the platform listens; the station's identity is appended
  --stations FILE      one JSON object a line: {"identity","version":"1.6"|"2.0.1","password"?,"connectors":[{"evse","maxPowerW","registerWh"?}],
                       "tokens":["…"],"registerUnit"?:"Wh"|"kWh","vendor"?,"model"?,"serial"?,"firmware"?}; "-" is standard input
  --seed N             the same seed gives the same sessions and faults (default 1)
  --truth FILE         the ledger of truth, one JSON object a line for each session lived; "-" (default) is standard output
  --fault-rate P       how likely a session has a fault, 0 to 1 (days 0.5, live 0.04; a script names its own)

live
  --reading-seconds N  time between meter readings (default 15)
  --cars-min N         so many cars charge at any hour (default 4)
  --minutes-max N      longest stay of a car (default 70)
  --since HOURS        begin this long ago … (default 0)
  --speed N            … and catch up this many times as fast as time (default 1)
  --state FILE         meters' registers and open sessions survive a restart in this file
  --until-input-ends   stop when standard input ends, as it does when the program that started this one is gone, however it went

days
  --days N             how many (default 3)
  --start ISO          the first instant (default 2026-01-05T00:00:00Z)
  --reading-minutes N  time between meter readings (default 15)

script
  --script FILE        one JSON object a line: {"session","station","evse","idToken","startAt","endAt"|null,"energyWh"|null,"registerStartWh",
                       "readings"?,"readingsInOneMessage"?,"manners"?,"faults"?:["never_stops",…]}; times are epoch milliseconds

days and script
  --concurrency N      stations that live at the same time (default 250)
  --plan-only          print the truth and send nothing

Exit codes: 0 all lived, 1 a station could not connect, 2 wrong usage.
`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' }, url: { type: 'string' }, stations: { type: 'string' }, seed: { type: 'string', default: '1' }, truth: { type: 'string', default: '-' },
  'fault-rate': { type: 'string' }, 'reading-seconds': { type: 'string', default: '15' }, 'cars-min': { type: 'string', default: '4' }, 'minutes-max': { type: 'string', default: '70' },
  since: { type: 'string', default: '0' }, speed: { type: 'string', default: '1' }, state: { type: 'string' }, 'until-input-ends': { type: 'boolean', default: false }, days: { type: 'string', default: '3' },
  start: { type: 'string', default: '2026-01-05T00:00:00Z' }, 'reading-minutes': { type: 'string', default: '15' }, script: { type: 'string' },
  concurrency: { type: 'string', default: '250' }, 'plan-only': { type: 'boolean', default: false },
} as const;
type Options = ReturnType<typeof parse>['values'];
const parse = (args: string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true; args: string[] }>> =>
  parseArgs({ args, options: OPTIONS, allowPositionals: true });

class Usage extends Error {}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`charge-point simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof Usage || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
});

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help === true || args.length === 0) {
    process.stdout.write(HELP);
    return args.length === 0 ? 2 : 0;
  }
  if (!values.url && !values['plan-only']) throw new Usage('--url is missing; see --help');
  const stations = await readLines<StationProfile>(values.stations ?? missing('--stations'));
  const tell = truthWriter(values.truth);
  switch (positionals[0]) {
    case 'live': return live(stations, values, tell);
    case 'days': return planned(values, tell, stations.map((profile) => ({ profile, sessions: planDays(profile, daysOptions(values)) })));
    case 'script': return planned(values, tell, await scripted(stations, values));
    default: throw new Usage(`no such mode: ${positionals[0] ?? '(none)'}; live, days or script`);
  }
}

async function live(stations: readonly StationProfile[], values: Options, tell: (line: LivedSession) => void): Promise<number> {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  if (values['until-input-ends']) process.stdin.resume().once('end', () => ending.abort()).once('error', () => ending.abort());
  await liveFleet(stations, {
    seed: Number(values.seed), clock: livingClock({ sinceMs: Number(values.since) * 3_600_000, speed: Number(values.speed) }),
    readingEveryMs: Number(values['reading-seconds']) * 1_000, readingEveryCatchingUpMs: 300_000, sessionMinutesMax: Number(values['minutes-max']),
    faultRate: Number(values['fault-rate'] ?? 0.04), carsMin: Number(values['cars-min']), stateFile: values.state, signal: ending.signal, onLived: tell,
    onProblem: (message) => process.stderr.write(`${message}\n`), station: { url: values.url!, ...REAL_TIME },
  });
  setTimeout(() => process.exit(0), 1_000).unref();
  return 0;
}

async function planned(values: Options, tell: (line: LivedSession) => void, plans: { profile: StationProfile; sessions: readonly PlannedSession[] }[]): Promise<number> {
  if (values['plan-only']) {
    for (const { truth } of plans.flatMap((plan) => plan.sessions)) tell({ ...truth, transactionRef: null, startStatus: null, sent: 0, discarded: 0 });
    return 0;
  }
  let failed = 0;
  await runStations(plans, {
    url: values.url!, ...VIRTUAL_TIME, concurrency: Number(values.concurrency), onLived: tell,
    onTrouble: (what) => process.stderr.write(`${what}\n`),
    onStationFailed: (identity, error) => { failed++; process.stderr.write(`${identity}: ${error.message}\n`); },
  });
  return failed === 0 ? 0 : 1;
}

function daysOptions(values: Options): Parameters<typeof planDays>[1] {
  const startAt = Date.parse(values.start);
  if (Number.isNaN(startAt)) throw new Usage(`--start is no date: ${values.start}`);
  return { seed: Number(values.seed), startAt, days: Number(values.days), faultRate: Number(values['fault-rate'] ?? 0.5), readingEveryMs: Number(values['reading-minutes']) * 60_000 };
}

async function scripted(stations: readonly StationProfile[], values: Options): Promise<{ profile: StationProfile; sessions: PlannedSession[] }[]> {
  const plans = new Map(stations.map((profile) => [profile.identity, { profile, sessions: [] as PlannedSession[] }]));
  for (const order of await readLines<SessionOrder>(values.script ?? missing('--script'))) {
    const plan = plans.get(order.station);
    if (!plan) throw new Usage(`session ${order.session} names station ${order.station}, which is not in --stations`);
    plan.sessions.push(planSession(order, plan.profile, Number(values.seed)));
  }
  return [...plans.values()].filter((plan) => plan.sessions.length > 0);
}

async function readLines<T>(file: string): Promise<T[]> {
  const lines: T[] = [];
  for await (const line of createInterface({ input: file === '-' ? process.stdin : createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') lines.push(JSON.parse(line) as T);
  }
  return lines;
}

function truthWriter(file: string): (line: LivedSession) => void {
  const out = file === '-' ? process.stdout : createWriteStream(file);
  return (line) => void out.write(`${JSON.stringify(line)}\n`);
}

function missing(option: string): never {
  throw new Usage(`${option} is missing; see --help`);
}
