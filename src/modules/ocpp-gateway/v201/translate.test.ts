import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, type ChargePointId } from '../../../kernel/index.ts';
import type { JsonObject } from '../wire/lenient-json.ts';
import { translateV201 } from './translate.ts';

const AT = Date.UTC(2026, 10, 22, 10, 0, 0);
const facts = (action: string, payload: JsonObject) =>
  translateV201({ chargePointId: 'cp' as ChargePointId, sequence: 9n, recordedAt: instant(AT), messageId: 'id', action, payload }).facts;
const event = (eventType: string, more: JsonObject = {}) =>
  facts('TransactionEvent', { eventType, timestamp: '2026-11-22T10:00:00Z', triggerReason: 'Authorized', seqNo: 3, transactionInfo: { transactionId: 'T' }, ...more });
const meterValue = (value: JsonObject | number, context: string | null = null): JsonObject => ({
  timestamp: '2026-11-22T10:00:00Z', sampledValue: [{ ...(typeof value === 'number' ? { value } : value), ...(context === null ? {} : { context }) }],
});
const registers = (list: ReturnType<typeof facts>) => list.map((fact) => ('registerWh' in fact ? fact.registerWh : undefined));

describe('TransactionEvent', () => {
  it('Started is a start and its readings; the register is the one at the begin', () => {
    const list = event('Started', { evse: { id: 2, connectorId: 1 }, idToken: { idToken: 'CARD', type: 'ISO14443' }, offline: true, transactionInfo: { transactionId: 'T', remoteStartId: 44 }, meterValue: [meterValue(900, 'Sample.Periodic'), meterValue(1000, 'Transaction.Begin')] });
    assert.deepEqual(list[0], {
      chargePointId: 'cp', evseNumber: 2, transactionRef: 'v201:T', frameSequence: 9n, ordinal: 0, eventAt: AT, recordedAt: AT, messageId: 'id',
      kind: 'session_started', idToken: 'CARD', registerWh: 1000n, seqNo: 3, offline: true, remoteStartId: 44,
    });
    assert.deepEqual([registers(list), list.map((fact) => fact.ordinal)], [[1000n, 900n, 1000n], [0, 1, 2]]);
  });
  it('takes a single reading as the register of a start or an end', () => {
    assert.deepEqual(registers(event('Started', { meterValue: [meterValue(5)] })), [5n, 5n]);
    assert.deepEqual(registers(event('Ended', { meterValue: [meterValue(7)] })), [7n, 7n]);
    assert.deepEqual(registers(event('Ended', { meterValue: [meterValue(7), meterValue(9)] })), [null, 7n, 9n]);
    assert.deepEqual(registers(event('Ended', { meterValue: [meterValue(7, 'Transaction.Begin'), meterValue(9, 'Transaction.End')] })), [9n, 7n, 9n]);
  });
  it('Ended has its reason, and Local without one', () => {
    const reason = (info: JsonObject) => { const [end] = event('Ended', { transactionInfo: { transactionId: 'T', ...info } }); return end?.kind === 'session_ended' ? end.reason : undefined; };
    assert.equal(reason({ stoppedReason: 'PowerLoss' }), 'PowerLoss');
    assert.equal(reason({}), 'Local');
  });
  it('Updated without a reading still counts in the chain of sequence numbers', () => {
    const [fact] = event('Updated');
    assert.ok(fact?.kind === 'register_read');
    assert.deepEqual([fact.seqNo, fact.registerWh, fact.transactionRef], [3, null, 'v201:T']);
  });
  it('of no known type keeps its readings', () => assert.deepEqual(registers(event('Paused', { meterValue: [meterValue(5)] })), [5n]));
  it('in another case is understood', () => assert.equal(event('STARTED')[0]?.kind, 'session_started'));
  it('reads unit and multiplier exactly', () => {
    const wh = (sample: JsonObject) => registers(event('Updated', { meterValue: [meterValue(sample)] }))[0];
    assert.equal(wh({ value: 12.345, unitOfMeasure: { unit: 'kWh' } }), 12345n);
    assert.equal(wh({ value: 12.5, unitOfMeasure: { unit: 'Wh', multiplier: 3 } }), 12500n);
    assert.equal(wh({ value: 0.083, unitOfMeasure: { multiplier: 6 } }), 83000n);
    assert.equal(wh({ value: 1e21 }), 1000000000000000000000n);
  });
  it('with a signed value reads the plain one beside it', () => {
    assert.deepEqual(registers(event('Updated', { meterValue: [meterValue({ value: 5, signedMeterValue: { signedMeterData: 'x', signingMethod: '', encodingMethod: '', publicKey: '' } })] })), [5n]);
  });
  it('whose fields have no usable shape still becomes a fact', () => {
    const [fact] = facts('TransactionEvent', { eventType: 'Ended', seqNo: 'x', evse: [], transactionInfo: 3, idToken: 'text', meterValue: 'none' });
    assert.ok(fact?.kind === 'session_ended');
    assert.deepEqual([fact.seqNo, fact.evseNumber, fact.transactionRef, fact.idToken, fact.eventAt], [null, null, null, null, null]);
  });
  it('without authorisation has no token', () => {
    const [fact] = event('Started', { idToken: { idToken: '', type: 'NoAuthorization' } });
    assert.ok(fact?.kind === 'session_started');
    assert.equal(fact.idToken, null);
  });
});

describe('the other calls', () => {
  it('StatusNotification speaks of an EVSE', () => {
    const [fact] = facts('StatusNotification', { timestamp: '2026-11-22T10:00:00Z', connectorStatus: 'Occupied', evseId: 1, connectorId: 1 });
    assert.ok(fact?.kind === 'status');
    assert.deepEqual([fact.status, fact.evseNumber], ['Occupied', 1]);
  });
  it('MeterValues outside a transaction are readings of the EVSE', () => assert.deepEqual(registers(facts('MeterValues', { evseId: 1, meterValue: [meterValue(5)] })), [5n]));
  it('what nobody bills is no fact', () => assert.deepEqual(facts('NotifyEvent', { seqNo: 0 }), []));
});
