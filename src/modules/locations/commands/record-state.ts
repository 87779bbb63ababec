import type { ChargePointId, Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { ensureConnectors } from './ensure-connector.ts';

export type Boot = { readonly vendor: string | null; readonly model: string | null; readonly serial: string | null; readonly firmware: string | null; readonly at: Instant };
export type ConnectorStatusReport = {
  readonly chargePointId: ChargePointId;
  /** 0 is the charge point as a whole. */
  readonly evseNumber: number;
  /** The word of the charge point's OCPP version, at most 40 characters. */
  readonly status: string;
  readonly errorCode: string | null;
  readonly at: Instant;
};

/** Texts come from the field; what is longer is cut, because refusing a boot for it would keep the charge point out. */
const TEXT_LENGTH_MAX = 200, STATUS_LENGTH_MAX = 40, ERROR_CODE_LENGTH_MAX = 80;

export const recordBoot = (tx: Tx, chargePointId: ChargePointId, boot: Boot): Promise<void> => recordBoots(tx, [{ chargePointId, ...boot }]);
export const recordConnectorStatus = (tx: Tx, report: ConnectorStatusReport): Promise<void> => recordConnectorStatuses(tx, [report]);

/** What charge points said of themselves at boot; of several boots of one charge point the last in the list stays. */
export async function recordBoots(tx: Tx, boots: readonly (Boot & { readonly chargePointId: ChargePointId })[]): Promise<void> {
  const rows = lastOfEach(boots, (boot) => boot.chargePointId);
  if (rows.length === 0) return;
  const text = (value: string | null): string | null => value && clean(value, TEXT_LENGTH_MAX);
  await tx.execute({
    name: 'locations_record_boots',
    text: `insert into locations.charge_point_state as s (operator_id, charge_point_id, vendor, model, serial, firmware, booted_at, last_seen_at)
      select p.operator_id, p.charge_point_id, b.vendor, b.model, b.serial, b.firmware, b.at, b.at
      from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[]) as b (charge_point_id, vendor, model, serial, firmware, at)
      join locations.charge_point p on p.operator_id = any ($1::uuid[]) and p.charge_point_id = b.charge_point_id
      order by p.operator_id, p.charge_point_id
      on conflict (operator_id, charge_point_id) do update set vendor = excluded.vendor, model = excluded.model, serial = excluded.serial,
        firmware = excluded.firmware, booted_at = excluded.booted_at, last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at)`,
  }, [tx.operatorIds, rows.map((row) => row.chargePointId), rows.map((row) => text(row.vendor)), rows.map((row) => text(row.model)),
    rows.map((row) => text(row.serial)), rows.map((row) => text(row.firmware)), rows.map((row) => sqlTimestamp(row.at))]);
}

/**
 * The live state of connectors. The last report in the list, and the last call, win, whatever their timestamps say: a
 * StatusNotification is never queued offline, so arrival is the truth, and a station whose clock is wrong still has a live state.
 * A connector that nobody had entered is made.
 */
export async function recordConnectorStatuses(tx: Tx, reports: readonly ConnectorStatusReport[]): Promise<void> {
  const rows = lastOfEach(reports, (report) => `${report.chargePointId}/${report.evseNumber}`).filter((row) => row.evseNumber >= 0 && row.evseNumber <= 1_000);
  if (rows.length === 0) return;
  await ensureConnectors(tx, rows.filter((row) => row.evseNumber > 0));
  await tx.execute({
    name: 'locations_record_statuses',
    text: `insert into locations.connector_status (operator_id, charge_point_id, evse_number, status, error_code, stated_at)
      select p.operator_id, p.charge_point_id, r.evse_number, r.status, r.error_code, r.at
      from unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[]) as r (charge_point_id, evse_number, status, error_code, at)
      join locations.charge_point p on p.operator_id = any ($1::uuid[]) and p.charge_point_id = r.charge_point_id
      order by p.operator_id, p.charge_point_id, r.evse_number
      on conflict (operator_id, charge_point_id, evse_number) do update
        set status = excluded.status, error_code = excluded.error_code, stated_at = excluded.stated_at`,
  }, [tx.operatorIds, rows.map((row) => row.chargePointId), rows.map((row) => row.evseNumber), rows.map((row) => clean(row.status, STATUS_LENGTH_MAX)),
    rows.map((row) => row.errorCode && clean(row.errorCode, ERROR_CODE_LENGTH_MAX)), rows.map((row) => sqlTimestamp(row.at))]);
}

/** Notes that something was heard of these charge points (record time, never the station's clock); never goes backwards. */
export async function recordSeen(tx: Tx, seen: readonly { readonly chargePointId: ChargePointId; readonly at: Instant }[]): Promise<void> {
  const latest = new Map<ChargePointId, Instant>();
  for (const { chargePointId, at } of seen) if (at > (latest.get(chargePointId) ?? -Infinity)) latest.set(chargePointId, at);
  if (latest.size === 0) return;
  await tx.execute({
    name: 'locations_record_seen',
    text: `insert into locations.charge_point_state as s (operator_id, charge_point_id, last_seen_at)
      select p.operator_id, p.charge_point_id, r.at from unnest($2::uuid[], $3::timestamptz[]) as r (charge_point_id, at)
      join locations.charge_point p on p.operator_id = any ($1::uuid[]) and p.charge_point_id = r.charge_point_id
      order by p.operator_id, p.charge_point_id
      on conflict (operator_id, charge_point_id) do update set last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at)`,
  }, [tx.operatorIds, [...latest.keys()], [...latest.values()].map(sqlTimestamp)]);
}

function lastOfEach<T>(items: readonly T[], key: (item: T) => string): T[] {
  const last = new Map<string, T>();
  for (const item of items) last.set(key(item), item);
  return [...last.values()];
}

/** PostgreSQL stores no NUL; half of a surrogate pair is refused as well. */
const clean = (text: string, lengthMax: number): string => text.replaceAll('\u0000', '').slice(0, lengthMax).toWellFormed();
