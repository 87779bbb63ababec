import { assert, type ChargePointId, type Instant, type SessionId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { FlagCause, FlagData } from '../domain/flag.ts';
import { onlyOperator } from '../store/sessions.ts';

export const SESSIONS_TO_JUDGE_MAX = 2_000;
const FRAMES_OF_SESSIONS_MAX = 100_000;

/** A session that has ended, as whoever judges charge points sees it: nobody's name, card or money. */
export type SessionToJudge = {
  readonly sessionId: SessionId; readonly chargePointId: ChargePointId; readonly evseNumber: number | null; readonly transactionRef: string; readonly timeZone: string; readonly startedAt: Instant; readonly endedAt: Instant | null;
  /** The frame that it was first heard of by. */
  readonly firstFrame: bigint; readonly firstRecordedAt: Instant;
  readonly energyWh: bigint; /** The most that no register saw, by the evidence of its flags. */ readonly unexplainedWh: bigint; readonly causes: readonly FlagCause[]; readonly billVersion: number;
};

/** Sessions by id; those that run, or have no bill yet, are missing. At most `SESSIONS_TO_JUDGE_MAX` at once. */
export async function sessionsToJudge(tx: Tx, sessionIds: readonly SessionId[]): Promise<SessionToJudge[]> {
  assert(sessionIds.length <= SESSIONS_TO_JUDGE_MAX, `at most ${SESSIONS_TO_JUDGE_MAX} sessions at once`);
  if (sessionIds.length === 0) return [];
  type Row = Omit<SessionToJudge, 'unexplainedWh'> & { readonly flags: readonly { readonly data: FlagData }[] };
  const rows = await tx.query<Row>(
    `select s.session_id as "sessionId", s.charge_point_id as "chargePointId", s.evse_number as "evseNumber", s.transaction_ref as "transactionRef", s.time_zone as "timeZone", s.started_at as "startedAt", s.ended_at as "endedAt",
       f.frame_sequence as "firstFrame", f.recorded_at as "firstRecordedAt", s.energy_wh as "energyWh", s.flag_causes as causes, s.bill_version as "billVersion", b.flags
     from unnest((select $2::uuid[])) as k (session_id)
     join charging.session s on s.operator_id = $1 and s.session_id = k.session_id
     join charging.bill b on b.operator_id = $1 and b.bill_id = s.current_bill_id
     cross join lateral (select x.frame_sequence, x.recorded_at from charging.fact x where x.operator_id = $1 and x.session_id = k.session_id order by x.frame_sequence limit 1) f
     where s.state = 'ended' order by s.session_id`, [onlyOperator(tx), sessionIds]);
  return rows.map(({ flags, ...row }) => ({ ...row, unexplainedWh: unseenOf(flags) }));
}

function unseenOf(flags: readonly { readonly data: FlagData }[]): bigint {
  let most = 0n;
  for (const { data: { unseenWhMax } } of flags) {
    if (typeof unseenWhMax !== 'string' && typeof unseenWhMax !== 'number') continue;
    const wh = /^\d{1,15}$/.test(String(unseenWhMax)) ? BigInt(unseenWhMax) : 0n;
    if (wh > most) most = wh;
  }
  return most;
}

/** The frames behind sessions, in order, each with its session; the first `countMax`. */
export const sessionFrames = (tx: Tx, sessionIds: readonly SessionId[], countMax: number): Promise<{ sessionId: SessionId; sequence: bigint }[]> => tx.query(
  `select distinct session_id as "sessionId", frame_sequence as sequence from charging.fact where operator_id = $1 and session_id = any ($2::uuid[]) order by frame_sequence, session_id limit $3`,
  [onlyOperator(tx), sessionIds, Math.min(countMax, FRAMES_OF_SESSIONS_MAX)]);
