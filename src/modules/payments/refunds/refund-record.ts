/** A refund and its parts as the tables keep them. */
import type { CurrencyCode, Instant, MemberId } from '../../../kernel/index.ts';
import type { RefundPartState, RefundSource, RefundState } from '../domain/refund.ts';

export type Refund = {
  readonly refundId: string; readonly commandId: string; readonly source: RefundSource; readonly memberId: MemberId | null; readonly orderId: string | null; readonly currency: CurrencyCode;
  readonly amountMinor: bigint; readonly commissionMinor: bigint; readonly reason: string; readonly appliedBy: string; readonly appliedAt: Instant;
  readonly state: RefundState; readonly stateAt: Instant; readonly auditedBy: string | null; readonly auditNote: string | null; readonly holdTransferId: string | null; readonly refundedMinor: bigint;
};
export type RefundPart = {
  readonly partId: string; readonly refundId: string; readonly orderId: string; readonly attempt: number; readonly merchantAccountId: string; readonly outRefundNo: string; readonly amountMinor: bigint;
  readonly state: RefundPartState; readonly stateAt: Instant; readonly notBefore: Instant; readonly channelRefundNo: string | null; readonly failureCode: string | null;
  readonly acceptedAt: Instant | null; readonly refundedAt: Instant | null; readonly transferId: string | null; readonly nextCheckAt: Instant | null; readonly checks: number;
};

/** `rule` audits what is below the operator's threshold, `system` what goes back by itself. */
export const AUDITED_BY_RULE = 'rule';
