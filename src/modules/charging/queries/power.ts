import { addMs, MS_PER_MINUTE, type ChargePointId, type Instant, type StationId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { loadRules } from '../store/rules.ts';
import { onlyOperator } from '../store/sessions.ts';
import { sessionSeen, type PlacesSeen } from './seen.ts';

export const POWER_MINUTES_MAX = 360;
/** A measured power is believed to last until the next reading, and no longer than this. */
export const POWER_CARRIED_MS_MAX = 15 * MS_PER_MINUTE;

export type PowerOf = { readonly places?: PlacesSeen; readonly stationId?: StationId | undefined; readonly chargePointId?: ChargePointId | undefined };
export type PowerCurve = {
  /** Start of the first minute. */
  readonly from: Instant;
  /** Mean power in W of each whole minute since then. */
  readonly minutesW: readonly bigint[];
  /** What flows at this moment, as the newest readings of open sessions say. */
  readonly nowW: bigint;
};

/**
 * Power over the last minutes, summed over sessions, from the readings that are stored anyway. Where a charge point measures no power its
 * register says how much flowed between two readings; nothing counts for more than the connector can give.
 */
export async function powerCurve(tx: Tx, { places = 'operator', stationId, chargePointId }: PowerOf, { now, minutes }: { readonly now: Instant; readonly minutes: number }): Promise<PowerCurve> {
  const to = addMs(now, -(now % MS_PER_MINUTE)), from = addMs(to, -minutes * MS_PER_MINUTE);
  const seen = sessionSeen(places, 6);
  const { rules: { sessionDurationMaxMs } } = await loadRules(tx);
  const values = [onlyOperator(tx), sqlTimestamp(from), sqlTimestamp(to), stationId ?? null, chargePointId ?? null, ...seen.values];
  const at = values.length;
  const rows = await tx.query<{ minute: Instant; power: bigint }>(CURVE(seen.sql, at), [...values, sqlTimestamp(addMs(from, -sessionDurationMaxMs)), POWER_CARRIED_MS_MAX / 1_000]);
  const [live] = await tx.query<{ power: bigint }>(
    `select coalesce(sum(s.power_w), 0)::bigint as power from charging.session s
     where s.operator_id = $1 and s.state = 'active' and ($2::uuid is null or s.station_id = $2) and ($3::uuid is null or s.charge_point_id = $3)${sessionSeen(places, 4).sql}`,
    [values[0], stationId ?? null, chargePointId ?? null, ...seen.values]);
  const byMinute = new Map(rows.map((row) => [row.minute, row.power]));
  return { from, minutesW: Array.from({ length: minutes }, (_, i) => byMinute.get(addMs(from, i * MS_PER_MINUTE)) ?? 0n), nowW: live!.power };
}

/** Readings of the sessions of that time → what each says until the next one → its share of every minute that it touches. */
const CURVE = (seen: string, at: number): string => `
  with frame as (select extract(epoch from $2::timestamptz)::float8 as from_s, extract(epoch from $3::timestamptz)::float8 as to_s, ($${at + 2}::float8) as carried_s),
  sessions as materialized (
    select s.session_id, s.max_power_w::float8 as max_w, extract(epoch from least(coalesce(s.ended_at, $3), $3))::float8 as until_s from charging.session s
    where s.operator_id = $1 and (s.state = 'active' or (s.ended_at >= $2 and s.started_at >= $${at + 1}))
      and ($4::uuid is null or s.station_id = $4) and ($5::uuid is null or s.charge_point_id = $5)${seen}),
  said as (
    select f.session_id, s.max_w, s.until_s, extract(epoch from coalesce(f.event_at, f.recorded_at))::float8 as at_s, f.power_w::float8 as watts, f.register_wh::float8 as wh
    from sessions s join charging.fact f on f.operator_id = $1 and f.session_id = s.session_id
    where f.recorded_at >= $2::timestamptz - make_interval(secs => $${at + 2}::float8)),
  steps as (
    select *, lead(at_s) over next_ones as next_s, (lead(wh) over next_ones - wh) * 3600 / nullif(lead(at_s) over next_ones - at_s, 0) as rate
    from said window next_ones as (partition by session_id order by at_s, wh)),
  spans as (
    select greatest(at_s, from_s) as from_s,
      least(case when watts is null and rate >= 0 then next_s else least(next_s, at_s + carried_s) end, until_s) as to_s,
      least(coalesce(watts, case when rate >= 0 then rate else greatest(lag(rate) over (partition by session_id order by at_s, wh), 0) end, 0), max_w) as watts
    from steps cross join frame)
  select to_timestamp(minute * 60) as minute, sum(watts * (least(to_s, minute * 60 + 60) - greatest(from_s, minute * 60)) / 60)::bigint as power
  from spans cross join lateral generate_series(floor(from_s / 60)::int, ceil(to_s / 60)::int - 1) as minute
  where to_s > from_s group by 1`;
