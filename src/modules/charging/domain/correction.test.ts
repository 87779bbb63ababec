import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ok, refuse, wattHours, type CorrectionId, type MemberId, type SessionId } from '../../../kernel/index.ts';
import type { RatedBill } from '../../tariffs/index.ts';
import { draftBill, type BillDraft } from './bill.ts';
import { CORRECTION_INTERVALS_MAX, differenceOf, draftCorrected, evidenceDigestOf, judgeCorrection, needsSecondPerson, occupancyAfter, packIntervals, spreadEnergy, unpackIntervals, type Correction } from './correction.ts';
import { derive, type DerivedSession, type EnergyDrawn } from './derive.ts';
import { CONTEXT, minutes, read, started, stopped } from './derive.fixture.ts';
import { energyBounds } from './repair-proposal.ts';
import { DEFAULT_RULES } from './anomaly-rules.ts';

const drawn = (from: number, to: number, energy: bigint): EnergyDrawn => ({ from: minutes(from), to: minutes(to), energy: wattHours(energy) });
const span = { from: minutes(0), to: minutes(60) };
const brief = (intervals: readonly EnergyDrawn[]) => intervals.map(({ from, to, energy }) => [(from - minutes(0)) / 60_000, (to - minutes(0)) / 60_000, energy]);

describe('where corrected energy lies in time', () => {
  it('is in proportion to what registers saw, and adds up to the last watt-hour', () => {
    assert.deepEqual(brief(spreadEnergy(wattHours(10n), [drawn(0, 10, 1n), drawn(10, 20, 1n), drawn(30, 60, 1n)], span)), [[0, 10, 3n], [10, 20, 3n], [30, 60, 4n]]);
    assert.deepEqual(brief(spreadEnergy(wattHours(30_000n), [drawn(0, 10, 5_000n), drawn(10, 20, 0n), drawn(20, 60, 10_000n)], span)), [[0, 10, 10_000n], [20, 60, 20_000n]]);
  });
  it('is even over the session where registers saw nothing, and nowhere where there is none', () => {
    assert.deepEqual(brief(spreadEnergy(wattHours(7n), [], span)), [[0, 60, 7n]]);
    assert.deepEqual(brief(spreadEnergy(wattHours(7n), [drawn(0, 60, 0n)], span)), [[0, 60, 7n]]);
    assert.deepEqual(spreadEnergy(wattHours(0n), [drawn(0, 60, 9n)], span), []);
  });
  it('is kept in few enough intervals to be stored, in order and whole', () => {
    const many = Array.from({ length: 5 * CORRECTION_INTERVALS_MAX + 3 }, (_, i) => drawn(i, i + 1, BigInt(i % 7)));
    const spread = spreadEnergy(wattHours(123_457n), many, { from: minutes(0), to: minutes(many.length) });
    assert.ok(spread.length <= CORRECTION_INTERVALS_MAX);
    assert.equal(spread.reduce((sum, { energy }) => sum + energy, 0n), 123_457n);
    for (const [i, each] of spread.entries()) assert.ok(i === 0 || each.from >= spread[i - 1]!.to);
    assert.deepEqual(unpackIntervals(packIntervals(spread)), spread);
  });
  it('leaves no occupancy fee for a time in which it says that energy flowed', () => {
    const occupancy = { from: minutes(20), to: minutes(60) };
    assert.deepEqual(occupancyAfter(occupancy, [drawn(0, 20, 5n)]), occupancy);
    assert.deepEqual(occupancyAfter(occupancy, [drawn(0, 40, 5n)]), { from: minutes(40), to: minutes(60) });
    assert.equal(occupancyAfter(occupancy, [drawn(0, 60, 5n)]), null);
  });
});

const nothing: RatedBill = { currency: 'CNY', lines: [], electricityMinor: 0n, serviceMinor: 0n, occupancyMinor: 0n, totalMinor: 0n, energyWh: wattHours(0n) };
/** A yuan a kilowatt-hour. */
const price = (energyWh: bigint) => ok({ ...nothing, electricityMinor: energyWh / 10n, totalMinor: energyWh / 10n, energyWh: wattHours(energyWh) });
const evidenceOf = (derived: DerivedSession, memberId: MemberId | null = 'm' as MemberId): BillDraft =>
  draftBill({ session: { memberId, tokenStatus: memberId === null ? 'unknown' : 'active', connectorId: 'c' as never }, derived, rated: price(derived.energyWh), overlaps: [], policy: { abnormalBills: 'hold' } });
