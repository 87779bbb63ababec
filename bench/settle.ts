/**
 * Whole bills through the charging path: a session's start, a reading and its end are applied in one transaction of their own, which opens
 * the session, sets money aside, derives, rates and writes the bill, posts the hold, splits the revenue and books metered and billed
 * energy. 32 callers, each with a member and a charge point of its own.
 * spread: each caller at an operator of its own. hot: all at one operator, so that every bill meets the same revenue, grid and energy accounts.
 */
import { randomBytes } from 'node:crypto';
import { instant, type ChargePointId, type Instant } from '../src/kernel/index.ts';
import { newUuid, systemClock } from '../src/platform/clock/index.ts';
import type { Database, OperatorDatabase } from '../src/platform/database/index.ts';
import { installMasterKeys, masterKeysOf } from '../src/platform/secrets/index.ts';
import { applyFacts, auditCharging, type ChargePointFact } from '../src/modules/charging/index.ts';
import { openChargingOperator, openPayer, type ChargingOperator } from './charging-operator.ts';
import { callsPerSecond, printMeasurements, runInterleaved, type Workload } from './harness.ts';
import type { BenchArguments } from './run.ts';
import { startBenchServer } from './server.ts';

const CALLERS = 32;
const clock = systemClock;
const FIRST_CHARGE = Date.UTC(2026, 0, 1);
const SESSION_MS = 30 * 60_000, SESSION_WH = 10_000n;

export async function run({ json }: BenchArguments): Promise<void> {
  installMasterKeys(masterKeysOf(new Map([[1, randomBytes(32)]])));
  const server = await startBenchServer();
  try {
    const database = server.open(16);
    const hot = await openOperator(database);
    const hotCallers = await Promise.all(Array.from({ length: CALLERS }, () => openCaller(hot)));
    const spread = await Promise.all(Array.from({ length: CALLERS }, async () => openCaller(await openOperator(database))));
    const measurements = await runInterleaved([
      workload('charging.settle.spread.32', spread),
      { ...workload('charging.settle.hot.32', hotCallers), baseline: 'charging.settle.spread.32' },
    ], { progress: (line) => process.stderr.write(`${line}\n`) });
    for (const { odb } of [hot, ...spread]) await balanced(odb);
    printMeasurements(measurements, json);
  } finally {
    await server.close();
  }
}

const workload = (name: string, callers: readonly Caller[]): Workload =>
  ({ name, unit: 'bills/s', measure: (ms) => callsPerSecond(CALLERS, ms, (caller) => bill(callers[caller]!)) });

type Operator = ChargingOperator & { nextFrame: bigint };
type Caller = { readonly odb: OperatorDatabase; readonly operator: Operator; readonly chargePointId: ChargePointId; readonly token: string; sessions: number; registerWh: bigint };

const openOperator = async (database: Database): Promise<Operator> => ({ ...await openChargingOperator(database), nextFrame: 1n });

async function openCaller(operator: Operator): Promise<Caller> {
  const { chargePointId, token } = await operator.odb.transaction((tx) => openPayer(tx, operator.stationId));
  return { odb: operator.odb, operator, chargePointId, token, sessions: 0, registerWh: 0n };
}

async function bill(caller: Caller): Promise<void> {
  const { operator, chargePointId, token } = caller;
  const begin = FIRST_CHARGE + caller.sessions++ * 2 * SESSION_MS;
  const transactionRef = `v201:${newUuid()}`;
  const origin = (offsetMs: number) => ({
    chargePointId, evseNumber: 1, transactionRef, frameSequence: operator.nextFrame++, ordinal: 0, eventAt: instant(begin + offsetMs), recordedAt: clock.now() as Instant, messageId: transactionRef,
  });
  const read = { powerW: 20_000n, socPercent: null, context: null, offline: false } as const;
  const facts: ChargePointFact[] = [
    { ...origin(0), kind: 'session_started', idToken: token, registerWh: caller.registerWh, seqNo: 0, offline: false, remoteStartId: null },
    { ...origin(SESSION_MS / 2), kind: 'register_read', registerWh: caller.registerWh + SESSION_WH / 2n, seqNo: 1, ...read },
    { ...origin(SESSION_MS), kind: 'session_ended', registerWh: caller.registerWh + SESSION_WH, reason: 'Local', idToken: null, seqNo: 2, offline: false },
  ];
  caller.registerWh += SESSION_WH;
  await caller.odb.transaction((tx) => applyFacts(tx, facts, { clock }));
}

/** A figure of bills that do not add up would be worth nothing. */
async function balanced(odb: OperatorDatabase): Promise<void> {
  const failed = (await odb.transaction((tx) => auditCharging(tx))).filter((check) => check.failures.length > 0);
  if (failed.length > 0) throw new Error(`the books do not balance after the benchmark: ${failed.map((check) => `${check.code} ${check.failures[0]!.detail}`).join('; ')}`);
}
