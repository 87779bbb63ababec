import type { ConnectorId, Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { MeterMark, MeterState } from '../domain/meter.ts';
import type { RegisterChain, RegisterPoint, RegisterReading } from '../domain/register-chain.ts';
import { onlyOperator } from './sessions.ts';

export type Meter = {
  readonly connectorId: ConnectorId; readonly maxPowerW: bigint; readonly state: MeterState; readonly postedWh: bigint;
  /** Counts what was posted, so that each posting has an id of its own. */
  readonly posting: number;
};
export type ConnectorReading = RegisterReading & { readonly connectorId: ConnectorId };

type ChainRow = { mainWh: bigint | null; mainAt: Instant | null; asideWh: bigint | null; asideAt: Instant | null };
const CHAIN = 'main_wh as "mainWh", main_at as "mainAt", aside_wh as "asideWh", aside_at as "asideAt"';
const point = (at: Instant | null, registerWh: bigint | null): RegisterPoint | null => (at === null || registerWh === null ? null : { at, registerWh });
const chainOf = (row: ChainRow): RegisterChain => ({ main: point(row.mainAt, row.mainWh), aside: point(row.asideAt, row.asideWh) });
const time = (at: Instant | null | undefined): string | null => (at === null || at === undefined ? null : sqlTimestamp(at));

/** Makes missing meters and locks all of them, in id order. */
export async function lockMeters(tx: Tx, connectors: ReadonlyMap<ConnectorId, bigint>): Promise<Map<ConnectorId, Meter>> {
  const ids = [...connectors.keys()].sort();
  const select = (): Promise<(ChainRow & { connectorId: ConnectorId; maxPowerW: bigint; lastReadAt: Instant | null; meteredWh: bigint; postedWh: bigint; posting: number })[]> => tx.query({
    name: 'charging_lock_meters',
    text: `select connector_id as "connectorId", max_power_w as "maxPowerW", ${CHAIN}, last_read_at as "lastReadAt", metered_wh as "meteredWh",
        posted_wh as "postedWh", posting
      from charging.connector_meter where operator_id = $1 and connector_id = any($2::uuid[]) order by connector_id for update`,
  }, [onlyOperator(tx), ids]);
  let rows = await select();
  if (rows.length < ids.length) {
    await tx.execute({
      name: 'charging_insert_meters',
      text: `insert into charging.connector_meter (operator_id, connector_id, max_power_w) select $1, * from unnest($2::uuid[], $3::bigint[]) on conflict do nothing`,
    }, [onlyOperator(tx), ids, ids.map((id) => connectors.get(id)!)]);
    rows = await select();
  }
  return new Map(rows.map((row) => [row.connectorId, {
    connectorId: row.connectorId, maxPowerW: connectors.get(row.connectorId) ?? row.maxPowerW, postedWh: row.postedWh, posting: row.posting,
    state: { chain: chainOf(row), lastReadAt: row.lastReadAt, meteredWh: row.meteredWh },
  }]));
}

/** Appends readings. @returns those that were not there yet. */
export async function insertReadings(tx: Tx, readings: readonly ConnectorReading[]): Promise<ConnectorReading[]> {
  return await tx.query<ConnectorReading>({
    name: 'charging_insert_readings',
    text: `insert into charging.meter_reading (operator_id, connector_id, read_at, register_wh, anchor)
      select $1, * from unnest($2::uuid[], $3::timestamptz[], $4::bigint[], $5::boolean[]) on conflict do nothing
      returning connector_id as "connectorId", read_at as "at", register_wh as "registerWh", anchor`,
  }, [onlyOperator(tx), readings.map((r) => r.connectorId), readings.map((r) => sqlTimestamp(r.at)), readings.map((r) => r.registerWh), readings.map((r) => r.anchor)]);
}

/** The last mark at or before an instant, and every reading from it on. Without a mark: all readings there are. */
export async function readingsSinceMark(tx: Tx, connectorId: ConnectorId, at: Instant): Promise<{ mark: MeterMark | null; readings: RegisterReading[] }> {
  const [row] = await tx.query<ChainRow & { fromAt: Instant; meteredWh: bigint }>({
    name: 'charging_mark_before',
    text: `select from_at as "fromAt", ${CHAIN}, metered_wh as "meteredWh" from charging.meter_mark
      where operator_id = $1 and connector_id = $2 and from_at <= $3 order by from_at desc limit 1`,
  }, [onlyOperator(tx), connectorId, sqlTimestamp(at)]);
  const mark = row ? { fromAt: row.fromAt, chain: chainOf(row), meteredWh: row.meteredWh } : null;
  const readings = await readMeter(tx, connectorId, mark?.fromAt ?? null);
  return { mark, readings };
}

export async function readMeter(tx: Tx, connectorId: ConnectorId, from: Instant | null): Promise<RegisterReading[]> {
  return await tx.query<RegisterReading>(
    `select read_at as "at", register_wh as "registerWh", anchor from charging.meter_reading
     where operator_id = $1 and connector_id = $2 and read_at >= coalesce($3::timestamptz, '-infinity')`, [onlyOperator(tx), connectorId, time(from)]);
}

export async function writeMarks(tx: Tx, marks: readonly (MeterMark & { connectorId: ConnectorId })[]): Promise<void> {
  if (marks.length === 0) return;
  await tx.execute({
    name: 'charging_write_marks',
    text: `insert into charging.meter_mark as m (operator_id, connector_id, from_at, main_wh, main_at, aside_wh, aside_at, metered_wh)
      select $1, * from unnest($2::uuid[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::timestamptz[], $8::bigint[])
      on conflict (operator_id, connector_id, from_at) do update set main_wh = excluded.main_wh, main_at = excluded.main_at, aside_wh = excluded.aside_wh,
        aside_at = excluded.aside_at, metered_wh = excluded.metered_wh`,
  }, [onlyOperator(tx), marks.map((m) => m.connectorId), marks.map((m) => sqlTimestamp(m.fromAt)), ...chainColumns(marks.map((m) => m.chain)), marks.map((m) => m.meteredWh)]);
}

export async function writeMeters(tx: Tx, meters: readonly Meter[]): Promise<void> {
  if (meters.length === 0) return;
  await tx.execute({
    name: 'charging_write_meters',
    text: `update charging.connector_meter m set main_wh = k.main_wh, main_at = k.main_at, aside_wh = k.aside_wh, aside_at = k.aside_at,
        last_read_at = k.last_read_at, metered_wh = k.metered_wh, posted_wh = k.posted_wh, posting = k.posting, max_power_w = k.max_power_w
      from unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::bigint[], $9::bigint[], $10::int[], $11::bigint[])
        as k (connector_id, main_wh, main_at, aside_wh, aside_at, last_read_at, metered_wh, posted_wh, posting, max_power_w)
      where m.operator_id = $1 and m.connector_id = k.connector_id and m.connector_id = any($2::uuid[])`,
  }, [onlyOperator(tx), meters.map((m) => m.connectorId), ...chainColumns(meters.map((m) => m.state.chain)), meters.map((m) => time(m.state.lastReadAt)),
    meters.map((m) => m.state.meteredWh), meters.map((m) => m.postedWh), meters.map((m) => m.posting), meters.map((m) => m.maxPowerW)]);
}

const chainColumns = (chains: readonly RegisterChain[]): readonly (readonly unknown[])[] => [
  chains.map((chain) => chain.main?.registerWh ?? null), chains.map((chain) => time(chain.main?.at)),
  chains.map((chain) => chain.aside?.registerWh ?? null), chains.map((chain) => time(chain.aside?.at)),
];
