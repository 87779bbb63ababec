import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components, operations } from './contract.ts';

export type Refund = components['schemas']['Refund'];
export type RefundState = components['schemas']['RefundState'];
export type RefundStory = components['schemas']['RefundStory'];
export type RefundPart = components['schemas']['RefundPart'];
export type RefundPartState = components['schemas']['RefundPartState'];
export type RefundSource = components['schemas']['RefundSource'];
export type RefundSettings = components['schemas']['RefundSettings'];
export const REFUND_STATES: readonly RefundState[] = ['applied', 'approved', 'executing', 'refunded', 'partly_refunded', 'failed', 'rejected', 'withdrawn'];
export const REFUND_SOURCES: readonly RefundSource[] = ['wallet', 'order', 'surplus'];

type RefundQuery = NonNullable<operations['listRefunds']['parameters']['query']>;

export const loadRefunds = (filter: Omit<RefundQuery, 'limit' | 'cursor'>, cursor: string | undefined) => unwrap(api.GET('/api/v1/refunds', { params: { query: { ...filter, ...pageAt(cursor) } } }));
export const loadRefund = (refundId: string): Promise<RefundStory> => unwrap(api.GET('/api/v1/refunds/{refundId}', { params: { path: { refundId } } }));
export const loadRefundable = async (memberId: string) => (await unwrap(api.GET('/api/v1/members/{memberId}/refundable', { params: { path: { memberId } } }))).refundable;
export const applyForRefund = (body: { memberId: string; amount: components['schemas']['Money']; reason: string }, idempotencyKey: string): Promise<RefundStory> => unwrap(api.POST('/api/v1/refunds', { params: keyed(idempotencyKey), body }));
export const decideRefund = ({ refundId, decision, note }: { refundId: string; decision: 'approve' | 'reject'; note: string | null }): Promise<RefundStory> => {
  const call = { params: { path: { refundId } }, body: { note } };
  return decision === 'approve' ? unwrap(api.POST('/api/v1/refunds/{refundId}/approve', call)) : unwrap(api.POST('/api/v1/refunds/{refundId}/reject', call));
};
export const withdrawRefund = ({ refundId }: { refundId: string }): Promise<RefundStory> => unwrap(api.POST('/api/v1/refunds/{refundId}/withdraw', { params: { path: { refundId } } }));
export const loadRefundSettings = (): Promise<RefundSettings> => unwrap(api.GET('/api/v1/refund-settings'));
export const setRefundSettings = (body: RefundSettings & { reason: string | null }): Promise<RefundSettings> => unwrap(api.PUT('/api/v1/refund-settings', { body }));
