import { assert, type BillId, type CorrectionId, type CurrencyCode, type Instant, type SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { BillDraft } from '../domain/bill.ts';
import type { Closure } from '../domain/derive.ts';
import type { Posting } from '../domain/posting.ts';
import type { Session } from '../domain/session.ts';
import { onlyOperator, STANDING_IN } from './sessions.ts';

export type BillReason = 'ended' | 'closed_by_evidence' | 'late_facts' | 'rederived' | 'corrected' | 'correction_reverted';
export type NewBill = {
  readonly billId: BillId; readonly sessionId: SessionId; readonly version: number; readonly previousBillId: BillId | null; readonly reason: BillReason;
  readonly currency: CurrencyCode; readonly draft: BillDraft; readonly startedAt: Instant; readonly endedAt: Instant; readonly fromCouponMinor: bigint;
  readonly fromHoldMinor: bigint; readonly fromWalletMinor: bigint; readonly receivableMinor: bigint; readonly postings: readonly Posting[]; readonly recordedAt: Instant; readonly rulesVersion: number;
};

type Column<T> = readonly [column: string, type: string, value: (row: T) => unknown];
const unnestOf = <T>(columns: readonly Column<T>[], from: number): string => `unnest(${columns.map(([, type], i) => `$${from + i}::${type}[]`).join(', ')})`;
const insertText = <T>(table: string, columns: readonly Column<T>[], from: number): string =>
  `insert into charging.${table} (operator_id, ${columns.map(([column]) => column).join(', ')}) select $1::uuid, * from ${unnestOf(columns, from)}`;
const json = (value: unknown): string => JSON.stringify(value, (_name, field: unknown) => (typeof field === 'bigint' ? String(field) : field));

const BILL: readonly Column<NewBill>[] = [
  ['bill_id', 'uuid', (b) => b.billId], ['session_id', 'uuid', (b) => b.sessionId], ['version', 'int', (b) => b.version],
  ['previous_bill_id', 'uuid', (b) => b.previousBillId], ['reason', 'text', (b) => b.reason], ['state', 'text', (b) => b.draft.state],
  ['currency', 'text', (b) => b.currency], ['member_id', 'uuid', (b) => b.draft.memberId], ['started_at', 'timestamptz', (b) => sqlTimestamp(b.startedAt)],
  ['ended_at', 'timestamptz', (b) => sqlTimestamp(b.endedAt)], ['energy_wh', 'bigint', (b) => b.draft.energyWh],
  ['electricity_minor', 'bigint', (b) => b.draft.electricityMinor], ['service_minor', 'bigint', (b) => b.draft.serviceMinor],
  ['occupancy_minor', 'bigint', (b) => b.draft.occupancyMinor], ['total_minor', 'bigint', (b) => b.draft.totalMinor],
  ['proposed_energy_wh', 'bigint', (b) => b.draft.proposal?.energyWh ?? null], ['proposed_total_minor', 'bigint', (b) => b.draft.proposal?.totalMinor ?? null],
  ['from_coupon_minor', 'bigint', (b) => b.fromCouponMinor], ['from_hold_minor', 'bigint', (b) => b.fromHoldMinor], ['from_wallet_minor', 'bigint', (b) => b.fromWalletMinor],
  ['receivable_minor', 'bigint', (b) => b.receivableMinor], ['flags', 'jsonb', (b) => json(b.draft.flags)], ['digest', 'text', (b) => b.draft.digest],
  ['recorded_at', 'timestamptz', (b) => sqlTimestamp(b.recordedAt)], ['rules_version', 'int', (b) => b.rulesVersion], ['correction_id', 'uuid', (b) => b.draft.correctionId],
];
type Line = { billId: BillId; lineNumber: number; charged: boolean; line: BillDraft['lines'][number] };
const LINE: readonly Column<Line>[] = [
  ['bill_id', 'uuid', (r) => r.billId], ['line_number', 'int', (r) => r.lineNumber], ['charged', 'boolean', (r) => r.charged], ['kind', 'text', (r) => r.line.kind],
  ['period_kind', 'text', (r) => r.line.periodKind], ['tariff_id', 'uuid', (r) => r.line.tariffId], ['from_at', 'timestamptz', (r) => sqlTimestamp(r.line.from)],
  ['to_at', 'timestamptz', (r) => sqlTimestamp(r.line.to)], ['energy_wh', 'bigint', (r) => r.line.energyWh], ['minutes', 'int', (r) => r.line.minutes],
  ['rate_value', 'bigint', (r) => r.line.rate.value], ['rate_scale', 'int', (r) => r.line.rate.scale], ['amount_minor', 'bigint', (r) => r.line.amountMinor],
];
type BillPosting = Posting & { readonly billId: BillId };
const POSTING: readonly Column<BillPosting>[] = [
  ['bill_id', 'uuid', (p) => p.billId], ['transfer_id', 'uuid', (p) => p.transferId], ['purpose', 'text', (p) => p.purpose],
  ['debit_account', 'uuid', (p) => p.debitAccount], ['credit_account', 'uuid', (p) => p.creditAccount], ['asset', 'text', (p) => p.asset],
  ['amount', 'bigint', (p) => p.amount], ['reverses', 'uuid', (p) => p.reverses],
];
type SettledSession = Pick<NewBill, 'sessionId' | 'billId' | 'version' | 'startedAt' | 'endedAt' | 'draft'> & { readonly derivedEnergyWh: bigint; readonly holdState: Session['holdState']; readonly holdTransfer: string | null };
const list = (items: readonly (string | number)[]): string => `{${items.join(',')}}`;
const SETTLED: readonly Column<SettledSession>[] = [
  ['session_id', 'uuid', (s) => s.sessionId], ['current_bill_id', 'uuid', (s) => s.billId], ['bill_version', 'int', (s) => s.version], ['started_at', 'timestamptz', (s) => sqlTimestamp(s.startedAt)],
  ['ended_at', 'timestamptz', (s) => sqlTimestamp(s.endedAt)], ['energy_wh', 'bigint', (s) => s.derivedEnergyWh], ['held', 'boolean', (s) => s.draft.state === 'held'],
  ['flag_codes', 'text', (s) => list([...new Set(s.draft.flags.flatMap(({ code }) => (code === null ? [] : [code])))])],
  ['flag_causes', 'text', (s) => list([...new Set(s.draft.flags.map(({ cause }) => cause))])], ['hold_state', 'text', (s) => s.holdState], ['hold_transfer', 'uuid', (s) => s.holdTransfer],
];

const FIRST_LINE = 2 + BILL.length, FIRST_POSTING = FIRST_LINE + LINE.length, FIRST_SETTLED = FIRST_POSTING + POSTING.length;
const RECORD = {
  name: 'charging_record_bills',
  text: `with bills as (${insertText('bill', BILL, 2)}), lines as (${insertText('bill_line', LINE, FIRST_LINE)}), postings as (${insertText('bill_posting', POSTING, FIRST_POSTING)})
    insert into charging.session as s (operator_id, ${STANDING_IN.columns}, state, last_recorded_at, ${SETTLED.map(([column]) => column).join(', ')})
    select $1::uuid, ${STANDING_IN.values('k.session_id', 'k.started_at')}, 'ended', k.started_at, k.session_id, k.current_bill_id, k.bill_version, k.started_at, k.ended_at, k.energy_wh, k.held,
      k.flag_codes::int[], k.flag_causes::text[], k.hold_state, k.hold_transfer
    from ${unnestOf(SETTLED, FIRST_SETTLED)} as k (${SETTLED.map(([column]) => column).join(', ')})
    on conflict (operator_id, session_id) do update set state = 'ended', current_bill_id = excluded.current_bill_id, bill_version = excluded.bill_version, started_at = excluded.started_at,
      ended_at = excluded.ended_at, energy_wh = excluded.energy_wh, held = excluded.held, flag_codes = excluded.flag_codes, flag_causes = excluded.flag_causes, power_w = null,
      hold_state = excluded.hold_state`,
};

/** Appends bills with their lines and postings, ends their sessions and points these to them: one statement for any number of bills. */
export async function recordBills(tx: Tx, bills: readonly (NewBill & Pick<SettledSession, 'derivedEnergyWh' | 'holdState' | 'holdTransfer'>)[]): Promise<void> {
  if (bills.length === 0) return;
  const columnsOf = <T>(columns: readonly Column<T>[], rows: readonly T[]): unknown[] => columns.map(([, , value]) => rows.map(value));
  const ended = await tx.execute(RECORD, [
    onlyOperator(tx), ...columnsOf(BILL, bills),
    ...columnsOf(LINE, bills.flatMap(({ billId, draft }) => draft.lines.map((line, i) => ({ billId, lineNumber: i + 1, charged: draft.state === 'settled', line })))),
    ...columnsOf(POSTING, bills.flatMap(({ billId, postings }) => postings.map((posting) => ({ ...posting, billId })))),
    ...columnsOf(SETTLED, bills),
  ]);
  assert(ended === bills.length, 'every bill is of a session of its own');
}

export type CurrentBill = {
  readonly sessionId: SessionId; readonly billId: BillId; readonly digest: string; readonly correctionId: CorrectionId | null;
  readonly state: 'settled' | 'held'; readonly totalMinor: bigint; readonly energyWh: bigint;
};
export async function currentBills(tx: Tx, sessionIds: readonly SessionId[]): Promise<Map<SessionId, CurrentBill>> {
  if (sessionIds.length === 0) return new Map();
  const rows = await tx.query<CurrentBill>({
    name: 'charging_current_bills',
    text: `select s.session_id as "sessionId", b.bill_id as "billId", b.digest, b.correction_id as "correctionId", b.state, b.total_minor as "totalMinor", b.energy_wh as "energyWh" from unnest((select $2::uuid[])) as k (session_id)
      cross join lateral (select x.session_id, x.current_bill_id from charging.session x where x.operator_id = $1 and x.session_id = k.session_id offset 0) s
      cross join lateral (select x.bill_id, x.digest, x.correction_id, x.state, x.total_minor, x.energy_wh from charging.bill x where x.operator_id = $1 and x.bill_id = s.current_bill_id offset 0) b`,
  }, [onlyOperator(tx), sessionIds]);
  return new Map(rows.map((row) => [row.sessionId, row]));
}

export async function loadPostings(tx: Tx, billIds: readonly BillId[]): Promise<Map<BillId, Posting[]>> {
  const rows = billIds.length === 0 ? [] : await tx.query<BillPosting>({
    name: 'charging_load_postings',
    text: `select p.bill_id as "billId", p.transfer_id as "transferId", p.purpose, p.debit_account as "debitAccount", p.credit_account as "creditAccount", p.asset, p.amount, p.reverses
      from unnest((select $2::uuid[])) as k (bill_id)
      cross join lateral (select x.* from charging.bill_posting x where x.operator_id = $1 and x.bill_id = k.bill_id offset 0) p order by p.transfer_id`,
  }, [onlyOperator(tx), billIds]);
  return Map.groupBy(rows, (row) => row.billId);
}

export async function loadClosures(tx: Tx, sessionIds: readonly SessionId[]): Promise<Map<SessionId, Closure>> {
  const rows = await tx.query<Closure & { sessionId: SessionId }>({
    name: 'charging_load_closures',
    text: `select session_id as "sessionId", kind, closed_at as "at" from charging.closure where operator_id = $1 and session_id = any($2::uuid[])`,
  }, [onlyOperator(tx), sessionIds]);
  return new Map(rows.map(({ sessionId, ...closure }) => [sessionId, closure]));
}

export type NewClosure = Closure & { readonly sessionId: SessionId; readonly bySessionId: SessionId | null; readonly recordedAt: Instant };
export async function insertClosures(tx: Tx, closures: readonly NewClosure[]): Promise<void> {
  if (closures.length === 0) return;
  await tx.execute({
    name: 'charging_insert_closures',
    text: `insert into charging.closure (operator_id, session_id, kind, closed_at, by_session_id, recorded_at)
      select $1, * from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::uuid[], $6::timestamptz[]) on conflict do nothing`,
  }, [onlyOperator(tx), closures.map((c) => c.sessionId), closures.map((c) => c.kind), closures.map((c) => sqlTimestamp(c.at)), closures.map((c) => c.bySessionId),
      closures.map((c) => sqlTimestamp(c.recordedAt))]);
}
