import type { RoleGrant } from './access.ts';
import { api, keyed, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type AuditEntry = components['schemas']['AuditEntry'];
export type Approval = components['schemas']['Approval'];
export type ApprovalState = Approval['state'];
export type User = components['schemas']['User'];
export type WebSession = components['schemas']['WebSession'];
export type AuditFilter = { readonly act?: string | undefined; readonly actorId?: string | undefined; readonly amountMinor?: string | undefined; readonly subjectKind?: string | undefined; readonly subjectId?: string | undefined; readonly from?: string | undefined; readonly to?: string | undefined; readonly reason?: string | undefined; readonly ip?: string | undefined };

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

export type NewUser = { readonly logInName: string; readonly displayName: string; readonly password: string; readonly roles: RoleGrant[] };
export const createUser = (body: NewUser, idempotencyKey: string) => unwrap(api.POST('/api/v1/users', { params: keyed(idempotencyKey), body }));
export const setUserStatus = ({ userId, status }: { userId: string; status: User['status'] }) => unwrap(api.PATCH('/api/v1/users/{userId}', { params: { path: { userId } }, body: { status } }));
export const assignRoles = ({ userId, roles }: { userId: string; roles: RoleGrant[] }) => unwrap(api.PUT('/api/v1/users/{userId}/roles', { params: { path: { userId } }, body: { roles } }));
/** The user is logged out everywhere and needs the new password from now on. */
export const resetPassword = ({ userId, newPassword }: { userId: string; newPassword: string }) => unwrap(api.POST('/api/v1/users/{userId}/password', { params: { path: { userId } }, body: { newPassword } }));
export const endWebSessionsOf = (userId: string) => unwrap(api.DELETE('/api/v1/users/{userId}/web-sessions', { params: { path: { userId } } }));
export const changeOwnPassword = (body: { currentPassword: string; newPassword: string }) => unwrap(api.POST('/api/v1/web-sessions/current/password', { body }));
