import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { alipayAnswer, alipayAuthenticate, alipayCall, cashier, type AlipayParts } from './alipay.ts';
import { AlipayRefusal, ALIPAY_BUSY, ALIPAY_TOO_OFTEN, type AlipayContent } from './alipay-refusal.ts';
import { alipayVoice } from './alipay-voice.ts';
import { openBillDesk } from './bills.ts';
import { channelClock, type ChannelClock } from './clock.ts';
import { controlAnswer, openControl, type Control } from './control.ts';
import { seededFaults, type Act, type FaultRates } from './faults.ts';
import { fileJournal, noJournal, replay } from './journal.ts';
import { addMerchant, openChannelKeys, type NewMerchant } from './merchants.ts';
import { FEE_PER_MYRIAD } from './money.ts';
import { startNotifier } from './notify.ts';
import { pageAnswer } from './page.ts';
import { startScheduler } from './scheduler.ts';
import { throughTheNetwork } from './transport.ts';
import type { Answer, ApiRequest, Journal, Merchant, Trade } from './types.ts';
import { openWallet } from './wallet.ts';
import { authenticate, wechatAnswer, wechatCall, type WechatParts } from './wechatpay.ts';
import { WechatRefusal, WECHAT_BUSY, WECHAT_TOO_OFTEN } from './wechatpay-refusal.ts';
import { wechatVoice } from './wechatpay-voice.ts';
import { emptyWorld, type World, type WorldSettings } from './world.ts';

export type WalletChannelOptions = {
  /** 0 takes any free one. */
  readonly port?: number;
  readonly seed?: number;
  readonly faults?: FaultRates;
  /** Epoch milliseconds; real time otherwise. Signatures carry it. */
  readonly clock?: () => number;
  /** Repeats of notifications, slow answers and slow refunds take so much of their real time: 1 real, 0.001 a thousandth. */
  readonly timeFactor?: number;
  /** Where keys are kept and found again; in memory only otherwise. */
  readonly keysFolder?: string;
  /** Every change is written here, and read back at the start: orders and balances survive the process. Goes with `keysFolder`. */
  readonly journalFile?: string;
  /** What codes and cashier addresses begin with, when it is not the address listened on. */
  readonly publicUrl?: string;
  /** A payer who pays by himself: with which probability, how long after the order was made (real milliseconds). */
  readonly payers?: WorldSettings['payers'];
} & Partial<Omit<WorldSettings, 'payers'>>;

export type WalletChannel = {
  /** Origin: WeChat Pay's API is `${url}/v3/…`, Alipay's gateway `${url}/gateway.do`, the control API `${url}/sim/…`. */
  readonly url: string; readonly keysFolder: string | null; readonly control: Control; close(): Promise<void>;
};

const BODY_BYTES_MAX = 1_000_000;

