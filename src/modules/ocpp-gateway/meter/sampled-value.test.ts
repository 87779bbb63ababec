import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decimalWh, readingOf, type SampledValue } from './sampled-value.ts';

const sample = (over: Partial<SampledValue>): SampledValue => ({
  value: '1000', measurand: 'Energy.Active.Import.Register', phase: null, location: 'Outlet', unit: null, multiplier: 0, context: null, signed: false, ...over,
});
const register = (...samples: Partial<SampledValue>[]): bigint | null => readingOf(samples.map(sample)).registerWh;

describe('a register in sampled values', () => {
  it('is Wh when no unit is given', () => assert.equal(register({ value: '910031' }), 910031n));
  it('in kWh is exact, however many decimals', () => {
    assert.equal(register({ value: '910.031', unit: 'kWh' }), 910031n);
    assert.equal(register({ value: '0.0004', unit: 'kWh' }), 0n);
    assert.equal(register({ value: '0.0005', unit: 'kWh' }), 1n);
  });
  it('with a unit in another case is understood', () => assert.equal(register({ value: '1.5', unit: 'KWH' }), 1500n));
  it('takes the multiplier of 2.0.1 as a power of ten', () => {
    assert.equal(register({ value: '12.5', unit: 'Wh', multiplier: 3 }), 12500n);
    assert.equal(register({ value: '125', unit: 'kWh', multiplier: -1 }), 12500n);
  });
  it('in scientific notation and as a fraction is understood', () => {
    assert.equal(register({ value: '1.2E4' }), 12000n);
    assert.equal(register({ value: '12000.49' }), 12000n);
    assert.equal(register({ value: '.5', unit: 'kWh' }), 500n);
    assert.equal(register({ value: '1,5', unit: 'kWh' }), 1500n);
  });
  it('is not read from signed data, text or an unknown unit', () => {
    assert.equal(register({ value: 'OCMF|{}', signed: true }), null);
    assert.equal(register({ value: 'abc' }), null);
    assert.equal(register({ value: '' }), null);
    assert.equal(register({ unit: 'varh' }), null);
    assert.equal(decimalWh('1e99', 0, 'kWh'), null);
  });
  it('takes the plain sample beside a signed one', () => assert.equal(register({ value: 'AB', signed: true }, { value: '7' }), 7n));
  it('without a phase wins over its phases', () => assert.equal(register({ value: '1', phase: 'L1' }, { value: '2', phase: 'L2' }, { value: '3', phase: 'L3' }, { value: '10' }), 10n));
  it('that comes per phase is their sum, if all three are there', () => {
    assert.equal(register({ value: '1', phase: 'L1' }, { value: '2', phase: 'L2-N' }, { value: '3', phase: 'L3' }), 6n);
    assert.equal(register({ value: '1', phase: 'L1' }, { value: '2', phase: 'L2' }), null);
    assert.equal(register({ value: '1', phase: 'L1-L2' }, { value: '2', phase: 'L2-L3' }, { value: '3', phase: 'L3-L1' }), null);
  });
  it('at the outlet wins over the inlet; the vehicle\'s own is none', () => {
    assert.equal(register({ value: '1', location: 'Inlet' }, { value: '2', location: 'Outlet' }), 2n);
    assert.equal(register({ value: '1', location: 'Inlet' }), 1n);
    assert.equal(register({ value: '1', location: 'EV' }), null);
  });
  it('is not taken from an interval, an export or reactive energy', () => {
    for (const measurand of ['Energy.Active.Import.Interval', 'Energy.Active.Export.Register', 'Energy.Reactive.Import.Register']) assert.equal(register({ measurand }), null);
  });
  it('keeps its context, and its power and state of charge come along', () => {
    const reading = readingOf([
      sample({ context: 'Transaction.End' }), sample({ measurand: 'Power.Active.Import', value: '7.4', unit: 'kW' }), sample({ measurand: 'SoC', value: '81', unit: 'Percent' }),
    ]);
    assert.deepEqual(reading, { registerWh: 1000n, powerW: 7400n, socPercent: 81, context: 'Transaction.End' });
  });
  it('at the begin of a transaction gives way to a later one beside it', () =>
    assert.equal(register({ value: '1', context: 'Transaction.Begin' }, { value: '9', context: 'Transaction.End' }), 9n));
  it('that is unknown to the station stays what it sent', () => assert.equal(register({ value: '-1' }), -1n));
});
