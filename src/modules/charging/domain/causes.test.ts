import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addMs, instant, MS_PER_HOUR, MS_PER_MINUTE, type Instant } from '../../../kernel/index.ts';
import { DEFAULT_RULES } from './anomaly-rules.ts';
import { derive, type SessionContext } from './derive.ts';
import { CONTEXT, minutes, read, started, stopped } from './derive.fixture.ts';
import type { ChargePointFact } from './fact.ts';
import type { Flag, FlagCause } from './flag.ts';
import { mayHaveServedAnother } from './loss.ts';

const derived = (facts: readonly ChargePointFact[], context: Partial<SessionContext> = {}) => derive(facts, { ...CONTEXT, ...context });
const causesOf = (facts: readonly ChargePointFact[], context: Partial<SessionContext> = {}): FlagCause[] => derived(facts, context).flags.map(({ cause }) => cause);
const flagOf = (cause: FlagCause, facts: readonly ChargePointFact[], context: Partial<SessionContext> = {}): Flag => {
  const found = derived(facts, context).flags.find((each) => each.cause === cause);
  assert.ok(found, `${cause} is among the flags`);
  return found;
};
/** Recorded when it happened, stamped by a clock that is off. */
const offBy = (facts: readonly ChargePointFact[], ms: number): ChargePointFact[] => facts.map((fact) => ({ ...fact, eventAt: addMs(fact.eventAt!, ms), recordedAt: fact.eventAt! }));
/** Recorded all at once, later. */
const queuedUntil = (facts: readonly ChargePointFact[], at: Instant): ChargePointFact[] => facts.map((fact, i) => ({ ...fact, recordedAt: addMs(at, i * 40) }));
const CHARGE = [started(minutes(0), 1_000n), read(minutes(10), 6_000n), read(minutes(20), 11_000n), stopped(minutes(30), 16_000n)];

describe('a clock that is off', () => {
  it('is told by its zone: energy and duration stay, the times are moved', () => {
    const session = derived(offBy(CHARGE, 8 * MS_PER_HOUR));
    assert.deepEqual([session.startedAt, session.endedAt, session.energyWh, session.held], [minutes(0), minutes(30), 15_000n, true]);
    assert.deepEqual(session.flags.map(({ cause }) => cause), ['clock_skew']);
    const { data } = session.flags[0]!;
    assert.deepEqual([data.kind, data.direction, data.skewMs, data.facts, data.of], ['zone', 'ahead', 8 * MS_PER_HOUR, 4, 4]);
  });

  it('is told when it is off by any time, ahead or behind', () => {
    for (const off of [37 * MS_PER_MINUTE, -37 * MS_PER_MINUTE]) {
      const { data } = flagOf('clock_skew', offBy(CHARGE, off));
      assert.deepEqual([data.kind, data.direction, data.skewMs], ['constant', off > 0 ? 'ahead' : 'behind', Math.abs(off)]);
    }
  });

  it('is told where it jumps within a session', () => {
    const facts = [...CHARGE.slice(0, 1), ...offBy(CHARGE.slice(1), -5 * MS_PER_HOUR)];
    const session = derived(facts);
    assert.deepEqual([session.startedAt, session.endedAt, session.energyWh], [minutes(0), minutes(30), 15_000n]);
    assert.equal(session.flags.find(({ cause }) => cause === 'clock_skew')?.data.kind, 'jump');
  });

  it('is not suspected of a queue that came late, however late', () => {
    assert.deepEqual(causesOf(queuedUntil(CHARGE, minutes(500))), []);
    assert.deepEqual(causesOf([...CHARGE.slice(0, 2), ...queuedUntil(CHARGE.slice(2), minutes(5_000))]), [], 'not of one that began online either');
    assert.deepEqual(causesOf(offBy(CHARGE, -5 * MS_PER_HOUR).map((fact) => ({ ...fact, offline: true }) as ChargePointFact)), [], 'nor of what the station itself calls offline');
  });

  it('is not suspected for less than the threshold, which is the operator\'s', () => {
    assert.deepEqual(causesOf(offBy(CHARGE, 9 * MS_PER_MINUTE)), []);
    assert.deepEqual(causesOf(offBy(CHARGE, 9 * MS_PER_MINUTE), { rules: { ...DEFAULT_RULES, clockSkewMinMs: 5 * MS_PER_MINUTE } }), ['clock_skew']);
  });
});

