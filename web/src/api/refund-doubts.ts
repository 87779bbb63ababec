import { api, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type RefundDoubt = components['schemas']['RefundDoubt'];

/** Payments of which a channel says that more went back than is known here; the oldest of those that are open. */
export const loadOpenDoubts = async (): Promise<readonly RefundDoubt[]> => (await unwrap(api.GET('/api/v1/refund-doubts', { params: { query: { state: 'open', limit: 50 } } }))).items;
export type DoubtAnswer = { orderId: string; attempt: number; amount: components['schemas']['Money']; evidence: string };
export const answerDoubt = ({ orderId, attempt, ...body }: DoubtAnswer) => unwrap(api.POST('/api/v1/payment-orders/{orderId}/refund-doubts/{attempt}/answer', { params: { path: { orderId, attempt } }, body }));
