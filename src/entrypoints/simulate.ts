import { randomInt } from 'node:crypto';
import { seededRandom } from '../kernel/index.ts';
import { systemClock } from '../platform/clock/index.ts';
import type { Database } from '../platform/database/index.ts';
import { configFor, type Command } from './command.ts';
import { EXIT, type Io } from './io.ts';
import { UsageFault, type Parsed } from './options.ts';
import { plainTable } from './replay-outcome.ts';
import { progressBar } from './replay-progress.ts';
import { auditSummary, type AuditSummary } from './simulate-audit.ts';
import { bookedSessions, proposedRepairs, unexplainedByCause, type UnexplainedCause } from './simulate-books.ts';
import { paymentSimulationText, simulatePayments } from './simulate-payments.ts';
import { countPaymentFaults } from './simulate-payments-compare.ts';
import { compareWithTruth, countByCause, countByFault, wrongRepairs, type CauseRow, type Comparison, type WrongRepair } from './simulate-compare.ts';
import { furnishFleet } from './simulate-fleet.ts';
import { startPlatform, type Platform } from './simulate-platform.ts';
import { runStations, type LivedSession, type SimulatedStation } from './simulate-stations.ts';

export const simulateCommand: Command = {
  name: 'simulate',
  summary: 'Lives days with faults at simulated charge points on a scratch database, then compares every bill with the truth and audits.',
  detail: 'Every session must be billed exactly or be flagged for a person; no bill may be wrong, none lost, and none repaired wrongly without a person. The same seed gives the same faults.\nWith --payments, payments at simulated WeChat Pay and Alipay instead: every fen must end where the channels\' own account of it says.',
  options: [
    { name: 'seed', value: 'N', about: 'What decides sessions and faults (default: a new one, printed).' },
    { name: 'days', value: 'D', about: 'Days of life (default 5).' },
    { name: 'stations', value: 'N', about: 'Charge points, half of them OCPP 1.6 (default 40).' },
    { name: 'fault-rate', value: 'PERCENT', about: 'Sessions with a fault, in percent (default 60).' },
    { name: 'payments', value: 'N', about: 'Live N payment orders with all faults of the channels instead of charging.' },
    { name: 'database', value: 'URL', about: 'An own PostgreSQL instead of a scratch one.' },
    { name: 'json', about: 'Print the result as JSON.' },
  ],
  exitCodes: { 0: 'every session was billed exactly or flagged, and the books balance', 1: 'a bill is wrong, lost or would be repaired wrongly without a person, or the books do not balance' },
  examples: ['kirchhoff simulate --seed 42', 'kirchhoff simulate --seed 42 --days 14 --stations 100', 'kirchhoff simulate --seed 42 --payments 1000'],
  run: simulate,
};

export type SimulationPlan = { readonly seed: number; readonly days: number; readonly stations: number; readonly faultRate: number };
export type SimulationResult = { readonly comparison: Comparison; readonly causes: readonly CauseRow[]; /** What a policy would repair wrongly. */ readonly wrongRepairs: readonly WrongRepair[]; readonly unexplained: readonly UnexplainedCause[]; readonly audit: AuditSummary; readonly sessions: number; readonly seconds: number; readonly problems: readonly string[]; readonly good: boolean };

async function simulate(parsed: Parsed, io: Io): Promise<number> {
  const whole = (name: string, fallback: number): number => {
    const text = parsed.text(name);
    if (text !== undefined && !/^\d{1,9}$/.test(text)) throw new UsageFault(`--${name} is a whole number, not "${text}"`);
    return text === undefined ? fallback : Number(text);
  };
  const plan: SimulationPlan = { seed: whole('seed', randomInt(1_000_000)), days: whole('days', 5), stations: whole('stations', 40), faultRate: whole('fault-rate', 60) / 100 };
  const payments = whole('payments', 0);
  if (payments > 0 && ['days', 'stations', 'fault-rate'].some((name) => parsed.has(name))) throw new UsageFault('--payments lives payments instead of charging: --days, --stations and --fault-rate do not go with it');
  if (payments > 0) return livePaymentsOn(parsed, io, { seed: plan.seed, orders: payments });
  io.err(`seed ${plan.seed}: ${plan.days} days at ${plan.stations} charge points`);
  const { config } = configFor(io, parsed.has('database') ? { 'database.url': parsed.text('database')! } : {});
  const platform = await startPlatform({ config, scratch: parsed.has('database') ? null : `simulate-${process.pid}`, fresh: true, discard: true, name: `simulate ${plan.seed}`, io });
  try {
    const bar = progressBar('sessions', 0);
    const result = await runSimulation(platform, plan, (lived) => bar.update(lived));
    bar.end();
    io.out(parsed.has('json') ? JSON.stringify(jsonOf(plan, result)) : simulationText(plan, result));
    return result.good ? EXIT.ok : EXIT.failed;
  } finally {
    await platform.close();
  }
}

