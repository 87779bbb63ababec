import type { CurrencyCode, Instant, RepairCaseId } from '../../../kernel/index.ts';

export const CASE_STATES = ['open', 'proposed', 'awaiting_approval', 'applied', 'reverted', 'dismissed', 'resolved_by_facts'] as const;
export type CaseState = (typeof CASE_STATES)[number];
export const CLOSED_STATES = ['applied', 'dismissed', 'resolved_by_facts'] as const satisfies readonly CaseState[];
export const isClosed = (state: CaseState): boolean => (CLOSED_STATES as readonly CaseState[]).includes(state);

export const CONFIDENCES = ['proven', 'strong', 'weak'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** What is odd about a subject, where it is, and what is at stake. */
export type Oddity = {
  readonly codes: readonly number[];
  readonly causes: readonly string[];
  readonly primaryCause: string;
  readonly stationId: string | null;
  readonly chargePointId: string | null;
  readonly maker: string | null;
  readonly model: string | null;
  readonly firmware: string | null;
  readonly currency: CurrencyCode;
  readonly atStakeMinor: bigint;
  readonly atStakeWh: bigint;
};

/** One case of one subject: what is odd, what is offered, and who looks after it until when. At stake is what is not decided as long as it is open: of the proposal where there is one, else of what the evidence would bill. */
export type RepairCase = Oddity & {
  readonly caseId: RepairCaseId;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly state: CaseState;
  readonly proposedSource: string | null;
  readonly proposedWh: bigint | null;
  readonly proposedMinor: bigint | null;
  /** What its bill charges as things stand; null where nobody has looked since that is kept, which is nothing. */
  readonly chargedMinor: bigint | null;
  readonly confidence: Confidence | null;
  /** Strong enough for a policy to accept it; false again once the policy was refused. */
  readonly automatic: boolean;
  readonly evidenceDigest: string | null;
  /** Null where it is not known apart from when it occurred. */
  readonly beganAt: Instant | null;
  readonly occurredAt: Instant;
  readonly openedAt: Instant;
  readonly dueAt: Instant;
  readonly closedAt: Instant | null;
  readonly ownerId: string | null;
  readonly approvalId: string | null;
  readonly referenceId: string | null;
  readonly eventCount: number;
  readonly changedAt: Instant;
};

export type CaseEventKind =
  | 'opened' | 'proposal_changed' | 'doubted_again' | 'applied' | 'approval_requested' | 'approval_lapsed' | 'automatic_refused' | 'reverted' | 'dismissed' | 'reopened' | 'assigned' | 'resolved_by_facts';
export type CaseEvent = {
  readonly caseId: RepairCaseId; readonly eventNumber: number; readonly kind: CaseEventKind; readonly fromState: CaseState | null; readonly toState: CaseState;
  readonly actor: string; readonly reason: string | null; readonly data: Readonly<Record<string, unknown>>; readonly recordedAt: Instant;
};
/** What happened to a case, before it has a number. */
export type Happening = Pick<CaseEvent, 'kind' | 'actor'> & { readonly reason?: string | null; readonly data?: Readonly<Record<string, unknown>> };
