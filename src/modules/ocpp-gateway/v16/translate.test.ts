import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, type ChargePointId } from '../../../kernel/index.ts';
import type { ChargePointFact } from '../../charging/index.ts';
import { parseMessage } from '../wire/message.ts';
import { translateV16 } from './translate.ts';

const AT = Date.UTC(2026, 10, 22, 10, 0, 0);
const recordedAt = instant(AT + 5_000);
/** From JSON text, because what numbers survive is part of the translation. */
const translated = (action: string, payload: string) => {
  const message = parseMessage(`[2,"id","${action}",${payload}]`);
  assert.ok(message.kind === 'call');
  return translateV16({ chargePointId: 'cp' as ChargePointId, sequence: 9n, recordedAt, messageId: 'id', action, payload: message.payload });
};
const facts = (action: string, payload: string): readonly ChargePointFact[] => translated(action, payload).facts;
const only = (action: string, payload: string): ChargePointFact => {
  const [fact, ...more] = facts(action, payload);
  assert.ok(fact && more.length === 0);
  return fact;
};
const meterStart = (written: string): bigint | null => {
  const fact = only('StartTransaction', `{"connectorId":1,"idTag":"A","timestamp":"2026-11-22T10:00:00Z"${written}}`);
  assert.ok(fact.kind === 'session_started');
  return fact.registerWh;
};

describe('StartTransaction', () => {
  it('is a start without a transaction, because its number is given in the answer', () => {
    assert.deepEqual(only('StartTransaction', '{"connectorId":2,"idTag":"CARD","meterStart":1200,"timestamp":"2026-11-22T18:00:00.123+08:00"}'), {
      chargePointId: 'cp', evseNumber: 2, transactionRef: null, frameSequence: 9n, ordinal: 0, eventAt: AT + 123, recordedAt, messageId: 'id',
      kind: 'session_started', idToken: 'CARD', registerWh: 1200n, seqNo: null, offline: false, remoteStartId: null,
    });
  });
  it('has its register however it is written', () => {
    assert.equal(meterStart(',"meterStart":0'), 0n);
    assert.equal(meterStart(',"meterStart":10.5'), 11n);
    assert.equal(meterStart(',"meterStart":"909948"'), 909948n);
    assert.equal(meterStart(',"meterStart":"9.1e5"'), 910000n);
    assert.equal(meterStart(',"METERSTART":7'), 7n);
    assert.equal(meterStart(',"meterStart":9007199254740993'), 9007199254740993n);
  });
  it('keeps an unknown register as it was sent, or absent', () => {
    assert.equal(meterStart(',"meterStart":-1'), -1n);
    assert.equal(meterStart(''), null);
    assert.equal(meterStart(',"meterStart":null'), null);
    assert.equal(meterStart(',"meterStart":"unknown"'), null);
  });
  it('with a stamp that nobody can read has no event time, never the arrival time', () => {
    assert.equal(only('StartTransaction', '{"connectorId":1,"timestamp":"yesterday"}').eventAt, null);
    assert.equal(only('StartTransaction', '{"connectorId":1}').eventAt, null);
  });
  it('without a zone is taken as UTC', () => assert.equal(only('StartTransaction', '{"timestamp":"2026-11-22T10:00:00"}').eventAt, AT));
});

