/** Alipay's open platform (opendocs.alipay.com): face to face payment, computer and telephone browsers. Amounts are yuan, as text. */
import { addMs, formatMinor, MS_PER_DAY, type Instant } from '../../../../kernel/index.ts';
import type { Channel, ChannelTraits, CreatePayment, Outcome, PaymentView, PayWithCode, Presentation, RefundRequest, RefundView, StatementFile, StatementKind } from '../../domain/channel.ts';
import { isOwnAddress, probeNumber, PROBE_LIFETIME_MS } from '../adapter.ts';
import { beijingDateTime } from '../beijing-time.ts';
import { confirmed, exchangeOf, unknown, UnreadableAnswer, unverifiable } from '../outcome.ts';
import { boundedContent, StatementFault } from '../statement.ts';
import { detailOf } from '../unpack.ts';
import { beijing, tradeView, yuan } from './answers.ts';
import { createAlipayClient, type AlipayClient, type AlipayContext, type Answered, type Declined } from './client.ts';
import { NOTIFIES_FOR_MS, readNotification, replyTo } from './notification.ts';
import { ARCHIVE_BYTES_MAX } from './zip.ts';

export const ALIPAY_TRAITS: ChannelTraits = {
  kind: 'alipay', methods: ['native_qr', 'h5', 'page', 'payment_code'],
  refundsPerPaymentMax: 50, refundSpacingMs: 3_000, refundWindowMs: 365 * MS_PER_DAY,
  // A trade comes into being when the payer scans or logs in: until its end a number that is "not there" may still be paid.
  notifiesForMs: NOTIFIES_FOR_MS, codeMayStillBePaid: true,
};
const DOWNLOAD_HOSTS = ['alipay.com', 'alipayobjects.com', 'alipay.net'] as const;

