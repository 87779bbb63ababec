/** Cash that is given back at the counter takes cashback with it by the same rules as a refund through a channel. */
import type { GiftsGoingBack } from '../../wallets/index.ts';
import { walletPayments } from '../refunds/store.ts';
import { cashbackGoingBack, takeBackCashback } from './give-cashback.ts';

type Parts = Parameters<GiftsGoingBack['goingBackMinor']>[1];
/** Cashback is kept under what it was given for: a payment order, or the act at the cash desk. */
const partsOf = (parts: Parts) => parts.map(({ causeId, amountMinor }) => ({ orderId: causeId, amountMinor }));

export const giftsGoingBack: GiftsGoingBack = {
  otherTopUps: async (tx, memberId) => (await walletPayments(tx, memberId)).map(({ orderId, paidMinor, refundingMinor, refundedMinor, paidAt }) => ({ cause: 'order' as const, causeId: orderId, withUsMinor: paidMinor - refundingMinor - refundedMinor, paidAt })),
  goingBackMinor: (tx, parts) => cashbackGoingBack(tx, partsOf(parts)),
  takeBack: async (tx, commandId, parts, options) => { await takeBackCashback(tx, { id: commandId, cause: 'cash' }, partsOf(parts), options); },
};
