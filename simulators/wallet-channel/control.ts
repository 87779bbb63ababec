/** The simulator's own interface for tests, benches and the demo: in the process as `Control`, over the wire under /sim. */
import type { BillDesk } from './bills.ts';
import { DAY_MS } from './clock.ts';
import { FAULTS, type FaultName, type FaultRates, type Forced } from './faults.ts';
import type { MerchantKeys } from './keys.ts';
import { addMerchant, type ChannelKeys, type NewMerchant } from './merchants.ts';
import type { Notifier } from './notify.ts';
import { newPaymentCode } from './payment-code.ts';
import type { Scheduler } from './scheduler.ts';
import { tellTrade, tellTruth, type TruthLine } from './truth.ts';
import type { Answer, ApiRequest, ChannelName, Trade } from './types.ts';
import type { PayOutcome, Wallet } from './wallet.ts';
import { findTrade, payOut, type World } from './world.ts';

/** An order by its code, or by its number (and merchant, when several use the same). */
export type TradeRef = { readonly code?: string | undefined; readonly outTradeNo?: string | undefined; readonly merchantId?: string | undefined };

export type Control = {
  createMerchant(wanted: NewMerchant): Promise<MerchantKeys>;
  merchants(): readonly { channel: ChannelName; merchantId: string; appIds: readonly string[]; name: string; balanceFen: number }[];
  /** As the payer. Alipay's trade comes into being by scanning; paying scans first. */
  scan(ref: TradeRef): TruthLine; pay(ref: TradeRef): PayOutcome; cancel(ref: TradeRef): PayOutcome; wrongPassword(ref: TradeRef): PayOutcome;
  /** Parameters of JSAPI as a page hands them to the wallet's browser: checks `paySign`, then the order is the payer's to pay. Throws when the signature is wrong. */
  invoke(parameters: Readonly<Record<string, string>>): TruthLine;
  trade(ref: TradeRef): TruthLine | null;
  openTrades(): TruthLine[];
  paymentCode(channel: ChannelName, always?: 'confirm' | 'not_enough'): string;
  setFaults(rates: FaultRates): void;
  /** The next trade, call or notification gets this fault, whatever the rates. */
  forceFault(name: FaultName, options?: Forced): void;
  /** Business time goes on; repeats that are waiting come so much nearer. */
  advance(ms: number): void;
  payOut(merchantId: string, amountFen: number): void;
  /** Somebody gives a share (0 to 1) of a payment back on the merchant platform. */
  refundElsewhere(ref: TradeRef, share: number): TruthLine;
  /** Bills of this business date (`YYYY-MM-DD`, UTC+8) can be had at once, even of today. */
  makeBills(date: string): void;
  rotateCertificate(): Promise<string>;
  /** Everything that really happened: payments, refunds, commissions, balances; ends with one line of totals. */
  truth(): Generator<TruthLine>;
  counts(): Readonly<Record<string, unknown>>;
  /** Resolves when no notification is on its way (repeats and late ones may still be waiting). */
  idle(): Promise<void>;
};

export type ControlParts = {
  readonly world: World; readonly wallet: Wallet; readonly keys: ChannelKeys; readonly notifier: Notifier; readonly scheduler: Scheduler; readonly bills: BillDesk; readonly keysFolder: string | null; readonly url: () => string;
  readonly pageUrl: (trade: Trade) => string; readonly timeFactor: number;
};

