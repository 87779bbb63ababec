import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionId } from '../../../kernel/index.ts';
import { minutes } from './derive.fixture.ts';
import { explainMeter, type MeteredSession } from './unexplained.ts';

const reading = (minute: number, registerWh: number, anchor = false) => ({ at: minutes(minute), registerWh: BigInt(registerWh), anchor });
const session = (name: string, from: number, to: number, change: Partial<MeteredSession> = {}): MeteredSession =>
  ({ sessionId: name as SessionId, startedAt: minutes(from), endedAt: minutes(to), held: false, timeInDoubt: false, billedWh: 0n, firstWh: null, lastWh: null, causes: [], ...change });
const explained = (...of: Parameters<typeof explainMeter>) => explainMeter(...of).map(({ reason, sessionId, energyWh }) => [reason, sessionId, energyWh]);

describe('metered energy that is in no bill', () => {
  it('is nothing where every session is billed and nothing ran between them', () => {
    const readings = [reading(0, 1_000, true), reading(30, 6_000), reading(60, 6_000, true), reading(90, 9_000)];
    assert.deepEqual(explained(readings, [session('a', 0, 30, { billedWh: 5_000n }), session('b', 60, 90, { billedWh: 3_000n })], 60_000n), []);
  });

  it('ran in a held session, beside one whose end is missing, or in one whose time nobody knows', () => {
    const readings = [reading(0, 1_000, true), reading(20, 4_000), reading(60, 6_000, true), reading(90, 9_000), reading(200, 30_000, true), reading(210, 31_000)];
    const sessions = [
      session('held', 0, 30, { held: true, causes: ['final_register_missing'] }), session('good', 60, 90, { billedWh: 3_000n }),
      session('unset clock', 5_000, 5_030, { held: true, timeInDoubt: true, firstWh: 9_000n, lastWh: 30_000n, causes: ['clock_not_set'] }), session('last', 200, 210, { billedWh: 1_000n }),
    ];
    assert.deepEqual(explained(readings, sessions, 60_000n), [['held', 'held', 3_000n], ['held', 'held', 2_000n], ['held', 'unset clock', 21_000n]]);
  });

  it('ran between sessions without any reason, or beside what its session bills', () => {
    const readings = [reading(0, 1_000, true), reading(30, 6_000), reading(90, 9_000, true), reading(120, 11_000)];
    assert.deepEqual(explained(readings, [session('a', 0, 30, { billedWh: 4_000n }), session('b', 90, 120, { billedWh: 2_000n })], 60_000n),
      [['beside_bill', 'a', 1_000n], ['between_sessions', null, 3_000n]]);
  });
});
