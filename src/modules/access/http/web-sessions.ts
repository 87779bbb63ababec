import { Type, type Static } from 'typebox';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { sqlTimestamp } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, IdJson, idFromJson, idToJson, InstantJson, instantToJson, NoContent, NullOr, type Api } from '../../../platform/http/index.ts';
import { changeOwnPassword, endSessions } from '../commands/change-user.ts';
import { PASSWORD_LENGTH_MAX } from '../password.ts';
import { listOpenSessions, type WebSession } from '../queries/users.ts';

export const WebSessionJson = Type.Object({
  sessionId: IdJson('ses'), current: Type.Boolean({ description: 'The one that asks.' }), ip: Type.String(), userAgent: NullOr(Type.String()),
  createdAt: InstantJson, lastUsedAt: InstantJson, expiresAt: InstantJson,
}, { title: 'WebSession' });

/** A person's own places of log-in and own password (C-04). */
export function registerWebSessionRoutes(api: Api): void {
  api.route({
    method: 'GET', path: '/web-sessions', operationId: 'listOwnWebSessions', tag: 'web sessions', summary: 'Where your account is logged in, the most recently used first',
    permission: null, audience: 'console', response: Type.Object({ items: Type.Array(WebSessionJson) }),
    handler: async (tx, call) => {
      const sessions = await listOpenSessions(tx, { userId: call.principal.id, now: sqlTimestamp(call.clock.now()) });
      return { items: sessions.map((session) => sessionToJson(session, call.principal.sessionId)) };
    },
  });
  api.route({
    method: 'DELETE', path: '/web-sessions/:sessionId', operationId: 'endOwnWebSession', tag: 'web sessions', summary: 'Log your account out at one place',
    permission: null, audience: 'console', params: Type.Object({ sessionId: Type.String() }), response: NoContent, status: 204, errors: ['web_session_not_found'],
    handler: async (tx, call) => {
      const sessionId = idFromJson('ses', call.params.sessionId, 'web_session_not_found');
      const ended = await endSessions(tx, { userId: call.principal.id, sessionId, because: 'ended_by_user' }, call);
      if (ended.length === 0) throw problem('web_session_not_found');
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'access.end_session', subject: { kind: 'web_session', id: sessionId }, after: { because: 'ended_by_user' } }, call);
      return null;
    },
  });
  api.route({
    method: 'POST', path: '/web-sessions/current/password', operationId: 'changeOwnPassword', tag: 'web sessions', summary: 'Change your password; all other places are logged out',
    permission: null, audience: 'console', idempotency: 'natural',
    body: Body({ currentPassword: Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH_MAX }), newPassword: Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH_MAX }) }),
    response: NoContent, status: 204, errors: ['password_wrong', 'password_too_weak', 'user_not_found'],
    handler: async (tx, call) => {
      const { id, sessionId } = call.principal;
      orProblem(await changeOwnPassword(tx, { userId: id, sessionId, ...call.body }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'access.change_password', subject: { kind: 'user', id } }, call);
      return null;
    },
  });
}

export const sessionToJson = (session: WebSession, currentSessionId: string | null): Static<typeof WebSessionJson> => ({
  sessionId: idToJson('ses', session.sessionId), current: session.sessionId === currentSessionId, ip: session.ip, userAgent: session.userAgent,
  createdAt: instantToJson(session.createdAt), lastUsedAt: instantToJson(session.lastUsedAt), expiresAt: instantToJson(session.expiresAt),
});