export function createAlipayChannel(context: AlipayContext): Channel {
  const { settings, clock } = context;
  const client = createAlipayClient(context);
  const ours = { merchant: settings.merchantId, app: settings.appId };
  const precreate = async (request: Pick<CreatePayment, 'outTradeNo' | 'amountMinor' | 'currency' | 'description' | 'expiresAt'>): Promise<Outcome<Presentation>> =>
    act(await client.ask('alipay.trade.precreate', { ...order(request), seller_id: settings.merchantId, product_code: 'FACE_TO_FACE_PAYMENT' }, { notify: true }), ({ fields }) => {
      isAbout(fields.text('out_trade_no'), request.outTradeNo);
      return { kind: 'qr', url: fields.text('qr_code') };
    });

  return {
    traits: ALIPAY_TRAITS,
    createPayment: (request) => request.method === 'h5' ? browserPayment(client, 'alipay.trade.wap.pay', { ...order(request), product_code: 'QUICK_WAP_WAY' })
      : request.method === 'page' ? browserPayment(client, 'alipay.trade.page.pay', { ...order(request), product_code: 'FAST_INSTANT_TRADE_PAY' })
        : precreate(request),
    async payWithCode(request: PayWithCode): Promise<Outcome<PaymentView>> {
      const content = { ...order(request), seller_id: settings.merchantId, scene: 'bar_code', auth_code: request.paymentCode, product_code: 'FACE_TO_FACE_PAYMENT' };
      return act(await client.ask('alipay.trade.pay', content, { notify: true }), ({ code, fields }) => {
        isAbout(fields.text('out_trade_no'), request.outTradeNo);
        return code === '10003' ? { state: 'user_paying' }
          : { state: 'paid', channelTradeNo: fields.text('trade_no'), amountMinor: yuan(fields.text('total_amount')), currency: 'CNY', paidAt: beijing(fields.text('gmt_payment')), ...ours,
            payer: fields.textOrNull('buyer_open_id') ?? fields.textOrNull('buyer_user_id'), refundedMinor: null, final: false };
      });
    },
    async queryPayment(outTradeNo): Promise<Outcome<PaymentView>> {
      const answer = await client.ask('alipay.trade.query', { out_trade_no: outTradeNo });
      if (isNotFound(answer)) return confirmed({ state: 'not_found' }, answer.exchange);
      const view = act(answer, ({ fields }) => {
        isAbout(fields.text('out_trade_no'), outTradeNo);
        return tradeView({ fields, ...ours, paidAt: fields.textOrNull('send_pay_date'), refunded: null });
      });
      return withPartialRefund(client, view, outTradeNo);
    },
    async closePayment(outTradeNo): Promise<Outcome<null>> {
      return act(await client.ask('alipay.trade.close', { out_trade_no: outTradeNo }), ({ fields }) => { isAbout(fields.text('out_trade_no'), outTradeNo); return null; });
    },
    async reversePayment(outTradeNo): Promise<Outcome<null>> {
      const answer = await client.ask('alipay.trade.cancel', { out_trade_no: outTradeNo });
      if (answer.kind === 'answered' && answer.fields.textOrNull('retry_flag') === 'Y') return unknown('system_error', 'the channel asks to try again', answer.exchange);
      return act(answer, ({ fields }) => { isAbout(fields.text('out_trade_no'), outTradeNo); return null; });
    },
    async refund(request: RefundRequest): Promise<Outcome<RefundView>> {
      const content = { out_trade_no: request.outTradeNo, refund_amount: formatMinor(request.amountMinor, request.currency), out_request_no: request.outRefundNo, refund_reason: request.reason };
      return act(await client.ask('alipay.trade.refund', content), ({ fields }) => {
        isAbout(fields.text('out_trade_no'), request.outTradeNo);
        // Money moved now, or it did before (a repeat) or will: the query tells which.
        return { state: 'processing', channelRefundNo: null };
      });
    },
    queryRefund: (asked) => queryRefund(client, asked),
    fetchStatement: (asked) => fetchStatement(asked, { client, context }),
    readNotification: (raw) => readNotification(raw, client.publicKeys()),
    replyTo,
    /** A code for one fen that nobody gets to see: tells whether app, keys and seller belong together. No trade comes of it until somebody scans. */
    async probe(): Promise<Outcome<null>> {
      const created = await precreate({ outTradeNo: probeNumber(context.environment, context.random), amountMinor: 1n, currency: 'CNY', description: 'Connection test', expiresAt: addMs(clock.now(), PROBE_LIFETIME_MS) });
      return created.kind === 'confirmed' ? confirmed(null, created.exchange) : created;
    },
    reloadKeys: () => client.reloadKeys(),
    close: () => Promise.resolve(),
  };
}

const order = (request: { readonly outTradeNo: string; readonly amountMinor: bigint; readonly currency: CreatePayment['currency']; readonly description: string; readonly expiresAt: Instant }) => ({
  out_trade_no: request.outTradeNo, total_amount: formatMinor(request.amountMinor, request.currency), subject: subjectOf(request.description), time_expire: beijingDateTime(request.expiresAt),
});

/** Three signs are refused in a subject. */
const subjectOf = (description: string): string => description.replace(/[/=&]/g, ' ');

function isAbout(named: string, asked: string): void {
  if (named !== asked) throw new UnreadableAnswer('the answer is about another order');
}
type Judged = Answered | Declined | Extract<Outcome<never>, { kind: 'unknown' }>;
const isNotFound = (answer: Judged): answer is Declined => answer.kind === 'declined' && answer.outcome.kind === 'refused' && answer.outcome.reason === 'not_found';

/** An answer to the value that the act has; one that cannot be read tells nothing. */
function act<T>(answer: Judged, read: (answered: Answered) => T): Outcome<T> {
  if (answer.kind === 'unknown') return answer;
  if (answer.kind === 'declined') return answer.outcome;
  try {
    return confirmed(read(answer), answer.exchange);
  } catch (error) {
    if (error instanceof UnreadableAnswer) return unverifiable(error.message, answer.exchange);
    throw error;
  }
}

/** The payer's own browser asks the channel: there is nothing to confirm but the address. */
async function browserPayment(client: AlipayClient, method: string, content: Readonly<Record<string, unknown>>): Promise<Outcome<Presentation>> {
  const made = await client.address(method, content);
  return 'kind' in made ? made : confirmed({ kind: 'redirect', url: made.url }, made.exchange);
}

