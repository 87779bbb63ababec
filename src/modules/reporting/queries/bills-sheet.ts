import { CURRENCY_DECIMALS } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { listDepartments, listFleets, listSubOperators, loadOperator } from '../../parties/index.ts';
import { stationNames } from '../../locations/index.ts';
import { AMOUNTS, columnOf } from '../domain/measures.ts';
import { decimal, type Reached, type Row, type Sheet, type SheetColumn } from '../files/sheet.ts';
import { say, sayIfKnown, type Language } from '../files/words.ts';
import { conditionOf } from './figures.ts';
import { fastId } from './fast-id.ts';
import type { BillsParameters, SheetOptions } from './sheet-parameters.ts';

/** Everything as text, and no more columns than are written: a million rows pass through here. Positions are those of `COLUMNS`. */
const TEXTS = ['m.service_on', 'm.counts_on', 'm.adjusts_on', 'm.station_id', 'm.sub_operator_id', 'm.department_id', 'm.fleet_id', 'm.vehicle_id', 'm.bill_id', 'm.session_id', 'm.version', 'm.sign', 'm.state', 'm.reason', 'm.start_mode'] as const;
const HEADS = ['day', 'countsOn', 'adjustsOn', 'station', 'sub_operator', 'department', 'fleet', 'vehicle', 'bill', 'session', 'version', 'sign', 'state', 'reason', 'start_mode', 'startedAt', 'endedAt'] as const;
/** Station, sub-operator, department and fleet, in the order in which their names are loaded. */
const NAMED = [3, 4, 5, 6];
const COUNTS_ON = 1, VEHICLE = 7, BILL = 8, SESSION = 9, SIGN = 11, WORDS = [12, 13, 14];

type Names = ReadonlyMap<string, string>;

/** The movements of bills behind a report, one a line: what was counted, and what was taken back. */
export async function billsSheet(tx: Tx, of: BillsParameters, { language }: SheetOptions): Promise<Sheet> {
  const { currency, timeZone } = await loadOperator(tx);
  const { sql, values } = conditionOf(tx, { ...of.narrowing, firstOn: of.firstOn, lastOn: of.lastOn });
  const [counted] = await tx.query<{ rows: bigint }>(`select count(*) as rows from reporting.bill_movement m where ${sql}`, values);
  const decimals = AMOUNTS.map((measure) => (measure.endsWith('Wh') ? 3 : CURRENCY_DECIMALS[currency]));
  const columns: SheetColumn[] = [
    ...HEADS.map((head) => ({ title: say(language, head), decimals: head === 'version' || head === 'sign' ? 0 : null, width: head === 'bill' || head === 'session' ? 34 : 16 })),
    ...AMOUNTS.map((measure, i) => ({ title: say(language, measure), decimals: decimals[i]!, width: 13 })),
  ];
  const n = values.length;
  // One text a row: taking it apart here costs less than forty columns on the way. None of these texts can have a tab in it.
  const line = [...TEXTS, `to_char(m.started_at at time zone $${n + 5}, 'YYYY-MM-DD HH24:MI:SS')`, `to_char(m.ended_at at time zone $${n + 5}, 'YYYY-MM-DD HH24:MI:SS')`, ...AMOUNTS.map((measure) => `m.${columnOf(measure)}`)]
    .map((expression) => `coalesce((${expression})::text, '')`).join(', ');
  const text = `select concat_ws(E'\\t', ${line}) as line
    from reporting.bill_movement m where ${sql} and ($${n + 1}::date is null or (m.counts_on, m.bill_id, m.sign) > ($${n + 1}::date, $${n + 2}::uuid, $${n + 3}::smallint)) order by m.counts_on, m.bill_id, m.sign limit $${n + 4}`;
  let names: readonly Names[] | null = null;
  return {
    title: say(language, 'bills'), preface: [], columns, rowsTotal: Number(counted!.rows), footer: [],
    page: async (page, reached, limit) => {
      names ??= await loadNames(page, of);
      const rows = await page.query<{ line: string }>(text, [...values, reached?.[0] ?? null, reached?.[1] ?? null, reached?.[2] ?? null, limit, timeZone]);
      const last = rows.at(-1)?.line.split('\t');
      const shape = { names, language, decimals };
      return { rows: rows.map((row) => toRow(row.line.split('\t'), shape)), reached: last ? [last[COUNTS_ON]!, last[BILL]!, Number(last[SIGN])] : reached ?? [] satisfies Reached };
    },
  };
}

function toRow(cells: string[], { names, language, decimals }: { readonly names: readonly Names[]; readonly language: Language; readonly decimals: readonly number[] }): Row {
  for (let i = 0; i < NAMED.length; i++) cells[NAMED[i]!] = names[i]!.get(cells[NAMED[i]!]!) ?? '';
  if (cells[VEHICLE] !== '') cells[VEHICLE] = fastId('veh', cells[VEHICLE]!);
  cells[BILL] = fastId('bill', cells[BILL]!);
  cells[SESSION] = fastId('chg', cells[SESSION]!);
  for (const position of WORDS) cells[position] = sayIfKnown(language, cells[position]!);
  for (let i = 0; i < decimals.length; i++) cells[HEADS.length + i] = decimal(cells[HEADS.length + i]!, decimals[i]!);
  return cells;
}

async function loadNames(tx: Tx, of: BillsParameters): Promise<readonly Names[]> {
  const { sql, values } = conditionOf(tx, { ...of.narrowing, firstOn: of.firstOn, lastOn: of.lastOn });
  const stations = await tx.query<{ id: Parameters<typeof stationNames>[1][number] }>(`select distinct m.station_id as id from reporting.bill_movement m where ${sql}`, values);
  return [
    await stationNames(tx, stations.map(({ id }) => id)), new Map((await listSubOperators(tx)).map(({ subOperatorId, name }) => [subOperatorId, name])),
    new Map((await listDepartments(tx)).map(({ departmentId, name }) => [departmentId, name])), new Map((await listFleets(tx)).map(({ fleetId, name }) => [fleetId, name])),
  ];
}
