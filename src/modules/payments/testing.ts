/** For tests only: a channel that does what it is told, and merchant accounts that use it. Never imported by the program. */
import { assert, type Clock, type CurrencyCode, type Instant, type OperatorId } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../platform/database/index.ts';
import type { Channel, ChannelKind, ChannelTraits, Exchange, NotificationView, Outcome, PaidView, PaymentView, Presentation, RawNotification, RefundView, RefusalReason } from './domain/channel.ts';
import { parseTradeNumber, type Environment } from './domain/order-number.ts';
import type { ChannelAccounts } from './types.ts';

export const TEST_MERCHANT = 'merchant-1', TEST_APP = 'app-1';
type Act = 'createPayment' | 'payWithCode' | 'queryPayment' | 'closePayment' | 'reversePayment' | 'refund' | 'queryRefund';
/** `lost`: nothing reaches the channel. `after_effect`: it is done, and the answer gets lost. A refusal is answered without effect. */
export type Fault = 'lost' | 'after_effect' | { readonly refused: RefusalReason };
type Trade = { state: Exclude<PaymentView['state'], 'not_found'> | 'unscanned' | 'reversed'; amountMinor: bigint; currency: CurrencyCode; paid: PaidView | null; refunds: Map<string, { amountMinor: bigint; view: RefundView }> };

export type ScriptedChannel = Channel & {
  readonly calls: { readonly act: Act; readonly number: string }[];
  /** The next calls of this act go wrong like this, one fault each. */
  failNext(act: Act, ...faults: Fault[]): void;
  /** The payer pays. Parts of the view may be told otherwise: a wrong amount, another merchant. @returns what the channel says from now on. */
  pay(outTradeNo: string, parts?: Partial<Omit<PaidView, 'state'>>): PaidView;
  /** What the payer's next code leads to; `paid` when nothing is told. */
  nextCode(outcome: 'paid' | 'user_paying' | 'failed'): void;
  set(outTradeNo: string, state: 'awaiting' | 'user_paying' | 'closed' | 'failed'): void;
  viewOf(outTradeNo: string): PaymentView;
  /** A refund that is processing ends like this. */
  settleRefund(outTradeNo: string, outRefundNo: string, state: 'succeeded' | 'abnormal' | 'closed'): void;
  /** What the channel would send. Verified as long as nobody touches it. */
  notification(view: NotificationView): RawNotification;
};

export type ScriptedOptions = { readonly kind?: ChannelKind; readonly clock: Clock; readonly merchant?: string; readonly app?: string; readonly traits?: Partial<ChannelTraits> };

const TRAITS: Readonly<Record<ChannelKind, ChannelTraits>> = {
  wechatpay: { kind: 'wechatpay', methods: ['native_qr', 'jsapi', 'h5', 'payment_code'], refundsPerPaymentMax: 50, refundSpacingMs: 60_000, refundWindowMs: 365 * 86_400_000, notifiesForMs: 25 * 3_600_000, codeMayStillBePaid: false },
  alipay: { kind: 'alipay', methods: ['native_qr', 'page', 'payment_code'], refundsPerPaymentMax: 50, refundSpacingMs: 0, refundWindowMs: 365 * 86_400_000, notifiesForMs: 26 * 3_600_000, codeMayStillBePaid: true },
};

type World = ReturnType<typeof createWorld>;

