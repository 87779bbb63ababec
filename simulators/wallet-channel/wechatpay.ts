/** WeChat Pay API v3, direct merchants: orders, query, close, payment by code, reverse, refunds, certificates. Bills are in wechatpay-bills.ts. */
import { rfc3339 } from './clock.ts';
import { addTrade, findTrade, noteFault, refundKey, tradeKey, leftOf } from './world.ts';
import { takePaymentCode } from './payment-code.ts';
import { encrypt, readAuthorization, requestMessage, signatureFits, signedHeaders } from './wechatpay-sign.ts';
import { describeRefund, describeTrade, type WechatKeys } from './wechatpay-voice.ts';
import type { BillDesk } from './bills.ts';
import { wechatBill } from './wechatpay-bills.ts';
import { WechatRefusal, WECHAT_BUSY, type Reply } from './wechatpay-refusal.ts';
import type { Wallet } from './wallet.ts';
import type { Answer, ApiRequest, Merchant, Method, Refund, Trade } from './types.ts';

export type WechatParts = { readonly wallet: Wallet; readonly keys: WechatKeys; readonly bills: BillDesk; readonly pageUrl: (trade: Trade) => string; readonly origin: () => string };
type Body = Readonly<Record<string, unknown>>;

const REFUNDS_MAX = 50;
const REFUND_WINDOW_MS = 365 * 86_400_000;
const CODE_MS = 2 * 3_600_000;

/** Whose call it is; refused as the real service refuses what is not signed rightly. */
export function authenticate(parts: WechatParts, request: ApiRequest): Merchant {
  const { world } = parts.wallet;
  if (!request.headers.accept || !request.headers['user-agent']) throw new WechatRefusal(400, 'PARAM_ERROR', 'Http头缺少Accept或User-Agent');
  const given = readAuthorization(request.headers);
  if (!given) throw new WechatRefusal(401, 'SIGN_ERROR', 'Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》');
  const merchant = world.merchants.get(given.mchid);
  if (!merchant || merchant.channel !== 'wechatpay') throw new WechatRefusal(400, 'MCH_NOT_EXISTS', '商户号不存在');
  if (Math.abs(Number(given.timestamp) * 1_000 - world.clock.wire()) > world.settings.timestampToleranceMs) {
    throw new WechatRefusal(401, 'SIGN_ERROR', 'Http头Authorization中的timestamp与发起请求的时间不得超过5分钟');
  }
  if (given.serial_no !== merchant.serial) throw new WechatRefusal(401, 'SIGN_ERROR', '商户证书序列号有误。请使用签名私钥匹配的证书序列号');
  const message = requestMessage(request.method, request.url, given, request.body);
  if (!signatureFits(message, given.signature, merchant.publicKey)) {
    throw new WechatRefusal(401, 'SIGN_ERROR', '错误的签名，验签失败', {
      field: 'signature', issue: 'sign not match', location: 'authorization',
      sign_information: { method: request.method, url: request.url, sign_message_length: message.length, truncated_sign_message: message.slice(0, 80) },
    });
  }
  return merchant;
}

/** Bodies are signed with the merchant's platform key; the download of a bill and a failed signature are answered without. */
export async function wechatAnswer(parts: WechatParts, merchant: Merchant | null, request: ApiRequest, reply: Reply, forged = false): Promise<Answer> {
  const body = reply.status === 204 ? '' : Buffer.isBuffer(reply.content) ? reply.content : JSON.stringify(reply.content);
  const headers: Record<string, string> = { 'Request-ID': `08${Date.now().toString(16).toUpperCase()}`, 'Cache-Control': 'no-cache, must-revalidate' };
  if (body !== '') headers['Content-Type'] = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json; charset=utf-8';
  const signed = merchant !== null && reply.status !== 401 && !Buffer.isBuffer(body);
  const asked = request.headers['wechatpay-serial'];
  const key = signed ? parts.keys.signing(merchant, typeof asked === 'string' ? asked : undefined) : null;
  const signer = key && forged ? { ...parts.keys.stranger(), serial: key.serial } : key;
  return { status: reply.status, headers: signer ? { ...headers, ...await signedHeaders(signer, body, parts.wallet.world.clock.wire()) } : headers, body };
}