/** Starts the simulated channels on 127.0.0.1. */
export async function startWalletChannel(options: WalletChannelOptions = {}): Promise<WalletChannel> {
  const timeFactor = options.timeFactor ?? 1;
  const clock = channelClock(options.clock);
  const keysFolder = options.keysFolder ?? null;
  const scheduler = startScheduler();
  const deferred = { ...noJournal };
  const world = emptyWorld({ clock, faults: seededFaults(options.seed ?? 1, options.faults ?? {}), journal: options.journalFile ? deferred : noJournal, settings: settingsOf(options) });
  const keys = await openChannelKeys(keysFolder, clock.wire());
  const notifier = startNotifier(world, { wechatpay: wechatVoice(keys.wechat, clock), alipay: alipayVoice(keys.alipay, clock) }, scheduler, timeFactor);
  const wallet = openWallet(world, notifier, scheduler, timeFactor);
  const place = { url: '' };
  const pageUrl = (trade: Trade): string => `${options.publicUrl ?? place.url}/pay?code=${trade.code}`;
  const bills = openBillDesk(world);
  const origin = (): string => place.url;
  const wechat: WechatParts = { wallet, keys: keys.wechat, bills, pageUrl, origin };
  const alipay: AlipayParts = { wallet, keys: keys.alipay, bills, pageUrl, origin };
  const control = openControl({ world, wallet, keys, notifier, scheduler, bills, keysFolder, url: origin, pageUrl, timeFactor });
  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    void route({ wechat, alipay, control, wallet, timeFactor }, request, response).catch((error: unknown) => {
      if (!response.headersSent) send(response, { status: 500, headers: { 'Content-Type': 'text/plain' }, body: error instanceof Error ? error.message : String(error) });
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve));
  place.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  if (options.journalFile) {
    const left = await replay(world, options.journalFile, (wanted) => addMerchant(world, keys, wanted as unknown as NewMerchant, { folder: keysFolder, url: place.url }));
    Object.assign(deferred, fileJournal(options.journalFile) satisfies Journal);
    for (const trade of left.unheard) void notifier.paid(trade);
    for (const { trade, refund } of left.unfinished) wallet.finish(trade, refund);
  }
  return {
    url: place.url, keysFolder, control,
    async close() {
      scheduler.close();
      notifier.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await world.journal.close();
    },
  };
}

function settingsOf(options: WalletChannelOptions): WorldSettings {
  return {
    confirmAboveFen: options.confirmAboveFen ?? 100_000, feePerMyriad: options.feePerMyriad ?? FEE_PER_MYRIAD, refundSpacingMs: options.refundSpacingMs ?? 60_000,
    requestsPerSecondMax: options.requestsPerSecondMax ?? null, timestampToleranceMs: options.timestampToleranceMs ?? 300_000, payers: options.payers ?? null,
  };
}

type Desks = { readonly wechat: WechatParts; readonly alipay: AlipayParts; readonly control: Control; readonly wallet: { readonly world: World } & AlipayParts['wallet']; readonly timeFactor: number };

async function route(desks: Desks, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readAll(incoming);
  const url = incoming.url ?? '/';
  const at = url.indexOf('?');
  const request: ApiRequest = { method: incoming.method ?? 'GET', url, path: at < 0 ? url : url.slice(0, at), query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)), headers: incoming.headers, body };
  const answer = request.path.startsWith('/v3/') ? await answerWechat(desks, request, response)
    : request.path === '/gateway.do' ? await answerAlipay(desks, request, response)
    : request.path === '/bills/alipay' ? downloadAnswer(desks.alipay.bills.take(request.query.get('token') ?? ''))
    : request.path.startsWith('/sim/') ? await controlAnswer(desks.control, request)
    : pageAnswer(desks.wallet, request);
  if (answer) send(response, answer);
}

const downloadAnswer = (bytes: Buffer | null): Answer => (bytes ? { status: 200, headers: { 'Content-Type': 'application/octet-stream' }, body: bytes } : { status: 403, headers: { 'Content-Type': 'text/plain' }, body: '链接已失效' });

async function answerWechat(desks: Desks, request: ApiRequest, response: ServerResponse): Promise<Answer | null> {
  const parts = desks.wechat;
  let merchant: Merchant | null = null;
  try {
    merchant = authenticate(parts, request);
  } catch (error) {
    if (error instanceof WechatRefusal) return wechatAnswer(parts, merchant, request, error.reply);
    throw error;
  }
  const own = merchant;
  let reply = WECHAT_BUSY;
  return throughTheNetwork(parts.wallet.world, { act: actOfWechat(request), outTradeNo: numberIn(request), merchant: own }, response, {
    act: async () => {
      reply = await wechatCall(parts, own, request).catch((error: unknown) => {
        if (error instanceof WechatRefusal) return error.reply;
        throw error;
      });
      return wechatAnswer(parts, own, request, reply);
    },
    forged: () => wechatAnswer(parts, own, request, reply, true),
    busy: () => wechatAnswer(parts, own, request, WECHAT_BUSY),
    tooOften: () => wechatAnswer(parts, own, request, WECHAT_TOO_OFTEN),
  }, desks.timeFactor);
}

