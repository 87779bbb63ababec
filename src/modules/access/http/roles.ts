import { Type, type Static } from 'typebox';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { ALL_PERMISSIONS, Body, IdJson, idFromJson, idToJson, NoContent, NullOr, PERMISSIONS, type Api, type Permission, type Principal } from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { BUILT_IN_ROLE_NAMES } from '../built-in-roles.ts';
import { changeRole, createRole, listRoles, type Role } from '../roles.ts';

export const PermissionJson = Type.Enum(ALL_PERMISSIONS, { type: 'string', title: 'Permission' });
const RoleJson = Type.Object({
  roleId: IdJson('role'), name: Type.String(), builtIn: NullOr(Type.Enum(BUILT_IN_ROLE_NAMES, { type: 'string' })), permissions: Type.Array(PermissionJson),
}, { title: 'Role' });
const Name = Type.String({ minLength: 1, maxLength: 100 });
const Permissions = Type.Array(PermissionJson, { minItems: 1, maxItems: ALL_PERMISSIONS.length });

export function registerRoleRoutes(api: Api): void {
  registerReads(api);
  registerChanges(api);
}

function registerReads(api: Api): void {
  api.route({
    method: 'GET', path: '/permissions', operationId: 'listPermissions', tag: 'users', summary: 'Every permission there is, in words',
    permission: null, audience: 'operator', response: Type.Object({ items: Type.Array(Type.Object({ permission: PermissionJson, en: Type.String(), zh: Type.String() })) }),
    handler: async () => ({ items: ALL_PERMISSIONS.map((permission) => ({ permission, en: PERMISSIONS[permission][0], zh: PERMISSIONS[permission][1] })) }),
  });
  api.route({
    method: 'GET', path: '/roles', operationId: 'listRoles', tag: 'users', summary: 'All roles, the built-in ones first',
    permission: 'users:read', audience: 'operator', response: Type.Object({ items: Type.Array(RoleJson) }),
    handler: async (tx, call) => ({ items: (await listRoles(tx, call)).map(roleToJson) }),
  });
}

function registerChanges(api: Api): void {
  api.route({
    method: 'POST', path: '/roles', operationId: 'createRole', tag: 'users', summary: 'Make a role of your own',
    permission: 'users:manage', audience: 'console', body: Body({ name: Name, permissions: Permissions }), response: RoleJson, status: 201,
    errors: ['permission_not_yours_to_give', 'role_name_taken'],
    handler: async (tx, call) => {
      refuseUnheld(call.principal, call.body.permissions);
      const roleId = orProblem(await createRole(tx, call.body, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'access.create_role', subject: { kind: 'role', id: roleId }, after: call.body }, call);
      announce(tx, 'access.users');
      return roleToJson((await listRoles(tx, call)).find((role) => role.roleId === roleId)!);
    },
  });
  api.route({
    method: 'PATCH', path: '/roles/:roleId', operationId: 'changeRole', tag: 'users', summary: 'Change a role of your own; whoever has it gains or loses at once',
    permission: 'users:manage', audience: 'console', params: Type.Object({ roleId: Type.String() }),
    body: Body({ name: Type.Optional(Name), permissions: Type.Optional(Permissions) }), response: RoleJson,
    errors: ['role_not_found', 'role_built_in', 'role_name_taken', 'permission_not_yours_to_give', 'last_owner'],
    handler: async (tx, call) => {
      const before = (await listRoles(tx, call)).find((role) => role.roleId === roleIdOf(call.params));
      if (!before) throw problem('role_not_found');
      refuseUnheld(call.principal, call.body.permissions ?? []);
      orProblem(await changeRole(tx, before.roleId, call.body, call));
      const after = (await listRoles(tx, call)).find((role) => role.roleId === before.roleId)!;
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'access.change_role', subject: { kind: 'role', id: before.roleId }, before, after }, call);
      announce(tx, 'access.users');
      return roleToJson(after);
    },
  });
  api.route({
    method: 'DELETE', path: '/roles/:roleId', operationId: 'retireRole', tag: 'users', summary: 'Retire a role of your own: whoever has it loses it at once',
    permission: 'users:manage', audience: 'console', params: Type.Object({ roleId: Type.String() }), response: NoContent, status: 204, errors: ['role_not_found', 'role_built_in', 'last_owner'],
    handler: async (tx, call) => {
      const roleId = roleIdOf(call.params);
      const retired = await changeRole(tx, roleId, { retire: true }, call);
      if (!retired.ok) throw problem(retired.error.code);
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'access.retire_role', subject: { kind: 'role', id: roleId } }, call);
      announce(tx, 'access.users');
      return null;
    },
  });
}

/** Nobody gives what they do not hold. */
export function refuseUnheld(principal: Principal, permissions: readonly Permission[]): void {
  const held = new Set(principal.grants.filter((grant) => grant.subOperatorId === null).flatMap((grant) => [...grant.permissions]));
  const missing = permissions.find((permission) => !held.has(permission));
  if (missing !== undefined) throw problem('permission_not_yours_to_give', { detail: missing, data: { permission: missing } });
}

const roleIdOf = (params: { roleId: string }): string => idFromJson('role', params.roleId, 'role_not_found');
const roleToJson = (role: Role): Static<typeof RoleJson> => ({ roleId: idToJson('role', role.roleId), name: role.name, builtIn: role.builtIn, permissions: [...role.permissions] });
