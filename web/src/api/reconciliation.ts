import { api, keyed, unwrap } from './client.ts';
import type { components, operations } from './contract.ts';

export type Day = components['schemas']['ReconciliationDay'];
export type DayReport = NonNullable<Day['report']>;
export type Side = components['schemas']['ReconciliationSide'];
export type Break = components['schemas']['ReconciliationBreak'];
export type BreakStory = components['schemas']['ReconciliationBreakStory'];
export type BreakKind = components['schemas']['BreakKind'];
export const BREAK_KINDS: readonly BreakKind[] = ['missing_here', 'missing_there', 'amount_differs', 'state_differs', 'fee_differs', 'duplicate', 'foreign'];

type BreakQuery = NonNullable<operations['listReconciliationBreaks']['parameters']['query']>;
const PAGE_ITEMS = 100;
const paged = (cursor: string | undefined): { limit: number; cursor?: string } => ({ limit: PAGE_ITEMS, ...(cursor ? { cursor } : {}) });

export const loadDays = (merchantAccountId: string | undefined, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/reconciliation-days', { params: { query: { ...paged(cursor), ...(merchantAccountId ? { merchantAccountId } : {}) } } }));
export const requestDay = (body: { merchantAccountId: string; businessDate: string }) => unwrap(api.POST('/api/v1/reconciliation-days', { body }));
export const loadBreaks = (filter: Omit<BreakQuery, 'limit' | 'cursor'>, cursor: string | undefined) => unwrap(api.GET('/api/v1/reconciliation-breaks', { params: { query: { ...filter, ...paged(cursor) } } }));
export const loadBreak = (breakId: string): Promise<BreakStory> => unwrap(api.GET('/api/v1/reconciliation-breaks/{breakId}', { params: { path: { breakId } } }));
export const ownBreak = ({ breakId, mine }: { breakId: string; mine: boolean }): Promise<BreakStory> => unwrap(api.POST('/api/v1/reconciliation-breaks/{breakId}/own', { params: { path: { breakId } }, body: { mine } }));
export const commentBreak = ({ breakId, body }: { breakId: string; body: string }, idempotencyKey: string): Promise<BreakStory> =>
  unwrap(api.POST('/api/v1/reconciliation-breaks/{breakId}/comments', { params: { ...keyed(idempotencyKey), path: { breakId } }, body: { body } }));
export type Ending = 'accepted' | 'explained' | 'written_off';
export const endBreak = ({ breakId, ...body }: { breakId: string; resolution: Ending; why: string }): Promise<BreakStory> => unwrap(api.POST('/api/v1/reconciliation-breaks/{breakId}/end', { params: { path: { breakId } }, body }));