async function answerAlipay(desks: Desks, request: ApiRequest, response: ServerResponse): Promise<Answer | null> {
  const parts = desks.alipay;
  const parameters = Object.fromEntries([...request.query, ...new URLSearchParams(request.body)]);
  const content = (work: () => Promise<AlipayContent>): Promise<AlipayContent> => work().catch((error: unknown) => {
    if (error instanceof AlipayRefusal) return error.content;
    throw error;
  });
  let merchant: Merchant;
  try {
    merchant = alipayAuthenticate(parts, parameters);
  } catch (error) {
    if (error instanceof AlipayRefusal) return alipayAnswer(parts, parameters, error.content);
    throw error;
  }
  if (parameters.method === 'alipay.trade.page.pay' || parameters.method === 'alipay.trade.wap.pay') {
    const trade = await cashier(parts, merchant, parameters).catch((error: unknown) => error);
    if (trade instanceof AlipayRefusal) return { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: `<!doctype html><title>支付宝</title><h1>${String(trade.content.sub_code)}</h1><p>${trade.message}</p>` };
    if (trade instanceof Error) throw trade;
    return { status: 302, headers: { Location: parts.pageUrl(trade as Trade) }, body: '' };
  }
  let said: AlipayContent = ALIPAY_BUSY;
  return throughTheNetwork(parts.wallet.world, { act: actOfAlipay(parameters.method!), outTradeNo: numberIn({ ...request, body: parameters.biz_content ?? '' }), merchant }, response, {
    act: async () => {
      said = await content(() => alipayCall(parts, merchant, parameters));
      return alipayAnswer(parts, parameters, said);
    },
    forged: () => alipayAnswer(parts, parameters, said, true),
    busy: () => alipayAnswer(parts, parameters, ALIPAY_BUSY),
    tooOften: () => alipayAnswer(parts, parameters, ALIPAY_TOO_OFTEN),
  }, desks.timeFactor);
}

function actOfWechat(request: ApiRequest): Act {
  const { path, method } = request;
  if (path.endsWith('/close')) return 'close';
  if (path.endsWith('/reverse')) return 'reverse';
  if (path.endsWith('/codepay')) return 'pay_with_code';
  if (path.startsWith('/v3/bill')) return 'statement';
  if (path.startsWith('/v3/certificates')) return 'certificates';
  if (path.startsWith('/v3/refund')) return method === 'GET' ? 'query_refund' : 'refund';
  return method === 'GET' ? 'query' : 'create';
}

const ALIPAY_ACTS: Readonly<Record<string, Act>> = {
  'alipay.trade.precreate': 'create', 'alipay.trade.pay': 'pay_with_code', 'alipay.trade.query': 'query', 'alipay.trade.close': 'close', 'alipay.trade.cancel': 'reverse', 'alipay.trade.refund': 'refund',
  'alipay.trade.fastpay.refund.query': 'query_refund', 'alipay.data.dataservice.bill.downloadurl.query': 'statement',
};
const actOfAlipay = (method: string): Act => ALIPAY_ACTS[method] ?? 'query';

/** The order a call is about, for faults that were asked for by its number. */
const numberIn = (request: ApiRequest): string | undefined => (/out-trade-no\/([^/?]+)/.exec(request.path) ?? /"out_trade_no"\s*:\s*"([^"]+)"/.exec(request.body))?.[1];

async function readAll(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > BODY_BYTES_MAX) throw new Error('body too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, answer.status === 204 ? answer.headers : { ...answer.headers, 'Content-Length': String(Buffer.byteLength(answer.body)) });
  response.end(answer.status === 204 ? undefined : answer.body);
}
export type { ChannelClock };
