import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { OperatorId } from '../../kernel/index.ts';
import { newUuid, systemClock } from '../../platform/clock/index.ts';
import { connectDatabase, roleUrls } from '../../platform/database/index.ts';
import { silentLogger } from '../../platform/logging/logger.ts';
import { newOperatorId, openTestDatabase, TEST_MASTER_KEY } from '../../../test/support/database.ts';
import { fakeCharging, fakeLocations } from '../../../test/support/ocpp-ports.ts';
import { connectStation } from '../../../test/support/ocpp-station.ts';
import { startApplier } from './applier/applier.ts';
import { DECISION_GRACE_MS, oldestAwaited } from './applier/awaited-decisions.ts';
import { requestCommand } from './commands/request-command.ts';
import { openGateway } from './gateway.ts';
import { loadCommand } from './store/commands.ts';

/** Polls that never come: what happens here, happens because somebody was told. */
const NEVER = { applierPollMs: 2 ** 30, commandPollMs: 2 ** 30 };
const test = await openTestDatabase();
// A second set of pools, as another process has them: nothing is shared but the database.
const elsewhere = connectDatabase(roleUrls(test.adminUrl, TEST_MASTER_KEY), { poolSizeMax: 4 });
const charging = fakeCharging(), locations = fakeLocations();
const shared = { clock: systemClock, logger: silentLogger, charging, locations, limits: NEVER };
const gateway = await openGateway({ ...shared, database: test.database });
const mine = new Set<OperatorId>();
const applier = startApplier({ ...shared, database: elsewhere, only: (id) => mine.has(id) });
after(async () => {
  await applier.close();
  await gateway.close();
  await elsewhere.close();
});
const connect = (identity: string) => connectStation({ port: gateway.port, identity, protocols: ['ocpp1.6'] });
/** A bound, not a timing. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${what} did not come about`);
}

describe('a gateway and a worker in processes of their own', () => {
  it('frames that one stores are worked by the other at once, without its poll', async () => {
    mine.add(locations.add('TWO-1').operatorId);
    const station = await connect('TWO-1');
    await station.call('StopTransaction', { transactionId: 7, meterStop: 1, timestamp: '2026-11-22T10:00:00Z' });
    await until('the first fact', () => charging.facts.size === 1);
    await station.call('StopTransaction', { transactionId: 7, meterStop: 2, timestamp: '2026-11-22T10:00:01Z' });
    await until('the second fact', () => charging.facts.size === 2);
    await station.close();
  });

  it('frames stored while nobody listened are worked as soon as a worker does', async () => {
    const own = fakeCharging(), { operatorId } = locations.add('TWO-2');
    const station = await connect('TWO-2');
    await station.call('Heartbeat', {});
    const late = startApplier({ ...shared, database: elsewhere, charging: own, only: (id) => id === operatorId });
    await until('the cursor', async () => (await applied(operatorId)) === 1n);
    await late.close();
    await station.close();
  });

  it('a command that one process requests is sent by the other at once, without its poll', async () => {
    const { operatorId, chargePointId } = locations.add('TWO-3');
    const station = await connect('TWO-3');
    const heard: string[] = [];
    station.onCall((action) => { heard.push(action); return { status: 'Accepted' }; });
    const requested = await elsewhere.forOperator(operatorId).transaction((tx) => requestCommand(tx, { chargePointId, command: { kind: 'trigger_message', requestedMessage: 'Heartbeat', evseNumber: null }, requestedBy: 'test' }, shared));
    assert.ok(requested.ok);
    await until('the answer', async () => (await elsewhere.forOperator(operatorId).transaction((tx) => loadCommand(tx, operatorId, requested.value.commandId)))?.state === 'accepted');
    assert.deepEqual(heard, ['TriggerMessage']);
    await station.close();
  });

  it('a start that the gateway is deciding is left to it, and so is what follows; then both are worked', async () => {
    const { operatorId } = locations.add('TWO-4', { operatorId: newOperatorId() });
    let decide: () => void = () => undefined;
    const decided = new Set<bigint>(), facts: string[] = [];
    const slow = {
      ...fakeCharging(),
      startTransaction: async (_database: unknown, start: { readonly frameSequence: bigint }) => {
        await new Promise<void>((resolve) => { decide = resolve; });
        decided.add(start.frameSequence);
        return { transactionId: 5, decision: 'accepted' as const };
      },
      decidedStarts: () => Promise.resolve(decided),
      applyFacts: (_tx: unknown, batch: readonly { readonly kind: string }[]) => { facts.push(...batch.map(({ kind }) => kind)); return Promise.resolve(); },
    };
    const first = await openGateway({ ...shared, database: test.database, charging: slow });
    const second = startApplier({ ...shared, database: elsewhere, charging: slow, only: (id) => id === operatorId });
    const station = await connectStation({ port: first.port, identity: 'TWO-4', protocols: ['ocpp1.6'] });
    await station.call('StatusNotification', { connectorId: 1, status: 'Available', errorCode: 'NoError' });
    await until('the state', () => facts.length === 1);
    const started = station.call('StartTransaction', { connectorId: 1, idTag: 'CARD', meterStart: 1, timestamp: '2026-11-22T10:00:00Z' });
    await until('the start', async () => (await stored(operatorId)) === 2n);
    await second.drain(DECISION_GRACE_MS / 2).catch(() => undefined);
    assert.deepEqual(facts, ['status'], 'nobody else decided the start');
    decide();
    await started;
    await second.drain();
    assert.deepEqual(facts, ['status', 'session_started']);
    await station.close();
    await second.close();
    await first.close();
  });
});

describe('a start that nobody has decided', () => {
  it('is waited for during the grace, all that are seen together once, and no longer', () => {
    const operatorId = newUuid() as OperatorId;
    assert.equal(oldestAwaited(test.database, operatorId, [9n, 8n], 0), 8n);
    assert.equal(oldestAwaited(test.database, operatorId, [9n, 12n], 10), 9n);
    assert.equal(oldestAwaited(test.database, operatorId, [8n, 9n, 12n], DECISION_GRACE_MS + 5), 8n, 'it was decided in between, and rewound');
    assert.equal(oldestAwaited(test.database, operatorId, [9n, 12n], DECISION_GRACE_MS + 20), null);
    assert.equal(oldestAwaited(test.database, operatorId, [], DECISION_GRACE_MS + 20), null);
  });
});

const column = async (operatorId: OperatorId, sql: string): Promise<bigint | null> => (await test.database.forOperator(operatorId).transaction((tx) => tx.query<{ at: bigint }>(sql, [operatorId])))[0]?.at ?? null;
const applied = (operatorId: OperatorId): Promise<bigint | null> => column(operatorId, 'select applied_sequence as at from ocpp_gateway.applier_cursor where operator_id = $1');
const stored = (operatorId: OperatorId): Promise<bigint | null> => column(operatorId, 'select last_sequence as at from ocpp_gateway.stream where operator_id = $1');
