import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_RULES } from './anomaly-rules.ts';
import { derive } from './derive.ts';
import { CONTEXT, minutes, read, started, stopped } from './derive.fixture.ts';
import type { ChargePointFact } from './fact.ts';

/**
 * An independent model: it *makes* the register from the energy drawn and the faults put in, and so knows the truth that `derive`
 * has to find from readings alone.
 */
type Life = { readonly drawnWh: readonly number[]; readonly base: number; readonly resetAt: number | null; readonly zeroUntil: number; readonly dips: readonly number[] };
const life: fc.Arbitrary<Life> = fc.record({
  drawnWh: fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 2, maxLength: 12 }),
  base: fc.integer({ min: 500_000, max: 90_000_000 }),
  resetAt: fc.option(fc.integer({ min: 2, max: 9 }), { freq: 3, nil: null }),
  zeroUntil: fc.constantFrom(0, 0, 0, 1, 2),
  dips: fc.constantFrom<number[]>([], [], [3], [2, 5]),
});

/** Every five minutes a reading. @returns the frames, and the energy that readings can prove. */
function live({ drawnWh, base, resetAt, zeroUntil, dips }: Life): { frames: ChargePointFact[]; provable: bigint } {
  let register = base, provable = 0, previousGood = false;
  const values: number[] = [];
  const steps = [0, ...drawnWh];
  steps.forEach((drawn, i) => {
    const reset = i === resetAt && resetAt > zeroUntil && i < steps.length - 1;
    register = reset ? 0 : register + drawn;
    const shownZero = i < zeroUntil;
    if (!shownZero && previousGood && !reset) provable += drawn;
    previousGood = !shownZero;
    values.push(shownZero ? 0 : register);
  });
  const frames = values.map((value, i) => {
    const shown = dips.includes(i) && i > zeroUntil && i < values.length - 1 && (resetAt === null) ? 0 : value;
    if (i === 0) return started(minutes(0), BigInt(shown), { seqNo: 0 });
    return i === values.length - 1 ? stopped(minutes(i * 5), BigInt(shown), { seqNo: i }) : read(minutes(i * 5), BigInt(shown), { seqNo: i });
  });
  return { frames, provable: BigInt(provable) };
}

const seed = Number(process.env.SEED ?? (Math.random() * 2 ** 31) | 0);
const options = { seed, numRuns: 400 };

it(`derived energy is never more than what was provably drawn, and exactly that where a chain shows progress (seed ${seed})`, () => {
  fc.assert(fc.property(life, (each) => {
    const { frames, provable } = live(each);
    const session = derive(frames, CONTEXT);
    assert.ok(session.energyWh <= provable, `${session.energyWh} > ${provable}`);
    const faulty = each.zeroUntil > 0 || each.resetAt !== null;
    if (!faulty) {
      assert.equal(session.energyWh, provable);
      assert.equal(session.held, false);
    }
    // A fault that could have changed the bill is never charged unseen.
    if (session.energyWh !== BigInt(each.drawnWh.reduce((a, b) => a + b, 0))) assert.equal(session.held, true);
    let previous = session.startedAt;
    for (const interval of session.intervals) {
      assert.ok(interval.from >= previous && interval.to >= interval.from && interval.energy >= 0n);
      previous = interval.to;
    }
  }), options);
});

it(`order and repetition do not matter (seed ${seed})`, () => {
  const shuffled = life.chain((each) => {
    const { frames } = live(each);
    return fc.record({
      frames: fc.constant(frames),
      other: fc.shuffledSubarray(frames, { minLength: frames.length, maxLength: frames.length }),
      repeats: fc.subarray(frames),
    });
  });
  fc.assert(fc.property(shuffled, ({ frames, other, repeats }) => {
    assert.deepEqual(derive([...repeats, ...other, ...repeats], CONTEXT), derive(frames, CONTEXT));
  }), options);
});

it(`updates that a station may drop while it is offline change no total and raise no flag, but the note of a gap that is long enough to be one (seed ${seed})`, () => {
  const dropping = fc.tuple(fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 3, maxLength: 12 }), fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }));
  fc.assert(fc.property(dropping, ([drawnWh, keep]) => {
    const { frames } = live({ drawnWh, base: 1_000_000, resetAt: null, zeroUntil: 0, dips: [] });
    const offline = frames.map((frame) => ({ ...frame, offline: true })) as ChargePointFact[];
    const kept = offline.filter((frame, i) => frame.kind !== 'register_read' || keep[i % keep.length]);
    const [all, some] = [derive(offline, CONTEXT), derive(kept, CONTEXT)];
    assert.equal(some.energyWh, all.energyWh);
    assert.deepEqual([all.held, some.held], [false, false]);
    const isGap = ({ cause }: (typeof some.flags)[number]): boolean => cause === 'offline_gap';
    assert.deepEqual(some.flags.filter((each) => !isGap(each)), all.flags);
    // A stretch as long as the rule asks for is noted, and told from a loss; a shorter one is not.
    const gaps = some.intervals.filter(({ from, to, energy }) => to - from >= DEFAULT_RULES.readingGapMinMs && energy > DEFAULT_RULES.edgeWhMax);
    assert.deepEqual(some.flags.filter(isGap).map(({ effect, data }) => [effect, data.explainedBy, data.fromAt, data.toAt, data.energyWh]), gaps.map(({ from, to, energy }) => ['note', 'dropped_offline', from, to, String(energy)]));
  }), options);
});
