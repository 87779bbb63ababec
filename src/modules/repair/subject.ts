import type { Clock, Instant, Rejection, Result } from '../../kernel/index.ts';
import type { Actor, ActOrigin } from '../../platform/audit-log/index.ts';
import type { Tx } from '../../platform/database/index.ts';
import type { ErrorCode } from '../../platform/errors/index.ts';
import type { Confidence, Oddity } from './domain/case.ts';

/** How a subject stands now, in its owner's words. */
export type SubjectStanding = Oddity & {
  /** in_doubt: asks for a decision. repaired: somebody has decided, and `referenceId` says how. clean: nothing to decide. */
  readonly standing: 'in_doubt' | 'repaired' | 'clean';
  readonly referenceId: string | null;
  /** A person has undone the last repair: only a person decides again. */
  readonly putBack: boolean;
  /** What it costs as things stand, whatever is proposed: nothing where it is held. */
  readonly chargedMinor: bigint;
  readonly chargedWh: bigint;
  readonly beganAt: Instant;
  readonly occurredAt: Instant;
};

/** One of the things that may be true, with its price and its evidence; keys are translated where people read them. */
export type SubjectCandidate = {
  readonly source: string;
  readonly energyWh: bigint;
  readonly lowerWh: bigint;
  readonly upperWh: bigint;
  readonly confidence: Confidence;
  /** null where it has no price; `refusal` says why. */
  readonly amountMinor: bigint | null;
  readonly refusal: string | null;
  readonly evidence: readonly Evidence[];
};
export type Evidence = { readonly key: string; readonly data: Readonly<Record<string, unknown>> };
export type SubjectProposal = {
  readonly primaryCause: string;
  readonly candidates: readonly SubjectCandidate[];
  readonly chosen: string | null;
  readonly automatic: boolean;
  readonly why: Evidence;
  readonly evidenceDigest: string;
  /** What nobody may exceed. */
  readonly energyWhMax: bigint;
};

export type Choice = {
  /** Of this very act: done once however often it is asked for. */
  readonly commandId: string;
  readonly source: string;
  readonly energyWh: bigint | null;
  /** Of the proposal that was seen; refused where the facts have changed. */
  readonly evidenceDigest: string | null;
  /** What it was seen to cost, where that was part of the decision; refused where its price has changed. */
  readonly amountMinor?: bigint | null;
  readonly reason: string;
};
export type By = { readonly actor: Actor; readonly from: ActOrigin; readonly decidedBy: 'policy' | 'person'; /** The second person. */ readonly approval: { readonly approvalId: string; readonly approvedBy: string } | null };
export type Applied = { readonly state: 'applied'; readonly referenceId: string } | { readonly state: 'awaiting_approval'; readonly approvalId: string };
/** A refusal of the subject's owner; its code is one of the catalogue. */
export type SubjectRejection = Rejection & { readonly code: ErrorCode };

/** Something that can be abnormal and repaired. Registered at the composition root by the owner of the subjects, since repair knows none. */
export type RepairSubject = {
  readonly kind: string;
  /** Subjects that there are not are missing in the answer. */
  describe(tx: Tx, subjectIds: readonly string[]): Promise<Map<string, SubjectStanding>>;
  propose(tx: Tx, subjectIds: readonly string[], context: { readonly clock: Clock }): Promise<Map<string, SubjectProposal>>;
  apply(tx: Tx, subjectId: string, choice: Choice, by: By & { readonly caseId: string }, context: { readonly clock: Clock }): Promise<Result<Applied, SubjectRejection>>;
  revert(tx: Tx, subjectId: string, of: { readonly referenceId: string; readonly reason: string }, by: By, context: { readonly clock: Clock }): Promise<Result<null, SubjectRejection>>;
  /** Everything that charges nothing because it is in doubt, by id, page by page: the audit compares it with the cases. */
  inDoubt(tx: Tx, page: { readonly after: string | null; readonly countMax: number }): Promise<string[]>;
};
export type RepairSubjects = ReadonlyMap<string, RepairSubject>;
export const repairSubjects = (subjects: readonly RepairSubject[]): RepairSubjects => new Map(subjects.map((subject) => [subject.kind, subject]));

/** Subjects that are described or proposed at once. */
export const SUBJECTS_MAX = 200;
