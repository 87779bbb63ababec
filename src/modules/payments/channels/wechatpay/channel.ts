/** WeChat Pay, API v3, for ordinary merchants (pay.weixin.qq.com/doc/v3/merchant). Payment by code has its v3 form since April 2024. */
import { MS_PER_DAY, MS_PER_MINUTE, addMs } from '../../../../kernel/index.ts';
import type { Channel, ChannelTraits, CreatePayment, Outcome, PaymentView, PayWithCode, Presentation, RefundRequest, RefundView, StatementFile, StatementKind } from '../../domain/channel.ts';
import { isOwnAddress, probeNumber, PROBE_LIFETIME_MS } from '../adapter.ts';
import { beijingRfc3339 } from '../beijing-time.ts';
import { confirmed, exchangeOf, unknown, UnreadableAnswer, unverifiable, type Fields } from '../outcome.ts';
import { boundedContent, gunzipped } from '../statement.ts';
import { codeName, paymentView, refundView, USER_PAYING } from './answers.ts';
import { createWechatClient, type Answered, type Declined, type WechatClient, type WechatContext } from './client.ts';
import { readNotification, replyTo } from './notification.ts';
import { signText } from './signature.ts';

export const WECHATPAY_TRAITS: ChannelTraits = {
  kind: 'wechatpay', methods: ['native_qr', 'jsapi', 'h5', 'payment_code'],
  refundsPerPaymentMax: 50, refundSpacingMs: MS_PER_MINUTE, refundWindowMs: 365 * MS_PER_DAY,
  // The fifteen repeats are over after 24 h 4 min.
  notifiesForMs: 1444 * MS_PER_MINUTE, codeMayStillBePaid: false,
};
const DOWNLOAD_HOSTS = ['mch.weixin.qq.com'] as const;

export function createWechatPayChannel(context: WechatContext): Channel {
  const { settings, clock } = context;
  const client = createWechatClient(context);
  const byNumber = (outTradeNo: string): string => `/v3/pay/transactions/out-trade-no/${encodeURIComponent(outTradeNo)}`;
  const merchant = { mchid: settings.merchantId };

  const createPayment = async (request: CreatePayment): Promise<Outcome<Presentation>> => {
    const asked = paymentBody(request, context);
    return act(await client.ask({ act: `create_${request.method}`, method: 'POST', path: `/v3/pay/transactions/${asked.path}`, body: asked.body }), (fields) => presentation(request, fields, { client, context }));
  };
  const closePayment = async (outTradeNo: string): Promise<Outcome<null>> =>
    act(await client.ask({ act: 'close', method: 'POST', path: `${byNumber(outTradeNo)}/close`, body: merchant }), async () => null);

  return {
    traits: WECHATPAY_TRAITS,
    createPayment, closePayment,
    async payWithCode(request: PayWithCode): Promise<Outcome<PaymentView>> {
      const answer = await client.ask({
        act: 'pay_with_code', method: 'POST', path: '/v3/pay/transactions/codepay',
        body: {
          appid: settings.appId, ...merchant, description: request.description, out_trade_no: request.outTradeNo, payer: { auth_code: request.paymentCode },
          amount: amountOf(request), scene_info: { device_ip: request.deviceIp, store_info: { out_id: 'kirchhoff' } },
        },
      });
      if (answer.kind === 'declined' && USER_PAYING.has(codeName(answer.code))) return confirmed({ state: 'user_paying' }, answer.exchange);
      return act(answer, async (fields) => paymentView(fields, request));
    },
    async queryPayment(outTradeNo): Promise<Outcome<PaymentView>> {
      const answer = await client.ask({ act: 'query', method: 'GET', path: `${byNumber(outTradeNo)}?mchid=${settings.merchantId}` });
      if (answer.kind === 'declined' && answer.outcome.kind === 'refused' && answer.outcome.reason === 'not_found') return confirmed({ state: 'not_found' }, answer.exchange);
      return act(answer, async (fields) => paymentView(fields, { outTradeNo }));
    },
    async reversePayment(outTradeNo) {
      return act(await client.ask({ act: 'reverse', method: 'POST', path: `${byNumber(outTradeNo)}/reverse`, body: { appid: settings.appId, ...merchant } }), async (fields) => {
        // 200 with the number, or 204 with nothing.
        if (fields !== NO_FIELDS && fields.text('out_trade_no') !== outTradeNo) throw new UnreadableAnswer('the answer is about another order');
        return null;
      });
    },
    async refund(request: RefundRequest): Promise<Outcome<RefundView>> {
      return act(await client.ask({
        act: 'refund', method: 'POST', path: '/v3/refund/domestic/refunds',
        body: {
          out_trade_no: request.outTradeNo, out_refund_no: request.outRefundNo, reason: request.reason, notify_url: context.notifyUrl,
          amount: { refund: Number(request.amountMinor), total: Number(request.totalMinor), currency: request.currency },
        },
      }), async (fields) => refundOf(fields, request.outRefundNo));
    },
    async queryRefund({ outRefundNo }): Promise<Outcome<RefundView>> {
      const answer = await client.ask({ act: 'query_refund', method: 'GET', path: `/v3/refund/domestic/refunds/${encodeURIComponent(outRefundNo)}` });
      if (answer.kind === 'declined' && answer.outcome.kind === 'refused' && answer.outcome.reason === 'not_found') return confirmed({ state: 'not_found' }, answer.exchange);
      return act(answer, async (fields) => refundOf(fields, outRefundNo));
    },
    fetchStatement: ({ kind, date }) => fetchStatement({ kind, date }, { client, context }),
    readNotification: (raw) => readNotification(raw, { platformKeys: client.platformKeys, apiV3Key: client.apiV3Key() }),
    replyTo,
    /** A payment of one fen is asked for and closed: only that tells whether the app belongs to the merchant. Nobody gets to see its code. */
    async probe(): Promise<Outcome<null>> {
      const outTradeNo = probeNumber(context.environment, context.random);
      const created = await createPayment({ outTradeNo, amountMinor: 1n, currency: 'CNY', description: 'Connection test', method: 'native_qr', expiresAt: addMs(clock.now(), PROBE_LIFETIME_MS), payer: null, payerIp: null });
      return created.kind === 'confirmed' ? await closePayment(outTradeNo) : created;
    },
    reloadKeys: () => client.reloadKeys(),
    close: () => Promise.resolve(),
  };
}

