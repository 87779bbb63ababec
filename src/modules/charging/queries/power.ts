import { addMs, MS_PER_MINUTE, type ChargePointId, type Instant, type StationId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { SESSION_DURATION_MAX_MS } from '../domain/derive.ts';
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
  const values = [onlyOperator(tx), sqlTimestamp(from), sqlTimestamp(to), stationId ?? null, chargePointId ?? null, ...seen.values];
  const at = values.length;
  const rows = await tx.query<{ minute: Instant; power: bigint }>(CURVE(seen.sql, at), [...values, sqlTimestamp(addMs(from, -SESSION_DURATION_MAX_MS)), `${POWER_CARRIED_MS_MAX} milliseconds`]);
  const [live] = await tx.query<{ power: bigint }>(
    `select coalesce(sum(s.power_w), 0)::bigint as power from charging.session s
     where s.operator_id = $1 and s.state = 'active' and ($2::uuid is null or s.station_id = $2) and ($3::uuid is null or s.charge_point_id = $3)${sessionSeen(places, 4).sql}`,
    [values[0], stationId ?? null, chargePointId ?? null, ...seen.values]);
  const byMinute = new Map(rows.map((row) => [row.minute, row.power]));
  return { from, minutesW: Array.from({ length: minutes }, (_, i) => byMinute.get(addMs(from, i * MS_PER_MINUTE)) ?? 0n), nowW: live!.power };
}

/** Readings of the sessions of that time → what each says until the next one → its share of every minute that it touches. */
const CURVE = (seen: string, at: number): string => `
  with sessions as materialized (
    select s.session_id, s.max_power_w, least(coalesce(s.ended_at, $3), $3) as until from charging.session s
    where s.operator_id = $1 and (s.state = 'active' or (s.ended_at >= $2 and s.started_at >= $${at + 1}))
      and ($4::uuid is null or s.station_id = $4) and ($5::uuid is null or s.charge_point_id = $5)${seen}),
  said as (
    select f.session_id, s.max_power_w, s.until, coalesce(f.event_at, f.recorded_at) as at, max(f.power_w) as power, max(f.register_wh) as register
    from sessions s join charging.fact f on f.operator_id = $1 and f.session_id = s.session_id
    where f.recorded_at >= $2::timestamptz - $${at + 2}::interval
    group by 1, 2, 3, 4),
  steps as (
    select *, lead(at) over next_ones as next_at, extract(epoch from lead(at) over next_ones - at) as seconds,
      lead(register) over next_ones - register as drawn_wh
    from said window next_ones as (partition by session_id order by at)),
  rated as (
    select session_id, max_power_w, at, power, next_at, until, case when drawn_wh >= 0 and seconds > 0 then drawn_wh * 3600 / seconds end as rate,
      lag(case when drawn_wh >= 0 and seconds > 0 then drawn_wh * 3600 / seconds end) over (partition by session_id order by at) as rate_before
    from steps),
  spans as (
    select greatest(at, $2) as from_at, least(case when power is null and rate is not null then next_at else least(next_at, at + $${at + 2}::interval) end, until) as to_at,
      least(coalesce(power, rate, rate_before, 0), max_power_w) as watts
    from rated)
  select minute, sum(watts * extract(epoch from least(to_at, minute + interval '1 minute') - greatest(from_at, minute)) / 60)::bigint as power
  from spans cross join lateral generate_series(date_trunc('minute', from_at), to_at - interval '1 microsecond', interval '1 minute') as minute
  where to_at > from_at group by 1`;