describe('day and month exchanged', () => {
  /** Imported from a table: recorded at one moment, long after. */
  const table = (start: string, end: string): ChargePointFact[] =>
    [started(instant(Date.parse(start)), 0n), stopped(instant(Date.parse(end)), 10_000n)].map((fact) => ({ ...fact, recordedAt: instant(Date.parse('2026-12-31T00:00Z')) }));

  it('C-05 an end before its start becomes possible: both are placed on the possible day', () => {
    const session = derived(table('2026-03-05T10:00Z', '2026-05-02T11:00Z'));
    assert.deepEqual(causesOf(table('2026-05-03T10:00Z', '2026-03-05T11:00Z')), ['day_month_swapped']);
    assert.deepEqual(session.flags.map(({ cause }) => cause), ['session_too_long'], 'where the exchange does not make it possible it is only too long');
    const moved = derived(table('2026-05-03T10:00Z', '2026-03-05T11:00Z'));
    assert.equal((moved.endedAt! - moved.startedAt) / MS_PER_HOUR, 1);
  });

  it('a session of months becomes one of an hour', () => {
    const session = derived(table('2026-03-05T10:00Z', '2026-05-03T11:00Z'));
    assert.deepEqual(session.flags.map(({ cause }) => cause), ['day_month_swapped']);
    assert.equal(session.endedAt! - session.startedAt, MS_PER_HOUR);
    const { data } = session.flags[0]!;
    assert.deepEqual([data.statedStart, data.statedEnd], [Date.parse('2026-03-05T10:00Z'), Date.parse('2026-05-03T11:00Z')]);
  });

  it('a station that writes its dates so is told by when its messages came', () => {
    const swap = (fact: ChargePointFact): ChargePointFact => ({ ...fact, eventAt: instant(Date.parse(new Date(fact.eventAt!).toISOString().replace(/^(\d+)-(\d+)-(\d+)/, '$1-$3-$2'))), recordedAt: fact.eventAt! });
    const session = derived(CHARGE.map(swap));
    assert.deepEqual([session.startedAt, session.endedAt, session.flags.map(({ cause }) => cause)], [minutes(0), minutes(30), ['day_month_swapped']]);
  });

  it('is read on the station\'s wall clock', () => {
    // 23:30 in Shanghai on the 5th of March, exported as the 3rd of May, 23:30.
    const session = derived(table('2026-03-05T15:30Z', '2026-05-03T16:10Z'), { timeZone: 'Asia/Shanghai' });
    assert.deepEqual(session.flags.map(({ cause }) => cause), ['day_month_swapped']);
    assert.ok(session.endedAt! - session.startedAt <= DEFAULT_RULES.sessionDurationMaxMs);
  });

  it('is not claimed of dates that are possible as they are, nor of a long session that was recorded as it ran', () => {
    assert.deepEqual(causesOf(table('2026-03-05T10:00Z', '2026-03-05T11:00Z')), []);
    const from = Date.parse('2026-03-04T10:00Z'), to = Date.parse('2026-04-03T10:00Z');
    assert.deepEqual(causesOf([started(instant(from), 0n), read(instant((from + to) / 2), 10_000n), stopped(instant(to), 20_000n)]).filter((cause) => cause === 'day_month_swapped'), []);
  });
});

