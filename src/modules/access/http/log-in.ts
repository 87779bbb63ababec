import { Type, type Static } from 'typebox';
import { assert } from '../../../kernel/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { sqlTimestamp } from '../../../platform/database/index.ts';
import { problem } from '../../../platform/errors/index.ts';
import { Body, clearSessionCookie, CurrencyJson, IdJson, idToJson, LOG_INS_PER_MINUTE_MAX, NoContent, NullOr, setSessionCookie, type Api } from '../../../platform/http/index.ts';
import { authenticator } from '../authenticate.ts';
import { logIn, type LogInRejection } from '../commands/log-in.ts';
import { loadCurrentUser, type CurrentUser } from '../queries/current.ts';

const CurrentUserJson = Type.Object({
  operator: Type.Object({ operatorId: IdJson('op'), code: Type.String(), name: Type.String(), currency: CurrencyJson, timeZone: Type.String() }),
  user: Type.Object({ userId: IdJson('usr'), logInName: Type.String(), displayName: NullOr(Type.String()) }),
  permissions: Type.Array(Type.String(), { description: 'Held for the whole operator.' }),
  limited: Type.Array(Type.Object({ subOperatorId: IdJson('sub'), permissions: Type.Array(Type.String()) }), { description: 'Held only within a sub-operator.' }),
}, { title: 'CurrentUser' });

export function registerLogInRoutes(api: Api): void {
  registerLogIn(api);
  api.route({
    method: 'GET', path: '/web-sessions/current', operationId: 'getCurrentUser', tag: 'web sessions', summary: 'Who is logged in, at which operator, with which permissions',
    permission: null, audience: 'console', response: CurrentUserJson,
    handler: async (tx, call) => toJson(await loadCurrentUser(tx, call.principal)),
  });
  api.route({
    method: 'DELETE', path: '/web-sessions/current', operationId: 'logOut', tag: 'web sessions', summary: 'Log out',
    permission: null, audience: 'console', response: NoContent, status: 204,
    handler: async (tx, call) => {
      const { sessionId, operatorId } = call.principal;
      assert(sessionId !== null, 'a person logged in has a session');
      await tx.execute(
        `update access.web_session set ended_at = $3, ended_because = 'log_out' where operator_id = $1 and session_id = $2 and ended_at is null`,
        [operatorId, sessionId, sqlTimestamp(call.clock.now())]);
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'access.log_out', subject: { kind: 'web_session', id: sessionId } }, call);
      clearSessionCookie(call.reply, api.options);
      return null;
    },
  });
}

function registerLogIn(api: Api): void {
  const authenticate = authenticator(api.options.database, api.options);
  api.publicRoute({
    method: 'POST', path: '/web-sessions', operationId: 'logIn', tag: 'web sessions', summary: 'Log in to the console',
    description: 'Sets the session cookie. At the limit of sessions the log-in is refused with `session_limit_reached`; `endOldest` ends the oldest of your own instead.',
    body: Body({
      operatorCode: Type.String({ minLength: 1, maxLength: 64 }), logInName: Type.String({ minLength: 1, maxLength: 64 }),
      password: Type.String({ minLength: 1, maxLength: 200 }), endOldest: Type.Optional(Type.Boolean()),
    }),
    response: CurrentUserJson, status: 201, errors: ['log_in_refused', 'log_in_throttled', 'session_limit_reached'], callers: 'console', perMinuteMax: LOG_INS_PER_MINUTE_MAX,
    handler: async (call) => {
      const result = await logIn(call.database, { ...call.body, from: call.from }, call);
      if (!result.ok) throw refusal(result.error);
      const principal = await authenticate({ kind: 'cookie', secret: result.value.token }, call.from);
      assert(principal.ok, 'a new session is valid');
      setSessionCookie(call.reply, result.value.token, api.options);
      return call.database.forOperator(result.value.operatorId).transaction(async (tx) => toJson(await loadCurrentUser(tx, principal.value)));
    },
  });
}

function refusal(error: LogInRejection): Error {
  switch (error.code) {
    case 'log_in_throttled': return problem(error.code, { retryAfterSeconds: error.retryAfterSeconds });
    case 'log_in_refused': return problem(error.code);
    case 'session_limit_reached': return problem(error.code, {
      detail: `logged in at ${error.sessionsMax} places; the oldest is from ${error.oldest.ip}`,
      data: { sessionsMax: error.sessionsMax, oldest: { ...error.oldest, lastUsedAt: sqlTimestamp(error.oldest.lastUsedAt) } },
    });
  }
}

const toJson = (current: CurrentUser): Static<typeof CurrentUserJson> => ({
  operator: {
    operatorId: idToJson('op', current.operator.operatorId), code: current.operator.code, name: current.operator.name,
    currency: current.operator.currency, timeZone: current.operator.timeZone,
  },
  user: { ...current.user, userId: idToJson('usr', current.user.userId) },
  permissions: [...current.permissions],
  limited: current.limited.map(({ subOperatorId, permissions }) => ({ subOperatorId: idToJson('sub', subOperatorId), permissions: [...permissions] })),
});
