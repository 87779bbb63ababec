import type { Instant, OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Database, type Queryable, type Tx } from '../../../platform/database/index.ts';
import type { NewNotification, Outcome, Verdict } from '../inbox/notification.ts';
import { viewToJson } from '../inbox/stored-view.ts';

const APPEND = { name: 'payments_append_notifications', text: 'select payments.append_notifications($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)' };
const WHY_LENGTH_MAX = 500;
const short = (text: string | null): string | null => text?.slice(0, WHY_LENGTH_MAX).replaceAll('\u0000', '\u2400') ?? null;

/** Appends notifications, and the places of the genuine ones in the queue, in one statement, which is one commit. */
export async function appendNotifications(inbox: Queryable, rows: readonly NewNotification[]): Promise<void> {
  await inbox.query(APPEND, [
    rows.map((row) => row.operatorId), rows.map((row) => row.notificationId), rows.map((row) => row.merchantAccountId), rows.map((row) => JSON.stringify(row.headers)), rows.map((row) => row.body),
    rows.map((row) => row.remoteAddress), rows.map((row) => row.verdict), rows.map((row) => short(row.why)), rows.map((row) => row.view?.kind ?? null), rows.map((row) => short(row.view?.notifyId ?? null)),
    rows.map((row) => (row.view === null || row.view.kind === 'other' ? null : short(row.view.outTradeNo))), rows.map((row) => (row.view === null ? null : viewToJson(row.view))),
    rows.map((row) => sqlTimestamp(row.receivedAt)),
  ]);
}

export const operatorsWithNotificationsDue = async (database: Database, at: Instant, countMax: number): Promise<OperatorId[]> =>
  (await database.untenanted.query<{ id: OperatorId }>({ name: 'payments_operators_due', text: 'select payments.operators_with_notifications_due($1, $2) as id' }, [sqlTimestamp(at), countMax])).map(({ id }) => id);

export type ClaimedNotification = {
  readonly notificationId: string; readonly merchantAccountId: string; readonly verdict: Verdict; readonly view: Readonly<Record<string, unknown>> | null; readonly receivedAt: Instant; readonly tries: number;
};

/**
 * Takes due notifications until the end of the transaction, the longest waiting first; those that another worker holds are left to it.
 * @param only narrows to some, for finding the one that cannot be worked.
 */
export const claimNotifications = (tx: Tx, operatorId: OperatorId, options: { readonly at: Instant; readonly countMax: number; readonly only?: readonly string[] }): Promise<ClaimedNotification[]> =>
  tx.query<ClaimedNotification>({
    name: options.only ? 'payments_claim_notifications_only' : 'payments_claim_notifications',
    text: `with due as materialized (
        select notification_id, tries, next_try_at from payments.notification_work
        where operator_id = $1 and next_try_at <= $2 ${options.only ? 'and notification_id = any ($4::uuid[])' : ''} order by next_try_at, notification_id limit $3 for update skip locked)
      select n.notification_id as "notificationId", n.merchant_account_id as "merchantAccountId", n.verdict, n.view, n.received_at as "receivedAt", d.tries
      from due d cross join lateral (select x.* from payments.notification x where x.operator_id = $1 and x.notification_id = d.notification_id limit 1) n order by d.next_try_at, d.notification_id`,
  }, [operatorId, sqlTimestamp(options.at), options.countMax, ...(options.only ? [options.only] : [])]);

/** The bytes as they came, for checking one that could not be checked when it came. */
export async function rawNotification(tx: Tx, operatorId: OperatorId, notificationId: string): Promise<{ headers: Record<string, string>; body: Buffer } | null> {
  const [row] = await tx.query<{ headers: Record<string, string>; body: Buffer }>('select headers, body from payments.notification where operator_id = $1 and notification_id = $2', [operatorId, notificationId]);
  return row ?? null;
}

export type SettledNotification = { readonly notificationId: string; readonly outcome: Outcome; readonly orderId: string | null; readonly attempt: number | null; readonly error: string | null };
export async function settleNotifications(tx: Tx, operatorId: OperatorId, settled: readonly SettledNotification[], at: Instant): Promise<void> {
  if (settled.length === 0) return;
  await tx.execute({
    name: 'payments_settle_notifications',
    text: `update payments.notification_work w set outcome = s.outcome, order_id = s.order_id, attempt = s.attempt, last_error = coalesce(s.error, w.last_error), next_try_at = null, settled_at = $7, tries = w.tries + 1
      from unnest($2::uuid[], $3::text[], $4::uuid[], $5::smallint[], $6::text[]) as s (id, outcome, order_id, attempt, error) where w.operator_id = $1 and w.notification_id = s.id and w.notification_id = any ($2::uuid[])`,
  }, [operatorId, settled.map((row) => row.notificationId), settled.map((row) => row.outcome), settled.map((row) => row.orderId), settled.map((row) => row.attempt), settled.map((row) => short(row.error)), sqlTimestamp(at)]);
}

export type PostponedNotification = { readonly notificationId: string; readonly nextTryAt: Instant; readonly error: string };
export async function postponeNotifications(tx: Tx, operatorId: OperatorId, postponed: readonly PostponedNotification[]): Promise<void> {
  if (postponed.length === 0) return;
  await tx.execute({
    name: 'payments_postpone_notifications',
    text: `update payments.notification_work w set tries = w.tries + 1, next_try_at = p.at, last_error = p.error
      from unnest($2::uuid[], $3::timestamptz[], $4::text[]) as p (id, at, error) where w.operator_id = $1 and w.notification_id = p.id and w.next_try_at is not null`,
  }, [operatorId, postponed.map((row) => row.notificationId), postponed.map((row) => sqlTimestamp(row.nextTryAt)), postponed.map((row) => short(row.error))]);
}

/** Over all operators, for the alarms. */
export async function inboxFigures(database: Database, at: Instant): Promise<{ waiting: bigint; oldestAt: Instant | null }> {
  const [row] = await database.untenanted.query<{ waiting: bigint; oldestAt: Instant | null }>('select waiting, oldest_at as "oldestAt" from payments.inbox_figures($1)', [sqlTimestamp(at)]);
  return row!;
}
