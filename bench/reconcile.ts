/**
 * Matching a day of a million payments with a statement of a million lines (27 columns, 0.1 % planted differences). `reconcile.million`: the statement is kept raw, parsed
 * and matched with the rows of the payments module in PostgreSQL, its breaks written; in a process of its own, whose peak memory is told. `duckdb.full_join`: the same
 * statement and the same orders as a CSV file, read and joined by DuckDB in Node. Both must find exactly what was planted.
 */
import { execFile } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { newUuid } from '../src/platform/clock/index.ts';
import { parseRefundNumber, parseTradeNumber } from '../src/modules/payments/index.ts';
import { writeStatement } from '../simulators/wallet-channel/statement.ts';
import { printMeasurements, runInterleaved, type Figures } from './harness.ts';
import type { BenchArguments } from './run.ts';
import { startBenchServer } from './server.ts';

const run_ = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const LINES = 1_000_000, DIFFERENCES = 0.001, DATE = '2026-03-01', ROWS_PER_INSERT = 20_000;
const KIND_OF: Readonly<Record<string, string>> = { amount: 'amount_differs', state: 'state_differs', fee: 'fee_differs' };

export async function run({ json, arguments: given }: BenchArguments): Promise<void> {
  const lines = Number(given[0] ?? LINES);
  await installDuckDb();
  const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-reconcile-'));
  const server = await startBenchServer();
  try {
    const written = await writeStatement({ seed: 1, lines, differences: DIFFERENCES, date: DATE }, folder);
    const account = { operatorId: newUuid(), merchantAccountId: newUuid() };
    await load(server.adminUrl, written.orders, account);
    process.stderr.write(`loaded ${lines} movements\n`);
    const planted = plantedIn(written.manifest);
    let round = 0;
    const child = async (script: string, parts: object): Promise<Figures & { found: Record<string, number> }> => {
      const { stdout } = await run_(process.execPath, [...process.execArgv, join(here, 'reconcile-processes', script), JSON.stringify(parts)], { maxBuffer: 1 << 26 });
      const answer = JSON.parse(stdout) as { seconds: number; peakRssMb: number; found: Record<string, number> };
      for (const [kind, count] of Object.entries(planted)) if (answer.found[kind] !== count) throw new Error(`${script}: ${answer.found[kind]} × ${kind} found, ${count} planted`);
      return { value: answer.seconds, more: { peak_rss_mb: answer.peakRssMb }, found: answer.found };
    };
    // Every round imports a text that is new by one empty line, so that it is stored and matched anew.
    const measurements = await runInterleaved([
      { name: 'duckdb.full_join', unit: 's', measure: () => child('duckdb.ts', written) },
      { name: 'reconcile.million', unit: 's', baseline: 'duckdb.full_join', measure: () => child('ours.ts', { ...account, urls: server.urls, file: written.statement, date: DATE, emptyLines: round++ }) },
    ], { progress: (line) => process.stderr.write(`${line}\n`) });
    printMeasurements(measurements, json);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** DuckDB is no dependency of the program: it is installed by the benchmark that compares with it. */
async function installDuckDb(): Promise<void> {
  const baselines = join(here, 'baselines');
  if (existsSync(join(baselines, 'node_modules/@duckdb/node-api'))) return;
  process.stderr.write('installing DuckDB for the comparison\n');
  await run_('npm', ['ci', '--no-audit', '--no-fund'], { cwd: baselines, env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}` } });
}

function plantedIn(manifest: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of readFileSync(manifest, 'utf8').split('\n').filter(Boolean)) {
    const { kind, ...rest } = JSON.parse(line) as { kind: string; there: string; here: string };
    const name = KIND_OF[kind] ?? kind;
    counts[name] = (counts[name] ?? 0) + 1;
    void rest;
  }
  return counts;
}

/** The merchant's side as the payments module has it. Triggers and foreign keys are off while loading: the rows are whole, the orders around them are not needed. */
async function load(adminUrl: string, file: string, { operatorId, merchantAccountId }: { operatorId: string; merchantAccountId: string }): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query('set session_replication_role = replica');
  await client.query(`insert into payments.merchant_account (operator_id, merchant_account_id, channel, environment, name, notify_key, recorded_at) values ($1, $2, 'wechatpay', 'T', 'bench', 'benchbenchbenchbenchbench1', now())`, [operatorId, merchantAccountId]);
  let rows: string[][] = [];
  const flush = async (): Promise<void> => {
    const payments = rows.filter(([kind]) => kind === 'payment'), refunds = rows.filter(([kind]) => kind === 'refund');
    await client.query(
      `insert into payments.payment_attempt (operator_id, order_id, attempt, merchant_account_id, channel, method, out_trade_no, amount_minor, state, state_at, created_at, code_lapses_at, channel_trade_no, paid_minor, paid_at, disposition, transfer_id)
       select $1, order_id, 1, $2, 'wechatpay', 'native_qr', number, amount, 'paid', at, at, at, trade, amount, at, 'applied', order_id from unnest($3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[]) k (order_id, number, amount, trade, at)`,
      [operatorId, merchantAccountId, payments.map((r) => parseTradeNumber(r[1]!)!.orderId), payments.map((r) => r[1]), payments.map((r) => r[4]), payments.map((r) => r[3]), payments.map((r) => r[7])]);
    await client.query(
      `insert into payments.refund_part (operator_id, part_id, refund_id, order_id, attempt, merchant_account_id, out_refund_no, amount_minor, state, state_at, not_before, accepted_at, refunded_at, transfer_id)
       select $1, part_id, part_id, order_id, 1, $2, number, amount, 'succeeded', at, at, at, at, part_id from unnest($3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::timestamptz[]) k (part_id, order_id, number, amount, at)`,
      [operatorId, merchantAccountId, refunds.map((r) => parseRefundNumber(r[2]!)!.partId), refunds.map((r) => parseTradeNumber(r[1]!)!.orderId), refunds.map((r) => r[2]), refunds.map((r) => r[4]), refunds.map((r) => r[7])]);
    rows = [];
  };
  let first = true;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (first) { first = false; continue; }
    rows.push(line.split(','));
    if (rows.length === ROWS_PER_INSERT) await flush();
  }
  await flush();
  await client.query('analyze payments.payment_attempt, payments.refund_part');
  await client.end();
}
