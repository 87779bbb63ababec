import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newOperatorId, openTestDatabase } from '../../../../test/support/database.ts';
import { addMs, instant, type ChargePointId, type OperatorId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { listConnections } from '../queries/connections.ts';
import { ALIVE_INTERVAL_MS } from '../wire/link-watch.ts';
import { closeConnections, openConnections, touchConnections } from './connections.ts';

const test = await openTestDatabase();
const at = instant(Date.UTC(2026, 10, 22, 10));
const point = (operatorId: OperatorId) => ({ operatorId, chargePointId: newUuid() as ChargePointId, protocol: 'ocpp1.6' as const, remoteAddress: '192.0.2.1', at });
const states = (operatorId: OperatorId, now = at) => test.database.forOperator(operatorId).transaction((tx) => listConnections(tx, now, { after: null, countMax: 10 }));

describe('connection rows', () => {
  it('give every connection of a charge point the next generation, also several in one batch and for several operators', async () => {
    const [one, two] = [point(newOperatorId()), point(newOperatorId())];
    assert.deepEqual(await openConnections(test.database, newUuid(), [one, two, one, one]), [1n, 1n, 2n, 3n]);
    assert.deepEqual(await openConnections(test.database, newUuid(), [two]), [2n]);
  });

  it('are ended only by the newest generation', async () => {
    const one = point(newOperatorId());
    await openConnections(test.database, newUuid(), [one, one]);
    await closeConnections(test.database, [{ ...one, generation: 1n, reason: 'old' }]);
    assert.equal((await states(one.operatorId))[0]?.connected, true);
    await closeConnections(test.database, [{ ...one, generation: 2n, reason: 'new' }, { ...one, generation: 1n, reason: 'old' }]);
    assert.deepEqual((await states(one.operatorId)).map((state) => [state.connected, state.closeReason, state.generation]), [[false, 'new', 2n]]);
  });

  it('say which links are still the newest, and show a node that has died as not connected', async () => {
    const [one, two] = [point(newOperatorId()), point(newOperatorId())];
    await openConnections(test.database, newUuid(), [one, two, two]);
    const later = addMs(at, ALIVE_INTERVAL_MS);
    const current = await test.database.transactionFor([one.operatorId, two.operatorId], (tx) =>
      touchConnections(tx, later, [{ ...one, generation: 1n, lastFrameAt: at }, { ...two, generation: 1n, lastFrameAt: null }]));
    assert.deepEqual([...current], [one.chargePointId]);
    assert.deepEqual((await states(one.operatorId, later)).map((state) => [state.connected, state.lastFrameAt]), [[true, at]]);
    assert.equal((await states(one.operatorId, addMs(later, 4 * ALIVE_INTERVAL_MS)))[0]?.connected, false);
  });
});
