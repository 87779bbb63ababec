import { api, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type AuditEntry = components['schemas']['AuditEntry'];
export type Approval = components['schemas']['Approval'];
export type ApprovalState = Approval['state'];
export type User = components['schemas']['User'];
export type WebSession = components['schemas']['WebSession'];
export type AuditFilter = { readonly act?: string | undefined; readonly subjectKind?: string | undefined; readonly subjectId?: string | undefined; readonly from?: string | undefined; readonly to?: string | undefined; readonly reason?: string | undefined; readonly ip?: string | undefined };

const PAGE_ITEMS = 100;
/** Fields that are set; the contract knows absent ones, not undefined ones. */
const present = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')) as { [K in keyof T]?: Exclude<T[K], undefined> };

export const loadAuditEntries = (filter: AuditFilter, cursor: string | undefined) => unwrap(api.GET('/api/v1/audit-entries', { params: { query: { limit: PAGE_ITEMS, ...present({ ...filter, cursor }) } } }));

export const loadApprovals = (state: ApprovalState | undefined, cursor: string | undefined) => unwrap(api.GET('/api/v1/approvals', { params: { query: { limit: PAGE_ITEMS, ...present({ state, cursor }) } } }));
export type Decision = { readonly approvalId: string; readonly decision: 'approve' | 'refuse'; readonly note?: string };
export const decideApproval = ({ approvalId, ...body }: Decision, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/approvals/{approvalId}/decision', { params: { header: { 'idempotency-key': idempotencyKey }, path: { approvalId } }, body }));

export const loadUsers = async () => (await unwrap(api.GET('/api/v1/users'))).items;
export const loadOwnWebSessions = async () => (await unwrap(api.GET('/api/v1/web-sessions'))).items;
export const loadWebSessionsOf = async (userId: string) => (await unwrap(api.GET('/api/v1/users/{userId}/web-sessions', { params: { path: { userId } } }))).items;
export const endOwnWebSession = (sessionId: string) => unwrap(api.DELETE('/api/v1/web-sessions/{sessionId}', { params: { path: { sessionId } } }));
