import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components, operations } from './contract.ts';

export type Day = components['schemas']['ReconciliationDay'];
export type DayReport = NonNullable<Day['report']>;
export type DayStory = components['schemas']['ReconciliationDayStory'];
export type KeptStatement = components['schemas']['ChannelStatement'];
export type StatementKind = components['schemas']['StatementKind'];
export type Side = components['schemas']['ReconciliationSide'];
export type Break = components['schemas']['ReconciliationBreak'];
export type BreakStory = components['schemas']['ReconciliationBreakStory'];
export type BreakKind = components['schemas']['BreakKind'];
export const BREAK_KINDS: readonly BreakKind[] = ['missing_here', 'missing_there', 'amount_differs', 'state_differs', 'fee_differs', 'duplicate', 'foreign', 'refund_elsewhere', 'chargeback'];

type BreakQuery = NonNullable<operations['listReconciliationBreaks']['parameters']['query']>;
const FILE_NAME_LENGTH_MAX = 200;

export const loadDays = (merchantAccountId: string | undefined, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/reconciliation-days', { params: { query: { ...pageAt(cursor), ...(merchantAccountId ? { merchantAccountId } : {}) } } }));
export const loadDay = (merchantAccountId: string, businessDate: string): Promise<DayStory> =>
  unwrap(api.GET('/api/v1/merchant-accounts/{merchantAccountId}/reconciliation-days/{businessDate}', { params: { path: { merchantAccountId, businessDate } } }));
export type StatementUpload = { readonly merchantAccountId: string; readonly businessDate: string; readonly kind: StatementKind; readonly file: File };
/** The file as it is, with its hash where the browser can make one (only over TLS and on this machine). */
export async function uploadStatement({ merchantAccountId, businessDate, kind, file }: StatementUpload) {
  const bytes = await file.arrayBuffer();
  const sha256 = typeof crypto.subtle === 'undefined' ? null : [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return unwrap(api.POST('/api/v1/merchant-accounts/{merchantAccountId}/reconciliation-days/{businessDate}/statements', {
    params: { path: { merchantAccountId, businessDate }, query: { kind, fileName: file.name.slice(-FILE_NAME_LENGTH_MAX), ...(sha256 === null ? {} : { sha256 }) } },
    headers: { 'content-type': 'application/octet-stream' }, body: '', bodySerializer: () => bytes,
  }));
}
export const requestDay = (body: { merchantAccountId: string; businessDate: string }) => unwrap(api.POST('/api/v1/reconciliation-days', { body }));
export const loadBreaks = (filter: Omit<BreakQuery, 'limit' | 'cursor'>, cursor: string | undefined) => unwrap(api.GET('/api/v1/reconciliation-breaks', { params: { query: { ...filter, ...pageAt(cursor) } } }));
export const loadBreak = (breakId: string): Promise<BreakStory> => unwrap(api.GET('/api/v1/reconciliation-breaks/{breakId}', { params: { path: { breakId } } }));
export const ownBreak = ({ breakId, mine }: { breakId: string; mine: boolean }): Promise<BreakStory> => unwrap(api.POST('/api/v1/reconciliation-breaks/{breakId}/own', { params: { path: { breakId } }, body: { mine } }));
export const commentBreak = ({ breakId, body }: { breakId: string; body: string }, idempotencyKey: string): Promise<BreakStory> =>
  unwrap(api.POST('/api/v1/reconciliation-breaks/{breakId}/comments', { params: { ...keyed(idempotencyKey), path: { breakId } }, body: { body } }));
export type Ending = 'accepted' | 'explained' | 'written_off';
export const endBreak = ({ breakId, ...body }: { breakId: string; resolution: Ending; why: string }): Promise<BreakStory> => unwrap(api.POST('/api/v1/reconciliation-breaks/{breakId}/end', { params: { path: { breakId } }, body }));
