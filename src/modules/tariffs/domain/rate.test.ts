import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, wattHours, type Instant, type TariffId } from '../../../kernel/index.ts';
import { rate, type RateInput } from './rate.ts';
import { parseRate, tariffTerms, type Tariff, type TariffPeriod } from './tariff.ts';
import type { TariffAssignment } from './assignment.ts';

const at = (text: string): Instant => instant(Date.parse(text));
const price = (text: string) => parseRate(text)!;
const period = (startHour: number, endHour: number, kind: TariffPeriod['kind'], electricity: string, service: string): TariffPeriod =>
  ({ startMinute: startHour * 60, endMinute: endHour * 60, kind, electricity: price(electricity), service: price(service) });

let made = 0;
function tariff(periods: readonly TariffPeriod[], occupancy: Tariff['occupancy'] = null, currency: Tariff['currency'] = 'CNY'): Tariff {
  const terms = tariffTerms({ currency, periods, occupancy });
  assert.ok(terms.ok);
  const tariffId = `t${++made}` as TariffId;
  return { ...terms.value, tariffId, seriesId: tariffId, version: 1, name: tariffId };
}
const always = (of: Tariff): TariffAssignment[] => [{ tariff: of, validFrom: instant(0), validTo: null }];
const dayNight = tariff([period(0, 7, 'valley', '0.3000', '0.4000'), period(7, 22, 'peak', '1.2000', '0.4000'), period(22, 24, 'valley', '0.3000', '0.4000')]);
const input = (change: Partial<RateInput>): RateInput => ({ currency: 'CNY', timeZone: 'Asia/Shanghai', assignments: always(dayNight), energy: [], occupancy: null, ...change });
const energy = (from: string, to: string, wh: number) => ({ from: at(from), to: at(to), energy: wattHours(BigInt(wh)) });
function rated(change: Partial<RateInput>) {
  const result = rate(input(change));
  assert.ok(result.ok, result.ok ? '' : result.error.code);
  return result.value;
}
const brief = (bill: ReturnType<typeof rated>) => bill.lines.map((line) => `${line.kind} ${line.periodKind ?? ''} ${line.energyWh ?? line.minutes} ${line.amountMinor}`);