describe('StopTransaction', () => {
  it('is the end, followed by its readings', () => {
    const [end, begin, last] = facts('StopTransaction', `{"transactionId":7,"meterStop":3000,"timestamp":"2026-11-22T10:00:00Z","reason":"EVDisconnected","idTag":"B","transactionData":[
      {"timestamp":"2026-11-22T09:00:00Z","sampledValue":[{"value":"1.0","unit":"kWh","context":"Transaction.Begin"}]},
      {"timestamp":"2026-11-22T10:00:00Z","sampledValue":[{"value":"3.0","unit":"kWh","context":"Transaction.End"}]}]}`);
    assert.ok(end?.kind === 'session_ended' && begin?.kind === 'register_read' && last?.kind === 'register_read');
    assert.deepEqual([end.transactionRef, end.registerWh, end.reason, end.idToken, end.evseNumber], ['v16:7', 3000n, 'EVDisconnected', 'B', null]);
    assert.deepEqual([begin.registerWh, begin.context, begin.eventAt, begin.ordinal, begin.transactionRef], [1000n, 'Transaction.Begin', AT - 3_600_000, 1, 'v16:7']);
    assert.deepEqual([last.registerWh, last.context, last.ordinal], [3000n, 'Transaction.End', 2]);
  });
  it('names the transaction as the station did, also one that cannot be', () => {
    const ref = (written: string) => only('StopTransaction', `{"transactionId":${written},"meterStop":1}`).transactionRef;
    assert.equal(ref('-1'), 'v16:-1');
    assert.equal(ref('0'), 'v16:0');
    assert.equal(ref('9223372036854775807'), 'v16:9223372036854775807');
    assert.equal(ref('"12"'), 'v16:12');
    assert.equal(ref('null'), null);
  });
  it('without a reason was ended locally', () => {
    const end = only('StopTransaction', '{"transactionId":7}');
    assert.ok(end.kind === 'session_ended');
    assert.deepEqual([end.reason, end.registerWh], ['Local', null]);
  });
});

describe('MeterValues', () => {
  it('gives one reading for each meter value, in their order', () => {
    const reads = facts('MeterValues', `{"connectorId":1,"transactionId":7,"meterValue":[
      {"timestamp":"2026-11-22T10:00:00Z","sampledValue":[{"value":"100"},{"value":"11","measurand":"Power.Active.Import","unit":"kW"},{"value":"40","measurand":"SoC"}]},
      {"timestamp":"2026-11-22T10:01:00Z","sampledValue":[{"value":"16","measurand":"Current.Import"}]},
      {"timestamp":"2026-11-22T10:02:00Z","sampledValue":[{"value":"200"}]}]}`);
    assert.deepEqual(reads.map((read) => (read.kind === 'register_read' ? [read.ordinal, read.registerWh, read.powerW, read.socPercent, read.evseNumber] : null)), [[0, 100n, 11000n, 40, 1], [2, 200n, null, null, 1]]);
  });
  it('outside a transaction are readings of the connector', () => {
    assert.equal(facts('MeterValues', '{"connectorId":1,"meterValue":[{"timestamp":"2026-11-22T10:00:00Z","sampledValue":[{"value":"100"}]}]}')[0]?.transactionRef, null);
  });
  it('that say nothing are nothing, whatever shape they have', () => {
    for (const payload of ['{}', '{"meterValue":[]}', '{"meterValue":"x"}', '{"meterValue":[1,null,{"sampledValue":[null,3,{}]}]}']) assert.deepEqual(facts('MeterValues', payload), []);
  });
  it('with a single object where a list belongs are understood', () => {
    assert.equal(facts('MeterValues', '{"connectorId":1,"meterValue":{"timestamp":"2026-11-22T10:00:00Z","sampledValue":{"value":"5"}}}').length, 1);
  });
});

describe('StatusNotification and BootNotification', () => {
  it('tell charging and locations alike', () => {
    const { facts: [fact], status } = translated('StatusNotification', '{"connectorId":0,"status":"Faulted","errorCode":"GroundFailure","timestamp":"2026-11-22T10:00:00Z"}');
    assert.ok(fact?.kind === 'status');
    assert.deepEqual([fact.status, fact.errorCode, status], ['Faulted', 'GroundFailure', { evseNumber: 0, status: 'Faulted', errorCode: 'GroundFailure', at: AT }]);
    assert.deepEqual(translated('BootNotification', '{"chargePointVendor":"V","chargePointModel":"M","chargeBoxSerialNumber":"S","firmwareVersion":"1"}').boot, { vendor: 'V', model: 'M', serial: 'S', firmware: '1' });
  });
  it('without an error have none', () => assert.equal(translated('StatusNotification', '{"connectorId":1,"status":"Available","errorCode":"NoError"}').status?.errorCode, null));
  it('without a stamp happened when they were recorded', () => assert.equal(translated('StatusNotification', '{"connectorId":1,"status":"Available"}').status?.at, recordedAt));
});
