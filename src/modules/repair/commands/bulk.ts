import { ok, refuse, type Clock, type CurrencyCode, type Result } from '../../../kernel/index.ts';
import { NO_ORIGIN } from '../../../platform/audit-log/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { lockCases } from '../store/cases.ts';
import { insertRevertRun, insertRun, loadRun, markWorked, moveRun, pendingItems, referencesOf, runningRuns, type BulkFilter, type BulkItem, type BulkRun, type WorkedItem } from '../store/bulk.ts';
import { loadRepairPolicy } from '../store/policy.ts';
import type { RepairCase } from '../domain/case.ts';
import type { By, RepairSubjects } from '../subject.ts';
import { aroundFaults, REPAIR_FAILED, type OnFault } from './around-faults.ts';
import { applyCase, CASE_REASON_LENGTH_MAX, revertCase } from './decide-case.ts';

/** Cases of one transaction: a process that dies loses at most this much work, and holds that many locks. */
export const BULK_PAGE = 20;
type Context = { readonly subjects: RepairSubjects; readonly clock: Clock; readonly onFault?: OnFault };
export type BulkRejection =
  | { readonly code: 'bulk_run_not_found' }
  | { readonly code: 'repair_reason_missing' }
  | { readonly code: 'bulk_run_empty' }
  | { readonly code: 'bulk_run_done' }
  | { readonly code: 'bulk_run_not_revertible'; readonly state: string; readonly isRevert: boolean }
  | { readonly code: 'bulk_run_needs_second_person'; readonly totalMinor: string; readonly aboveMinor: string };

/** Fixes what a run would do, without doing it. The same run again answers the same. */
export async function previewBulk(tx: Tx, run: { readonly runId: string; readonly filter: BulkFilter; readonly reason: string; readonly currency: CurrencyCode; readonly by: string }, { clock }: { clock: Clock }): Promise<Result<BulkRun, BulkRejection>> {
  const reason = run.reason.trim();
  if (reason.length === 0 || reason.length > CASE_REASON_LENGTH_MAX) return refuse({ code: 'repair_reason_missing' });
  await insertRun(tx, { ...run, reason, at: clock.now() });
  announce(tx, 'repair.bulk_runs');
  return ok((await loadRun(tx, run.runId))!);
}

/** Fixes what it takes to put back what a run has repaired: a run of its own, which is started, paused and worked like any other. Repairs that were put back or replaced since are left alone. */
export async function previewRevert(tx: Tx, of: { readonly runId: string; readonly reverts: string; readonly reason: string; readonly by: string }, { clock }: { clock: Clock }): Promise<Result<BulkRun, BulkRejection>> {
  const reason = of.reason.trim();
  if (reason.length === 0 || reason.length > CASE_REASON_LENGTH_MAX) return refuse({ code: 'repair_reason_missing' });
  const reverts = await loadRun(tx, of.reverts, { lock: true });
  if (reverts === null) return refuse({ code: 'bulk_run_not_found' });
  if (reverts.reverts !== null || reverts.state === 'previewed' || reverts.state === 'running') return refuse({ code: 'bulk_run_not_revertible', state: reverts.state, isRevert: reverts.reverts !== null });
  await insertRevertRun(tx, { runId: of.runId, reverts, reason, by: of.by, at: clock.now() });
  announce(tx, 'repair.bulk_runs');
  return ok((await loadRun(tx, of.runId))!);
}

/** Lets a previewed run begin, or a paused one go on. Above the policy's threshold it is another person than the one who previewed it. */
export async function startBulk(tx: Tx, { runId, by }: { readonly runId: string; readonly by: string }, { clock }: { clock: Clock }): Promise<Result<BulkRun, BulkRejection>> {
  const run = await loadRun(tx, runId, { lock: true });
  if (run === null) return refuse({ code: 'bulk_run_not_found' });
  if (run.state === 'done') return refuse({ code: 'bulk_run_done' });
  if (run.items === 0) return refuse({ code: 'bulk_run_empty' });
  const { bulkFourEyesAboveMinor } = await loadRepairPolicy(tx, run.currency);
  if (needsSecondPerson(run, by, bulkFourEyesAboveMinor)) {
    return refuse({ code: 'bulk_run_needs_second_person', totalMinor: String(run.movedMinor), aboveMinor: String(bulkFourEyesAboveMinor) });
  }
  await moveRun(tx, runId, { state: 'running', startedBy: by, at: clock.now() });
  announce(tx, 'repair.bulk_runs');
  return ok((await loadRun(tx, runId))!);
}

/** Above the policy's threshold, in money that is moved up or down, whoever previewed a run does not start it; once it has begun, anybody lets it go on. */
export const needsSecondPerson = (run: BulkRun, by: string, bulkFourEyesAboveMinor: bigint): boolean => run.state === 'previewed' && run.movedMinor > bulkFourEyesAboveMinor && by === run.previewedBy;