describe('rating', () => {
  it('splits energy at the edge of a period in proportion to time and prices each part once', () => {
    const bill = rated({ energy: [energy('2026-03-01T06:30+08:00', '2026-03-01T07:30+08:00', 10_001)] });
    // 5.0005 kWh up to seven o'clock is 5001 Wh, the other 5000 Wh follow: 5.001 × 0.30 = 1.50, × 0.40 = 2.00; 5 × 1.20 = 6.00.
    assert.deepEqual(brief(bill), ['electricity valley 5001 150', 'service valley 5001 200', 'electricity peak 5000 600', 'service peak 5000 200']);
    assert.equal(bill.totalMinor, 1150n);
    assert.equal(bill.energyWh, 10_001n);
  });

  it('prints one valley line across midnight', () => {
    const bill = rated({ energy: [energy('2026-03-01T23:00+08:00', '2026-03-02T01:00+08:00', 2_000)] });
    assert.deepEqual(brief(bill), ['electricity valley 2000 60', 'service valley 2000 80']);
  });

  it('reads periods on the wall clock in a day of 23 hours and in one of 25', () => {
    const hours = Array.from({ length: 24 }, (_, hour) => period(hour, hour + 1, hour % 2 ? 'flat' : 'valley', `0.${String(hour).padStart(2, '0')}`, '0'));
    const london = { timeZone: 'Europe/London', assignments: always(tariff(hours)), currency: 'CNY' as const };
    const spring = rated({ ...london, energy: [energy('2026-03-29T00:00Z', '2026-03-29T02:00Z', 2_000)] });
    // 00:00–01:00 GMT, then the clock jumps to 02:00 BST: hour 1 does not exist.
    assert.deepEqual(brief(spring).filter((line) => line.startsWith('electricity')), ['electricity valley 1000 0', 'electricity valley 1000 2']);
    const autumn = rated({ ...london, energy: [energy('2026-10-25T00:00Z', '2026-10-25T03:00Z', 3_000)] });
    // 01:00–02:00 BST, 01:00–02:00 GMT again (one uninterrupted stretch of hour 1), 02:00–03:00 GMT.
    assert.deepEqual(brief(autumn).filter((line) => line.startsWith('electricity')), ['electricity flat 2000 2', 'electricity valley 1000 2']);
  });

  it('changes the tariff in the middle of a session', () => {
    const dear = tariff([period(0, 24, 'flat', '2', '0')]);
    const change = at('2026-03-01T12:00+08:00');
    const assignments = [{ tariff: dayNight, validFrom: instant(0), validTo: change }, { tariff: dear, validFrom: change, validTo: null }];
    const bill = rated({ assignments, energy: [energy('2026-03-01T11:00+08:00', '2026-03-01T13:00+08:00', 3_000)] });
    assert.deepEqual(brief(bill), ['electricity peak 1500 180', 'service peak 1500 60', 'electricity flat 1500 300', 'service flat 1500 0']);
  });

  it('puts a step of the register at one instant into the period that begins there', () => {
    for (const before of [[], [energy('2026-03-01T06:59+08:00', '2026-03-01T07:00+08:00', 0)]]) {
      const bill = rated({ energy: [...before, energy('2026-03-01T07:00+08:00', '2026-03-01T07:00+08:00', 1_000)] });
      assert.deepEqual(brief(bill), ['electricity peak 1000 120', 'service peak 1000 40']);
    }
  });

  it('rounds each printed line once, halves away from zero, and the total is the sum of the lines', () => {
    const flat = tariff([period(0, 24, 'flat', '0.0005', '0.0049')]);
    const bill = rated({ assignments: always(flat), energy: [energy('2026-03-01T00:00+08:00', '2026-03-01T01:00+08:00', 10_000)] });
    assert.deepEqual(brief(bill), ['electricity flat 10000 1', 'service flat 10000 5']);
    assert.equal(bill.totalMinor, 6n);
  });

  it('charges completed minutes of occupancy after the free ones', () => {
    const strict = tariff([period(0, 24, 'flat', '1', '0')], { ratePerMinute: price('0.5'), graceMinutes: 10 });
    const occupied = (to: string) => brief(rated({ assignments: always(strict), occupancy: { from: at('2026-03-01T10:00Z'), to: at(to) } }));
    assert.deepEqual(occupied('2026-03-01T10:10:59Z'), []);
    assert.deepEqual(occupied('2026-03-01T10:11:00Z'), ['occupancy  1 50']);
    assert.deepEqual(occupied('2026-03-01T10:40:59Z'), ['occupancy  30 1500']);
  });

  it('rates yen, which have no minor unit', () => {
    const yen = tariff([period(0, 24, 'flat', '31.5', '0')], null, 'JPY');
    assert.equal(rated({ currency: 'JPY', assignments: always(yen), energy: [energy('2026-03-01T00:00Z', '2026-03-01T01:00Z', 1_000)] }).totalMinor, 32n);
  });

  const hour = (wh: number) => energy('2026-03-01T10:00Z', '2026-03-01T11:00Z', wh);
  const refusals: [string, Partial<RateInput>][] = [
    ['interval_reversed', { energy: [energy('2026-03-01T10:00Z', '2026-03-01T09:00Z', -1)] }],
    ['energy_negative', { energy: [hour(-1), hour(1)] }],
    ['intervals_overlap', { energy: [hour(1), energy('2026-03-01T10:59:59Z', '2036-03-01T12:00Z', 1)] }],
    ['span_too_long', { energy: [energy('1970-01-01T00:00Z', '2026-03-01T00:00Z', 1)], assignments: always(tariff([period(0, 24, 'flat', '1', '0')], null, 'EUR')) }],
    ['tariff_currency_differs', { energy: [hour(1)], assignments: [{ tariff: tariff([period(0, 24, 'flat', '1', '0')], null, 'EUR'), validFrom: at('2027-01-01T00:00Z'), validTo: null }] }],
    ['tariff_missing', { energy: [hour(1)], assignments: [{ tariff: dayNight, validFrom: instant(0), validTo: at('2026-03-01T10:30Z') }] }],
  ];
  for (const [code, change] of refusals) {
    it(`refuses with ${code}, before what comes later in the order of checks`, () => {
      const result = rate(input(change));
      assert.equal(result.ok ? 'rated' : result.error.code, code);
    });
  }
});
