/** Closing a month as a piece of work: what is asked for, how far it is, and how it ended. One row each time somebody asks. */
import type { Instant } from '../../../kernel/index.ts';
import type { ActOrigin } from '../../../platform/audit-log/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { firstDay, type Blocker, type Month } from './close-period.ts';

export const WORK_STATES = ['waiting', 'checking', 'checked', 'blocked', 'awaiting_approval', 'closed', 'failed'] as const;
export type WorkState = (typeof WORK_STATES)[number];
export type PeriodWork = {
  readonly closeId: string; readonly month: Month;
  /** `check` only says what stands against closing. */
  readonly purpose: 'check' | 'close';
  readonly askedByKind: 'user' | 'api_client'; readonly askedBy: string; readonly askedFrom: ActOrigin; readonly reason: string | null; readonly askedAt: Instant;
  readonly state: WorkState; readonly stateAt: Instant; readonly tries: number;
  /** Of how many gates how many have answered, and which one is asked now. */
  readonly gatesTotal: number; readonly gatesDone: number; readonly gate: string | null;
  readonly blockers: readonly Blocker[] | null; readonly approvalId: string | null; readonly approvedBy: string | null; readonly waived: readonly Blocker[] | null; readonly lastError: string | null;
};
const COLUMNS = `close_id as "closeId", to_char(month, 'YYYY-MM') as month, purpose, asked_by_kind as "askedByKind", asked_by as "askedBy", asked_from as "askedFrom", reason, asked_at as "askedAt", state,
  state_at as "stateAt", tries, gates_total as "gatesTotal", gates_done as "gatesDone", gate, blockers, approval_id as "approvalId", approved_by as "approvedBy", waived, last_error as "lastError"`;

export type AskedWork = Pick<PeriodWork, 'month' | 'purpose' | 'askedByKind' | 'askedBy' | 'askedFrom' | 'reason' | 'gatesTotal'> & { readonly at: Instant };

/** @returns the work that was asked for, or null when there is some under way for this month already. */
export async function askForWork(tx: Tx, asked: AskedWork): Promise<PeriodWork | null> {
  const [row] = await tx.query<PeriodWork>(
    `insert into ledger.period_close (operator_id, close_id, month, purpose, asked_by_kind, asked_by, asked_from, reason, asked_at, state, state_at, gates_total)
     values ($1, $2, $3::date, $4, $5, $6, $7, $8, $9, 'waiting', $9, $10) on conflict do nothing returning ${COLUMNS}`,
    [tx.operatorIds[0], newUuid(), firstDay(asked.month), asked.purpose, asked.askedByKind, asked.askedBy, JSON.stringify(asked.askedFrom), asked.reason, sqlTimestamp(asked.at), asked.gatesTotal]);
  return row ?? null;
}

/** What was asked for last of each of these months. */
export async function latestWork(tx: Tx, months: readonly Month[]): Promise<Map<Month, PeriodWork>> {
  if (months.length === 0) return new Map();
  const rows = await tx.query<PeriodWork>(
    `select w.* from unnest($2::date[]) k (of_month) cross join lateral (select ${COLUMNS} from ledger.period_close x where x.operator_id = $1 and x.month = k.of_month order by x.asked_at desc, x.close_id desc limit 1) w`,
    [tx.operatorIds[0], months.map(firstDay)]);
  return new Map(rows.map((row) => [row.month, row]));
}

export async function findWork(tx: Tx, closeId: string, { lock = false }: { readonly lock?: boolean } = {}): Promise<PeriodWork | null> {
  const [row] = await tx.query<PeriodWork>(`select ${COLUMNS} from ledger.period_close where operator_id = $1 and close_id = $2 ${lock ? 'for update' : ''}`, [tx.operatorIds[0], closeId]);
  return row ?? null;
}

/** Takes what waits, oldest first, or what a process that died has left; nobody else gets it until `until`. */
export async function claimWork(tx: Tx, { at, until }: { readonly at: Instant; readonly until: Instant }): Promise<PeriodWork | null> {
  const [row] = await tx.query<PeriodWork>(
    `update ledger.period_close set state = 'checking', state_at = $2, lease_until = $3, tries = tries + 1, gates_done = 0, gate = null
     where operator_id = $1 and close_id = (select close_id from ledger.period_close where operator_id = $1 and (state = 'waiting' or (state = 'checking' and lease_until < $2)) order by asked_at limit 1 for update skip locked)
     returning ${COLUMNS}`, [tx.operatorIds[0], sqlTimestamp(at), sqlTimestamp(until)]);
  return row ?? null;
}

/** @returns false when somebody else has taken it meanwhile: then this one stops. */
export async function noteProgress(tx: Tx, work: PeriodWork, { gatesDone, gate, until }: { readonly gatesDone: number; readonly gate: string | null; readonly until: Instant }): Promise<boolean> {
  return await tx.execute(`update ledger.period_close set gates_done = $4, gate = $5, lease_until = $6 where operator_id = $1 and close_id = $2 and state = 'checking' and tries = $3`,
    [tx.operatorIds[0], work.closeId, work.tries, gatesDone, gate, sqlTimestamp(until)]) === 1;
}

export type WorkEnd = { readonly state: WorkState; readonly blockers: readonly Blocker[] | null; readonly approvalId?: string; readonly lastError?: string };
export async function endWork(tx: Tx, work: PeriodWork, end: WorkEnd, at: Instant): Promise<boolean> {
  return await tx.execute(
    `update ledger.period_close set state = $4, state_at = $5, lease_until = null, gate = null, gates_done = case when $4 in ('waiting', 'failed') then gates_done else gates_total end, blockers = coalesce($6, blockers),
       approval_id = coalesce($7, approval_id), last_error = $8 where operator_id = $1 and close_id = $2 and state = 'checking' and tries = $3`,
    [tx.operatorIds[0], work.closeId, work.tries, end.state, sqlTimestamp(at), end.blockers === null ? null : JSON.stringify(end.blockers), end.approvalId ?? null, end.lastError?.slice(0, 2_000) ?? null]) === 1;
}

/** The second person has waived what the work has found: it goes on. @returns false when other work of the month is under way. */
export async function waive(tx: Tx, work: PeriodWork, { approvedBy, at }: { readonly approvedBy: string; readonly at: Instant }): Promise<boolean> {
  const [running] = await tx.query(`select 1 from ledger.period_close where operator_id = $1 and month = $2::date and state in ('waiting', 'checking')`, [tx.operatorIds[0], firstDay(work.month)]);
  if (running) return false;
  await tx.execute(`update ledger.period_close set state = 'waiting', state_at = $3, approved_by = $4, waived = blockers, tries = 0, gates_done = 0 where operator_id = $1 and close_id = $2`, [tx.operatorIds[0], work.closeId, sqlTimestamp(at), approvedBy]);
  return true;
}
