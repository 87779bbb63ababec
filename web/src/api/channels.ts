import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type MerchantAccount = components['schemas']['MerchantAccount'];
export type AccountVersion = components['schemas']['MerchantAccountVersion'];
export type AccountSettings = components['schemas']['AccountSettings'];
export type CallLimits = components['schemas']['CallLimits'];
export type PaymentEnvironment = components['schemas']['PaymentEnvironment'];

const PAGE_ITEMS = 50;

export const loadAccounts = async (): Promise<readonly MerchantAccount[]> => (await unwrap(api.GET('/api/v1/merchant-accounts'))).items;
export const loadMerchantAccount = (merchantAccountId: string): Promise<MerchantAccount> => unwrap(api.GET('/api/v1/merchant-accounts/{merchantAccountId}', { params: { path: { merchantAccountId } } }));
export const loadVersions = (merchantAccountId: string, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/merchant-accounts/{merchantAccountId}/versions', { params: { path: { merchantAccountId }, query: pageAt(cursor, PAGE_ITEMS) } }));
export type AccountChange = { merchantAccountId: string; version: number; settings: AccountSettings; enabled: boolean; reason: string | null };
export const changeAccount = ({ merchantAccountId, ...body }: AccountChange): Promise<MerchantAccount> =>
  unwrap(api.PUT('/api/v1/merchant-accounts/{merchantAccountId}', { params: { path: { merchantAccountId } }, body }));
export const createAccount = (body: { name: string; environment: PaymentEnvironment; settings: AccountSettings; reason: string | null }, idempotencyKey: string): Promise<MerchantAccount> =>
  unwrap(api.POST('/api/v1/merchant-accounts', { params: keyed(idempotencyKey), body }));
export const probeAccount = ({ merchantAccountId }: { merchantAccountId: string }) =>
  unwrap(api.POST('/api/v1/merchant-accounts/{merchantAccountId}/probe', { params: { path: { merchantAccountId } } }));
export const setFeeRate = ({ merchantAccountId, ...body }: { merchantAccountId: string; validFrom: string; ratePpm: number }) =>
  unwrap(api.POST('/api/v1/merchant-accounts/{merchantAccountId}/fee-rate', { params: { path: { merchantAccountId } }, body }));
