import type { Instant, StationId, TariffId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { readTariffPage, readTariffs, type AssignmentRow, type StoredTariff } from '../store/tariff-rows.ts';
import { assignmentSeen, type StationsSeen } from './seen.ts';

/** Tariff versions, newest first: all, or those that are, were or will be in force where somebody may look. */
export const listTariffs = async (tx: Tx, page: { readonly before: TariffId | null; readonly limit: number; readonly seen?: StationsSeen }): Promise<StoredTariff[]> =>
  readTariffPage(tx, { before: page.before, limit: page.limit, among: await tariffsSeen(tx, page.seen ?? 'operator') });

async function tariffsSeen(tx: Tx, places: StationsSeen): Promise<TariffId[] | null> {
  if (places === 'operator') return null;
  const seen = assignmentSeen(places, 2);
  const rows = await tx.query<{ tariffId: TariffId }>(
    `select distinct tariff_id as "tariffId" from tariffs.assignment where operator_id = any ($1::uuid[])${seen.sql}`, [tx.operatorIds, ...seen.values]);
  return rows.map((row) => row.tariffId);
}

/** One version, or null. Its recorded time is when it was made, not when it is in force. */
export const loadTariff = async (tx: Tx, tariffId: TariffId): Promise<StoredTariff | null> => (await readTariffs(tx, [tariffId])).get(tariffId) ?? null;

/** Where a version is, was or will be in force, latest first; or what a station has, for one station. At most `ASSIGNMENTS_MAX`. */
export const ASSIGNMENTS_MAX = 1_000;
export async function listAssignments(tx: Tx, of: { readonly tariffId: TariffId } | { readonly stationId: StationId }, places: StationsSeen = 'operator'): Promise<AssignmentRow[]> {
  const [column, id] = 'tariffId' in of ? ['tariff_id', of.tariffId] : ['station_id', of.stationId];
  const seen = assignmentSeen(places, 3);
  return tx.query<AssignmentRow & { validFrom: Instant }>(
    `select assignment_id as "assignmentId", tariff_id as "tariffId", station_id as "stationId", connector_id as "connectorId",
       valid_from as "validFrom", valid_to as "validTo"
     from tariffs.assignment where operator_id = any ($1::uuid[]) and ${column} = $2${seen.sql} order by valid_from desc, assignment_id limit ${ASSIGNMENTS_MAX}`,
    [tx.operatorIds, id, ...seen.values]);
}
