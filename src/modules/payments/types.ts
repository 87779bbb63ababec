/** The words that the parts of `payments` share: orders, attempts, what was observed of them, and what owners of purposes do. */
import type { Clock, Instant, OperatorId, Rejection, Result } from '../../kernel/index.ts';
import type { Tx } from '../../platform/database/index.ts';
import type { AccountEvent, TransferEvent } from '../ledger/index.ts';
import type { Channel, ChannelKind, Exchange, Outcome } from './domain/channel.ts';
import type { Observation, PaymentAttempt, PaymentOrder, RecoveredBy, SurplusReason, ViewSource } from './domain/observed.ts';
import type { Environment } from './domain/order-number.ts';
import type { AttemptState, OrderPurpose, OrderState } from './domain/order.ts';

export * from './domain/observed.ts';

export type ViewItem = {
  readonly orderId: string; readonly attempt: number; readonly view: Observation; readonly source: ViewSource;
  /** At whose account it was seen. A view from another account than the attempt's changes nothing. */
  readonly merchantAccountId?: string;
};

/**
 * What became of a view. `order_unknown`: no such order or attempt here, perhaps not yet (a notification overtook the transaction that creates it): try again later.
 * `unchanged`: known already. `observed`: the attempt's state or schedule moved. `credited`: it paid its order. `surplus`: money that is not due, kept apart.
 * `refused`: seen at another account, or impossible; it is in the timeline.
 */
export type AppliedView = {
  readonly orderId: string; readonly attempt: number; readonly outcome: 'order_unknown' | 'unchanged' | 'observed' | 'credited' | 'surplus' | 'refused';
  readonly order: PaymentOrder | null; readonly attemptState: AttemptState | null; readonly surplusReason: SurplusReason | null;
};

export type PaidContext = { readonly clock: Clock; readonly recoveredBy: (orderId: string) => RecoveredBy | null;
  /** Through which channel an order was paid. */
  readonly channelOf: (orderId: string) => ChannelKind;
};

/** What an owner books beside the payment, in the same ledger batch: cashback, coupons (P-11). */
export type ExtraPostings = { readonly specs: readonly AccountEvent[]; readonly transfers: readonly TransferEvent[] };

/** What being paid means is the owner's of a purpose, in the same transaction. Registered at the composition root. */
export type OrderPurposeOwner = {
  /** When an order is opened: refuses what cannot be paid for, and prepares (opens the wallet). */
  readonly opened: (tx: Tx, order: Pick<PaymentOrder, 'subjectId' | 'memberId' | 'currency' | 'amountMinor'>, options: { readonly clock: Clock }) => Promise<Result<null, Rejection>>;
  /** The account that a payment credits. `specs` create it where it is not there yet. */
  readonly creditAccount: (order: PaymentOrder) => { readonly accountId: bigint; readonly specs: readonly AccountEvent[] };
  readonly postings?: (tx: Tx, orders: readonly PaymentOrder[], context: PaidContext) => Promise<ExtraPostings>;
  /** After booking, with the orders as paid; `amountMinor` of both is what was credited, less than the order's when some of it had gone back at the channel. */
  readonly paid: (tx: Tx, orders: readonly PaymentOrder[], context: PaidContext) => Promise<void>;
};
export type OrderPurposes = ReadonlyMap<OrderPurpose, OrderPurposeOwner>;

/** What orders need of the channels of an operator; `createChannels` gives it, and the scripted one for tests. */
export type ChannelAccounts = {
  readonly forAccount: (operatorId: OperatorId, merchantAccountId: string) => Promise<{ readonly channel: Channel; readonly environment: Environment; readonly enabled: boolean }>;
};

/** An attempt whose channel is to be asked. */
export type AttemptToAsk = Pick<PaymentAttempt, 'orderId' | 'attempt' | 'merchantAccountId' | 'method' | 'outTradeNo' | 'state' | 'codeLapsesAt' | 'nextCheckAt' | 'checks' | 'channel'> & {
  readonly orderState: OrderState; readonly environment: Environment;
};

/** A call to a channel with what came of it, for the timeline. */
export type RecordedExchange = {
  readonly exchangeId: string; readonly merchantAccountId: string; readonly orderId: string | null; readonly exchange: Exchange;
  readonly outcome: Outcome<unknown>['kind']; readonly channelCode: string | null;
};

export type ApplyOptions = { readonly clock: Clock; readonly purposes: OrderPurposes };
/** `commands/apply-payment-views.ts`: the one place where an answer of a channel changes an order. One operator a transaction; at most `VIEWS_PER_BATCH_MAX`. */
export type ApplyPaymentViews = (tx: Tx, items: readonly ViewItem[], options: ApplyOptions) => Promise<AppliedView[]>;
/** `commands/ask-channel.ts`: the network half: queries, or closes or reverses where the order is over; writes nothing. Never throws for what a channel does. */
export type ConsultChannel = (channels: ChannelAccounts, operatorId: OperatorId, attempt: AttemptToAsk, by: ConsultedBy) => Promise<Consulted>;
export type ConsultedBy = Pick<ViewSource, 'actor' | 'recoveredBy'> & { readonly clock: Clock };
/** The other half: keeps the exchanges as evidence and applies the views. */
export type ApplyConsulted = (tx: Tx, consulted: readonly Consulted[], options: ApplyOptions) => Promise<AppliedView[]>;
export type Consulted = { readonly items: readonly ViewItem[]; readonly exchanges: readonly RecordedExchange[] };
/** `store/attempts.ts`: attempts whose `nextCheckAt` has come, oldest first, by keyset `(nextCheckAt, orderId, attempt)`. */
export type LoadDueAttempts = (tx: Tx, page: { readonly dueBy: Instant; readonly after: readonly [nextCheckAt: Instant, orderId: string, attempt: number] | null; readonly limit: number }) => Promise<AttemptToAsk[]>;
