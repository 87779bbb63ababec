import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, MS_PER_MINUTE } from '../../../kernel/index.ts';
import { DEFAULT_RULES } from './anomaly-rules.ts';
import { derive, type SessionContext } from './derive.ts';
import { CONTEXT, minutes, read, started, stopped } from './derive.fixture.ts';
import type { ChargePointFact } from './fact.ts';
import { EMPTY_CHAIN, type RegisterChain, type RegisterPoint } from './register-chain.ts';
import { energyBounds, proposeRepair, type RepairInput } from './repair-proposal.ts';

type Around = Partial<SessionContext> & { readonly after?: RegisterPoint | null; readonly known?: RegisterPoint };
const inputOf = (facts: readonly ChargePointFact[], { after = null, known, ...context }: Around = {}): RepairInput => {
  const full: SessionContext = { ...CONTEXT, ...context };
  const before: RegisterChain = known ? { ...EMPTY_CHAIN, main: known } : full.before;
  return { derived: derive(facts, full), facts, context: full, before, after, curve: null, rules: DEFAULT_RULES };
};
const propose = (facts: readonly ChargePointFact[], around: Around = {}) => {
  const proposal = proposeRepair(inputOf(facts, around));
  const of = (source: string) => proposal.candidates.find((each) => each.source === source);
  const chosen = proposal.chosen === null ? null : of(proposal.chosen)!;
  return { ...proposal, of, chosenWh: chosen?.energyWh ?? null, confidence: chosen?.confidence ?? null, chosenEvidence: chosen?.evidence ?? [] };
};
const silent = (at: number) => ({ closure: { kind: 'silent', at: minutes(at) } as const });
const idle = (at: number) => ({ returned: { at: minutes(at), by: 'status', status: 'Available' } as const });

