import { ok, refuse, type Clock, type Instant, type RepairCaseId, type Result, type UserId } from '../../../kernel/index.ts';
import { loadApprovals } from '../../../platform/approvals/index.ts';
import { actorIdOf } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { isClosed, type CaseState, type RepairCase } from '../domain/case.ts';
import { lockCases } from '../store/cases.ts';
import type { By, Choice, RepairSubject, RepairSubjects, SubjectRejection } from '../subject.ts';
import { changeCases } from './change-case.ts';
import { syncCases } from './sync-cases.ts';

export const CASE_REASON_LENGTH_MAX = 500;
export type CaseRejection =
  | { readonly code: 'repair_case_not_found' }
  | { readonly code: 'repair_case_closed'; readonly state: CaseState }
  | { readonly code: 'repair_case_not_closed'; readonly state: CaseState }
  | { readonly code: 'repair_case_awaits_approval'; readonly approvalId: string }
  | { readonly code: 'repair_case_nothing_proposed' }
  | { readonly code: 'repair_reason_missing' }
  | SubjectRejection;
type Context = { readonly subjects: RepairSubjects; readonly clock: Clock };
type Found = { readonly found: RepairCase; readonly subject: RepairSubject };

/** `source` null takes what is proposed. */
export type ApplyCase = Omit<Choice, 'source'> & { readonly caseId: RepairCaseId; readonly source: string | null };

/**
 * Accepts one of the things that may be true: in the subject's own transaction, or as a request to a second person where its owner wants
 * one. The same act again answers the same. Checks: there is such a case, it is open, nothing waits for approval, something is proposed.
 */
export async function applyCase(tx: Tx, act: ApplyCase, by: By, context: Context): Promise<Result<RepairCase, CaseRejection>> {
  const locked = await lockOne(tx, act.caseId, context);
  if (!locked.ok) return locked;
  const { found, subject } = locked.value;
  if (found.state === 'applied' && found.referenceId === act.commandId) return ok(found);
  if (isClosed(found.state)) return refuse({ code: 'repair_case_closed', state: found.state });
  if (by.approval === null && found.approvalId !== null && (await isPending(tx, found.approvalId, context.clock))) return refuse({ code: 'repair_case_awaits_approval', approvalId: found.approvalId });
  const source = act.source ?? found.proposedSource;
  if (source === null) return refuse({ code: 'repair_case_nothing_proposed' });
  const reason = act.reason.trim();
  if (reason.length === 0 || reason.length > CASE_REASON_LENGTH_MAX) return refuse({ code: 'repair_reason_missing' });
  const applied = await subject.apply(tx, found.subjectId, { ...act, source, reason }, { ...by, caseId: found.caseId }, context);
  if (!applied.ok) return applied;
  if (applied.value.state === 'applied' && (await isPutBack(tx, { found, subject }, applied.value.referenceId))) return refuse({ code: 'correction_command_reused' });
  const data = { source, energyWh: act.energyWh, approvalId: by.approval?.approvalId ?? null };
  const change = applied.value.state === 'applied'
    ? { from: found, to: { ...found, state: 'applied' as const, referenceId: applied.value.referenceId }, happened: { kind: 'applied' as const, actor: nameOf(by), reason, data } }
    : { from: found, to: { ...found, state: 'awaiting_approval' as const, approvalId: applied.value.approvalId }, happened: { kind: 'approval_requested' as const, actor: nameOf(by), reason, data: { ...data, approvalId: applied.value.approvalId } } };
  return ok((await changeCases(tx, [change], context))[0]!);
}

/** Undoes what a case applied. Everything is as it was, and the case is open for people only. */
export async function revertCase(tx: Tx, act: { readonly caseId: RepairCaseId; readonly reason: string }, by: By, context: Context): Promise<Result<RepairCase, CaseRejection>> {
  const locked = await lockOne(tx, act.caseId, context);
  if (!locked.ok) return locked;
  const { found, subject } = locked.value;
  const reason = act.reason.trim();
  if (reason.length === 0 || reason.length > CASE_REASON_LENGTH_MAX) return refuse({ code: 'repair_reason_missing' });
  if (found.state === 'reverted') return ok(found);
  if (found.state !== 'applied') return refuse(isClosed(found.state) ? { code: 'repair_case_closed', state: found.state } : { code: 'repair_case_not_closed', state: found.state });
  const undone = await subject.revert(tx, found.subjectId, { referenceId: found.referenceId!, reason }, by, context);
  if (!undone.ok) return undone;
  const to = { ...found, state: 'reverted' as const, referenceId: null, automatic: false };
  return ok((await changeCases(tx, [{ from: found, to, happened: { kind: 'reverted', actor: nameOf(by), reason, data: { referenceId: found.referenceId } } }], context))[0]!);
}

