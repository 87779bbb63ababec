import type { Account } from '../app/account.tsx';

/** Who is logged in. */
export async function loadAccount(): Promise<Account | null> { return null; }
export type LogIn = { readonly operatorCode: string; readonly loginName: string; readonly password: string; readonly endOldestSession: boolean };
export async function logIn(_logIn: LogIn): Promise<void> { return; }
export async function logOut(): Promise<void> { return; }
