import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type Member = components['schemas']['Member'];
export type MemberDetail = components['schemas']['MemberDetail'];
export type Credential = components['schemas']['Credential'];
export type CredentialKind = Credential['kind'];
export type MemberStatus = Member['status'];

export const loadMembers = ({ q, status }: { q?: string | undefined; status?: string | undefined }, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/members', { params: { query: { ...(q ? { q } : {}), ...(status === 'active' || status === 'frozen' ? { status } : {}), ...pageAt(cursor) } } }));
export const loadMember = (memberId: string) => unwrap(api.GET('/api/v1/members/{memberId}', { params: { path: { memberId } } }));

export const createMember = (body: { displayName: string; phone: string | null; subOperatorId?: string }, idempotencyKey: string) => unwrap(api.POST('/api/v1/members', { params: keyed(idempotencyKey), body }));
export const addCredential = ({ memberId, ...body }: { memberId: string; kind: CredentialKind; token: string }, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/members/{memberId}/credentials', { params: { ...keyed(idempotencyKey), path: { memberId } }, body }));
export const revokeCredential = ({ memberId, credentialId, reason }: { memberId: string; credentialId: string; reason: string }) =>
  unwrap(api.POST('/api/v1/members/{memberId}/credentials/{credentialId}/revoke', { params: { path: { memberId, credentialId } }, body: { reason } }));
export const freezeMember = ({ memberId, reason }: { memberId: string; reason: string }) => unwrap(api.POST('/api/v1/members/{memberId}/freeze', { params: { path: { memberId } }, body: { reason } }));
export const unfreezeMember = ({ memberId, reason }: { memberId: string; reason: string }) => unwrap(api.POST('/api/v1/members/{memberId}/unfreeze', { params: { path: { memberId } }, body: { reason } }));
