import { Type, type Static } from 'typebox';
import type { Clock, UserId } from '../../../kernel/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, IdJson, idFromJson, idToJson, InstantJson, instantToJson, NoContent, NullOr, orNull, type Api, type Principal } from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { listSubOperators } from '../../parties/index.ts';
import { assignRoles, changeUser, endSessions, resetPassword, type Assignment } from '../commands/change-user.ts';
import { createUser } from '../commands/create-user.ts';
import { ROLES_PER_USER_MAX } from '../domain/access-limits.ts';
import { PASSWORD_LENGTH_MAX } from '../password.ts';
import { listOpenSessions, loadUsers, type User } from '../queries/users.ts';
import { listRoles } from '../roles.ts';
import { refuseUnheld } from './roles.ts';
import { sessionToJson, WebSessionJson } from './web-sessions.ts';

const AssignedRole = Type.Object({ roleId: IdJson('role'), name: Type.String(), subOperatorId: NullOr(IdJson('sub')) });
const UserJson = Type.Object({
  userId: IdJson('usr'), logInName: Type.String(), displayName: NullOr(Type.String()), status: Type.Enum(['active', 'disabled'], { type: 'string' }),
  sessionsMax: Type.Integer(), sessionsOpen: Type.Integer(), lastUsedAt: NullOr(InstantJson), createdAt: InstantJson, roles: Type.Array(AssignedRole),
}, { title: 'User' });
const UserParams = Type.Object({ userId: Type.String() });
const Password = Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH_MAX });
const SessionsMax = Type.Integer({ minimum: 1, maximum: 100, description: 'Places at which the account may be logged in at once.' });
const RolesToAssign = Type.Array(Body({ roleId: IdJson('role'), subOperatorId: Type.Optional(NullOr(IdJson('sub'))) }), { maxItems: ROLES_PER_USER_MAX });

export function registerUserRoutes(api: Api): void {
  registerReads(api);
  registerCreation(api);
  registerChanges(api);
  registerSessions(api);
}

function registerReads(api: Api): void {
  api.route({
    method: 'GET', path: '/users', operationId: 'listUsers', tag: 'users', summary: 'All users by log-in name',
    permission: 'users:read', audience: 'operator', response: Type.Object({ items: Type.Array(UserJson) }),
    handler: async (tx, { clock }) => ({ items: (await loadUsers(tx, { now: sqlTimestamp(clock.now()) })).map(userToJson) }),
  });
  api.route({
    method: 'GET', path: '/users/:userId', operationId: 'getUser', tag: 'users', summary: 'One user',
    permission: 'users:read', audience: 'operator', params: UserParams, response: UserJson, errors: ['user_not_found'],
    handler: async (tx, { params, clock }) => userToJson(await requireUser(tx, userIdOf(params), sqlTimestamp(clock.now()))),
  });
}

function registerCreation(api: Api): void {
  api.route({
    method: 'POST', path: '/users', operationId: 'createUser', tag: 'users', summary: 'Make a user',
    permission: 'users:manage', audience: 'console',
    body: Body({
      logInName: Type.String({ minLength: 2, maxLength: 64 }), displayName: Type.String({ minLength: 1, maxLength: 200 }), password: Password,
      roles: RolesToAssign, sessionsMax: Type.Optional(SessionsMax),
    }),
    response: UserJson, status: 201,
    errors: ['log_in_name_invalid', 'display_name_invalid', 'password_too_weak', 'role_not_found', 'sub_operator_not_found', 'permission_not_yours_to_give', 'log_in_name_taken'],
    handler: async (tx, call) => {
      const { roles, ...user } = call.body;
      const assignments = await givable(tx, { principal: call.principal, roles }, call);
      const userId = orProblem(await createUser(tx, { ...user, roles: assignments.map(({ roleId, subOperatorId }) => ({ role: { roleId }, subOperatorId })) }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'access.create_user', subject: { kind: 'user', id: userId }, after: { logInName: user.logInName, roles: assignments } }, call);
      announce(tx, 'access.users');
      return userToJson(await requireUser(tx, userId, sqlTimestamp(call.clock.now())));
    },
  });
}

