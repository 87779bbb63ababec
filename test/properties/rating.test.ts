import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { instant, wattHours, type TariffId } from '../../src/kernel/index.ts';
import { dayBands, PERIOD_KINDS, rate, tariffTerms, type RateInput, type TariffAssignment } from '../../src/modules/tariffs/index.ts';
import { secondBySecond, type PlainInterval, type PlainTariff } from './second-by-second-rater.ts';

const seed = Number(process.env.KIRCHHOFF_SEED ?? Date.now() % 2 ** 31);
const RUNS = 150;

/** Noon UTC of days around which clocks change, one that changes by half an hour, some at midnight, and days without a change. */
const PLACES: [string, string][] = [
  ['Europe/London', '2026-03-29'], ['Europe/London', '2026-10-25'], ['America/Denver', '2019-03-10'], ['America/Denver', '2019-11-03'],
  ['Australia/Lord_Howe', '2026-04-04'], ['Australia/Lord_Howe', '2026-10-03'], ['America/Sao_Paulo', '2018-11-04'], ['America/Sao_Paulo', '2019-02-16'],
  ['Asia/Shanghai', '2026-11-22'], ['Asia/Kathmandu', '2026-01-01'], ['Africa/Casablanca', '2026-02-15'], ['Pacific/Apia', '2011-12-30'],
];
const CURRENCIES = { CNY: 2, GBP: 2, JPY: 0 } as const;

const price = fc.oneof(fc.constantFrom(0n, 3_000n, 12_345n), fc.bigInt(0n, 50_000n));
const periods = fc.uniqueArray(fc.integer({ min: 1, max: 1439 }), { maxLength: 8 }).chain((edges) => {
  const starts = [0, ...edges.sort((a, b) => a - b)];
  return fc.tuple(...starts.map((start, i) => fc.record({
    start: fc.constant(start), end: fc.constant(starts[i + 1] ?? 1440), kind: fc.constantFrom(...PERIOD_KINDS), electricityE4: price, serviceE4: price,
  })));
});
/** Tariffs that follow each other without a gap, changing at any second around the session. */
const tariffs = (noonS: number) => fc.uniqueArray(fc.integer({ min: noonS - 50_000, max: noonS + 50_000 }), { maxLength: 2 }).chain((changes) => {
  const starts = [0, ...changes.sort((a, b) => a - b)];
  return fc.tuple(...starts.map((fromS, i) => fc.record({
    id: fc.constant(`tariff ${i}`), fromS: fc.constant(fromS), toS: fc.constant(starts[i + 1] ?? Infinity), periods,
    occupancyE4: fc.option(price), graceMinutes: fc.integer({ min: 0, max: 90 }),
  })));
});
/** Readings at uneven distances, some at one instant, some with a gap behind them; the occupancy follows. */
const session = (noonS: number) => fc.record({
  startS: fc.integer({ min: noonS - 60_000, max: noonS + 30_000 }),
  steps: fc.array(fc.record({ lengthS: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 20_000 })), gapS: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 5_000 })), wh: fc.bigInt(0n, 30_000n) }), { maxLength: 7 }),
  occupiedS: fc.option(fc.integer({ min: 0, max: 30_000 })),
}).map(({ startS, steps, occupiedS }) => {
  const energy: PlainInterval[] = [];
  let nowS = startS;
  for (const { lengthS, gapS, wh } of steps) {
    energy.push({ fromS: nowS, toS: nowS + lengthS, wh });
    nowS += lengthS + gapS;
  }
  return { energy, occupancy: occupiedS === null ? null : { fromS: nowS, toS: nowS + occupiedS } };
});

const cases = fc.constantFrom(...PLACES).chain(([zone, day]) => {
  const noonS = Date.parse(`${day}T12:00:00Z`) / 1000;
  return fc.record({ zone: fc.constant(zone), currency: fc.constantFrom('CNY' as const, 'GBP' as const, 'JPY' as const), tariffs: tariffs(noonS), session: session(noonS), shuffled: fc.boolean() });
});

