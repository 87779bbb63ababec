import type { Instant } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { Flag } from '../../charging/index.ts';
import type { JudgedRow, RowToJudge } from '../domain/judge.ts';
import type { ReadRow } from '../table/read.ts';
import type { RowProblem, SessionRow } from '../table/index.ts';
import { onlyOperator } from './imports.ts';

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
const text = (value: bigint | number | null): string | null => (value === null ? null : String(value));

/** A page of rows as they came; rows that are there already stay as they are. */
export async function insertRows(tx: Tx, importId: string, rows: readonly ReadRow[]): Promise<void> {
  const column = <T>(of: (row: SessionRow) => T): T[] => rows.map(({ row }) => of(row));
  await tx.execute({
    name: 'imports_insert_rows',
    text: `insert into imports.imported_session (operator_id, import_id, row_number, external_id, charge_point_key, charge_point_name, connector, started_at, ended_at, energy_wh, stated_duration_ms, charging_ms,
        problems, refused_code, record)
      select $1, $2, * from unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::int[], $8::timestamptz[], $9::timestamptz[], $10::bigint[], $11::bigint[], $12::bigint[], $13::jsonb[], $14::text[], $15::jsonb[])
      on conflict do nothing`,
  }, [onlyOperator(tx), importId, column((row) => row.rowNumber), column((row) => row.externalId), column((row) => row.chargePointKey), column((row) => row.chargePointName), column((row) => row.connector),
    column((row) => iso(row.startAt)), column((row) => iso(row.endAt)), column((row) => text(row.energyWh)), column((row) => text(row.statedDurationMs)), column((row) => text(row.chargingMs)),
    column((row) => JSON.stringify(row.problems)), column((row) => row.notReplayable), rows.map(({ record }) => JSON.stringify(record))]);
}

/** The next charge points by name, each with its number of rows. */
export const chargePointsAfter = (tx: Tx, importId: string, after: string | null, countMax: number): Promise<{ key: string; rows: bigint }[]> => tx.query(
  `select charge_point_key as key, count(*) as rows from imports.imported_session
   where operator_id = $1 and import_id = $2 and refused_code is null and ($3::text is null or charge_point_key > $3) group by charge_point_key order by charge_point_key limit $4`,
  [onlyOperator(tx), importId, after, countMax]);

type StoredRow = Omit<RowToJudge, 'startAt' | 'endAt' | 'statedDurationMs' | 'chargingMs'> & { readonly key: string; readonly startAt: Instant | null; readonly endAt: Instant | null; readonly statedDurationMs: bigint | null; readonly chargingMs: bigint | null };
const asNumber = (value: bigint | null): number | null => (value === null ? null : Number(value));

export async function rowsOf(tx: Tx, importId: string, keys: readonly string[]): Promise<Map<string, RowToJudge[]>> {
  const rows = await tx.query<StoredRow>(
    `select charge_point_key as key, row_number as "rowNumber", external_id as "externalId", connector, started_at as "startAt", ended_at as "endAt", energy_wh as "energyWh",
       stated_duration_ms as "statedDurationMs", charging_ms as "chargingMs", problems
     from imports.imported_session where operator_id = $1 and import_id = $2 and charge_point_key = any($3::text[]) and refused_code is null`, [onlyOperator(tx), importId, keys]);
  return Map.groupBy(rows.map((row) => ({ ...row, statedDurationMs: asNumber(row.statedDurationMs), chargingMs: asNumber(row.chargingMs) })), (row) => row.key);
}

export async function insertVerdicts(tx: Tx, importId: string, judged: readonly JudgedRow[]): Promise<void> {
  const codes = ({ flags }: JudgedRow): number[] => [...new Set(flags.flatMap(({ code }) => (code === null ? [] : [code])))].sort((a, b) => a - b);
  await tx.execute({
    name: 'imports_insert_verdicts',
    text: `insert into imports.verdict (operator_id, import_id, row_number, connector, codes, causes, flags, believed_started_at, believed_ended_at)
      select $1, $2, v.row_number, v.connector, v.codes::int[], v.causes::text[], v.flags, v.started, v.ended
      from unnest($3::int[], $4::int[], $5::text[], $6::text[], $7::jsonb[], $8::timestamptz[], $9::timestamptz[]) as v (row_number, connector, codes, causes, flags, started, ended) on conflict do nothing`,
  }, [onlyOperator(tx), importId, judged.map((row) => row.rowNumber), judged.map((row) => row.connector), judged.map((row) => `{${codes(row).join(',')}}`), judged.map((row) => `{${row.flags.map(({ cause }) => cause).join(',')}}`),
    judged.map((row) => JSON.stringify(row.flags)), judged.map((row) => iso(row.believed?.startAt ?? null)), judged.map((row) => iso(row.believed?.endAt ?? null))]);
}

