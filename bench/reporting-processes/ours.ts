/** One piece of work over a month in a process of its own. Prints one JSON object. */
import { loadOperator } from '../../src/modules/parties/index.ts';
import { findExport, parsePeriod, rebuildMovements, requestExport, wholeReport, writeExports } from '../../src/modules/reporting/index.ts';
import type { OperatorId } from '../../src/kernel/index.ts';
import { systemClock } from '../../src/platform/clock/index.ts';
import { connectDatabase, type DatabaseUrls } from '../../src/platform/database/index.ts';

const given = JSON.parse(process.argv[2]!) as { what: 'count' | 'group_by' | 'month' | 'export'; operatorId: OperatorId; urls: DatabaseUrls };
const database = connectDatabase(given.urls, { poolSizeMax: 4 });
const odb = database.forOperator(given.operatorId);
const clock = systemClock;
const month = parsePeriod('2026-03')!;

const WORK: Readonly<Record<typeof given.what, () => Promise<{ bills: number; total: string }>>> = {
  count: async () => ({ bills: (await rebuildMovements(odb, { clock })).bills, total: '' }),
  group_by: () => odb.transaction(async (tx) => {
    const rows = await tx.query<{ bills: bigint; total: bigint }>(
      `select s.station_id, (b.ended_at at time zone s.time_zone)::date as day, count(*) as bills, sum(b.energy_wh)::bigint as energy, sum(b.electricity_minor)::bigint as electricity, sum(b.service_minor)::bigint as service, sum(b.total_minor)::bigint as total
       from charging.bill b join charging.session s on s.operator_id = b.operator_id and s.session_id = b.session_id where b.operator_id = $1 and b.ended_at >= $2 and b.ended_at < $3 group by 1, 2`,
      [given.operatorId, '2026-03-01T00:00:00+08:00', '2026-04-01T00:00:00+08:00']);
    return { bills: Number(rows.reduce((sum, row) => sum + row.bills, 0n)), total: String(rows.reduce((sum, row) => sum + row.total, 0n)) };
  }),
  month: () => odb.transaction(async (tx) => {
    const { total } = await wholeReport(tx, month);
    return { bills: Number(total.billCount), total: String(total.totalMinor) };
  }),
  export: async () => {
    const asked = await odb.transaction(async (tx) => requestExport(tx, { subject: 'bills', parameters: { firstOn: month.firstOn, lastOn: month.lastOn, narrowing: {} }, format: 'csv', language: 'zh', requestedBy: 'bench' }, { clock }));
    if (!asked.ok) throw new Error(asked.error.code);
    await writeExports(odb, { clock });
    const done = await odb.transaction((tx) => findExport(tx, asked.value.exportId));
    return { bills: Number(done!.rowsDone), total: '' };
  },
};
await odb.transaction(loadOperator);
const startedAt = performance.now();
const { bills, total } = await WORK[given.what]();
const seconds = (performance.now() - startedAt) / 1000;
await database.close();
process.stdout.write(JSON.stringify({ seconds, peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024), bills, total }));
