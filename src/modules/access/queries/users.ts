import type { Instant, UserId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { openPersonalBatch, PERSONAL_BATCH_MAX } from '../../../platform/personal-data/index.ts';
import { USERS_MAX } from '../domain/access-limits.ts';

export type User = {
  readonly userId: UserId;
  readonly logInName: string;
  readonly displayName: string | null;
  readonly status: 'active' | 'disabled';
  readonly sessionsMax: number;
  readonly sessionsOpen: number;
  readonly lastUsedAt: Instant | null;
  readonly createdAt: Instant;
  readonly roles: readonly { readonly roleId: string; readonly name: string; readonly subOperatorId: string | null }[];
};

/** Users by log-in name: all, or the one of `userId`. */
export async function loadUsers(tx: Tx, { userId, now }: { userId?: UserId; now: string }): Promise<User[]> {
  const rows = await tx.query<Omit<User, 'displayName' | 'roles'> & { sealed: Buffer; roles: User['roles'] | null }>(
    `select u.user_id as "userId", u.log_in_name as "logInName", u.display_name_sealed as sealed, u.status, u.sessions_max as "sessionsMax", u.created_at as "createdAt",
       (select count(*)::int from access.web_session s where s.operator_id = u.operator_id and s.user_id = u.user_id and s.ended_at is null and s.expires_at > $3) as "sessionsOpen",
       (select max(last_used_at) from access.web_session s where s.operator_id = u.operator_id and s.user_id = u.user_id) as "lastUsedAt",
       (select json_agg(json_build_object('roleId', r.role_id, 'name', r.name, 'subOperatorId', g.sub_operator_id) order by r.name)
        from access.role_grant g join access.role r using (operator_id, role_id)
        where g.operator_id = u.operator_id and g.user_id = u.user_id and g.revoked_at is null and r.retired_at is null) as roles
     from access.user_account u where u.operator_id = $1 and ($2::uuid is null or u.user_id = $2) order by u.log_in_name limit ${USERS_MAX}`,
    [tx.operatorIds[0], userId ?? null, now]);
  const names: (string | null)[] = [];
  for (let from = 0; from < rows.length; from += PERSONAL_BATCH_MAX) {
    names.push(...await openPersonalBatch(tx, rows.slice(from, from + PERSONAL_BATCH_MAX).map((row) => ({ personId: row.userId, sealed: row.sealed }))));
  }
  return rows.map(({ sealed: _sealed, roles, ...row }, index) => ({ ...row, displayName: names[index]!, roles: roles ?? [] }));
}

/** Names of users and API clients as the audit log shows them. */
export async function nameActors(tx: Tx, actorIds: readonly string[]): Promise<Map<string, string | null>> {
  const users = await tx.query<{ id: UserId; logInName: string; sealed: Buffer }>(
    'select user_id as id, log_in_name as "logInName", display_name_sealed as sealed from access.user_account where operator_id = $1 and user_id = any($2::uuid[])',
    [tx.operatorIds[0], actorIds]);
  const opened = await openPersonalBatch(tx, users.map((user) => ({ personId: user.id, sealed: user.sealed })));
  const clients = await tx.query<{ id: string; name: string }>(
    'select api_client_id as id, name from access.api_client where operator_id = $1 and api_client_id = any($2::uuid[])', [tx.operatorIds[0], actorIds]);
  return new Map<string, string | null>([
    ...users.map((user, index) => [user.id, opened[index] === null ? user.logInName : `${opened[index]} (${user.logInName})`] as const),
    ...clients.map((client) => [client.id, client.name] as const),
  ]);
}

export type WebSession = {
  readonly sessionId: string; readonly ip: string; readonly userAgent: string | null; readonly createdAt: Instant; readonly lastUsedAt: Instant; readonly expiresAt: Instant;
};

/** Where an account is logged in, the most recently used first. */
export const listOpenSessions = (tx: Tx, { userId, now }: { userId: string; now: string }): Promise<WebSession[]> =>
  tx.query<WebSession>(
    `select session_id as "sessionId", host(ip) as ip, user_agent as "userAgent", created_at as "createdAt", last_used_at as "lastUsedAt", expires_at as "expiresAt"
     from access.web_session where operator_id = $1 and user_id = $2 and ended_at is null and expires_at > $3 order by last_used_at desc, session_id limit 100`,
    [tx.operatorIds[0], userId, now]);
