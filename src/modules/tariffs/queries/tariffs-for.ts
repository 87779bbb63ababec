import type { ConnectorId, Instant, StationId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { assignmentsInForce, type TariffAssignment } from '../domain/assignment.ts';
import { readTariffs, type AssignmentRow } from '../store/tariff-rows.ts';

export type TariffPlace = { readonly stationId: StationId; readonly connectorId: ConnectorId | null; readonly from: Instant; readonly to: Instant };

/** The tariffs in force at a connector in [from, to], sorted, without overlaps: what `rate` takes. */
export async function tariffsFor(tx: Tx, place: TariffPlace): Promise<TariffAssignment[]> {
  return (await tariffsForAll(tx, [place]))[0]!;
}

/** `tariffsFor` for many places in two statements; the answer is in the order of the places. */
export async function tariffsForAll(tx: Tx, places: readonly TariffPlace[]): Promise<TariffAssignment[][]> {
  if (places.length === 0) return [];
  const from = places.reduce((least, place) => Math.min(least, place.from), Infinity) as Instant;
  const to = places.reduce((most, place) => Math.max(most, place.to), -Infinity) as Instant;
  const rows = await tx.query<AssignmentRow>({
    name: 'tariffs_for',
    text: `select assignment_id as "assignmentId", tariff_id as "tariffId", station_id as "stationId", connector_id as "connectorId",
        valid_from as "validFrom", valid_to as "validTo"
      from tariffs.assignment where operator_id = any ($1::uuid[]) and station_id = any ($2::uuid[]) and (connector_id is null or connector_id = any ($3::uuid[]))
        and valid_from <= $5 and (valid_to is null or valid_to >= $4)`,
  }, [tx.operatorIds, [...new Set(places.map((place) => place.stationId))], places.map((place) => place.connectorId).filter((id) => id !== null), sqlTimestamp(from), sqlTimestamp(to)]);
  const tariffs = await readTariffs(tx, [...new Set(rows.map((row) => row.tariffId))]);
  const assignment = ({ tariffId, validFrom, validTo }: AssignmentRow): TariffAssignment => ({ tariff: tariffs.get(tariffId)!, validFrom, validTo });
  return places.map((place) => {
    const here = rows.filter((row) => row.stationId === place.stationId && row.validFrom <= place.to && (row.validTo === null || row.validTo >= place.from));
    const own = here.filter((row) => row.connectorId !== null && row.connectorId === place.connectorId);
    return assignmentsInForce(own.map(assignment), here.filter((row) => row.connectorId === null).map(assignment));
  });
}
