/** What must always be true of the inbox, for the operator of the transaction. Reads only. */
import { addMs, MS_PER_HOUR, type Clock } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { PaymentAuditCheck } from '../queries/audit.ts';
import { onlyOperator } from '../store/orders.ts';

const AUDIT_FAILURES_MAX = 100;
/** A notification that has been due for this long is not being worked: no worker runs. */
const WAITS_MS_MAX = MS_PER_HOUR;

export async function auditInbox(tx: Tx, { clock }: { readonly clock: Clock }): Promise<PaymentAuditCheck[]> {
  const operatorId = onlyOperator(tx), overdue = sqlTimestamp(addMs(clock.now(), -WAITS_MS_MAX));
  return [
    await check(tx, {
      code: 'payments_notifications_are_queued', about: 'every notification that was taken has its place in the queue, and no refused one has',
      count: `select count(*)::int as checked from payments.notification where operator_id = $1`,
      failures: `select n.notification_id::text as id, n.verdict as detail from payments.notification n left join payments.notification_work w using (operator_id, notification_id)
        where n.operator_id = $1 and (n.verdict in ('verified', 'not_checked')) <> (w.notification_id is not null)`,
      values: [operatorId],
    }),
    await check(tx, {
      code: 'payments_notifications_are_worked', about: 'no notification has been due for an hour without being worked',
      count: `select count(*)::int as checked from payments.notification_work where operator_id = $1`,
      failures: `select w.notification_id::text as id, 'due since ' || w.next_try_at || coalesce(': ' || w.last_error, '') as detail
        from payments.notification_work w where w.operator_id = $1 and w.next_try_at < $2::timestamptz`,
      values: [operatorId, overdue],
    }),
    await check(tx, {
      code: 'payments_notified_is_paid', about: 'what a genuine notification said was paid is paid here, or known to be nobody\'s',
      count: `select count(*)::int as checked from payments.notification_work where operator_id = $1 and order_id is not null`,
      failures: `select w.notification_id::text as id, format('%s, attempt %s', w.outcome, coalesce(a.state, 'missing')) as detail
        from payments.notification_work w join payments.notification n using (operator_id, notification_id)
        left join payments.payment_attempt a on a.operator_id = w.operator_id and a.order_id = w.order_id and a.attempt = w.attempt
        where w.operator_id = $1 and w.outcome in ('credited', 'surplus', 'mismatch', 'known') and n.view -> 'payment' ->> 'state' = 'paid' and a.state is distinct from 'paid'`,
      values: [operatorId],
    }),
  ];
}

async function check(tx: Tx, of: { readonly code: string; readonly about: string; readonly count: string; readonly failures: string; readonly values: readonly unknown[] }): Promise<PaymentAuditCheck> {
  const [row] = await tx.query<{ checked: number }>(of.count, [of.values[0]]);
  const failures = await tx.query<{ id: string; detail: string }>(`${of.failures} order by 1 limit ${AUDIT_FAILURES_MAX}`, of.values);
  return { code: of.code, about: of.about, checked: row!.checked, failures };
}
