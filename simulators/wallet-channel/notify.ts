/** Notifications: sent at once, repeated on the channel's own schedule until the merchant accepts, and with the faults that were drawn. */
import { randomUUID } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import type { Scheduler } from './scheduler.ts';
import type { ChannelName, Refund, Trade } from './types.ts';
import { noteFault, type World } from './world.ts';

const SECOND = 1_000, MINUTE = 60_000, HOUR = 3_600_000;
/** Pauses between one sending and the next. WeChat Pay: 15 repeats in 24 h 4 min. Alipay: 7 repeats in a little over 25 h. */
export const REPEATS: Readonly<Record<ChannelName, readonly number[]>> = {
  wechatpay: [15 * SECOND, 15 * SECOND, 30 * SECOND, 3 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, 30 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 3 * HOUR, 3 * HOUR, 6 * HOUR, 6 * HOUR],
  alipay: [4 * MINUTE, 10 * MINUTE, 10 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 15 * HOUR],
};
/** A merchant that takes longer did not accept (WeChat Pay: 5 s). */
const ACCEPT_MS_MAX = 5_000;
const IN_FLIGHT_MAX = 96;

export type Twist = 'genuine' | 'forged_key' | 'forged_amount' | 'stale' | 'probe' | 'wrong_amount' | 'wrong_app';
export type Message = { readonly headers: Readonly<Record<string, string>>; readonly body: string };
/** What is told, as it was when it happened; a repeat tells the same under the same id, signed anew. */
export type Notice = { readonly id: string; readonly trade: Trade; readonly url: string; readonly content: Readonly<Record<string, unknown>>; readonly event: string };
export type Voice = {
  /** The content of a notice of this trade (and refund) now; null when the channel does not tell of such an event. */
  readonly paid: (trade: Trade) => { event: string; content: Readonly<Record<string, unknown>> } | null;
  readonly refunded: (trade: Trade, refund: Refund) => { event: string; content: Readonly<Record<string, unknown>>; url: string | null } | null;
  readonly closed: (trade: Trade) => { event: string; content: Readonly<Record<string, unknown>> } | null;
  readonly message: (notice: Notice, twist: Twist) => Promise<Message>;
  readonly accepted: (status: number, body: string) => boolean;
};
export type Notifier = {
  /** Resolves when the first sending was answered, lost or put off. */
  paid(trade: Trade): Promise<void>;
  refunded(trade: Trade, refund: Refund): Promise<void>;
  closed(trade: Trade): Promise<void>;
  /** Sends a forged notice for an order that nobody paid. */
  forge(trade: Trade): Promise<void>;
  counts(): { sent: number; accepted: number; failed: number; lost: number; inFlight: number };
  close(): void;
};

export function startNotifier(world: World, voices: Readonly<Record<ChannelName, Voice>>, scheduler: Scheduler, timeFactor: number): Notifier {
  const post = poster();
  const counts = { sent: 0, accepted: 0, failed: 0, lost: 0, inFlight: 0 };
  const held = new Map<string, (() => void)[]>();
  const waiting: (() => void)[] = [];
  const sendOnce = async (notice: Notice, twist: Twist): Promise<boolean> => {
    if (counts.inFlight >= IN_FLIGHT_MAX) await new Promise<void>((resolve) => { waiting.push(resolve); });
    counts.inFlight++;
    try {
      const voice = voices[notice.trade.merchant.channel];
      const answer = await post(notice.url, await voice.message(notice, twist));
      counts.sent++;
      notice.trade.notified++;
      const accepted = answer !== null && voice.accepted(answer.status, answer.body);
      counts[accepted ? 'accepted' : 'failed']++;
      if (accepted && twist === 'genuine') {
        notice.trade.accepted++;
        world.journal.trade(notice.trade);
      }
      return accepted;
    } finally {
      counts.inFlight--;
      waiting.shift()?.();
    }
  };
  const repeat = (notice: Notice, twist: Twist, attempt: number): void => {
    const pause = REPEATS[notice.trade.merchant.channel][attempt];
    if (pause !== undefined) scheduler.after(pause * timeFactor, () => void sendOnce(notice, twist).then((accepted) => { if (!accepted) repeat(notice, twist, attempt + 1); }));
  };
  const deliver = async (notice: Notice, twist: Twist, copies: number): Promise<void> => {
    const accepted = await Promise.all(Array.from({ length: copies }, () => sendOnce(notice, twist)));
    if (accepted.includes(false)) repeat(notice, twist, 0);
    for (const release of held.get(notice.trade.merchant.merchantId)?.splice(0) ?? []) release();
  };
  const start = (notice: Notice): Promise<void> => launch(world, scheduler, timeFactor, notice, { held, counts, sendOnce, repeat, deliver });
  const noticeOf = (trade: Trade, told: { event: string; content: Readonly<Record<string, unknown>> } | null, url: string | null): Promise<void> =>
    (told && url ? start({ id: randomUUID(), trade, url, event: told.event, content: told.content }) : Promise.resolve());
  return {
    paid: (trade) => noticeOf(trade, voices[trade.merchant.channel].paid(trade), trade.notifyUrl),
    refunded(trade, refund) {
      const told = voices[trade.merchant.channel].refunded(trade, refund);
      return noticeOf(trade, told, told?.url ?? null);
    },
    closed: (trade) => noticeOf(trade, voices[trade.merchant.channel].closed(trade), trade.notifyUrl),
    async forge(trade) {
      const told = trade.notifyUrl ? voices[trade.merchant.channel].paid({ ...trade, state: 'paid', paidAt: world.clock.now(), tradeNo: trade.tradeNo ?? '4200000000000000000000000000', payer: 'oForged' }) : null;
      if (told) await sendOnce({ id: randomUUID(), trade, url: trade.notifyUrl!, event: told.event, content: told.content }, 'forged_key');
    },
    counts: () => ({ ...counts }),
    close: () => post.close(),
  };
}

