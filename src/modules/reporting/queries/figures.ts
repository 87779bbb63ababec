/** Sums of movements: the one place that reads them by the million. */
import { assert, type StationId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { COLUMN_OF, DIMENSIONS, FEW, type Dimension } from '../domain/dimension.ts';
import { columnOf, figuresOf, MEASURES, NOTHING, SUMS, type Figures } from '../domain/measures.ts';
import type { Day } from '../domain/period.ts';
import { onlyOperator } from '../only-operator.ts';

/** Rows of figures that are held in memory at once: as many vehicles, at some 2 kB each. Whoever may meet more reads them page by page. */
export const FIGURE_ROWS_MAX = 100_000;
export type FigurePage = { readonly after: string | null; readonly limit: number };

/** Which movements: all those that count in these days, narrowed. */
export type Filter = {
  readonly firstOn: Day; readonly lastOn: Day; readonly stationId?: StationId | undefined; readonly subOperatorId?: string | undefined; readonly departmentId?: string | undefined; readonly fleetId?: string | undefined;
  readonly vehicleId?: string | undefined; readonly startMode?: string | undefined;
  /** Whose stations whoever asks may see; all when left out. */
  readonly subOperators?: 'operator' | readonly string[] | undefined;
};
const EQUAL = [['stationId', 'station_id'], ['subOperatorId', 'sub_operator_id'], ['departmentId', 'department_id'], ['fleetId', 'fleet_id'], ['vehicleId', 'vehicle_id'], ['startMode', 'start_mode']] as const;

/** The condition on a movement `m` and its parameters; the first is the operator. */
export function conditionOf(tx: Tx, filter: Filter, days: 'counts_on' | 'adjusts_on' = 'counts_on'): { readonly sql: string; readonly values: unknown[] } {
  const values: unknown[] = [onlyOperator(tx), filter.firstOn, filter.lastOn];
  let sql = `m.operator_id = $1 and m.${days} between $2::date and $3::date`;
  for (const [name, column] of EQUAL) {
    if (filter[name] === undefined) continue;
    values.push(filter[name]);
    sql += ` and m.${column} = $${values.length}${name === 'startMode' ? '' : '::uuid'}`;
  }
  if (filter.subOperators !== undefined && filter.subOperators !== 'operator') {
    values.push(filter.subOperators);
    sql += ` and m.sub_operator_id = any($${values.length}::uuid[])`;
  }
  return { sql, values };
}

export type KeyedFigures = { readonly key: string; readonly figures: Figures };

/** A page of figures by one dimension, in the order of its keys; an empty key is what has none. */
export async function figuresBy(tx: Tx, dimension: Dimension, filter: Filter, { after, limit }: FigurePage): Promise<KeyedFigures[]> {
  assert(limit <= FIGURE_ROWS_MAX + 1, `at most ${FIGURE_ROWS_MAX} rows at once`);
  const { sql, values } = conditionOf(tx, filter);
  const key = `coalesce(${COLUMN_OF[dimension]}, '') collate "C"`, n = values.length;
  const rows = await tx.query<Figures & { key: string }>(
    `select ${key} as key, ${SUMS} from reporting.bill_movement m where ${sql} and ($${n + 1}::text is null or ${key} > $${n + 1}::text collate "C") group by 1 order by 1 limit $${n + 2}`, [...values, after, limit]);
  return rows.map((row) => ({ key: row.key, figures: figuresOf(row) }));
}

export type Sums = { readonly movements: bigint; readonly total: Figures; /** Of the total: what adjusts days that were published before. */ readonly adjustments: Figures };

/** The total of a report and what of it adjusts earlier ones. */
export async function sumFigures(tx: Tx, filter: Filter): Promise<Sums> {
  const { sql, values } = conditionOf(tx, filter);
  const rows = await tx.query<Figures & { adjusts: boolean; movements: bigint }>(`select m.adjusts_on is not null as adjusts, count(*) as movements, ${SUMS} from reporting.bill_movement m where ${sql} group by 1`, values);
  const of = (adjusts: boolean): Figures => { const row = rows.find((each) => each.adjusts === adjusts); return row ? figuresOf(row) : NOTHING; };
  const [own, adjustments] = [of(false), of(true)];
  return { movements: rows.reduce((sum, row) => sum + row.movements, 0n), total: Object.fromEntries(MEASURES.map((measure) => [measure, own[measure] + adjustments[measure]])) as Figures, adjustments };
}

export type WholeReport = { readonly movements: bigint; readonly total: Figures; readonly byDimension: ReadonlyMap<Dimension, readonly KeyedFigures[]> };

/**
 * Every figure of a period, by every dimension: movements are read once and grouped at the finest grain that days, stations and the like have together; their rows are few, and each dimension is
 * a sum of those. Vehicles are grouped apart, of those movements that have one.
 */
export async function wholeReport(tx: Tx, days: Pick<Filter, 'firstOn' | 'lastOn'>): Promise<WholeReport> {
  const { sql, values } = conditionOf(tx, days);
  const sums = MEASURES.map((measure) => `sum(${columnOf(measure)})::bigint as ${columnOf(measure)}`).join(', ');
  const rows = await tx.query<Figures & { dimension: string; key: string; movements: bigint }>(
    `with grain as materialized (
       select ${FEW.map((dimension) => `${COLUMN_OF[dimension]} as ${dimension}`).join(', ')}, count(*) as movements, ${sums} from reporting.bill_movement m where ${sql} group by ${FEW.map((_, i) => i + 1).join(', ')})
     select case ${FEW.map((dimension) => `when grouping(${dimension}) = 0 then '${dimension}'`).join(' ')} else 'total' end as dimension, coalesce(${FEW.join(', ')}, '') as key, sum(movements)::bigint as movements, ${SUMS}
     from grain m group by grouping sets (${FEW.map((dimension) => `(${dimension})`).join(', ')}, ())
     union all
     select 'vehicle', coalesce(m.vehicle_id::text, ''), count(*), ${SUMS} from reporting.bill_movement m where ${sql} and m.vehicle_id is not null group by m.vehicle_id`, values);
  const [total] = rows.filter((row) => row.dimension === 'total');
  const byDimension = new Map(DIMENSIONS.map((dimension) => [dimension, rows.filter((row) => row.dimension === dimension).map((row) => ({ key: row.key, figures: figuresOf(row) })).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))]));
  return { movements: total?.movements ?? 0n, total: total && total.movements !== null ? figuresOf(total) : NOTHING, byDimension };
}
