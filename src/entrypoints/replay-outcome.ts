import type { PlannedRow, ReplayPlan } from './replay-plan.ts';

/** What the books say about a session, as far as a replay asks. */
export type BookedSession = {
  readonly identity: string;
  readonly transactionRef: string;
  readonly startMessageId: string | null;
  readonly state: 'active' | 'ended';
  readonly billState: 'settled' | 'held' | null;
  readonly billedWh: bigint;
  readonly totalMinor: bigint;
  readonly flagCauses: readonly string[];
};
export type RowOutcome = {
  readonly rowNumber: number;
  /** `lost`: lived, but the books do not know it or leave it open. `wrong`: billed with another energy than the row's. Neither may ever be. */
  readonly outcome: 'billed' | 'flagged' | 'not_replayable' | 'lost' | 'wrong';
  /** Why: the causes of its flags, or of its not being replayable; empty for a plain bill. */
  readonly code: string;
  readonly transactionRef: string | null;
  readonly billedWh: bigint;
  readonly totalMinor: bigint;
};

/** One outcome for every row of the table, in the order of the rows. */
export function outcomesOf(plan: ReplayPlan, sessions: readonly BookedSession[]): RowOutcome[] {
  const byKey = new Map<string, BookedSession>();
  for (const session of sessions) for (const key of keysOf(session)) byKey.set(key, session);
  const lived = plan.rows.map((row) => outcomeOf(row, byKey.get(`${row.session.station}/${row.session.session}`)));
  const not = plan.notReplayable.map(({ rowNumber, code }): RowOutcome => ({ rowNumber, outcome: 'not_replayable', code, transactionRef: null, billedWh: 0n, totalMinor: 0n }));
  return [...lived, ...not].sort((a, b) => a.rowNumber - b.rowNumber);
}

/** Finished rows need not be lived again: their session has ended and has its bill. */
export const isFinished = (outcome: RowOutcome): boolean => outcome.outcome !== 'lost';

/** 2.0.1 names the session in its transaction id, 1.6 in the message id of its start, which ends in `.0`. */
function keysOf(session: BookedSession): string[] {
  if (session.transactionRef.startsWith('v201:')) return [`${session.identity}/${session.transactionRef.slice('v201:'.length)}`];
  return session.startMessageId === null ? [] : [`${session.identity}/${session.startMessageId.replace(/\.0$/, '')}`];
}

function outcomeOf(row: PlannedRow, session: BookedSession | undefined): RowOutcome {
  const { rowNumber } = row;
  if (!session) return { rowNumber, outcome: 'lost', code: 'no_session', transactionRef: null, billedWh: 0n, totalMinor: 0n };
  const { transactionRef, billedWh, totalMinor } = session;
  const found = { rowNumber, transactionRef, billedWh, totalMinor, code: session.flagCauses.join(' + ') };
  if (session.state === 'active' || session.billState === null) return { ...found, outcome: 'lost', code: 'still_open' };
  if (session.billState === 'held') return { ...found, outcome: 'flagged' };
  return billedWh === (row.energyWh ?? -1n) ? { ...found, outcome: 'billed' } : { ...found, outcome: 'wrong', code: `billed ${billedWh} Wh instead of ${row.energyWh ?? 'unknown'}` };
}

export type OutcomeCount = { readonly outcome: RowOutcome['outcome']; readonly code: string; readonly rows: number; readonly energyWh: bigint };
const ORDER: readonly RowOutcome['outcome'][] = ['billed', 'flagged', 'not_replayable', 'lost', 'wrong'];

/** Rows counted by outcome and code, the most first within an outcome. */
export function countOutcomes(outcomes: readonly RowOutcome[]): OutcomeCount[] {
  const counts = new Map<string, { outcome: RowOutcome['outcome']; code: string; rows: number; energyWh: bigint }>();
  for (const { outcome, code, billedWh } of outcomes) {
    const key = `${outcome}/${code}`;
    const count = counts.get(key) ?? { outcome, code, rows: 0, energyWh: 0n };
    counts.set(key, { ...count, rows: count.rows + 1, energyWh: count.energyWh + billedWh });
  }
  return [...counts.values()].sort((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome) || b.rows - a.rows || (a.code < b.code ? -1 : 1));
}

/** A table in plain text: columns as wide as their widest cell, numbers to the right. */
export function plainTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const line = (row: readonly string[]): string => row.map((cell, column) => (isNumber[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))).join('  ').trimEnd();
  return [line(cells[0] as string[]), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.slice(1).map((row) => line(row as string[]))].join('\n');
}
