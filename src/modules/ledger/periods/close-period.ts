/** Closing an accounting month: what stands against it is listed, and waived by two persons or not at all. */
import { assert, instant, ok, refuse, toLocalTime, type Clock, type Instant, type Result } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';

/** `2026-03`. */
export type Month = string;
export const MONTH = /^20\d{2}-(0[1-9]|1[0-2])$/;
export type Blocker = { readonly gate: string; readonly about: string; readonly count: number; readonly examples: readonly string[] };
export type PeriodSpan = {
  readonly month: Month; readonly from: string; readonly until: string; readonly timeZone: string; readonly clock: Clock;
  /** Told now and then by a gate that takes long, so that whoever waits sees that it goes on. */
  readonly progress?: () => Promise<void>;
};
/**
 * What may stand against closing a month: owned by whoever knows, registered at the composition root. `slow`: reads everything there is, so that only the job asks it, beforehand; the
 * others are asked again in the transaction that closes, and whenever somebody looks.
 */
export type PeriodGate = { readonly gate: string; readonly about: string; readonly slow?: true; readonly find: (tx: Tx, span: PeriodSpan) => Promise<{ readonly count: number; readonly examples: readonly string[] }> };
/** Told in the transaction that closes a month: whoever keeps a business date keeps out of it from then on. */
export type PeriodClosed = (tx: Tx, month: { readonly firstDay: string }) => Promise<void>;
export const BLOCKER_EXAMPLES_MAX = 10;

export type ClosedPeriod = {
  readonly month: Month; readonly closedBy: string; readonly approvedBy: string | null; readonly reason: string | null; readonly waived: readonly Blocker[]; readonly closedAt: Instant;
};
export type PeriodRejection =
  | { readonly code: 'period_not_over' } | { readonly code: 'period_closed_already' } | { readonly code: 'period_blocked'; readonly blockers: readonly Blocker[] };

const dayOf = (at: Instant, timeZone: string): string => {
  const { year, month, day } = toLocalTime(at, timeZone);
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
};
export const firstDay = (month: Month): string => `${month}-01`;
export function nextMonth(month: Month): Month {
  const [year, number] = [Number(month.slice(0, 4)), Number(month.slice(5))];
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
}
export const isOver = (month: Month, { clock, timeZone }: { readonly clock: Clock; readonly timeZone: string }): boolean => dayOf(clock.now(), timeZone) >= firstDay(nextMonth(month));

export type AskedOf = { readonly timeZone: string; readonly clock: Clock; readonly progress?: () => Promise<void> };

/** @returns what this gate has against closing the month, or null. */
export async function askGate(tx: Tx, { gate, about, find }: PeriodGate, month: Month, { timeZone, clock, progress }: AskedOf): Promise<Blocker | null> {
  const { count, examples } = await find(tx, { month, from: firstDay(month), until: firstDay(nextMonth(month)), timeZone, clock, ...(progress === undefined ? {} : { progress }) });
  return count === 0 ? null : { gate, about, count, examples: examples.slice(0, BLOCKER_EXAMPLES_MAX) };
}

/** What the gates that answer at once have against it. */
export async function findBlockers(tx: Tx, month: Month, of: AskedOf & { readonly gates: readonly PeriodGate[] }): Promise<Blocker[]> {
  const blockers: Blocker[] = [];
  for (const gate of of.gates) {
    const blocker = gate.slow === true ? null : await askGate(tx, gate, month, of);
    if (blocker !== null) blockers.push(blocker);
  }
  return blockers;
}

const COLUMNS = `to_char(month, 'YYYY-MM') as month, closed_by as "closedBy", approved_by as "approvedBy", reason, waived, closed_at as "closedAt"`;

export async function findPeriod(tx: Tx, month: Month): Promise<ClosedPeriod | null> {
  const [row] = await tx.query<ClosedPeriod>(`select ${COLUMNS} from ledger.closed_period where operator_id = $1 and month = $2::date`, [tx.operatorIds[0], firstDay(month)]);
  return row ?? null;
}
/** Closed months, newest first. */
export const listPeriods = (tx: Tx, { through, countMax }: { readonly through: Month; readonly countMax: number }): Promise<ClosedPeriod[]> => tx.query<ClosedPeriod>(
  `select ${COLUMNS} from ledger.closed_period p where p.operator_id = $1 and p.month <= $2::date order by p.month desc limit $3`, [tx.operatorIds[0], firstDay(through), countMax]);

