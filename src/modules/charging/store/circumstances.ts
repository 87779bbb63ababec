import { instant, type ChargePointId, type ConnectorId, type Instant, type SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { AnomalyRules } from '../domain/anomaly-rules.ts';
import type { SessionContext } from '../domain/derive.ts';
import { TIME_IN_DOUBT, type FlagCause } from '../domain/flag.ts';
import { IDLE_STATUSES, mayHaveServedAnother } from '../domain/loss.ts';
import type { ConnectorReturn, NextStart } from '../domain/derived-session.ts';
import { advanceMeter } from '../domain/meter.ts';
import type { RegisterChain } from '../domain/register-chain.ts';
import { closureOf, type Session } from '../domain/session.ts';
import { chainOf, type ChainRow as MarkRow } from './meters.ts';
import { onlyOperator } from './sessions.ts';
import { overAnswers } from './status-questions.ts';

/** What happened around a session that was closed without its end. */
export type Circumstances = { readonly returned: ConnectorReturn | null; readonly next: NextStart | null };
type Closed = Pick<Session, 'sessionId' | 'chargePointId' | 'evseNumber' | 'closureKind'>;

/** Of those sessions that were closed by evidence; the others are missing in the answer. */
export async function loadCircumstances(tx: Tx, sessions: readonly Closed[]): Promise<Map<SessionId, Circumstances>> {
  const closed = sessions.filter(({ closureKind }) => closureKind !== null);
  if (closed.length === 0) return new Map();
  const silent = closed.filter(({ closureKind }) => closureKind === 'silent');
  const returns = await returnsOf(tx, silent);
  for (const [sessionId, at] of await overAnswers(tx, silent.flatMap(({ sessionId }) => (returns.has(sessionId) ? [] : [sessionId])))) returns.set(sessionId, { at, by: 'asked', status: null });
  const nexts = await nextStarts(tx, closed.flatMap(({ sessionId, closureKind }) => (closureKind === 'superseded' ? [sessionId] : [])));
  return new Map(closed.map(({ sessionId }) => [sessionId, { returned: returns.get(sessionId) ?? null, next: nexts.get(sessionId) ?? null }]));
}

/** The first boot, or the first report that the connector is idle, after the last frame of each session. */
async function returnsOf(tx: Tx, sessions: readonly Closed[]): Promise<Map<SessionId, ConnectorReturn>> {
  if (sessions.length === 0) return new Map();
  const rows = await tx.query<ConnectorReturn & { sessionId: SessionId }>({
    name: 'charging_returns_after',
    text: `select k.session_id as "sessionId", b.recorded_at as "at", case b.kind when 'booted' then 'booted' else 'status' end as "by", b.status
      from unnest((select $2::uuid[]), (select $3::uuid[]), (select $4::int[])) as k (session_id, charge_point_id, evse_number)
      cross join lateral (select max(x.frame_sequence) as frame from charging.fact x where x.operator_id = $1 and x.session_id = k.session_id offset 0) last
      cross join lateral (
        (select x.frame_sequence, x.recorded_at, x.kind, x.status from charging.fact x
          where x.operator_id = $1 and x.charge_point_id = k.charge_point_id and x.kind = 'booted' and x.frame_sequence > last.frame order by x.frame_sequence limit 1)
        union all
        (select x.frame_sequence, x.recorded_at, x.kind, x.status from charging.fact x
          where x.operator_id = $1 and x.charge_point_id = k.charge_point_id and x.kind = 'status' and x.frame_sequence > last.frame
            and x.evse_number = k.evse_number and x.status = any($5::text[]) order by x.frame_sequence limit 1)
        order by 1 limit 1) b`,
  }, [onlyOperator(tx), sessions.map((s) => s.sessionId), sessions.map((s) => s.chargePointId), sessions.map((s) => s.evseNumber), IDLE_STATUSES]);
  return new Map(rows.map(({ sessionId, ...returned }) => [sessionId, returned]));
}

/** The starts that closed these sessions. The credential is its mask, as in their own facts. */
async function nextStarts(tx: Tx, sessionIds: readonly SessionId[]): Promise<Map<SessionId, NextStart>> {
  if (sessionIds.length === 0) return new Map();
  const rows = await tx.query<NextStart & { sessionId: SessionId }>({
    name: 'charging_next_starts',
    text: `select c.session_id as "sessionId", c.closed_at as "at", n.token_mask as "idToken", n.start_register_wh as "registerWh"
      from charging.closure c join charging.session n on n.operator_id = c.operator_id and n.session_id = c.by_session_id
      where c.operator_id = $1 and c.session_id = any((select $2::uuid[])::uuid[])`,
  }, [onlyOperator(tx), sessionIds]);
  return new Map(rows.map(({ sessionId, ...next }) => [sessionId, next]));
}

/** By what a session is judged, beside what was said about it. */
export const sessionContext = (session: Pick<Session, 'maxPowerW' | 'closureKind' | 'closureAt' | 'startRepeated' | 'timeZone'>, before: RegisterChain, rules: AnomalyRules, around: Circumstances | undefined): SessionContext =>
  ({ maxPowerW: session.maxPowerW, closure: closureOf(session), startRepeated: session.startRepeated, timeZone: session.timeZone, before, rules, returned: around?.returned ?? null, next: around?.next ?? null });

/**
 * How the registers of these connectors stood before a moment, followed from the mark before it. Missing in the answer are connectors that had shown
 * nothing, and those whose session before lost its end: what ran after its last word is not this session's.
 */
export async function standingBefore(tx: Tx, places: readonly { readonly sessionId: SessionId; readonly connectorId: ConnectorId; readonly maxPowerW: bigint; readonly at: Instant }[]): Promise<Map<SessionId, RegisterChain>> {
  if (places.length === 0) return new Map();
  const rows = await tx.query<MarkRow & { sessionId: SessionId; at: Instant | null; registerWh: bigint | null; anchor: boolean | null }>({
    name: 'charging_standing_before',
    text: `select k.session_id as "sessionId", m.main_wh as "mainWh", m.main_at as "mainAt", m.aside_wh as "asideWh", m.aside_at as "asideAt", m.aside_anchor as "asideAnchor", m.restarts,
        r.read_at as "at", r.register_wh as "registerWh", r.anchor
      from unnest((select $2::uuid[]), (select $3::uuid[]), (select $4::timestamptz[])) as k (session_id, connector_id, at)
      cross join lateral (select x.* from charging.meter_mark x
        where x.operator_id = $1 and x.connector_id = k.connector_id and x.from_at <= k.at order by x.from_at desc limit 1) m
      left join lateral (select x.read_at, x.register_wh, x.anchor from charging.meter_reading x
        where x.operator_id = $1 and x.connector_id = k.connector_id and x.read_at >= m.from_at and x.read_at < k.at offset 0) r on true
      left join lateral (select x.flag_causes from charging.session x where x.operator_id = $1 and x.connector_id = k.connector_id and x.started_at < k.at and x.session_id <> k.session_id
        order by x.operator_id desc, x.connector_id desc, x.started_at desc limit 1) p on true
      where not coalesce(p.flag_causes && $5::text[], false)`,
  }, [onlyOperator(tx), places.map((p) => p.sessionId), places.map((p) => p.connectorId), places.map((p) => sqlTimestamp(p.at)), END_LOST]);
  const powerOf = new Map(places.map(({ sessionId, maxPowerW }) => [sessionId, maxPowerW]));
  return new Map([...Map.groupBy(rows, (row) => row.sessionId)].map(([sessionId, of]) => {
    const readings = of.flatMap(({ at, registerWh, anchor }) => (at === null || registerWh === null ? [] : [{ at, registerWh, anchor: anchor === true }]));
    return [sessionId, advanceMeter({ chain: chainOf(of[0]!), lastReadAt: null, meteredWh: 0n }, readings, powerOf.get(sessionId)!).state.chain];
  }));
}

/** Before a session, from the register that was known to its start; or after it, from its last word to the next register. */
export type Stretch = {
  readonly side: 'before' | 'after'; readonly sessionId: SessionId; readonly chargePointId: ChargePointId; readonly connectorId: ConnectorId; readonly evseNumber: number | null;
  readonly from: Instant; readonly to: Instant;
  /** The registers between which its energy lies. */
  readonly fromWh: bigint; readonly toWh: bigint;
};
/** A connector says a few words a session; more than this is a connector that flaps. */
const STATUSES_MAX = 100;

/**
 * Of these stretches of time around sessions those in which the connector may have served another one: what its register shows at their other end may be
 * that one's. So may a session that began within (its first register came late); one whose start is unknown, since a stop without a start seldom
 * names its connector; and one that is somewhere else in time because its clock was wrong, by its registers. And where a session begins at a register that is known to be false,
 * that register ends nothing.
 */
export async function contestedStretches(tx: Tx, stretches: readonly Stretch[]): Promise<Readonly<Record<Stretch['side'], ReadonlySet<SessionId>>>> {
  const on = async (side: Stretch['side']): Promise<Set<SessionId>> => new Set(await contestedOn(tx, side, stretches.filter((each) => each.side === side)));
  return { before: await on('before'), after: await on('after') };
}

/** A reading so soon after a start shows what the start would have: at 180 kW less than a meter's step. */
const SAME_START = '2 seconds';
/** A clock in another zone, or on the day before or after. */
const WRONG_CLOCK = '2 days';
/** By the order in which sessions were said: one that was said after others lies before them in time only by a clock that was wrong. */
const OUT_OF_TURN: Readonly<Record<Stretch['side'], string>> = {
  after: `exists (select 1 from charging.session x join charging.session y on y.operator_id = $1 and y.connector_id = k.connector_id and y.session_id <> x.session_id and y.session_id <> k.session_id
          and y.started_at >= k.to_at and y.started_at < k.to_at + interval '${WRONG_CLOCK}' and y.first_recorded_at < x.first_recorded_at
        where x.operator_id = $1 and x.connector_id = k.connector_id and x.session_id <> k.session_id and x.started_at between k.to_at - interval '${SAME_START}' and k.to_at)`,
  before: `exists (select 1 from charging.session x join charging.session own on own.operator_id = $1 and own.session_id = k.session_id and x.first_recorded_at > own.first_recorded_at
        where x.operator_id = $1 and x.connector_id = k.connector_id and x.session_id <> k.session_id and x.started_at between k.from_at - interval '3 days' and k.from_at and x.ended_at >= k.from_at)`,
};

/**
 * One whose start is unknown may have begun long before its first word, and a reading that names no session may be of it. It cannot, where a session is known to have begun at the connector
 * with that register: then nobody else was on it.
 */
const HEARD_LATER: Readonly<Record<Stretch['side'], string>> = {
  after: `exists (select 1 from charging.session x where x.operator_id = $1 and x.charge_point_id = k.charge_point_id and x.flag_causes @> '{start_never_arrived}' and x.session_id <> k.session_id
          and (x.connector_id is null or x.connector_id = k.connector_id) and x.started_at > k.to_at and x.started_at <= k.to_at + interval '${WRONG_CLOCK}'
          and not exists (select 1 from charging.session y where y.operator_id = $1 and y.connector_id = k.connector_id and y.session_id <> k.session_id and y.session_id <> x.session_id
            and y.started_at between k.to_at - interval '${SAME_START}' and x.started_at and not y.flag_causes @> '{start_never_arrived}'))`,
  before: 'false',
};

async function contestedOn(tx: Tx, side: Stretch['side'], stretches: readonly Stretch[]): Promise<SessionId[]> {
  if (stretches.length === 0) return [];
  // A session before may have begun at the register that is known; whatever begins at the last word of a session comes after it.
  const [edge, beyond, order, begins] = side === 'after' ? ['max', '>', 'asc', '>='] : ['min', '<', 'desc', '>'];
  const rows = await tx.query<{ sessionId: SessionId; served: boolean; statuses: { at: number; status: string }[] | null }>({
    name: `charging_contested_${side}`,
    text: `select k.session_id as "sessionId", exists (select 1 from charging.session x where x.operator_id = $1 and x.charge_point_id = k.charge_point_id and x.flag_causes @> '{start_never_arrived}'
          and x.session_id <> k.session_id and x.started_at <= k.to_at and x.started_at >= k.from_at - interval '3 days' and x.ended_at >= k.from_at)
        or ${HEARD_LATER[side]}
        or exists (select 1 from charging.session x where x.operator_id = $1 and x.connector_id = k.connector_id and x.session_id <> k.session_id
          and x.started_at ${begins} k.from_at and x.started_at < k.to_at - interval '${SAME_START}')
        or exists (select 1 from charging.session x where x.operator_id = $1 and x.connector_id = k.connector_id and x.session_id <> k.session_id
          and x.started_at between k.to_at - interval '${SAME_START}' and k.to_at and x.start_register_wh = k.to_wh and x.flag_causes && '{${FALSE_BEGINNING.join()}}'::text[])
        or exists (select 1 from charging.session x where x.operator_id = $1 and x.charge_point_id = k.charge_point_id and x.session_id <> k.session_id and x.flag_causes && '{${TIME_IN_DOUBT.join()}}'::text[]
          and (x.connector_id is null or x.connector_id = k.connector_id) and x.first_recorded_at > k.from_at - interval '1 day'
          and coalesce(greatest(x.start_register_wh, x.register_first_wh, x.register_last_wh) > k.from_wh and least(x.start_register_wh, x.register_first_wh, x.register_last_wh) <= k.to_wh,
            x.first_recorded_at < k.to_at + interval '3 days'))
        or ${OUT_OF_TURN[side]}
        or exists (select 1 from charging.meter_reading r where r.operator_id = $1 and r.connector_id = k.connector_id and r.register_wh > k.from_wh and r.register_wh < k.to_wh
          and (r.read_at between k.from_at - interval '${WRONG_CLOCK}' and k.from_at - interval '1 millisecond' or r.read_at between k.to_at + interval '1 millisecond' and k.to_at + interval '${WRONG_CLOCK}')) as served, said.statuses
      from unnest((select $2::uuid[]), (select $3::uuid[]), (select $4::int[]), (select $5::timestamptz[]), (select $6::timestamptz[]), (select $7::uuid[]), (select $8::bigint[]), (select $9::bigint[]))
        as k (session_id, charge_point_id, evse_number, from_at, to_at, connector_id, from_wh, to_wh)
      cross join lateral (select ${edge}(x.frame_sequence) as frame from charging.fact x where x.operator_id = $1 and x.session_id = k.session_id offset 0) own
      left join lateral (select json_agg(json_build_object('at', (extract(epoch from f.at) * 1000)::bigint, 'status', f.status) order by f.frame_sequence) as statuses from (
        select x.frame_sequence, coalesce(x.event_at, x.recorded_at) as at, x.status from charging.fact x
        where x.operator_id = $1 and x.charge_point_id = k.charge_point_id and x.kind = 'status' and x.frame_sequence ${beyond} own.frame and x.evse_number = k.evse_number
          and coalesce(x.event_at, x.recorded_at) between k.from_at and k.to_at
        order by x.frame_sequence ${order} limit ${STATUSES_MAX}) f) said on true`,
  }, [onlyOperator(tx), stretches.map((s) => s.sessionId), stretches.map((s) => s.chargePointId), stretches.map((s) => s.evseNumber), stretches.map((s) => sqlTimestamp(s.from)), stretches.map((s) => sqlTimestamp(s.to)),
    stretches.map((s) => s.connectorId), stretches.map((s) => s.fromWh), stretches.map((s) => s.toWh)]);
  const of = new Map(stretches.map((stretch) => [stretch.sessionId, stretch]));
  return rows.flatMap(({ sessionId, served, statuses }) =>
    (served || mayHaveServedAnother((statuses ?? []).map(({ at, status }) => ({ at: instant(Number(at)), status })), of.get(sessionId)!) ? [sessionId] : []));
}

/** The register that a session states as its first is not where its connector stood. */
const FALSE_BEGINNING: readonly FlagCause[] = ['meter_register_zero_before_start', 'first_register_below_known', 'register_jump_implausible'];
/** Causes after which a connector's register may have gone on unseen. */
const END_LOST: readonly FlagCause[] = ['stop_never_arrived', 'stop_never_arrived_silent', 'bill_never_arrived', 'final_register_missing', 'stop_register_below_start', 'stop_contradicted', 'no_register_evidence', 'register_jump_implausible'];

export type HeardOf = { readonly chargePointId: ChargePointId; readonly evseNumber: number | null };

/**
 * Sessions that were closed because nothing was heard, at charge points that are heard of again: they are derived once more by the next sweep.
 */
export async function askAgain(tx: Tx, heard: readonly HeardOf[]): Promise<void> {
  if (heard.length === 0) return;
  await tx.execute({
    name: 'charging_ask_again',
    text: `update charging.session s set spoke_after_close = true
      from unnest((select $2::uuid[]), (select $3::int[])) as k (charge_point_id, evse_number)
      where s.operator_id = $1 and s.charge_point_id = k.charge_point_id and s.state = 'ended' and s.flag_causes @> '{stop_never_arrived_silent}'
        and (k.evse_number is null or s.evse_number = k.evse_number)`,
  }, [onlyOperator(tx), heard.map((h) => h.chargePointId), heard.map((h) => h.evseNumber)]);
}
