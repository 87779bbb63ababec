import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OperatorId } from '../../kernel/index.ts';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { silentLogger } from '../logging/index.ts';
import { appendEvents, deliverAll, deliverBatch, startDelivery, type OutboxEvent, type Subscriber } from './index.ts';

const test = await openTestDatabase();
const TYPE = 'platform.probe.sent.v1';
const event = (n: number, type = TYPE) => ({ type, payload: { n } });

function listener(name: string): Subscriber & { seen: number[]; fail: boolean } {
  const self = {
    name, types: [TYPE], seen: [] as number[], fail: false,
    handle: (_tx: unknown, { payload }: OutboxEvent) => {
      if (self.fail) return Promise.reject(new Error('not now'));
      self.seen.push(payload.n as number);
      return Promise.resolve();
    },
  };
  return self;
}

/** Other tests' transactions on the shared server hold delivery back, as they should: asked again until it is through. */
async function deliverUntil(operatorId: OperatorId, subscribers: readonly Subscriber[], through: (result: { passed: number; stuck: number }) => boolean): Promise<void> {
  const total = { passed: 0, stuck: 0 };
  const deadline = performance.now() + 30_000;
  do {
    const { passed, stuck } = await deliverAll({ database: test.database, operators: [operatorId], subscribers, logger: silentLogger });
    total.passed += passed;
    total.stuck += stuck;
  } while (!through(total) && performance.now() < deadline);
}

describe('the outbox', () => {
  it('tells a subscriber each event of its types once, in order', async () => {
    const operatorId = newOperatorId();
    const odb = test.database.forOperator(operatorId);
    await odb.transaction((tx) => appendEvents(tx, [event(1), event(2), event(99, 'platform.other.sent.v1'), event(3)]));
    const subscriber = listener('probe.order');
    await deliverUntil(operatorId, [subscriber], ({ passed }) => passed >= 4);
    await deliverAll({ database: test.database, operators: [operatorId], subscribers: [subscriber], logger: silentLogger });
    assert.deepEqual(subscriber.seen, [1, 2, 3]);
  });

  it('tells a subscriber that works sets all events of a batch at once, each once', async () => {
    const operatorId = newOperatorId();
    await test.database.forOperator(operatorId).transaction((tx) => appendEvents(tx, [event(1), event(2), event(99, 'platform.other.sent.v1'), event(3)]));
    const sets: unknown[][] = [];
    const subscriber: Subscriber = { ...listener('probe.sets'), handleMany: (_tx, events) => { sets.push(events.map(({ payload }) => payload.n)); return Promise.resolve(); } };
    await deliverUntil(operatorId, [subscriber], ({ passed }) => passed >= 4);
    await deliverAll({ database: test.database, operators: [operatorId], subscribers: [subscriber], logger: silentLogger });
    assert.deepEqual(sets, [[1, 2, 3]]);
  });

  it('does not skip an event whose transaction drew its sequence early and committed late', async () => {
    const operatorId = newOperatorId();
    const odb = test.database.forOperator(operatorId);
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: appended, resolve: written } = Promise.withResolvers<void>();
    const early = odb.transaction(async (tx) => { await appendEvents(tx, [event(1)]); written(); await gate; });
    await appended;
    await odb.transaction((tx) => appendEvents(tx, [event(2)]));
    const subscriber = listener('probe.late');
    assert.equal(await deliverBatch(test.database, operatorId, subscriber), 0, 'the earlier transaction is still running');
    open();
    await early;
    await deliverUntil(operatorId, [subscriber], ({ passed }) => passed >= 2);
    assert.deepEqual(subscriber.seen, [1, 2]);
  });

  it('holds a subscriber up at an event it cannot handle, tells so, and holds up nobody else', async () => {
    const operatorId = newOperatorId();
    const odb = test.database.forOperator(operatorId);
    await odb.transaction((tx) => appendEvents(tx, [event(1), event(2)]));
    const [ill, well] = [listener('probe.ill'), listener('probe.well')];
    ill.fail = true;
    await deliverUntil(operatorId, [ill, well], ({ passed, stuck }) => passed >= 2 && stuck >= 1);
    const [row] = await odb.transaction((tx) => tx.query(`select last_error, failures_in_a_row from platform.outbox_cursor where subscriber = 'probe.ill'`));
    assert.equal(row?.last_error, 'not now');
    assert.ok(Number(row.failures_in_a_row) >= 1);
    ill.fail = false;
    await deliverUntil(operatorId, [ill, well], ({ passed }) => passed >= 2);
    assert.deepEqual([ill.seen, well.seen], [[1, 2], [1, 2]]);
  });

  it('delivers once when several processes deliver at the same time', async () => {
    const operatorId = newOperatorId();
    await test.database.forOperator(operatorId).transaction((tx) => appendEvents(tx, Array.from({ length: 50 }, (_, n) => event(n))));
    const subscriber = listener('probe.many');
    const loops = Array.from({ length: 3 }, () => startDelivery({ database: test.database, operators: () => Promise.resolve([operatorId]), subscribers: [subscriber], logger: silentLogger }));
    const deadline = performance.now() + 10_000;
    while (subscriber.seen.length < 50 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    await Promise.all(loops.map((loop) => loop.close()));
    assert.deepEqual(subscriber.seen, Array.from({ length: 50 }, (_, n) => n));
  });
});
