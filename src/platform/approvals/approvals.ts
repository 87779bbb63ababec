import { addMs, assert, MS_PER_DAY, ok, refuse, type Clock, type Instant, type Rejection, type Result } from '../../kernel/index.ts';
import { recordAct, type Actor, type ActOrigin } from '../audit-log/index.ts';
import { newUuid } from '../clock/index.ts';
import { sqlTimestamp, type Tx } from '../database/index.ts';

/** A request that nobody decides lapses: the circumstances it was made in are gone by then. */
export const APPROVAL_OPEN_MS = 7 * MS_PER_DAY;

export type ApprovalState = 'pending' | 'approved' | 'refused' | 'expired';
export type Approval = {
  readonly approvalId: string;
  readonly kind: string;
  readonly payload: Record<string, unknown>;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly reason: string;
  readonly rule: string;
  readonly requestedByKind: 'user' | 'api_client';
  readonly requestedBy: string;
  readonly requestedAt: Instant;
  readonly expiresAt: Instant;
  readonly state: ApprovalState;
  readonly decidedBy: string | null;
  readonly decidedAt: Instant | null;
  readonly decisionNote: string | null;
  readonly outcome: Record<string, unknown> | null;
};

/**
 * What its owner does when a request of this kind is approved, in the transaction of the decision. A refusal undoes whatever it
 * wrote and leaves the request open. Registered at the composition root, because the platform knows no module.
 */
export type ApprovalKind = {
  readonly kind: string;
  readonly apply: (
    tx: Tx, approval: Pick<Approval, 'approvalId' | 'payload' | 'reason' | 'requestedBy'> & { readonly decidedBy: string }, context: { readonly clock: Clock; readonly from: ActOrigin },
  ) => Promise<Result<Record<string, unknown> | null, Rejection>>;
};
export type ApprovalKinds = ReadonlyMap<string, ApprovalKind>;
export function approvalKinds(kinds: readonly ApprovalKind[]): ApprovalKinds {
  const byName = new Map(kinds.map((kind) => [kind.kind, kind]));
  assert(byName.size === kinds.length, 'an approval kind is registered once');
  return byName;
}

export type ApprovalRequest = {
  readonly kind: string;
  /** What `apply` gets: ids and amounts as JSON values, never personal data. */
  readonly payload: Record<string, unknown>;
  readonly subject: { readonly kind: string; readonly id: string };
  /** Why the person wants it. */
  readonly reason: string;
  /** Which rule wants a second person, in words: "a correction above 500.00 needs a second person". */
  readonly rule: string;
  readonly requestedBy: Actor;
  readonly from: ActOrigin;
};