export async function wechatCall(parts: WechatParts, merchant: Merchant, request: ApiRequest): Promise<Reply> {
  const { path, method } = request;
  if (method === 'GET' && path === '/v3/certificates') return certificates(parts, merchant);
  if (method === 'GET' && path.startsWith('/v3/bill')) return wechatBill(parts.bills, merchant, request, parts.origin());
  const trade = /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+?)(\/close|\/reverse)?$/.exec(path);
  if (trade) {
    const outTradeNo = decodeURIComponent(trade[1]!);
    if (method === 'GET' && !trade[2]) return query(parts, merchant, request, findTrade(parts.wallet.world, merchant, outTradeNo));
    if (method === 'POST' && trade[2] === '/close') return close(parts, merchant, outTradeNo, readBody(request));
    if (method === 'POST' && trade[2] === '/reverse') return reverse(parts, merchant, outTradeNo, readBody(request));
  }
  const byId = /^\/v3\/pay\/transactions\/id\/(\w+)$/.exec(path);
  if (method === 'GET' && byId) return query(parts, merchant, request, parts.wallet.world.byTradeNo.get(byId[1]!) ?? null);
  const order = /^\/v3\/pay\/transactions\/(native|jsapi|h5|codepay)$/.exec(path);
  if (method === 'POST' && order) return order[1] === 'codepay' ? payByCode(parts, merchant, readBody(request)) : createOrder(parts, merchant, order[1] as Method, readBody(request));
  if (method === 'POST' && path === '/v3/refund/domestic/refunds') return refund(parts, merchant, readBody(request));
  const refundNo = /^\/v3\/refund\/domestic\/refunds\/([^/]+)$/.exec(path);
  if (method === 'GET' && refundNo) return queryRefund(parts, merchant, decodeURIComponent(refundNo[1]!));
  throw new WechatRefusal(404, 'RESOURCE_NOT_EXISTS', '无可用的平台接口，请检查请求URL');
}

function certificates(parts: WechatParts, merchant: Merchant): Reply {
  if (merchant.verifyWith === 'public_key') throw new WechatRefusal(404, 'RESOURCE_NOT_EXISTS', '无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥');
  return {
    status: 200, content: {
      data: parts.keys.certificates().map((key) => ({
        serial_no: key.serial, effective_time: rfc3339(key.effectiveAt), expire_time: rfc3339(key.expiresAt), encrypt_certificate: encrypt(key.certificatePem!, merchant.apiV3Key, 'certificate'),
      })),
    },
  };
}

async function createOrder(parts: WechatParts, merchant: Merchant, method: Method, body: Body): Promise<Reply> {
  const { world } = parts.wallet;
  const { appId, outTradeNo, amountFen, description } = readOrder(merchant, body);
  const notifyUrl = text(body, 'notify_url', 256);
  const payer = method === 'jsapi' ? text((body.payer ?? {}) as Body, 'openid', 128, 'payer.openid') : null;
  if (method === 'h5' && !(((body.scene_info ?? {}) as Body).payer_client_ip && ((body.scene_info as Body).h5_info))) throw paramError('scene_info', '输入源“/body/scene_info”映射到值字段“场景信息”必填性规则校验失败');
  const known = world.trades.get(tradeKey(merchant, outTradeNo));
  if (known) {
    if (known.state === 'paid') throw new WechatRefusal(400, 'ORDERPAID', '该订单已支付');
    if (known.state !== 'open') throw new WechatRefusal(400, 'ORDER_CLOSED', '该订单已关闭');
    if (known.method !== method || known.amountFen !== amountFen || known.description !== description || known.appId !== appId) throw new WechatRefusal(400, 'INVALID_REQUEST', '201 商户订单号重复');
    return { status: 200, content: presentation(parts, known) };
  }
  const expiresAt = body.time_expire === undefined ? world.clock.now() + CODE_MS : Date.parse(String(body.time_expire));
  if (Number.isNaN(expiresAt)) throw paramError('time_expire', '参数 time_expire 格式错误');
  if (expiresAt <= world.clock.now()) throw new WechatRefusal(400, 'INVALID_REQUEST', '订单已过期：time_expire 早于当前时间');
  const trade = addTrade(world, {
    merchant, appId, outTradeNo, method, amountFen, description, attach: body.attach === undefined ? null : String(body.attach), notifyUrl, payer, state: 'open', expiresAt: Math.min(expiresAt, world.clock.now() + 7 * 86_400_000),
  });
  await parts.wallet.opened(trade);
  return { status: 200, content: presentation(parts, trade) };
}

function presentation(parts: WechatParts, trade: Trade): Body {
  switch (trade.method) {
    case 'jsapi': return { prepay_id: `wx${trade.code}` };
    case 'h5': return { h5_url: parts.pageUrl(trade) };
    default: return { code_url: parts.pageUrl(trade) };
  }
}

function query(parts: WechatParts, merchant: Merchant, request: ApiRequest, trade: Trade | null): Reply {
  if (request.query.get('mchid') !== merchant.merchantId) throw paramError('mchid', '商户号与签名的商户号不一致');
  if (!trade || trade.merchant !== merchant) throw new WechatRefusal(404, 'ORDER_NOT_EXIST', '订单不存在');
  // A payer who never types the password: the payment fails by itself after a while.
  if (trade.state === 'confirming' && parts.wallet.world.clock.now() >= trade.expiresAt) parts.wallet.cancel(trade);
  return { status: 200, content: describeTrade(trade) };
}