function assignmentsOf(plain: readonly PlainTariff[], currency: keyof typeof CURRENCIES, reversed: boolean): TariffAssignment[] {
  return plain.map((each) => {
    const rateE4 = (value: bigint) => ({ value, scale: 4 });
    const parts = each.periods.map((period) => ({ startMinute: period.start, endMinute: period.end, kind: period.kind as 'flat', electricity: rateE4(period.electricityE4), service: rateE4(period.serviceE4) }));
    const terms = tariffTerms({
      currency, periods: reversed ? parts.toReversed() : parts,
      occupancy: each.occupancyE4 === null ? null : { ratePerMinute: rateE4(each.occupancyE4), graceMinutes: each.graceMinutes },
    });
    assert.ok(terms.ok);
    const tariffId = each.id as TariffId;
    return { tariff: { ...terms.value, tariffId, seriesId: tariffId, version: 1, name: each.id }, validFrom: instant(each.fromS * 1000), validTo: each.toS === Infinity ? null : instant(each.toS * 1000) };
  });
}

describe('rating against a second-by-second rater', () => {
  it('prints the same lines for any tariffs, readings, occupancy and change of clocks', (t) => {
    t.diagnostic(`seed ${seed} (KIRCHHOFF_SEED runs it again)`);
    fc.assert(fc.property(cases, ({ zone, currency, tariffs: plain, session: { energy, occupancy }, shuffled }) => {
      const input: RateInput = {
        currency, timeZone: zone, assignments: assignmentsOf(plain, currency, shuffled),
        energy: energy.map(({ fromS, toS, wh }) => ({ from: instant(fromS * 1000), to: instant(toS * 1000), energy: wattHours(wh) })),
        occupancy: occupancy && { from: instant(occupancy.fromS * 1000), to: instant(occupancy.toS * 1000) },
      };
      const bill = rate(input);
      assert.ok(bill.ok, bill.ok ? '' : bill.error.code);
      const printed = bill.value.lines.map((line) => ({
        what: line.kind, kind: line.periodKind, tariff: line.tariffId, fromS: line.from / 1000, toS: line.to / 1000, quantity: line.energyWh ?? BigInt(line.minutes), minor: line.amountMinor,
      }));
      const expected = secondBySecond({ zone, decimals: CURRENCIES[currency], tariffs: plain, energy, occupancy });
      assert.deepEqual(printed, expected);
      const total = (kind: string): bigint => expected.filter((line) => line.what === kind).reduce((sum, line) => sum + line.minor, 0n);
      assert.equal(bill.value.totalMinor, total('electricity') + total('service') + total('occupancy'));
      const given = energy.reduce((sum, each) => sum + each.wh, 0n);
      assert.equal(bill.value.energyWh, given);
      assert.equal(bill.value.lines.reduce((sum, line) => sum + (line.kind === 'electricity' ? line.energyWh : 0n), 0n), given);
    }), { seed, numRuns: RUNS });
  });

  it('draws any day as bands that cover it exactly once, 23 to 25 hours long', (t) => {
    t.diagnostic(`seed ${seed}`);
    fc.assert(fc.property(cases, fc.integer({ min: 2, max: 4 }), ({ zone, currency, tariffs: plain }, shift) => {
      const assignments = assignmentsOf(plain, currency, false);
      const at = new Date(plain.at(-1)!.fromS * 1000 || Date.UTC(2026, 9, 23 + shift));
      const bands = dayBands(assignments, zone, { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() });
      bands.forEach((band, i) => assert.equal(band.from, bands[i - 1]?.to ?? band.from));
      const hours = (bands.at(-1)!.to - bands[0]!.from) / 3_600_000;
      assert.ok(hours >= 23 && hours <= 25, `${hours} hours`);
      assert.equal(bands[0]!.startMinute % 60, 0);
      assert.equal(bands.at(-1)!.endMinute, 1440);
      assert.ok(bands.every((band) => band.to > band.from && band.tariff));
    }), { seed, numRuns: RUNS });
  });
});
