import { addMs, fromLocalTime, MS_PER_HOUR, toLocalTime, type CurrencyCode, type Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { loadRules } from '../store/rules.ts';
import { onlyOperator } from '../store/sessions.ts';
import { sessionSeen, type PlacesSeen } from './seen.ts';

export const OVERVIEW_HOURS = 24;
export type Overview = {
  readonly currency: CurrencyCode; readonly livePowerW: bigint; readonly activeSessions: bigint; readonly dayStartedAt: Instant;
  /** Current bills of the sessions that ended since the operator's midnight: the same day as the hours below, however late a message came. */
  readonly today: { readonly bills: bigint; readonly energyWh: bigint; readonly totalMinor: bigint };
  /** What needs somebody: bills in doubt, with what they would charge, and the oldest of them. */
  readonly held: { readonly bills: bigint; readonly proposedEnergyWh: bigint; readonly proposedTotalMinor: bigint; readonly oldestEndedAt: Instant | null };
  readonly causes: readonly { readonly cause: string; readonly bills: bigint }[];
  /** By the hour in which sessions ended: late messages count where they belong. */
  readonly hours: readonly { readonly from: Instant; readonly bills: bigint; readonly energyWh: bigint; readonly totalMinor: bigint }[];
};

/** The figures of the first page of whoever sees these places, in six statements. */
export async function chargingOverview(tx: Tx, { now, currency, timeZone, places = 'operator' }: { now: Instant; currency: CurrencyCode; timeZone: string; places?: PlacesSeen }): Promise<Overview> {
  const operatorId = onlyOperator(tx);
  const { rules: { sessionDurationMaxMs } } = await loadRules(tx);
  const local = toLocalTime(now, timeZone);
  const dayStartedAt = fromLocalTime({ ...local, minuteOfDay: 0 }, timeZone);
  const [seen, seenLater] = [sessionSeen(places, 2), sessionSeen(places, 4)];
  const [live] = await tx.query<{ power: bigint; sessions: bigint }>(
    `select coalesce(sum(power_w), 0)::bigint as power, count(*) as sessions from charging.session s where operator_id = $1 and state = 'active'${seen.sql}`, [operatorId, ...seen.values]);
  const firstHour = addMs(now, -(OVERVIEW_HOURS - 1) * MS_PER_HOUR - (now % MS_PER_HOUR));
  const [today] = await tx.query<Overview['today']>(
    `select count(*) as bills, coalesce(sum(b.energy_wh), 0)::bigint as "energyWh", coalesce(sum(b.total_minor), 0)::bigint as "totalMinor"
     from charging.bill b join charging.session s on s.operator_id = b.operator_id and s.current_bill_id = b.bill_id
     where b.operator_id = $1 and s.operator_id = $1 and s.ended_at >= $2 and s.started_at >= $3${seenLater.sql}`,
    [operatorId, sqlTimestamp(dayStartedAt), sqlTimestamp(addMs(dayStartedAt, -sessionDurationMaxMs)), ...seenLater.values]);
  const rows = await tx.query<{ hour: Instant; bills: bigint; energyWh: bigint; totalMinor: bigint }>(
    `select date_trunc('hour', s.ended_at, 'UTC') as hour, count(*) as bills, sum(b.energy_wh)::bigint as "energyWh", sum(b.total_minor)::bigint as "totalMinor"
     from charging.session s join charging.bill b on b.operator_id = s.operator_id and b.bill_id = s.current_bill_id
     where s.operator_id = $1 and s.ended_at >= $2 and s.started_at >= $3${seenLater.sql} group by 1 order by 1`,
    [operatorId, sqlTimestamp(firstHour), sqlTimestamp(addMs(firstHour, -sessionDurationMaxMs)), ...seenLater.values]);
  const [held] = await tx.query<Overview['held']>(
    `select count(*) as bills, coalesce(sum(b.proposed_energy_wh), 0)::bigint as "proposedEnergyWh", coalesce(sum(b.proposed_total_minor), 0)::bigint as "proposedTotalMinor",
       min(s.ended_at) as "oldestEndedAt"
     from charging.session s join charging.bill b on b.operator_id = s.operator_id and b.bill_id = s.current_bill_id where s.operator_id = $1 and s.held${seen.sql}`, [operatorId, ...seen.values]);
  const causes = await tx.query<{ cause: string; bills: bigint }>(
    `select cause, count(*) as bills from charging.session s, unnest(s.flag_causes) as cause where s.operator_id = $1 and s.held${seen.sql} group by 1 order by 2 desc, 1`, [operatorId, ...seen.values]);
  const sum = (pick: 'bills' | 'energyWh' | 'totalMinor', of: typeof rows): bigint => of.reduce((total, row) => total + row[pick], 0n);
  return {
    currency, livePowerW: live!.power, activeSessions: live!.sessions, dayStartedAt, held: held!, causes, today: today!,
    hours: Array.from({ length: OVERVIEW_HOURS }, (_, i) => {
      const from = addMs(firstHour, i * MS_PER_HOUR);
      const inHour = rows.filter((row) => row.hour === from);
      return { from, bills: sum('bills', inHour), energyWh: sum('energyWh', inHour), totalMinor: sum('totalMinor', inHour) };
    }),
  };
}
