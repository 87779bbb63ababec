import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type Chargeback = components['schemas']['Chargeback'];
export type ChargebackState = components['schemas']['ChargebackState'];
export type ChargebackOutcome = components['schemas']['ChargebackOutcome'];
export const CHARGEBACK_STATES: readonly ChargebackState[] = ['open', 'won', 'lost'];

export const loadChargebacks = (state: ChargebackState | undefined, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/chargebacks', { params: { query: { ...(state ? { state } : {}), ...pageAt(cursor) } } }));
export const loadChargeback = (chargebackId: string): Promise<Chargeback> => unwrap(api.GET('/api/v1/chargebacks/{chargebackId}', { params: { path: { chargebackId } } }));
export type NewChargeback = { orderId: string; attempt: number; amount: components['schemas']['Money']; channelReference: string; reason: string };
export const recordChargeback = (body: NewChargeback, idempotencyKey: string): Promise<Chargeback> => unwrap(api.POST('/api/v1/chargebacks', { params: keyed(idempotencyKey), body }));
export const decideChargeback = ({ chargebackId, ...body }: { chargebackId: string; outcome: ChargebackOutcome; note: string | null }): Promise<Chargeback> =>
  unwrap(api.POST('/api/v1/chargebacks/{chargebackId}/decision', { params: { path: { chargebackId } }, body }));
export const writeOffChargeback = ({ chargebackId, reason }: { chargebackId: string; reason: string }, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/chargebacks/{chargebackId}/write-off', { params: { ...keyed(idempotencyKey), path: { chargebackId } }, body: { reason } }));
