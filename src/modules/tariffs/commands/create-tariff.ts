import { assert, ok, refuse, type Result, type TariffId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { constraintOf, type Tx } from '../../../platform/database/index.ts';
import { tariffTerms, type Tariff, type TariffTerms, type TariffTermsRejection } from '../domain/tariff.ts';

export const TARIFF_NAME_LENGTH_MAX = 200;
export type NewTariff = TariffTerms & {
  readonly name: string;
  /** Any version of the tariff that this one follows; without it a new series begins. */
  readonly previousTariffId?: TariffId | undefined;
};
export type CreateTariffRejection =
  | { readonly code: 'tariff_name_malformed' }
  | TariffTermsRejection
  | { readonly code: 'tariff_not_found'; readonly tariffId: TariffId }
  | { readonly code: 'tariff_changed_meanwhile'; readonly tariffId: TariffId };

/**
 * Writes a tariff version, which never changes again. It is in force nowhere until it is assigned.
 * Refusals in the order name, terms (see `tariffTerms`), previous version unknown, somebody else made the next version at this moment.
 */
export async function createTariff(tx: Tx, input: NewTariff): Promise<Result<Tariff, CreateTariffRejection>> {
  const name = input.name.trim();
  if (name === '' || name.length > TARIFF_NAME_LENGTH_MAX || /\p{Cc}/u.test(name)) return refuse({ code: 'tariff_name_malformed' });
  const terms = tariffTerms(input);
  if (!terms.ok) return terms;
  const tariffId = newUuid() as TariffId;
  const place = await nextVersion(tx, tariffId, input.previousTariffId);
  if (!place.ok) return place;
  const tariff: Tariff = { ...terms.value, tariffId, name, ...place.value };
  return (await insertTariff(tx, tariff)) ? ok(tariff) : refuse({ code: 'tariff_changed_meanwhile', tariffId: tariff.seriesId });
}

async function nextVersion(tx: Tx, tariffId: TariffId, previous: TariffId | undefined): Promise<Result<{ seriesId: TariffId; version: number }, CreateTariffRejection>> {
  if (previous === undefined) return ok({ seriesId: tariffId, version: 1 });
  const [latest] = await tx.query<{ seriesId: TariffId; version: number }>(
    `select l.series_id as "seriesId", max(l.version)::int as version from tariffs.tariff p join tariffs.tariff l using (operator_id, series_id)
     where p.operator_id = any ($1::uuid[]) and p.tariff_id = $2 group by l.series_id`, [tx.operatorIds, previous]);
  return latest ? ok({ seriesId: latest.seriesId, version: latest.version + 1 }) : refuse({ code: 'tariff_not_found', tariffId: previous });
}

/** @returns false when the series has that version already. */
async function insertTariff(tx: Tx, { tariffId, seriesId, version, name, currency, occupancy, periods }: Tariff): Promise<boolean> {
  assert(tx.operatorIds.length === 1, 'a tariff is written in a transaction of one operator');
  const operatorId = tx.operatorIds[0];
  const inserted = await tx.execute(
    `insert into tariffs.tariff (operator_id, tariff_id, series_id, version, name, currency, occupancy_rate_e4, occupancy_grace_minutes)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict on constraint tariff_version do nothing`,
    [operatorId, tariffId, seriesId, version, name, currency, occupancy?.ratePerMinute.value ?? null, occupancy?.graceMinutes ?? null]);
  if (inserted === 0) return false;
  await tx.execute(
    `insert into tariffs.period (operator_id, tariff_id, start_minute, end_minute, kind, electricity_rate_e4, service_rate_e4)
     select $1, $2, * from unnest($3::int[], $4::int[], $5::text[], $6::bigint[], $7::bigint[])`,
    [operatorId, tariffId, periods.map((each) => each.startMinute), periods.map((each) => each.endMinute), periods.map((each) => each.kind),
      periods.map((each) => each.electricity.value), periods.map((each) => each.service.value)]);
  return true;
}

/** Whether a write broke the rule that the day is covered exactly once: the database says so even when the program does not. */
export const isDayCoverageViolation = (error: unknown): boolean =>
  ['tariff_period_next', 'tariff_first_period', 'tariff_period_end', 'period_pkey', 'tariff_period_order'].includes(constraintOf(error) ?? '');