async function livePaymentsOn(parsed: Parsed, io: Io, plan: { readonly seed: number; readonly orders: number }): Promise<number> {
  io.err(`seed ${plan.seed}: ${plan.orders} payment orders`);
  const { config } = configFor(io, parsed.has('database') ? { 'database.url': parsed.text('database')! } : {});
  const platform = await startPlatform({ config, scratch: parsed.has('database') ? null : `simulate-${process.pid}`, fresh: true, discard: true, name: `simulate ${plan.seed}`, io });
  try {
    const bar = progressBar('orders', plan.orders);
    const result = await simulatePayments(platform.database, plan, { onProgress: (lived) => bar.update(lived) });
    bar.end();
    io.out(parsed.has('json') ? JSON.stringify({ ...plan, ...result, comparison: { problems: result.comparison.problems, wrong: result.comparison.payments.filter(({ verdict }) => verdict === 'wrong') }, byFault: countPaymentFaults(result.comparison.payments) }) : paymentSimulationText(plan, result));
    return result.good ? EXIT.ok : EXIT.failed;
  } finally {
    await platform.close();
  }
}

/** Furnishes an operator, lives the days, closes what stays silent, compares and audits. */
export async function runSimulation(platform: Platform, plan: SimulationPlan, onProgress: (lived: number) => void): Promise<SimulationResult> {
  const stations = drawStations(plan);
  const startedAt = performance.now();
  const operatorId = await furnishFleet(platform.database, {
    operator: { code: await freeCode(platform.database, plan.seed), name: `Simulation ${plan.seed}`, currency: 'CNY', timeZone: 'Asia/Shanghai' },
    stations: stations.map((station) => ({ identity: station.identity, name: station.identity, connectors: station.connectors, tokens: station.tokens })),
  }, { clock: systemClock });
  const truths: LivedSession[] = [];
  const problems: string[] = [];
  const code = await runStations({
    url: platform.url, stations, options: ['--seed', String(plan.seed), '--days', String(plan.days), '--fault-rate', String(plan.faultRate)],
    onLived: (session) => onProgress(truths.push(session)), onProblem: (line) => problems.push(line),
  });
  await platform.caughtUp();
  await platform.closeSilent(operatorId);
  const booked = await bookedSessions(platform.database, operatorId);
  const comparison = compareWithTruth(truths, booked);
  const repairs = await proposedRepairs(platform.database, operatorId, booked);
  const [causes, misrepaired] = [countByCause(truths, booked, repairs), wrongRepairs(truths, booked, repairs)];
  const unexplained = await unexplainedByCause(platform.database, operatorId);
  const audit = await auditSummary(platform, operatorId);
  const bad = comparison.verdicts.filter((verdict) => verdict.verdict === 'wrong' || verdict.verdict === 'lost').length + comparison.unexplainedCharged.length;
  return { comparison, causes, wrongRepairs: misrepaired, unexplained, audit, sessions: truths.length, seconds: (performance.now() - startedAt) / 1_000, problems, good: code === 0 && bad === 0 && misrepaired.length === 0 && audit.balanced && truths.length > 0 };
}

const POWERS_W = [7_000, 11_000, 22_000, 60_000, 120_000, 180_000];

/** The same seed draws the same stations. Identities hold the seed, because they are unique in a database. */
function drawStations(plan: SimulationPlan): SimulatedStation[] {
  const random = seededRandom(plan.seed);
  return Array.from({ length: plan.stations }, (_, number) => {
    const connectors = Array.from({ length: 1 + random.integer(3) }, (__, index) => ({ evse: index + 1, maxPowerW: random.pick(POWERS_W) }));
    return {
      identity: `SIM-${plan.seed}-${number}`, version: number % 2 === 0 ? '1.6' as const : '2.0.1' as const, connectors,
      registerUnit: random.chance(0.3) ? 'kWh' as const : 'Wh' as const,
      tokens: connectors.flatMap((connector) => [1, 2, 3].map((car) => `S${plan.seed}N${number}C${connector.evse}M${car}`)),
    };
  });
}

async function freeCode(database: Database, seed: number): Promise<string> {
  const { findOperatorByCode } = await import('../modules/parties/index.ts');
  for (let number = 1; ; number++) {
    const code = number === 1 ? `simulation-${seed}` : `simulation-${seed}-${number}`;
    if (await findOperatorByCode(database, code) === null) return code;
  }
}