function createWorld({ kind = 'wechatpay', clock, merchant = TEST_MERCHANT, app = TEST_APP }: ScriptedOptions) {
  const trades = new Map<string, Trade>();
  const faults = new Map<Act, Fault[]>();
  const calls: { act: Act; number: string }[] = [];
  const sent = new Map<string, NotificationView>();
  let codes: ('paid' | 'user_paying' | 'failed')[] = [], counter = 0;

  async function call<T>(act: Act, number: string, work: () => Outcome<T>): Promise<Outcome<T>> {
    calls.push({ act, number });
    const fault = faults.get(act)?.shift();
    await Promise.resolve();
    const exchange = { ...exchangeOf(act, number, clock.now()), response: null, httpStatus: null, answeredAt: null };
    if (fault === 'lost') return { kind: 'unknown', reason: 'timeout', message: 'scripted', exchange };
    if (typeof fault === 'object') return { kind: 'refused', reason: fault.refused, channelCode: fault.refused.toUpperCase(), message: 'scripted', exchange: exchangeOf(act, number, clock.now()) };
    const outcome = work();
    return fault === 'after_effect' ? { kind: 'unknown', reason: 'timeout', message: 'scripted', exchange } : outcome;
  }
  const confirmed = <T>(act: Act, number: string, value: T): Outcome<T> => ({ kind: 'confirmed', value, exchange: exchangeOf(act, number, clock.now()) });
  const refused = (act: Act, number: string, reason: RefusalReason): Outcome<never> => ({ kind: 'refused', reason, channelCode: reason.toUpperCase(), message: reason, exchange: exchangeOf(act, number, clock.now()) });

  function viewOf(outTradeNo: string): PaymentView {
    const trade = trades.get(outTradeNo);
    if (!trade || trade.state === 'unscanned') return { state: 'not_found' };
    if (trade.state === 'paid') return trade.paid!;
    if (trade.state === 'failed') return { state: 'failed', channelCode: 'PAYERROR' };
    return { state: trade.state === 'reversed' ? 'closed' : trade.state };
  }
  function pay(outTradeNo: string, parts: Partial<Omit<PaidView, 'state'>> = {}): PaidView {
    const trade = trades.get(outTradeNo);
    assert(trade, `${outTradeNo} was never offered`);
    trade.state = 'paid';
    trade.paid = {
      state: 'paid', channelTradeNo: `${kind}-${outTradeNo}-${++counter}`, amountMinor: trade.amountMinor, currency: trade.currency, paidAt: clock.now(), payer: null, merchant, app, refundedMinor: null, final: false, ...parts,
    };
    return trade.paid;
  }
  function create(outTradeNo: string, { amountMinor, currency }: { amountMinor: bigint; currency: CurrencyCode }, state: Trade['state']): Trade {
    const trade = trades.get(outTradeNo) ?? { state, amountMinor, currency, paid: null, refunds: new Map() };
    trades.set(outTradeNo, trade);
    return trade;
  }
  const nextCode = (): 'paid' | 'user_paying' | 'failed' => {
    const [outcome = 'paid', ...rest] = codes;
    codes = rest;
    return outcome;
  };
  return {
    kind, clock, trades, faults, calls, sent, call, confirmed, refused, viewOf, pay, create, nextCode, addCode: (outcome: 'paid' | 'user_paying' | 'failed') => { codes.push(outcome); },
    refundOf: (outTradeNo: string, outRefundNo: string): RefundView => trades.get(outTradeNo)?.refunds.get(outRefundNo)?.view ?? { state: 'not_found' },
  };
}