describe('a proposal for an abnormal bill', () => {
  const before = [started(minutes(0), 0n), read(minutes(0.5), 92_270n)];
  const c10 = { maxPowerW: 64_000n, ...silent(300), ...idle(34) };

  it('C-10 register 0 before the start, a jump to 92.27, offline, idle, no bill, last register 128.63: 36.36 kWh are proposed, 128.63 is refused', () => {
    const readings = [read(minutes(17), 110_000n), read(minutes(34), 128_630n)];
    for (const found of [propose([...before, ...readings], c10), propose(before, { ...c10, after: { at: minutes(34), registerWh: 128_630n } })]) {
      assert.deepEqual([found.chosen, found.chosenWh, found.primaryCause], ['registers', 36_360n, 'meter_register_zero_before_start']);
      assert.ok(found.candidates.every(({ energyWh }) => energyWh < 60_000n), 'nothing beyond what the connector can deliver is on offer');
      const refused = found.chosenEvidence.find(({ key }) => key === 'refused_beyond_power');
      assert.deepEqual([refused?.data.source, refused?.data.energyWh, refused?.data.powerW, refused?.data.durationMs], ['last_register', '128630', '64000', 34 * MS_PER_MINUTE]);
      assert.ok(BigInt(String(refused?.data.boundWh)) < 60_000n);
      assert.ok(found.chosenEvidence.some(({ key, data }) => key === 'first_and_last_true_register' && data.firstWh === '92270' && data.lastWh === '128630'));
      assert.ok(found.chosenEvidence.some(({ key }) => key === 'register_false_before_start'));
    }
  });

  it('C-10 what the connector showed before the session makes it strong enough to be accepted without a person', () => {
    const found = propose(before, { ...c10, known: { at: minutes(-600), registerWh: 92_270n }, after: { at: minutes(34), registerWh: 128_630n } });
    assert.deepEqual([found.chosenWh, found.confidence, found.automatic], [36_360n, 'strong', true]);
  });

  it('C-09 the register before the session says how much ran before the first true reading', () => {
    const facts = [started(minutes(0), 0n), read(minutes(5), 909_948n), stopped(minutes(6), 910_031n)];
    const alone = propose(facts);
    assert.deepEqual([alone.chosenWh, alone.confidence, alone.automatic], [83n, 'weak', false], 'alone, five minutes are not known');
    const known = propose(facts, { known: { at: minutes(-100), registerWh: 909_900n } });
    assert.deepEqual([known.chosen, known.chosenWh, known.confidence, known.automatic], ['registers', 131n, 'strong', true]);
    const elsewhere = propose(facts, { known: { at: minutes(-100), registerWh: 809_900n } });
    assert.equal(elsewhere.chosenWh, 83n, 'a register that is further away than can have been drawn says nothing');
  });

  it('C-09 a start that repeats an old register, from which the session seems to go on once it has drawn enough, is left to a person', () => {
    const found = propose([started(minutes(0), 75_661_265n), read(minutes(3), 75_699_432n), stopped(minutes(32), 75_716_023n)], { maxPowerW: 120_000n });
    assert.deepEqual([found.primaryCause, found.automatic, found.confidence], ['register_jump_implausible', false, 'weak']);
    assert.ok(found.of('registers')!.lowerWh <= 20_568n, 'what was drawn lies within what is offered');
    assert.deepEqual(found.of('registers')!.evidence.find(({ key }) => key === 'registers_before_jump_can_be_false')?.data, { lessWh: '38167' });
    const spike = propose([started(minutes(0), 75_661_265n), read(minutes(3), 975_699_432n), stopped(minutes(32), 75_716_023n)], { maxPowerW: 120_000n });
    assert.deepEqual([spike.chosenWh, spike.confidence, spike.automatic], [54_758n, 'proven', true], 'a spike that the register came down from can be nothing else');
  });

  it('C-14 a lost end is closed in by the next register of the connector', () => {
    const facts = [started(minutes(0), 1_000n), read(minutes(10), 9_000n), read(minutes(20), 17_000n)];
    const found = propose(facts, { ...silent(300), ...idle(50), after: { at: minutes(400), registerWh: 36_500n } });
    assert.deepEqual([found.primaryCause, found.chosen, found.chosenWh, found.confidence, found.automatic], ['bill_never_arrived', 'registers', 35_500n, 'strong', true]);
    const { intervals } = found.of('registers')!;
    assert.deepEqual([intervals.at(-1)?.from, intervals.at(-1)?.to], [minutes(20), minutes(50)], 'what ran after the last word ran before the connector was idle');
  });

  it('a lost end without a later register is estimated, and somebody decides', () => {
    const facts = [started(minutes(0), 1_000n), read(minutes(10), 9_000n), read(minutes(20), 17_000n)];
    const found = propose(facts, { ...silent(300), ...idle(50) });
    assert.equal(found.automatic, false);
    assert.equal(found.of('estimate')?.energyWh, 40_000n, '48 kW for another half hour');
    assert.deepEqual([found.of('platform_count')?.energyWh, found.chosen], [16_000n, 'registers']);
    assert.ok(found.of('registers')!.upperWh >= 40_000n);
  });

  it('a taper is carried on, and a battery takes no more than what is missing in it', () => {
    const facts = (soc: number | null) => [started(minutes(0), 0n), read(minutes(10), 8_000n, { socPercent: soc && 60 }), read(minutes(20), 12_000n, { socPercent: soc }), read(minutes(30), 14_000n, { socPercent: soc && soc + 8 })];
    const tapering = propose(facts(null), { ...silent(300), ...idle(60) }).of('estimate')!.energyWh;
    assert.ok(tapering > 14_000n && tapering < 16_100n, `${tapering}`);
    const full = propose(facts(90), { ...silent(300), ...idle(60) }).of('estimate')!.energyWh;
    assert.ok(full < tapering && full <= 14_600n, `${full}`);
  });

  it('what lies between the two sides of a reset is bridged by the curve, and a person decides unless it can be next to nothing', () => {
    const steady = [started(minutes(0), 50_000n), read(minutes(1), 50_800n), read(minutes(2), 51_600n), read(minutes(3), 200n), read(minutes(4), 1_000n), read(minutes(5), 1_800n), stopped(minutes(60), 45_800n)];
    const found = propose(steady);
    assert.deepEqual([found.chosen, found.chosenWh, found.confidence, found.automatic], ['estimate', 1_600n + 800n + 45_600n, 'weak', false], 'a station that lost its power for that minute delivered nothing in it');
    const short = propose([...steady.slice(0, 3), read(minutes(2.25), 200n), read(minutes(4), 1_600n), stopped(minutes(60), 46_400n)]);
    assert.deepEqual([short.chosen, short.chosenWh, short.confidence, short.automatic], ['registers', 1_600n + 46_200n, 'strong', true], 'of 48 kWh a quarter of a minute is less than a hundredth');
    const rough = propose([started(minutes(0), 50_000n), read(minutes(10), 55_000n), read(minutes(12), 200n), stopped(minutes(20), 3_200n)]);
    assert.deepEqual([rough.confidence, rough.automatic], ['weak', false]);
  });

  it('C-25 device bill, platform count, registers and estimate stand side by side, and a device that says otherwise is heard', () => {
    const facts = [started(minutes(0), 1_000n), read(minutes(10), 6_000n), stopped(minutes(30), 16_000n, { stated: { energyWh: 21_000n, durationMs: null, amountMinor: null } })];
    const found = propose(facts);
    assert.deepEqual(found.candidates.map(({ source, energyWh }) => [source, energyWh]), [['device_bill', 21_000n], ['platform_count', 15_000n], ['registers', 15_000n]]);
    assert.deepEqual([found.chosen, found.confidence, found.automatic, found.why.key], ['registers', 'proven', false, 'device_says_otherwise']);
    const impossible = propose([...facts.slice(0, 2), stopped(minutes(30), 16_000n, { stated: { energyWh: 921_000n, durationMs: null, amountMinor: null } })]);
    assert.deepEqual([impossible.of('device_bill'), impossible.automatic], [undefined, true], 'a statement beyond the power of the connector disputes nothing');
  });

  it('who pays, when and at what price is never decided by itself, however well the energy is proven', () => {
    const facts = [started(minutes(60), 1_000n), stopped(minutes(0), 6_000n)];
    const found = propose(facts);
    assert.deepEqual([found.primaryCause, found.confidence, found.automatic, found.why.key], ['end_before_start', 'proven', false, 'not_about_energy']);
    const input = inputOf([started(minutes(0), 0n), stopped(minutes(20), 5_000n)]);
    const overlapping = proposeRepair({ ...input, flags: [{ code: 7, cause: 'overlaps_another_session', effect: 'hold', data: {} }] });
    assert.deepEqual([overlapping.chosen, overlapping.automatic], ['registers', false]);
  });

  it('C-12 a lost bill without any register proposes what its connector shows, and no zero: a meter out of reach repeats itself', () => {
    const facts = [started(minutes(0), null), stopped(minutes(20), -1n)];
    assert.deepEqual([propose(facts).chosen, propose(facts).why.key], [null, 'no_evidence']);
    const around = { known: { at: minutes(-60), registerWh: 5_000n } };
    const found = propose(facts, { ...around, after: { at: minutes(90), registerWh: 14_000n } });
    assert.deepEqual([found.chosen, found.chosenWh, found.confidence], ['registers', 9_000n, 'strong']);
    const stood = propose(facts, { ...around, after: { at: minutes(90), registerWh: 5_000n } });
    assert.deepEqual([stood.chosen, stood.automatic, stood.of('registers')?.energyWh, stood.of('registers')?.confidence], [null, false, 0n, 'weak']);
    const begun = propose([started(minutes(0), 5_000n)], { ...silent(300), ...idle(50), after: { at: minutes(90), registerWh: 5_000n } });
    assert.deepEqual([begun.chosen, begun.automatic, begun.of('registers')?.confidence], [null, false, 'weak'], 'nor where only the next start says so');
    assert.notEqual(propose(facts, { ...around, after: { at: minutes(90), registerWh: 914_000n } }).chosen, 'registers');
  });

  it('a vehicle that stood there full is accepted as counted; a long stay that nothing explains is looked at', () => {
    const stays = (full: boolean) => [started(minutes(0), 0n), read(minutes(60), 30_000n, { socPercent: full ? 100 : null }), ...(full ? [read(minutes(600), 30_000n, { powerW: 0n, socPercent: 100 })] : []), stopped(minutes(1_800), 30_000n)];
    assert.deepEqual([propose(stays(true)).primaryCause, propose(stays(true)).automatic], ['idle_after_full', true]);
    assert.deepEqual([propose(stays(false)).primaryCause, propose(stays(false)).automatic], ['occupancy_too_long', false]);
  });

  it('C-11 the bounds of any correction are the power of the connector, and the registers around it where they close it in', () => {
    const facts = [started(minutes(0), 1_000n), read(minutes(10), 9_000n)];
    const open = energyBounds(inputOf(facts, { ...silent(300), ...idle(30) }));
    assert.deepEqual([open.upperWh, open.byRegistersWh], [48_100n, null], '1.5 × 60 kW × 32 min + 0.1 kWh');
    const closed = energyBounds(inputOf(facts, { ...silent(300), ...idle(30), after: { at: minutes(40), registerWh: 20_000n } }));
    assert.equal(closed.byRegistersWh, 19_000n);
  });

  it('C-09 a stop below the register before it is named a reset once the connector goes on from it, and the stop\'s own fault where it does not', () => {
    const facts = [started(minutes(0), 886_651n), stopped(minutes(10), 5_624n)];
    const cause = (after: bigint | null) => propose(facts, { after: after === null ? null : { at: minutes(90), registerWh: after } }).primaryCause;
    assert.deepEqual([cause(5_624n), cause(6_000n), cause(892_000n), cause(null)], ['meter_register_reset', 'meter_register_reset', 'stop_register_below_start', 'stop_register_below_start']);
    assert.equal(propose([facts[0]!, stopped(minutes(10), 0n)], { after: { at: minutes(90), registerWh: 0n } }).primaryCause, 'stop_register_below_start', 'a 0 that comes again is a meter out of reach');
    assert.equal(propose(facts, { after: { at: minutes(90), registerWh: 5_624n } }).automatic, false);
  });

  it('a register from long before a session is believed as far as the meter cannot have counted by itself', () => {
    const facts = [started(minutes(0), 0n), read(minutes(5), 909_948n), stopped(minutes(6), 910_031n)];
    const known = (hours: number) => propose(facts, { known: { at: minutes(-60 * hours), registerWh: 909_900n } });
    assert.deepEqual([known(2).automatic, known(100).automatic], [true, false]);
    assert.equal(known(100).of('registers')?.lowerWh, 0n, '2 W for a hundred hours are more than the session');
  });

  it('C-13 nothing is proven of a session whose start never arrived, unless its connector closes it in', () => {
    const facts = [read(minutes(10), 60_000n), read(minutes(20), 66_000n), stopped(minutes(30), 72_000n)];
    const alone = propose(facts);
    assert.deepEqual([alone.primaryCause, alone.chosenWh, alone.confidence, alone.automatic], ['start_never_arrived', 12_000n, 'weak', false]);
    assert.ok(alone.of('registers')!.upperWh > 12_000n, 'it may have drawn before it was heard');
    const known = propose(facts, { known: { at: minutes(-20), registerWh: 55_000n } });
    assert.deepEqual([known.chosenWh, known.confidence, known.automatic], [17_000n, 'strong', false]);
    const [first] = known.of('registers')!.intervals;
    assert.deepEqual([first?.from, first?.to, first?.energy], [minutes(5), minutes(10), 5_000n], 'as late as the connector can have delivered it');
  });

  it('a clock that was set within a session says nothing of its length: what the device counted is offered, and nothing is proven', () => {
    const facts = [started(instant(7_000), 1_592_184n, { recordedAt: minutes(30) }), stopped(minutes(10), 1_613_665n)];
    const found = propose(facts);
    assert.deepEqual([found.primaryCause, found.of('device_bill')?.energyWh, found.automatic], ['clock_not_set', 21_481n, false]);
    for (const { source, confidence } of found.candidates) assert.equal(confidence, 'weak', source);
  });
});
