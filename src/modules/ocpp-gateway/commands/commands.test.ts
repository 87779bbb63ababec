import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { instant, type ChargePointId, type OperatorId } from '../../../kernel/index.ts';
import { manualClock } from '../../../platform/clock/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { fakeCharging, fakeLocations } from '../../../../test/support/ocpp-ports.ts';
import { connectStation } from '../../../../test/support/ocpp-station.ts';
import { startApplier } from '../applier/applier.ts';
import { openGateway } from '../gateway.ts';
import { loadCommand, type Command, type CommandState } from '../store/commands.ts';
import { encodeCommand, type ChargePointCommand } from './charge-point-command.ts';
import { COMMANDS_OPEN_PER_CHARGE_POINT_MAX, requestCommand } from './request-command.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.UTC(2026, 10, 22, 10)));
const locations = fakeLocations(), charging = fakeCharging();
const options = { database: test.database, clock, logger: silentLogger, charging, locations };
const gateway = await openGateway({ ...options, limits: { commandAnswerDeadlineMs: 150 } });
after(() => gateway.close());

const start: ChargePointCommand = { kind: 'remote_start', evseNumber: 1, idToken: 'CARD', remoteStartId: 77 };
const trigger: ChargePointCommand = { kind: 'trigger_message', requestedMessage: 'Heartbeat', evseNumber: null };
type Ids = { operatorId: OperatorId; chargePointId: ChargePointId };
const request = async ({ operatorId, chargePointId }: Ids, command: ChargePointCommand): Promise<string> => {
  const result = await test.database.forOperator(operatorId).transaction((tx) => requestCommand(tx, { chargePointId, command, requestedBy: 'test' }, { clock }));
  assert.ok(result.ok);
  return result.value.commandId;
};
const load = async ({ operatorId }: Ids, commandId: string): Promise<Command> => (await test.database.forOperator(operatorId).transaction((tx) => loadCommand(tx, operatorId, commandId)))!;
/** Waits until a command is in a state; a bound, not a timing. */
const until = async (ids: Ids, commandId: string, state: CommandState): Promise<Command> => {
  for (let i = 0; i < 500; i++) {
    const command = await load(ids, commandId);
    if (command.state === state) return command;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`the command stayed ${(await load(ids, commandId)).state} and did not become ${state}`);
};
const connect = (identity: string, protocols = ['ocpp1.6']) => connectStation({ port: gateway.port, identity, protocols });

