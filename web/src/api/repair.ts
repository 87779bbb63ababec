import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components, operations } from './contract.ts';

export type RepairCase = components['schemas']['RepairCase'];
export type RepairCaseDetail = components['schemas']['RepairCaseDetail'];
export type RepairCaseState = components['schemas']['RepairCaseState'];
export type RepairCandidate = components['schemas']['RepairCandidate'];
export type RepairCaseEvent = components['schemas']['RepairCaseEvent'];
export type RepairCaseCounts = components['schemas']['RepairCaseCounts'];
export type RepairConfidence = components['schemas']['RepairConfidence'];
export type RepairGroupBy = NonNullable<operations['countRepairCases']['parameters']['query']>['groupBy'];
export const CASE_STATES: readonly RepairCaseState[] = ['open', 'proposed', 'awaiting_approval', 'applied', 'reverted', 'dismissed', 'resolved_by_facts'];

export type RepairQuery = Omit<NonNullable<operations['listRepairCases']['parameters']['query']>, 'limit' | 'cursor'>;

export const loadRepairCases = (filter: RepairQuery, cursor: string | undefined) => unwrap(api.GET('/api/v1/repair-cases', { params: { query: { ...filter, ...pageAt(cursor) } } }));
export const loadRepairCase = (caseId: string): Promise<RepairCaseDetail> => unwrap(api.GET('/api/v1/repair-cases/{caseId}', { params: { path: { caseId } } }));
export const loadRepairCounts = (groupBy: RepairGroupBy): Promise<RepairCaseCounts> => unwrap(api.GET('/api/v1/repair-case-counts', { params: { query: { groupBy } } }));

export type Acceptance = { readonly caseId: string; readonly source: string | null; readonly energyWh: string | null; readonly evidenceDigest: string | null; readonly reason: string };
/** Refused where the facts have changed since `evidenceDigest` was seen. */
export const applyRepairCase = ({ caseId, ...body }: Acceptance, key: string): Promise<RepairCaseDetail> => unwrap(api.POST('/api/v1/repair-cases/{caseId}/application', { params: { path: { caseId }, ...keyed(key) }, body }));

export type CaseDecision = 'revert' | 'dismissal' | 'reopening';
export function decideRepairCase({ caseId, decision, reason }: { caseId: string; decision: CaseDecision; reason: string }, key: string): Promise<RepairCaseDetail> {
  const call = { params: { path: { caseId }, ...keyed(key) }, body: { reason } };
  if (decision === 'revert') return unwrap(api.POST('/api/v1/repair-cases/{caseId}/revert', call));
  return decision === 'dismissal' ? unwrap(api.POST('/api/v1/repair-cases/{caseId}/dismissal', call)) : unwrap(api.POST('/api/v1/repair-cases/{caseId}/reopening', call));
}
/** Null: nobody looks after it. */
export const assignRepairCase = ({ caseId, ownerId }: { caseId: string; ownerId: string | null }): Promise<RepairCaseDetail> =>
  unwrap(api.PUT('/api/v1/repair-cases/{caseId}/owner', { params: { path: { caseId } }, body: { ownerId, dueAt: null } }));

export type BulkRun = components['schemas']['BulkRepair'];
export type BulkRunDetail = components['schemas']['BulkRepairDetail'];
export type BulkItem = components['schemas']['BulkRepairItem'];
export type BulkItemState = components['schemas']['BulkRepairItemState'];
export type BulkFilter = components['schemas']['BulkRepairFilter'];
export const BULK_ITEM_STATES: readonly BulkItemState[] = ['pending', 'applied', 'awaiting_approval', 'refused', 'skipped'];
export const CONFIDENCES: readonly RepairConfidence[] = ['proven', 'strong', 'weak'];

export const loadBulkRuns = (cursor: string | undefined) => unwrap(api.GET('/api/v1/bulk-repairs', { params: { query: pageAt(cursor, 20) } }));
export const loadBulkRun = (runId: string): Promise<BulkRunDetail> => unwrap(api.GET('/api/v1/bulk-repairs/{runId}', { params: { path: { runId } } }));
export const loadBulkItems = (runId: string, state: BulkItemState | undefined, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/bulk-repairs/{runId}/items', { params: { path: { runId }, query: { ...pageAt(cursor), ...(state ? { state } : {}) } } }));
/** Fixes what a run would do; nothing is repaired until it is started. */
export const previewBulkRun = (body: { filter: BulkFilter; reason: string }, key: string): Promise<BulkRunDetail> => unwrap(api.POST('/api/v1/bulk-repairs', { params: keyed(key), body }));
export const previewBulkRevert = ({ runId, reason }: { runId: string; reason: string }, key: string): Promise<BulkRunDetail> =>
  unwrap(api.POST('/api/v1/bulk-repairs/{runId}/revert', { params: { path: { runId }, ...keyed(key) }, body: { reason } }));
/** Starts a previewed run, and lets one that is paused, or was interrupted, go on. */
export const startBulkRun = ({ runId }: { runId: string }): Promise<BulkRunDetail> => unwrap(api.POST('/api/v1/bulk-repairs/{runId}/start', { params: { path: { runId } } }));
export const pauseBulkRun = ({ runId }: { runId: string }): Promise<BulkRunDetail> => unwrap(api.POST('/api/v1/bulk-repairs/{runId}/pause', { params: { path: { runId } } }));

export type RepairPolicy = components['schemas']['RepairPolicy'];
export type RepairPolicyVersion = components['schemas']['RepairPolicyVersion'];
export type RepairPolicyTrial = components['schemas']['RepairPolicyTrial'];
export type AutomaticRule = { readonly cause: string; readonly amountMinorMax: string; readonly energyWhMax: string; readonly waitSeconds: number };
export const loadRepairPolicy = (): Promise<RepairPolicy> => unwrap(api.GET('/api/v1/repair-policy'));
export const loadRepairPolicyVersions = (cursor: string | undefined) => unwrap(api.GET('/api/v1/repair-policy/versions', { params: { query: pageAt(cursor, 20) } }));
/** Of the cases that are open now: what these rules would accept. */
export const tryRepairRules = (automatic: readonly AutomaticRule[]): Promise<RepairPolicyTrial> => unwrap(api.POST('/api/v1/repair-policy/trial', { body: { automatic: automatic.map((rule) => ({ ...rule })) } }));
export type PolicyChange = { readonly seenVersion: number; readonly enabled: boolean; readonly dueDays: number; readonly bulkFourEyesAboveMinor: string; readonly automatic: readonly AutomaticRule[]; readonly reason: string };
export const changeRepairPolicy = ({ automatic, ...change }: PolicyChange): Promise<RepairPolicy> => unwrap(api.PUT('/api/v1/repair-policy', { body: { ...change, automatic: automatic.map((rule) => ({ ...rule })) } }));

export type CorrectionPolicy = components['schemas']['CorrectionPolicy'];
export const loadCorrectionPolicy = (): Promise<CorrectionPolicy> => unwrap(api.GET('/api/v1/correction-policy'));
export const changeCorrectionPolicy = (body: { seenVersion: number; fourEyesAboveMinor: string; fourEyesAboveWh: string; reason: string }): Promise<CorrectionPolicy> => unwrap(api.PUT('/api/v1/correction-policy', { body }));
