import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { minutes } from './derive.fixture.ts';
import { advanceMeter, NEW_METER } from './meter.ts';
import type { RegisterReading } from './register-chain.ts';

/** Sessions an hour apart; each lists its registers, ten minutes apart, the first of them stated by its start. */
const lived = (...sessions: readonly (readonly number[])[]): RegisterReading[] =>
  sessions.flatMap((registers, session) => registers.map((registerWh, i) => ({ at: minutes(session * 60 + i * 10), registerWh: BigInt(registerWh), anchor: i === 0 })));
const metered = (...sessions: readonly (readonly number[])[]): bigint => advanceMeter(NEW_METER, lived(...sessions), 60_000n).state.meteredWh;

describe('what has provably run through a connector', () => {
  it('is the way of its register, between sessions too', () => assert.equal(metered([1_000, 6_000], [7_000, 9_000]), 8_000n));

  it('C-09 is not what a register of 0 before the meter answered pretends, neither at once nor when the next start is far above it', () => {
    assert.equal(metered([3_000, 5_279], [0, 13_000, 18_000]), 15_000n);
    assert.equal(metered([800_000, 805_000], [0, 0], [806_000, 807_000]), 7_000n);
  });

  it('is not what a stop below the start or far above it says', () => {
    assert.equal(metered([50_000, 52_000, 200], [54_000, 55_000]), 5_000n);
    assert.equal(metered([50_000, 52_000, 9_000_000], [54_000, 55_000]), 5_000n);
  });

  it('counts again from nothing where a reset is followed by progress, and nothing for what lies between', () => assert.equal(metered([50_000, 55_000, 200, 3_200]), 8_000n));

  it('counts every session whole where the maker counts per session', () => {
    assert.equal(metered([0, 3_000], [0, 5_000], [0, 4_000], [0, 9_000]), 21_000n);
    assert.equal(metered([60_000, 64_000], [0, 3_000], [0, 2_000], [0, 9_000]), 18_000n, 'an exchanged meter, once it has shown its habit');
  });

  it('ends the habit with the first start that goes on from somewhere', () => assert.equal(metered([0, 3_000], [3_000, 5_000], [0, 9_000]), 9_000n));

  it('takes a start that rounds down as the same register', () => assert.equal(metered([1_000, 6_040], [6_000, 8_000]), 7_040n));
});
