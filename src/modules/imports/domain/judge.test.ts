import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_RULES } from '../../charging/index.ts';
import { judgeChargePoint, learnPowerW, POWER_UNKNOWN_W, type JudgeContext, type RowToJudge } from './judge.ts';

const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const london: JudgeContext = { zone: 'Europe/London', rules: DEFAULT_RULES, connectorsByOverlap: null, powerW: 22_000 };
const at = (text: string): number => Date.parse(text);
let next = 0;
const row = (startAt: number, endAt: number | null, energyWh: number | null, more: Partial<RowToJudge> = {}): RowToJudge =>
  ({ rowNumber: ++next, externalId: null, connector: 1, startAt, endAt, energyWh: energyWh === null ? null : BigInt(energyWh), statedDurationMs: null, chargingMs: null, problems: [], ...more });
const causes = (rows: readonly RowToJudge[], context = london): string[][] => judgeChargePoint(rows, context).map(({ flags }) => flags.map(({ cause }) => cause));
const noon = at('2026-03-03T12:00:00Z');

describe('what is said of a stated session', () => {
  it('nothing, of one that makes sense', () => {
    assert.deepEqual(causes([row(noon, noon + HOUR, 7_000), row(noon + 2 * HOUR, noon + 3 * HOUR, 11_000)]), [[], []]);
  });

  it('day and month were exchanged, where one exchange alone makes sense of it, and what was meant', () => {
    // The start was written as 3 May; 5 March was meant. The end's day is too great to be a month.
    const judged = judgeChargePoint([row(at('2026-05-03T22:00:00Z'), at('2026-03-06T08:00:00Z'), 6_000, { statedDurationMs: 9 * HOUR })], london)[0]!;
    assert.deepEqual(judged.flags.map(({ code, cause }) => [code, cause]), [[3, 'day_month_swapped']]);
    assert.deepEqual(judged.believed, { startAt: at('2026-03-05T23:00:00Z'), endAt: at('2026-03-06T08:00:00Z') }, 'the same hour on the wall clock');
  });

  it('where either exchange makes sense, the neighbours in the file say which was meant', () => {
    const odd = () => row(at('2026-05-03T08:00:00Z'), at('2026-03-05T10:00:00Z'), 6_000);
    const inMarch = judgeChargePoint([row(at('2026-03-05T06:00:00Z'), at('2026-03-05T07:00:00Z'), 4_000), odd(), row(at('2026-03-05T20:00:00Z'), at('2026-03-05T21:00:00Z'), 4_000)], london);
    assert.deepEqual(inMarch.map(({ believed }) => believed?.startAt).filter(Boolean), [at('2026-03-05T09:00:00Z')]);
    const inMay = judgeChargePoint([row(at('2026-05-03T05:00:00Z'), at('2026-05-03T06:00:00Z'), 4_000), odd()], london);
    assert.deepEqual(inMay.map(({ believed }) => believed?.endAt).filter(Boolean), [at('2026-05-03T09:00:00Z')]);
    assert.deepEqual(causes([odd()]), [['end_before_start']], 'alone, nobody can say');
  });

  it('nothing is guessed where both exchanges make sense, or none does', () => {
    assert.deepEqual(causes([row(at('2026-03-20T09:00:00Z'), at('2026-03-19T10:00:00Z'), 6_000)]), [['end_before_start']]);
    assert.deepEqual(causes([row(at('2026-03-20T09:00:00Z'), at('2026-03-25T10:00:00Z'), 6_000)]), [['session_too_long', 'idle_after_full']]);
  });

  it('more energy than the connector can deliver in that time is no session, by the rules in force', () => {
    assert.deepEqual(causes([row(noon, noon + 6 * MINUTE, 14_466)]), [['register_jump_implausible']]);
    assert.deepEqual(causes([row(noon, noon + 6 * MINUTE, 14_466)], { ...london, powerW: 150_000 }), [[]]);
    assert.deepEqual(causes([row(noon, noon + 6 * MINUTE, 14_466)], { ...london, rules: { ...DEFAULT_RULES, plausiblePowerPercent: 500 } }), [[]]);
  });

  it('a negative, a missing and a true zero energy are three things', () => {
    assert.deepEqual(causes([row(noon, noon + HOUR, -500), row(noon + 2 * HOUR, noon + 3 * HOUR, null), row(noon + 4 * HOUR, noon + 5 * HOUR, 0)]), [['stop_register_below_start'], ['no_register_evidence'], ['no_energy_drawn']]);
  });

  it('an end that is missing was lost where another session followed, and may be running where none did', () => {
    assert.deepEqual(causes([row(noon, null, 900), row(noon + DAY, null, 900)]), [['stop_never_arrived'], ['stop_never_arrived_silent']]);
  });

  it('the second of two sessions at the same time on one connector overlaps; on two connectors none does', () => {
    const both = [row(noon, noon + HOUR, 7_000), row(noon + 30 * MINUTE, noon + 2 * HOUR, 7_000)];
    assert.deepEqual(causes(both), [[], ['overlaps_another_session']]);
    assert.deepEqual(causes(both, { ...london, connectorsByOverlap: 2 }), [[], []]);
    assert.deepEqual(causes([row(noon, noon + HOUR, 7_000), row(noon, noon + HOUR, 7_000)]), [[], ['duplicate_start']]);
  });

  it('in the hour that autumn repeats, a start that seems too early was in its second showing', () => {
    const repeated = { problems: [{ code: 'time_repeated' as const }] };
    const before = row(at('2026-10-25T00:10:00Z'), at('2026-10-25T01:05:00Z'), 5_000);
    assert.deepEqual(causes([before, row(at('2026-10-25T00:20:00Z'), at('2026-10-25T01:40:00Z'), 3_000, repeated)]), [[], []]);
    assert.deepEqual(causes([before, row(at('2026-10-25T00:20:00Z'), at('2026-10-25T01:40:00Z'), 3_000)]), [[], ['overlaps_another_session']]);
  });

  it('a stated duration that differs, and a stay long after charging, by the table\'s own words', () => {
    assert.deepEqual(causes([row(noon, noon + HOUR, 7_000, { statedDurationMs: 50 * MINUTE })]), [['stated_duration_differs']]);
    assert.deepEqual(causes([row(noon, noon + 30 * HOUR, 7_000, { chargingMs: HOUR })]), [['occupancy_too_long']]);
    assert.deepEqual(causes([row(noon, noon + 30 * HOUR, 7_000, { chargingMs: 20 * HOUR })]), [[]]);
    assert.deepEqual(causes([row(noon, noon + 40 * HOUR, 7_000), row(noon + 50 * HOUR, noon + 90 * HOUR, 10)]), [['idle_after_full'], []], 'ten watt-hours are no charge that became full');
  });

  it('the power that a charge point delivers is learned as the class above what it does, from enough sessions', () => {
    const sessions = (count: number, kw: number): RowToJudge[] => Array.from({ length: count }, (_, i) => row(noon + i * DAY, noon + i * DAY + HOUR, kw * 1_000));
    assert.deepEqual(learnPowerW(sessions(30, 7)), { powerW: 22_000, learnedFrom: 30 });
    assert.deepEqual(learnPowerW(sessions(30, 43)), { powerW: 50_000, learnedFrom: 30 });
    assert.deepEqual(learnPowerW(sessions(19, 43)), { powerW: POWER_UNKNOWN_W, learnedFrom: 0 });
  });

  it('the order of the rows changes nothing, and sessions that follow each other sensibly have no flag at all', () => {
    const seed = Number(process.env.KIRCHHOFF_SEED ?? 20261122);
    const gaps = fc.array(fc.record({ pause: fc.integer({ min: 2, max: 5_000 }), minutes: fc.integer({ min: 3, max: 1_000 }), percent: fc.integer({ min: 1, max: 100 }) }), { minLength: 1, maxLength: 60 });
    fc.assert(fc.property(gaps, fc.infiniteStream(fc.integer({ min: 0, max: 1_000 })), (lived, order) => {
      let now = noon;
      const rows = lived.map(({ pause, minutes, percent }, i) => {
        const startAt = now + pause * MINUTE;
        now = startAt + minutes * MINUTE;
        return { ...row(startAt, now, Math.max(1, Math.floor(22_000 * (minutes / 60) * percent / 100))), rowNumber: i + 1 };
      });
      const shuffled = rows.map((each) => [order.next().value as number, each] as const).sort(([a], [b]) => a - b).map(([, each]) => each);
      const judged = judgeChargePoint(rows, london);
      assert.deepEqual(judgeChargePoint(shuffled, london), judged);
      assert.ok(judged.every(({ flags }) => flags.length === 0), JSON.stringify(judged.find(({ flags }) => flags.length > 0)));
    }), { seed, numRuns: 100 });
  });
});
