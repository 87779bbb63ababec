/**
 * What the rest of the module sees of the channels: an operator's merchant accounts, each with its channel behind time-out, concurrency limit, rate limit and breaker.
 * `registry.ts` makes it; tests and simulations may give their own.
 */
import type { Instant, OperatorId } from '../../../kernel/index.ts';
import type { Channel, ChannelKind } from '../domain/channel.ts';
import type { Environment } from '../domain/order-number.ts';
import type { AccountSettings } from './settings.ts';

export type ChannelAccount = {
  readonly operatorId: OperatorId; readonly merchantAccountId: string; readonly name: string; readonly kind: ChannelKind; readonly environment: Environment;
  /** A disabled account takes no new payments; what was begun on it is asked about, closed, refunded and notified as before. */
  readonly enabled: boolean;
  /** Which version of the settings is in force; goes up with each change. */
  readonly version: number; readonly settings: AccountSettings;
  /** The address that the channel is given for notifications. */
  readonly notifyUrl: string;
  /** Merchant and app as `PaidView` names them. */
  readonly merchant: string; readonly app: string;
  readonly channel: Channel;
};

export const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/** How calls to one account go, in this process. */
export type AccountHealth = {
  readonly operatorId: OperatorId; readonly merchantAccountId: string; readonly version: number;
  readonly breaker: BreakerState; readonly breakerSince: Instant | null; readonly callsInFlight: number; readonly callsWaiting: number;
  readonly lastAnswerAt: Instant | null; readonly lastFailureAt: Instant | null; readonly lastFailure: string | null;
};

export interface Channels {
  /** @throws AssertionFault for an account that the operator does not have. A change of settings counts within `SETTINGS_AGE_MS_MAX`. */
  forAccount(operatorId: OperatorId, merchantAccountId: string): Promise<ChannelAccount>;
  /** All accounts of an operator, also the disabled ones, oldest first. */
  accountsOf(operatorId: OperatorId): Promise<readonly ChannelAccount[]>;
  /** Whose notification is this? Null for a key that nobody has. */
  resolveNotifyKey(notifyKey: string): Promise<{ readonly operatorId: OperatorId; readonly merchantAccountId: string } | null>;
  /** Of the accounts that this process has used. */
  health(): readonly AccountHealth[];
  close(): Promise<void>;
}
