import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addMoney, AssertionFault, bigIntToUuid, decodeId, divideRoundHalfUp, encodeId, formatKilowattHours, formatMinor, fromLocalTime, instant, money, parseMinor,
  parseTimestamp, parseWattHours, seededRandom, toIso, toLocalTime, uuidToBigInt, uuidV7, uuidV7Number, type CurrencyCode, type Money,
} from './index.ts';

describe('money', () => {
  it('prints and reads minor units without a float', () => {
    assert.equal(formatMinor(24440n, 'CNY'), '244.40');
    assert.equal(formatMinor(-5n, 'GBP'), '-0.05');
    assert.equal(formatMinor(7n, 'JPY'), '7');
    assert.equal(parseMinor('244.4', 'CNY'), 24440n);
    assert.equal(parseMinor('0.005', 'CNY'), null);
    assert.equal(parseMinor('1e3', 'CNY'), null);
    fc.assert(fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (amount) => parseMinor(formatMinor(amount, 'USD'), 'USD') === amount));
  });

  it('refuses to add two currencies that only the database told apart', () => {
    const wide = (currency: CurrencyCode): Money => money(1n, currency);
    assert.throws(() => addMoney(wide('CNY'), wide('USD')), AssertionFault);
    // @ts-expect-error two known currencies do not even compile
    assert.throws(() => addMoney(money(1n, 'CNY'), money(1n, 'USD')), AssertionFault);
  });

  it('rounds halves away from zero, the same for debts as for claims', () => {
    assert.deepEqual([divideRoundHalfUp(5n, 10n), divideRoundHalfUp(4n, 10n), divideRoundHalfUp(-5n, 10n), divideRoundHalfUp(-4n, 10n)], [1n, 0n, -1n, 0n]);
  });
});

describe('energy', () => {
  it('reads registers as stations write them, exactly', () => {
    assert.equal(parseWattHours('910.031', 'kWh'), 910_031n);
    assert.equal(parseWattHours('36360', 'Wh'), 36_360n);
    assert.equal(parseWattHours('1.2e3', 'Wh'), 1_200n);
    assert.equal(parseWattHours('12.5', 'Wh'), 13n);
    assert.equal(parseWattHours('-1', 'Wh'), -1n);
    assert.equal(parseWattHours('9007199254740993', 'Wh'), 9007199254740993n);
    assert.equal(parseWattHours('NaN', 'Wh'), null);
    assert.equal(parseWattHours('1,5', 'kWh'), null);
  });
  it('prints kilowatt-hours without trailing zeros', () => {
    assert.equal(formatKilowattHours(36_360n), '36.36');
    assert.equal(formatKilowattHours(-83n), '-0.083');
    assert.equal(formatKilowattHours(2_000n), '2');
  });
});

describe('timestamps', () => {
  it('accepts fractions of any length and every zone offset', () => {
    assert.equal(parseTimestamp('2026-03-01T10:00:00.1234567+08:00')?.at, Date.UTC(2026, 2, 1, 2, 0, 0, 123));
    assert.equal(parseTimestamp('2026-03-01T10:00:00+0530')?.at, Date.UTC(2026, 2, 1, 4, 30));
    assert.equal(parseTimestamp('2026-03-01 10:00Z')?.at, Date.UTC(2026, 2, 1, 10));
  });
  it('reads a stamp without a zone as UTC and says so', () => assert.deepEqual(parseTimestamp('2026-03-01T10:00:00'), { at: Date.UTC(2026, 2, 1, 10), zoneMissing: true }));
  it('refuses what is no date', () => assert.deepEqual(['', 'yesterday', '2026-13-01T00:00:00Z'].map(parseTimestamp), [null, null, null]));
});

describe('the wall clock of a zone', () => {
  it('knows the hour that spring skips and the hour that autumn repeats', () => {
    const spring = fromLocalTime({ year: 2026, month: 3, day: 29, minuteOfDay: 90 }, 'Europe/London');
    assert.equal(toIso(spring), '2026-03-29T01:30:00.000Z');
    assert.equal(toLocalTime(spring, 'Europe/London').minuteOfDay, 150);
    assert.equal(toIso(fromLocalTime({ year: 2026, month: 10, day: 25, minuteOfDay: 90 }, 'Europe/London')), '2026-10-25T00:30:00.000Z');
    assert.equal(toIso(fromLocalTime({ year: 2018, month: 3, day: 11, minuteOfDay: 150 }, 'America/Denver')), '2018-03-11T09:30:00.000Z');
  });
  it('finds back every wall time outside the gaps', () => {
    const zones = ['Asia/Shanghai', 'Europe/London', 'America/Denver', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Africa/Nairobi'];
    fc.assert(fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 66_000_000 }), (zone, minutes) => {
      const local = toLocalTime(instant(minutes * 60_000), zone);
      const back = toLocalTime(fromLocalTime(local, zone), zone);
      assert.deepEqual(back, local);
    }));
  });
});

describe('ids', () => {
  it('carry a prefix outside and are a UUIDv7 inside', () => {
    const random = seededRandom(7);
    const uuid = uuidV7(1_700_000_000_000, random.bytes(10));
    assert.match(uuid, /^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const shown = encodeId('bill', uuid);
    assert.match(shown, /^bill_[0-9a-z]{26}$/);
    assert.equal(decodeId('bill', shown), uuid);
    assert.equal(decodeId('mem', shown), null);
    assert.equal(decodeId('bill', 'bill_zzzzzzzzzzzzzzzzzzzzzzzzzz'), null);
  });
  it('are made as numbers just as they are made as text', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.uint8Array({ minLength: 10, maxLength: 10 }), (epochMs, random) =>
      uuidV7Number(epochMs, random) === uuidToBigInt(uuidV7(epochMs, random))));
  });
  it('go to 128-bit integers and back', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (value) => uuidToBigInt(bigIntToUuid(value)) === value));
  });
});
