import { MS_PER_MINUTE, type Clock, type OperatorId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Database } from '../../../platform/database/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import type { Channels } from '../channels/channels.ts';
import type { NotificationReply, RawNotification } from '../domain/channel.ts';
import { silentPaymentsMetrics, type PaymentsMetrics } from '../metrics.ts';
import { INBOX_LIMITS, type InboxLimits } from './limits.ts';
import { judge, type Judged, type NewNotification } from './notification.ts';
import { openNotificationLog } from './notification-log.ts';

export type NotificationChannels = Pick<Channels, 'resolveNotifyKey' | 'forAccount'>;
export type InboxOptions = {
  readonly database: Database; readonly channels: NotificationChannels; readonly clock: Clock; readonly logger: Logger; readonly metrics?: PaymentsMetrics; readonly limits?: Partial<InboxLimits>;
  /** Called after each commit with the operators that have something to work. */
  readonly onStored?: (operatorIds: ReadonlySet<OperatorId>) => void;
};
export type Inbox = {
  /**
   * Judges, stores and only then answers. Null for a key that nobody has. Never throws for what a channel or a forger sent; a store that fails
   * answers "send it again".
   */
  receive(notifyKey: string, raw: RawNotification, remoteAddress: string | null): Promise<NotificationReply | null>;
  readonly limits: InboxLimits;
  close(): Promise<void>;
};

/** The reply where the account's own channel cannot be had: no success, so every channel sends again. */
const AGAIN: NotificationReply = { status: 500, contentType: 'text/plain; charset=utf-8', body: 'fail' };
/** What the channels sign or say about their message; the rest (cookies, proxies' notes) is not evidence. */
const KEPT_HEADERS = /^(content-type|content-length|user-agent|request-id|wechatpay-.*|alipay-.*)$/;

export function openInbox(options: InboxOptions): Inbox {
  const { clock, logger, channels } = options;
  const limits = { ...INBOX_LIMITS, ...options.limits };
  const metrics = options.metrics ?? silentPaymentsMetrics;
  const log = openNotificationLog({
    inbox: options.database.inbox, limits,
    onStored: (rows, ms) => {
      metrics.stored(ms, rows.length);
      options.onStored?.(new Set(rows.filter(({ verdict }) => verdict === 'verified' || verdict === 'not_checked').map(({ operatorId }) => operatorId)));
    },
  });
  const mayKeepRefused = refusedKept(clock, limits);

  return {
    limits,
    receive: async (notifyKey, raw, remoteAddress) => {
      const owner = await channels.resolveNotifyKey(notifyKey);
      if (owner === null) {
        metrics.received('unknown_key');
        return null;
      }
      const { judged, replyTo } = await judgeAt(channels, owner, raw);
      metrics.received(judged.verdict);
      const taken = judged.verdict === 'verified' || judged.verdict === 'not_checked';
      if (!taken) {
        logger.warn({ ...owner, verdict: judged.verdict, why: judged.why, remoteAddress }, 'a payment notification was refused');
        if (!mayKeepRefused(owner.merchantAccountId)) {
          metrics.received('not_kept');
          return replyTo(false);
        }
      }
      const row: NewNotification = {
        ...owner, ...judged, notificationId: newUuid(), headers: keptHeaders(raw.headers, limits), body: raw.body, remoteAddress, receivedAt: raw.receivedAt,
      };
      try {
        await log.append(row);
      } catch (error) {
        metrics.received('not_stored');
        logger.error({ ...owner, error: error instanceof Error ? error.message : String(error) }, 'a payment notification could not be stored; the channel is asked to send it again');
        return replyTo(false);
      }
      // What could not be checked is stored and will be; the channel may well send it again meanwhile.
      return replyTo(judged.verdict === 'verified');
    },
    close: () => log.close(),
  };
}

type Owner = { readonly operatorId: OperatorId; readonly merchantAccountId: string };
async function judgeAt(channels: NotificationChannels, owner: Owner, raw: RawNotification): Promise<{ judged: Judged; replyTo: (accepted: boolean) => NotificationReply }> {
  try {
    const { channel, environment } = await channels.forAccount(owner.operatorId, owner.merchantAccountId);
    return { judged: judge(channel, environment, raw), replyTo: (accepted) => channel.replyTo(accepted) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { judged: { verdict: 'not_checked', why, view: null }, replyTo: () => AGAIN };
  }
}

function keptHeaders(headers: Readonly<Record<string, string>>, limits: InboxLimits): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name, value]) => KEPT_HEADERS.test(name) && value.length <= limits.headerLengthMax).slice(0, limits.headersMax));
}

/** Whether one more refused notification of an account is kept in this minute. */
function refusedKept(clock: Clock, limits: InboxLimits): (merchantAccountId: string) => boolean {
  const kept = new Map<string, number>();
  let minute = -1;
  return (merchantAccountId) => {
    const now = Math.floor(clock.now() / MS_PER_MINUTE);
    if (now !== minute) { kept.clear(); minute = now; }
    const count = (kept.get(merchantAccountId) ?? 0) + 1;
    kept.set(merchantAccountId, count);
    return count <= limits.refusedKeptPerMinuteMax;
  };
}