const boundsOf = (derived: DerivedSession) => energyBounds({ derived, context: CONTEXT, after: null, rules: DEFAULT_RULES });
const correctionOf = (derived: DerivedSession, of: Partial<Correction> = {}): Correction => ({
  correctionId: 'k' as CorrectionId, sessionId: 's' as SessionId, number: 1, source: 'typed', energyWh: wattHours(12_000n), lowerWh: wattHours(10_000n), upperWh: wattHours(12_000n), intervals: [drawn(0, 30, 12_000n)],
  evidenceDigest: evidenceDigestOf(derived, evidenceOf(derived).flags), ...of,
});
const abnormal = [started(minutes(0), 0n), read(minutes(10), 900_000n), read(minutes(20), 905_000n), read(minutes(30), 910_000n)];
const then = derive([...abnormal, stopped(minutes(30), 910_000n)], CONTEXT);
const draft = (derived: DerivedSession, correction: Correction, evidence = evidenceOf(derived)) => draftCorrected(evidence, correction, { derived, closure: null, bounds: boundsOf(derived), price: (energyWh) => price(energyWh) });

describe('what becomes of a correction when facts come later', () => {
  it('C-14 it stands on the facts that it was decided on, and charges what was accepted with the flags it had', () => {
    const corrected = draft(then, correctionOf(then));
    assert.deepEqual([corrected.state, corrected.energyWh, corrected.totalMinor, corrected.correctionId, corrected.proposal], ['settled', 12_000n, 1_200n, 'k', null]);
    assert.deepEqual(corrected.flags, evidenceOf(then).flags);
  });
  it('C-14 it lapses when nothing is in doubt any more', () => {
    const clean = derive([started(minutes(0), 900_000n), stopped(minutes(30), 910_000n)], CONTEXT);
    assert.equal(draft(clean, correctionOf(then)).correctionId, null);
    assert.deepEqual(draft(clean, correctionOf(then)), evidenceOf(clean));
  });
  it('C-14 it stands while what is proven lies within its bounds, and is contradicted beyond them', () => {
    const later = derive([...abnormal, stopped(minutes(30), 911_000n)], CONTEXT);
    const judged = (of: Partial<Correction>) => judgeCorrection(correctionOf(then, of), { derived: later, flags: evidenceOf(later).flags, closure: null, bounds: boundsOf(later) });
    assert.equal(later.energyWh, 11_000n);
    assert.equal(judged({}), 'stands');
    assert.equal(judged({ upperWh: wattHours(10_500n), energyWh: wattHours(10_500n) }), 'contradicted');
    assert.equal(judged({ lowerWh: wattHours(11_500n) }), 'contradicted');
    assert.equal(judged({ energyWh: wattHours(60_000n), upperWh: wattHours(60_000n) }), 'contradicted', 'more than the connector delivers in the time that is known now');
    const held = draft(later, correctionOf(then, { upperWh: wattHours(10_500n) }));
    assert.deepEqual([held.state, held.totalMinor, held.correctionId, held.proposal?.energyWh], ['held', 0n, null, 11_000n]);
    assert.ok(held.flags.some(({ cause, data }) => cause === 'correction_contradicted' && data.provenWh === '11000'));
  });
  it('charges nobody who is not known, and nothing that has no price', () => {
    const nobody = evidenceOf(then, null);
    const correction = correctionOf(then, { evidenceDigest: evidenceDigestOf(then, nobody.flags) });
    assert.equal(draft(then, correction, nobody).state, 'held');
    const unpriced = draftCorrected(evidenceOf(then), correctionOf(then), { derived: then, closure: null, bounds: boundsOf(then), price: () => refuse({ code: 'tariff_missing', at: minutes(0) }) });
    assert.equal(unpriced.state, 'held');
  });
});

describe('the threshold of two persons', () => {
  it('C-11 counts the difference to what is charged now, either way, in money or in energy', () => {
    const threshold = { aboveMinor: 100n, aboveWh: 1_000n };
    const differs = (before: [bigint, bigint], after: [bigint, bigint]): boolean =>
      needsSecondPerson(differenceOf({ totalMinor: before[0], energyWh: before[1] }, { totalMinor: after[0], energyWh: after[1] }), threshold);
    assert.deepEqual([differs([0n, 0n], [100n, 1_000n]), differs([0n, 0n], [101n, 0n]), differs([300n, 0n], [199n, 0n]), differs([0n, 5_000n], [0n, 3_999n])], [false, true, true, true]);
  });
});
