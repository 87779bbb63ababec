import { walletTopUp, type OrderPurposes } from '../modules/payments/index.ts';

/** What payment orders can be for, each with whose business being paid is. One line a purpose. */
export const PAYMENT_PURPOSES: OrderPurposes = new Map([['wallet_top_up', walletTopUp]]);
