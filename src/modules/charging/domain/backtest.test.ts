import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ok, wattHours, type MemberId, type SessionId } from '../../../kernel/index.ts';
import { DEFAULT_RULES, parseRules, RULE_LIMITS, RULE_NAMES, storedRules } from './anomaly-rules.ts';
import { backtestPicture } from './backtest-picture.ts';
import { backtest, type BacktestBill } from './backtest.ts';
import { CONTEXT, minutes, read, started, stopped } from './derive.fixture.ts';

const seed = Number(process.env.SEED ?? (Math.random() * 2 ** 31) | 0);
const bill = (name: string, wh: bigint, spikeWh = 0n): BacktestBill => ({
  session: { sessionId: name as SessionId, memberId: 'm' as MemberId, tokenStatus: 'active', connectorId: null }, context: CONTEXT, overlaps: [{ sessionId: 'other' as SessionId, overlapMs: 90_000 }],
  facts: [started(minutes(0), 1_000n), read(minutes(10), 1_000n + wh / 2n + spikeWh), stopped(minutes(20), 1_000n + wh)], policy: { abnormalBills: 'hold' },
  price: (energyWh) => ok({ currency: 'CNY', lines: [], electricityMinor: energyWh / 10n, serviceMinor: 0n, occupancyMinor: 0n, totalMinor: energyWh / 10n, energyWh: wattHours(energyWh) }),
});
const rules = fc.record(Object.fromEntries(RULE_NAMES.map((name) => [name, fc.integer({ min: RULE_LIMITS[name].min, max: RULE_LIMITS[name].max })])));

describe('a back-test', () => {
  it('of overlaps counts those that the rules do not tolerate', () => {
    const result = backtest([bill('a', 8_000n), bill('b', 6_000n)], DEFAULT_RULES, { ...DEFAULT_RULES, overlapToleranceMs: 100_000 });
    const overlap = result.causes.find(({ cause }) => cause === 'overlaps_another_session');
    assert.deepEqual([result.bills, overlap?.before.bills, overlap?.after.bills, overlap?.vanishes, overlap?.before.energyWh, overlap?.before.totalMinor], [2, 2, 0, 2, 14_000n, 1_400n]);
  });

  it('names a few bills of each change and counts them all', () => {
    const result = backtest(Array.from({ length: 40 }, (_, i) => bill(`s${i}`, 5_000n)), DEFAULT_RULES, { ...DEFAULT_RULES, overlapToleranceMs: 100_000 });
    assert.deepEqual([result.samples.length, result.causes.find(({ cause }) => cause === 'overlaps_another_session')?.vanishes], [5, 40]);
  });

  it(`takes any rules that may be stored, forwards and backwards alike (seed ${seed})`, () => {
    fc.assert(fc.property(rules, (given) => {
      const parsed = parseRules(given);
      assert.ok(parsed.ok);
      assert.deepEqual(parseRules(storedRules(parsed.value)), parsed, 'what is stored is read back as it was');
      const bills = [bill('a', 8_000n), bill('b', 25_000n), bill('c', 3_000n, 900_000n)];
      const [there, back] = [backtest(bills, DEFAULT_RULES, parsed.value), backtest(bills, parsed.value, DEFAULT_RULES)];
      assert.deepEqual([there.before, there.after, there.changed], [back.after, back.before, back.changed]);
      assert.equal(backtest(bills, parsed.value, parsed.value).changed, 0);
    }), { seed, numRuns: 200 });
  });

  it('is drawn as a picture of its own, in which nothing can run', () => {
    const result = backtest([bill('a', 8_000n)], DEFAULT_RULES, { ...DEFAULT_RULES, overlapToleranceMs: 100_000 });
    const svg = backtestPicture(result, 'overlapToleranceMs 60000 → <100000> & more');
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.ok(svg.includes('overlaps_another_session') && svg.includes('&lt;100000&gt; &amp; more') && svg.includes('1 bills, 1 would change'));
    assert.ok(!/<script|href|onload/.test(svg));
    assert.ok(backtestPicture(backtest([], DEFAULT_RULES, DEFAULT_RULES), 'none').includes('no bill has a cause'));
  });
});
