import type { ChargePointId, CurrencyCode, Instant, MemberId, SessionId, StationId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { FlagCause } from '../domain/flag.ts';
import type { StartDecision, StartMode } from '../domain/session.ts';
import { maskToken } from '../domain/token.ts';
import { onlyOperator } from '../store/sessions.ts';
import { sessionSeen, type PlacesSeen } from './seen.ts';

export type SessionRow = {
  readonly sessionId: SessionId; readonly chargePointId: ChargePointId; readonly evseNumber: number | null; readonly stationId: StationId; readonly timeZone: string;
  readonly transactionRef: string; readonly memberId: MemberId | null; readonly tokenMask: string | null; readonly startMode: StartMode; readonly decision: StartDecision;
  readonly state: 'active' | 'ended'; readonly held: boolean; readonly flagCauses: readonly FlagCause[]; readonly startedAt: Instant; readonly endedAt: Instant | null;
  /** Derived; while the session runs, what the newest reading shows. */
  readonly energyWh: bigint; readonly powerW: bigint | null; readonly socPercent: number | null;
  readonly billVersion: number; readonly totalMinor: bigint | null; readonly currency: CurrencyCode | null;
};
export type SessionFilter = {
  readonly state?: 'active' | 'ended' | 'held' | 'flagged' | undefined; readonly sessionId?: SessionId | undefined; readonly stationId?: StationId | undefined;
  readonly chargePointId?: ChargePointId | undefined; readonly memberId?: MemberId | undefined; readonly from?: Instant | undefined; readonly to?: Instant | undefined;
  readonly cause?: FlagCause | undefined;
  /** A transaction id, a token or its last four characters. */
  readonly text?: string | undefined;
  /** Where and when whoever asks may look; everywhere when left out. */
  readonly seen?: PlacesSeen | undefined;
};

export const SESSION_COLUMNS = `s.session_id as "sessionId", s.charge_point_id as "chargePointId", s.evse_number as "evseNumber", s.station_id as "stationId", s.time_zone as "timeZone",
  s.transaction_ref as "transactionRef", s.member_id as "memberId", s.token_mask as "tokenMask", s.start_mode as "startMode", s.decision, s.state, s.held,
  s.flag_causes as "flagCauses", s.started_at as "startedAt", s.ended_at as "endedAt", s.energy_wh as "energyWh", s.power_w as "powerW", s.soc_percent as "socPercent",
  s.bill_version as "billVersion", case when b.state = 'settled' then b.total_minor end as "totalMinor", b.currency`;
export const SESSION_TABLES = 'charging.session s left join charging.bill b on b.operator_id = s.operator_id and b.bill_id = s.current_bill_id';

const STATE_SQL = { active: `s.state = 'active'`, ended: `s.state = 'ended' and not s.held`, held: 's.held', flagged: 'cardinality(s.flag_causes) > 0' } as const;

/** Only the conditions that were asked for, so that each list finds its index. */
function conditions(tx: Tx, filter: SessionFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [onlyOperator(tx)];
  const parts = ['s.operator_id = $1'];
  const add = (sql: (parameter: string) => string, value: unknown): void => {
    values.push(value);
    parts.push(sql(`$${values.length}`));
  };
  if (filter.state) parts.push(STATE_SQL[filter.state]);
  if (filter.sessionId) add((p) => `s.session_id = ${p}`, filter.sessionId);
  if (filter.stationId) add((p) => `s.station_id = ${p}`, filter.stationId);
  if (filter.chargePointId) add((p) => `s.charge_point_id = ${p}`, filter.chargePointId);
  if (filter.memberId) add((p) => `s.member_id = ${p}`, filter.memberId);
  if (filter.from !== undefined) add((p) => `s.started_at >= ${p}`, sqlTimestamp(filter.from));
  if (filter.to !== undefined) add((p) => `s.started_at < ${p}`, sqlTimestamp(filter.to));
  // The first half is there for the index of flagged sessions.
  if (filter.cause) add((p) => `cardinality(s.flag_causes) > 0 and ${p} = any(s.flag_causes)`, filter.cause);
  if (filter.text) {
    add((p) => `(s.transaction_ref = any(${p}) or s.token_mask = any(${p}))`, [filter.text, `v16:${filter.text}`, `v201:${filter.text}`, ...(filter.text.length >= 4 ? [maskToken(filter.text)] : [])]);
  }
  const seen = sessionSeen(filter.seen ?? 'operator', values.length + 1);
  return { text: parts.join(' and ') + seen.sql, values: [...values, ...seen.values] };
}

/** Newest start first. */
export function listSessions(tx: Tx, filter: SessionFilter, page: { readonly after: readonly [startedAt: number, sessionId: string] | null; readonly limit: number }): Promise<SessionRow[]> {
  const { text, values } = conditions(tx, filter);
  const at = values.length;
  const after = page.after ? ` and (s.started_at, s.session_id) < ($${at + 2}::timestamptz, $${at + 3}::uuid)` : '';
  return tx.query<SessionRow>(
    `select ${SESSION_COLUMNS} from ${SESSION_TABLES} where ${text}${after} order by s.started_at desc, s.session_id desc limit $${at + 1}`,
    [...values, page.limit, ...(page.after ? [sqlTimestamp(page.after[0] as Instant), page.after[1]] : [])]);
}

export type SessionSums = { readonly count: bigint; readonly active: bigint; readonly held: bigint; readonly energyWh: bigint; readonly totalMinor: bigint };

/** Counts and sums of everything that the filter lets through: the answer before the list is read. */
export async function sumSessions(tx: Tx, filter: SessionFilter): Promise<SessionSums> {
  const { text, values } = conditions(tx, filter);
  const [sums] = await tx.query<SessionSums>(
    `select count(*) as count, count(*) filter (where s.state = 'active') as active, count(*) filter (where s.held) as held,
       coalesce(sum(case when s.state = 'active' then s.energy_wh else b.energy_wh end), 0)::bigint as "energyWh", coalesce(sum(b.total_minor), 0)::bigint as "totalMinor"
     from ${SESSION_TABLES} where ${text}`, values);
  return sums!;
}
