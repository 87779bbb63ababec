import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isStandardWord } from '../../ocpp-gateway/index.ts';
import { BLOTTED, maskDetail, maskFrame, type Json } from './mask.ts';

const parse = (text: string): Json => JSON.parse(text) as Json;
const masked = (frame: unknown, pseudonym = BLOTTED): string => maskFrame(typeof frame === 'string' ? frame : JSON.stringify(frame), { parse, isStandardWord }, pseudonym);
/** Cards as they are: digits or hexadecimal, long enough to be one. */
const card = fc.oneof(fc.stringMatching(/^[0-9A-F]{8,20}$/), fc.stringMatching(/^[A-F]{8,12}$/));
const name = fc.constantFrom('LinXiaoming', 'Lin Xiaoming', '林晓明', 'Zhang Wei 13800138000', 'lin@example.org');

describe('what leaves the house in an evidence pack', () => {
  it('C-26 shows what a maker needs: action, registers, stamps, states, versions', () => {
    assert.equal(masked([2, 'm1', 'StopTransaction', { transactionId: 17, meterStop: 4200, timestamp: '2026-03-02T04:00:00Z', reason: 'Local', idTag: '04A1B2C3' }]),
      '[2,"m1","StopTransaction",{"transactionId":17,"meterStop":4200,"timestamp":"2026-03-02T04:00:00Z","reason":"Local","idTag":"card"}]');
    assert.equal(masked([2, 'm2', 'BootNotification', { chargingStation: { vendorName: '华充', model: 'V60-2', firmwareVersion: '1.4.2', modem: { iccid: '8986001234567890123' } } }]),
      '[2,"m2","BootNotification",{"chargingStation":{"vendorName":"华充","model":"V60-2","firmwareVersion":"1.4.2","modem":{"iccid":"<19 characters>"}}}]');
  });
  it('keeps big integers exactly, and shows that the same card came twice', () => {
    assert.equal(maskFrame('x', { isStandardWord, parse: () => [2, 'm', 'StopTransaction', { transactionId: 9_223_372_036_854_775_807n }] }, BLOTTED), '[2,"m","StopTransaction",{"transactionId":9223372036854775807}]');
    const twice = masked([2, 'm', 'Authorize', { idTag: 'AAAA1111', parentIdTag: 'AAAA1111' }], (text) => `card-${text.length}`);
    assert.equal(twice, '[2,"m","Authorize",{"idTag":"card-8","parentIdTag":"card-8"}]');
  });

  it("C-26 a word that is not the standard's is shown nowhere: not as a field, a value or an action; one in the wrong case is", () => {
    assert.equal(masked([2, 'm', 'AAAAAAAA', { LinXiaoming: 1, status: 'LinXiaoming' }]), '[2,"m","<8 characters>",{"field0":"<number>","status":"<11 characters>"}]');
    assert.equal(masked([4, 'm', 'FEEDBEEF', '', { AAAAAAAA: true }]), '[4,"m","<8 characters>","<0 characters>",{"field0":true}]');
    assert.equal(masked([2, 'm', 'statusnotification', { Status: 'x', status: 'available', errorCode: 'noError' }]), '[2,"m","statusnotification",{"Status":"<1 characters>","status":"available","errorCode":"noError"}]');
    assert.equal(masked([4, 'm', 'GenericError', '', {}]), '[4,"m","GenericError","<0 characters>",{}]');
  });

  it('C-26 masked data never leaks: a card or a name, wherever a frame carries it, known field or not, message or garbage', () => {
    const place = fc.constantFrom<(secret: string) => unknown>(
      (s) => [2, 'm', 'Authorize', { idTag: s }], (s) => [2, 'm', 'Authorize', { idToken: { idToken: s, type: 'ISO14443', additionalInfo: [{ additionalIdToken: s, type: s }] } }],
      (s) => [2, s, 'StartTransaction', { idTag: s, timestamp: s, connectorId: s }], (s) => [2, 'm', 'DataTransfer', { vendorId: 'v', data: s, more: { deep: [s, { [s]: s }] } }],
      (s) => [2, 'm', 'StatusNotification', { info: s, vendorErrorCode: s, status: s }], (s) => [2, 'm', s, { [s]: { [s]: [s] } }], (s) => [4, 'm', 'GenericError', s, { told: s }], (s) => [3, 'm', { idTagInfo: { parentIdTag: s, status: s } }],
      (s) => `[2,"m","Authorize",{"idTag":"${s}"`, (s) => `${s}`, (s) => [2, 'm', 'SendLocalList', { localAuthorizationList: [{ idTag: s, note: `card ${s}!` }] }], (s) => [2, 'm', 'MeterValues', { cardNo: s, holder: { name: s }, idTag: s.toLowerCase(), status: s }],
    );
    fc.assert(fc.property(fc.oneof(card, name), place, (secret, at) => {
      const text = masked(at(secret)).toLowerCase();
      assert.ok(!text.includes(secret.toLowerCase()), `${secret} in ${text}`);
    }), { numRuns: 2_000 });
  });

  it('C-26 a complaint keeps the name of a field of the standard, and no other, brackets within it or cut off', () => {
    assert.equal(maskDetail('/ must NOT have additional properties (meterStart)'), '/ must NOT have additional properties (meterStart)');
    assert.equal(maskDetail('FEEDBEEF: unknown action'), 'xxxxxxxx: unknown action');
    assert.equal(maskDetail('Reserve: unknown action'), 'Reserve: unknown action');
    for (const named of ['AAAAAAAA)', 'Lin) Xiaoming)', 'LinXiaoming']) assert.equal(maskDetail(`/ must NOT have additional properties (${named}`), '/ must NOT have additional properties (…)');
  });

  it('C-26 numbers that are cards do not leak either, nor does the complaint about them', () => {
    fc.assert(fc.property(fc.integer({ min: 10_000_000, max: 2_000_000_000 }), (number) => {
      for (const frame of [[2, 'm', 'Authorize', { idTag: number }], [2, 'm', 'StartTransaction', { idTag: String(number), connectorId: number }], [2, 'm', 'DataTransfer', { card: number }]]) assert.ok(!masked(frame).includes(String(number)), masked(frame));
      assert.ok(!maskDetail(`A${number}: must NOT have additional properties (${number})`).includes(String(number)));
    }));
  });
});
