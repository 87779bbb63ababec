import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant } from '../../../kernel/index.ts';
import { derive, openingOf, type SessionContext } from './derive.ts';
import { CONTEXT, minutes, read, started, stopped } from './derive.fixture.ts';
import type { ChargePointFact } from './fact.ts';
import { RESTARTS_FOR_HABIT } from './register-chain.ts';

const brief = (facts: ChargePointFact[], context: Partial<SessionContext> = {}) => {
  const session = derive(facts, { ...CONTEXT, ...context });
  return { energyWh: session.energyWh, flags: session.flags.map((each) => `${each.code ?? '-'} ${each.cause}`), held: session.held, state: session.state };
};
const clean = (energyWh: bigint) => ({ energyWh, flags: [], held: false, state: 'ended' });

describe('deriving a session from what was said about it', () => {
  it('a plain session is the difference of its registers', () => {
    assert.deepEqual(brief([started(minutes(0), 50_000n), read(minutes(10), 55_000n), stopped(minutes(20), 60_000n)]), clean(10_000n));
  });

  it('C-13 the end before the update, the update before the start, and everything twice lead to the same energy', () => {
    const frames = [started(minutes(0), 50_000n, { seqNo: 0 }), read(minutes(10), 55_000n, { seqNo: 1 }), stopped(minutes(20), 60_000n, { seqNo: 2 })];
    const [start, update, end] = frames as [ChargePointFact, ChargePointFact, ChargePointFact];
    for (const order of [[start, end, update], [update, start, end], [start, update, update, end, end, end], [end, update, start]]) {
      assert.deepEqual(derive(order, CONTEXT), derive(frames, CONTEXT));
    }
  });

  it('C-09 a register that said 0 before it knew its value is recognised and only what follows counts', () => {
    const facts = [started(minutes(0), 0n, { offline: true }), read(minutes(5), 909_948n), stopped(minutes(6), 910_031n)];
    assert.deepEqual(brief(facts), { energyWh: 83n, flags: ['8 meter_register_zero_before_start'], held: true, state: 'ended' });
  });

  it('C-09 a register that said 0 before it knew its value is recognised by what the connector showed before, however small the jump', () => {
    const facts = [started(minutes(0), 0n), read(minutes(15), 13_000n), stopped(minutes(30), 28_929n)];
    const stood = (registerWh: bigint, restarts = 0) => ({ before: { main: { at: minutes(-60), registerWh }, aside: null, restarts } });
    assert.deepEqual(brief(facts), clean(28_929n), 'alone it is plausible');
    assert.deepEqual(brief(facts, stood(5_279n)), { energyWh: 15_929n, flags: ['8 meter_register_zero_before_start'], held: true, state: 'ended' });
    const [known] = derive(facts, { ...CONTEXT, ...stood(5_279n) }).flags;
    assert.deepEqual([known?.data.fromWh, known?.data.toWh, known?.data.knownWh], ['0', '13000', '5279']);
    assert.deepEqual(brief(facts, stood(28_930n)), clean(28_929n), 'it never reached that register: the meter began anew');
    assert.deepEqual(brief(facts, stood(5_279n, RESTARTS_FOR_HABIT)), clean(28_929n), 'it counts per session');
    assert.deepEqual(brief([facts[0]!, read(minutes(5), 2_000n), ...facts.slice(1)], stood(5_279n)), clean(28_929n), 'its own readings show progress from nothing');
    const reset = { before: { main: { at: minutes(-60), registerWh: 5_000_000n }, aside: { at: minutes(-50), registerWh: 5_279n, anchor: false }, restarts: 0 } };
    assert.equal(brief(facts, reset).held, true, 'the last register before it may have been of a reset that nothing has confirmed yet');
  });

  it('a first register that was kept from an earlier session does not charge that session again', () => {
    const facts = [started(minutes(0), 100_000n), stopped(minutes(30), 130_000n)];
    const before = { main: { at: minutes(-60), registerWh: 120_000n }, aside: null, restarts: 0 };
    assert.deepEqual(brief(facts, { before }), { energyWh: 0n, flags: ['8 first_register_below_known'], held: true, state: 'ended' });
    assert.deepEqual(brief(facts, { before: { ...before, main: { at: minutes(-60), registerWh: 100_100n } } }), clean(30_000n), 'within the step of a meter it is the same register');
  });

  it('a register that fell and was only repeated since, by the stop that told it and by this start, may be kept as well as new: held until something goes on from one of the two alone', () => {
    const facts = [started(minutes(0), 5_645n), read(minutes(15), 22_122n), stopped(minutes(30), 34_645n)];
    const fell = { main: { at: minutes(-90), registerWh: 21_841n }, aside: { at: minutes(-80), registerWh: 5_645n, anchor: false }, restarts: 0 };
    assert.deepEqual(brief(facts, { before: fell }), { energyWh: 12_523n, flags: ['8 first_register_below_known'], held: true, state: 'ended' });
    assert.deepEqual(brief([facts[0]!, read(minutes(10), 15_000n), ...facts.slice(1)], { before: fell }), clean(29_000n), 'a reading below what was known goes on from the new one alone');
  });

  it('C-09 a kept register from which the true one jumps is named for what it is where the connector had shown more, and a jump where nothing says so', () => {
    const facts = [started(minutes(0), 100_000n), read(minutes(5), 141_000n), read(minutes(15), 148_000n), stopped(minutes(30), 160_000n)];
    const stood = (registerWh: bigint) => ({ before: { main: { at: minutes(-60), registerWh }, aside: null, restarts: 0 } });
    assert.deepEqual(brief(facts), { energyWh: 19_000n, flags: ['4 register_jump_implausible'], held: true, state: 'ended' });
    assert.deepEqual(brief(facts, stood(140_000n)), { energyWh: 19_000n, flags: ['8 first_register_below_known'], held: true, state: 'ended' });
    assert.deepEqual(brief([facts[0]!, stopped(minutes(5), 141_000n)], stood(140_000n)).flags, ['8 first_register_below_known'], 'its end is there: what it drew is what its connector showed before');
    assert.deepEqual(brief(facts, stood(170_000n)).flags, ['4 register_jump_implausible'], 'it never reached that register');
    const opening = openingOf(derive(facts, CONTEXT));
    assert.deepEqual([opening?.aboveWh, opening?.upToWh], [100_100n, 141_000n], 'and the registers before it are looked for up to the jump');
  });

  it('C-10 register 0 before the start, then 92.27, last 128.63, and the bill never came: 36.36 kWh are proposed', () => {
    const facts = [started(minutes(0), 0n), read(minutes(0.5), 92_270n), read(minutes(17), 110_000n), read(minutes(34), 128_630n)];
    const session = brief(facts, { maxPowerW: 64_000n, closure: { kind: 'silent', at: minutes(120) } });
    assert.deepEqual(session, { energyWh: 36_360n, flags: ['2 stop_never_arrived_silent', '8 meter_register_zero_before_start'], held: true, state: 'ended' });
  });

  it('C-09 a reset of a young meter that soon shows more than before is not taken for a dip: both are possible, so somebody decides', () => {
    const facts = [started(minutes(0), 20_000n), read(minutes(8), 0n), stopped(minutes(40), 22_209n)];
    const session = brief(facts);
    assert.deepEqual([session.flags, session.held], [['8 meter_register_reset'], true]);
    const old = [started(minutes(0), 920_000n), read(minutes(8), 0n), stopped(minutes(40), 922_209n)];
    assert.deepEqual(brief(old).flags, ['8 meter_register_dip'], 'nothing draws 922 kWh in half an hour: the 0 was false');
  });

  it('a register that resets in the session counts before and after, and nothing for what lies between', () => {
    const facts = [started(minutes(0), 50_000n), read(minutes(10), 55_000n), read(minutes(12), 200n), stopped(minutes(20), 3_200n)];
    assert.deepEqual(brief(facts), { energyWh: 8_000n, flags: ['8 meter_register_reset'], held: true, state: 'ended' });
  });

  it('a dip that the register returns from is noted and charged right', () => {
    const dipped = (base: bigint) => [started(minutes(0), base), read(minutes(5), 0n), read(minutes(6), 0n), read(minutes(10), base + 3_000n), stopped(minutes(20), base + 5_000n)];
    assert.deepEqual(brief(dipped(50_000n)), { energyWh: 5_000n, flags: ['8 meter_register_dip'], held: false, state: 'ended' });
    assert.deepEqual(brief(dipped(1_000n)).flags, ['8 meter_register_reset'], 'of a young meter that stood at 0 for a while nobody knows whether it was reset: 5 kWh were drawn, or 6');
  });

  it('a stop register below the start proves no energy and is held', () => {
    assert.deepEqual(brief([started(minutes(0), 50_000n), stopped(minutes(20), 200n)]), { energyWh: 0n, flags: ['4 stop_register_below_start'], held: true, state: 'ended' });
  });

  it('a jump beyond rated power × time is held, and the energy around it counts', () => {
    const facts = [started(minutes(0), 1_000n), read(minutes(10), 6_000n), read(minutes(11), 906_000n), stopped(minutes(20), 910_000n)];
    assert.deepEqual(brief(facts), { energyWh: 9_000n, flags: ['4 register_jump_implausible'], held: true, state: 'ended' });
  });

  it('C-14 a session without an end stays open until it is closed by evidence, at its last reading', () => {
    const facts = [started(minutes(0), 50_000n), read(minutes(10), 55_000n)];
    assert.deepEqual(brief(facts), { energyWh: 5_000n, flags: [], held: false, state: 'active' });
    const closed = derive(facts, { ...CONTEXT, closure: { kind: 'silent', at: minutes(300) } });
    assert.equal(closed.endedAt, minutes(10));
    assert.deepEqual(closed.flags.map((each) => each.cause), ['stop_never_arrived_silent']);
    assert.deepEqual(brief([...facts, stopped(minutes(20), 60_000n)], { closure: { kind: 'silent', at: minutes(300) } }), clean(10_000n), 'the late stop replaces the evidence');
  });

  it('C-12 an end without any register is a lost bill, never a silent zero', () => {
    assert.deepEqual(brief([started(minutes(0), null), stopped(minutes(20), -1n)]).flags, ['11 no_register_evidence']);
    assert.deepEqual(brief([started(minutes(0), 10n), stopped(minutes(20), 10n)]), { energyWh: 0n, flags: ['11 no_energy_drawn'], held: false, state: 'ended' });
    assert.deepEqual(brief([started(minutes(0), 10n), stopped(minutes(20), null)]).flags, ['11 final_register_missing']);
  });

  it('a stop whose start never arrived is held', () => {
    assert.deepEqual(brief([stopped(minutes(20), 60_000n)]).flags, ['1 start_never_arrived', '11 final_register_missing']);
  });

  it('an end before its start is held, with the energy of its registers', () => {
    assert.deepEqual(brief([started(minutes(60), 1_000n), stopped(minutes(0), 6_000n)]), { energyWh: 5_000n, flags: ['3 end_before_start'], held: true, state: 'ended' });
  });

  it('a clock that was never set keeps durations, moves to the record time and is held', () => {
    const session = derive([started(instant(10_000), 0n), read(instant(610_000), 4_000n), stopped(instant(1_210_000), 9_000n)], CONTEXT);
    assert.equal(session.energyWh, 9_000n);
    assert.equal(session.startedAt, minutes(0));
    assert.equal(session.endedAt, minutes(20));
    assert.deepEqual(session.flags.map((each) => each.cause), ['clock_not_set']);
  });

  it('a start whose clock was set a moment later is no later than what was said after it, however late it was recorded', () => {
    const session = derive([started(instant(10_000), 7_000n, { recordedAt: minutes(5_000) }), read(minutes(15), 9_000n), stopped(minutes(30), 16_000n)], CONTEXT);
    assert.deepEqual([session.startedAt, session.endedAt, session.energyWh], [minutes(15), minutes(30), 9_000n]);
    assert.deepEqual(session.flags.map((each) => each.cause), ['clock_not_set']);
  });

  it('a gap in the sequence numbers is noted online and legal offline', () => {
    const gap = (offline: boolean) => brief([started(minutes(0), 0n, { seqNo: 0 }), read(minutes(5), 1_000n, { seqNo: 3, offline }), stopped(minutes(20), 5_000n, { seqNo: 4 })]);
    assert.deepEqual(gap(false).flags, ['11 events_missing']);
    assert.equal(gap(false).held, false);
    assert.deepEqual(gap(true), clean(5_000n));
  });

  it('two stops that contradict each other are held, whichever came first', () => {
    const facts = [started(minutes(0), 0n), stopped(minutes(20), 5_000n), stopped(minutes(20), 6_000n)];
    assert.deepEqual(brief(facts).flags, ['8 stop_contradicted']);
    assert.deepEqual(brief(facts.toReversed()), brief(facts));
  });

  it('occupancy begins when the register stands still, and only where a reading shows it', () => {
    const facts = [started(minutes(0), 0n), read(minutes(10), 5_000n), read(minutes(20), 5_000n), stopped(minutes(60), 5_000n)];
    assert.deepEqual(derive(facts, CONTEXT).occupancy, { from: minutes(10), to: minutes(60) });
    assert.equal(derive([facts[0]!, stopped(minutes(60), 5_000n)], CONTEXT).occupancy, null);
  });
});
