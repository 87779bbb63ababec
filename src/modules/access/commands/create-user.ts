import { assert, ok, refuse, type Clock, type Result, type UserId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { sealPersonal } from '../../../platform/personal-data/index.ts';
import { BUILT_IN_ROLE_NAMES, type BuiltInRole } from '../built-in-roles.ts';
import { hashPassword, isPasswordAcceptable } from '../password.ts';

/** Where a role holds: the whole operator (null) or one sub-operator. `role` is a built-in role's name or a role's id. */
export type RoleToGrant = { readonly role: BuiltInRole | { readonly roleId: string }; readonly subOperatorId?: string | null };
export type NewUser = {
  readonly logInName: string;
  readonly displayName: string;
  readonly password: string;
  readonly roles: readonly RoleToGrant[];
  /** Places at which the account may be logged in at once; 15 unless said otherwise. */
  readonly sessionsMax?: number;
};
export type CreateUserRejection =
  | { readonly code: 'log_in_name_invalid' } | { readonly code: 'display_name_invalid' } | { readonly code: 'password_too_weak' }
  | { readonly code: 'role_not_found' } | { readonly code: 'log_in_name_taken' };

export const LOG_IN_NAME = /^[a-z0-9._@-]{2,64}$/;

/** Makes a user. Checks in this order: log-in name, display name, password, roles, name taken. */
export async function createUser(tx: Tx, user: NewUser, { clock }: { clock: Clock }): Promise<Result<UserId, CreateUserRejection>> {
  assert(tx.operatorIds.length === 1, 'createUser needs a transaction of one operator');
  const [operatorId] = tx.operatorIds;
  const logInName = user.logInName.trim().toLowerCase();
  if (!LOG_IN_NAME.test(logInName)) return refuse({ code: 'log_in_name_invalid' });
  const displayName = user.displayName.trim();
  if (displayName === '' || displayName.length > 200) return refuse({ code: 'display_name_invalid' });
  if (!isPasswordAcceptable(user.password, logInName)) return refuse({ code: 'password_too_weak' });
  await ensureBuiltInRoles(tx, { clock });
  const roleIds: { roleId: string; subOperatorId: string | null }[] = [];
  for (const grant of user.roles) {
    const roleId = await findRole(tx, grant.role);
    if (roleId === null) return refuse({ code: 'role_not_found' });
    roleIds.push({ roleId, subOperatorId: grant.subOperatorId ?? null });
  }
  const userId = newUuid() as UserId;
  const now = sqlTimestamp(clock.now());
  const inserted = await tx.execute(
    `insert into access.user_account (operator_id, user_id, log_in_name, display_name_sealed, password_hash, sessions_max, created_at, password_changed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (operator_id, log_in_name) do nothing`,
    [operatorId, userId, logInName, await sealPersonal(tx, { personId: userId, plaintext: displayName }), await hashPassword(user.password), user.sessionsMax ?? 15, now]);
  if (inserted === 0) return refuse({ code: 'log_in_name_taken' });
  for (const { roleId, subOperatorId } of roleIds) await grantRole(tx, { userId, roleId, subOperatorId }, { clock });
  return ok(userId);
}

/** Gives a role; having it already is fine. @returns whether it is new. */
export async function grantRole(tx: Tx, grant: { userId: UserId; roleId: string; subOperatorId: string | null }, { clock }: { clock: Clock }): Promise<boolean> {
  const inserted = await tx.execute(
    `insert into access.role_grant (operator_id, grant_id, user_id, role_id, sub_operator_id, granted_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (operator_id, user_id, role_id, sub_operator_id) where revoked_at is null do nothing`,
    [tx.operatorIds[0], newUuid(), grant.userId, grant.roleId, grant.subOperatorId, sqlTimestamp(clock.now())]);
  return inserted === 1;
}

/** The built-in roles have rows too, so that they can be granted and listed like an operator's own. */
export async function ensureBuiltInRoles(tx: Tx, { clock }: { clock: Clock }): Promise<void> {
  await tx.execute(
    `insert into access.role (operator_id, role_id, name, built_in, created_at)
     select $1, id, name, name, $4 from unnest($2::uuid[], $3::text[]) as made (id, name) on conflict do nothing`,
    [tx.operatorIds[0], BUILT_IN_ROLE_NAMES.map(() => newUuid()), BUILT_IN_ROLE_NAMES, sqlTimestamp(clock.now())]);
}

async function findRole(tx: Tx, role: RoleToGrant['role']): Promise<string | null> {
  const [row] = await tx.query<{ role_id: string }>(
    'select role_id from access.role where operator_id = $1 and retired_at is null and case when $2::uuid is null then built_in = $3 else role_id = $2 end',
    typeof role === 'string' ? [tx.operatorIds[0], null, role] : [tx.operatorIds[0], role.roleId, null]);
  return row?.role_id ?? null;
}
