import type { BillId, CurrencyCode, Instant, SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { BillDraft } from '../domain/bill.ts';
import type { Closure } from '../domain/derive.ts';
import type { Posting } from '../domain/posting.ts';
import { onlyOperator } from './sessions.ts';

export type BillReason = 'ended' | 'closed_by_evidence' | 'late_facts' | 'rederived';
export type NewBill = {
  readonly billId: BillId; readonly sessionId: SessionId; readonly version: number; readonly previousBillId: BillId | null; readonly reason: BillReason;
  readonly currency: CurrencyCode; readonly draft: BillDraft; readonly startedAt: Instant; readonly endedAt: Instant;
  readonly fromHoldMinor: bigint; readonly fromWalletMinor: bigint; readonly receivableMinor: bigint; readonly postings: readonly Posting[]; readonly recordedAt: Instant;
};

type Column<T> = readonly [column: string, type: string, value: (row: T) => unknown];
const insertText = <T>(table: string, columns: readonly Column<T>[]): string =>
  `insert into charging.${table} (operator_id, ${columns.map(([column]) => column).join(', ')}) select $1, * from unnest(${columns.map(([, type], i) => `$${i + 2}::${type}[]`).join(', ')})`;
const json = (value: unknown): string => JSON.stringify(value, (_name, field: unknown) => (typeof field === 'bigint' ? String(field) : field));

const BILL: readonly Column<NewBill>[] = [
  ['bill_id', 'uuid', (b) => b.billId], ['session_id', 'uuid', (b) => b.sessionId], ['version', 'int', (b) => b.version],
  ['previous_bill_id', 'uuid', (b) => b.previousBillId], ['reason', 'text', (b) => b.reason], ['state', 'text', (b) => b.draft.state],
  ['currency', 'text', (b) => b.currency], ['member_id', 'uuid', (b) => b.draft.memberId], ['started_at', 'timestamptz', (b) => sqlTimestamp(b.startedAt)],
  ['ended_at', 'timestamptz', (b) => sqlTimestamp(b.endedAt)], ['energy_wh', 'bigint', (b) => b.draft.energyWh],
  ['electricity_minor', 'bigint', (b) => b.draft.electricityMinor], ['service_minor', 'bigint', (b) => b.draft.serviceMinor],
  ['occupancy_minor', 'bigint', (b) => b.draft.occupancyMinor], ['total_minor', 'bigint', (b) => b.draft.totalMinor],
  ['proposed_energy_wh', 'bigint', (b) => b.draft.proposal?.energyWh ?? null], ['proposed_total_minor', 'bigint', (b) => b.draft.proposal?.totalMinor ?? null],
  ['from_hold_minor', 'bigint', (b) => b.fromHoldMinor], ['from_wallet_minor', 'bigint', (b) => b.fromWalletMinor],
  ['receivable_minor', 'bigint', (b) => b.receivableMinor], ['flags', 'jsonb', (b) => json(b.draft.flags)], ['digest', 'text', (b) => b.draft.digest],
  ['recorded_at', 'timestamptz', (b) => sqlTimestamp(b.recordedAt)],
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
const INSERT_BILLS = { name: 'charging_insert_bills', text: insertText('bill', BILL) };
const INSERT_LINES = { name: 'charging_insert_bill_lines', text: insertText('bill_line', LINE) };
const INSERT_POSTINGS = { name: 'charging_insert_bill_postings', text: insertText('bill_posting', POSTING) };

/** Appends bills with their lines and postings: three statements for any number of bills. */
export async function insertBills(tx: Tx, bills: readonly NewBill[]): Promise<void> {
  const insert = async <T>(statement: { name: string; text: string }, columns: readonly Column<T>[], rows: readonly T[]): Promise<void> => {
    if (rows.length > 0) await tx.execute(statement, [onlyOperator(tx), ...columns.map(([, , value]) => rows.map(value))]);
  };
  await insert(INSERT_BILLS, BILL, bills);
  await insert(INSERT_LINES, LINE, bills.flatMap(({ billId, draft }) => draft.lines.map((line, i) => ({ billId, lineNumber: i + 1, charged: draft.state === 'settled', line }))));
  await insert(INSERT_POSTINGS, POSTING, bills.flatMap(({ billId, postings }) => postings.map((posting) => ({ ...posting, billId }))));
}

export type SettledSession = Pick<NewBill, 'sessionId' | 'billId' | 'version' | 'startedAt' | 'endedAt'> & { readonly draft: BillDraft; readonly derivedEnergyWh: bigint; readonly holdState: 'posted' | 'voided' | null };

/** Ends sessions and points them to their current bill. */
export async function endSessions(tx: Tx, sessions: readonly SettledSession[]): Promise<void> {
  if (sessions.length === 0) return;
  const list = (items: readonly (string | number)[]): string => `{${items.join(',')}}`;
  await tx.execute({
    name: 'charging_end_sessions',
    text: `update charging.session s set state = 'ended', current_bill_id = k.bill_id, bill_version = k.version, started_at = k.started_at, ended_at = k.ended_at,
        energy_wh = k.energy_wh, held = k.held, flag_codes = k.codes::int[], flag_causes = k.causes::text[], power_w = null,
        hold_state = coalesce(k.hold_state, s.hold_state)
      from unnest($2::uuid[], $3::uuid[], $4::int[], $5::timestamptz[], $6::timestamptz[], $7::bigint[], $8::boolean[], $9::text[], $10::text[], $11::text[])
        as k (session_id, bill_id, version, started_at, ended_at, energy_wh, held, codes, causes, hold_state)
      where s.operator_id = $1 and s.session_id = k.session_id and s.session_id = any($2::uuid[])`,
  }, [onlyOperator(tx), sessions.map((s) => s.sessionId), sessions.map((s) => s.billId), sessions.map((s) => s.version), sessions.map((s) => sqlTimestamp(s.startedAt)),
    sessions.map((s) => sqlTimestamp(s.endedAt)), sessions.map((s) => s.derivedEnergyWh), sessions.map((s) => s.draft.state === 'held'),
    sessions.map((s) => list([...new Set(s.draft.flags.flatMap(({ code }) => (code === null ? [] : [code])))])),
    sessions.map((s) => list([...new Set(s.draft.flags.map(({ cause }) => cause))])), sessions.map((s) => s.holdState)]);
}

export type CurrentBill = { readonly sessionId: SessionId; readonly billId: BillId; readonly digest: string };
export async function currentBills(tx: Tx, sessionIds: readonly SessionId[]): Promise<Map<SessionId, CurrentBill>> {
  if (sessionIds.length === 0) return new Map();
  const rows = await tx.query<CurrentBill>({
    name: 'charging_current_bills',
    text: `select s.session_id as "sessionId", b.bill_id as "billId", b.digest from unnest((select $2::uuid[])) as k (session_id)
      cross join lateral (select x.session_id, x.current_bill_id from charging.session x where x.operator_id = $1 and x.session_id = k.session_id offset 0) s
      cross join lateral (select x.bill_id, x.digest from charging.bill x where x.operator_id = $1 and x.bill_id = s.current_bill_id offset 0) b`,
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