describe('a command', () => {
  it('reaches a connected charge point at once and is settled by its answer', async () => {
    const ids = locations.add('CMD-1');
    const station = await connect('CMD-1');
    const heard: unknown[] = [];
    station.onCall((action, payload) => { heard.push([action, payload]); return { status: 'Accepted' }; });
    const command = await until(ids, await request(ids, start), 'accepted');
    assert.deepEqual(heard, [['RemoteStartTransaction', { idTag: 'CARD', connectorId: 1 }]]);
    assert.deepEqual([command.attempts, command.answer, command.reason], [1, '{"status":"Accepted"}', null]);
    await station.close();
  });

  it('that the charge point refuses is rejected with its own word', async () => {
    const ids = locations.add('CMD-2');
    const station = await connect('CMD-2', ['ocpp2.0.1']);
    station.onCall((action, payload) => { assert.equal(action, 'RequestStopTransaction'); assert.deepEqual(payload, { transactionId: 'T-9' }); return { status: 'Rejected' }; });
    assert.equal((await until(ids, await request(ids, { kind: 'remote_stop', transactionRef: 'v201:T-9' }), 'rejected')).reason, 'Rejected');
    await station.close();
  });

  it('waits for a charge point that is away, and expires when it does not come in time', async () => {
    const ids = locations.add('CMD-3');
    const late = await request(ids, start), gone = await request(ids, trigger);
    const station = await connect('CMD-3');
    station.onCall(() => ({ status: 'Accepted' }));
    await until(ids, late, 'accepted');
    await until(ids, gone, 'accepted');
    await station.close();
    const never = await request(ids, start);
    clock.advance(61_000);
    await gateway.dispatchCommands();
    assert.deepEqual([(await load(ids, never)).state, (await load(ids, never)).reason], ['expired', 'not_connected_in_time']);
    const again = await connect('CMD-3');
    again.onCall(() => { throw new Error('an expired command was sent'); });
    await again.call('Heartbeat', {});
    await again.close();
  });

  it('to start that is not answered is unknown and is never sent again', async () => {
    const ids = locations.add('CMD-4');
    const first = await connect('CMD-4');
    let sent = 0;
    first.onCall(() => { sent++; first.cut(); return undefined; });
    const commandId = await request(ids, start);
    assert.equal((await until(ids, commandId, 'unknown')).reason, 'connection_lost');
    const second = await connect('CMD-4');
    second.onCall(() => { sent++; return { status: 'Accepted' }; });
    await gateway.dispatchCommands();
    await second.call('Heartbeat', {});
    assert.deepEqual([sent, (await load(ids, commandId)).attempts, (await load(ids, commandId)).state], [1, 1, 'unknown']);
    await second.close();
  });

  it('that may be repeated is sent again when its outcome is unknown', async () => {
    const ids = locations.add('CMD-5');
    const first = await connect('CMD-5');
    first.onCall(() => { first.cut(); return undefined; });
    const commandId = await request(ids, trigger);
    await first.closed;
    const second = await connect('CMD-5');
    second.onCall(() => ({ status: 'Accepted' }));
    assert.equal((await until(ids, commandId, 'accepted')).attempts, 2);
    await second.close();
  });

  it('with an unknown outcome is settled by a late answer', async () => {
    const ids = locations.add('CMD-6');
    const station = await connect('CMD-6');
    const commandId = await request(ids, start);
    const [, messageId] = await station.next();
    await until(ids, commandId, 'unknown');
    station.sendRaw(JSON.stringify([3, messageId, { status: 'Accepted' }]));
    await until(ids, commandId, 'accepted');
    await station.close();
  });

  it('to start is known to have worked when a transaction names it', async () => {
    const ids = locations.add('CMD-7');
    const applier = startApplier({ ...options, only: (id) => id === ids.operatorId });
    const station = await connect('CMD-7', ['ocpp2.0.1']);
    const commandId = await request(ids, start);
    await station.next();
    await until(ids, commandId, 'unknown');
    await station.call('TransactionEvent', { eventType: 'Started', timestamp: '2026-11-22T10:00:00Z', triggerReason: 'RemoteStart', seqNo: 0, transactionInfo: { transactionId: 'T', remoteStartId: 77 } });
    await applier.drain();
    assert.deepEqual([(await load(ids, commandId)).state, (await load(ids, commandId)).reason], ['accepted', 'observed']);
    await applier.close();
    await station.close();
  });

  it('that a crashed node has sent is unknown after its deadline, whichever node looks', async () => {
    const ids = locations.add('CMD-8');
    const commandId = await request(ids, start);
    await test.database.forOperator(ids.operatorId).transaction((tx) => tx.execute(
      `update ocpp_gateway.command set state = 'sent', message_id = 'lost', sent_at = $2, answer_by = $2 where operator_id = $1`, [ids.operatorId, new Date(clock.now()).toISOString()]));
    await gateway.dispatchCommands();
    assert.equal((await load(ids, commandId)).state, 'unknown');
  });

  it('is refused when too many wait already', async () => {
    const ids = locations.add('CMD-9');
    for (let i = 0; i < COMMANDS_OPEN_PER_CHARGE_POINT_MAX; i++) await request(ids, trigger);
    const refused = await test.database.forOperator(ids.operatorId).transaction((tx) => requestCommand(tx, { chargePointId: ids.chargePointId, command: trigger, requestedBy: 'test' }, { clock }));
    assert.deepEqual(refused, { ok: false, error: { code: 'too_many_commands', commandsMax: COMMANDS_OPEN_PER_CHARGE_POINT_MAX } });
  });
});

describe('the words of a command', () => {
  it('are each dialect\'s own', () => {
    const said = (version: 'ocpp1.6' | 'ocpp2.0.1', command: ChargePointCommand) => encodeCommand(version, command);
    assert.deepEqual(said('ocpp2.0.1', start), { ok: true, action: 'RequestStartTransaction', payload: { remoteStartId: 77, idToken: { idToken: 'CARD', type: 'Central' }, evseId: 1 } });
    assert.deepEqual(said('ocpp1.6', { kind: 'remote_stop', transactionRef: 'v16:12' }), { ok: true, action: 'RemoteStopTransaction', payload: { transactionId: 12 } });
    assert.deepEqual(said('ocpp1.6', { kind: 'remote_stop', transactionRef: 'v201:12' }), { ok: false, reason: 'transaction_of_another_protocol' });
    assert.deepEqual(said('ocpp1.6', { kind: 'trigger_message', requestedMessage: 'MeterValues', evseNumber: 2 }), { ok: true, action: 'TriggerMessage', payload: { requestedMessage: 'MeterValues', connectorId: 2 } });
    assert.deepEqual(said('ocpp2.0.1', { kind: 'trigger_message', requestedMessage: 'StatusNotification', evseNumber: 2 }), { ok: true, action: 'TriggerMessage', payload: { requestedMessage: 'StatusNotification', evse: { id: 2, connectorId: 1 } } });
  });
});
