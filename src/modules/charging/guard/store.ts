import type { ConnectorId, Instant, MemberId, SessionId, StationId, ChargePointId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { onlyOperator } from '../store/sessions.ts';

export type RunningSession = {
  readonly sessionId: SessionId; readonly memberId: MemberId; readonly chargePointId: ChargePointId; readonly stationId: StationId; readonly connectorId: ConnectorId | null; readonly transactionRef: string;
  readonly timeZone: string; readonly maxPowerW: bigint; readonly startRepeated: boolean; readonly startedAt: Instant; readonly holdMinor: bigint; readonly holdState: 'none' | 'held' | 'posted' | 'voided';
  /** Null until the first reading. */
  readonly registerFirstWh: bigint | null; readonly registerLastWh: bigint | null; readonly powerW: bigint | null;
  /** Stops asked for so far, and when the last one was. */
  readonly attempts: number; readonly askedAt: Instant | null;
};

/** Running sessions of the next members by id, all of each. */
export const runningSessions = (tx: Tx, after: MemberId | null, membersMax: number): Promise<RunningSession[]> => tx.query<RunningSession>({
  name: 'charging_running_sessions',
  text: `select s.session_id as "sessionId", s.member_id as "memberId", s.charge_point_id as "chargePointId", s.station_id as "stationId", s.connector_id as "connectorId", s.transaction_ref as "transactionRef",
      s.time_zone as "timeZone", s.max_power_w as "maxPowerW", s.start_repeated as "startRepeated", s.started_at as "startedAt", s.hold_minor as "holdMinor", s.hold_state as "holdState",
      s.register_first_wh as "registerFirstWh", s.register_last_wh as "registerLastWh", s.power_w as "powerW", coalesce(a.attempts, 0)::int as attempts, a.asked_at as "askedAt"
    from charging.session s
    left join lateral (select count(*) as attempts, max(r.requested_at) as asked_at from charging.stop_request r where r.operator_id = s.operator_id and r.session_id = s.session_id) a on true
    where s.operator_id = $1 and s.state = 'active' and s.member_id in (
      select distinct x.member_id from charging.session x where x.operator_id = $1 and x.state = 'active' and x.member_id is not null and ($2::uuid is null or x.member_id > $2) order by x.member_id limit $3)
    order by s.member_id, s.session_id`,
}, [onlyOperator(tx), after, membersMax]);

export type MemberTerms = { readonly memberId: MemberId; readonly version: number; readonly balanceThresholdMinor: bigint | null; readonly overdraftMinor: bigint; readonly reason: string; readonly changedBy: string; readonly recordedAt: Instant };

/** What was agreed with these members; those with whom nothing was are missing. */
export const loadMemberTerms = (tx: Tx, memberIds: readonly MemberId[]): Promise<MemberTerms[]> => tx.query<MemberTerms>({
  name: 'charging_member_terms',
  text: `select distinct on (member_id) member_id as "memberId", version, balance_threshold_minor as "balanceThresholdMinor", overdraft_minor as "overdraftMinor", reason, changed_by as "changedBy", recorded_at as "recordedAt"
    from charging.member_terms where operator_id = $1 and member_id = any ($2::uuid[]) order by member_id, version desc`,
}, [onlyOperator(tx), memberIds]);

/** Every agreement with the member, newest first. */
export const listMemberTerms = (tx: Tx, memberId: MemberId, { below, limit }: { readonly below: number | null; readonly limit: number }): Promise<MemberTerms[]> => tx.query<MemberTerms>(
  `select member_id as "memberId", version, balance_threshold_minor as "balanceThresholdMinor", overdraft_minor as "overdraftMinor", reason, changed_by as "changedBy", recorded_at as "recordedAt"
   from charging.member_terms where operator_id = $1 and member_id = $2 and ($3::integer is null or version < $3) order by version desc limit $4`, [onlyOperator(tx), memberId, below, limit]);

/** @returns false when somebody else has stored this version first. */
export async function insertMemberTerms(tx: Tx, terms: MemberTerms): Promise<boolean> {
  return await tx.execute(
    `insert into charging.member_terms (operator_id, member_id, version, balance_threshold_minor, overdraft_minor, reason, changed_by, recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
    [onlyOperator(tx), terms.memberId, terms.version, terms.balanceThresholdMinor, terms.overdraftMinor, terms.reason, terms.changedBy, sqlTimestamp(terms.recordedAt)]) === 1;
}

export type StopRequest = {
  readonly sessionId: SessionId; readonly attempt: number; readonly costMinor: bigint; readonly expectedMinor: bigint; readonly fundsMinor: bigint; readonly thresholdMinor: bigint; readonly overdraftMinor: bigint;
  readonly energyWh: bigint; readonly commandId: string | null; readonly refused: string | null; readonly requestedAt: Instant;
};

/** @returns false when another process has made this attempt already. */
export async function insertStopRequest(tx: Tx, stop: StopRequest): Promise<boolean> {
  return await tx.execute(
    `insert into charging.stop_request (operator_id, session_id, attempt, cost_minor, expected_minor, funds_minor, threshold_minor, overdraft_minor, energy_wh, command_id, refused, requested_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing`,
    [onlyOperator(tx), stop.sessionId, stop.attempt, stop.costMinor, stop.expectedMinor, stop.fundsMinor, stop.thresholdMinor, stop.overdraftMinor, stop.energyWh, stop.commandId, stop.refused, sqlTimestamp(stop.requestedAt)]) === 1;
}

export const stopRequestsOf = (tx: Tx, sessionId: SessionId): Promise<StopRequest[]> => tx.query<StopRequest>(
  `select session_id as "sessionId", attempt, cost_minor as "costMinor", expected_minor as "expectedMinor", funds_minor as "fundsMinor", threshold_minor as "thresholdMinor", overdraft_minor as "overdraftMinor",
     energy_wh as "energyWh", command_id as "commandId", refused, requested_at as "requestedAt" from charging.stop_request where operator_id = $1 and session_id = $2 order by attempt`, [onlyOperator(tx), sessionId]);