/** A channel in memory that behaves as its kind does: Alipay's trade comes into being when the payer scans; a paid trade is not closed; refunds are idempotent by their number. */
export function scriptedChannel(options: ScriptedOptions): ScriptedChannel {
  const world = createWorld(options);
  const { kind, clock, trades, faults, calls, sent, call, confirmed, refused, viewOf, pay, create, nextCode, addCode } = world;
  return {
    traits: { ...TRAITS[kind], ...options.traits }, calls, viewOf, pay,
    failNext: (act, ...more) => { faults.set(act, [...(faults.get(act) ?? []), ...more]); },
    nextCode: addCode,
    set: (outTradeNo, state) => { const trade = trades.get(outTradeNo); assert(trade, `${outTradeNo} was never offered`); trade.state = state; },
    settleRefund: (outTradeNo, outRefundNo, state) => {
      const refund = trades.get(outTradeNo)?.refunds.get(outRefundNo);
      assert(refund, 'there is such a refund');
      refund.view = state === 'succeeded' ? { state, channelRefundNo: `r-${outRefundNo}`, amountMinor: refund.amountMinor, refundedAt: clock.now() } : { state, channelRefundNo: `r-${outRefundNo}` };
    },
    createPayment: (request) => call('createPayment', request.outTradeNo, (): Outcome<Presentation> => {
      const trade = create(request.outTradeNo, request, kind === 'alipay' ? 'unscanned' : 'awaiting');
      if (trade.state === 'paid') return refused('createPayment', request.outTradeNo, 'already_paid');
      return confirmed('createPayment', request.outTradeNo, { kind: 'qr', url: `weixin://pay/${request.outTradeNo}` });
    }),
    payWithCode: (request) => call('payWithCode', request.outTradeNo, (): Outcome<PaymentView> => {
      const outcome = nextCode();
      create(request.outTradeNo, request, 'user_paying').state = outcome === 'paid' ? 'user_paying' : outcome;
      if (outcome === 'paid') pay(request.outTradeNo);
      return confirmed('payWithCode', request.outTradeNo, viewOf(request.outTradeNo));
    }),
    queryPayment: (outTradeNo) => call('queryPayment', outTradeNo, () => confirmed('queryPayment', outTradeNo, viewOf(outTradeNo))),
    closePayment: (outTradeNo) => call('closePayment', outTradeNo, (): Outcome<null> => {
      const trade = trades.get(outTradeNo);
      if (!trade || trade.state === 'unscanned') return refused('closePayment', outTradeNo, 'not_found');
      if (trade.state === 'paid') return refused('closePayment', outTradeNo, 'already_paid');
      trade.state = 'closed';
      return confirmed('closePayment', outTradeNo, null);
    }),
    reversePayment: (outTradeNo) => call('reversePayment', outTradeNo, (): Outcome<null> => {
      const trade = trades.get(outTradeNo);
      if (trade) trade.state = 'reversed';
      return confirmed('reversePayment', outTradeNo, null);
    }),
    ...refundActs(world),
    fetchStatement: (statement) => Promise.resolve(refused('queryPayment', statement.date, 'no_statement')),
    notification(view) {
      const body = newUuid();
      sent.set(body, view);
      return { headers: { 'x-scripted': 'genuine' }, body: Buffer.from(body), receivedAt: clock.now() };
    },
    readNotification(raw) {
      const view = sent.get(raw.body.toString('utf8'));
      return view === undefined ? { verdict: 'forged', why: 'this channel has not sent it' } : { verdict: 'verified', view };
    },
    replyTo: (accepted) => ({ status: accepted ? 200 : 500, contentType: 'text/plain', body: accepted ? 'success' : 'failure' }),
    probe: () => Promise.resolve(confirmed('queryPayment', 'probe', null)),
    reloadKeys: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

function refundActs({ call, confirmed, refused, trades, refundOf }: World): Pick<Channel, 'refund' | 'queryRefund'> {
  return {
    refund: (request) => call('refund', request.outRefundNo, (): Outcome<RefundView> => {
      const trade = trades.get(request.outTradeNo);
      if (!trade?.paid) return refused('refund', request.outRefundNo, 'not_found');
      if (!trade.refunds.has(request.outRefundNo)) {
        const refunded = [...trade.refunds.values()].reduce((sum, refund) => sum + refund.amountMinor, 0n);
        if (refunded + request.amountMinor > trade.paid.amountMinor) return refused('refund', request.outRefundNo, 'over_limit');
        trade.refunds.set(request.outRefundNo, { amountMinor: request.amountMinor, view: { state: 'processing', channelRefundNo: `r-${request.outRefundNo}` } });
      }
      return confirmed('refund', request.outRefundNo, refundOf(request.outTradeNo, request.outRefundNo));
    }),
    queryRefund: ({ outTradeNo, outRefundNo }) => call('queryRefund', outRefundNo, () => confirmed('queryRefund', outRefundNo, refundOf(outTradeNo, outRefundNo))),
  };
}

const exchangeOf = (act: string, number: string, at: Instant): Exchange => ({ act, request: JSON.stringify({ number }), response: '{}', httpStatus: 200, sentAt: at, answeredAt: at });

export type TestAccount = { readonly merchantAccountId: string; readonly channel: ScriptedChannel; readonly environment: Environment };

/** Stores a merchant account with its first version, as the program has it. */
export async function insertTestAccount(
  tx: Tx, { channel, clock, environment = 'T', merchant = TEST_MERCHANT, app = TEST_APP }: { channel: ScriptedChannel; clock: Clock; environment?: Environment; merchant?: string; app?: string },
): Promise<TestAccount> {
  const merchantAccountId = newUuid();
  const notifyKey = newUuid().replaceAll('-', '').slice(6, 32);
  const at = sqlTimestamp(clock.now());
  await tx.execute(
    'insert into payments.merchant_account (operator_id, merchant_account_id, channel, environment, name, notify_key, recorded_at) values ($1, $2, $3, $4, $5, $6, $7)',
    [tx.operatorIds[0], merchantAccountId, channel.traits.kind, environment, `account ${merchantAccountId}`, notifyKey, at]);
  await tx.execute(
    `insert into payments.merchant_account_version (operator_id, merchant_account_id, version, settings, enabled, changed_by, recorded_at) values ($1, $2, 1, $3, true, 'test', $4)`,
    [tx.operatorIds[0], merchantAccountId, JSON.stringify({ kind: channel.traits.kind, merchantId: merchant, appId: app }), at]);
  return { merchantAccountId, channel, environment };
}

/** What `createChannels` gives, for scripted ones. */
export function scriptedAccounts(accounts: readonly TestAccount[]): ChannelAccounts & { add(account: TestAccount): void } {
  const known = new Map(accounts.map((account) => [account.merchantAccountId, account]));
  return {
    add: (account) => { known.set(account.merchantAccountId, account); },
    forAccount: (_operatorId: OperatorId, merchantAccountId: string) => {
      const account = known.get(merchantAccountId);
      assert(account, 'a scripted account is known');
      return Promise.resolve({ channel: account.channel, environment: account.environment, enabled: true });
    },
  };
}

/** The order and attempt that a number names. */
export const namedBy = (outTradeNo: string): { orderId: string; attempt: number } => {
  const parsed = parseTradeNumber(outTradeNo);
  assert(parsed, 'a number of ours');
  return parsed;
};
