import { Type, type Static } from 'typebox';
import { recordAct } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { ALL_PERMISSIONS, Body, IdJson, idFromJson, idToJson, InstantJson, instantToJson, NoContent, NullOr, orNull, type Api } from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { listSubOperators } from '../../parties/index.ts';
import { createApiClient, listApiClients, revokeApiClient, setAllowedRanges, type ApiClient } from '../api-clients.ts';
import { IP_RANGES_PER_CLIENT_MAX } from '../domain/access-limits.ts';
import { PermissionJson, refuseUnheld } from './roles.ts';

const ApiClientJson = Type.Object({
  apiClientId: IdJson('key'), name: Type.String(), permissions: Type.Array(PermissionJson), subOperatorId: NullOr(IdJson('sub')), allowedRanges: Type.Array(Type.String()),
  createdAt: InstantJson, lastUsedAt: NullOr(InstantJson), revokedAt: NullOr(InstantJson),
}, { title: 'ApiClient' });
const NewApiClientJson = Type.Object({ ...ApiClientJson.properties, key: Type.String({ description: 'Shown this once: keep it now.' }) }, { title: 'NewApiClient' });
const AllowedRanges = Type.Array(Type.String({ minLength: 2, maxLength: 50, examples: ['203.0.113.0/24', '2001:db8::/32'] }), {
  maxItems: IP_RANGES_PER_CLIENT_MAX, description: 'From where the key may be used: addresses and CIDR ranges; empty for anywhere.',
});
const ClientParams = Type.Object({ apiClientId: Type.String() });

export function registerApiClientRoutes(api: Api): void {
  registerCreation(api);
  registerChanges(api);
}

function registerCreation(api: Api): void {
  api.route({
    method: 'GET', path: '/api-clients', operationId: 'listApiClients', tag: 'users', summary: 'All API clients by name, revoked ones included',
    permission: 'users:read', audience: 'operator', response: Type.Object({ items: Type.Array(ApiClientJson) }),
    handler: async (tx) => ({ items: (await listApiClients(tx)).map(clientToJson) }),
  });
  api.route({
    method: 'POST', path: '/api-clients', operationId: 'createApiClient', tag: 'users', summary: 'Make a key for a program',
    permission: 'users:manage', audience: 'console',
    body: Body({
      name: Type.String({ minLength: 1, maxLength: 100 }), permissions: Type.Array(PermissionJson, { minItems: 1, maxItems: ALL_PERMISSIONS.length }),
      subOperatorId: Type.Optional(NullOr(IdJson('sub'))), allowedRanges: AllowedRanges,
    }),
    response: NewApiClientJson, status: 201, errors: ['permission_not_yours_to_give', 'sub_operator_not_found', 'ip_range_invalid', 'api_client_name_taken'],
    handler: async (tx, call) => {
      refuseUnheld(call.principal, call.body.permissions);
      const subOperatorId = orNull(call.body.subOperatorId ?? null, (id) => idFromJson('sub', id, 'sub_operator_not_found'));
      if (subOperatorId !== null && !(await listSubOperators(tx)).some((unit) => unit.subOperatorId === subOperatorId)) throw problem('sub_operator_not_found');
      const { apiClientId, key } = orProblem(await createApiClient(tx, { ...call.body, subOperatorId }, call));
      await recordAct(tx, {
        actor: call.actor, from: call.from, act: 'access.create_api_client', subject: { kind: 'api_client', id: apiClientId },
        after: { name: call.body.name, permissions: call.body.permissions, allowedRanges: call.body.allowedRanges, subOperatorId },
      }, call);
      announce(tx, 'access.users');
      return { ...clientToJson(await requireClient(tx, apiClientId)), key };
    },
  });
}

function registerChanges(api: Api): void {
  api.route({
    method: 'PATCH', path: '/api-clients/:apiClientId', operationId: 'changeApiClient', tag: 'users', summary: 'Change from where a key may be used',
    permission: 'users:manage', audience: 'console', params: ClientParams, body: Body({ allowedRanges: AllowedRanges }), response: ApiClientJson,
    errors: ['api_client_not_found', 'ip_range_invalid'],
    handler: async (tx, call) => {
      const apiClientId = clientIdOf(call.params);
      const { before } = orProblem(await setAllowedRanges(tx, apiClientId, call.body.allowedRanges));
      await recordAct(tx, {
        actor: call.actor, from: call.from, act: 'access.change_api_client', subject: { kind: 'api_client', id: apiClientId },
        before: { allowedRanges: before }, after: { allowedRanges: call.body.allowedRanges },
      }, call);
      announce(tx, 'access.users');
      return clientToJson(await requireClient(tx, apiClientId));
    },
  });
  api.route({
    method: 'DELETE', path: '/api-clients/:apiClientId', operationId: 'revokeApiClient', tag: 'users', summary: 'End a key at once and for good',
    permission: 'users:manage', audience: 'console', params: ClientParams, response: NoContent, status: 204, errors: ['api_client_not_found'],
    handler: async (tx, call) => {
      const apiClientId = clientIdOf(call.params);
      orProblem(await revokeApiClient(tx, apiClientId, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'access.revoke_api_client', subject: { kind: 'api_client', id: apiClientId } }, call);
      announce(tx, 'access.users');
      return null;
    },
  });
}

async function requireClient(tx: Tx, apiClientId: string): Promise<ApiClient> {
  const client = (await listApiClients(tx)).find((candidate) => candidate.apiClientId === apiClientId);
  if (!client) throw problem('api_client_not_found');
  return client;
}

const clientIdOf = (params: { apiClientId: string }): string => idFromJson('key', params.apiClientId, 'api_client_not_found');
const clientToJson = (client: ApiClient): Static<typeof ApiClientJson> => ({
  apiClientId: idToJson('key', client.apiClientId), name: client.name, permissions: [...client.permissions], subOperatorId: orNull(client.subOperatorId, (id) => idToJson('sub', id)),
  allowedRanges: [...client.allowedRanges], createdAt: instantToJson(client.createdAt), lastUsedAt: orNull(client.lastUsedAt, instantToJson), revokedAt: orNull(client.revokedAt, instantToJson),
});
