import { api, keyed, unwrap } from './client.ts';
import type { components, paths } from './contract.ts';

export type Role = components['schemas']['Role'];
export type PermissionCode = Role['permissions'][number];
export type PermissionText = { readonly permission: PermissionCode; readonly en: string; readonly zh: string };
export type ApiClient = components['schemas']['ApiClient'];
export type SubOperator = components['schemas']['SubOperator'];
export type NewApiClient = NonNullable<paths['/api/v1/api-clients']['post']['requestBody']>['content']['application/json'];
/** A role, and where it holds: null is the whole operator. */
export type RoleGrant = { readonly roleId: string; readonly subOperatorId: string | null };

export const loadRoles = async () => (await unwrap(api.GET('/api/v1/roles'))).items;
export const loadPermissions = async (): Promise<readonly PermissionText[]> => (await unwrap(api.GET('/api/v1/permissions'))).items;
export type RoleBody = { readonly name: string; readonly permissions: PermissionCode[] };
export const createRole = (body: RoleBody, idempotencyKey: string) => unwrap(api.POST('/api/v1/roles', { params: keyed(idempotencyKey), body }));
export const changeRole = ({ roleId, ...body }: RoleBody & { roleId: string }) => unwrap(api.PATCH('/api/v1/roles/{roleId}', { params: { path: { roleId } }, body }));
export const retireRole = (roleId: string) => unwrap(api.DELETE('/api/v1/roles/{roleId}', { params: { path: { roleId } } }));

export const loadSubOperators = async (): Promise<readonly SubOperator[]> => (await unwrap(api.GET('/api/v1/sub-operators'))).items;

export const loadApiClients = async () => (await unwrap(api.GET('/api/v1/api-clients'))).items;
export const createApiClient = (body: NewApiClient, idempotencyKey: string) => unwrap(api.POST('/api/v1/api-clients', { params: keyed(idempotencyKey), body }));
export const changeApiClient = ({ apiClientId, allowedRanges }: { apiClientId: string; allowedRanges: string[] }) => unwrap(api.PATCH('/api/v1/api-clients/{apiClientId}', { params: { path: { apiClientId } }, body: { allowedRanges } }));
export const revokeApiClient = (apiClientId: string) => unwrap(api.DELETE('/api/v1/api-clients/{apiClientId}', { params: { path: { apiClientId } } }));
