import { ok, refuse, type Clock, type Result } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../platform/database/index.ts';
import type { Permission } from '../../platform/http/permission.ts';
import { permissionsOf, type BuiltInRole } from './built-in-roles.ts';
import { somebodyManagesUsers } from './commands/change-user.ts';
import { ensureBuiltInRoles } from './commands/create-user.ts';
import { ROLES_MAX } from './domain/access-limits.ts';

export type Role = { readonly roleId: string; readonly name: string; readonly builtIn: BuiltInRole | null; readonly permissions: readonly Permission[] };
export type ChangeRoleRejection =
  | { readonly code: 'role_not_found' } | { readonly code: 'role_built_in' } | { readonly code: 'role_name_taken' } | { readonly code: 'last_owner' };

/** All roles in use: the built-in ones first, then the operator's own by name. */
export async function listRoles(tx: Tx, { clock }: { clock: Clock }): Promise<Role[]> {
  await ensureBuiltInRoles(tx, { clock });
  const rows = await tx.query<Omit<Role, 'permissions'> & { permissions: string[] }>(
    `select role_id as "roleId", name, built_in as "builtIn", permissions from access.role where operator_id = $1 and retired_at is null
     order by built_in is null, name limit ${ROLES_MAX}`, [tx.operatorIds[0]]);
  return rows.map((row) => ({ ...row, permissions: permissionsOf(row).toSorted() }));
}

export async function createRole(tx: Tx, role: { name: string; permissions: readonly Permission[] }, { clock }: { clock: Clock }): Promise<Result<string, { readonly code: 'role_name_taken' }>> {
  await ensureBuiltInRoles(tx, { clock });
  const roleId = newUuid();
  const inserted = await tx.execute(
    'insert into access.role (operator_id, role_id, name, permissions, created_at) values ($1, $2, $3, $4, $5) on conflict (operator_id, name) do nothing',
    [tx.operatorIds[0], roleId, role.name.trim(), [...new Set(role.permissions)], sqlTimestamp(clock.now())]);
  return inserted === 1 ? ok(roleId) : refuse({ code: 'role_name_taken' });
}

/** Changes a role of the operator's own, or retires it: whoever has it loses its permissions at once. On a refusal the caller rolls back. */
export async function changeRole(
  tx: Tx, roleId: string, change: { name?: string; permissions?: readonly Permission[]; retire?: true }, { clock }: { clock: Clock },
): Promise<Result<null, ChangeRoleRejection>> {
  const roles = await listRoles(tx, { clock });
  const role = roles.find((candidate) => candidate.roleId === roleId);
  if (!role) return refuse({ code: 'role_not_found' });
  if (role.builtIn !== null) return refuse({ code: 'role_built_in' });
  // A retired role keeps its name, so names are compared with those too.
  const taken = await tx.query('select 1 from access.role where operator_id = $1 and name = $2 and role_id <> $3', [tx.operatorIds[0], change.name?.trim() ?? null, roleId]);
  if (taken.length > 0) return refuse({ code: 'role_name_taken' });
  await tx.query(`select 1 from access.role where operator_id = $1 and built_in = 'owner' for update`, [tx.operatorIds[0]]);
  await tx.execute(
    'update access.role set name = coalesce($3, name), permissions = coalesce($4, permissions), retired_at = $5 where operator_id = $1 and role_id = $2',
    [tx.operatorIds[0], roleId, change.name?.trim() ?? null, change.permissions ? [...new Set(change.permissions)] : null, change.retire ? sqlTimestamp(clock.now()) : null]);
  return (await somebodyManagesUsers(tx)) ? ok(null) : refuse({ code: 'last_owner' });
}