export function simulationText(plan: SimulationPlan, { comparison, causes, wrongRepairs: misrepaired, unexplained, audit, sessions, seconds, problems }: SimulationResult): string {
  const rows = countByFault(comparison.verdicts);
  const bad = comparison.verdicts.filter((verdict) => verdict.verdict === 'wrong' || verdict.verdict === 'lost').slice(0, 20);
  const count = (verdict: string): number => comparison.verdicts.filter((each) => each.verdict === verdict).length;
  return [
    plainTable(['fault', 'sessions', 'exact', 'flagged', 'needlessly', 'wrong', 'lost'], rows.map((row) => [row.fault, row.sessions, row.exact, row.flagged, row.needless, row.wrong, row.lost])), '',
    plainTable(['planted with a cause', 'sessions', 'named right', 'settled', 'repairable without a person', 'left to a person', 'wrong'], causes.map((row) => [row.fault, row.sessions, row.named, row.settled, row.repaired, row.person, row.wrong])), '',
    ...bad.map((each) => `${each.verdict.toUpperCase()} ${each.session} (${each.faults.join(' + ') || 'no fault'}): true ${each.trueWh} Wh, billed ${each.billedWh} Wh, ${each.causes.join(', ')}`),
    ...misrepaired.slice(0, 20).map((each) => `WRONG REPAIR ${each.session} (${each.faults.join(' + ') || 'nobody lived it'}): true ${each.trueWh} Wh, would be repaired to ${each.energyWh} Wh without a person`),
    ...needlessCauses(comparison.verdicts),
    ...unexplainedCauses(comparison.verdicts, unexplained),
    ...comparison.unexplainedCharged.slice(0, 20).map((each) => `WRONG ${each.identity} ${each.transactionRef}: nobody lived it, ${each.billedWh} Wh charged`),
    ...problems.slice(0, 20),
    `seed ${plan.seed}: ${sessions} sessions in ${seconds.toFixed(1)} s: ${count('exact')} exact, ${count('flagged')} flagged, ${count('wrong') + comparison.unexplainedCharged.length} wrong, ${count('lost')} lost`, '',
    ...audit.lines,
  ].join('\n');
}

/** Why sessions were flagged that could have been billed: often what a neighbour's wrong clock or missing stop did to them. */
function needlessCauses(verdicts: Comparison['verdicts']): string[] {
  const counts = Map.groupBy(verdicts.filter((verdict) => verdict.needless), (verdict) => verdict.causes.join(' + '));
  return counts.size === 0 ? [] : [plainTable(['flagged needlessly because of', 'sessions'], [...counts].map(([causes, group]) => [causes, group.length])), ''];
}

const kilowattHours = (wattHours: bigint): string => (Number(wattHours) / 1_000).toFixed(1);

/** Held bills charge nothing, and what a fault hid was metered all the same: every kilowatt-hour in no bill has its reason here. */
function unexplainedCauses(verdicts: Comparison['verdicts'], unexplained: readonly UnexplainedCause[]): string[] {
  if (unexplained.length === 0) return [];
  const drawn = verdicts.reduce((sum, { trueWh }) => sum + BigInt(trueWh), 0n);
  return [
    plainTable(['metered and in no bill because of', 'stretches', 'kWh'], unexplained.map(({ because, stretches, energyWh }) => [because, stretches, kilowattHours(energyWh)])),
    `drawn in truth: ${kilowattHours(drawn)} kWh`, '',
  ];
}

function jsonOf(plan: SimulationPlan, result: SimulationResult): Record<string, unknown> {
  const { comparison, causes, wrongRepairs: misrepaired, unexplained, audit, sessions, seconds, good, problems } = result;
  const bad = comparison.verdicts.filter((verdict) => verdict.verdict === 'wrong' || verdict.verdict === 'lost');
  return {
    ...plan, sessions, seconds, good, byFault: countByFault(comparison.verdicts), byCause: causes, bad: bad.map((each) => ({ ...each, billedWh: String(each.billedWh) })), wrongRepairs: misrepaired.map((each) => ({ ...each, energyWh: String(each.energyWh) })),
    unexplainedCharged: comparison.unexplainedCharged.map((each) => ({ identity: each.identity, transaction: each.transactionRef, billedWh: String(each.billedWh) })),
    unexplained: unexplained.map((each) => ({ ...each, energyWh: String(each.energyWh) })), problems, audit,
  };
}
