import { assert, type Instant, type OperatorId } from '../../kernel/index.ts';
import { newUuid } from '../clock/index.ts';
import type { Database, Tx } from '../database/index.ts';
import type { Logger } from '../logging/logger.ts';

export const EVENTS_PER_APPEND_MAX = 1_000;
export const DELIVERY_BATCH_MAX = 200;

/** A fact in the past tense, such as `charging.bill.issued.v1`. */
export type NewEvent = { readonly type: string; readonly payload: Readonly<Record<string, unknown>> };
export type OutboxEvent = NewEvent & { readonly operatorId: OperatorId; readonly eventId: string; readonly recordedAt: Instant };

/** Who is told of events. `handle` works in the transaction that remembers the event as handled: both happen, or neither. */
export type Subscriber = {
  readonly name: string;
  readonly types: readonly string[];
  readonly handle: (tx: Tx, event: OutboxEvent) => Promise<void>;
  /** All of a batch at once, for whoever works sets; `handle` is not asked then. */
  readonly handleMany?: (tx: Tx, events: readonly OutboxEvent[]) => Promise<void>;
};

/** Writes events in the transaction that makes them true; `tx` must be bound to one operator. */
export async function appendEvents(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  assert(tx.operatorIds.length === 1, 'an event belongs to one operator');
  assert(events.length <= EVENTS_PER_APPEND_MAX, `at most ${EVENTS_PER_APPEND_MAX} events at once`);
  await tx.execute({
    name: 'platform_append_events',
    text: `insert into platform.outbox (operator_id, event_id, type, payload)
      select $1, event_id, type, payload from unnest($2::uuid[], $3::text[], $4::jsonb[]) with ordinality as e (event_id, type, payload, n) order by n`,
  }, [tx.operatorIds[0], events.map(() => newUuid()), events.map((event) => event.type), events.map((event) => toJson(event.payload))]);
}

const toJson = (payload: object): string => JSON.stringify(payload, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

type DeliveryRow = { event_id: string; type: string; payload: Record<string, unknown>; recorded_at: Instant; transaction_id: string; sequence: bigint };

/**
 * Hands the next events of one operator to one subscriber, in commit order, each exactly once as far as the database is concerned.
 * Rows of transactions that may still be running are left for later, so an earlier sequence that commits late is never skipped.
 * @returns how many rows were passed, delivered or not of interest; 0 when there is nothing, or another process is at it.
 */
export async function deliverBatch(database: Database, operatorId: OperatorId, subscriber: Subscriber): Promise<number> {
  return database.forOperator(operatorId).transaction(async (tx) => {
    await tx.execute('insert into platform.outbox_cursor (operator_id, subscriber) values ($1, $2) on conflict do nothing', [operatorId, subscriber.name]);
    const [cursor] = await tx.query<{ transaction_id: string; sequence: bigint }>(
      'select transaction_id::text, sequence from platform.outbox_cursor where operator_id = $1 and subscriber = $2 for update skip locked', [operatorId, subscriber.name]);
    if (!cursor) return 0;
    const rows = await tx.query<DeliveryRow>(
      `select event_id, type, payload, recorded_at, transaction_id::text, sequence from platform.outbox
       where operator_id = $1 and (transaction_id, sequence) > ($2::xid8, $3::bigint) and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
       order by transaction_id, sequence limit ${DELIVERY_BATCH_MAX}`,
      [operatorId, cursor.transaction_id, cursor.sequence]);
    const wanted = rows.filter(({ type }) => subscriber.types.includes(type));
    if (subscriber.handleMany) await handleAll(tx, { ...subscriber, handleMany: subscriber.handleMany }, wanted);
    else for (const row of wanted) await handleOnce(tx, subscriber, { ...row, operatorId });
    const last = rows.at(-1);
    if (last) {
      await tx.execute(
        `update platform.outbox_cursor set transaction_id = $3::xid8, sequence = $4, moved_at = now(), last_error = null, failures_in_a_row = 0
         where operator_id = $1 and subscriber = $2`, [operatorId, subscriber.name, last.transaction_id, last.sequence]);
    }
    return rows.length;
  });
}

async function handleOnce(tx: Tx, subscriber: Subscriber, row: DeliveryRow & { operatorId: OperatorId }): Promise<void> {
  const fresh = await tx.execute(
    'insert into platform.inbox (operator_id, subscriber, event_id) values ($1, $2, $3) on conflict do nothing', [row.operatorId, subscriber.name, row.event_id]);
  if (fresh === 0) return;
  await subscriber.handle(tx, { operatorId: row.operatorId, eventId: row.event_id, type: row.type, payload: row.payload, recordedAt: row.recorded_at });
}

async function handleAll(tx: Tx, subscriber: Required<Subscriber>, rows: readonly DeliveryRow[]): Promise<void> {
  const operatorId = tx.operatorIds[0]!;
  const fresh = new Set((rows.length === 0 ? [] : await tx.query<{ event_id: string }>(
    'insert into platform.inbox (operator_id, subscriber, event_id) select $1, $2, e from unnest($3::uuid[]) e on conflict do nothing returning event_id', [operatorId, subscriber.name, rows.map((row) => row.event_id)]))
    .map((row) => row.event_id));
  const events = rows.filter((row) => fresh.has(row.event_id)).map((row) => ({ operatorId, eventId: row.event_id, type: row.type, payload: row.payload, recordedAt: row.recorded_at }));
  if (events.length > 0) await subscriber.handleMany(tx, events);
}

/** Passes everything that is waiting. An event that cannot be handled holds up its subscriber for that operator, visibly, and no other. */
export async function deliverAll(of: { readonly database: Database; readonly operators: readonly OperatorId[]; readonly subscribers: readonly Subscriber[]; readonly logger: Logger }): Promise<{ passed: number; stuck: number }> {
  let passed = 0, stuck = 0;
  for (const operatorId of of.operators) {
    for (const subscriber of of.subscribers) {
      try {
        for (let count = -1; count !== 0;) passed += count = await deliverBatch(of.database, operatorId, subscriber);
      } catch (error) {
        stuck += 1;
        of.logger.error({ operatorId, subscriber: subscriber.name, error }, 'an event could not be handled; its subscriber waits');
        await noteFailure(of.database, operatorId, { subscriber: subscriber.name, error });
      }
    }
  }
  return { passed, stuck };
}

async function noteFailure(database: Database, operatorId: OperatorId, of: { readonly subscriber: string; readonly error: unknown }): Promise<void> {
  const message = of.error instanceof Error ? of.error.message : String(of.error);
  await database.forOperator(operatorId).transaction((tx) => tx.execute(
    `insert into platform.outbox_cursor (operator_id, subscriber, last_error, failures_in_a_row) values ($1, $2, $3, 1)
     on conflict (operator_id, subscriber) do update set last_error = excluded.last_error, failures_in_a_row = outbox_cursor.failures_in_a_row + 1`,
    [operatorId, of.subscriber, message.slice(0, 2_000)]));
}
