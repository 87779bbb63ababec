import { api, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type ChargingPolicy = components['schemas']['ChargingPolicy'];
export type ChargingPolicyVersion = components['schemas']['ChargingPolicyVersion'];
export type MemberTerms = components['schemas']['MemberChargingTerms'];
export type MemberTermsVersion = components['schemas']['MemberChargingTermsVersion'];
export type PolicyChange = {
  readonly holdAmountMinor: string; readonly holdMinimumMinor: string; readonly balanceThresholdMinor: string; readonly silenceDeadlineS: number; readonly defaultConnectorPowerW: string;
  readonly abnormalBills: ChargingPolicy['abnormalBills']; readonly sessionsPerMemberMax: number | null; readonly seenVersion: number; readonly reason: string;
};

export const loadChargingPolicy = (): Promise<ChargingPolicy> => unwrap(api.GET('/api/v1/charging-policy'));
export const loadChargingPolicyVersions = (cursor: string | undefined) => unwrap(api.GET('/api/v1/charging-policy/versions', { params: { query: pageAt(cursor, 20) } }));
export const changeChargingPolicy = (body: PolicyChange): Promise<ChargingPolicy> => unwrap(api.PUT('/api/v1/charging-policy', { body }));

export const loadMemberTerms = (memberId: string): Promise<MemberTerms> => unwrap(api.GET('/api/v1/members/{memberId}/charging-terms', { params: { path: { memberId } } }));
export const loadMemberTermsVersions = (memberId: string, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/members/{memberId}/charging-terms/versions', { params: { path: { memberId }, query: pageAt(cursor, 10) } }));
/** `balanceThresholdMinor` null: the operator's own counts. */
export type TermsChange = { readonly memberId: string; readonly basedOnVersion: number; readonly balanceThresholdMinor: string | null; readonly overdraftMinor: string; readonly reason: string };
export const changeMemberTerms = ({ memberId, ...body }: TermsChange): Promise<MemberTerms> => unwrap(api.PUT('/api/v1/members/{memberId}/charging-terms', { params: { path: { memberId } }, body }));
