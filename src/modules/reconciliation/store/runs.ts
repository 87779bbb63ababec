/** Runs and the breaks that they open and resolve. */
import { type Instant } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { Explained, ForeignLine } from '../commands/explain-differences.ts';
import type { StatementSums } from '../domain/line.ts';
import type { MatchOutcome } from '../domain/match.ts';
import type { StoredStatement } from './statements.ts';

export type DifferenceSums = Readonly<Record<string, { readonly count: number; readonly differenceMinor: bigint }>>;
export type DayReport = {
  readonly runId: string; readonly merchantAccountId: string; readonly businessDate: string; readonly statementId: string; readonly startedAt: Instant; readonly finishedAt: Instant;
  readonly matched: number; readonly ours: StatementSums; readonly theirs: StatementSums; readonly differences: DifferenceSums; readonly foreignLines: number; readonly foreignMinor: bigint;
  readonly opened: number; readonly resolved: number;
  /** What the channel says it gave back of its fee with refunds of our payments under numbers that are none of ours, each negative. It is true of those that are accepted. */
  readonly elsewhereFees: readonly { readonly number: string; readonly feeMinor: bigint }[];
};

export type RunToWrite = {
  readonly runId: string; readonly statement: StoredStatement; readonly startedAt: Instant; readonly finishedAt: Instant; readonly outcome: MatchOutcome;
  readonly explained: readonly Explained[]; readonly foreign: readonly ForeignLine[];
};

/** @returns the day's report. Breaks that are known are left as they are; open ones that this run does not see any more are resolved as `gone`. */
export async function writeRun(tx: Tx, run: RunToWrite): Promise<DayReport> {
  const { statement, outcome, explained, foreign } = run;
  const differences = sumByKind(explained);
  const foreignMinor = foreign.reduce((sum, line) => sum + line.amountMinor, 0n);
  const { ours, theirs } = outcome;
  await tx.execute(
    `insert into reconciliation.run (operator_id, run_id, merchant_account_id, business_date, statement_id, started_at, finished_at, matched, our_payments, our_payments_minor, our_refunds,
       our_refunds_minor, their_payments, their_payments_minor, their_refunds, their_refunds_minor, their_fees_minor, differences, residual_minor, foreign_lines, foreign_minor)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0, $19, $20)`,
    [tx.operatorIds[0], run.runId, statement.merchantAccountId, statement.businessDate, statement.statementId, sqlTimestamp(run.startedAt), sqlTimestamp(run.finishedAt), outcome.matched,
      ours.payments, ours.paymentsMinor, ours.refunds, ours.refundsMinor, theirs.payments, theirs.paymentsMinor, theirs.refunds, theirs.refundsMinor, theirs.feesMinor,
      JSON.stringify(differences, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)), foreign.length, foreignMinor]);
  const feeOf = new Map<number | null, bigint>(foreign.map(({ lineNo, feeMinor }) => [lineNo, feeMinor]));
  const elsewhereFees = explained.filter(({ kind }) => kind === 'refund_elsewhere').map(({ number, lineNo }) => ({ number, feeMinor: feeOf.get(lineNo) ?? 0n }));
  const opened = await openBreaks(tx, run);
  const resolved = await resolveGone(tx, run);
  return {
    runId: run.runId, merchantAccountId: statement.merchantAccountId, businessDate: statement.businessDate, statementId: statement.statementId, startedAt: run.startedAt,
    finishedAt: run.finishedAt, matched: outcome.matched, ours, theirs, differences, foreignLines: foreign.length, foreignMinor, opened, resolved, elsewhereFees,
  };
}

function sumByKind(explained: readonly Explained[]): DifferenceSums {
  const sums: Record<string, { count: number; differenceMinor: bigint }> = {};
  for (const { kind, otherDay, differenceMinor } of explained) {
    const sum = (sums[otherDay ? 'other_day' : kind] ??= { count: 0, differenceMinor: 0n });
    sum.count++;
    sum.differenceMinor += differenceMinor;
  }
  return sums;
}

