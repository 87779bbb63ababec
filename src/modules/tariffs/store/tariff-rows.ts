import type { CurrencyCode, Instant, StationId, TariffId, ConnectorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { RATE_SCALE, type PeriodKind, type Tariff } from '../domain/tariff.ts';

/** A stored assignment: a tariff version, a place and a validity. `connectorId` null is the whole station. */
export type AssignmentRow = {
  readonly assignmentId: string;
  readonly tariffId: TariffId;
  readonly stationId: StationId;
  readonly connectorId: ConnectorId | null;
  readonly validFrom: Instant;
  readonly validTo: Instant | null;
};

type TariffRow = {
  tariffId: TariffId; seriesId: TariffId; version: number; name: string; currency: CurrencyCode; recordedAt: Instant;
  occupancyRate: bigint | null; graceMinutes: number | null;
  starts: number[]; ends: number[]; kinds: PeriodKind[]; electricity: bigint[]; service: bigint[];
};
export type StoredTariff = Tariff & { readonly recordedAt: Instant };

const SELECT = `select t.tariff_id as "tariffId", t.series_id as "seriesId", t.version, t.name, t.currency, t.recorded_at as "recordedAt",
    t.occupancy_rate_e4 as "occupancyRate", t.occupancy_grace_minutes as "graceMinutes", p.*
  from tariffs.tariff t cross join lateral (
    select array_agg(start_minute order by start_minute) as starts, array_agg(end_minute order by start_minute) as ends,
      array_agg(kind order by start_minute) as kinds, array_agg(electricity_rate_e4 order by start_minute) as electricity,
      array_agg(service_rate_e4 order by start_minute) as service
    from tariffs.period p where p.operator_id = t.operator_id and p.tariff_id = t.tariff_id) p`;

/**
 * Versions of tariffs that this process has read. A version is append-only, and it and its periods commit together, so it never reads
 * differently; only one operator's transaction keeps and finds its own. One that is not committed is kept when it commits.
 */
const KNOWN_TARIFFS_MAX = 5_000;
const knownTariffs = new Map<string, StoredTariff>();

export async function readTariffs(tx: Tx, tariffIds: readonly TariffId[]): Promise<Map<TariffId, StoredTariff>> {
  const only = tx.operatorIds.length === 1 ? tx.operatorIds[0]! : null;
  const found = new Map(only === null ? [] : tariffIds.flatMap((tariffId) => {
    const known = knownTariffs.get(`${only}/${tariffId}`);
    return known ? [[tariffId, known] as const] : [];
  }));
  const missing = tariffIds.filter((tariffId) => !found.has(tariffId));
  if (missing.length === 0) return found;
  const rows = await tx.query<TariffRow>({ name: 'tariffs_read', text: `${SELECT} where t.operator_id = any ($1::uuid[]) and t.tariff_id = any ($2::uuid[])` }, [tx.operatorIds, missing]);
  const read = rows.map(fromRow);
  for (const tariff of read) found.set(tariff.tariffId, tariff);
  if (only !== null && read.length > 0) tx.afterCommit(() => {
    if (knownTariffs.size + read.length > KNOWN_TARIFFS_MAX) knownTariffs.clear();
    for (const tariff of read) knownTariffs.set(`${only}/${tariff.tariffId}`, tariff);
  });
  return found;
}

/** Tariffs by id, newest first; `before` is the id to go on behind. `among` narrows to these. */
export async function readTariffPage(tx: Tx, page: { before: TariffId | null; limit: number; among?: readonly TariffId[] | null }): Promise<StoredTariff[]> {
  const rows = await tx.query<TariffRow>(
    `${SELECT} where t.operator_id = any ($1::uuid[]) and ($2::uuid is null or t.tariff_id < $2) and ($4::uuid[] is null or t.tariff_id = any ($4)) order by t.tariff_id desc limit $3`,
    [tx.operatorIds, page.before, page.limit, page.among ?? null]);
  return rows.map(fromRow);
}

function fromRow(row: TariffRow): StoredTariff {
  const rate = (value: bigint) => ({ value, scale: RATE_SCALE });
  return {
    tariffId: row.tariffId, seriesId: row.seriesId, version: row.version, name: row.name, currency: row.currency, recordedAt: row.recordedAt,
    occupancy: row.occupancyRate === null ? null : { ratePerMinute: rate(row.occupancyRate), graceMinutes: row.graceMinutes! },
    periods: row.starts.map((startMinute, i) => ({
      startMinute, endMinute: row.ends[i]!, kind: row.kinds[i]!, electricity: rate(row.electricity[i]!), service: rate(row.service[i]!),
    })),
  };
}
