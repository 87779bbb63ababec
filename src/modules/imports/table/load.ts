import { SessionTableFault, type SessionTableMapping } from './mapping.ts';
import { readSessionTable, type TableSource } from './read.ts';
import type { NotReplayableCode, ProblemCode, RowProblem, SessionRow } from './row.ts';

/** Some hundred bytes a row: two million rows fit into a gigabyte. */
export const ROWS_MAX = 2_000_000;

export type SessionTableSummary = {
  readonly rows: number;
  readonly replayable: number;
  readonly notReplayable: number;
  /** Rows by problem; a row may have several. */
  readonly problems: Readonly<Partial<Record<ProblemCode | NotReplayableCode, number>>>;
  readonly chargePoints: number;
  readonly connectors: number;
  readonly energyWh: bigint;
  readonly firstStartAt: number | null;
  readonly lastStartAt: number | null;
};
export type SessionTable = { readonly rows: readonly SessionRow[]; readonly summary: SessionTableSummary };

/**
 * Reads a whole table and adds what only the whole shows: which connector, where the table names none; rows of one connector that
 * overlap; ids that come twice. Rows stay in the order of the file.
 */
export async function loadSessionTable(source: TableSource, mapping: SessionTableMapping): Promise<SessionTable> {
  const rows: SessionRow[] = [];
  for await (const row of readSessionTable(source, mapping)) {
    if (rows.length >= ROWS_MAX) throw new SessionTableFault('table_too_long', `the table has more than ${ROWS_MAX} rows; split it`);
    rows.push(row);
  }
  const connectorsMax = mapping.connector && 'byOverlap' in mapping.connector ? mapping.connector.byOverlap : null;
  const complete = noteRepeatedIds(placeOnConnectors(rows, connectorsMax));
  return { rows: complete, summary: summarise(complete) };
}

/** Counts of a table: what a person looks at to see whether a mapping reads it well. */
export function summarise(rows: readonly SessionRow[]): SessionTableSummary {
  const problems: Partial<Record<RowProblem['code'], number>> = {};
  for (const row of rows) for (const code of new Set(row.problems.map((problem) => problem.code))) problems[code] = (problems[code] ?? 0) + 1;
  const replayable = rows.filter((row) => row.notReplayable === null);
  const starts = replayable.map((row) => row.startAt!);
  return {
    rows: rows.length, replayable: replayable.length, notReplayable: rows.length - replayable.length, problems,
    chargePoints: new Set(replayable.map((row) => row.chargePointKey)).size,
    connectors: new Set(replayable.map((row) => `${row.chargePointKey}/${row.connector}`)).size,
    energyWh: replayable.reduce((sum, row) => sum + (row.energyWh ?? 0n), 0n),
    firstStartAt: starts.reduce<number | null>((least, at) => (least === null || at < least ? at : least), null),
    lastStartAt: starts.reduce<number | null>((most, at) => (most === null || at > most ? at : most), null),
  };
}

/** Walks each charge point's rows by start. With `connectorsMax`, a row takes the first connector that is free, else the one that is free next. */
function placeOnConnectors(rows: readonly SessionRow[], connectorsMax: number | null): SessionRow[] {
  const placed = [...rows];
  for (const own of groupsOf(rows, (row) => (row.notReplayable === null ? row.chargePointKey : null))) {
    const freeFrom = new Map<number, number>();
    own.sort((a, b) => rows[a]!.startAt! - rows[b]!.startAt! || a - b);
    for (const index of own) {
      const row = rows[index]!;
      const connector = connectorsMax === null ? row.connector : firstFree(freeFrom, connectorsMax, row.startAt!);
      const overlaps = (freeFrom.get(connector) ?? Number.NEGATIVE_INFINITY) > row.startAt!;
      freeFrom.set(connector, Math.max(freeFrom.get(connector) ?? Number.NEGATIVE_INFINITY, row.startAt!, row.endAt ?? row.startAt!));
      placed[index] = { ...row, connector, problems: overlaps ? [...row.problems, { code: 'overlaps' }] : row.problems };
    }
  }
  return placed;
}

function firstFree(freeFrom: ReadonlyMap<number, number>, connectorsMax: number, at: number): number {
  let best = 1;
  for (let connector = 1; connector <= connectorsMax; connector++) {
    const from = freeFrom.get(connector) ?? Number.NEGATIVE_INFINITY;
    if (from <= at) return connector;
    if (from < (freeFrom.get(best) ?? Number.NEGATIVE_INFINITY)) best = connector;
  }
  return best;
}

function noteRepeatedIds(rows: SessionRow[]): SessionRow[] {
  for (const own of groupsOf(rows, (row) => row.externalId)) {
    for (const index of own.slice(1)) rows[index] = { ...rows[index]!, problems: [...rows[index]!.problems, { code: 'external_id_repeated', text: rows[index]!.externalId! }] };
  }
  return rows;
}

/** Indexes of rows with the same key; rows with null are left out. */
function groupsOf(rows: readonly SessionRow[], key: (row: SessionRow) => string | null): number[][] {
  const groups = new Map<string, number[]>();
  rows.forEach((row, index) => {
    const found = key(row);
    if (found === null) return;
    const group = groups.get(found);
    if (group) group.push(index);
    else groups.set(found, [index]);
  });
  return [...groups.values()];
}
