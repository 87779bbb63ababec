import type { Instant, OperatorId } from '../../../kernel/index.ts';
import type { Channel, NotificationVerdict, NotificationView, RawNotification } from '../domain/channel.ts';
import { parseTradeNumber, type Environment } from '../domain/order-number.ts';

/**
 * verified: it is worked. not_checked: our own fault (keys could not be read); stored, and checked when it is worked. The others are refused:
 * the channel is asked to send again, the row is kept with its reason, and nothing of it is ever worked.
 */
export const VERDICTS = ['verified', 'not_checked', 'forged', 'stale', 'unreadable', 'wrong_environment'] as const;
export type Verdict = (typeof VERDICTS)[number];

/**
 * What became of one that was worked. credited: it paid its order. surplus: money that is not due. mismatch: amount, currency, merchant or app differ; kept
 * apart, with a case. known: it told nothing new of money. refund: handed to refunds. other: of a kind we do not act on. wrong_environment: of another world,
 * found when it was worked. refused: of another account, or impossible. unknown_order: no such order came to be. failed: could not be worked.
 */
export const OUTCOMES = ['credited', 'surplus', 'known', 'mismatch', 'refund', 'other', 'wrong_environment', 'refused', 'unknown_order', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export type NewNotification = {
  readonly operatorId: OperatorId; readonly notificationId: string; readonly merchantAccountId: string;
  readonly headers: Readonly<Record<string, string>>; readonly body: Buffer; readonly remoteAddress: string | null; readonly receivedAt: Instant;
  readonly verdict: Verdict; readonly why: string | null; readonly view: NotificationView | null;
};

export type Judged = Pick<NewNotification, 'verdict' | 'why' | 'view'>;

/** Verifies what came, and refuses what belongs to another environment (P-14). No clock, no network, no database. */
export function judge(channel: Pick<Channel, 'readNotification'>, environment: Environment, raw: RawNotification): Judged {
  const read: NotificationVerdict = channel.readNotification(raw);
  if (read.verdict !== 'verified') return { verdict: read.verdict, why: read.why, view: null };
  const foreign = foreignEnvironment(read.view, environment);
  return foreign === null ? { verdict: 'verified', why: null, view: read.view } : { verdict: 'wrong_environment', why: foreign, view: read.view };
}

/** @returns why, when the number belongs to another environment than the account; null for ours, and for numbers that are not of our making. */
export function foreignEnvironment(view: NotificationView, environment: Environment): string | null {
  if (view.kind === 'other') return null;
  const number = parseTradeNumber(view.outTradeNo);
  return number === null || number.environment === environment ? null : `${view.outTradeNo} is of environment ${number.environment}, this account of ${environment}`;
}
