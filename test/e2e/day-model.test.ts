import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { addPrices, flatDay, MINUTES_PER_DAY, moveEnd, normalPrice, parseMinute, PERIODS_MAX, removePeriod, splitPeriod, startOf, type DraftDay } from '../../web/src/pages/tariffs/day-model.ts';

describe('editing the day of a tariff', () => {
  it('covers the 24 hours exactly once, whatever is split, merged and moved', () => {
    const act = fc.record({ kind: fc.constantFrom('split', 'remove', 'move'), index: fc.nat(PERIODS_MAX), minute: fc.integer({ min: -10, max: 1500 }) });
    fc.assert(fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      let day: DraftDay = flatDay('0.8', '0.4');
      for (const { kind, index, minute } of acts) {
        const at = index % day.length;
        day = kind === 'split' ? splitPeriod(day, at) : kind === 'remove' ? removePeriod(day, at) : moveEnd(day, at, minute);
      }
      assert.equal(day.at(-1)?.endMinute, MINUTES_PER_DAY);
      assert.ok(day.length >= 1 && day.length <= PERIODS_MAX);
      for (const [index, period] of day.entries()) assert.ok(period.endMinute > startOf(day, index), 'every period lasts at least a minute');
    }), { verbose: true });
  });

  it('gives the time of a removed period to its neighbour', () => {
    const three = splitPeriod(splitPeriod(flatDay('1', '0'), 0), 0);
    assert.deepEqual(three.map((period) => period.endMinute), [360, 720, 1440]);
    assert.deepEqual(removePeriod(three, 1).map((period) => period.endMinute), [720, 1440]);
    assert.deepEqual(removePeriod(three, 0).map((period) => period.endMinute), [720, 1440]);
  });

  it('adds prices without a float', () => {
    assert.equal(addPrices('0.1', '0.2'), '0.3000');
    assert.equal(addPrices('1.0197', '0.45'), '1.4697');
    assert.equal(addPrices('1.00001', '0'), null);
    assert.equal(normalPrice('1,5'), null);
  });

  it('reads times of day and nothing else', () => {
    assert.equal(parseMinute('07:15'), 435);
    assert.equal(parseMinute('24:00'), 1440);
    for (const text of ['24:01', '7:5', '12:60', 'noon', '']) assert.equal(parseMinute(text), null, text);
  });
});
