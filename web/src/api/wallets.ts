import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

/** What a member has, what is set aside, and what they owe; null before the first top-up opens a wallet. */
export type Wallet = components['schemas']['Wallet'];
export type Movement = components['schemas']['WalletMovement'];
export type TopUp = { readonly memberId: string; readonly amount: components['schemas']['Money']; readonly note: string | null };

export type CashDeskDay = components['schemas']['CashDeskDay'];

const PAGE_ITEMS = 50;
/** How many members one reading of balances may name. */
export const BALANCES_PER_CALL_MAX = 100;

export const loadWallet = (memberId: string): Promise<Wallet | null> => unwrap(api.GET('/api/v1/members/{memberId}/wallet', { params: { path: { memberId } } }));
/** Balances by member; who has no wallet yet is missing. */
export async function loadBalances(memberIds: readonly string[]): Promise<ReadonlyMap<string, Wallet>> {
  if (memberIds.length === 0) return new Map();
  const { items } = await unwrap(api.GET('/api/v1/wallet-balances', { params: { query: { members: memberIds.join(',') } } }));
  return new Map(items.map(({ memberId, wallet }) => [memberId, wallet]));
}
export const loadCashDeskToday = (): Promise<CashDeskDay> => unwrap(api.GET('/api/v1/cash-desk/today'));
export const loadStatement = (memberId: string, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/members/{memberId}/statement', { params: { path: { memberId }, query: pageAt(cursor, PAGE_ITEMS) } }));
export const topUp = ({ memberId, amount, note }: TopUp, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/members/{memberId}/top-ups', { params: { ...keyed(idempotencyKey), path: { memberId } }, body: { amount, ...(note ? { note } : {}) } }));
