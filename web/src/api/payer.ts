import { api, unwrap } from './client.ts';
import type { components } from './contract.ts';

/** What a payer sees of an order, by the token in the address of the page and nothing else. */
export type PayerOrder = components['schemas']['PayerOrder'];
export type PayerOffer = components['schemas']['PayerOffer'];
export type PayerChannel = components['schemas']['PaymentChannel'];

export const loadPayerOrder = (token: string): Promise<PayerOrder> => unwrap(api.GET('/api/v1/payer/orders/{token}', { params: { path: { token } } }));
export const loadPayerState = (token: string) => unwrap(api.GET('/api/v1/payer/orders/{token}/state', { params: { path: { token } } }));
export const offerToPayer = ({ token, channel }: { token: string; channel: PayerChannel }): Promise<PayerOffer> => unwrap(api.POST('/api/v1/payer/orders/{token}/offers', { params: { path: { token } }, body: { channel } }));
