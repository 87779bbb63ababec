import type { CurrencyCode, Instant, RepairCaseId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { onlyOperator } from './cases.ts';

export const BULK_STATES = ['previewed', 'running', 'paused', 'done'] as const;
export type BulkState = (typeof BULK_STATES)[number];
export const BULK_ITEM_STATES = ['pending', 'applied', 'awaiting_approval', 'refused', 'skipped'] as const;
export type BulkItemState = (typeof BULK_ITEM_STATES)[number];
/** Which cases a run takes: those that offer something, of one kind. A field that is null does not narrow. */
export type BulkFilter = {
  readonly primaryCause: string | null; readonly maker: string | null; readonly model: string | null; readonly firmware: string | null; readonly stationId: string | null; readonly confidence: string | null;
  readonly amountMinorMax: bigint | null;
};
export type BulkRun = {
  readonly runId: string; readonly state: BulkState; readonly filter: Record<string, unknown>; readonly reason: string; readonly items: number; readonly currency: CurrencyCode; readonly totalMinor: bigint; readonly totalWh: bigint;
  /** What its items move, up or down: the money that two persons are asked for. */
  readonly movedMinor: bigint;
  readonly previewedBy: string; readonly previewedAt: Instant; readonly startedBy: string | null; readonly startedAt: Instant | null; readonly endedAt: Instant | null;
  readonly applied: number; readonly awaitingApproval: number; readonly refused: number; readonly skipped: number;
  /** The run whose repairs this one puts back; null for one that repairs. */
  readonly reverts: string | null;
  /** The newest run that puts this one back. */
  readonly revertedBy: string | null;
};
export type BulkItem = {
  readonly itemNumber: number; readonly caseId: RepairCaseId; readonly evidenceDigest: string; readonly proposedSource: string; readonly proposedWh: bigint; readonly proposedMinor: bigint;
  readonly state: BulkItemState; readonly code: string | null; readonly referenceId: string | null; readonly workedAt: Instant | null;
};
/** A run of more is previewed in parts: its items are fixed in one statement. */
export const BULK_ITEMS_MAX = 100_000;

const RUN = `r.reverts, (select x.run_id from repair.bulk_run x where x.operator_id = r.operator_id and x.reverts = r.run_id order by x.previewed_at desc limit 1) as "revertedBy", run_id as "runId", state, filter, reason, items, currency, total_minor as "totalMinor", total_wh as "totalWh", coalesce(moved_minor, total_minor) as "movedMinor", previewed_by as "previewedBy", previewed_at as "previewedAt", started_by as "startedBy",
  started_at as "startedAt", ended_at as "endedAt", applied, awaiting_approval as "awaitingApproval", refused, skipped`;
const ITEM = `item_number as "itemNumber", case_id as "caseId", evidence_digest as "evidenceDigest", proposed_source as "proposedSource", proposed_wh as "proposedWh", proposed_minor as "proposedMinor", state, code,
  reference_id as "referenceId", worked_at as "workedAt"`;

/** Fixes which cases a run takes, with what is proposed for each now. The same id again changes nothing. */
export async function insertRun(tx: Tx, run: { readonly runId: string; readonly filter: BulkFilter; readonly reason: string; readonly currency: CurrencyCode; readonly by: string; readonly at: Instant }): Promise<void> {
  const { filter } = run;
  const operator = onlyOperator(tx);
  const json = JSON.stringify(filter, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  const made = await tx.execute(
    `insert into repair.bulk_run (operator_id, run_id, state, filter, reason, items, currency, total_minor, total_wh, previewed_by, previewed_at) values ($1, $2, 'previewed', $3, $4, 0, $5, 0, 0, $6, $7) on conflict do nothing`,
    [operator, run.runId, json, run.reason, run.currency, run.by, sqlTimestamp(run.at)]);
  if (made === 0) return;
  await tx.execute(
    `insert into repair.bulk_item (operator_id, run_id, item_number, case_id, evidence_digest, proposed_source, proposed_wh, proposed_minor, charged_minor)
     select $1, $2, row_number() over (order by c.opened_at, c.case_id), c.case_id, c.evidence_digest, c.proposed_source, c.proposed_wh, c.proposed_minor, c.charged_minor from (
       select * from repair.repair_case c where c.operator_id = $1 and c.state = 'proposed' and c.proposed_minor is not null and c.evidence_digest is not null
         and ($3::text is null or c.primary_cause = $3) and ($4::text is null or c.maker = $4) and ($5::text is null or c.model = $5) and ($6::text is null or c.firmware = $6)
         and ($7::uuid is null or c.station_id = $7) and ($8::text is null or c.confidence = $8) and ($9::bigint is null or c.proposed_minor <= $9)
       order by c.opened_at, c.case_id limit ${BULK_ITEMS_MAX}) c`,
    [operator, run.runId, filter.primaryCause, filter.maker, filter.model, filter.firmware, filter.stationId, filter.confidence, filter.amountMinorMax]);
  await countItems(tx, run.runId);
}

/** Fixes what it takes to put back what a run has repaired, as far as that still counts. The same id again changes nothing. */
export async function insertRevertRun(tx: Tx, run: { readonly runId: string; readonly reverts: BulkRun; readonly reason: string; readonly by: string; readonly at: Instant }): Promise<void> {
  const { reverts } = run;
  const operator = onlyOperator(tx);
  const made = await tx.execute(
    `insert into repair.bulk_run (operator_id, run_id, state, filter, reason, items, currency, total_minor, total_wh, previewed_by, previewed_at, reverts) values ($1, $2, 'previewed', $3, $4, 0, $5, 0, 0, $6, $7, $8) on conflict do nothing`,
    [operator, run.runId, JSON.stringify(reverts.filter), run.reason, reverts.currency, run.by, sqlTimestamp(run.at), reverts.runId]);
  if (made === 0) return;
  await tx.execute(
    `insert into repair.bulk_item (operator_id, run_id, item_number, case_id, evidence_digest, proposed_source, proposed_wh, proposed_minor, charged_minor)
     select $1, $2, row_number() over (order by i.item_number), i.case_id, i.evidence_digest, i.proposed_source, i.proposed_wh, i.proposed_minor, i.charged_minor
     from repair.bulk_item i join repair.repair_case c on c.operator_id = i.operator_id and c.case_id = i.case_id
     where i.operator_id = $1 and i.run_id = $3 and i.state = 'applied' and c.state = 'applied' and c.reference_id = i.reference_id`, [operator, run.runId, reverts.runId]);
  await countItems(tx, run.runId);
}

async function countItems(tx: Tx, runId: string): Promise<void> {
  await tx.execute(
    `update repair.bulk_run r set items = i.items, total_minor = i.minor, total_wh = i.wh, moved_minor = i.moved
     from (select count(*)::int as items, coalesce(sum(proposed_minor), 0)::bigint as minor, coalesce(sum(proposed_wh), 0)::bigint as wh,
         coalesce(sum(abs(proposed_minor - coalesce(charged_minor, 0))), 0)::bigint as moved from repair.bulk_item where operator_id = $1 and run_id = $2) i
     where r.operator_id = $1 and r.run_id = $2`, [onlyOperator(tx), runId]);
}

export async function loadRun(tx: Tx, runId: string, { lock = false } = {}): Promise<BulkRun | null> {
  const [row] = await tx.query<BulkRun>(`select ${RUN} from repair.bulk_run r where operator_id = $1 and run_id = $2${lock ? ' for update' : ''}`, [onlyOperator(tx), runId]);
  return row ?? null;
}

export async function listRuns(tx: Tx, { before, limit }: { readonly before: { readonly at: Instant; readonly runId: string } | null; readonly limit: number }): Promise<BulkRun[]> {
  return tx.query<BulkRun>(
    `select ${RUN} from repair.bulk_run r where operator_id = $1 and ($2::timestamptz is null or (previewed_at, run_id) < ($2, $3::uuid)) order by previewed_at desc, run_id desc limit $4`,
    [onlyOperator(tx), before === null ? null : sqlTimestamp(before.at), before?.runId ?? null, limit]);
}

export async function runningRuns(tx: Tx): Promise<string[]> {
  return (await tx.query<{ runId: string }>(`select run_id as "runId" from repair.bulk_run where operator_id = $1 and state = 'running' order by run_id`, [onlyOperator(tx)])).map(({ runId }) => runId);
}

export async function moveRun(tx: Tx, runId: string, to: { readonly state: BulkState; readonly startedBy?: string; readonly at: Instant }): Promise<void> {
  await tx.execute(
    `update repair.bulk_run set state = $3, started_by = coalesce(started_by, $4), started_at = case when $4::text is null then started_at else coalesce(started_at, $5) end, ended_at = case when $3 = 'done' then $5::timestamptz end
     where operator_id = $1 and run_id = $2`, [onlyOperator(tx), runId, to.state, to.startedBy ?? null, sqlTimestamp(to.at)]);
}

export async function pendingItems(tx: Tx, runId: string, countMax: number): Promise<BulkItem[]> {
  return tx.query<BulkItem>(`select ${ITEM} from repair.bulk_item where operator_id = $1 and run_id = $2 and state = 'pending' order by item_number limit $3`, [onlyOperator(tx), runId, countMax]);
}

export async function listItems(tx: Tx, of: { readonly runId: string; readonly state: BulkItemState | null; readonly after: number; readonly limit: number }): Promise<BulkItem[]> {
  return tx.query<BulkItem>(
    `select ${ITEM} from repair.bulk_item where operator_id = $1 and run_id = $2 and ($3::text is null or state = $3) and item_number > $4 order by item_number limit $5`,
    [onlyOperator(tx), of.runId, of.state, of.after, of.limit]);
}

/** Which repair a run made of each of these cases. */
export async function referencesOf(tx: Tx, runId: string, caseIds: readonly RepairCaseId[]): Promise<Map<RepairCaseId, string>> {
  const rows = await tx.query<{ caseId: RepairCaseId; referenceId: string }>(
    `select case_id as "caseId", reference_id as "referenceId" from repair.bulk_item where operator_id = $1 and run_id = $2 and case_id = any($3::uuid[]) and state = 'applied'`, [onlyOperator(tx), runId, caseIds]);
  return new Map(rows.map(({ caseId, referenceId }) => [caseId, referenceId]));
}

/** When a run last did something: items are worked in their order, so the count of those that are done is the number of the last one. */
export async function lastWorkedAt(tx: Tx, { runId, applied, awaitingApproval, refused, skipped }: BulkRun): Promise<Instant | null> {
  const [row] = await tx.query<{ at: Instant | null }>('select worked_at as at from repair.bulk_item where operator_id = $1 and run_id = $2 and item_number = $3', [onlyOperator(tx), runId, applied + awaitingApproval + refused + skipped]);
  return row?.at ?? null;
}

export type WorkedItem = { readonly itemNumber: number; readonly state: Exclude<BulkItemState, 'pending'>; readonly code: string | null; readonly referenceId: string | null };
/** Marks items as worked and counts them, in the transaction that worked them. */
export async function markWorked(tx: Tx, runId: string, items: readonly WorkedItem[], at: Instant): Promise<void> {
  if (items.length === 0) return;
  await tx.execute(
    `update repair.bulk_item i set state = k.state, code = k.code, reference_id = k.reference_id, worked_at = $3
     from unnest($4::int[], $5::text[], $6::text[], $7::uuid[]) as k (item_number, state, code, reference_id) where i.operator_id = $1 and i.run_id = $2 and i.item_number = k.item_number`,
    [onlyOperator(tx), runId, sqlTimestamp(at), items.map((i) => i.itemNumber), items.map((i) => i.state), items.map((i) => i.code), items.map((i) => i.referenceId)]);
  const count = (state: BulkItemState): number => items.filter((item) => item.state === state).length;
  await tx.execute(
    'update repair.bulk_run set applied = applied + $3, awaiting_approval = awaiting_approval + $4, refused = refused + $5, skipped = skipped + $6 where operator_id = $1 and run_id = $2',
    [onlyOperator(tx), runId, count('applied'), count('awaiting_approval'), count('refused'), count('skipped')]);
}

export type BulkGroup = { readonly primaryCause: string; readonly maker: string | null; readonly firmware: string | null; readonly stationId: string | null; readonly items: number; readonly totalMinor: bigint; readonly totalWh: bigint };
/** The items of a run by what they have in common, the most first. */
export async function groupsOf(tx: Tx, runId: string, limit = 100): Promise<BulkGroup[]> {
  return tx.query<BulkGroup>(
    `select c.primary_cause as "primaryCause", c.maker, c.firmware, c.station_id as "stationId", count(*)::int as items, sum(i.proposed_minor)::bigint as "totalMinor", sum(i.proposed_wh)::bigint as "totalWh"
     from repair.bulk_item i join repair.repair_case c on c.operator_id = i.operator_id and c.case_id = i.case_id where i.operator_id = $1 and i.run_id = $2
     group by 1, 2, 3, 4 order by items desc, 1, 2, 3, 4 limit $3`, [onlyOperator(tx), runId, limit]);
}

