import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newOperatorId, openTestDatabase } from '../../../../test/support/database.ts';
import { instant, type ChargePointId, type OperatorId } from '../../../kernel/index.ts';
import { newUuid, systemClock } from '../../../platform/clock/index.ts';
import type { Queryable } from '../../../platform/database/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { GATEWAY_LIMITS, type GatewayLimits } from '../limits.ts';
import { silentMetrics } from '../ports.ts';
import { openFrameLog } from './frame-log.ts';
import type { NewFrame } from './frame.ts';

const test = await openTestDatabase();
const open = (inbox: Queryable, limits: Partial<GatewayLimits> = {}) => openFrameLog({ inbox, clock: systemClock, logger: silentLogger, metrics: silentMetrics, limits: { ...GATEWAY_LIMITS, ...limits } });
const frame = (operatorId: OperatorId, messageId: string, over: Partial<NewFrame> = {}): NewFrame => ({
  operatorId, chargePointId: newUuid() as ChargePointId, connectionGeneration: 1n, direction: 'in', protocol: 'ocpp1.6', messageType: 2, messageId, action: 'Heartbeat',
  payload: `[2,"${messageId}","Heartbeat",{}]`, reply: '{}', violation: null, receivedAt: instant(0), ...over,
});
const stored = (operatorId: OperatorId) => test.database.forOperator(operatorId).transaction((tx) => tx.query<{ message_id: string; payload: string }>('select message_id, payload from ocpp_gateway.frame order by sequence'));
/** The real inbox, counting its statements, and failing when told to. */
const watched = (fail: () => Error | null = () => null) => {
  const state = { statements: 0, rows: [] as number[] };
  const inbox: Queryable = {
    ...test.database.inbox,
    query: (async (statement: never, values: unknown[]) => {
      state.statements++;
      state.rows.push((values[3] as unknown[]).length);
      const error = fail();
      if (error) throw error;
      return test.database.inbox.query(statement, values);
    }) as Queryable['query'],
  };
  return { state, inbox };
};

