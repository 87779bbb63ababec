import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { Clock, OperatorId, UserId } from '../../src/kernel/index.ts';
import { composeApi, type ComposeOptions } from '../../src/entrypoints/api.ts';
import { createUser, type BuiltInRole } from '../../src/modules/access/index.ts';
import { createOperator } from '../../src/modules/parties/index.ts';
import { newUuid, systemClock } from '../../src/platform/clock/index.ts';
import type { Tx } from '../../src/platform/database/index.ts';
import type { Api } from '../../src/platform/http/index.ts';
import { silentLogger } from '../../src/platform/logging/logger.ts';
import type { TestDatabase } from './database.ts';

export const TEST_PASSWORD = 'correct horse battery';
/** Somebody logged in: sends requests with their cookie, the console's header and a fresh Idempotency-Key. */
export type TestUser = {
  readonly userId: UserId;
  readonly headers: Record<string, string>;
  get(path: string): Promise<LightMyRequestResponse>;
  post(path: string, body?: object, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  send(method: 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<LightMyRequestResponse>;
};
export type TestOperator = {
  readonly operatorId: OperatorId;
  readonly code: string;
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** A user with a role (an owner by default), logged in. */
  user(role?: BuiltInRole, options?: { sessionsMax?: number; subOperatorId?: string }): Promise<TestUser>;
};
export type TestApi = { readonly api: Api; operator(): Promise<TestOperator> };

let counter = 0;

/** The whole HTTP API on a test database, without a port: requests are injected. */
export async function openTestApi(test: TestDatabase, options: Partial<Omit<ComposeOptions, 'database'>> & { clock?: Clock } = {}): Promise<TestApi> {
  const clock = options.clock ?? systemClock;
  const api = await composeApi({ logger: silentLogger, ...options, clock, database: test.database });
  await api.server.ready();
  after(() => api.server.close());
  return { api, operator: () => openOperator(test, api, clock) };
}

async function openOperator(test: TestDatabase, api: Api, clock: Clock): Promise<TestOperator> {
  const code = `volt-${process.pid}-${++counter}`;
  const created = await createOperator(test.database, { code, name: 'Volt', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert.ok(created.ok);
  const operatorId = created.value;
  const transaction = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => test.database.forOperator(operatorId).transaction(work);
  return {
    operatorId, code, transaction,
    user: async (role = 'owner', { sessionsMax, subOperatorId } = {}) => {
      const logInName = `user${++counter}`;
      const userId = await transaction((tx) => createUser(tx, {
        logInName, displayName: `User ${counter}`, password: TEST_PASSWORD, roles: [{ role, subOperatorId: subOperatorId ?? null }], ...(sessionsMax ? { sessionsMax } : {}),
      }, { clock }));
      assert.ok(userId.ok);
      return logInTestUser(api, { code, logInName, userId: userId.value });
    },
  };
}

export async function logInTestUser(api: Api, { code, logInName, userId }: { code: string; logInName: string; userId: UserId }): Promise<TestUser> {
  const answer = await api.server.inject({
    method: 'POST', url: '/api/v1/web-sessions', headers: { 'x-kirchhoff-console': '1' }, payload: { operatorCode: code, logInName, password: TEST_PASSWORD },
  });
  assert.equal(answer.statusCode, 201, answer.body);
  const cookie = answer.cookies.find(({ name }) => name === 'kirchhoff_session')!.value;
  const headers = { cookie: `kirchhoff_session=${cookie}`, 'x-kirchhoff-console': '1' };
  const inject = (options: InjectOptions): Promise<LightMyRequestResponse> => api.server.inject({ ...options, headers: { ...headers, ...options.headers } });
  return {
    userId, headers,
    get: (path) => inject({ method: 'GET', url: `/api/v1${path}` }),
    post: (path, body = {}, extra = {}) => inject({ method: 'POST', url: `/api/v1${path}`, payload: body, headers: { 'idempotency-key': newUuid(), ...extra } }),
    send: (method, path, body) => inject({ method, url: `/api/v1${path}`, ...(body ? { payload: body } : {}) }),
  };
}