describe('a session that was closed without its end', () => {
  const lost = CHARGE.slice(0, 3);
  const silent = { closure: { kind: 'silent', at: minutes(300) } as const };

  it('C-14 the charge point is back and idle: its bill will not come', () => {
    const { data, code } = flagOf('bill_never_arrived', lost, { ...silent, returned: { at: minutes(90), by: 'status', status: 'Available' } });
    assert.deepEqual([code, data.backAt, data.backBy, data.status, data.lastHeardAt], [1, minutes(90), 'status', 'Available', minutes(20)]);
  });

  it('C-14 nothing was heard of the charge point: its bill may still come', () => {
    assert.deepEqual(causesOf(lost, silent), ['stop_never_arrived_silent']);
    assert.deepEqual(causesOf(CHARGE, { ...silent, returned: { at: minutes(90), by: 'booted', status: null } }), [], 'a late end settles it');
  });

  const again = { closure: { kind: 'superseded', at: minutes(2) } as const };
  it('the same start came again: the charge runs on in the other session, and nothing is wrong with this one', () => {
    const facts = [started(minutes(0), 1_000n)];
    const session = derived(facts, { ...again, next: { at: minutes(2), idToken: 'CARD', registerWh: 1_000n } });
    assert.deepEqual([session.flags.map(({ cause }) => cause), session.held, session.energyWh], [['duplicate_start'], false, 0n]);
  });

  it('another card, another register, energy in between, or an hour later is another session', () => {
    const next = { at: minutes(2), idToken: 'CARD', registerWh: 1_000n };
    for (const other of [{ ...next, idToken: 'OTHER' }, { ...next, registerWh: 5_000n }, { ...next, at: minutes(60) }]) {
      assert.ok(causesOf([started(minutes(0), 1_000n)], { ...again, next: other }).includes('stop_never_arrived'));
    }
    assert.ok(causesOf([started(minutes(0), 1_000n), read(minutes(1), 1_900n)], { ...again, next }).includes('stop_never_arrived'));
  });
});

describe('a gap in the readings', () => {
  const after = (count: number, from: number, every: number, wh: bigint, perStep: bigint, change = {}): ChargePointFact[] =>
    Array.from({ length: count }, (_, i) => read(minutes(from + i * every), wh + BigInt(i) * perStep, change));

  it('that dropped updates explain is noted and charged whole', () => {
    const facts = [started(minutes(0), 0n, { seqNo: 0 }), read(minutes(5), 2_000n, { seqNo: 1 }), read(minutes(95), 30_000n, { seqNo: 19, offline: true }), stopped(minutes(100), 32_000n, { seqNo: 20 })];
    const session = derived(facts);
    assert.deepEqual([session.flags.map(({ cause }) => cause), session.held, session.energyWh], [['offline_gap'], false, 32_000n]);
    assert.equal(session.flags[0]!.data.explainedBy, 'dropped_offline');
  });

  it('is told from the rhythm before it: a station that did not queue its readings', () => {
    const facts = [started(minutes(0), 0n), ...after(5, 5, 5, 1_000n, 1_000n), ...after(3, 120, 5, 20_000n, 1_000n), stopped(minutes(135), 23_000n)];
    assert.equal(flagOf('offline_gap', facts).data.explainedBy, 'silence');
  });

  it('is not claimed of a slow meter, of a car that rests, or of a session that has only a start and a stop', () => {
    assert.deepEqual(causesOf([started(minutes(0), 0n), ...after(4, 70, 70, 10_000n, 10_000n), stopped(minutes(300), 41_000n)]), []);
    assert.deepEqual(causesOf([started(minutes(0), 0n), ...after(5, 5, 5, 1_000n, 1_000n), stopped(minutes(300), 5_000n)]), []);
    assert.deepEqual(causesOf([started(minutes(0), 0n), stopped(minutes(300), 50_000n)]), []);
  });

  it('in the numbers of messages that nothing explains is a loss, beside messages queued offline it is legal', () => {
    const facts = [started(minutes(0), 0n, { seqNo: 0 }), read(minutes(5), 1_000n, { seqNo: 3 }), read(minutes(10), 2_000n, { seqNo: 4 }), read(minutes(20), 3_000n, { seqNo: 6, offline: true }), stopped(minutes(25), 5_000n, { seqNo: 7 })];
    assert.deepEqual(flagOf('events_missing', facts).data.seqNos, [1, 2]);
  });
});

