import { ok, refuse, type Clock, type Result, type UserId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { sealPersonal } from '../../../platform/personal-data/index.ts';
import { hashPassword, isPasswordAcceptable, verifyPassword } from '../password.ts';
import { BUILT_IN_ROLE_NAMES, BUILT_IN_ROLES } from '../built-in-roles.ts';
import { ensureBuiltInRoles, grantRole } from './create-user.ts';

export type UserNotFound = { readonly code: 'user_not_found' };
export type EndReason = 'log_out' | 'ended_by_user' | 'ended_by_administrator' | 'session_limit' | 'password_change' | 'account_disabled';

/** Ends sessions of a user: one, or all except one. @returns the ids of those that were open. */
export async function endSessions(
  tx: Tx, which: { userId: string; sessionId?: string; exceptSessionId?: string | null; because: EndReason }, { clock }: { clock: Clock },
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `update access.web_session set ended_at = $3, ended_because = $4
     where operator_id = $1 and user_id = $2 and ended_at is null and ($5::uuid is null or session_id = $5) and ($6::uuid is null or session_id <> $6) returning session_id as id`,
    [tx.operatorIds[0], which.userId, sqlTimestamp(clock.now()), which.because, which.sessionId ?? null, which.exceptSessionId ?? null]);
  return rows.map((row) => row.id);
}

/** A person's own new password: the current one must be right. All other places of the account are logged out. */
export async function changeOwnPassword(
  tx: Tx, change: { userId: string; sessionId: string | null; currentPassword: string; newPassword: string }, { clock }: { clock: Clock },
): Promise<Result<null, { readonly code: 'password_wrong' } | { readonly code: 'password_too_weak' } | UserNotFound>> {
  const [user] = await tx.query<{ passwordHash: string; logInName: string }>(
    'select password_hash as "passwordHash", log_in_name as "logInName" from access.user_account where operator_id = $1 and user_id = $2', [tx.operatorIds[0], change.userId]);
  if (!user) return refuse({ code: 'user_not_found' });
  if (!(await verifyPassword(change.currentPassword, user.passwordHash)).right) return refuse({ code: 'password_wrong' });
  if (!isPasswordAcceptable(change.newPassword, user.logInName)) return refuse({ code: 'password_too_weak' });
  await storePassword(tx, { userId: change.userId, password: change.newPassword, exceptSessionId: change.sessionId }, { clock });
  return ok(null);
}

/** An administrator gives a user a new password; the user is logged out everywhere. */
export async function resetPassword(
  tx: Tx, reset: { userId: UserId; newPassword: string }, { clock }: { clock: Clock },
): Promise<Result<null, UserNotFound | { readonly code: 'password_too_weak' }>> {
  const [user] = await tx.query<{ logInName: string }>(
    'select log_in_name as "logInName" from access.user_account where operator_id = $1 and user_id = $2', [tx.operatorIds[0], reset.userId]);
  if (!user) return refuse({ code: 'user_not_found' });
  if (!isPasswordAcceptable(reset.newPassword, user.logInName)) return refuse({ code: 'password_too_weak' });
  await storePassword(tx, { userId: reset.userId, password: reset.newPassword, exceptSessionId: null }, { clock });
  return ok(null);
}

async function storePassword(tx: Tx, { userId, password, exceptSessionId }: { userId: string; password: string; exceptSessionId: string | null }, { clock }: { clock: Clock }): Promise<void> {
  await tx.execute('update access.user_account set password_hash = $3, password_changed_at = $4 where operator_id = $1 and user_id = $2',
    [tx.operatorIds[0], userId, await hashPassword(password), sqlTimestamp(clock.now())]);
  await endSessions(tx, { userId, exceptSessionId, because: 'password_change' }, { clock });
}

export type UserChange = { readonly displayName?: string; readonly status?: 'active' | 'disabled'; readonly sessionsMax?: number };
export type ChangeUserRejection = UserNotFound | { readonly code: 'display_name_invalid' } | { readonly code: 'last_owner' };

