/**
 * A month of a million bills. `reporting.month`: every figure of the month by day, station, sub-operator, department, fleet, start mode and vehicle, as publishing makes it, in a process of its own whose peak memory is
 * told. `postgres.group_by`: a bare `group by` over the same bills by station and day, without tariff periods and without whom they belong to. Both must come to the same total. The bills are counted before by the
 * program itself (`rebuildMovements`), which is told on the side.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { newUuid } from '../src/platform/clock/index.ts';
import { printMeasurements, runInterleaved, type Figures } from './harness.ts';
import type { BenchArguments } from './run.ts';
import { startBenchServer } from './server.ts';

const run_ = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const BILLS = 1_000_000, STATIONS = 300, MEMBERS = 5_000, DEPARTMENTS = 40, ROWS_PER_INSERT = 100_000;

export async function run({ json, arguments: given }: BenchArguments): Promise<void> {
  const bills = Number(given[0] ?? BILLS);
  const server = await startBenchServer();
  try {
    const operatorId = newUuid();
    await load(server.adminUrl, operatorId, bills);
    process.stderr.write(`loaded ${bills} bills\n`);
    const child = async (what: string): Promise<Figures & { total: string }> => {
      const { stdout } = await run_(process.execPath, [join(here, 'reporting-processes', 'ours.ts'), JSON.stringify({ what, operatorId, urls: server.urls })], { maxBuffer: 1 << 26 });
      const answer = JSON.parse(stdout) as { seconds: number; peakRssMb: number; total: string; bills: number };
      if (answer.bills !== bills) throw new Error(`${what}: ${answer.bills} bills, ${bills} loaded`);
      return { value: bills / answer.seconds, more: { seconds: answer.seconds, peak_rss_mb: answer.peakRssMb }, total: answer.total };
    };
    const counted = await child('count');
    process.stderr.write(`counted at ${Math.round(counted.value)} bills/s, ${counted.more.peak_rss_mb} MB\n`);
    await analyse(server.adminUrl);
    const totals = new Set<string>();
    const measure = (what: string) => async (): Promise<Figures> => {
      const { total, ...figures } = await child(what);
      totals.add(total);
      if (totals.size > 1) throw new Error(`the totals differ: ${[...totals].join(', ')}`);
      return figures;
    };
    const measurements = await runInterleaved([
      { name: 'postgres.group_by', unit: 'bills/s', measure: measure('group_by') },
      { name: 'reporting.month', unit: 'bills/s', baseline: 'postgres.group_by', measure: measure('month') },
    ], { progress: (line) => process.stderr.write(`${line}\n`) });
    printMeasurements(measurements, json);
    const exported = await child('export');
    process.stderr.write(`every movement as CSV at ${Math.round(exported.value)} bills/s, ${exported.more.peak_rss_mb} MB\n`);
  } finally {
    await server.close();
  }
}

async function analyse(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query('vacuum analyze reporting.bill_movement');
  await client.end();
}

/** Ids from numbers, in the order of the numbers and with the time of a version 7 id. */
const id = (number: string, kind: number): string => `(lpad(to_hex(1772294400000 + ${number}), 12, '0') || '70008' || lpad(to_hex(${kind}), 3, '0') || lpad(to_hex(${number}), 12, '0'))::uuid`;