export type ImportSummary = {
  readonly rows: bigint; readonly refused: Readonly<Record<string, bigint>>; readonly judged: bigint; readonly clean: bigint;
  /** Rows by cause; a row may have several. */
  readonly causes: readonly { readonly code: number | null; readonly cause: string; readonly rows: bigint }[];
  readonly chargePoints: bigint; readonly energyWh: bigint; readonly firstStartAt: Instant | null; readonly lastStartAt: Instant | null;
};

/** What an import found, counted from what is stored. */
export async function summariseImport(tx: Tx, importId: string): Promise<ImportSummary> {
  const key = [onlyOperator(tx), importId];
  const [totals] = await tx.query<Pick<ImportSummary, 'rows' | 'chargePoints' | 'energyWh' | 'firstStartAt' | 'lastStartAt'>>(
    `select count(*) as rows, count(distinct charge_point_key) as "chargePoints", coalesce(sum(energy_wh) filter (where refused_code is null), 0)::bigint as "energyWh", min(started_at) as "firstStartAt", max(started_at) as "lastStartAt"
     from imports.imported_session where operator_id = $1 and import_id = $2`, key);
  const refused = await tx.query<{ code: string; rows: bigint }>('select refused_code as code, count(*) as rows from imports.imported_session where operator_id = $1 and import_id = $2 and refused_code is not null group by 1 order by 1', key);
  const causes = await tx.query<ImportSummary['causes'][number]>(
    `select (f->>'code')::int as code, f->>'cause' as cause, count(*) as rows from imports.verdict v cross join lateral jsonb_array_elements(v.flags) f where v.operator_id = $1 and v.import_id = $2 group by 1, 2 order by 1 nulls last, 3 desc, 2`, key);
  const [judged] = await tx.query<{ judged: bigint; clean: bigint }>(`select count(*) as judged, count(*) filter (where causes = '{}') as clean from imports.verdict where operator_id = $1 and import_id = $2`, key);
  return { ...totals!, ...judged!, refused: Object.fromEntries(refused.map(({ code, rows }) => [code, rows])), causes };
}

export type ImportedRow = {
  readonly rowNumber: number; readonly externalId: string | null; readonly chargePoint: string | null; readonly name: string | null; readonly connector: number; readonly startedAt: Instant | null; readonly endedAt: Instant | null;
  readonly energyWh: bigint | null; readonly refusedCode: string | null; readonly problems: readonly RowProblem[]; readonly record: readonly string[]; readonly flags: readonly Flag[] | null;
  readonly believedStartedAt: Instant | null; readonly believedEndedAt: Instant | null;
};
export type RowFilter = { readonly which: 'all' | 'flagged' | 'refused'; readonly cause: string | null; readonly after: number; readonly countMax: number };

/** Rows in the order of the file, with what the rules say about each. */
export const listRows = (tx: Tx, importId: string, { which, cause, after, countMax }: RowFilter): Promise<ImportedRow[]> => tx.query<ImportedRow>(
  `select r.row_number as "rowNumber", r.external_id as "externalId", r.charge_point_key as "chargePoint", r.charge_point_name as name, coalesce(v.connector, r.connector) as connector, r.started_at as "startedAt",
     r.ended_at as "endedAt", r.energy_wh as "energyWh", r.refused_code as "refusedCode", r.problems, r.record, v.flags, v.believed_started_at as "believedStartedAt", v.believed_ended_at as "believedEndedAt"
   from imports.imported_session r left join imports.verdict v using (operator_id, import_id, row_number)
   where r.operator_id = $1 and r.import_id = $2 and r.row_number > $3
     and ($4 = 'all' or $4 = 'refused' and r.refused_code is not null or $4 = 'flagged' and v.causes <> '{}') and ($5::text is null or $5 = any(v.causes))
   order by r.row_number limit $6`, [onlyOperator(tx), importId, after, which, cause, countMax]);
