/**
 * The payment order's one state machine, and that of its attempts (an attempt is the order at one channel with one number). The tables refuse the same pairs
 * by check constraints and a transition trigger, so that a contradictory state cannot be stored (P-05).
 */
export const ORDER_STATES = ['created', 'awaiting_payment', 'closing', 'paid', 'closed', 'expired'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/**
 * `closed → paid` and `expired → paid` are a payment that came late and is completed by policy. There is no way out of `paid`: refunds stand beside the order.
 */
export const ORDER_TRANSITIONS: Readonly<Record<OrderState, readonly OrderState[]>> = {
  created: ['awaiting_payment', 'paid', 'closing', 'closed', 'expired'],
  awaiting_payment: ['paid', 'closing', 'closed', 'expired'],
  closing: ['paid', 'closed', 'expired', 'awaiting_payment'],
  closed: ['paid'],
  expired: ['paid'],
  paid: [],
};

/**
 * created: stored before the channel is asked. unknown: asked, and no telling whether the channel has it. open: payable. user_paying: the payer is typing the
 * password. closing: the channel was asked to close. reversing: it is being taken back, whatever comes in between. closed: the channel says it cannot be paid any more. failed: the channel refused it for good. paid: the channel
 * has the money. reversed: a payment by code that was taken back because its outcome stayed unknown.
 */
export const ATTEMPT_STATES = ['created', 'unknown', 'open', 'user_paying', 'closing', 'reversing', 'paid', 'closed', 'failed', 'reversed'] as const;
export type AttemptState = (typeof ATTEMPT_STATES)[number];

/** Every state but `paid` may turn into `paid`: what the channel says of money precedes what we thought. */
export const ATTEMPT_TRANSITIONS: Readonly<Record<AttemptState, readonly AttemptState[]>> = {
  created: ['unknown', 'open', 'user_paying', 'closing', 'closed', 'failed', 'paid', 'reversing'],
  unknown: ['open', 'user_paying', 'closing', 'closed', 'failed', 'paid', 'reversed', 'reversing'],
  open: ['user_paying', 'closing', 'closed', 'failed', 'paid', 'unknown', 'reversing'],
  user_paying: ['open', 'closing', 'closed', 'failed', 'paid', 'unknown', 'reversed', 'reversing'],
  closing: ['open', 'user_paying', 'closed', 'failed', 'paid', 'unknown', 'reversed', 'reversing'],
  reversing: ['reversed', 'closed', 'failed', 'paid'],
  closed: ['paid'],
  failed: ['paid'],
  reversed: ['paid'],
  paid: [],
};

/** Nothing more is asked of the channel about an attempt in one of these. */
export const FINAL_ATTEMPT_STATES: ReadonlySet<AttemptState> = new Set(['paid', 'closed', 'failed', 'reversed']);

/** What became of the money of a paid attempt: it paid its order, or it came on top (second channel, after closing, wrong amount) and goes back. */
export const DISPOSITIONS = ['applied', 'surplus'] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/** What happens when a payment arrives after its order was closed. */
export const LATE_PAYMENT_POLICIES = ['complete', 'refund'] as const;
export type LatePaymentPolicy = (typeof LATE_PAYMENT_POLICIES)[number];

/** What an order is for. Its owner is told in the transaction that pays it: registered at the composition root. */
export const ORDER_PURPOSES = ['wallet_top_up', 'vending_sale', 'pay_per_charge'] as const;
export type OrderPurpose = (typeof ORDER_PURPOSES)[number];