type Parts = {
  readonly held: Map<string, (() => void)[]>; readonly counts: { lost: number }; readonly sendOnce: (notice: Notice, twist: Twist) => Promise<boolean>;
  readonly repeat: (notice: Notice, twist: Twist, attempt: number) => void; readonly deliver: (notice: Notice, twist: Twist, copies: number) => Promise<void>;
};

/** The faults of one notice, in the order in which they exclude each other. */
async function launch(world: World, scheduler: Scheduler, timeFactor: number, notice: Notice, parts: Parts): Promise<void> {
  const subject = `n${world.counters.notification++}`;
  const { trade } = notice;
  const happens = (name: Parameters<World['faults']['happens']>[0]): boolean => {
    const it = world.faults.happens(name, subject, trade.outTradeNo);
    if (it) noteFault(trade, name);
    return it;
  };
  if (happens('notification_lost')) {
    parts.counts.lost++;
    return;
  }
  const random = world.faults.random(`notice/${subject}`);
  if (happens('notification_forged')) await parts.sendOnce(notice, random.pick(['forged_key', 'forged_amount', 'stale'] as const));
  if (trade.merchant.channel === 'wechatpay' && happens('notification_signature_probe')) await parts.sendOnce(notice, 'probe');
  const twist: Twist = happens('notification_wrong_amount') ? 'wrong_amount' : happens('notification_wrong_app') ? 'wrong_app' : 'genuine';
  if (happens('notification_first_lost')) return parts.repeat(notice, twist, 0);
  const copies = happens('notification_doubled') ? 2 : 1;
  if (happens('notification_late')) return scheduler.after(random.between(MINUTE, HOUR) * timeFactor, () => void parts.deliver(notice, twist, copies));
  if (happens('notification_out_of_order')) {
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      void parts.deliver(notice, twist, copies);
    };
    parts.held.set(trade.merchant.merchantId, [...parts.held.get(trade.merchant.merchantId) ?? [], release]);
    // Nobody may ever send another one: it goes out all the same.
    return scheduler.after(30 * SECOND * timeFactor, release);
  }
  await parts.deliver(notice, twist, copies);
}

type Post = ((url: string, message: Message) => Promise<{ status: number; body: string } | null>) & { close(): void };

/** Posts over kept connections; null when there was no answer in time. */
function poster(): Post {
  const plain = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT_MAX });
  const tls = new TlsAgent({ keepAlive: true, maxSockets: IN_FLIGHT_MAX });
  const post = (url: string, message: Message): Promise<{ status: number; body: string } | null> => new Promise((resolve) => {
    const secure = url.startsWith('https:');
    let sending;
    try {
      sending = (secure ? httpsRequest : httpRequest)(url, { method: 'POST', agent: secure ? tls : plain, headers: { ...message.headers, 'Content-Length': Buffer.byteLength(message.body) }, timeout: ACCEPT_MS_MAX }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => { if (body.length < 10_000) body += piece; });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', () => resolve(null));
      });
    } catch {
      return resolve(null); // An address that is none.
    }
    sending.on('timeout', () => sending.destroy());
    sending.on('error', () => resolve(null));
    sending.end(message.body);
  });
  return Object.assign(post, { close: () => { plain.destroy(); tls.destroy(); } });
}