/** Everybody who books with a business date waits for whoever has this, so that nothing slips into a month while it closes. */
export const lockPeriods = (tx: Tx): Promise<unknown> => tx.execute(`select pg_advisory_xact_lock(hashtextextended('ledger.closed_period/' || $1, 0))`, [tx.operatorIds[0]]);

/**
 * Closes a month that is over. With something against it only when two persons say so, and then only what they have seen: what came up since blocks.
 * @param of.slow what the gates that take long have found just now.
 */
export async function closePeriod(
  tx: Tx, of: { readonly month: Month; readonly closedBy: string; readonly waiver: { readonly approvedBy: string; readonly reason: string; readonly waived: readonly Blocker[] } | null; readonly slow: readonly Blocker[] },
  options: { readonly gates: readonly PeriodGate[]; readonly closed: readonly PeriodClosed[]; readonly timeZone: string; readonly clock: Clock },
): Promise<Result<ClosedPeriod, PeriodRejection>> {
  assert(MONTH.test(of.month) && tx.operatorIds.length === 1 && of.closedBy !== '', 'a month of one operator is closed by somebody');
  await lockPeriods(tx);
  if (!isOver(of.month, options)) return refuse({ code: 'period_not_over' });
  if (await findPeriod(tx, of.month)) return refuse({ code: 'period_closed_already' });
  const blockers = [...await findBlockers(tx, of.month, options), ...of.slow];
  const seen = new Map(of.waiver?.waived.map(({ gate, count }) => [gate, count]));
  if (blockers.some(({ gate, count }) => count > (seen.get(gate) ?? 0))) return refuse({ code: 'period_blocked', blockers });
  await tx.execute('insert into ledger.closed_period (operator_id, month, closed_by, approved_by, reason, waived, closed_at) values ($1, $2::date, $3, $4, $5, $6, $7)', [
    tx.operatorIds[0], firstDay(of.month), of.closedBy, of.waiver?.approvedBy ?? null, of.waiver?.reason ?? null, JSON.stringify(blockers), sqlTimestamp(options.clock.now())]);
  for (const tell of options.closed) await tell(tx, { firstDay: firstDay(of.month) });
  return ok((await findPeriod(tx, of.month))!);
}

/** The first month in which anything was booked, or that was closed; null when there is neither. */
export async function firstMonth(tx: Tx, timeZone: string): Promise<Month | null> {
  const [booked] = await tx.query<{ at: bigint }>('select timestamp_ns / 1000000 as at from ledger.transfer where operator_id = $1 and sequence > 0 order by sequence limit 1', [tx.operatorIds[0]]);
  const [closed] = await tx.query<{ month: Month | null }>(`select to_char(min(month), 'YYYY-MM') as month from ledger.closed_period where operator_id = $1`, [tx.operatorIds[0]]);
  const months = [booked === undefined ? null : dayOf(instant(Number(booked.at)), timeZone).slice(0, 7), closed?.month ?? null].filter((month) => month !== null).sort();
  return months[0] ?? null;
}
export const monthOf = (at: Instant, timeZone: string): Month => dayOf(at, timeZone).slice(0, 7);
export function monthBefore(month: Month): Month {
  const [year, number] = [Number(month.slice(0, 4)), Number(month.slice(5))];
  return number === 1 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, '0')}`;
}

/**
 * In which month something with a business date counts: its own while that is open, else today's, as an adjustment. Until the end of the transaction the month is not closed.
 * @param dates calendar days, `2026-03-31`.
 */
export async function accountingDate(tx: Tx, { businessDate, today }: { readonly businessDate: string; readonly today: string }): Promise<string> {
  await tx.execute(`select pg_advisory_xact_lock_shared(hashtextextended('ledger.closed_period/' || $1, 0))`, [tx.operatorIds[0]]);
  if ((await findPeriod(tx, businessDate.slice(0, 7))) === null) return businessDate;
  // A channel's today may still lie in a month that is over, and closed, where the operator is.
  let date = today;
  while ((await findPeriod(tx, date.slice(0, 7))) !== null) date = firstDay(nextMonth(date.slice(0, 7)));
  return date;
}