function close(parts: WechatParts, merchant: Merchant, outTradeNo: string, body: Body): Reply {
  ownMerchant(merchant, body);
  const trade = findTrade(parts.wallet.world, merchant, outTradeNo);
  if (!trade) throw new WechatRefusal(404, 'ORDER_NOT_EXIST', '订单不存在');
  if (trade.state === 'closed' || trade.state === 'revoked') throw new WechatRefusal(400, 'ORDER_CLOSED', '订单已关闭，无法重复关闭');
  if (trade.state === 'confirming') throw new WechatRefusal(400, 'USERPAYING', '用户支付中，请稍后再试');
  if (parts.wallet.close(trade) === 'paid') throw new WechatRefusal(400, 'ORDERPAID', '订单已支付，不能发起关单，请当作已支付的正常交易');
  return { status: 204, content: null };
}

async function payByCode(parts: WechatParts, merchant: Merchant, body: Body): Promise<Reply> {
  const { world } = parts.wallet;
  const { appId, outTradeNo, amountFen, description } = readOrder(merchant, body);
  const authCode = text((body.payer ?? {}) as Body, 'auth_code', 32, 'payer.auth_code');
  if (!(body.scene_info as Body | undefined)?.store_info) throw paramError('scene_info', '输入源“/body/scene_info/store_info”必填性规则校验失败');
  const known = world.trades.get(tradeKey(merchant, outTradeNo));
  if (known) throw known.state === 'paid' ? new WechatRefusal(400, 'ORDERPAID', '该订单已支付') : new WechatRefusal(403, 'OUT_TRADE_NO_USED', '商户订单号重复');
  const fate = takePaymentCode(world, 'wechatpay', authCode, amountFen);
  if (fate === 'invalid') throw new WechatRefusal(400, 'AUTH_CODE_INVALID', '付款码无效，请重新扫码');
  if (fate === 'spent') throw new WechatRefusal(400, 'AUTH_CODE_INVALID', '每个二维码仅限使用一次，请刷新再试');
  const trade = addTrade(world, {
    merchant, appId, outTradeNo, method: 'codepay', amountFen, description, attach: body.attach === undefined ? null : String(body.attach), notifyUrl: null, payer: null,
    state: 'confirming', expiresAt: world.clock.now() + CONFIRM_MS,
  });
  if (fate === 'confirm') return { status: 200, content: { trade_state: 'USERPAYING' } };
  if (fate === 'not_enough') {
    parts.wallet.cancel(trade);
    throw new WechatRefusal(403, 'NOT_ENOUGH', '余额不足');
  }
  parts.wallet.pay(trade);
  return { status: 200, content: describeTrade(trade) };
}
const CONFIRM_MS = 120_000;

/** Undoes a payment by code: money back when it was paid, else it can never be paid. Undoing twice is undoing once. */
function reverse(parts: WechatParts, merchant: Merchant, outTradeNo: string, body: Body): Reply {
  ownMerchant(merchant, body);
  const trade = findTrade(parts.wallet.world, merchant, outTradeNo);
  if (!trade) throw new WechatRefusal(404, 'ORDER_NOT_EXIST', '订单不存在');
  if (trade.method !== 'codepay') throw new WechatRefusal(400, 'INVALID_REQUEST', '订单的支付场景不支持该请求');
  if (trade.state !== 'revoked') parts.wallet.undo(trade);
  return { status: 204, content: null };
}

