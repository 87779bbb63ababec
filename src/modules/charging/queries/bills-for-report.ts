/** What reports are made of: bills by the set, with what they charged by tariff period. */
import { assert, bigIntToUuid, uuidToBigInt, instant, type BillId, type Clock, type CurrencyCode, type Instant, type MemberId, type SessionId, type StationId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { lookupTransfers } from '../../ledger/index.ts';
import type { StartMode } from '../domain/session.ts';
import { onlyOperator } from '../store/sessions.ts';

export const BILLS_PER_REPORT_LOAD_MAX = 2_000;

export type BillForReport = {
  readonly billId: BillId; readonly sessionId: SessionId; readonly version: number; readonly previousBillId: BillId | null; readonly reason: string; readonly state: 'settled' | 'held';
  /** Some of its flags hold a bill until somebody has looked, and nobody has: true of held bills, and of those settled before review. */
  readonly inDoubt: boolean;
  readonly correctionId: string | null; readonly currency: CurrencyCode; readonly memberId: MemberId | null; readonly credentialId: string | null; readonly stationId: StationId; readonly startMode: StartMode;
  readonly startedAt: Instant; readonly endedAt: Instant;
  /** The day on which charging ended, on the station's wall clock: `2026-03-31`. */
  readonly serviceOn: string;
  /** When the ledger booked it; of a bill without money, when it was recorded. */
  readonly bookedAt: Instant;
  readonly energyWh: bigint; readonly sharpWh: bigint; readonly peakWh: bigint; readonly flatWh: bigint; readonly valleyWh: bigint;
  readonly sharpElectricityMinor: bigint; readonly peakElectricityMinor: bigint; readonly flatElectricityMinor: bigint; readonly valleyElectricityMinor: bigint;
  readonly sharpServiceMinor: bigint; readonly peakServiceMinor: bigint; readonly flatServiceMinor: bigint; readonly valleyServiceMinor: bigint;
  readonly electricityMinor: bigint; readonly serviceMinor: bigint; readonly occupancyMinor: bigint; readonly totalMinor: bigint; readonly couponMinor: bigint;
  readonly proposedEnergyWh: bigint | null; readonly proposedTotalMinor: bigint | null;
};

const KINDS = ['sharp', 'peak', 'flat', 'valley'] as const;
const byKind = (column: string, kind: 'electricity' | 'service', name: (period: string) => string): string =>
  KINDS.map((period) => `coalesce(sum(l.${column}) filter (where l.kind = '${kind}' and l.period_kind = '${period}'), 0)::bigint as "${name(period)}"`).join(', ');

const LOAD = {
  name: 'charging_bills_for_report',
  text: `select b.bill_id as "billId", b.session_id as "sessionId", b.version, b.previous_bill_id as "previousBillId", b.reason, b.state,
      b.correction_id is null and b.flags @> '[{"effect": "hold"}]' as "inDoubt", b.correction_id as "correctionId",
      b.currency, b.member_id as "memberId", s.credential_id as "credentialId", s.station_id as "stationId", s.start_mode as "startMode", b.started_at as "startedAt", b.ended_at as "endedAt",
      ((b.ended_at at time zone s.time_zone)::date)::text as "serviceOn", b.recorded_at as "bookedAt", p.transfer_id as "transferId", b.energy_wh as "energyWh", l.*,
      b.electricity_minor as "electricityMinor", b.service_minor as "serviceMinor", b.occupancy_minor as "occupancyMinor", b.total_minor as "totalMinor", b.from_coupon_minor as "couponMinor",
      b.proposed_energy_wh as "proposedEnergyWh", b.proposed_total_minor as "proposedTotalMinor"
    from unnest((select $2::uuid[])) as k (bill_id)
    cross join lateral (select x.* from charging.bill x where x.operator_id = $1 and x.bill_id = k.bill_id offset 0) b
    cross join lateral (select x.credential_id, x.station_id, x.start_mode, x.time_zone from charging.session x where x.operator_id = $1 and x.session_id = b.session_id offset 0) s
    cross join lateral (select ${byKind('energy_wh', 'electricity', (period) => `${period}Wh`)}, ${byKind('amount_minor', 'electricity', (period) => `${period}ElectricityMinor`)},
      ${byKind('amount_minor', 'service', (period) => `${period}ServiceMinor`)} from charging.bill_line l where l.operator_id = $1 and l.bill_id = k.bill_id and l.charged) l
    left join lateral (select x.transfer_id from charging.bill_posting x where x.operator_id = $1 and x.bill_id = k.bill_id and x.asset = 'money' and x.amount > 0
      and (x.reverses is not null or x.purpose in ('electricity', 'service', 'occupancy')) limit 1) p on true`,
};

/** Bills by id, and the versions that they replaced. Ids that do not exist are missing. At most `BILLS_PER_REPORT_LOAD_MAX` at once. */
export async function billsForReport(tx: Tx, billIds: readonly BillId[], { clock }: { readonly clock: Clock }): Promise<BillForReport[]> {
  assert(billIds.length <= BILLS_PER_REPORT_LOAD_MAX, `at most ${BILLS_PER_REPORT_LOAD_MAX} bills at once`);
  if (billIds.length === 0) return [];
  type Row = BillForReport & { readonly transferId: string | null };
  const asked = await tx.query<Row>(LOAD, [onlyOperator(tx), billIds]);
  const known = new Set(asked.map(({ billId }) => billId));
  const previous = asked.flatMap(({ previousBillId }) => (previousBillId === null || known.has(previousBillId) ? [] : [previousBillId]));
  const rows = previous.length === 0 ? asked : [...asked, ...(await tx.query<Row>(LOAD, [onlyOperator(tx), previous]))];
  const transfers = await lookupTransfers(tx, rows.flatMap(({ transferId }) => (transferId === null ? [] : [uuidToBigInt(transferId)])), { clock });
  const booked = new Map(transfers.map(({ id, timestamp }) => [bigIntToUuid(id), instant(Number(timestamp / 1_000_000n))]));
  return rows.map(({ transferId, ...bill }) => ({ ...bill, bookedAt: (transferId === null ? undefined : booked.get(transferId)) ?? bill.bookedAt }));
}

/** Every version of every bill, in the order of their ids, which is that of time; for reports that are made anew or brought up to date. */
export async function billIdsForReport(tx: Tx, page: { readonly after: BillId | null; readonly limit: number }): Promise<BillId[]> {
  const rows = await tx.query<{ billId: BillId }>(
    `select bill_id as "billId" from charging.bill where operator_id = $1 and ($2::uuid is null or bill_id > $2) order by charging.bill.bill_id limit $3`, [onlyOperator(tx), page.after, page.limit]);
  return rows.map(({ billId }) => billId);
}

export type OpenBill = { readonly sessionId: SessionId; readonly billId: BillId; readonly causes: readonly string[]; readonly held: boolean; readonly proposedTotalMinor: bigint | null; readonly totalMinor: bigint; readonly since: Instant };

/** Of these sessions, those whose current bill still waits for somebody: it is held, or was settled before review and not corrected since. Oldest first. */
export async function billsInDoubt(tx: Tx, sessionIds: readonly SessionId[]): Promise<OpenBill[]> {
  if (sessionIds.length === 0) return [];
  return tx.query<OpenBill>(
    `select s.session_id as "sessionId", b.bill_id as "billId", s.flag_causes as causes, b.state = 'held' as held, b.proposed_total_minor as "proposedTotalMinor", b.total_minor as "totalMinor", b.recorded_at as since
     from unnest((select $2::uuid[])) as k (session_id)
     cross join lateral (select x.session_id, x.current_bill_id, x.flag_causes from charging.session x where x.operator_id = $1 and x.session_id = k.session_id offset 0) s
     join charging.bill b on b.operator_id = $1 and b.bill_id = s.current_bill_id
     where b.correction_id is null and b.flags @> '[{"effect": "hold"}]' order by b.recorded_at, b.bill_id`, [onlyOperator(tx), sessionIds]);
}

/** How many versions of bills there are. */
export async function countBills(tx: Tx): Promise<bigint> {
  const [row] = await tx.query<{ count: bigint }>('select count(*) as count from charging.bill where operator_id = $1', [onlyOperator(tx)]);
  return row!.count;
}
