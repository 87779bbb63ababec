import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runBlock, YEARS } from './anomalies-world/run-block.ts';
import { report } from './anomalies.ts';

/** A small year of the bench, without its times: 5,000 sessions whose truth is known, from facts to proposals. */
const SEED = Number(process.env.SEED ?? 20_260_123);
const field = (connectors?: number) => runBlock(0, { ...YEARS.field(SEED), sessionsPerConnector: 250 }, connectors);

describe(`a year of sessions with the faults of the field's table planted in it (seed ${SEED})`, () => {
  const year = field();

  it('C-05 C-09 C-10 C-13 C-14 planted causes are named, and no sound bill has one', () => {
    assert.ok(year.sessions >= 4_900 && year.planted > 300, report(year));
    assert.ok(year.named / year.planted >= 0.99, report(year));
    assert.deepEqual([year.falseCauses, year.cleanWrong], [0, 0], report(year));
  });

  it('C-05 C-10 nearly all of them are repaired without a person, and none further from the truth than 1 % or 0.1 kWh', () => {
    assert.ok(year.automatic / year.held >= 0.95, report(year));
    assert.deepEqual([year.outside, year.unnoticedOutside], [0, 0], report(year));
  });

  it('the same seed makes the same year, and judges it alike', () => {
    assert.deepEqual(field(2), field(2));
  });

  it('C-09 C-10 C-13 C-14 where each fault is as frequent as any other, sound bills beside them stay sound and what a clock or a twin leaves in doubt stays with a person', () => {
    const equal = runBlock(1, YEARS.equal(SEED), 10);
    assert.deepEqual([equal.falseCauses, equal.cleanWrong], [0, 0], report(equal));
    for (const [fault, row] of Object.entries(equal.byFault)) {
      if (/zone|clock|future|day_month|twin|start_lost|gone_for_good/.test(fault)) assert.equal(row.automatic, 0, fault);
    }
    assert.ok(Object.keys(equal.byFault).length >= 25, report(equal));
  });
});