function refund(parts: WechatParts, merchant: Merchant, body: Body): Reply {
  const { world } = parts.wallet;
  const outRefundNo = text(body, 'out_refund_no', 64);
  const amount = (body.amount ?? {}) as Body;
  const [refundFen, totalFen] = [whole(amount.refund, 'amount.refund'), whole(amount.total, 'amount.total')];
  if (amount.currency !== 'CNY') throw paramError('amount.currency', '退款币种只支持人民币');
  const trade = typeof body.transaction_id === 'string' ? world.byTradeNo.get(body.transaction_id) ?? null : findTrade(world, merchant, text(body, 'out_trade_no', 32));
  if (!trade || trade.merchant !== merchant) throw new WechatRefusal(404, 'RESOURCE_NOT_EXISTS', '订单不存在');
  const known = world.refundsByNo.get(refundKey(merchant, outRefundNo));
  if (known) {
    if (known.trade !== trade || known.refund.amountFen !== refundFen) throw new WechatRefusal(400, 'INVALID_REQUEST', '订单金额或退款金额与之前请求不一致，请核实后再试');
    return { status: 200, content: describeRefund(known.trade, known.refund) };
  }
  if (trade.paidAt === null || trade.state !== 'paid') throw new WechatRefusal(400, 'INVALID_REQUEST', '订单状态不支持退款：订单未支付');
  if (totalFen !== trade.amountFen) throw new WechatRefusal(400, 'INVALID_REQUEST', '订单金额或退款金额与之前请求不一致，请核实后再试');
  if (refundFen <= 0 || refundFen > leftOf(trade)) throw new WechatRefusal(400, 'INVALID_REQUEST', trade.refundedFen >= trade.amountFen ? '订单已全额退款' : '申请退款金额大于订单可退金额');
  const at = world.clock.now();
  if (at > trade.paidAt + REFUND_WINDOW_MS) throw new WechatRefusal(400, 'INVALID_REQUEST', '订单已经超过可退款的最大期限(支付完成后一年内可退款)');
  if ((trade.refunds?.length ?? 0) >= REFUNDS_MAX) throw new WechatRefusal(400, 'INVALID_REQUEST', '退款次数超过限制');
  const last = trade.refunds?.at(-1);
  if (last && at - last.createdAt < world.settings.refundSpacingMs) throw new WechatRefusal(429, 'FREQUENCY_LIMITED', '同一笔订单多次退款的请求需相隔1分钟');
  const subject = `refuse/${world.counters.request}`;
  if (merchant.balanceFen < refundFen || world.faults.happens('refund_refused', subject, trade.outTradeNo)) throw new WechatRefusal(403, 'NOT_ENOUGH', '基本账户余额不足，请充值后重新发起');
  const made: Refund = parts.wallet.refund(trade, { outRefundNo, amountFen: refundFen, reason: typeof body.reason === 'string' ? body.reason : '', notifyUrl: typeof body.notify_url === 'string' ? body.notify_url : null });
  if (world.faults.happens('refund_unknown', subject, trade.outTradeNo)) {
    noteFault(trade, 'refund_unknown');
    return WECHAT_BUSY;
  }
  return { status: 200, content: describeRefund(trade, made) };
}

function queryRefund(parts: WechatParts, merchant: Merchant, outRefundNo: string): Reply {
  const known = parts.wallet.world.refundsByNo.get(refundKey(merchant, outRefundNo));
  if (!known || known.trade.merchant !== merchant) throw new WechatRefusal(404, 'RESOURCE_NOT_EXISTS', '退款单不存在');
  return { status: 200, content: describeRefund(known.trade, known.refund) };
}

function readBody(request: ApiRequest): Body {
  if (!request.headers['content-type']?.startsWith('application/json')) throw new WechatRefusal(400, 'PARAM_ERROR', 'Http头Content-Type必须为application/json');
  try {
    const body = JSON.parse(request.body) as unknown;
    if (body !== null && typeof body === 'object' && !Array.isArray(body)) return body as Body;
  } catch { /* told below */ }
  throw new WechatRefusal(400, 'PARAM_ERROR', '请求的json格式错误');
}

function readOrder(merchant: Merchant, body: Body): { appId: string; outTradeNo: string; amountFen: number; description: string } {
  ownMerchant(merchant, body);
  const appId = text(body, 'appid', 32);
  if (!merchant.appIds.includes(appId)) throw new WechatRefusal(400, 'APPID_MCHID_NOT_MATCH', 'appid和mch_id不匹配，请检查后再试');
  const outTradeNo = text(body, 'out_trade_no', 32);
  if (!/^[\w\-|*]{6,32}$/.test(outTradeNo)) throw paramError('out_trade_no', '商户订单号只能是数字、大小写字母_-*，6到32位');
  const amount = (body.amount ?? {}) as Body;
  const amountFen = whole(amount.total, 'amount.total');
  if (amountFen < 1) throw paramError('amount.total', '订单金额必须大于0');
  if (amount.currency !== undefined && amount.currency !== 'CNY') throw paramError('amount.currency', '币种只支持CNY');
  return { appId, outTradeNo, amountFen, description: text(body, 'description', 127) };
}

function ownMerchant(merchant: Merchant, body: Body): void {
  if (text(body, 'mchid', 32) !== merchant.merchantId) throw paramError('mchid', '商户号与签名的商户号不一致');
}

function text(body: Body, field: string, lengthMax: number, name = field): string {
  const value = body[field];
  if (typeof value !== 'string' || value === '') throw paramError(name, `输入源“/body/${name.replaceAll('.', '/')}”必填性规则校验失败，此字段为必填项`);
  if (Buffer.byteLength(value) > lengthMax * (field === 'description' ? 3 : 1)) throw paramError(name, `输入源“/body/${name.replaceAll('.', '/')}”长度超过${lengthMax}`);
  return value;
}

function whole(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw paramError(name, `参数 ${name} 必须为整数（单位：分）`);
  return value;
}

const paramError = (field: string, issue: string): WechatRefusal => new WechatRefusal(400, 'PARAM_ERROR', '参数错误', { location: 'body', field: `/${field.replaceAll('.', '/')}`, issue, value: null });
