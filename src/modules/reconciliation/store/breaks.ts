import type { Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { LineKind } from '../domain/line.ts';
import type { BreakKind } from '../domain/match.ts';

export const RESOLUTIONS = ['recovered', 'other_day', 'gone', 'accepted', 'written_off', 'explained'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];
export type Break = {
  readonly breakId: string; readonly merchantAccountId: string; readonly businessDate: string; readonly kind: BreakKind; readonly lineKind: LineKind; readonly number: string; readonly lineNo: number | null;
  readonly channelNumber: string | null; readonly oursMinor: bigint | null; readonly theirsMinor: bigint | null; readonly differenceMinor: bigint; readonly theirTime: string | null; readonly openedAt: Instant;
  readonly state: 'open' | 'resolved'; readonly owner: string | null; readonly resolution: Resolution | null; readonly resolvedBy: string | null; readonly resolvedAt: Instant | null; readonly transferId: string | null; readonly approvedBy: string | null;
};
const COLUMNS = `b.break_id as "breakId", b.merchant_account_id as "merchantAccountId", b.business_date::text as "businessDate", b.kind, b.line_kind as "lineKind", b.number, b.line_no as "lineNo",
  b.channel_number as "channelNumber", b.ours_minor as "oursMinor", b.theirs_minor as "theirsMinor", b.difference_minor as "differenceMinor", b.their_time as "theirTime", b.opened_at as "openedAt",
  b.state, b.owner, b.resolution, b.resolved_by as "resolvedBy", b.resolved_at as "resolvedAt", b.transfer_id as "transferId", b.approved_by as "approvedBy"`;

export type BreakFilter = {
  readonly state: 'open' | 'resolved' | null; readonly kind: BreakKind | null; readonly merchantAccountId: string | null; readonly businessDate: string | null; readonly owner: string | null;
  /** Oldest first, because the oldest is what somebody asks about next. */
  readonly after: { readonly openedAt: Instant; readonly breakId: string } | null; readonly countMax: number;
};

export async function listBreaks(tx: Tx, { state, kind, merchantAccountId, businessDate, owner, after, countMax }: BreakFilter): Promise<Break[]> {
  return await tx.query<Break>(
    `select ${COLUMNS} from reconciliation.break b
     where b.operator_id = $1 and ($2::text is null or b.state = $2) and ($3::text is null or b.kind = $3) and ($4::uuid is null or b.merchant_account_id = $4) and ($5::date is null or b.business_date = $5::date)
       and ($6::text is null or b.owner = $6) and ($7::timestamptz is null or (b.opened_at, b.break_id) > ($7::timestamptz, $8::uuid))
     order by b.opened_at, b.break_id limit $9`,
    [tx.operatorIds[0], state, kind, merchantAccountId, businessDate, owner, after === null ? null : sqlTimestamp(after.openedAt), after?.breakId ?? null, countMax]);
}

export async function findBreak(tx: Tx, breakId: string, { lock = false }: { readonly lock?: boolean } = {}): Promise<Break | null> {
  const [row] = await tx.query<Break>(`select ${COLUMNS} from reconciliation.break b where b.operator_id = $1 and b.break_id = $2 ${lock ? 'for update' : ''}`, [tx.operatorIds[0], breakId]);
  return row ?? null;
}

/** Payments that the channel has and we do not, still open: what recovery is asked about. Keyset by id. */
export async function openMissingPayments(tx: Tx, { merchantAccountId, businessDate, after, countMax }: { readonly merchantAccountId: string; readonly businessDate: string; readonly after: string | null; readonly countMax: number }): Promise<Break[]> {
  return await tx.query<Break>(
    `select ${COLUMNS} from reconciliation.break b where b.operator_id = $1 and b.merchant_account_id = $2 and b.business_date = $3::date and b.state = 'open' and b.kind = 'missing_here' and b.line_kind = 'payment'
       and ($4::uuid is null or b.break_id > $4::uuid) order by b.break_id limit $5`, [tx.operatorIds[0], merchantAccountId, businessDate, after, countMax]);
}

/** Refunds of our payments under numbers that are none of ours, still open: the channel is asked about each. Keyset by id. */
export async function openRefundsElsewhere(tx: Tx, { merchantAccountId, businessDate, after, countMax }: { readonly merchantAccountId: string; readonly businessDate: string; readonly after: string | null; readonly countMax: number }): Promise<Break[]> {
  return await tx.query<Break>(
    `select ${COLUMNS} from reconciliation.break b where b.operator_id = $1 and b.merchant_account_id = $2 and b.business_date = $3::date and b.state = 'open' and b.kind = 'refund_elsewhere'
       and ($4::uuid is null or b.break_id > $4::uuid) order by b.break_id limit $5`, [tx.operatorIds[0], merchantAccountId, businessDate, after, countMax]);
}

/** The numbers of the refunds elsewhere that the channel or a person has confirmed. */
export async function acceptedRefundsElsewhere(tx: Tx, { merchantAccountId, businessDate }: { readonly merchantAccountId: string; readonly businessDate: string }, numbers: readonly string[]): Promise<ReadonlySet<string>> {
  if (numbers.length === 0) return new Set();
  const rows = await tx.query<{ number: string }>(
    `select b.number from reconciliation.break b where b.operator_id = $1 and b.merchant_account_id = $2 and b.business_date = $3::date and b.number = any ($4) and b.kind = 'refund_elsewhere' and b.resolution = 'accepted'`,
    [tx.operatorIds[0], merchantAccountId, businessDate, numbers]);
  return new Set(rows.map(({ number }) => number));
}

/** Resolved once: the row does not change any more. @returns false when it was resolved already. */
export async function resolveBreak(tx: Tx, breakId: string, by: { readonly resolution: Resolution; readonly resolvedBy: string; readonly at: Instant; readonly transferId?: string | null; readonly approvedBy?: string | null }): Promise<boolean> {
  return await tx.execute(
    `update reconciliation.break set state = 'resolved', resolution = $3, resolved_by = $4, resolved_at = $5, transfer_id = $6, approved_by = $7 where operator_id = $1 and break_id = $2 and state = 'open'`,
    [tx.operatorIds[0], breakId, by.resolution, by.resolvedBy, sqlTimestamp(by.at), by.transferId ?? null, by.approvedBy ?? null]) === 1;
}

export async function assignBreak(tx: Tx, breakId: string, owner: string | null): Promise<boolean> {
  return await tx.execute(`update reconciliation.break set owner = $3 where operator_id = $1 and break_id = $2 and state = 'open'`, [tx.operatorIds[0], breakId, owner]) === 1;
}

export type BreakComment = { readonly commentId: string; readonly author: string; readonly body: string; readonly recordedAt: Instant };
export async function insertComment(tx: Tx, breakId: string, comment: BreakComment): Promise<void> {
  await tx.execute('insert into reconciliation.break_comment (operator_id, comment_id, break_id, author, body, recorded_at) values ($1, $2, $3, $4, $5, $6)',
    [tx.operatorIds[0], comment.commentId, breakId, comment.author, comment.body, sqlTimestamp(comment.recordedAt)]);
}
export async function loadComments(tx: Tx, breakId: string): Promise<BreakComment[]> {
  return await tx.query<BreakComment>(`select comment_id as "commentId", author, body, recorded_at as "recordedAt" from reconciliation.break_comment where operator_id = $1 and break_id = $2 order by recorded_at, comment_id limit 500`,
    [tx.operatorIds[0], breakId]);
}

/** Open breaks of days before a day: a month with some of these has not ended for the books. */
export async function openBreaksUntil(tx: Tx, until: string): Promise<{ readonly count: number; readonly examples: readonly string[] }> {
  const rows = await tx.query<{ name: string; count: number }>(
    `select b.number || ' of ' || b.business_date as name, (count(*) over ())::int as count from reconciliation.break b where b.operator_id = $1 and b.state = 'open' and b.business_date < $2::date order by b.business_date, b.number limit 10`,
    [tx.operatorIds[0], until]);
  return { count: rows[0]?.count ?? 0, examples: rows.map(({ name }) => name) };
}