function registerChanges(api: Api): void {
  api.route({
    method: 'PATCH', path: '/users/:userId', operationId: 'changeUser', tag: 'users', summary: 'Change a user; disabling logs them out everywhere',
    permission: 'users:manage', audience: 'console', params: UserParams,
    body: Body({
      displayName: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })), status: Type.Optional(Type.Enum(['active', 'disabled'], { type: 'string' })),
      sessionsMax: Type.Optional(SessionsMax),
    }),
    response: UserJson, errors: ['user_not_found', 'display_name_invalid', 'last_owner'],
    handler: async (tx, call) => {
      const now = sqlTimestamp(call.clock.now());
      const before = await requireUser(tx, userIdOf(call.params), now);
      orProblem(await changeUser(tx, before.userId, call.body, call));
      const after = await requireUser(tx, before.userId, now);
      const state = ({ status, sessionsMax }: User) => ({ status, sessionsMax });
      await recordAct(tx, {
        actor: call.actor, from: call.from, act: 'access.change_user', subject: { kind: 'user', id: before.userId }, before: state(before),
        after: { ...state(after), nameChanged: before.displayName !== after.displayName },
      }, call);
      announce(tx, 'access.users');
      return userToJson(after);
    },
  });
  api.route({
    method: 'PUT', path: '/users/:userId/roles', operationId: 'assignRoles', tag: 'users', summary: 'Give a user exactly these roles',
    permission: 'users:manage', audience: 'console', params: UserParams, body: Body({ roles: RolesToAssign }), response: UserJson,
    errors: ['user_not_found', 'role_not_found', 'sub_operator_not_found', 'permission_not_yours_to_give', 'last_owner'],
    handler: async (tx, call) => {
      const now = sqlTimestamp(call.clock.now());
      const before = await requireUser(tx, userIdOf(call.params), now);
      const assignments = await givable(tx, { principal: call.principal, roles: call.body.roles }, call);
      orProblem(await assignRoles(tx, before.userId, assignments, call));
      const after = await requireUser(tx, before.userId, now);
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'access.assign_roles', subject: { kind: 'user', id: before.userId }, before: { roles: before.roles }, after: { roles: after.roles } }, call);
      announce(tx, 'access.users');
      return userToJson(after);
    },
  });
  api.route({
    method: 'POST', path: '/users/:userId/password', operationId: 'resetPassword', tag: 'users', summary: 'Give a user a new password and log them out everywhere',
    permission: 'users:manage', audience: 'console', idempotency: 'natural', params: UserParams, body: Body({ newPassword: Password }), response: NoContent, status: 204,
    errors: ['user_not_found', 'permission_not_yours_to_give', 'password_too_weak'],
    handler: async (tx, call) => {
      const userId = userIdOf(call.params);
      await refuseStronger(tx, { principal: call.principal, userId }, call);
      orProblem(await resetPassword(tx, { userId, newPassword: call.body.newPassword }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'access.reset_password', subject: { kind: 'user', id: userId } }, call);
      return null;
    },
  });
}

function registerSessions(api: Api): void {
  api.route({
    method: 'GET', path: '/users/:userId/web-sessions', operationId: 'listWebSessionsOfUser', tag: 'users', summary: 'Where a user is logged in',
    permission: 'users:read', audience: 'operator', params: UserParams, response: Type.Object({ items: Type.Array(WebSessionJson) }), errors: ['user_not_found'],
    handler: async (tx, call) => {
      const now = sqlTimestamp(call.clock.now());
      const { userId } = await requireUser(tx, userIdOf(call.params), now);
      return { items: (await listOpenSessions(tx, { userId, now })).map((session) => sessionToJson(session, call.principal.sessionId)) };
    },
  });
  api.route({
    method: 'DELETE', path: '/users/:userId/web-sessions', operationId: 'endWebSessionsOfUser', tag: 'users', summary: 'Log a user out everywhere',
    permission: 'users:manage', audience: 'console', params: UserParams, response: NoContent, status: 204, errors: ['user_not_found'],
    handler: async (tx, call) => {
      const { userId } = await requireUser(tx, userIdOf(call.params), sqlTimestamp(call.clock.now()));
      const ended = await endSessions(tx, { userId, because: 'ended_by_administrator' }, call);
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'access.end_sessions', subject: { kind: 'user', id: userId }, after: { ended: ended.length } }, call);
      return null;
    },
  });
}

type RequestedRoles = { principal: Principal; roles: readonly { roleId: string; subOperatorId?: string | null }[] };
/** The roles as asked for, if they exist and give nothing that the giver does not hold: else managing users would be holding everything. */
async function givable(tx: Tx, { principal, roles }: RequestedRoles, call: { clock: Clock }): Promise<Assignment[]> {
  const known = await listRoles(tx, call);
  const subOperators = await listSubOperators(tx);
  return roles.map((asked) => {
    const roleId = idFromJson('role', asked.roleId, 'role_not_found');
    const role = known.find((candidate) => candidate.roleId === roleId);
    if (!role) throw problem('role_not_found');
    refuseUnheld(principal, role.permissions);
    const subOperatorId = orNull(asked.subOperatorId ?? null, (id) => idFromJson('sub', id, 'sub_operator_not_found'));
    if (subOperatorId !== null && !subOperators.some((unit) => unit.subOperatorId === subOperatorId)) throw problem('sub_operator_not_found');
    return { roleId, subOperatorId };
  });
}

/** Whoever sets a password can log in with it: nobody does so for somebody who may do more than they. */
async function refuseStronger(tx: Tx, { principal, userId }: { principal: Principal; userId: UserId }, call: { clock: Clock }): Promise<void> {
  const user = await requireUser(tx, userId, sqlTimestamp(call.clock.now()));
  const roles = await listRoles(tx, call);
  refuseUnheld(principal, roles.filter((role) => user.roles.some((held) => held.roleId === role.roleId)).flatMap((role) => role.permissions));
}

async function requireUser(tx: Tx, userId: UserId, now: string): Promise<User> {
  const [user] = await loadUsers(tx, { userId, now });
  if (!user) throw problem('user_not_found');
  return user;
}

const userIdOf = (params: { userId: string }): UserId => idFromJson<UserId>('usr', params.userId, 'user_not_found');
const userToJson = (user: User): Static<typeof UserJson> => ({
  userId: idToJson('usr', user.userId), logInName: user.logInName, displayName: user.displayName, status: user.status, sessionsMax: user.sessionsMax,
  sessionsOpen: user.sessionsOpen, lastUsedAt: orNull(user.lastUsedAt, instantToJson), createdAt: instantToJson(user.createdAt),
  roles: user.roles.map((role) => ({ roleId: idToJson('role', role.roleId), name: role.name, subOperatorId: orNull(role.subOperatorId, (id) => idToJson('sub', id)) })),
});
