import type { Tx } from '../../../platform/database/index.ts';
import { onlyOperator } from '../store/orders.ts';

/** Payments and refunds of days before `until` (local) whose outcome nobody knows yet: a month with some of these has not ended for the books. */
export async function unsettledOutcomes(tx: Tx, { until, timeZone }: { readonly until: string; readonly timeZone: string }): Promise<{ readonly count: number; readonly examples: readonly string[] }> {
  const rows = await tx.query<{ name: string; count: number }>(
    `select u.name, (count(*) over ())::int as count from (
       select a.order_id || '/' || a.attempt as name from payments.payment_attempt a join payments.payment_order o on o.operator_id = a.operator_id and o.order_id = a.order_id
         where a.operator_id = $1 and a.state in ('created', 'unknown', 'open', 'user_paying', 'closing', 'reversing') and o.created_at < ($2::timestamp at time zone $3)
       union all
       select p.part_id::text from payments.refund_part p join payments.refund r on r.operator_id = p.operator_id and r.refund_id = p.refund_id
         where p.operator_id = $1 and p.state not in ('succeeded', 'failed') and r.applied_at < ($2::timestamp at time zone $3)) u order by 1 limit 10`, [onlyOperator(tx), until, timeZone]);
  return { count: rows[0]?.count ?? 0, examples: rows.map(({ name }) => name) };
}
