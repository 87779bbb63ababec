import { addMs, type Instant, type OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Database, type Tx } from '../../../platform/database/index.ts';
import type { AttemptToAsk } from '../types.ts';

const ATTEMPT_TO_ASK = `p.order_id as "orderId", p.attempt, p.merchant_account_id as "merchantAccountId", p.method, p.out_trade_no as "outTradeNo", p.state, p.code_lapses_at as "codeLapsesAt",
  p.next_check_at as "nextCheckAt", p.checks, p.channel, o.state as "orderState", o.environment`;

export type DueAccount = { readonly operatorId: OperatorId; readonly merchantAccountId: string };
export const accountsWithChecksDue = (database: Database, at: Instant, countMax: number): Promise<DueAccount[]> => database.untenanted.query<DueAccount>(
  { name: 'payments_accounts_with_checks_due', text: 'select operator_id as "operatorId", merchant_account_id as "merchantAccountId" from payments.accounts_with_checks_due($1, $2)' }, [sqlTimestamp(at), countMax]);

export type DueClaim = { readonly at: Instant; readonly countMax: number; /** If this process ends, another one asks after these. */ readonly leaseMs: number; readonly counterLeaseMs: number };

/**
 * Takes due attempts of one account (each row is looked up by its key, so that the plan is the same before and after the tables are analysed): their next check is put off by the lease, so that no other process asks meanwhile, and a process that ends in between
 * loses nothing. By index, a page at a time, whatever the length of the backlog (P-03). Half of the places go to the latest due, so that who has just paid, or stands at
 * a counter, is not put behind a backlog; the other half to the longest due, so that nobody is put off for ever.
 */
export const claimDueAttempts = (tx: Tx, { operatorId, merchantAccountId }: DueAccount, { at, countMax, leaseMs, counterLeaseMs }: DueClaim): Promise<AttemptToAsk[]> => tx.query<AttemptToAsk>({
  name: 'payments_claim_due_attempts',
  text: `with latest as materialized (
      select order_id, attempt from payments.payment_attempt where operator_id = $1 and merchant_account_id = $2 and next_check_at <= $3
      order by next_check_at desc, order_id desc, attempt desc limit $4 for update skip locked),
    oldest as materialized (
      select order_id, attempt from payments.payment_attempt where operator_id = $1 and merchant_account_id = $2 and next_check_at <= $3
      order by next_check_at, order_id, attempt limit $5 for update skip locked),
    due as (select * from latest union select * from oldest)
    update payments.payment_attempt p set next_check_at = case when p.method = 'payment_code' then $7::timestamptz else $6::timestamptz end
    from due cross join lateral (select x.state, x.environment from payments.payment_order x where x.operator_id = $1 and x.order_id = due.order_id limit 1) o
    where p.operator_id = $1 and p.order_id = any (array(select order_id from due)) and p.order_id = due.order_id and p.attempt = due.attempt
    returning ${ATTEMPT_TO_ASK}`,
}, [operatorId, merchantAccountId, sqlTimestamp(at), countMax >> 1, countMax - (countMax >> 1), sqlTimestamp(addMs(at, leaseMs)), sqlTimestamp(addMs(at, counterLeaseMs))]);

/** The channel was not asked (its breaker is open, or it is busy): the check is put off and not counted. */
export async function putOffChecks(tx: Tx, operatorId: OperatorId, attempts: readonly Pick<AttemptToAsk, 'orderId' | 'attempt'>[], until: Instant): Promise<void> {
  if (attempts.length === 0) return;
  await tx.execute({
    name: 'payments_put_off_checks',
    text: `update payments.payment_attempt p set next_check_at = $4 from unnest($2::uuid[], $3::smallint[]) as a (order_id, attempt)
      where p.operator_id = $1 and p.order_id = a.order_id and p.attempt = a.attempt and p.next_check_at is not null`,
  }, [operatorId, attempts.map(({ orderId }) => orderId), attempts.map(({ attempt }) => attempt), sqlTimestamp(until)]);
}

export type Span = { readonly from: Instant; readonly to: Instant; readonly merchantAccountId: string | null };
export type Place = { readonly createdAt: Instant; readonly orderId: string; readonly attempt: number };
export type AttemptInSpan = AttemptToAsk & { readonly createdAt: Instant; readonly amountMinor: bigint };

