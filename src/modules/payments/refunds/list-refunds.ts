import type { Instant, MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { RefundSource, RefundState } from '../domain/refund.ts';
import { onlyOperator, time } from '../store/orders.ts';
import type { Refund } from './refund-record.ts';
import { REFUND_COLUMNS } from './store.ts';

export type RefundFilter = {
  readonly state: RefundState | null; readonly source: RefundSource | null; readonly memberId: MemberId | null;
  readonly after: { readonly appliedAt: Instant; readonly refundId: string } | null; readonly countMax: number;
};

/** Newest first, by keyset (appliedAt, refundId). */
export async function listRefunds(tx: Tx, { state, source, memberId, after, countMax }: RefundFilter): Promise<Refund[]> {
  return await tx.query<Refund>(
    `select ${REFUND_COLUMNS} from payments.refund r
     where r.operator_id = $1 and ($2::text is null or r.state = $2) and ($3::text is null or r.source = $3) and ($4::uuid is null or r.member_id = $4)
       and ($5::timestamptz is null or (r.applied_at, r.refund_id) < ($5::timestamptz, $6::uuid))
     order by r.applied_at desc, r.refund_id desc limit $7`,
    [onlyOperator(tx), state, source, memberId, time(after?.appliedAt ?? null), after?.refundId ?? null, countMax]);
}
