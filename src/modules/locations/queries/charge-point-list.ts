import type { ChargePointId, ConnectorId, Instant, StationId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { ConnectorState } from '../domain/charge-point.ts';
import type { StationScope } from './stations.ts';

export type LiveConnector = { readonly connectorId: ConnectorId; readonly evseNumber: number; readonly maxPowerW: bigint; readonly discovered: boolean; readonly state: ConnectorState | null };

/** A charge point as a person looks at it: master data, what it said of itself, and its live state. */
export type ChargePointView = {
  readonly chargePointId: ChargePointId; readonly identity: string; readonly assetCode: string | null; readonly maxPowerW: bigint;
  readonly stationId: StationId; readonly stationName: string; readonly timeZone: string;
  readonly vendor: string | null; readonly model: string | null; readonly serial: string | null; readonly firmware: string | null;
  readonly bootedAt: Instant | null; readonly lastSeenAt: Instant | null;
  /** The status of the charge point as a whole, where it reports one. */
  readonly state: ConnectorState | null;
  readonly connectors: readonly LiveConnector[];
};
export type ChargePointFilter = {
  readonly stationId?: StationId | undefined;
  readonly chargePointId?: ChargePointId | undefined;
  /** Part of an identity, asset code or serial, case ignored. */
  readonly contains?: string | undefined;
};

type Row = Omit<ChargePointView, 'connectors' | 'state'> & {
  statuses: { evseNumber: number; status: string; errorCode: string | null; statedAtMs: number }[];
  connectors: { connectorId: ConnectorId; evseNumber: number; maxPowerW: string; discovered: boolean }[];
};

/** Charge points in the order of their identities; `after` is the last one of the page before. */
export async function listChargePoints(tx: Tx, scope: StationScope, filter: ChargePointFilter, page: { after: readonly [identity: string] | null; limit: number }): Promise<ChargePointView[]> {
  const rows = await tx.query<Row>(
    `select p.charge_point_id as "chargePointId", p.identity, p.asset_code as "assetCode", p.max_power_w as "maxPowerW",
       p.station_id as "stationId", s.name as "stationName", s.time_zone as "timeZone",
       st.vendor, st.model, st.serial, st.firmware, st.booted_at as "bootedAt", st.last_seen_at as "lastSeenAt",
       coalesce((select jsonb_agg(jsonb_build_object('evseNumber', evse_number, 'status', status, 'errorCode', error_code,
           'statedAtMs', floor(extract(epoch from stated_at) * 1000)) order by evse_number)
         from locations.connector_status c where c.operator_id = p.operator_id and c.charge_point_id = p.charge_point_id), '[]') as statuses,
       coalesce((select jsonb_agg(jsonb_build_object('connectorId', connector_id, 'evseNumber', evse_number, 'maxPowerW', max_power_w::text, 'discovered', discovered) order by evse_number)
         from locations.connector c where c.operator_id = p.operator_id and c.charge_point_id = p.charge_point_id), '[]') as connectors
     from locations.charge_point p
     join locations.station s using (operator_id, station_id)
     left join locations.charge_point_state st using (operator_id, charge_point_id)
     where p.operator_id = any ($1::uuid[])
       and ($3::uuid[] is null or exists (select 1 from locations.station_binding b where b.operator_id = p.operator_id and b.station_id = p.station_id
         and b.sub_operator_id = any ($3) and b.valid_from <= $2 and (b.valid_to is null or b.valid_to > $2)))
       and ($4::uuid is null or p.station_id = $4) and ($5::uuid is null or p.charge_point_id = $5)
       and ($6::text is null or strpos(lower(concat_ws(' ', p.identity, p.asset_code, st.serial)), lower($6)) > 0)
       and ($7::text is null or p.identity > $7)
     order by p.identity limit $8`,
    [tx.operatorIds, sqlTimestamp(scope.now), scope.subOperators === 'operator' ? null : scope.subOperators,
      filter.stationId ?? null, filter.chargePointId ?? null, filter.contains ?? null, page.after?.[0] ?? null, page.limit]);
  return rows.map(toView);
}

function toView({ statuses, connectors, ...row }: Row): ChargePointView {
  const state = (evseNumber: number): ConnectorState | null => {
    const found = statuses.find((each) => each.evseNumber === evseNumber);
    return found ? { status: found.status, errorCode: found.errorCode, statedAt: found.statedAtMs as Instant } : null;
  };
  return { ...row, state: state(0), connectors: connectors.map((each) => ({ ...each, maxPowerW: BigInt(each.maxPowerW), state: state(each.evseNumber) })) };
}