/** What agrees on another day is kept resolved; a payment that the statement of a neighbouring day has is found by number. */
async function openBreaks(tx: Tx, { runId, statement, finishedAt, explained }: RunToWrite): Promise<number> {
  if (explained.length === 0) return 0;
  const rows = await tx.query<{ state: string }>(
    `with given as (
       select * from unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::int[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::boolean[], $17::boolean[])
         g (break_id, kind, line_kind, number, line_no, channel_number, ours_minor, theirs_minor, difference_minor, their_time, other_day, closed_refund)),
     seen as (
       select g.*, g.other_day or (g.kind = 'missing_there' and exists (select 1 from reconciliation.break b
         where b.operator_id = $1 and b.number = g.number and b.kind = 'missing_here' and b.resolution = 'other_day')) as elsewhere from given g)
     insert into reconciliation.break (operator_id, break_id, merchant_account_id, business_date, kind, line_kind, number, line_no, channel_number, ours_minor, theirs_minor, difference_minor,
         their_time, opened_at, first_run_id, state, resolution, resolved_by, resolved_at)
       select $1, break_id, $2, $3, kind, line_kind, number, line_no, channel_number, ours_minor, theirs_minor, difference_minor, their_time, $4, $16,
         case when elsewhere or closed_refund then 'resolved' else 'open' end, case when elsewhere then 'other_day' when closed_refund then 'explained' end,
         case when elsewhere or closed_refund then 'matching' end, case when elsewhere or closed_refund then $4::timestamptz end
       from seen
     on conflict do nothing returning state`,
    [tx.operatorIds[0], statement.merchantAccountId, statement.businessDate, sqlTimestamp(finishedAt), explained.map(() => newUuid()), explained.map((e) => e.kind), explained.map((e) => e.lineKind),
      explained.map((e) => e.number), explained.map((e) => e.lineNo), explained.map((e) => e.channelNumber), explained.map((e) => e.oursMinor), explained.map((e) => e.theirsMinor),
      explained.map((e) => e.differenceMinor), explained.map((e) => e.theirTime), explained.map((e) => e.otherDay), runId, explained.map((e) => e.closedRefund === true)]);
  await explainClosedRefunds(tx, { statement, finishedAt }, explained.filter((e) => e.closedRefund === true).map((e) => e.number));
  await resolveMissingThere(tx, explained.filter((e) => e.otherDay).map((e) => e.number), finishedAt);
  return rows.filter(({ state }) => state === 'open').length;
}

/** The channel may have closed a refund after a run had found it failed in another way, or before this was told apart: one break, explained once. */
async function explainClosedRefunds(tx: Tx, { statement, finishedAt }: Pick<RunToWrite, 'statement' | 'finishedAt'>, numbers: readonly string[]): Promise<void> {
  if (numbers.length === 0) return;
  await tx.execute(
    `update reconciliation.break set state = 'resolved', resolution = 'explained', resolved_by = 'matching', resolved_at = $5
     where operator_id = $1 and merchant_account_id = $2 and business_date = $3::date and number = any ($4) and kind = 'state_differs' and line_kind = 'refund' and state = 'open'`,
    [tx.operatorIds[0], statement.merchantAccountId, statement.businessDate, numbers, sqlTimestamp(finishedAt)]);
}

/** The other day's run may have come first and opened a break for what this statement has. */
async function resolveMissingThere(tx: Tx, numbers: readonly string[], at: Instant): Promise<void> {
  if (numbers.length === 0) return;
  await tx.execute(
    `update reconciliation.break set state = 'resolved', resolution = 'other_day', resolved_by = 'matching', resolved_at = $3
     where operator_id = $1 and number = any ($2) and kind = 'missing_there' and state = 'open'`, [tx.operatorIds[0], numbers, sqlTimestamp(at)]);
}

async function resolveGone(tx: Tx, { statement, finishedAt, explained }: RunToWrite): Promise<number> {
  return await tx.execute(
    `update reconciliation.break b set state = 'resolved', resolved_by = 'matching', resolved_at = $4, resolution = case when b.kind = 'missing_here' then 'recovered' else 'gone' end
     where b.operator_id = $1 and b.merchant_account_id = $2 and b.business_date = $3 and b.state = 'open' and b.kind <> 'chargeback'
       and not exists (select 1 from unnest($5::text[], $6::text[], $7::text[]) s (kind, line_kind, number) where s.kind = b.kind and s.line_kind = b.line_kind and s.number = b.number)`,
    [tx.operatorIds[0], statement.merchantAccountId, statement.businessDate, sqlTimestamp(finishedAt), explained.map((e) => e.kind), explained.map((e) => e.lineKind), explained.map((e) => e.number)]);
}
