import type { Clock, CurrencyCode } from '../../../kernel/index.ts';
import type { ChannelAccounts, Channels, OrderPurposes } from '../../payments/index.ts';

export type DayOptions = { readonly clock: Clock; readonly channels: Pick<Channels, 'forAccount'> & ChannelAccounts; readonly purposes: OrderPurposes };
export type Day = { readonly merchantAccountId: string; readonly businessDate: string; readonly currency: CurrencyCode; readonly actor: string };