/** Closes a case without repairing anything: what is in doubt stays as it is, by somebody's decision. */
export async function dismissCase(tx: Tx, act: { readonly caseId: RepairCaseId; readonly reason: string }, by: By, context: Context): Promise<Result<RepairCase, CaseRejection>> {
  const locked = await lockOne(tx, act.caseId, context);
  if (!locked.ok) return locked;
  const { found } = locked.value;
  const reason = act.reason.trim();
  if (reason.length === 0 || reason.length > CASE_REASON_LENGTH_MAX) return refuse({ code: 'repair_reason_missing' });
  if (found.state === 'dismissed') return ok(found);
  if (isClosed(found.state)) return refuse({ code: 'repair_case_closed', state: found.state });
  if (found.approvalId !== null && (await isPending(tx, found.approvalId, context.clock))) return refuse({ code: 'repair_case_awaits_approval', approvalId: found.approvalId });
  return ok((await changeCases(tx, [{ from: found, to: { ...found, state: 'dismissed' }, happened: { kind: 'dismissed', actor: nameOf(by), reason } }], context))[0]!);
}

/** A dismissed case is looked at again. */
export async function reopenCase(tx: Tx, act: { readonly caseId: RepairCaseId; readonly reason: string }, by: By, context: Context): Promise<Result<RepairCase, CaseRejection>> {
  const locked = await lockOne(tx, act.caseId, context);
  if (!locked.ok) return locked;
  const { found, subject } = locked.value;
  const reason = act.reason.trim();
  if (reason.length === 0 || reason.length > CASE_REASON_LENGTH_MAX) return refuse({ code: 'repair_reason_missing' });
  if (found.state !== 'dismissed') return refuse(isClosed(found.state) ? { code: 'repair_case_closed', state: found.state } : { code: 'repair_case_not_closed', state: found.state });
  await changeCases(tx, [{ from: found, to: { ...found, state: found.proposedSource === null ? 'open' : 'proposed' }, happened: { kind: 'reopened', actor: nameOf(by), reason } }], context);
  await syncCases(tx, subject, [found.subjectId], context);
  return ok((await lockCases(tx, { caseIds: [found.caseId] }))[0]!);
}

/** Who looks after a case, and until when. */
export async function assignCase(tx: Tx, act: { readonly caseId: RepairCaseId; readonly ownerId: UserId | null; readonly dueAt: Instant | null }, by: By, context: Context): Promise<Result<RepairCase, CaseRejection>> {
  const locked = await lockOne(tx, act.caseId, context);
  if (!locked.ok) return locked;
  const { found } = locked.value;
  const to = { ...found, ownerId: act.ownerId, dueAt: act.dueAt ?? found.dueAt };
  if (to.ownerId === found.ownerId && to.dueAt === found.dueAt) return ok(found);
  return ok((await changeCases(tx, [{ from: found, to, happened: { kind: 'assigned', actor: nameOf(by), data: { ownerId: act.ownerId, dueAt: to.dueAt } } }], context))[0]!);
}

async function lockOne(tx: Tx, caseId: RepairCaseId, { subjects }: Context): Promise<Result<Found, CaseRejection>> {
  const [found] = await lockCases(tx, { caseIds: [caseId] });
  const subject = found && subjects.get(found.subjectKind);
  return found && subject ? ok({ found, subject }) : refuse({ code: 'repair_case_not_found' });
}

/** An act that is sent again is answered as it was then, also when it was put back since; then it counts for nothing. A case that nobody has touched was never put back. */
async function isPutBack(tx: Tx, { found, subject }: Found, referenceId: string): Promise<boolean> {
  return found.eventCount > 1 && (await subject.describe(tx, [found.subjectId])).get(found.subjectId)?.referenceId !== referenceId;
}

const nameOf = ({ actor, decidedBy }: By): string => (decidedBy === 'policy' ? 'policy' : actorIdOf(actor));

async function isPending(tx: Tx, approvalId: string, clock: Clock): Promise<boolean> {
  return (await loadApprovals(tx, { approvalId }, clock.now()))[0]?.state === 'pending';
}
