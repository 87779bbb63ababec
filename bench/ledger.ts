/**
 * The ledger beside the bare cost of its commits, on one server in one run. `postgres.insert.N`: single-row INSERT commits through N connections with
 * prepared statements. `ledger.*.N`: N concurrent callers of `createTransfers`, one transfer a call, each waiting for its durable commit.
 * spread: debit one of 500 wallets (limited: no overdraft, updated under lock), credit one of 500 unlimited accounts. hot: every transfer credits one and the
 * same unlimited account, from any of the 500 wallets. operators200: like spread, each transfer of one of 200 operators.
 * batch: one caller, 1,000 transfers a call, beside INSERTs of 1,000 rows, in rounds of their own behind the others.
 */
import pg from 'pg';
import { systemClock, newUuid, newUuidNumber } from '../src/platform/clock/index.ts';
import type { OperatorDatabase } from '../src/platform/database/index.ts';
import { createAccounts, createTransfers, type AccountEvent, type CreateTransferResult, type TransferEvent } from '../src/modules/ledger/index.ts';
import { seededRandom, type OperatorId } from '../src/kernel/index.ts';
import { callsPerSecond, printMeasurements, runInterleaved, type Measurement, type Workload } from './harness.ts';
import type { BenchArguments } from './run.ts';
import { startBenchServer } from './server.ts';

const WALLETS = 500, OTHERS = 500, OPERATORS = 200, LEDGER = 156;
const clock = systemClock;
const random = seededRandom(20_261_122);
const HOT = 1_000_000n;
const wallet = (): bigint => BigInt(1 + random.integer(WALLETS));
const other = (): bigint => BigInt(1 + WALLETS + random.integer(OTHERS));
const transfer = (creditAccountId: bigint, debitAccountId = wallet()): TransferEvent =>
  ({ id: newUuidNumber(), debitAccountId, creditAccountId, amount: BigInt(1 + random.integer(500)), ledger: LEDGER, code: 1 });

export async function run({ json, arguments: only }: BenchArguments): Promise<void> {
  const server = await startBenchServer();
  try {
    const database = server.open(16);
    // The operator of `spread` is one among the others, as it would be; the last one of all would have the end of every index to itself.
    const operator = (): OperatorDatabase => database.forOperator(newUuid() as OperatorId);
    const before = Array.from({ length: OPERATORS / 2 }, operator), main = operator(), after = Array.from({ length: OPERATORS / 2 }, operator), operators = [...before, ...after];
    await prepare(operators, 10);
    await prepare([main], WALLETS);
    const inserts = await insertWorkloads(server.adminUrl);
    const isAsked = ({ name }: Workload): boolean => only.length === 0 || only.some((part) => name.includes(part));
    // Batches last, beside their own baseline: the vacuum and the log of half a million rows a second would fall on whatever comes behind them.
    const measurements: Measurement[] = [];
    for (const group of [[...inserts.singles, ...ledgerWorkloads(main, operators)], [inserts.batch, ...batchWorkloads(main)]]) {
      const chosen = group.filter((workload) => isAsked(workload) || group.some((other) => other.baseline === workload.name && isAsked(other)));
      if (chosen.length > 0) measurements.push(...await runInterleaved(chosen, { progress: (line) => process.stderr.write(`${line}\n`) }));
    }
    printMeasurements(measurements, json);
    await inserts.close();
  } finally {
    await server.close();
  }
}

/** Accounts, and money in the wallets so that none runs dry. Small operators have ten wallets and ten others. */
async function prepare(handles: readonly OperatorDatabase[], wallets: number): Promise<void> {
  for (const handle of handles) {
    const funded = Array.from({ length: wallets }, (_, index) => BigInt(index + 1));
    const accounts: AccountEvent[] = [
      ...funded.map((id) => ({ id, ledger: LEDGER, code: 2001, flags: { debitsMustNotExceedCredits: true } })),
      ...funded.map((id) => ({ id: id + BigInt(WALLETS), ledger: LEDGER, code: 4001 })),
      { id: HOT, ledger: LEDGER, code: 1900 },
    ];
    expectAll('created', await createAccounts(handle, accounts, { clock }));
    expectAll('created', await createTransfers(handle, funded.map((id) => ({ ...transfer(id, HOT), amount: 1_000_000_000_000n })), { clock }));
  }
}

async function insertWorkloads(adminUrl: string): Promise<{ singles: Workload[]; batch: Workload; close(): Promise<void> }> {
  const clients = await Promise.all(Array.from({ length: 32 }, async () => {
    const client = new pg.Client({ connectionString: adminUrl });
    await client.connect();
    return client;
  }));
  await clients[0]!.query('create table insert_probe (id bigint generated always as identity primary key, debit bigint not null, credit bigint not null, amount bigint not null, at timestamptz not null default now())');
  const insert = { name: 'probe', text: 'insert into insert_probe (debit, credit, amount) values ($1, $2, $3)' };
  const insertMany = { name: 'probe_many', text: 'insert into insert_probe (debit, credit, amount) select * from unnest($1::bigint[], $2::bigint[], $3::bigint[])' };
  const single = (connections: number): Workload => ({
    name: `postgres.insert.${connections}`, unit: 'commits/s',
    measure: (ms) => callsPerSecond(connections, ms, (caller) => clients[caller]!.query({ ...insert, values: [random.integer(1000), random.integer(1000), random.integer(500)] })),
  });
  const numbers = (): string => `{${Array.from({ length: 1000 }, () => random.integer(1000)).join()}}`;
  const many: Workload = {
    name: 'postgres.insert.batch1000', unit: 'rows/s',
    measure: async (ms) => 1000 * (await callsPerSecond(1, ms, () => clients[0]!.query({ ...insertMany, values: [numbers(), numbers(), numbers()] }))),
  };
  return { singles: [single(1), single(8), single(32)], batch: many, close: async () => { await Promise.all(clients.map((client) => client.end())); } };
}

function ledgerWorkloads(main: OperatorDatabase, operators: readonly OperatorDatabase[]): Workload[] {
  const callers = (name: string, baseline: string, concurrency: number, one: () => [OperatorDatabase, TransferEvent]): Workload => ({
    name, baseline, unit: 'transfers/s',
    measure: (ms) => callsPerSecond(concurrency, ms, async () => {
      const [handle, event] = one();
      expectAll('created', await createTransfers(handle, [event], { clock }));
    }),
  });
  const small = (): bigint => BigInt(1 + random.integer(10));
  return [
    ...[1, 8, 32].map((n) => callers(`ledger.spread.${n}`, `postgres.insert.${n}`, n, () => [main, transfer(other())])),
    ...[1, 8, 32].map((n) => callers(`ledger.hot.${n}`, `ledger.spread.${n}`, n, () => [main, transfer(HOT)])),
    callers('ledger.operators200.32', 'ledger.spread.32', 32, () => [random.pick(operators), transfer(small() + BigInt(WALLETS), small())]),
  ];
}

function batchWorkloads(main: OperatorDatabase): Workload[] {
  return [{
    name: 'ledger.batch.1000', baseline: 'postgres.insert.batch1000', unit: 'transfers/s',
    measure: async (ms) => 1000 * (await callsPerSecond(1, ms, async () =>
      expectAll('created', await createTransfers(main, Array.from({ length: 1000 }, () => transfer(other())), { clock })))),
  }];
}

function expectAll(status: string, results: readonly { readonly status: string }[] | readonly CreateTransferResult[]): void {
  const strange = results.find((result) => result.status !== status);
  if (strange !== undefined) throw new Error(`expected ${status}, got ${strange.status}`);
}