describe('the frame log', () => {
  it('stores what arrives together in one commit, in order, within the limit of rows', async () => {
    const operatorId = newOperatorId();
    const { inbox, state } = watched();
    const log = open(inbox, { batchRowsMax: 40 });
    const sequences = await Promise.all(Array.from({ length: 100 }, (_, i) => log.append(frame(operatorId, `m${i}`))));
    assert.deepEqual(sequences, Array.from({ length: 100 }, (_, i) => BigInt(i + 1)));
    assert.deepEqual(state.rows, [40, 40, 20]);
    assert.deepEqual((await stored(operatorId)).map((row) => row.message_id), Array.from({ length: 100 }, (_, i) => `m${i}`));
    await log.close();
  });

  it('stores a frame that somebody waits for before those of other charge points, and never before one of its own', async () => {
    const operatorId = newOperatorId(), own = newUuid() as ChargePointId;
    const { inbox, state } = watched();
    const log = open(inbox, { batchRowsMax: 3 });
    await Promise.all([
      ...['a', 'b', 'c', 'd'].map((name) => log.append(frame(operatorId, name))), log.append(frame(operatorId, 'own stop', { chargePointId: own })), log.append(frame(operatorId, 'own start', { chargePointId: own }), 'ahead'),
      log.append(frame(operatorId, 'start'), 'ahead'), log.append(frame(operatorId, 'e')),
    ]);
    assert.deepEqual((await stored(operatorId)).map((row) => row.message_id), ['start', 'a', 'b', 'c', 'd', 'own stop', 'own start', 'e']);
    assert.deepEqual(state.rows, [3, 3, 2]);
    await log.append(frame(operatorId, 'own next', { chargePointId: own }), 'ahead');
    await log.close();
  });

  it('keeps the order of a charge point when what went ahead has to be tried again', async () => {
    const operatorId = newOperatorId(), own = newUuid() as ChargePointId;
    let failures = 2;
    const { inbox } = watched(() => (failures-- > 0 ? new Error('connection terminated') : null));
    const log = open(inbox);
    await Promise.all(['1', '2', '3'].map((name) => log.append(frame(operatorId, name, { chargePointId: own }), 'ahead')));
    assert.deepEqual((await stored(operatorId)).map((row) => row.message_id), ['1', '2', '3']);
    await log.close();
  });

  it('keeps a batch within its bytes', async () => {
    const operatorId = newOperatorId();
    const { inbox, state } = watched();
    const log = open(inbox, { batchBytesMax: 1_000 });
    await Promise.all([1, 2, 3].map((i) => log.append(frame(operatorId, `m${i}`, { payload: 'x'.repeat(600) }))));
    assert.deepEqual(state.rows, [2, 1]);
    await log.close();
  });

  it('shows a NUL instead of failing on it', async () => {
    const operatorId = newOperatorId();
    const log = open(test.database.inbox);
    await log.append(frame(operatorId, 'a\u0000b', { payload: 'x\u0000y', violation: '\u0000', action: '\u0000' }));
    assert.deepEqual(await stored(operatorId), [{ message_id: 'a\u2400b', payload: 'x\u2400y' }]);
    await log.close();
  });

  it('lets one frame that the table refuses keep nobody else out', async () => {
    const operatorId = newOperatorId();
    const log = open(test.database.inbox);
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => log.append(frame(operatorId, `m${i}`, i === 7 ? { direction: 'sideways' as never } : {}))));
    assert.deepEqual(results.flatMap((result, i) => (result.status === 'rejected' ? [i] : [])), [7]);
    assert.equal((await stored(operatorId)).length, 19);
    await log.close();
  });

  it('tries again while the database is away, and stores each frame once', async () => {
    const operatorId = newOperatorId();
    let failures = 2;
    const { inbox } = watched(() => (failures-- > 0 ? new Error('connection refused') : null));
    const log = open(inbox);
    assert.deepEqual(await Promise.all([log.append(frame(operatorId, 'a')), log.append(frame(operatorId, 'b'))]), [1n, 2n]);
    assert.deepEqual((await stored(operatorId)).map((row) => row.message_id), ['a', 'b']);
    await log.close();
  });

  it('gives a frame up at its deadline, also when the database hangs', async () => {
    let letGo = (): void => undefined;
    const hanging: Queryable = { ...test.database.inbox, query: () => new Promise((_, reject) => { letGo = () => { reject(new Error('terminated')); }; }) };
    const log = open(hanging, { storeDeadlineMs: 100 });
    // Something must keep the process alive, as its sockets would.
    const alive = setInterval(() => undefined, 1_000);
    await assert.rejects(log.append(frame(newOperatorId(), 'a')), { name: 'FrameNotStored' });
    letGo();
    await log.close();
    clearInterval(alive);
  });

  it('says when it is full, and when it has room again', async () => {
    const operatorId = newOperatorId();
    const log = open(test.database.inbox, { framesQueuedMax: 10, batchRowsMax: 2 });
    const appended = Promise.all(Array.from({ length: 10 }, (_, i) => log.append(frame(operatorId, `m${i}`))));
    assert.equal(log.full, true);
    await new Promise<void>((resolve) => { log.onceDrained(resolve); });
    assert.equal(log.full, false);
    await appended;
    await log.close();
  });

  it('stores what waits when it is closed, and nothing afterwards', async () => {
    const operatorId = newOperatorId();
    const log = open(test.database.inbox);
    const waiting = log.append(frame(operatorId, 'a'));
    log.note(frame(operatorId, 'b', { direction: 'out' }));
    await log.close();
    assert.equal(await waiting, 1n);
    assert.equal((await stored(operatorId)).length, 2);
    await assert.rejects(log.append(frame(operatorId, 'c')), { name: 'FrameNotStored' });
  });
});