/** Stops a run after the page that is being worked; it goes on from there when it is started again. */
export async function pauseBulk(tx: Tx, { runId }: { readonly runId: string }, { clock }: { clock: Clock }): Promise<Result<BulkRun, BulkRejection>> {
  const run = await loadRun(tx, runId, { lock: true });
  if (run === null) return refuse({ code: 'bulk_run_not_found' });
  if (run.state === 'running') await moveRun(tx, runId, { state: 'paused', at: clock.now() });
  announce(tx, 'repair.bulk_runs');
  return ok((await loadRun(tx, runId))!);
}

/**
 * Works the operator's running runs, page by page, each page with its counts in one transaction. Any number of processes may do it: a run
 * is worked by one at a time. @returns how many items were worked.
 */
export async function workBulk(odb: OperatorDatabase, context: Context & { readonly pagesMax?: number; /** Asked before each page. */ readonly goOn?: () => boolean }): Promise<number> {
  let worked = 0;
  for (const runId of await odb.transaction(runningRuns)) {
    for (let pages = 0; pages < (context.pagesMax ?? Infinity); pages++) {
      if (context.goOn?.() === false) return worked;
      const page = await aroundFaults(BULK_PAGE, (size) => odb.transaction((tx) => workPage(tx, runId, size, context)), (error) => odb.transaction((tx) => passOver(tx, runId, error, context)));
      worked += page;
      if (page === 0) break;
    }
  }
  return worked;
}

async function workPage(tx: Tx, runId: string, size: number, context: Context): Promise<number> {
  const run = await loadRun(tx, runId, { lock: true });
  if (run?.state !== 'running') return 0;
  const items = await pendingItems(tx, runId, size);
  // All of them at once and in order, so that no two transactions wait for each other's.
  const cases = new Map((await lockCases(tx, { caseIds: items.map(({ caseId }) => caseId) })).map((each) => [each.caseId, each]));
  const by: By = { actor: { kind: 'user', id: run.startedBy! }, from: NO_ORIGIN, decidedBy: 'person', approval: null };
  const worked: WorkedItem[] = [];
  const subjectOf = ({ caseId }: BulkItem): string => cases.get(caseId)?.subjectId ?? '';
  const made = run.reverts === null ? null : await referencesOf(tx, run.reverts, items.map(({ caseId }) => caseId));
  for (const item of items.toSorted((a, b) => (subjectOf(a) < subjectOf(b) ? -1 : 1))) {
    const now = cases.get(item.caseId);
    worked.push(made === null ? await repairItem(tx, item, { now, run, by, context }) : await putBackItem(tx, item, { now, run, by, context, reference: made.get(item.caseId) ?? null }));
  }
  await markWorked(tx, runId, worked, context.clock.now());
  if (items.length < size) await moveRun(tx, runId, { state: 'done', at: context.clock.now() });
  announce(tx, 'repair.bulk_runs');
  return items.length;
}

/** Refuses the next item, whose repair has failed. */
async function passOver(tx: Tx, runId: string, error: Error, { clock, onFault }: Context): Promise<number> {
  const run = await loadRun(tx, runId, { lock: true });
  if (run?.state !== 'running') return 0;
  const [item] = await pendingItems(tx, runId, 1);
  if (!item) return 0;
  onFault?.(error, item.caseId);
  await markWorked(tx, runId, [{ itemNumber: item.itemNumber, state: 'refused', code: REPAIR_FAILED, referenceId: null }], clock.now());
  announce(tx, 'repair.bulk_runs');
  return 1;
}

type Working = { readonly now: RepairCase | undefined; readonly run: BulkRun; readonly by: By; readonly context: Context };
const skipped = ({ itemNumber }: BulkItem, code: string): WorkedItem => ({ itemNumber, state: 'skipped', code, referenceId: null });

/** Only the repair that the run has made is put back; whatever came after it is somebody's own decision. */
async function putBackItem(tx: Tx, item: BulkItem, { now, run, by, context, reference }: Working & { readonly reference: string | null }): Promise<WorkedItem> {
  if (reference === null || now?.state !== 'applied') return skipped(item, 'repair_case_not_closed');
  if (now.referenceId !== reference) return skipped(item, 'correction_superseded');
  const result = await revertCase(tx, { caseId: item.caseId, reason: run.reason }, by, context);
  return { itemNumber: item.itemNumber, ...(result.ok ? { state: 'applied', code: null, referenceId: reference } : { state: 'refused', code: result.error.code, referenceId: null }) };
}

async function repairItem(tx: Tx, item: BulkItem, { now, run, by, context }: Working): Promise<WorkedItem> {
  if (now?.state !== 'proposed') return skipped(item, 'repair_case_closed');
  if (now.evidenceDigest !== item.evidenceDigest) return skipped(item, 'correction_evidence_changed');
  const { caseId, evidenceDigest, proposedSource: source, proposedWh: energyWh, proposedMinor: amountMinor, itemNumber } = item;
  const result = await applyCase(tx, { caseId, commandId: newUuid(), source, energyWh, evidenceDigest, amountMinor, reason: run.reason }, by, context);
  if (!result.ok) return { itemNumber, state: result.error.code === 'correction_evidence_changed' ? 'skipped' : 'refused', code: result.error.code, referenceId: null };
  const { state, referenceId } = result.value;
  return state === 'applied' ? { itemNumber, state, code: null, referenceId } : { itemNumber, state: 'awaiting_approval', code: null, referenceId: null };
}
