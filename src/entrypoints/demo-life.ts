import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addMs, MS_PER_DAY, MS_PER_MINUTE, MS_PER_SECOND, toIso, type Clock, type Instant, type MemberId } from '../kernel/index.ts';
import { findMemberByToken } from '../modules/parties/index.ts';
import { walletBalances } from '../modules/wallets/index.ts';
import type { Database } from '../platform/database/index.ts';
import type { Logger } from '../platform/logging/index.ts';
import { demoFleetFile, demoTopUp, type Demo } from './demo-furnish.ts';
import { DEMO_FALSE_START, DEMO_MEMBERS } from './demo-plan.ts';
import { publishDemoDays } from './demo-reports.ts';
import { ROOT } from './open-system.ts';

/** The first start lives the past days as fast as the platform answers, so that lists and charts have something to show. */
const HISTORY_DAYS = 3, READINGS_PER_SESSION = 8;
/** Cars that would still be charging leave this long before now, when the living ones come. */
const CUT_BEFORE_NOW_MS = 2 * MS_PER_MINUTE;
const TOP_UP_EVERY_MS = 10 * MS_PER_SECOND, TOP_UP_BELOW_MINOR = 8_000n;
const LOG_BYTES_MAX = 5 * 1024 * 1024;
const END_WAIT_MS_MAX = 5 * MS_PER_SECOND;
const SEED = '7';

export type DemoLife = { close(): Promise<void> };
type Surroundings = { readonly demo: Demo; readonly database: Database; readonly clock: Clock; readonly logger: Logger; readonly ocppUrl: string };

/** Cars come and go at simulated charge points (a process of their own, on the wire like real ones), and members pay in at the cash desk. */
export function startDemoLife(of: Surroundings): DemoLife {
  const { logger } = of;
  let child: Fleet | null = null, closed = false;
  const living = (async (): Promise<void> => {
    if (of.demo.createdNow) {
      const now = of.clock.now(), stations = ['--stations', demoFleetFile(of.demo.folder)], start = toIso(addMs(now, -HISTORY_DAYS * MS_PER_DAY));
      child = startFleet(of, 'plan', ['days', '--plan-only', '--days', String(HISTORY_DAYS), '--start', start, '--fault-rate', '0.02', ...stations]);
      await child.exited;
      if (closed) return;
      const script = join(of.demo.folder, 'history-script.jsonl');
      writeFileSync(script, pastSessions(of.demo.folder, now), { mode: 0o600 });
      child = startFleet(of, 'history', ['script', '--script', script, ...stations]);
      await child.exited;
      if (!closed) logger.info({ days: HISTORY_DAYS }, 'the demo has caught up with the present');
      if (!closed) await publishDemoDays(of).catch((error: unknown) => logger.warn({ error }, 'the demo reports could not be published'));
    }
    if (closed) return;
    const stations = join(of.demo.folder, 'stations-today.jsonl');
    writeFileSync(stations, continueRegisters(of.demo.folder), { mode: 0o600 });
    child = startFleet(of, 'life', ['live', '--cars-min', '6', '--state', join(of.demo.folder, 'stations.state'), '--until-input-ends', '--stations', stations]);
    await child.exited;
  })().catch((error: unknown) => logger.error({ error }, 'the demo charge points could not be started'));
  const timer = setInterval(() => void keepFunded(of).catch((error: unknown) => logger.warn({ error }, 'the demo cash desk failed')), TOP_UP_EVERY_MS);
  return {
    close: async () => {
      closed = true;
      clearInterval(timer);
      child?.goHome();
      await living;
    },
  };
}

type DemoProfile = { identity: string; firmware?: string; connectors: { evse: number; registerWh: number }[] };
type Fleet = { readonly exited: Promise<void>; goHome(): void };

function startFleet({ demo, logger, ocppUrl }: Surroundings, name: 'plan' | 'history' | 'life', args: readonly string[]): Fleet {
  const logPath = join(demo.folder, 'charge-points.log');
  const log = openLog(logPath);
  const child = spawn(process.execPath, [
    join(ROOT, 'simulators/charge-point/main.ts'), ...args, '--url', ocppUrl, '--seed', SEED, '--truth', join(demo.folder, `${name}.jsonl`),
  ], { stdio: ['pipe', log, log], cwd: ROOT, detached: true }); // Not in the terminal's group: Ctrl-C is for the program, which then sends them home.
  closeSync(log);
  child.stdin?.on('error', () => undefined);
  let sentHome = false;
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => { logger.error({ error }, 'the demo charge points could not be started'); resolve(); });
    child.once('exit', (code) => { if (code !== 0 && !sentHome) logger.warn({ code, log: logPath }, 'the demo charge points ended'); resolve(); });
  });
  return {
    exited,
    goHome: () => {
      sentHome = true;
      // The end of its input tells a living fleet to go home: it keeps its meters' registers for the next time. History just ends.
      child.stdin?.end();
      if (name !== 'life') child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), END_WAIT_MS_MAX);
      void exited.then(() => clearTimeout(late));
    },
  };
}

