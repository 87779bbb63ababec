import type { BillId, ChargePointId, Instant, SessionId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { onlyOperator } from '../store/sessions.ts';

/** Look-ups at once. */
export const NUMBERS_MAX = 500;
export type NumberedSession = { readonly sessionId: SessionId; readonly billId: BillId | null; readonly chargePointId: ChargePointId; readonly transactionRef: string; readonly startedAt: Instant };

/** Sessions by their own ids, by the ids of their bills (of any version), or by the transaction number a charge point knows them by; a number that several points have used gives several. */
export const sessionsByNumber = (tx: Tx, { sessionIds, billIds, transactionRefs }: { readonly sessionIds: readonly string[]; readonly billIds: readonly string[]; readonly transactionRefs: readonly string[] }): Promise<NumberedSession[]> =>
  tx.query<NumberedSession>(
    `select s.session_id as "sessionId", b.bill_id as "billId", s.charge_point_id as "chargePointId", s.transaction_ref as "transactionRef", s.started_at as "startedAt"
     from charging.session s left join charging.bill b on b.operator_id = s.operator_id and b.session_id = s.session_id and b.bill_id = any ($3::uuid[])
     where s.operator_id = $1 and (s.session_id = any ($2::uuid[]) or s.transaction_ref = any ($4::text[]) or s.session_id in (select x.session_id from charging.bill x where x.operator_id = $1 and x.bill_id = any ($3::uuid[])))
     order by s.session_id limit ${NUMBERS_MAX * 4}`, [onlyOperator(tx), sessionIds, billIds, transactionRefs]);
