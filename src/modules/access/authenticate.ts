import { addMs, MS_PER_HOUR, MS_PER_MINUTE, ok, refuse, type Clock, type Instant, type Result, type UserId } from '../../kernel/index.ts';
import { sqlTimestamp, type Database, type Tx } from '../../platform/database/index.ts';
import { isPermission } from '../../platform/http/permission.ts';
import type { Authenticate, CallOrigin, Grant, Principal } from '../../platform/http/principal.ts';
import { permissionsOf, type BuiltInRole } from './built-in-roles.ts';
import { isInRanges } from './domain/ip-range.ts';
import { readSecretToken, type SecretToken } from './secret-token.ts';

/** A log-in that nobody used for this long has ended. */
export const SESSION_IDLE_MS_MAX = 12 * MS_PER_HOUR;
/** Last use is noted at most this often: a write for every click would be a write for nothing. */
export const LAST_USE_NOTED_EVERY_MS = MS_PER_MINUTE;

export type AuthenticationRejection = { readonly code: 'not_authenticated' } | { readonly code: 'session_ended' } | { readonly code: 'ip_not_allowed' };

/** What `createApi` asks: whose cookie or API key is this, and what may they do. */
export const authenticator = (database: Database, { clock }: { clock: Clock }): Authenticate => async (credential, from, { noteUse } = { noteUse: true }) => {
  const token = readSecretToken(credential.kind === 'cookie' ? 'session' : 'api_key', credential.secret);
  if (token === null) return refuse({ code: 'not_authenticated' });
  return database.forOperator(token.operatorId).transaction((tx) =>
    (credential.kind === 'cookie' ? sessionPrincipal(tx, { token, from, noteUse }, { clock }) : apiClientPrincipal(tx, { token, from, noteUse }, { clock })));
};

type RoleRow = { readonly builtIn: BuiltInRole | null; readonly permissions: string[]; readonly subOperatorId: string | null };
type SessionRow = {
  sessionId: string; userId: UserId; status: 'active' | 'disabled'; endedAt: Instant | null; expiresAt: Instant; lastUsedAt: Instant; roles: RoleRow[] | null;
};

const FIND_SESSION = {
  name: 'access_find_session',
  text: `
    select s.session_id as "sessionId", s.user_id as "userId", u.status, s.ended_at as "endedAt", s.expires_at as "expiresAt", s.last_used_at as "lastUsedAt",
      (select json_agg(json_build_object('builtIn', r.built_in, 'permissions', r.permissions, 'subOperatorId', g.sub_operator_id))
       from access.role_grant g join access.role r using (operator_id, role_id)
       where g.operator_id = s.operator_id and g.user_id = s.user_id and g.revoked_at is null and r.retired_at is null) as roles
    from access.web_session s join access.user_account u using (operator_id, user_id)
    where s.operator_id = $1 and s.token_hash = $2`,
};

type Presented = { readonly token: SecretToken; readonly from: CallOrigin; readonly noteUse: boolean };
async function sessionPrincipal(tx: Tx, { token, from, noteUse }: Presented, { clock }: { clock: Clock }): Promise<Result<Principal, AuthenticationRejection>> {
  const now = clock.now();
  const [session] = await tx.query<SessionRow>(FIND_SESSION, [token.operatorId, token.hash]);
  if (!session) return refuse({ code: 'not_authenticated' });
  const idleSince = addMs(session.lastUsedAt, SESSION_IDLE_MS_MAX);
  if (session.endedAt !== null || session.status !== 'active' || session.expiresAt <= now || idleSince <= now) return refuse({ code: 'session_ended' });
  if (noteUse && now - session.lastUsedAt >= LAST_USE_NOTED_EVERY_MS) {
    await tx.execute('update access.web_session set last_used_at = greatest(last_used_at, $3), ip = $4 where operator_id = $1 and session_id = $2',
      [token.operatorId, session.sessionId, sqlTimestamp(now), from.ip]);
  }
  const grants: Grant[] = (session.roles ?? []).map((role) => ({ permissions: new Set(permissionsOf(role)), subOperatorId: role.subOperatorId }));
  return ok({ kind: 'user', id: session.userId, operatorId: token.operatorId, sessionId: session.sessionId, grants });
}

type ClientRow = { permissions: string[]; subOperatorId: string | null; allowedRanges: string[]; lastUsedAt: Instant | null };
async function apiClientPrincipal(tx: Tx, { token, from, noteUse }: Presented, { clock }: { clock: Clock }): Promise<Result<Principal, AuthenticationRejection>> {
  const now = clock.now();
  const [client] = await tx.query<ClientRow>(
    {
      name: 'access_find_api_client',
      text: `select permissions, sub_operator_id as "subOperatorId", allowed_ranges as "allowedRanges", last_used_at as "lastUsedAt" from access.api_client
             where operator_id = $1 and api_client_id = $2 and secret_hash = $3 and revoked_at is null`,
    }, [token.operatorId, token.id, token.hash]);
  if (!client) return refuse({ code: 'not_authenticated' });
  if (client.allowedRanges.length > 0 && !isInRanges(from.ip, client.allowedRanges)) return refuse({ code: 'ip_not_allowed' });
  if (noteUse && (client.lastUsedAt === null || now - client.lastUsedAt >= LAST_USE_NOTED_EVERY_MS)) {
    await tx.execute('update access.api_client set last_used_at = greatest(last_used_at, $3) where operator_id = $1 and api_client_id = $2',
      [token.operatorId, token.id, sqlTimestamp(now)]);
  }
  const grants: Grant[] = [{ permissions: new Set(client.permissions.filter(isPermission)), subOperatorId: client.subOperatorId }];
  return ok({ kind: 'api_client', id: token.id!, operatorId: token.operatorId, sessionId: null, grants });
}