/** Puts an act into the queue instead of doing it. The system itself never asks: it has no second pair of eyes to face. */
export async function requestApproval(tx: Tx, request: ApprovalRequest, { clock }: { clock: Clock }): Promise<string> {
  assert(tx.operatorIds.length === 1, 'an approval belongs to one operator');
  assert(request.requestedBy.kind !== 'system', 'a person or an API client asks for approval');
  const approvalId = newUuid();
  const now = clock.now();
  await tx.execute(
    `insert into platform.approval (operator_id, approval_id, kind, payload, subject_kind, subject_id, reason, rule, requested_by_kind, requested_by, requested_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      tx.operatorIds[0], approvalId, request.kind, JSON.stringify(request.payload, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
      request.subject.kind, request.subject.id, request.reason, request.rule, request.requestedBy.kind, request.requestedBy.id,
      sqlTimestamp(now), sqlTimestamp(addMs(now, APPROVAL_OPEN_MS)),
    ]);
  await recordAct(tx, {
    actor: request.requestedBy, from: request.from, act: 'approvals.request', subject: { kind: 'approval', id: approvalId },
    after: { kind: request.kind, subject: request.subject, rule: request.rule }, reason: request.reason,
  }, { clock });
  return approvalId;
}

export type Decision = {
  readonly approvalId: string;
  readonly decision: 'approve' | 'refuse';
  readonly decidedBy: { readonly kind: 'user'; readonly id: string };
  readonly note?: string | null;
  readonly from: ActOrigin;
};
export type DecisionRejection =
  | { readonly code: 'approval_not_found' } | { readonly code: 'approval_already_decided' } | { readonly code: 'approval_expired' }
  | { readonly code: 'approval_by_requester' } | { readonly code: 'approval_not_applicable'; readonly cause: Rejection };

/**
 * Decides a request and, when approved, does the act in the same transaction. Two deciders at once: the second one is told.
 * Checks in this order: exists, still pending, not expired, another person than the requester, the act can be done.
 */
export async function decideApproval(tx: Tx, decision: Decision, { kinds, clock }: { kinds: ApprovalKinds; clock: Clock }): Promise<Result<Approval, DecisionRejection>> {
  const now = clock.now();
  const [approval] = await loadApprovals(tx, { approvalId: decision.approvalId, lock: true }, now);
  if (!approval) return refuse({ code: 'approval_not_found' });
  if (approval.state === 'expired') return refuse({ code: 'approval_expired' });
  if (approval.state !== 'pending') return refuse({ code: 'approval_already_decided' });
  if (approval.requestedBy === decision.decidedBy.id) return refuse({ code: 'approval_by_requester' });
  const applied = decision.decision === 'approve' ? await applyUndoably(tx, { approval, decision, kinds }, clock) : ok(null);
  if (!applied.ok) return refuse({ code: 'approval_not_applicable', cause: applied.error });
  const state = decision.decision === 'approve' ? 'approved' : 'refused';
  await tx.execute(
    'update platform.approval set state = $3, decided_by = $4, decided_at = $5, decision_note = $6, outcome = $7 where operator_id = $1 and approval_id = $2',
    [tx.operatorIds[0], decision.approvalId, state, decision.decidedBy.id, sqlTimestamp(now), decision.note?.trim() || null, applied.value === null ? null : JSON.stringify(applied.value)]);
  await recordAct(tx, {
    actor: decision.decidedBy, from: decision.from, act: decision.decision === 'approve' ? 'approvals.approve' : 'approvals.refuse',
    subject: { kind: 'approval', id: decision.approvalId }, before: { state: 'pending' }, after: { state, kind: approval.kind }, reason: decision.note ?? null,
  }, { clock });
  return ok((await loadApprovals(tx, { approvalId: decision.approvalId }, now))[0]!);
}

type Application = { approval: Approval; decision: Decision; kinds: ApprovalKinds };
async function applyUndoably(tx: Tx, { approval, decision, kinds }: Application, clock: Clock): Promise<Result<Record<string, unknown> | null, Rejection>> {
  const kind = kinds.get(approval.kind);
  assert(kind, `no module of this program does ${approval.kind}`);
  await tx.execute('savepoint apply_approval');
  const applied = await kind.apply(tx, { ...approval, decidedBy: decision.decidedBy.id }, { clock, from: decision.from });
  await tx.execute(applied.ok ? 'release savepoint apply_approval' : 'rollback to savepoint apply_approval');
  return applied;
}

export type ApprovalFilter = {
  readonly approvalId?: string;
  readonly state?: ApprovalState;
  readonly before?: { readonly requestedAt: Instant; readonly approvalId: string };
  readonly limit?: number;
  readonly lock?: boolean;
};

/** Requests of the operator, newest first. A pending one past its time shows as expired. */
export async function loadApprovals(tx: Tx, filter: ApprovalFilter, now: Instant): Promise<Approval[]> {
  return tx.query<Approval>(
    `select * from (
       select approval_id as "approvalId", kind, payload, subject_kind as "subjectKind", subject_id as "subjectId", reason, rule, requested_by_kind as "requestedByKind",
         requested_by as "requestedBy", requested_at as "requestedAt", expires_at as "expiresAt", decided_by as "decidedBy", decided_at as "decidedAt",
         decision_note as "decisionNote", outcome, case when state = 'pending' and expires_at <= $2 then 'expired' else state end as state
       from platform.approval where operator_id = $1 and ($3::uuid is null or approval_id = $3) ${filter.lock ? 'for update' : ''}
     ) approval
     where ($4::text is null or state = $4) and ($5::timestamptz is null or ("requestedAt", "approvalId") < ($5, $6::uuid))
     order by "requestedAt" desc, "approvalId" desc limit $7`,
    [
      tx.operatorIds[0], sqlTimestamp(now), filter.approvalId ?? null, filter.state ?? null,
      filter.before ? sqlTimestamp(filter.before.requestedAt) : null, filter.before?.approvalId ?? null, filter.limit ?? 1,
    ]);
}
