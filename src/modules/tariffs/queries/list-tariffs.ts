import type { Instant, StationId, TariffId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { readTariffPage, readTariffs, type AssignmentRow, type StoredTariff } from '../store/tariff-rows.ts';

/** Tariff versions, newest first. */
export const listTariffs = (tx: Tx, page: { readonly before: TariffId | null; readonly limit: number }): Promise<StoredTariff[]> => readTariffPage(tx, page);

/** One version, or null. Its recorded time is when it was made, not when it is in force. */
export const loadTariff = async (tx: Tx, tariffId: TariffId): Promise<StoredTariff | null> => (await readTariffs(tx, [tariffId])).get(tariffId) ?? null;

/** Where a version is, was or will be in force, latest first; or what a station has, for one station. At most `ASSIGNMENTS_MAX`. */
export const ASSIGNMENTS_MAX = 1_000;
export async function listAssignments(tx: Tx, of: { readonly tariffId: TariffId } | { readonly stationId: StationId }): Promise<AssignmentRow[]> {
  const [column, id] = 'tariffId' in of ? ['tariff_id', of.tariffId] : ['station_id', of.stationId];
  return tx.query<AssignmentRow & { validFrom: Instant }>(
    `select assignment_id as "assignmentId", tariff_id as "tariffId", station_id as "stationId", connector_id as "connectorId",
       valid_from as "validFrom", valid_to as "validTo"
     from tariffs.assignment where operator_id = any ($1::uuid[]) and ${column} = $2 order by valid_from desc, assignment_id limit ${ASSIGNMENTS_MAX}`,
    [tx.operatorIds, id]);
}
