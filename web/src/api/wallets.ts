import type { PageOf } from '../ui/keyset.ts';
import { api, keyed, unwrap } from './client.ts';
import type { Money } from './types.ts';

/** What a member has, what is set aside, and what they owe; null before the first top-up opens a wallet. */
export type Wallet = { readonly balance: Money; readonly held: Money; readonly available: Money; readonly receivable: Money };
export type Movement = { readonly movementId: string; readonly at: string; readonly kind: string; readonly amount: Money; readonly balanceAfter: Money | null; readonly actor: string | null; readonly note: string | null; readonly sessionId: string | null };

export async function loadWallet(memberId: string): Promise<Wallet | null> {
  return unwrap(api.GET('/api/v1/members/{memberId}/wallet', { params: { path: { memberId } } }));
}
export async function loadStatement(memberId: string, cursor: string | undefined): Promise<PageOf<Movement>> {
  return unwrap(api.GET('/api/v1/members/{memberId}/statement', { params: { path: { memberId }, query: { cursor } } }));
}
export type TopUp = { readonly memberId: string; readonly amount: Money; readonly note: string | null };
export async function topUp({ memberId, amount, note }: TopUp, idempotencyKey: string): Promise<unknown> {
  return unwrap(api.POST('/api/v1/members/{memberId}/top-ups', { params: { ...keyed(idempotencyKey), path: { memberId } }, body: { amount, ...(note ? { note } : {}) } }));
}