/** The rows of charging as it keeps them, with two or four lines a bill. Triggers and foreign keys are off while loading: the rows are whole, the facts behind them are not needed. */
async function load(adminUrl: string, operatorId: string, bills: number): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query('set session_replication_role = replica');
  await client.query(`insert into parties.operator (operator_id, code, name, currency, time_zone) values ($1, 'bench', 'Bench', 'CNY', 'Asia/Shanghai')`, [operatorId]);
  await client.query(`insert into parties.department (operator_id, department_id, name) select $1, ${id('d', 3)}, 'Department ' || d from generate_series(1, ${DEPARTMENTS}) d`, [operatorId]);
  await client.query(`insert into parties.member_department (operator_id, assignment_id, member_id, department_id, valid_from) select $1, ${id('m', 4)}, ${id('m', 2)}, ${id(`1 + m % ${DEPARTMENTS}`, 3)}, '-infinity' from generate_series(0, ${MEMBERS - 1}) m`, [operatorId]);
  await client.query(`insert into locations.station (operator_id, station_id, name, time_zone) select $1, ${id('s', 1)}, 'Station ' || s, 'Asia/Shanghai' from generate_series(0, ${STATIONS - 1}) s`, [operatorId]);
  await client.query(`insert into locations.station_binding (operator_id, binding_id, station_id, sub_operator_id, valid_from) select $1, ${id('s', 6)}, ${id('s', 1)}, ${id('s % 7', 5)}, '-infinity' from generate_series(0, ${STATIONS - 1}) s`, [operatorId]);
  const perDay = Math.ceil(bills / 31);
  for (let from = 0; from < bills; from += ROWS_PER_INSERT) {
    const rows = `generate_series(${from}, ${Math.min(bills, from + ROWS_PER_INSERT) - 1}) i cross join lateral (select timestamptz '2026-03-01 00:30+08' + (i / ${perDay}) * interval '1 day' + (i % ${perDay}) * interval '23 hours' / ${perDay} as at, 8000 + i % 9000 as wh, i % 3 = 0 as two) x`;
    await client.query(
      `insert into charging.session (operator_id, session_id, charge_point_id, station_id, time_zone, max_power_w, transaction_ref, member_id, token_status, decision, start_mode, state, started_at, ended_at, first_recorded_at, last_recorded_at, energy_wh,
         current_bill_id, bill_version)
       select $1, ${id('i', 10)}, ${id('i % 3000', 9)}, ${id(`i % ${STATIONS}`, 1)}, 'Asia/Shanghai', 60000, 'v16:' || i, ${id(`i % ${MEMBERS}`, 2)}, 'active', 'accepted', case when i % 4 = 0 then 'card' else 'app' end, 'ended', at - interval '20 minutes', at, at, at, wh,
         ${id('i', 11)}, 1 from ${rows}`, [operatorId]);
    await client.query(
      `insert into charging.bill (operator_id, bill_id, session_id, version, reason, state, currency, member_id, started_at, ended_at, energy_wh, electricity_minor, service_minor, occupancy_minor, total_minor, from_hold_minor, from_wallet_minor, receivable_minor,
         flags, digest, recorded_at)
       select $1, ${id('i', 11)}, ${id('i', 10)}, 1, 'ended', 'settled', 'CNY', ${id(`i % ${MEMBERS}`, 2)}, at - interval '20 minutes', at, wh, wh / 10, wh / 20, 0, wh / 10 + wh / 20, 0, wh / 10 + wh / 20, 0, '[]', md5(i::text), at from ${rows}`, [operatorId]);
    await client.query(
      `insert into charging.bill_line (operator_id, bill_id, line_number, charged, kind, period_kind, tariff_id, from_at, to_at, energy_wh, rate_value, rate_scale, amount_minor)
       select $1, ${id('i', 11)}, n, true, kind, period, ${id('0', 7)}, at - interval '20 minutes', at, part, 12000, 4, case when kind = 'electricity' then case when n = 1 or not two then wh / 10 else 0 end else case when n = 2 or not two then wh / 20 else 0 end end
       from ${rows} cross join lateral (values (1, 'electricity', case when two then 'flat' when i % 5 = 0 then 'peak' else 'valley' end, case when two then wh / 2 else wh end), (2, 'service', case when two then 'flat' when i % 5 = 0 then 'peak' else 'valley' end, case when two then wh / 2 else wh end),
         (3, 'electricity', 'valley', wh - wh / 2), (4, 'service', 'valley', wh - wh / 2)) l (n, kind, period, part) where two or n <= 2`, [operatorId]);
  }
  await client.query('analyze charging.session, charging.bill, charging.bill_line, parties.member_department, locations.station_binding');
  await client.end();
}
