import { cashDeskCashback, giftsGoingBack, walletTopUp, type OrderPurposes } from '../modules/payments/index.ts';
import type { CashDeskGifts, GiftsGoingBack } from '../modules/wallets/index.ts';

/** What payment orders can be for, each with whose business being paid is. One line a purpose. */
export const PAYMENT_PURPOSES: OrderPurposes = new Map([['wallet_top_up', walletTopUp]]);

/** What is given for a top-up at the cash desk beside coupons, which are the wallets' own. */
export const CASH_DESK_GIFTS: CashDeskGifts = cashDeskCashback;
/** What goes back with cash that is given back by hand, beside coupons. */
export const GIFTS_GOING_BACK: GiftsGoingBack = giftsGoingBack;
