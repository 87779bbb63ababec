import type { ConnectorId, Instant, SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { SessionOpening } from '../domain/derive.ts';
import { advanceMeter, type MeterMark, type MeterState } from '../domain/meter.ts';
import type { RegisterChain, RegisterPoint, RegisterReading } from '../domain/register-chain.ts';
import { onlyOperator } from './sessions.ts';

export type Meter = {
  readonly connectorId: ConnectorId; readonly maxPowerW: bigint; readonly state: MeterState; readonly postedWh: bigint;
  /** Counts what was posted, so that each posting has an id of its own. */
  readonly posting: number;
};
export type ConnectorReading = RegisterReading & { readonly connectorId: ConnectorId };

export type ChainRow = { mainWh: bigint | null; mainAt: Instant | null; asideWh: bigint | null; asideAt: Instant | null; asideAnchor: boolean; restarts: number };
const CHAIN = 'main_wh as "mainWh", main_at as "mainAt", aside_wh as "asideWh", aside_at as "asideAt", aside_anchor as "asideAnchor", restarts';
const point = (at: Instant | null, registerWh: bigint | null): RegisterPoint | null => (at === null || registerWh === null ? null : { at, registerWh });
export const chainOf = (row: ChainRow): RegisterChain => {
  const aside = point(row.asideAt, row.asideWh);
  return { main: point(row.mainAt, row.mainWh), aside: aside && { ...aside, anchor: row.asideAnchor }, restarts: row.restarts };
};
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

export type SessionToOpen = { readonly sessionId: SessionId; readonly connectorId: ConnectorId | null; readonly maxPowerW: bigint; readonly opening: SessionOpening | null };

/** How the registers of these connectors stood before these sessions. Only of sessions that a register could contradict; the others are missing in the answer. */
export async function registersBefore(tx: Tx, sessions: readonly SessionToOpen[]): Promise<Map<SessionId, RegisterChain>> {
  const openings = sessions.flatMap(({ opening, ...session }) => (opening === null || session.connectorId === null ? [] : [{ ...session, ...opening }]));
  if (openings.length === 0) return new Map();
  const rows = await tx.query<ChainRow & { sessionId: SessionId; at: Instant | null; registerWh: bigint | null; anchor: boolean | null }>({
    name: 'charging_registers_before',
    text: `select k.session_id as "sessionId", m.main_wh as "mainWh", m.main_at as "mainAt", m.aside_wh as "asideWh", m.aside_at as "asideAt",
        m.aside_anchor as "asideAnchor", m.restarts,
        r.read_at as "at", r.register_wh as "registerWh", r.anchor
      from unnest((select $2::uuid[]), (select $3::uuid[]), (select $4::timestamptz[]), (select $5::bigint[]), (select $6::bigint[])) as k (session_id, connector_id, at, above_wh, up_to_wh)
      cross join lateral (select x.* from charging.meter_mark x
        where x.operator_id = $1 and x.connector_id = k.connector_id and x.from_at <= k.at order by x.from_at desc limit 1) m
      left join lateral (select x.read_at, x.register_wh, x.anchor from charging.meter_reading x
        where x.operator_id = $1 and x.connector_id = k.connector_id and x.read_at >= m.from_at and x.read_at < k.at offset 0) r on true
      where (m.main_wh > k.above_wh and m.main_wh <= k.up_to_wh) or (m.aside_wh > k.above_wh and m.aside_wh <= k.up_to_wh)
        or exists (select 1 from charging.meter_reading x where x.operator_id = $1 and x.connector_id = k.connector_id and x.read_at >= m.from_at and x.read_at < k.at
          and x.register_wh > k.above_wh and x.register_wh <= k.up_to_wh)`,
  }, [onlyOperator(tx), openings.map((o) => o.sessionId), openings.map((o) => o.connectorId), openings.map((o) => sqlTimestamp(o.at)), openings.map((o) => o.aboveWh), openings.map((o) => o.upToWh)]);
  return new Map([...Map.groupBy(rows, (row) => row.sessionId)].map(([sessionId, of]) => {
    const readings = of.flatMap(({ at, registerWh, anchor }) => (at === null || registerWh === null ? [] : [{ at, registerWh, anchor: anchor === true }]));
    const { maxPowerW } = openings.find((opening) => opening.sessionId === sessionId)!;
    return [sessionId, advanceMeter({ chain: chainOf(of[0]!), lastReadAt: null, meteredWh: 0n }, readings, maxPowerW).state.chain];
  }));
}

/** The next register that each connector showed after a moment, whoever stated it; connectors that have shown nothing since are missing in the answer. */
export async function registersAfter(tx: Tx, places: readonly { readonly sessionId: SessionId; readonly connectorId: ConnectorId; readonly at: Instant }[]): Promise<Map<SessionId, RegisterPoint>> {
  if (places.length === 0) return new Map();
  const rows = await tx.query<RegisterPoint & { sessionId: SessionId }>({
    name: 'charging_registers_after',
    text: `select k.session_id as "sessionId", r.read_at as "at", r.register_wh as "registerWh"
      from unnest((select $2::uuid[]), (select $3::uuid[]), (select $4::timestamptz[])) as k (session_id, connector_id, at)
      cross join lateral (select x.read_at, x.register_wh from charging.meter_reading x
        where x.operator_id = $1 and x.connector_id = k.connector_id and x.read_at > k.at order by x.read_at, x.register_wh limit 1) r`,
  }, [onlyOperator(tx), places.map((p) => p.sessionId), places.map((p) => p.connectorId), places.map((p) => sqlTimestamp(p.at))]);
  return new Map(rows.map(({ sessionId, at, registerWh }) => [sessionId, { at, registerWh }]));
}

/** A reading that came late reaches at most so many sessions: within them the chain is the same again. */
const SESSIONS_AFTER_LATE_READING_MAX = 8;

/** The ended sessions that follow a late reading on its connector: what was known before them has changed. */
export async function sessionsAfter(tx: Tx, late: ReadonlyMap<ConnectorId, Instant>): Promise<SessionId[]> {
  if (late.size === 0) return [];
  const rows = await tx.query<{ sessionId: SessionId }>({
    name: 'charging_sessions_after',
    text: `select s.session_id as "sessionId" from unnest((select $2::uuid[]), (select $3::timestamptz[])) as k (connector_id, at)
      cross join lateral (select x.session_id from charging.session x
        where x.operator_id = $1 and x.connector_id = k.connector_id and x.started_at > k.at and x.state = 'ended' and not x.spoke_after_close
        order by x.operator_id, x.connector_id, x.started_at limit ${SESSIONS_AFTER_LATE_READING_MAX}) s`,
  }, [onlyOperator(tx), [...late.keys()], [...late.values()].map((at) => sqlTimestamp(at))]);
  return rows.map((row) => row.sessionId);
}

export async function writeMarks(tx: Tx, marks: readonly (MeterMark & { connectorId: ConnectorId })[]): Promise<void> {
  if (marks.length === 0) return;
  await tx.execute({
    name: 'charging_write_marks',
    text: `insert into charging.meter_mark as m (operator_id, connector_id, from_at, main_wh, main_at, aside_wh, aside_at, aside_anchor, restarts, metered_wh)
      select $1, * from unnest($2::uuid[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::timestamptz[], $8::boolean[], $9::int[], $10::bigint[])
      on conflict (operator_id, connector_id, from_at) do update set main_wh = excluded.main_wh, main_at = excluded.main_at, aside_wh = excluded.aside_wh,
        aside_at = excluded.aside_at, aside_anchor = excluded.aside_anchor, restarts = excluded.restarts, metered_wh = excluded.metered_wh`,
  }, [onlyOperator(tx), marks.map((m) => m.connectorId), marks.map((m) => sqlTimestamp(m.fromAt)), ...chainColumns(marks.map((m) => m.chain)), marks.map((m) => m.meteredWh)]);
}

export async function writeMeters(tx: Tx, meters: readonly Meter[]): Promise<void> {
  if (meters.length === 0) return;
  await tx.execute({
    name: 'charging_write_meters',
    text: `update charging.connector_meter m set main_wh = k.main_wh, main_at = k.main_at, aside_wh = k.aside_wh, aside_at = k.aside_at,
        aside_anchor = k.aside_anchor, restarts = k.restarts,
        last_read_at = k.last_read_at, metered_wh = k.metered_wh, posted_wh = k.posted_wh, posting = k.posting, max_power_w = k.max_power_w
      from unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::timestamptz[], $7::boolean[], $8::int[], $9::timestamptz[], $10::bigint[], $11::bigint[], $12::int[], $13::bigint[])
        as k (connector_id, main_wh, main_at, aside_wh, aside_at, aside_anchor, restarts, last_read_at, metered_wh, posted_wh, posting, max_power_w)
      where m.operator_id = $1 and m.connector_id = k.connector_id and m.connector_id = any($2::uuid[])`,
  }, [onlyOperator(tx), meters.map((m) => m.connectorId), ...chainColumns(meters.map((m) => m.state.chain)), meters.map((m) => time(m.state.lastReadAt)),
    meters.map((m) => m.state.meteredWh), meters.map((m) => m.postedWh), meters.map((m) => m.posting), meters.map((m) => m.maxPowerW)]);
}

const chainColumns = (chains: readonly RegisterChain[]): readonly (readonly unknown[])[] => [
  chains.map((chain) => chain.main?.registerWh ?? null), chains.map((chain) => time(chain.main?.at)),
  chains.map((chain) => chain.aside?.registerWh ?? null), chains.map((chain) => time(chain.aside?.at)),
  chains.map((chain) => chain.aside?.anchor ?? false), chains.map((chain) => chain.restarts),
];
