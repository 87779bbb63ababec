import { ok, refuse, type Clock, type Result, type SessionId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { billsInDoubt } from '../../charging/index.ts';
import { listDepartments, listFleets, listSubOperators, loadOperator } from '../../parties/index.ts';
import { dayAt, daysBetween, type Day } from '../domain/period.ts';
import { hashStatement, STATEMENT_DAYS_MAX, type OpenAbnormalBill, type Statement, type SubjectKind } from '../domain/statement.ts';
import { findStatement, insertStatement, lockSubject, sessionsToReview, settleStatement, sumStatement, updateStatement } from '../store/statements.ts';
import { lockPeriods } from '../store/movements.ts';
import { catchUp } from './record-movements.ts';

/** Of these sessions, those whose bill is an open abnormal one: owned by whoever deals with them, registered at the composition root. */
export type OpenAbnormalBills = (tx: Tx, filter: { readonly sessionIds: readonly SessionId[] }) => Promise<readonly OpenAbnormalBill[]>;
/** What charging itself knows: held, or settled before review and not corrected since. */
export const openBillsOfCharging: OpenAbnormalBills = async (tx, { sessionIds }) => (await billsInDoubt(tx, sessionIds)).map(({ sessionId, billId, causes, since }) => ({ sessionId, billId, causes, since, dueAt: null }));

type Options = { readonly clock: Clock };
type Gated = Options & { readonly openAbnormalBills: OpenAbnormalBills };
type NotFound = { readonly code: 'statement_not_found' };
type NotOpen = { readonly code: 'statement_not_open'; readonly state: Statement['state'] };

export type CreateStatementRejection = { readonly code: 'statement_span_invalid' } | { readonly code: 'statement_subject_not_found' } | { readonly code: 'statement_overlaps' };

/** A draft for a subject over days; days that another statement of it has are refused. */
export async function createStatement(
  tx: Tx, of: { readonly subjectKind: SubjectKind; readonly subjectId: string; readonly firstOn: Day; readonly lastOn: Day; readonly madeBy: string }, { clock }: Options,
): Promise<Result<Statement, CreateStatementRejection>> {
  if (of.lastOn < of.firstOn || daysBetween(of.firstOn, of.lastOn) >= STATEMENT_DAYS_MAX) return refuse({ code: 'statement_span_invalid' });
  if (!(await subjectNames(tx, of.subjectKind)).has(of.subjectId)) return refuse({ code: 'statement_subject_not_found' });
  const { currency } = await loadOperator(tx);
  const statementId = newUuid();
  if (!(await insertStatement(tx, { ...of, statementId, currency, madeAt: clock.now() }))) return refuse({ code: 'statement_overlaps' });
  announce(tx, 'reporting.statements');
  return ok((await findStatement(tx, statementId))!);
}

/** The names of all subjects of a kind. */
export async function subjectNames(tx: Tx, kind: SubjectKind): Promise<Map<string, string>> {
  switch (kind) {
    case 'fleet': return new Map((await listFleets(tx)).map(({ fleetId, name }) => [fleetId, name]));
    case 'department': return new Map((await listDepartments(tx)).map(({ departmentId, name }) => [departmentId, name]));
    case 'sub_operator': return new Map((await listSubOperators(tx)).map(({ subOperatorId, name }) => [subOperatorId, name]));
  }
}

export type StartClosingRejection = NotFound | NotOpen | { readonly code: 'statement_closing_day_past' };

/** Says on which day the statement closes; said again, another day. */
export async function startClosing(tx: Tx, of: { readonly statementId: string; readonly closesOn: Day }, { clock }: Options): Promise<Result<Statement, StartClosingRejection>> {
  const statement = await findStatement(tx, of.statementId, { lock: true });
  if (!statement) return refuse({ code: 'statement_not_found' });
  if (statement.state !== 'draft' && statement.state !== 'closing') return refuse({ code: 'statement_not_open', state: statement.state });
  if (of.closesOn < dayAt(clock.now(), (await loadOperator(tx)).timeZone) || of.closesOn < statement.lastOn) return refuse({ code: 'statement_closing_day_past' });
  await updateStatement(tx, of.statementId, { state: 'closing', closesOn: of.closesOn });
  announce(tx, 'reporting.statements');
  return ok((await findStatement(tx, of.statementId))!);
}

export type CloseRejection = NotFound | NotOpen | { readonly code: 'statement_not_closing' } | { readonly code: 'statement_period_not_over' }
  | { readonly code: 'statement_blocked'; readonly openBills: number } | { readonly code: 'statement_nothing_to_waive' };

/**
 * Closes a statement for good: its figures are kept with their hash, and its movements are settled. While a bill of it is an open abnormal one it is refused, unless somebody waives that with a reason; a waiver
 * is refused when there is nothing to waive.
 */
export async function closeStatement(
  tx: Tx, of: { readonly statementId: string; readonly closedBy: string; readonly waiver: { readonly reason: string } | null }, { clock, openAbnormalBills }: Gated,
): Promise<Result<Statement, CloseRejection>> {
  const statement = await findStatement(tx, of.statementId, { lock: true });
  if (!statement) return refuse({ code: 'statement_not_found' });
  if (statement.state === 'draft') return refuse({ code: 'statement_not_closing' });
  if (statement.state !== 'closing') return refuse({ code: 'statement_not_open', state: statement.state });
  if (dayAt(clock.now(), (await loadOperator(tx)).timeZone) <= statement.lastOn) return refuse({ code: 'statement_period_not_over' });
  await lockSubject(tx, statement);
  // Nothing is counted between the sum and the settling of what it is of.
  await lockPeriods(tx, 'alone');
  await catchUp(tx, { clock });
  const open = await openBillsOf(tx, statement, openAbnormalBills);
  if (open.length > 0 && of.waiver === null) return refuse({ code: 'statement_blocked', openBills: open.length });
  if (open.length === 0 && of.waiver !== null) return refuse({ code: 'statement_nothing_to_waive' });
  const figures = await sumStatement(tx, statement);
  await settleStatement(tx, statement, {
    figures, sha256: hashStatement(statement, figures), closedBy: of.closedBy, at: clock.now(),
    waiver: of.waiver && { reason: of.waiver.reason, waived: open.map(({ sessionId, billId, causes }) => ({ sessionId, billId, causes })) },
  });
  announce(tx, 'reporting.statements');
  return ok((await findStatement(tx, of.statementId))!);
}

/** What stands against closing it now. */
export const openBillsOf = async (tx: Tx, statement: Statement, openAbnormalBills: OpenAbnormalBills): Promise<readonly OpenAbnormalBill[]> => {
  const sessionIds = await sessionsToReview(tx, statement);
  return sessionIds.length === 0 ? [] : openAbnormalBills(tx, { sessionIds });
};

/** A draft that was a mistake gives its days free. */
export async function withdrawStatement(tx: Tx, statementId: string): Promise<Result<Statement, NotFound | NotOpen>> {
  const statement = await findStatement(tx, statementId, { lock: true });
  if (!statement) return refuse({ code: 'statement_not_found' });
  if (statement.state !== 'draft' && statement.state !== 'closing') return refuse({ code: 'statement_not_open', state: statement.state });
  await updateStatement(tx, statementId, { state: 'withdrawn' });
  announce(tx, 'reporting.statements');
  return ok((await findStatement(tx, statementId))!);
}
