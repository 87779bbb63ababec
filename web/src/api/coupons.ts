import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components, operations } from './contract.ts';

export type CouponRule = components['schemas']['CouponRule'];
export type Coupon = components['schemas']['Coupon'];
export type CouponState = components['schemas']['CouponState'];
export type IssueCondition = components['schemas']['CouponIssueCondition'];
export type CouponTerms = operations['createCouponRule']['requestBody']['content']['application/json'];
export const ISSUE_CONDITIONS: readonly IssueCondition[] = ['top_up', 'new_member', 'by_hand'];

export const loadRules = (cursor: string | undefined) => unwrap(api.GET('/api/v1/coupon-rules', { params: { query: pageAt(cursor) } }));
export const createRule = (body: CouponTerms, idempotencyKey: string): Promise<CouponRule> => unwrap(api.POST('/api/v1/coupon-rules', { params: keyed(idempotencyKey), body }));
export const changeRule = ({ ruleId, ...body }: CouponTerms & { ruleId: string; version: number }): Promise<CouponRule> => unwrap(api.PUT('/api/v1/coupon-rules/{ruleId}', { params: { path: { ruleId } }, body }));
export const giveCoupons = ({ ruleId, ...body }: { ruleId: string; memberIds: string[]; reason: string }, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/coupon-rules/{ruleId}/gifts', { params: { ...keyed(idempotencyKey), path: { ruleId } }, body }));
export const loadCoupons = (memberId: string, cursor: string | undefined) => unwrap(api.GET('/api/v1/members/{memberId}/coupons', { params: { path: { memberId }, query: pageAt(cursor) } }));

/** A rule without what the server adds, to be sent back changed. */
export const termsOf = ({ ruleId: _rule, version: _version, giftsIssued: _issued, recordedAt: _at, ...terms }: CouponRule): CouponTerms => terms;