/**
 * The query of a trade hides that a part of it went back. A refund that was made without a number, as the merchant platform makes them, is found under the trade's own; one that has another number stands on
 * the statement. While that is not answered the payment is not either: crediting it whole could pay twice.
 */
async function withPartialRefund(client: AlipayClient, seen: Outcome<PaymentView>, outTradeNo: string): Promise<Outcome<PaymentView>> {
  if (seen.kind !== 'confirmed' || seen.value.state !== 'paid' || seen.value.refundedMinor !== null) return seen;
  const refunded = await queryRefund(client, { outTradeNo, outRefundNo: outTradeNo });
  if (refunded.kind === 'unknown') return refunded;
  return refunded.kind === 'confirmed' && refunded.value.state === 'succeeded' ? confirmed({ ...seen.value, refundedMinor: refunded.value.amountMinor }, seen.exchange) : seen;
}

async function queryRefund(client: AlipayClient, { outTradeNo, outRefundNo }: { outTradeNo: string; outRefundNo: string }): Promise<Outcome<RefundView>> {
  const answer = await client.ask('alipay.trade.fastpay.refund.query', { out_trade_no: outTradeNo, out_request_no: outRefundNo, query_options: ['gmt_refund_pay'] });
  if (isNotFound(answer)) return confirmed({ state: 'not_found' }, answer.exchange);
  return act(answer, ({ fields, exchange }) => {
    const status = fields.textOrNull('refund_status');
    // Nothing but the numbers: no such refund came in, or it failed. The same number may be used again.
    if (status === null && fields.textOrNull('refund_amount') === null) return { state: 'not_found' };
    isAbout(fields.text('out_request_no'), outRefundNo);
    if (status !== null && status !== 'REFUND_SUCCESS') return { state: 'processing', channelRefundNo: null };
    if (status === null) return { state: 'processing', channelRefundNo: null };
    // That it succeeded is what counts; without its own time it happened when the channel said so, at the latest.
    const at = fields.textOrNull('gmt_refund_pay');
    return { state: 'succeeded', channelRefundNo: null, amountMinor: yuan(fields.text('refund_amount')), refundedAt: at === null ? exchange.answeredAt! : beijing(at) };
  });
}

async function fetchStatement({ kind, date }: { kind: StatementKind; date: string }, { client, context }: { client: AlipayClient; context: AlipayContext }): Promise<Outcome<StatementFile>> {
  const offered = act(await client.ask('alipay.data.dataservice.bill.downloadurl.query', { bill_type: kind === 'trade' ? 'trade' : 'signcustomer', bill_date: date }), ({ fields }) => {
    const url = fields.text('bill_download_url');
    if (!isOwnAddress(url, context.settings.apiAddress, DOWNLOAD_HOSTS)) throw new UnreadableAnswer('the statement would be downloaded from elsewhere');
    return url;
  });
  if (offered.kind !== 'confirmed') return offered;
  const name = `download_${kind}`;
  const answer = await context.transport.download({ act: name, method: 'GET', url: offered.value, headers: { 'user-agent': 'kirchhoff' }, body: null });
  const exchange = exchangeOf({ act: name }, `GET ${new URL(offered.value).pathname}`, answer);
  if (answer.kind === 'none') return unknown(answer.reason, answer.message, exchange);
  if (answer.status !== 200) return unknown('system_error', `the download answered ${answer.status}`, exchange);
  try {
    const pieces: Buffer[] = [];
    for await (const piece of boundedContent(answer.content, ARCHIVE_BYTES_MAX)) pieces.push(piece);
    const detail = detailOf(Buffer.concat(pieces));
    return confirmed({ format: kind === 'trade' ? 'alipay_trade' : 'alipay_fund_flow', content: boundedContent(detail.content()), hash: null }, exchange);
  } catch (error) {
    return unverifiable(error instanceof StatementFault ? error.message : 'the statement did not arrive whole', exchange);
  }
}
