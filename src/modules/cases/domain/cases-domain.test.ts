import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mentionedCases, splitPasted } from './pasted-list.ts';
import { rankSimilar, type Comparable } from './similar.ts';

describe('numbers that were pasted', () => {
  it('C-27 twenty bill numbers in one line are twenty numbers, whatever stands between them', () => {
    const numbers = Array.from({ length: 20 }, (_, i) => `201911120019343293${String(i).padStart(2, '0')}`);
    for (const between of [' ', ',', '，', '、', '\n', '; ', '\t', ' | ']) assert.deepEqual(splitPasted(numbers.join(between)), numbers, JSON.stringify(between));
    assert.deepEqual(splitPasted(`订单号：${numbers[0]}，“${numbers[1]}”；bill: ${numbers[2]}.`), numbers.slice(0, 3));
  });

  it('each counts once, full-width digits are digits, words are no numbers, and a transaction keeps its prefix', () => {
    assert.deepEqual(splitPasted('１２３４ 1234 hello v16:77'), ['1234', 'v16:77']);
  });

  it('another case is meant by "same as case 28", 与28号工单相同, #28', () => {
    assert.deepEqual(mentionedCases('same as case 28, see #31; 与29号工单相同，参见工单 30'), [28, 31, 29, 30]);
    assert.deepEqual(mentionedCases('charge point 28 at 9 kW'), []);
  });
});

describe('cases like one', () => {
  const base: Comparable = { caseId: 'a', number: 1, title: 'Register jumps', firstFinding: '心跳读数为零后跳变', cause: 'meter_register_zero_before_start', stationId: 's1', chargePointId: 'c1', networkState: 'online', isKnown: false, make: 'Acme X 1.0', subjects: ['session/1'] };
  const other = (change: Partial<Comparable>): Comparable => ({ ...base, caseId: `b${change.number ?? 2}`, number: 2, title: 'Something else', firstFinding: '', cause: null, stationId: null, chargePointId: null, networkState: 'unknown', make: null, subjects: [], ...change });

  it('C-27 the same cause at the same make comes before the same station, and one weak likeness is none', () => {
    const ranked = rankSimilar(base, [other({ number: 2, networkState: 'online' }), other({ number: 3, stationId: 's1', networkState: 'online', title: 'Register jumps' }), other({ number: 4, cause: base.cause, make: base.make, chargePointId: 'c9' })]);
    assert.deepEqual(ranked.map(({ caseId, because }) => [caseId, because]), [['b4', ['same_cause', 'same_make']], ['b3', ['same_station', 'same_words', 'same_network_state']]]);
  });

  it('of equals the one with a known answer comes first, then the newest', () => {
    const ranked = rankSimilar(base, [other({ number: 5, cause: base.cause }), other({ number: 7, cause: base.cause }), other({ number: 6, cause: base.cause, isKnown: true })]);
    assert.deepEqual(ranked.map(({ caseId }) => caseId), ['b6', 'b7', 'b5']);
  });

  it('Chinese words are compared too', () => {
    assert.deepEqual(rankSimilar(base, [other({ title: '读数跳变', firstFinding: '启动前心跳读数为零', stationId: 's1' })]).map(({ because }) => because), [['same_station', 'same_words']]);
  });
});
