/** The same two files, joined by DuckDB in a process of its own. Prints one JSON object. */
import { createRequire } from 'node:module';

type DuckDb = { DuckDBInstance: { create(path: string): Promise<{ connect(): Promise<{ runAndReadAll(sql: string): Promise<{ getRowObjectsJS(): Record<string, unknown>[] }> }> }> } };
const require = createRequire(new URL('../baselines/package.json', import.meta.url));
const { DuckDBInstance } = require('@duckdb/node-api') as DuckDb;
const given = JSON.parse(process.argv[2]!) as { statement: string; orders: string };

const columns = Array.from({ length: 27 }, (_, index) => `'c${index}': 'VARCHAR'`).join(', ');
const startedAt = performance.now();
const connection = await (await DuckDBInstance.create(':memory:')).connect();
const rows = (await connection.runAndReadAll(`
  with bill as (
    select case when c15 in ('', '0') then c6 else c15 end as number, case when c15 in ('', '0') then 'payment' else 'refund' end as kind, c9 as state,
      cast(round(cast(case when c15 in ('', '0') then c24 else c25 end as decimal(18, 2)) * 100) as bigint) as fen, cast(round(cast(c22 as decimal(18, 5)) * 100) as bigint) as fee
    from read_csv('${given.statement}', delim = ',\`', header = false, skip = 1, quote = '', escape = '', columns = {${columns}}, null_padding = true, strict_mode = false, ignore_errors = true)
    where c26 is not null or c25 is not null),
  counted as (select number, kind, min(state) as state, min(fen) as fen, min(fee) as fee, count(*) as copies from bill group by number, kind),
  here as (select kind, case kind when 'payment' then out_trade_no else out_refund_no end as number, amount_fen, fee_fen, state from read_csv('${given.orders}', header = true, all_varchar = true))
  select count(*) filter (where h.number is null) as missing_here, count(*) filter (where b.number is null) as missing_there,
    count(*) filter (where b.fen <> cast(h.amount_fen as bigint)) as amount_differs, count(*) filter (where b.fen = cast(h.amount_fen as bigint) and b.fee <> cast(h.fee_fen as bigint)) as fee_differs,
    count(*) filter (where b.state <> h.state) as state_differs, count(*) filter (where b.copies > 1) as duplicate
  from counted b full outer join here h on b.number = h.number and b.kind = h.kind`)).getRowObjectsJS();
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(JSON.stringify({ seconds, peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024), found: Object.fromEntries(Object.entries(rows[0]!).map(([kind, count]) => [kind, Number(count)])) }));
process.exit(0);