/** What a run asks about: every unpaid attempt that the channel may know of, also the closed ones; a channel that refused for good knows of none. */
const ASKABLE = `p.state in ('created', 'unknown', 'open', 'user_paying', 'closing', 'reversing', 'closed') and p.created_at >= $2 and p.created_at < $3 and ($4::uuid is null or p.merchant_account_id = $4)`;

export async function countInSpan(tx: Tx, operatorId: OperatorId, span: Span): Promise<number> {
  const [row] = await tx.query<{ count: number }>(`select count(*)::int as count from payments.payment_attempt p where p.operator_id = $1 and p.state <> 'paid' and ${ASKABLE}`,
    [operatorId, sqlTimestamp(span.from), sqlTimestamp(span.to), span.merchantAccountId]);
  return row!.count;
}

/** The next attempts of a span in the order of their making, after a place. */
export const pageInSpan = (tx: Tx, operatorId: OperatorId, span: Span, { after, countMax }: { readonly after: Place | null; readonly countMax: number }): Promise<AttemptInSpan[]> => tx.query<AttemptInSpan>({
  name: 'payments_page_in_span',
  text: `select ${ATTEMPT_TO_ASK}, p.created_at as "createdAt", p.amount_minor as "amountMinor" from payments.payment_attempt p
      cross join lateral (select x.state, x.environment from payments.payment_order x where x.operator_id = $1 and x.order_id = p.order_id limit 1) o
    where p.operator_id = $1 and p.state <> 'paid' and ${ASKABLE} and (p.created_at, p.order_id, p.attempt) > ($5::timestamptz, $6::uuid, $7::smallint)
    order by p.created_at, p.order_id, p.attempt limit $8`,
}, [operatorId, sqlTimestamp(span.from), sqlTimestamp(span.to), span.merchantAccountId, sqlTimestamp(after?.createdAt ?? span.from), after?.orderId ?? '00000000-0000-0000-0000-000000000000', after?.attempt ?? 0, countMax]);

export const operatorsWithOrdersExpired = async (database: Database, at: Instant, countMax: number): Promise<OperatorId[]> =>
  (await database.untenanted.query<{ id: OperatorId }>({ name: 'payments_operators_with_orders_expired', text: 'select payments.operators_with_orders_expired($1, $2) as id' }, [sqlTimestamp(at), countMax])).map(({ id }) => id);

/** Takes orders whose end has come, until `until`: then somebody may try again. */
export const claimExpiredOrders = async (tx: Tx, operatorId: OperatorId, { at, until, countMax }: { readonly at: Instant; readonly until: Instant; readonly countMax: number }): Promise<string[]> =>
  (await tx.query<{ orderId: string }>({
    name: 'payments_claim_expired_orders',
    text: `with due as materialized (
        select order_id from payments.payment_order where operator_id = $1 and state in ('created', 'awaiting_payment', 'closing') and expires_at <= $2 and (close_after is null or close_after <= $2)
        order by expires_at limit $4 for update skip locked)
      update payments.payment_order o set close_after = $3 from due where o.operator_id = $1 and o.order_id = due.order_id returning o.order_id as "orderId"`,
  }, [operatorId, sqlTimestamp(at), sqlTimestamp(until), countMax])).map(({ orderId }) => orderId);

/** Over all operators, for the alarms. */
export async function outstandingFigures(database: Database, at: Instant): Promise<{ unresolved: bigint; overdue: bigint }> {
  const [row] = await database.untenanted.query<{ unresolved: bigint; overdue: bigint }>('select unresolved, overdue from payments.outstanding_figures($1)', [sqlTimestamp(at)]);
  return row!;
}

export type WaitingChecks = { readonly merchantAccountId: string; readonly waiting: number; readonly due: number; readonly overdue: number; readonly oldestAt: Instant | null; readonly nextAt: Instant | null };
/** What waits for an answer of each merchant account of an operator; overdue is late by the alarm's measure. */
export const waitingChecks = (tx: Tx, operatorId: OperatorId, at: Instant): Promise<WaitingChecks[]> => tx.query<WaitingChecks>(
  `select merchant_account_id as "merchantAccountId", count(*)::int as waiting, (count(*) filter (where next_check_at <= $2))::int as due,
     (count(*) filter (where next_check_at <= $2::timestamptz - interval '2 minutes'))::int as overdue, min(next_check_at) filter (where next_check_at <= $2) as "oldestAt", min(next_check_at) as "nextAt"
   from payments.payment_attempt where operator_id = $1 and next_check_at is not null group by merchant_account_id order by merchant_account_id`, [operatorId, sqlTimestamp(at)]);
