import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components, operations } from './contract.ts';

export type SupportCase = components['schemas']['SupportCase'];
export type SupportCaseState = components['schemas']['SupportCaseState'];
export type SupportStory = components['schemas']['SupportCaseStory'];
export type SupportLink = components['schemas']['SupportCaseLink'];
export type SupportEvent = components['schemas']['SupportCaseEvent'];
export type SimilarCase = components['schemas']['SimilarCase'];
export type ResolvedList = components['schemas']['ResolvedList'];
export type NetworkState = components['schemas']['NetworkState'];
export type CaseForm = NonNullable<operations['openSupportCase']['requestBody']>['content']['application/json'];
export type CaseQuery = Omit<NonNullable<operations['listSupportCases']['parameters']['query']>, 'limit' | 'cursor'>;

export const SUPPORT_STATES: readonly SupportCaseState[] = ['open', 'observing', 'resolved'];
export const NETWORK_STATES: readonly NetworkState[] = ['online', 'offline', 'unstable', 'unknown'];
export const OBSERVE_DAYS_MAX = 92, TITLE_LENGTH_MAX = 200, TEXT_LENGTH_MAX = 4_000, PASTED_LENGTH_MAX = 20_000;

export const loadCases = (filter: CaseQuery, cursor: string | undefined) => unwrap(api.GET('/api/v1/support-cases', { params: { query: { ...filter, ...pageAt(cursor, 50) } } }));
export const loadCaseCounts = () => unwrap(api.GET('/api/v1/support-cases/counts'));
export const loadCase = (caseId: string): Promise<SupportStory> => unwrap(api.GET('/api/v1/support-cases/{caseId}', { params: { path: { caseId } } }));
export const openCase = (body: CaseForm, key: string) => unwrap(api.POST('/api/v1/support-cases', { params: keyed(key), body }));
export const resolvePasted = (pasted: string): Promise<ResolvedList> => unwrap(api.POST('/api/v1/support-cases/pasted-list', { body: { pasted } }));

type Work =
  | { readonly act: 'comment'; readonly body: string } | { readonly act: 'observe'; readonly days: number; readonly comment: string | null } | { readonly act: 'resolve'; readonly resolution: string }
  | { readonly act: 'reopen'; readonly comment: string } | { readonly act: 'assign'; readonly ownerId: string | null } | { readonly act: 'known'; readonly answer: string | null };
export type CaseWork = Work & { readonly caseId: string };

/** One act on a case; the answer is the case as it is then. */
export function workCase(work: CaseWork, key: string): Promise<SupportStory> {
  const params = { path: { caseId: work.caseId }, ...keyed(key) };
  switch (work.act) {
    case 'comment': return unwrap(api.POST('/api/v1/support-cases/{caseId}/comment', { params, body: { body: work.body } }));
    case 'observe': return unwrap(api.POST('/api/v1/support-cases/{caseId}/observation', { params, body: { days: work.days, comment: work.comment } }));
    case 'resolve': return unwrap(api.POST('/api/v1/support-cases/{caseId}/resolution', { params, body: { resolution: work.resolution } }));
    case 'reopen': return unwrap(api.POST('/api/v1/support-cases/{caseId}/reopening', { params, body: { comment: work.comment } }));
    case 'assign': return unwrap(api.POST('/api/v1/support-cases/{caseId}/owner', { params, body: { ownerId: work.ownerId } }));
    case 'known': return unwrap(api.POST('/api/v1/support-cases/{caseId}/known-answer', { params, body: { answer: work.answer } }));
  }
}
