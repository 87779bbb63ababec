import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, wattHours, type Instant, type TariffId } from '../../../kernel/index.ts';
import { assignmentsInForce, type TariffAssignment } from './assignment.ts';
import { dayBands } from './day.ts';
import { explainLine } from './explain.ts';
import { parseRate, formatRate, tariffTerms, type Tariff } from './tariff.ts';

const at = (text: string): Instant => instant(Date.parse(text));
function tariff(name: string, edges: readonly number[]): Tariff {
  const price = parseRate('0.5')!;
  const periods = edges.map((startMinute, i) => ({ startMinute, endMinute: edges[i + 1] ?? 1440, kind: i % 2 ? 'peak' as const : 'valley' as const, electricity: price, service: price }));
  const terms = tariffTerms({ currency: 'CNY', periods, occupancy: null });
  assert.ok(terms.ok);
  return { ...terms.value, tariffId: name as TariffId, seriesId: name as TariffId, version: 1, name };
}
const from = (of: Tariff, validFrom: string, validTo: string | null): TariffAssignment => ({ tariff: of, validFrom: at(validFrom), validTo: validTo === null ? null : at(validTo) });

describe('a day as bands', () => {
  const [general, own] = [tariff('general', [0, 420]), tariff('own', [0])];

  it('shows where nothing is in force, the edge of a period, and a change of tariffs', () => {
    const bands = dayBands([from(general, '2026-05-01T02:00+08:00', '2026-05-01T12:30+08:00'), from(own, '2026-05-01T12:30+08:00', null)], 'Asia/Shanghai', { year: 2026, month: 5, day: 1 });
    assert.deepEqual(bands.map((band) => [band.startMinute, band.endMinute, band.tariff && `${band.tariff.tariffId} ${band.tariff.kind}`]), [
      [0, 120, null], [120, 420, 'general valley'], [420, 750, 'general peak'], [750, 1440, 'own valley'],
    ]);
  });

  it('has one hour twice in the local time of autumn', () => {
    const bands = dayBands([from(tariff('hours', [0, 60, 120]), '2026-01-01T00:00Z', null)], 'Europe/London', { year: 2026, month: 10, day: 25 });
    assert.deepEqual(bands.map((band) => [(band.to - band.from) / 3_600_000, band.startMinute, band.endMinute]), [[1, 0, 60], [2, 60, 120], [22, 120, 1440]]);
  });

  it("cuts the station's tariff out wherever the connector has its own", () => {
    const station = [from(general, '2026-01-01T00:00Z', '2026-04-01T00:00Z'), from(general, '2026-04-01T00:00Z', null)];
    const force = assignmentsInForce([from(own, '2026-02-01T00:00Z', '2026-03-01T00:00Z'), from(own, '2026-03-15T00:00Z', '2026-05-01T00:00Z')], station);
    assert.deepEqual(force.map((each) => `${each.tariff.name} ${new Date(each.validFrom).toISOString().slice(5, 10)} ${each.validTo === null ? '' : new Date(each.validTo).toISOString().slice(5, 10)}`),
      ['general 01-01 02-01', 'own 02-01 03-01', 'general 03-01 03-15', 'own 03-15 05-01', 'general 05-01 ']);
  });
});

describe('the arithmetic of a line', () => {
  it('is what one would write on paper', () => {
    assert.equal(explainLine({ energyWh: wattHours(5_001n), minutes: null, rate: parseRate('0.3')!, amountMinor: 150n } as never, 'CNY'), '5.001 kWh × 0.3000 = 1.50');
    assert.equal(explainLine({ energyWh: null, minutes: 17, rate: parseRate('0.02')!, amountMinor: 34n } as never, 'GBP'), '17 min × 0.0200 = 0.34');
  });

  it('reads and writes rates of at most four decimals', () => {
    for (const [text, written] of [['1', '1.0000'], ['0.05', '0.0500'], ['12.3456', '12.3456']] as const) assert.equal(formatRate(parseRate(text)!), written);
    for (const text of ['', '-1', '1.23456', '1,5', '.5', '12345678']) assert.equal(parseRate(text), null);
  });
});