/** Changes what is given. Disabling logs the user out everywhere. Checks in this order: exists, name, somebody is left to manage users. */
export async function changeUser(tx: Tx, userId: UserId, change: UserChange, { clock }: { clock: Clock }): Promise<Result<null, ChangeUserRejection>> {
  await lockUserManagement(tx, { clock });
  const [user] = await tx.query('select 1 from access.user_account where operator_id = $1 and user_id = $2', [tx.operatorIds[0], userId]);
  if (!user) return refuse({ code: 'user_not_found' });
  const displayName = change.displayName?.trim();
  if (displayName === '') return refuse({ code: 'display_name_invalid' });
  await tx.execute(
    `update access.user_account set display_name_sealed = coalesce($3, display_name_sealed), status = coalesce($4, status), sessions_max = coalesce($5, sessions_max)
     where operator_id = $1 and user_id = $2`,
    [tx.operatorIds[0], userId, displayName === undefined ? null : await sealPersonal(tx, { personId: userId, plaintext: displayName }), change.status ?? null, change.sessionsMax ?? null]);
  if (change.status === 'disabled') {
    await endSessions(tx, { userId, because: 'account_disabled' }, { clock });
    if (!(await somebodyManagesUsers(tx))) return refuse({ code: 'last_owner' });
  }
  return ok(null);
}

export type Assignment = { readonly roleId: string; readonly subOperatorId: string | null };
export type AssignRolesRejection = UserNotFound | { readonly code: 'role_not_found' } | { readonly code: 'last_owner' };

/** Gives a user exactly these roles. Checks in this order: user, roles, somebody is left to manage users. On a refusal the caller rolls back. */
export async function assignRoles(tx: Tx, userId: UserId, wanted: readonly Assignment[], { clock }: { clock: Clock }): Promise<Result<null, AssignRolesRejection>> {
  await lockUserManagement(tx, { clock });
  const [user] = await tx.query('select 1 from access.user_account where operator_id = $1 and user_id = $2', [tx.operatorIds[0], userId]);
  if (!user) return refuse({ code: 'user_not_found' });
  const known = await tx.query<{ roleId: string }>(
    'select role_id as "roleId" from access.role where operator_id = $1 and role_id = any($2::uuid[]) and retired_at is null', [tx.operatorIds[0], wanted.map((item) => item.roleId)]);
  if (wanted.some((item) => !known.some((role) => role.roleId === item.roleId))) return refuse({ code: 'role_not_found' });
  await tx.execute(
    `update access.role_grant g set revoked_at = $3 where operator_id = $1 and user_id = $2 and revoked_at is null and not exists (
       select 1 from unnest($4::uuid[], $5::uuid[]) as wanted (role_id, sub_operator_id)
       where wanted.role_id = g.role_id and wanted.sub_operator_id is not distinct from g.sub_operator_id)`,
    [tx.operatorIds[0], userId, sqlTimestamp(clock.now()), wanted.map((item) => item.roleId), wanted.map((item) => item.subOperatorId)]);
  for (const item of wanted) await grantRole(tx, { userId, ...item }, { clock });
  return (await somebodyManagesUsers(tx)) ? ok(null) : refuse({ code: 'last_owner' });
}

/** Changes that could leave nobody to manage users take turns: two owners must not disable each other at once. */
async function lockUserManagement(tx: Tx, { clock }: { clock: Clock }): Promise<void> {
  await ensureBuiltInRoles(tx, { clock });
  await tx.query(`select 1 from access.role where operator_id = $1 and built_in = 'owner' for update`, [tx.operatorIds[0]]);
}

const MANAGING = BUILT_IN_ROLE_NAMES.filter((name) => (BUILT_IN_ROLES[name] as readonly string[]).includes('users:manage'));

export async function somebodyManagesUsers(tx: Tx): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from access.role_grant g join access.role r using (operator_id, role_id) join access.user_account u using (operator_id, user_id)
     where g.operator_id = $1 and g.revoked_at is null and g.sub_operator_id is null and r.retired_at is null and u.status = 'active'
       and (r.built_in = any($2) or 'users:manage' = any(r.permissions)) limit 1`, [tx.operatorIds[0], MANAGING]);
  return rows.length > 0;
}
