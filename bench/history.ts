/**
 * What a bill costs when there is a past. `history.bill_latency`: the time to apply one session's start, reading and end and to settle its bill, at an operator with 10,000,000
 * stored sessions divided by that at one with 10,000, both in one database, taken in turn; the median of a few hundred each. The stored sessions belong to the charge points,
 * connectors and members whose new sessions are settled, with their facts, readings, bills and lines; with `--books` also with their transfers and postings,
 * which makes of 3 KB of disk a session about 5. Every index is in place while they are stored.
 *
 *   npm run bench -- history [SESSIONS] [--books] [--json]
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { instant, type ChargePointId, type ConnectorId, type MemberId } from '../src/kernel/index.ts';
import { newUuid, systemClock } from '../src/platform/clock/index.ts';
import type { Database } from '../src/platform/database/index.ts';
import { installMasterKeys, masterKeysOf } from '../src/platform/secrets/index.ts';
import { applyFacts, type ChargePointFact } from '../src/modules/charging/index.ts';
import { loadChargePoint } from '../src/modules/locations/index.ts';
import { openChargingOperator, openPayer, type ChargingOperator } from './charging-operator.ts';
import { machine, percentile, printMeasurements, type Measurement } from './harness.ts';
import { SESSION_WH, storePast, tidyPast } from './history-world/stored.ts';
import type { BenchArguments } from './run.ts';
import { startBenchServer } from './server.ts';

const clock = systemClock;
const [FEW, MANY] = [10_000, 10_000_000];
const CHARGE_POINTS = 40, BILLS = 320, WARM_UP = 40, ROUNDS = 5;
const SESSION_MS = 30 * 60_000;
const FIRST_CHARGE = Date.UTC(2026, 0, 1);

type Place = { readonly chargePointId: ChargePointId; readonly connectorId: ConnectorId; readonly memberId: MemberId; readonly token: string; registerWh: bigint; sessions: number };
type Operator = ChargingOperator & { readonly places: readonly Place[]; nextFrame: bigint };

export async function run({ json, arguments: given }: BenchArguments): Promise<void> {
  installMasterKeys(masterKeysOf(new Map([[1, randomBytes(32)]])));
  const { values: { books: withBooks }, positionals } = parseArgs({ args: [...given], allowPositionals: true, options: { books: { type: 'boolean', default: false } } });
  const many = Number(positionals[0] ?? MANY);
  const server = await startBenchServer();
  try {
    const database = server.open(4);
    const [young, old] = [await openOperator(database), await openOperator(database)];
    const startedAt = performance.now();
    for (const [operator, sessions] of [[young, FEW], [old, many]] as const) {
      const registerWh = await storePast(server.adminUrl, { ...operator, sessions, withBooks }, (line) => process.stderr.write(`${line}\n`));
      for (const place of operator.places) place.registerWh = registerWh;
    }
    const { bytes } = await tidyPast(server.adminUrl);
    process.stderr.write(`stored ${many} sessions in ${Math.round((performance.now() - startedAt) / 1000)} s, ${Math.round(bytes / 2 ** 20)} MB\n`);
    for (let i = 0; i < WARM_UP; i++) for (const operator of [young, old]) await bill(operator, i);
    const [youngMs, oldMs, ratios]: number[][] = [[], [], []];
    for (let round = 0; round < ROUNDS; round++) {
      const took: [number[], number[]] = [[], []];
      for (let i = 0; i < BILLS / ROUNDS; i++) for (const which of (i % 2 === 0 ? [0, 1] : [1, 0]) as (0 | 1)[]) took[which].push(await bill([young, old][which]!, i));
      youngMs!.push(...took[0]);
      oldMs!.push(...took[1]);
      ratios!.push(percentile(took[1], 0.5) / percentile(took[0], 0.5));
    }
    printMeasurements([{ ...measurement(youngMs!, oldMs!, ratios!, many), with_books: withBooks, disk_mb: Math.round(bytes / 2 ** 20) }], json);
  } finally {
    await server.close();
  }
}

function measurement(youngMs: readonly number[], oldMs: readonly number[], ratios: readonly number[], sessions: number): Measurement {
  const hundredth = (value: number): number => Math.round(100 * value) / 100;
  const [young, old] = [percentile(youngMs, 0.5), percentile(oldMs, 0.5)];
  return {
    name: 'history.bill_latency', value: hundredth(old / young), unit: 'ratio', baseline: { name: `settled with ${FEW} stored sessions, p50 ms`, value: hundredth(young) }, ratio: hundredth(old / young),
    machine: machine(), min: hundredth(Math.min(...ratios)), max: hundredth(Math.max(...ratios)), rounds: ROUNDS, stored_sessions: sessions, bills: oldMs.length, p50_ms: hundredth(old), p99_ms: hundredth(percentile(oldMs, 0.99)), baseline_p99_ms: hundredth(percentile(youngMs, 0.99)),
  };
}

async function openOperator(database: Database): Promise<Operator> {
  const operator = await openChargingOperator(database);
  const places: Place[] = [];
  for (let i = 0; i < CHARGE_POINTS; i++) places.push(await openPlace(operator));
  return { ...operator, places, nextFrame: 100_000_000_000n };
}

const openPlace = ({ odb, stationId }: ChargingOperator): Promise<Place> => odb.transaction(async (tx) => {
  const payer = await openPayer(tx, stationId);
  const { connectors } = (await loadChargePoint(tx, payer.chargePointId))!;
  return { ...payer, connectorId: connectors[0]!.connectorId, registerWh: 0n, sessions: 0 };
});

/** One session from its start to its bill. @returns milliseconds. */
async function bill(operator: Operator, number: number): Promise<number> {
  const place = operator.places[number % operator.places.length]!;
  const begin = FIRST_CHARGE + place.sessions++ * 2 * SESSION_MS;
  const transactionRef = `v201:${newUuid()}`;
  const origin = (offsetMs: number) => ({
    chargePointId: place.chargePointId, evseNumber: 1, transactionRef, frameSequence: operator.nextFrame++, ordinal: 0, eventAt: instant(begin + offsetMs), recordedAt: clock.now(), messageId: transactionRef,
  });
  const facts: ChargePointFact[] = [
    { ...origin(0), kind: 'session_started', idToken: place.token, registerWh: place.registerWh, seqNo: 0, offline: false, remoteStartId: null },
    { ...origin(SESSION_MS / 2), kind: 'register_read', registerWh: place.registerWh + SESSION_WH / 2n, seqNo: 1, powerW: 20_000n, socPercent: null, context: null, offline: false },
    { ...origin(SESSION_MS), kind: 'session_ended', registerWh: place.registerWh + SESSION_WH, reason: 'Local', idToken: null, seqNo: 2, offline: false },
  ];
  place.registerWh += SESSION_WH;
  const startedAt = performance.now();
  await operator.odb.transaction((tx) => applyFacts(tx, facts, { clock }));
  return performance.now() - startedAt;
}