describe('a vehicle that is full and stays', () => {
  const stays = (socPercent: number | null, hours: number, readings: number): ChargePointFact[] => [
    started(minutes(0), 0n), read(minutes(60), 30_000n, { socPercent }),
    ...Array.from({ length: readings }, (_, i) => read(minutes(60 + (i + 1) * 60), 30_000n, { socPercent, powerW: 0n })), stopped(minutes(hours * 60), 30_000n),
  ];
  it('is the reason for a long occupancy, where its readings say so', () => {
    const { data, code } = flagOf('idle_after_full', stays(100, 30, 20));
    assert.deepEqual([code, data.fullAt, data.socPercent], [6, minutes(60), 100]);
    assert.deepEqual(causesOf(stays(null, 30, 20)), ['idle_after_full']);
  });
  it('is not claimed where nothing says why, nor within the limit', () => {
    assert.deepEqual(causesOf(stays(null, 30, 0)), ['occupancy_too_long']);
    assert.deepEqual(causesOf(stays(100, 20, 10)), []);
  });
});

describe('figures that the source states by itself', () => {
  const stating = (energyWh: bigint | null, durationMs: number | null): ChargePointFact[] => [...CHARGE.slice(0, 3), stopped(minutes(30), 16_000n, { stated: { energyWh, durationMs, amountMinor: null } })];
  it('are codes 8 and 9 where they differ from the platform\'s own count', () => {
    assert.deepEqual(derived(stating(25_000n, 60 * MS_PER_MINUTE)).flags.map(({ code, cause }) => `${code} ${cause}`), ['8 stated_energy_differs', '9 stated_duration_differs']);
    assert.deepEqual(derived(stating(25_000n, null)).stated?.energyWh, 25_000n);
  });
  it('may differ by what the operator allows, and need not be there', () => {
    assert.deepEqual(causesOf(stating(15_150n, 31 * MS_PER_MINUTE)), []);
    assert.deepEqual(causesOf(stating(15_150n, null), { rules: { ...DEFAULT_RULES, statedEnergyToleranceWh: 100n, statedEnergyTolerancePercent: 0 } }), ['stated_energy_differs']);
  });
});

describe('what a connector says between the last word of a session and its next register', () => {
  const span = { from: minutes(0), to: minutes(120) };
  const said = (...words: [number, string][]) => words.map(([minute, status]) => ({ at: minutes(minute), status }));
  it('leaves the register to the session where it served nobody else', () => {
    for (const words of [said([20, 'Finishing'], [21, 'Available']), said([20, 'Available'], [119, 'Preparing']), said([117, 'Occupied']), said([0.5, 'Occupied'], [1, 'Available'])]) {
      assert.equal(mayHaveServedAnother(words, span), false, JSON.stringify(words));
    }
    assert.equal(mayHaveServedAnother([], { from: minutes(0), to: minutes(20) }), false, 'nobody comes and goes unnoticed so soon');
  });
  it('does not where another vehicle was there, or may have been', () => {
    for (const words of [said([20, 'Available'], [30, 'Preparing'], [60, 'Available']), said([20, 'Available'], [100, 'Preparing']), said([20, 'Available'], [118, 'Charging']), said([60, 'Occupied'])]) {
      assert.equal(mayHaveServedAnother(words, span), true, JSON.stringify(words));
    }
    assert.equal(mayHaveServedAnother([], span), true, 'for two hours nobody knows');
  });
});
