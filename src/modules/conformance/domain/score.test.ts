import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addCounts, faultsOfCauses, NO_COUNTS, type Counts } from './kind.ts';
import { compare, scoreOf, wilson, type Traffic } from './score.ts';

const traffic = (counts: { readonly [K in keyof Counts]?: number }, pointDays = 30): Traffic => ({
  counts: addCounts(NO_COUNTS, Object.fromEntries(Object.entries(counts).map(([amount, count]) => [amount, BigInt(count ?? 0)]))), pointDays,
});
const partOf = (of: Traffic, part: string) => scoreOf(of).parts.find((each) => each.part === part)!;

describe('the score of a make', () => {
  it('C-26 knows nothing without traffic, and says so instead of giving a figure', () => {
    const { score, lowest, confidence } = scoreOf(traffic({}, 0));
    assert.deepEqual([score, lowest, confidence], [null, null, 'none']);
  });

  it('C-26 condemns nobody for one fault in three sessions, and does for a thousand in three thousand', () => {
    const few = scoreOf(traffic({ sessions: 3, lostBills: 1, frames: 60, calls: 60 }, 1)), many = scoreOf(traffic({ sessions: 3_000, lostBills: 1_000, frames: 60_000, calls: 60_000 }, 100));
    assert.ok(few.score! > 95 && many.score! < 80, `${few.score} and ${many.score}`);
    assert.equal(few.confidence, 'low');
    assert.equal(many.confidence, 'high');
    assert.equal(many.parts[0]!.points, 0);
    assert.equal(many.weakest, 'bills');
  });

  it('C-26 gives a flawless make a hundred, and its confidence grows with its traffic alone', () => {
    const scores = [1, 10, 100, 10_000].map((sessions) => scoreOf(traffic({ sessions, frames: sessions * 20, calls: sessions * 20, boots: 0 }, sessions)));
    for (const { score, weakest } of scores) assert.deepEqual([score, weakest], [100, null]);
    assert.deepEqual(scores.map(({ lowest }) => lowest!), scores.map(({ lowest }) => lowest!).toSorted((a, b) => a - b));
    assert.equal(scores.at(-1)!.confidence, 'high');
  });

  it('C-26 never rises with a fault more, whatever the traffic', () => {
    for (const sessions of [1, 7, 50, 1_000]) {
      let before = Infinity;
      for (let lostBills = 0; lostBills <= Math.min(sessions, 60); lostBills++) {
        const { score, lowest } = scoreOf(traffic({ sessions, lostBills, frames: 10, calls: 10 }));
        assert.ok(score! <= before && lowest! <= score!, `${lostBills} of ${sessions}`);
        before = score!;
      }
    }
  });

  it('leaves out what a make had no chance to get wrong: no stop was asked, so none was ignored', () => {
    assert.equal(partOf(traffic({ sessions: 10, frames: 100 }), 'stops').points, null);
    assert.equal(partOf(traffic({ sessions: 10, frames: 100, stops: 100, stopsNotFollowed: 90 }), 'stops').points, 0);
  });

  it('agrees with the published figures of Wilson\'s interval', () => {
    const { low, high } = wilson(10, 20);
    assert.ok(Math.abs(low - 0.2993) < 0.0005 && Math.abs(high - 0.7007) < 0.0005, `${low} ${high}`);
    assert.deepEqual(wilson(0, 0), { low: 0, high: 1 });
    assert.equal(wilson(0, 10).low, 0);
  });
});

describe('two firmwares beside each other', () => {
  it('C-26 says that lost bills fell from 3 % to 0.1 % where the traffic proves it, and nothing where it does not', () => {
    const bills = (before: Traffic, after: Traffic) => compare(before, after).find(({ part }) => part === 'bills')!;
    const proven = bills(traffic({ sessions: 2_000, lostBills: 60 }), traffic({ sessions: 2_000, lostBills: 2 }));
    assert.deepEqual([proven.verdict, proven.before.rate, proven.after.rate], ['fell', 0.03, 0.001]);
    assert.equal(bills(traffic({ sessions: 30, lostBills: 1 }), traffic({ sessions: 30 })).verdict, 'no_difference_shown');
    assert.equal(bills(traffic({ sessions: 2_000, lostBills: 2 }), traffic({ sessions: 2_000, lostBills: 60 })).verdict, 'rose');
  });
});

describe('whose fault a cause is', () => {
  it('C-26 blames a charge point neither for the network, nor the driver, nor the tariff', () => {
    assert.deepEqual(faultsOfCauses(['stop_never_arrived_silent', 'offline_gap', 'occupancy_too_long', 'idle_after_full', 'tariff_missing', 'no_energy_drawn', 'charged_without_authorisation']), []);
  });
  it('counts a lost bill once: the register that went with it is no second fault', () => {
    assert.deepEqual(faultsOfCauses(['bill_never_arrived', 'final_register_missing']), ['lostBills']);
    assert.deepEqual(faultsOfCauses(['bill_never_arrived', 'meter_register_reset']), ['lostBills', 'registers']);
    assert.deepEqual(faultsOfCauses(['meter_register_dip', 'meter_register_reset']), ['registers']);
  });
});
