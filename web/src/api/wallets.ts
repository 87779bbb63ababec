import { api, keyed, unwrap } from './client.ts';
import type { components } from './contract.ts';

/** What a member has, what is set aside, and what they owe; null before the first top-up opens a wallet. */
export type Wallet = components['schemas']['Wallet'];
export type Movement = components['schemas']['WalletMovement'];
export type TopUp = { readonly memberId: string; readonly amount: components['schemas']['Money']; readonly note: string | null };

const PAGE_ITEMS = 50;

export const loadWallet = (memberId: string): Promise<Wallet | null> => unwrap(api.GET('/api/v1/members/{memberId}/wallet', { params: { path: { memberId } } }));
export const loadStatement = (memberId: string, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/members/{memberId}/statement', { params: { path: { memberId }, query: { limit: PAGE_ITEMS, ...(cursor ? { cursor } : {}) } } }));
export const topUp = ({ memberId, amount, note }: TopUp, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/members/{memberId}/top-ups', { params: { ...keyed(idempotencyKey), path: { memberId } }, body: { amount, ...(note ? { note } : {}) } }));
