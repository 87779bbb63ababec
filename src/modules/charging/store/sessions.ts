import { assert, type ChargePointId, type ConnectorId, type Instant, type MemberId, type OperatorId, type SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { Session } from '../domain/session.ts';

export const onlyOperator = (tx: Tx): OperatorId => {
  assert(tx.operatorIds.length === 1, 'charging works for one operator at a time');
  return tx.operatorIds[0]!;
};

const COLUMNS = `s.session_id as "sessionId", s.charge_point_id as "chargePointId", s.evse_number as "evseNumber", s.connector_id as "connectorId",
  s.station_id as "stationId", s.time_zone as "timeZone", s.max_power_w as "maxPowerW", s.transaction_ref as "transactionRef",
  s.start_repeated as "startRepeated", s.start_applied as "startApplied", s.start_sequence as "startSequence", s.member_id as "memberId",
  s.token_mask as "tokenMask", s.token_status as "tokenStatus", s.decision, s.start_mode as "startMode", s.hold_transfer as "holdTransfer",
  s.hold_minor as "holdMinor", s.hold_state as "holdState", s.state, s.started_at as "startedAt", s.ended_at as "endedAt",
  s.last_recorded_at as "lastRecordedAt", s.start_register_wh as "startRegisterWh", s.energy_wh as "energyWh",
  (select c.kind from charging.closure c where c.operator_id = s.operator_id and c.session_id = s.session_id) as "closureKind",
  (select c.closed_at from charging.closure c where c.operator_id = s.operator_id and c.session_id = s.session_id) as "closureAt",
  s.current_bill_id as "currentBillId", s.bill_version as "billVersion", s.correction_id as "correctionId", s.held, s.flag_causes as "flagCauses"`;

export type SessionRef = { readonly chargePointId: ChargePointId; readonly transactionRef: string };
export const refKey = ({ chargePointId, transactionRef }: SessionRef): string => `${chargePointId}/${transactionRef}`;

/**
 * Locks the sessions with these refs or ids, in id order, until the transaction ends. The lateral look-up is one index probe a ref,
 * whatever the planner believes of a table that has grown since it was last analysed. Arrays come through `(select …)`, which hides
 * their length: a plan made for the one key of a call always looks cheaper than the kept one, and every call would plan anew.
 */
export function lockSessions(tx: Tx, refs: readonly SessionRef[], ids: readonly SessionId[] = []): Promise<Session[]> {
  return tx.query<Session>({
    name: 'charging_lock_sessions',
    // One look by primary key for each id, in id order, so that locks are taken in that order and no plan depends on the size of the table.
    text: `select ${COLUMNS} from (
        select r.session_id from unnest((select $2::uuid[]), (select $3::text[])) as k (charge_point_id, transaction_ref)
          cross join lateral (select x.session_id from charging.session x
            where x.operator_id = $1 and x.charge_point_id = k.charge_point_id and x.transaction_ref = k.transaction_ref limit 1) r
        union select unnest((select $4::uuid[])) order by 1) ids
      cross join lateral (select x.* from charging.session x where x.operator_id = $1 and x.session_id = ids.session_id limit 1 for update) s`,
  }, [onlyOperator(tx), refs.map((ref) => ref.chargePointId), refs.map((ref) => ref.transactionRef), ids]);
}

/** The same sessions, only read. */
export function readSessions(tx: Tx, ids: readonly SessionId[]): Promise<Session[]> {
  return tx.query<Session>({
    name: 'charging_read_sessions',
    text: `select ${COLUMNS} from unnest((select $2::uuid[])) as ids (session_id)
      cross join lateral (select x.* from charging.session x where x.operator_id = $1 and x.session_id = ids.session_id limit 1) s order by s.session_id`,
  }, [onlyOperator(tx), ids]);
}

export type Place = { readonly chargePointId: ChargePointId; readonly evseNumber: number };

/**
 * The open sessions of these connectors whose start is known and came no later than the frame `upTo`, newest last: a start that was
 * decided already, but whose frame has not been applied, closes nothing yet, because the stop before it may still be on its way here.
 * Not locked: the caller locks what it closes.
 */
export function openSessionsAt(tx: Tx, places: readonly Place[], upTo: bigint): Promise<Session[]> {
  return tx.query<Session>({
    name: 'charging_open_sessions_at',
    text: `select ${COLUMNS} from unnest((select $2::uuid[]), (select $3::int[])) as k (charge_point_id, evse_number)
      cross join lateral (select x.* from charging.session x where x.operator_id = $1 and x.charge_point_id = k.charge_point_id
        and x.evse_number = k.evse_number and x.state = 'active' and x.start_sequence <= $4 offset 0) s
      order by s.started_at, s.session_id`,
  }, [onlyOperator(tx), places.map((place) => place.chargePointId), places.map((place) => place.evseNumber), upTo]);
}

export type SessionHold = { readonly transfer: string; readonly amountMinor: bigint };
export type NewSession = Pick<Session,
  | 'sessionId' | 'chargePointId' | 'evseNumber' | 'connectorId' | 'stationId' | 'timeZone' | 'maxPowerW' | 'transactionRef' | 'startRepeated'
  | 'startSequence' | 'memberId' | 'tokenMask' | 'tokenStatus' | 'decision' | 'startMode' | 'startedAt' | 'startRegisterWh'> & {
    readonly startKey: string | null; readonly startMessageId: string | null; readonly credentialId: string | null;
    readonly startActor: string | null; readonly startDevice: string | null; readonly startIp: string | null;
    readonly firstRecordedAt: Instant; readonly hold: SessionHold | null;
  };

export const NEW_SESSION_COLUMNS: readonly (readonly [column: string, type: string, value: (session: NewSession) => unknown])[] = [
  ['session_id', 'uuid', (s) => s.sessionId], ['charge_point_id', 'uuid', (s) => s.chargePointId], ['evse_number', 'int', (s) => s.evseNumber],
  ['connector_id', 'uuid', (s) => s.connectorId], ['station_id', 'uuid', (s) => s.stationId], ['time_zone', 'text', (s) => s.timeZone],
  ['max_power_w', 'bigint', (s) => s.maxPowerW], ['transaction_ref', 'text', (s) => s.transactionRef], ['start_key', 'text', (s) => s.startKey],
  ['start_message_id', 'text', (s) => s.startMessageId], ['start_sequence', 'bigint', (s) => s.startSequence],
  ['start_repeated', 'boolean', (s) => s.startRepeated], ['member_id', 'uuid', (s) => s.memberId], ['token_mask', 'text', (s) => s.tokenMask],
  ['token_status', 'text', (s) => s.tokenStatus], ['credential_id', 'uuid', (s) => s.credentialId], ['decision', 'text', (s) => s.decision],
  ['start_mode', 'text', (s) => s.startMode], ['start_actor', 'text', (s) => s.startActor], ['start_device', 'text', (s) => s.startDevice],
  ['start_ip', 'text', (s) => s.startIp], ['started_at', 'timestamptz', (s) => sqlTimestamp(s.startedAt)],
  ['first_recorded_at', 'timestamptz', (s) => sqlTimestamp(s.firstRecordedAt)], ['last_recorded_at', 'timestamptz', (s) => sqlTimestamp(s.firstRecordedAt)],
  ['start_register_wh', 'bigint', (s) => s.startRegisterWh], ['register_first_wh', 'bigint', (s) => s.startRegisterWh],
  ['hold_transfer', 'uuid', (s) => s.hold?.transfer ?? null], ['hold_minor', 'bigint', (s) => s.hold?.amountMinor ?? 0n], ['hold_state', 'text', (s) => (s.hold ? 'held' : 'none')],
];
const INSERT = {
  name: 'charging_insert_sessions',
  text: `insert into charging.session (operator_id, state, ${NEW_SESSION_COLUMNS.map(([column]) => column).join(', ')})
    select $1, 'active', * from unnest(${NEW_SESSION_COLUMNS.map(([, type], i) => `$${i + 2}::${type}[]`).join(', ')}) on conflict do nothing`,
};

/** A session that another transaction has made meanwhile is left as it is: lock it afterwards. */
export async function insertSessions(tx: Tx, sessions: readonly NewSession[]): Promise<void> {
  if (sessions.length === 0) return;
  await tx.execute(INSERT, [onlyOperator(tx), ...NEW_SESSION_COLUMNS.map(([, , value]) => sessions.map(value))]);
}

/** What a start that was learnt of later adds to a session that its readings had opened. */
export type StartOfSession = Pick<NewSession, 'sessionId' | 'evseNumber' | 'connectorId' | 'maxPowerW' | 'startSequence' | 'startedAt' | 'startRegisterWh'>;

export async function updateStart(tx: Tx, start: StartOfSession): Promise<void> {
  await tx.execute({
    name: 'charging_update_start',
    text: `update charging.session set evse_number = $3, connector_id = $4, max_power_w = $5, start_sequence = $6, started_at = $7,
        start_register_wh = $8, register_first_wh = coalesce($8, register_first_wh)
      where operator_id = $1 and session_id = $2`,
  }, [onlyOperator(tx), start.sessionId, start.evseNumber, start.connectorId, start.maxPowerW, start.startSequence, sqlTimestamp(start.startedAt), start.startRegisterWh]);
}

/** Who it is that charges, once a credential was named. */
export type IdentityOfSession = Pick<NewSession, 'sessionId' | 'memberId' | 'tokenMask' | 'tokenStatus' | 'credentialId' | 'decision' | 'startMode'>;

export async function updateIdentity(tx: Tx, identity: IdentityOfSession): Promise<void> {
  await tx.execute({
    name: 'charging_update_identity',
    text: `update charging.session set member_id = $3, token_mask = $4, token_status = $5, credential_id = $6, decision = $7, start_mode = $8
      where operator_id = $1 and session_id = $2`,
  }, [onlyOperator(tx), identity.sessionId, identity.memberId, identity.tokenMask, identity.tokenStatus, identity.credentialId, identity.decision, identity.startMode]);
}

export async function updateHold(tx: Tx, sessionId: SessionId, hold: SessionHold): Promise<void> {
  await tx.execute({ name: 'charging_update_hold', text: `update charging.session set hold_transfer = $3, hold_minor = $4, hold_state = 'held' where operator_id = $1 and session_id = $2` },
    [onlyOperator(tx), sessionId, hold.transfer, hold.amountMinor]);
}

export async function markStartsApplied(tx: Tx, sessionIds: readonly SessionId[]): Promise<void> {
  if (sessionIds.length === 0) return;
  await tx.execute({ name: 'charging_mark_starts_applied', text: 'update charging.session set start_applied = true where operator_id = $1 and session_id = any((select $2::uuid[])::uuid[])' },
    [onlyOperator(tx), sessionIds]);
}

export async function updatePlaces(tx: Tx, places: readonly { sessionId: SessionId; evseNumber: number; connectorId: ConnectorId | null; maxPowerW: bigint }[]): Promise<void> {
  if (places.length === 0) return;
  await tx.execute(
    `update charging.session s set evse_number = k.evse_number, connector_id = k.connector_id, max_power_w = k.max_power_w
     from unnest($2::uuid[], $3::int[], $4::uuid[], $5::bigint[]) as k (session_id, evse_number, connector_id, max_power_w)
     where s.operator_id = $1 and s.session_id = k.session_id and s.session_id = any($2::uuid[])`,
    [onlyOperator(tx), places.map((p) => p.sessionId), places.map((p) => p.evseNumber), places.map((p) => p.connectorId), places.map((p) => p.maxPowerW)]);
}

export type LiveState = {
  readonly sessionId: SessionId; readonly recordedAt: Instant; readonly registerWh: bigint | null; readonly registerAt: Instant | null;
  readonly powerW: bigint | null; readonly socPercent: number | null;
};

/**
 * What every session has, for changing sessions that are there through `on conflict`: no other plan knows the primary key whatever the
 * size of the table. Each row conflicts; what is not in the list of changes is never stored.
 */
export const STANDING_IN = {
  columns: 'charge_point_id, station_id, time_zone, max_power_w, transaction_ref, token_status, decision, start_mode, first_recorded_at',
  values: (id: string, at: string): string => `${id}, ${id}, '', 1, '', 'none', 'accepted', '', ${at}`,
} as const;
const NEWER = 'excluded.register_last_wh is not null and (s.register_last_at is null or excluded.register_last_at >= s.register_last_at)';

/**
 * What the console shows while a session runs: the newest reading by event time, never summed, never billed. The sessions must be locked.
 * @param startsApplied of which of these sessions the start has been applied with this.
 */
export async function updateLive(tx: Tx, states: readonly LiveState[], startsApplied: ReadonlySet<SessionId>): Promise<void> {
  if (states.length === 0) return;
  const time = (at: Instant | null): string | null => (at === null ? null : sqlTimestamp(at));
  await tx.execute({
    name: 'charging_update_live',
    text: `insert into charging.session as s (operator_id, session_id, ${STANDING_IN.columns}, state, started_at, last_recorded_at, register_last_wh, register_last_at, power_w, soc_percent, start_applied)
      select $1::uuid, k.session_id, ${STANDING_IN.values('k.session_id', 'k.recorded_at')}, 'active', k.recorded_at, k.recorded_at, k.register_wh, k.register_at, k.power_w, k.soc_percent, k.start_applied
      from unnest($2::uuid[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::bigint[], $7::real[], $8::boolean[])
        as k (session_id, recorded_at, register_wh, register_at, power_w, soc_percent, start_applied)
      on conflict (operator_id, session_id) do update set
        last_recorded_at = greatest(s.last_recorded_at, excluded.last_recorded_at), start_applied = s.start_applied or excluded.start_applied,
        register_first_wh = coalesce(s.register_first_wh, excluded.register_last_wh),
        register_last_wh = case when ${NEWER} then excluded.register_last_wh else s.register_last_wh end,
        register_last_at = case when ${NEWER} then excluded.register_last_at else s.register_last_at end,
        energy_wh = case when s.state = 'active' and ${NEWER} then greatest(0, excluded.register_last_wh - coalesce(s.register_first_wh, excluded.register_last_wh)) else s.energy_wh end,
        power_w = coalesce(excluded.power_w, s.power_w), soc_percent = coalesce(excluded.soc_percent, s.soc_percent)`,
  }, [onlyOperator(tx), states.map((s) => s.sessionId), states.map((s) => sqlTimestamp(s.recordedAt)), states.map((s) => s.registerWh),
    states.map((s) => time(s.registerAt)), states.map((s) => s.powerW), states.map((s) => s.socPercent), states.map((s) => startsApplied.has(s.sessionId))]);
}

export async function countOpenSessions(tx: Tx, memberId: MemberId): Promise<number> {
  const [row] = await tx.query<{ count: bigint }>({
    name: 'charging_count_open_sessions', text: `select count(*) from charging.session where operator_id = $1 and member_id = $2 and state = 'active'`,
  }, [onlyOperator(tx), memberId]);
  return Number(row!.count);
}
