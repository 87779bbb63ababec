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