type Judged = Answered | Declined | Extract<Outcome<never>, { kind: 'unknown' }>;
/** An answer to the value that the act has; one that cannot be read tells nothing. */
async function act<T>(answer: Judged, read: (fields: Fields) => Promise<T>): Promise<Outcome<T>> {
  if (answer.kind === 'unknown') return answer;
  if (answer.kind === 'declined') return answer.outcome;
  try {
    return confirmed(await read(answer.fields ?? NO_FIELDS), answer.exchange);
  } catch (error) {
    if (error instanceof UnreadableAnswer) return unverifiable(error.message, answer.exchange);
    throw error;
  }
}
const absent = (): never => { throw new UnreadableAnswer('the answer is empty'); };
const NO_FIELDS: Fields = { text: absent, textOrNull: () => null, integer: absent, integerOrNull: () => null, object: absent, objectOrNull: () => null, list: absent };

/** Fen as a JSON number: exact up to 2^53, far beyond what a payment can be. */
const amountOf = ({ amountMinor, currency }: Pick<CreatePayment, 'amountMinor' | 'currency'>) => ({ total: Number(amountMinor), currency });

function paymentBody(request: CreatePayment, { settings, notifyUrl }: WechatContext): { path: string; body: Record<string, unknown> } {
  const body = {
    appid: settings.appId, mchid: settings.merchantId, description: request.description, out_trade_no: request.outTradeNo, time_expire: beijingRfc3339(request.expiresAt),
    notify_url: notifyUrl, amount: amountOf(request),
  };
  switch (request.method) {
    case 'jsapi': return { path: 'jsapi', body: { ...body, payer: { openid: request.payer } } };
    case 'h5': return { path: 'h5', body: { ...body, scene_info: { payer_client_ip: request.payerIp, h5_info: { type: 'Wap' } } } };
    case 'native_qr': case 'page': return { path: 'native', body };
  }
}

async function presentation({ method }: CreatePayment, fields: Fields, { client, context }: { client: WechatClient; context: WechatContext }): Promise<Presentation> {
  if (method === 'h5') return { kind: 'redirect', url: fields.text('h5_url') };
  if (method !== 'jsapi') return { kind: 'qr', url: fields.text('code_url') };
  const timeStamp = String(Math.floor(context.clock.now() / 1000)), nonceStr = context.random(16).toString('hex'), prepay = `prepay_id=${fields.text('prepay_id')}`;
  const paySign = signText([context.settings.appId, timeStamp, nonceStr, prepay, ''].join('\n'), await client.privateKey());
  return { kind: 'invoke', parameters: { appId: context.settings.appId, timeStamp, nonceStr, package: prepay, signType: 'RSA', paySign } };
}

function refundOf(fields: Fields, outRefundNo: string): RefundView {
  if (fields.text('out_refund_no') !== outRefundNo) throw new UnreadableAnswer('the answer is about another refund');
  return refundView(fields, 'status');
}

async function fetchStatement({ kind, date }: { kind: StatementKind; date: string }, { client, context }: { client: WechatClient; context: WechatContext }): Promise<Outcome<StatementFile>> {
  const path = kind === 'trade' ? `/v3/bill/tradebill?bill_date=${date}&bill_type=ALL&tar_type=GZIP` : `/v3/bill/fundflowbill?bill_date=${date}&account_type=BASIC&tar_type=GZIP`;
  const offered = await client.ask({ act: `statement_${kind}`, method: 'GET', path });
  const read = await act(offered, async (fields) => {
    if (fields.text('hash_type') !== 'SHA1') throw new UnreadableAnswer('the hash of the statement is of a kind that is not known');
    const url = fields.text('download_url');
    if (!isOwnAddress(url, context.settings.apiAddress, DOWNLOAD_HOSTS)) throw new UnreadableAnswer('the statement would be downloaded from elsewhere');
    return { url, value: fields.text('hash_value').toLowerCase() };
  });
  if (read.kind !== 'confirmed') return read;
  const answer = await client.download({ act: `download_${kind}`, url: read.value.url });
  const exchange = exchangeOf({ act: `download_${kind}` }, `GET ${new URL(read.value.url).pathname}`, answer);
  if (answer.kind === 'none') return unknown(answer.reason, answer.message, exchange);
  if (answer.status !== 200) return unknown('system_error', `the download answered ${answer.status}`, exchange);
  return confirmed({
    format: kind === 'trade' ? 'wechatpay_trade' : 'wechatpay_fund_flow', content: boundedContent(gunzipped(answer.content)), hash: { algorithm: 'sha1', value: read.value.value },
  }, exchange);
}
