import type { Instant, OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { Outcome, Verdict } from '../inbox/notification.ts';

/** A notification as a person looks at it. `outcome` is null while it waits. */
export type NotificationSeen = {
  readonly notificationId: string; readonly merchantAccountId: string; readonly receivedAt: Instant; readonly remoteAddress: string | null; readonly verdict: Verdict; readonly why: string | null;
  readonly kind: 'payment' | 'refund' | 'other' | null; readonly number: string | null; readonly outcome: Outcome | null; readonly orderId: string | null; readonly tries: number; readonly lastError: string | null; readonly settledAt: Instant | null;
};
const SELECT = `select n.notification_id as "notificationId", n.merchant_account_id as "merchantAccountId", n.received_at as "receivedAt", n.remote_address as "remoteAddress", n.verdict, n.why, n.kind, n.number,
    w.outcome, w.order_id as "orderId", coalesce(w.tries, 0) as tries, w.last_error as "lastError", w.settled_at as "settledAt"
  from payments.notification n left join payments.notification_work w on w.operator_id = n.operator_id and w.notification_id = n.notification_id`;

export const NOTIFICATION_SHOWS = ['all', 'refused', 'waiting', 'troubled'] as const;
const SHOWN: Readonly<Record<(typeof NOTIFICATION_SHOWS)[number], string>> = {
  all: '', refused: ` and n.verdict <> 'verified'`, waiting: ' and w.next_try_at is not null', troubled: ` and w.outcome in ('mismatch', 'surplus', 'refused', 'unknown_order', 'failed', 'wrong_environment')`,
};

/** Newest first. */
export function listNotifications(tx: Tx, operatorId: OperatorId, page: {
  readonly show: (typeof NOTIFICATION_SHOWS)[number]; readonly orderId: string | null; readonly after: { readonly receivedAt: Instant; readonly notificationId: string } | null; readonly countMax: number;
}): Promise<NotificationSeen[]> {
  return tx.query<NotificationSeen>(
    `${SELECT} where n.operator_id = $1 and ($2::timestamptz is null or (n.received_at, n.notification_id) < ($2, $3::uuid)) and ($4::uuid is null or w.order_id = $4)${SHOWN[page.show]}
     order by n.received_at desc, n.notification_id desc limit $5`,
    [operatorId, page.after === null ? null : sqlTimestamp(page.after.receivedAt), page.after?.notificationId ?? null, page.orderId, page.countMax]);
}