type Planned = { session: string; station: string; evse: number; idToken: string | null; startAt: number; endAt: number | null; trueEnergyWh: number; faults: string[] };

/** The planned sessions that have begun by now, cut where now is, each beginning at the register where the one before it left the meter: nothing of the past ends tomorrow. */
function pastSessions(folder: string, now: Instant): string {
  const profiles = readLines<DemoProfile>(demoFleetFile(folder)), saysFalseStarts = falseStarts(profiles);
  const registers = new Map<string, number>(profiles.flatMap((station) =>
    station.connectors.map((connector) => [`${station.identity} ${connector.evse}`, connector.registerWh] as const)));
  return readLines<Planned>(join(folder, 'plan.jsonl')).flatMap((session) => endedBy(session, addMs(now, -CUT_BEFORE_NOW_MS))).sort((a, b) => a.startAt - b.startAt).map((session) => {
    const connector = `${session.station} ${session.evse}`, registerStartWh = registers.get(connector) ?? 0;
    registers.set(connector, registerStartWh + session.trueEnergyWh);
    const { station, evse, idToken, startAt, endAt, trueEnergyWh } = session, faults = saysFalseStarts(session) ? [DEMO_FALSE_START.fault] : session.faults;
    // With the words of its connector: without them nobody can say that a register between two sessions is still the one's and not another car's.
    return JSON.stringify({ session: session.session, station, evse, idToken, startAt, endAt, energyWh: trueEnergyWh, registerStartWh, readings: READINGS_PER_SESSION, manners: true, faults });
  }).join('\n');
}

/** Every so many sessions of a connector with that firmware, asked in the order of time; sessions to which something else happens stay as they are. */
export function falseStarts(profiles: readonly Pick<DemoProfile, 'identity' | 'firmware'>[]): (session: Pick<Planned, 'station' | 'evse' | 'faults'>) => boolean {
  const stations = new Set(profiles.flatMap(({ identity, firmware }) => (firmware === DEMO_FALSE_START.firmware ? [identity] : [])));
  const seen = new Map<string, number>();
  return ({ station, evse, faults }) => {
    if (!stations.has(station) || faults.length > 0) return false;
    const connector = `${station} ${evse}`, count = (seen.get(connector) ?? 0) + 1;
    seen.set(connector, count);
    return count % DEMO_FALSE_START.everySessions === 0;
  };
}

/** A session as it would be if its car left at `latest`; none when it began too late for that to be one. */
function endedBy(session: Planned, latest: Instant): Planned[] {
  const { startAt, endAt, trueEnergyWh } = session;
  if (endAt === null || latest - startAt < CUT_BEFORE_NOW_MS) return [];
  if (endAt <= latest) return [session];
  return [{ ...session, endAt: latest, trueEnergyWh: Math.round(trueEnergyWh * (latest - startAt) / (endAt - startAt)) }];
}

/** A meter never goes back: today's registers are those of the beginning and what history drew since. */
function continueRegisters(folder: string): string {
  const drawn = new Map<string, number>();
  for (const session of readLines<{ station: string; evse: number; trueEnergyWh: number }>(join(folder, 'history.jsonl'))) {
    const connector = `${session.station} ${session.evse}`;
    drawn.set(connector, (drawn.get(connector) ?? 0) + session.trueEnergyWh);
  }
  const stations = readLines<DemoProfile>(demoFleetFile(folder));
  return stations.map((station) => JSON.stringify({
    ...station, connectors: station.connectors.map((connector) => ({ ...connector, registerWh: connector.registerWh + (drawn.get(`${station.identity} ${connector.evse}`) ?? 0) })),
  })).join('\n');
}

function readLines<T>(path: string): T[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').split('\n').flatMap((line): T[] => {
    try {
      return line === '' ? [] : [JSON.parse(line) as T];
    } catch {
      return []; // A line cut off by a kill.
    }
  });
}

/** All but the first two members, who run out on purpose: their cards are refused, which is worth seeing. */
async function keepFunded({ demo, database, clock }: { readonly demo: Demo; readonly database: Database; readonly clock: Clock }): Promise<void> {
  const odb = database.forOperator(demo.operatorId);
  const low = await odb.transaction(async (tx) => {
    const ids: MemberId[] = [];
    for (const member of DEMO_MEMBERS.slice(2)) {
      const found = await findMemberByToken(tx, member.cards[0]!);
      if (found) ids.push(found.memberId);
    }
    const balances = await walletBalances(tx, ids, { clock });
    return ids.filter((id) => (balances.get(id)?.availableMinor ?? 0n) < TOP_UP_BELOW_MINOR);
  });
  for (const memberId of low) await odb.transaction((tx) => demoTopUp(tx, { memberId, yuan: 200, clock }));
}

function openLog(path: string): number {
  if (existsSync(path) && statSync(path).size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}
