import type { Account } from '../app/account.tsx';
import { api, unwrap } from './client.ts';
import type { components } from './contract.ts';
import { ProblemError, problemFromResponse } from './problem.ts';

type CurrentUser = components['schemas']['CurrentUser'];

const toAccount = ({ operator, user, permissions, limited }: CurrentUser): Account => ({
  userId: user.userId, logInName: user.logInName, displayName: user.displayName,
  operatorId: operator.operatorId, operatorName: operator.name, operatorCode: operator.code, currency: operator.currency, timeZone: operator.timeZone,
  permissions, limited,
});

/** Who is logged in, or null when nobody is. */
export async function loadAccount(): Promise<Account | null> {
  const { data, error, response } = await api.GET('/api/v1/web-sessions/current');
  if (response.status === 401) return null;
  if (!data) throw new ProblemError(problemFromResponse(response, error));
  return toAccount(data);
}

export type LogIn = { readonly operatorCode: string; readonly logInName: string; readonly password: string; readonly endOldest: boolean };

export async function logIn(body: LogIn): Promise<Account> {
  const { data, error, response } = await api.POST('/api/v1/web-sessions', { body });
  if (!data) throw new ProblemError(problemFromResponse(response, error));
  return toAccount(data);
}

export async function logOut(): Promise<void> {
  await unwrap(api.DELETE('/api/v1/web-sessions/current'));
}