export function openControl(parts: ControlParts): Control {
  const { world, wallet } = parts;
  const wanted = (ref: TradeRef): Trade => findByRef(world, ref) ?? fail(`no such order: ${JSON.stringify(ref)}`);
  const told = (trade: Trade): TruthLine => ({ ...tellTrade(trade), url: parts.pageUrl(trade) });
  return {
    createMerchant: (merchant) => addMerchant(world, parts.keys, merchant, { folder: parts.keysFolder, url: parts.url() }),
    merchants: () => [...world.merchants.values()].map(({ channel, merchantId, appIds, name, balanceFen }) => ({ channel, merchantId, appIds, name, balanceFen })),
    scan(ref) {
      const trade = wanted(ref);
      wallet.scan(trade);
      return told(trade);
    },
    pay(ref) {
      const trade = wanted(ref);
      wallet.scan(trade);
      return wallet.pay(trade);
    },
    cancel: (ref) => wallet.cancel(wanted(ref)), wrongPassword: (ref) => wallet.wrongPassword(wanted(ref)),
    invoke: (parameters) => told(wallet.invoke(parameters)),
    trade(ref) {
      const trade = findByRef(world, ref);
      return trade ? told(trade) : null;
    },
    openTrades: () => openTrades(world, wallet).map(told),
    paymentCode: (channel, always) => newPaymentCode(world, channel, always),
    setFaults: (rates) => world.faults.setRates(rates), forceFault: (name, options) => world.faults.force(name, options),
    advance(ms) {
      world.clock.advance(ms);
      parts.scheduler.advance(ms * parts.timeFactor);
      for (const trade of world.trades.values()) wallet.lapseIfOver(trade);
    },
    payOut: (merchantId, amountFen) => void payOut(world, world.merchants.get(merchantId) ?? fail(`no such merchant: ${merchantId}`), amountFen),
    refundElsewhere(ref, share) {
      const trade = wanted(ref);
      if (wallet.refundElsewhere(trade, share) === null) fail('there is nothing to give back');
      return told(trade);
    },
    rotateCertificate: () => parts.keys.rotate(),
    makeBills: (date) => parts.bills.open(date),
    truth: () => tellTruth(world, parts.bills.planted),
    counts: () => ({ trades: world.trades.size, refunds: world.refundsByNo.size, notifications: parts.notifier.counts(), waiting: parts.scheduler.waiting(), faults: world.faults.counts() }),
    async idle() {
      while (parts.notifier.counts().inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    },
  };
}

/** Newest first, what a payer could pay now. */
export function openTrades(world: World, wallet: Wallet, max = 50): Trade[] {
  const found: Trade[] = [];
  // A map keeps the order of insertion; the newest are few and at its end.
  const all = [...world.trades.values()];
  for (let i = all.length - 1; i >= 0 && found.length < max; i--) if (wallet.payable(all[i]!)) found.push(all[i]!);
  return found;
}

function findByRef(world: World, ref: TradeRef): Trade | null {
  if (ref.code) return world.byCode.get(/[?&]code=([^&]+)/.exec(ref.code)?.[1] ?? ref.code.replace(/^wx/, '')) ?? null;
  if (!ref.outTradeNo) return null;
  for (const merchant of world.merchants.values()) {
    const trade = ref.merchantId === undefined || ref.merchantId === merchant.merchantId ? findTrade(world, merchant, ref.outTradeNo) : null;
    if (trade) return trade;
  }
  return null;
}

type Input = Readonly<Record<string, unknown>>;
const REF = (input: Input): TradeRef => ({ code: optional(input.code), outTradeNo: optional(input.outTradeNo), merchantId: optional(input.merchantId) });

const POSTS: Readonly<Record<string, (control: Control, input: Input) => unknown>> = {
  merchants: (control, input) => control.createMerchant(input as unknown as NewMerchant),
  scan: (control, input) => control.scan(REF(input)),
  pay: (control, input) => ({ outcome: control.pay(REF(input)) }),
  cancel: (control, input) => ({ outcome: control.cancel(REF(input)) }),
  'wrong-password': (control, input) => ({ outcome: control.wrongPassword(REF(input)) }),
  invoke: (control, input) => control.invoke(input as Record<string, string>),
  'payment-code': (control, input) => ({ paymentCode: control.paymentCode(channelOf(input.channel), input.always as 'confirm' | 'not_enough' | undefined) }),
  faults(control, input) {
    if (input.rates) control.setFaults(input.rates as FaultRates);
    if (input.force) control.forceFault(input.force as FaultName, input as Forced);
    return control.counts();
  },
  advance(control, input) {
    control.advance(Number(input.days ?? 0) * DAY_MS + Number(input.ms ?? 0));
    return control.counts();
  },
  'pay-out': (control, input) => control.payOut(String(input.merchantId), Number(input.amountFen)) ?? {},
  'refund-elsewhere': (control, input) => control.refundElsewhere(REF(input), Number(input.share ?? 1)),
  bills(control, input) {
    control.makeBills(String(input.date));
    return {};
  },
  'rotate-certificate': async (control) => ({ serial: await control.rotateCertificate() }),
};
const GETS: Readonly<Record<string, (control: Control, query: URLSearchParams) => unknown>> = {
  merchants: (control) => control.merchants(), faults: () => FAULTS, counts: (control) => control.counts(), open: (control) => control.openTrades(),
  trade: (control, query) => control.trade({ code: query.get('code') ?? undefined, outTradeNo: query.get('outTradeNo') ?? undefined, merchantId: query.get('merchantId') ?? undefined }) ?? fail('no such order'),
};

/** `/sim/<what>`: JSON in, JSON out; the truth comes as one JSON object a line. */
export async function controlAnswer(control: Control, request: ApiRequest): Promise<Answer> {
  const what = request.path.slice('/sim/'.length);
  try {
    if (request.method === 'GET' && what === 'truth') return { status: 200, headers: { 'Content-Type': 'application/x-ndjson' }, body: Buffer.concat([...control.truth()].map((line) => Buffer.from(`${JSON.stringify(line)}\n`))) };
    const result = request.method === 'GET' ? await GETS[what]?.(control, request.query) : await POSTS[what]?.(control, (request.body === '' ? {} : JSON.parse(request.body)) as Input);
    return result === undefined ? json(404, { error: `no such thing: ${request.method} ${request.path}` }) : json(200, result);
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : String(error) });
  }
}

const json = (status: number, content: unknown): Answer => ({ status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body: JSON.stringify(content) });
const optional = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const channelOf = (value: unknown): ChannelName => (value === 'wechatpay' || value === 'alipay' ? value : fail(`no such channel: ${String(value)}`));
function fail(message: string): never {
  throw new Error(message);
}
