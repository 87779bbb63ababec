import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { addMs } from '../../../kernel/index.ts';
import { DEFAULT_RULES } from './anomaly-rules.ts';
import { derive, type SessionContext } from './derive.ts';
import { CONTEXT, minutes, read, started, stopped } from './derive.fixture.ts';
import type { ChargePointFact } from './fact.ts';
import { EMPTY_CHAIN } from './register-chain.ts';
import { energyAt } from './repair-estimate.ts';
import { toleranceOf } from './repair-candidates.ts';
import { energyBounds, proposeRepair } from './repair-proposal.ts';

/**
 * A charge whose truth is known, told by a station that has one of the field's faults: a register that says 0 before it knows its value, one
 * that is reset, an end that is lost (with or without a register afterwards), readings that are missing, a spike, a device that bills wrongly.
 */
type Life = {
  readonly drawnWh: readonly number[]; readonly base: number; readonly everyMinutes: number; readonly fault: 'zero' | 'reset' | 'lost' | 'lost_after' | 'no_stop_register' | 'spike' | 'stated' | 'nothing';
  readonly at: number; readonly knownBefore: boolean; readonly smooth: boolean;
};
const life: fc.Arbitrary<Life> = fc.record({
  drawnWh: fc.array(fc.integer({ min: 0, max: 1_300 }), { minLength: 3, maxLength: 14 }), base: fc.integer({ min: 5_000, max: 90_000_000 }), everyMinutes: fc.constantFrom(1, 5, 10),
  fault: fc.constantFrom('zero', 'reset', 'lost', 'lost_after', 'no_stop_register', 'spike', 'stated', 'nothing'), at: fc.integer({ min: 1, max: 6 }), knownBefore: fc.boolean(), smooth: fc.boolean(),
});

type Told = { readonly facts: ChargePointFact[]; readonly context: SessionContext; readonly truthWh: bigint; readonly after: { at: ReturnType<typeof minutes>; registerWh: bigint } | null };
function tell({ drawnWh, base, everyMinutes, fault, at, knownBefore, smooth }: Life): Told {
  const steps = (smooth ? drawnWh.map(() => drawnWh[0]!) : drawnWh).map((perMinute) => BigInt(perMinute * everyMinutes));
  const truthWh = steps.reduce((a, b) => a + b, 0n);
  const hit = Math.min(at, steps.length - 1);
  let register = BigInt(base);
  const values = [register];
  steps.forEach((wh, i) => {
    register = fault === 'reset' && i + 1 === hit ? wh / 2n : register + wh;
    values.push(register);
  });
  const shown = values.map((wh, i) => (fault === 'zero' && i < hit ? 0n : fault === 'spike' && i === hit && i < values.length - 1 ? wh + 900_000_000n : wh));
  const last = shown.length - 1;
  const stated = fault === 'stated' ? { stated: { energyWh: truthWh + 7_000n, durationMs: null, amountMinor: null } } : {};
  const facts = shown.flatMap((wh, i): ChargePointFact[] => {
    const when = minutes(i * everyMinutes);
    if (i === 0) return [started(when, wh)];
    if (i === last && fault.startsWith('lost')) return [];
    if (i > hit && i < last && fault.startsWith('lost')) return [];
    if (i === last) return [stopped(when, fault === 'no_stop_register' ? null : wh, stated)];
    return [read(when, wh)];
  });
  const end = minutes(last * everyMinutes);
  const lost = fault.startsWith('lost');
  return {
    facts, truthWh, after: fault === 'lost_after' || fault === 'no_stop_register' ? { at: addMs(end, 3_600_000), registerWh: values.at(-1)! } : null,
    context: {
      ...CONTEXT, closure: lost ? { kind: 'silent', at: minutes(10_000) } : null, returned: lost ? { at: addMs(end, 30_000), by: 'status', status: 'Available' } : null,
      before: knownBefore ? { ...EMPTY_CHAIN, main: { at: minutes(-500), registerWh: BigInt(base) } } : EMPTY_CHAIN,
    },
  };
}

const seed = Number(process.env.SEED ?? (Math.random() * 2 ** 31) | 0);
const options = { seed, numRuns: 3_000 };
it(`no candidate is above its bounds, estimates stay below rated power × time and the span of registers, and the truth lies between the bounds (seed ${seed})`, () => {
  const tried = new Map<string, number>();
  fc.assert(fc.property(life, (each) => {
    const { facts, context, truthWh, after } = tell(each);
    const derived = derive(facts, context);
    if (derived.flags.length === 0) return;
    tried.set(each.fault, (tried.get(each.fault) ?? 0) + 1);
    const input = { derived, facts, context, after, curve: null, rules: DEFAULT_RULES };
    const [proposal, bounds] = [proposeRepair(input), energyBounds(input)];
    const until = context.returned?.at ?? derived.endedAt!;
    for (const { source, energyWh, lowerWh, upperWh, intervals, evidence } of proposal.candidates) {
      assert.ok(energyWh <= bounds.upperWh && lowerWh <= energyWh && energyWh <= upperWh, `${source}: ${lowerWh} ≤ ${energyWh} ≤ ${upperWh} ≤ ${bounds.upperWh}`);
      assert.equal(intervals.reduce((sum, { energy }) => sum + energy, 0n), energyWh);
      intervals.forEach(({ from, to, energy }, i) => assert.ok(energy >= 0n && from <= to && (i === 0 || from >= intervals[i - 1]!.to), `${source} places energy twice or backwards`));
      assert.ok(evidence.length > 0, `${source} says why`);
      if (source === 'estimate') {
        assert.ok(energyWh <= energyAt(context.maxPowerW, until - derived.startedAt));
        if (bounds.byRegistersWh !== null) assert.ok(energyWh <= bounds.byRegistersWh);
      }
      if (source !== 'device_bill') assert.ok(lowerWh <= truthWh && truthWh <= upperWh, `${each.fault}, ${source}: the truth of ${truthWh} is not between ${lowerWh} and ${upperWh}`);
    }
    if (proposal.automatic) {
      const chosen = proposal.candidates.find(({ source }) => source === proposal.chosen)!;
      const off = chosen.energyWh > truthWh ? chosen.energyWh - truthWh : truthWh - chosen.energyWh;
      assert.ok(off <= toleranceOf(truthWh), `${each.fault}: ${chosen.source} of ${chosen.energyWh}, true are ${truthWh}`);
    }
  }), options);
  assert.ok(tried.size >= 6, [...tried].join(' '));
});

it(`a proposal is the same for the same evidence, in whatever order it was said (seed ${seed})`, () => {
  fc.assert(fc.property(life.chain((each) => fc.record({ told: fc.constant(tell(each)), order: fc.shuffledSubarray([...Array(20).keys()], { minLength: 20, maxLength: 20 }) })), ({ told: { facts, context, after }, order }) => {
    const proposalOf = (said: readonly ChargePointFact[]) => {
      const derived = derive(said, context);
      return derived.flags.length === 0 ? null : proposeRepair({ derived, facts: said, context, after, curve: null, rules: DEFAULT_RULES });
    };
    assert.deepEqual(proposalOf(order.flatMap((i) => (facts[i] ? [facts[i]] : []))), proposalOf(facts));
  }), { seed, numRuns: 300 });
});
