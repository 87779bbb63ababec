import { Type, type Static } from 'typebox';
import type { Rate } from '../../../kernel/index.ts';
import { CurrencyJson, IdJson, idToJson, InstantJson, instantToJson, NullOr, orNull } from '../../../platform/http/index.ts';
import type { DayBand } from '../domain/day.ts';
import { formatRate, PERIOD_KINDS, PERIODS_MAX, RATE_SCALE, type TariffTerms } from '../domain/tariff.ts';
import type { AssignmentRow, StoredTariff } from '../store/tariff-rows.ts';

export const RateJson = Type.String({ pattern: '^\\d{1,6}(\\.\\d{1,4})?$', title: 'Rate', description: 'A price per kWh or minute in major units with up to four decimals: "1.2345".' });
const Kind = Type.Enum([...PERIOD_KINDS], { title: 'PeriodKind' });
const minute = (least: number, most: number) => Type.Integer({ minimum: least, maximum: most });

const PeriodJson = Type.Object({
  startMinute: minute(0, 1439), endMinute: minute(1, 1440), kind: Kind, electricity: RateJson, service: RateJson,
}, { title: 'TariffPeriod', additionalProperties: false, description: "A part of the day on the station's wall clock; the end is exclusive, 1440 is midnight." });
const OccupancyJson = Type.Object({ ratePerMinute: RateJson, graceMinutes: minute(0, 1440) }, { title: 'OccupancyFee', additionalProperties: false });

export const termsJson = {
  currency: CurrencyJson,
  periods: Type.Array(PeriodJson, { minItems: 1, maxItems: PERIODS_MAX }),
  occupancy: NullOr(OccupancyJson),
};
type TermsJson = { [K in keyof typeof termsJson]: Static<(typeof termsJson)[K]> };

/** The schema has checked the pattern; missing decimals are filled up. */
const rateFromJson = (text: string): Rate => {
  const [whole = '0', fraction = ''] = text.split('.');
  return { value: BigInt(whole + fraction.padEnd(RATE_SCALE, '0')), scale: RATE_SCALE };
};
export const termsFromJson = ({ currency, periods, occupancy }: TermsJson): TariffTerms => ({
  currency,
  periods: periods.map((each) => ({ ...each, electricity: rateFromJson(each.electricity), service: rateFromJson(each.service) })),
  occupancy: occupancy && { graceMinutes: occupancy.graceMinutes, ratePerMinute: rateFromJson(occupancy.ratePerMinute) },
});

export const TariffJson = Type.Object({
  tariffId: IdJson('tar'), seriesId: IdJson('tar'), version: Type.Integer(), name: Type.String(), ...termsJson, recordedAt: InstantJson,
}, { title: 'Tariff', description: 'One version, which never changes. Versions of one tariff share a seriesId.' });
export const tariffToJson = (tariff: StoredTariff): Static<typeof TariffJson> => ({
  tariffId: idToJson('tar', tariff.tariffId), seriesId: idToJson('tar', tariff.seriesId), version: tariff.version, name: tariff.name, currency: tariff.currency,
  recordedAt: instantToJson(tariff.recordedAt),
  periods: tariff.periods.map((each) => ({ ...each, electricity: formatRate(each.electricity), service: formatRate(each.service) })),
  occupancy: orNull(tariff.occupancy, (fee) => ({ ratePerMinute: formatRate(fee.ratePerMinute), graceMinutes: fee.graceMinutes })),
});

export const AssignmentJson = Type.Object({
  tariffId: IdJson('tar'), stationId: IdJson('sta'), connectorId: NullOr(IdJson('con')), validFrom: InstantJson, validTo: NullOr(InstantJson),
}, { title: 'TariffAssignment' });
export const assignmentToJson = (row: AssignmentRow): Static<typeof AssignmentJson> => ({
  tariffId: idToJson('tar', row.tariffId), stationId: idToJson('sta', row.stationId), connectorId: orNull(row.connectorId, (id) => idToJson('con', id)),
  validFrom: instantToJson(row.validFrom), validTo: orNull(row.validTo, instantToJson),
});

export const DayBandJson = Type.Object({
  from: InstantJson, to: InstantJson, startMinute: Type.Integer(), endMinute: Type.Integer(),
  tariff: NullOr(Type.Object({ tariffId: IdJson('tar'), kind: Kind, electricity: RateJson, service: RateJson })),
}, { title: 'DayBand', description: 'A part of a local day with one price; tariff is null where none is in force.' });
export const bandToJson = ({ tariff, ...band }: DayBand): Static<typeof DayBandJson> => ({
  ...band, from: instantToJson(band.from), to: instantToJson(band.to),
  tariff: orNull(tariff, (each) => ({ tariffId: idToJson('tar', each.tariffId), kind: each.kind, electricity: formatRate(each.electricity), service: formatRate(each.service) })),
});
