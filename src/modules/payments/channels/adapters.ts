import type { Channel } from '../domain/channel.ts';
import type { AdapterContext } from './adapter.ts';
import { createAlipayChannel } from './alipay/channel.ts';
import type { AccountSettings } from './settings.ts';
import { createWechatPayChannel } from './wechatpay/channel.ts';

/** The adapter of an account's kind. */
export function createChannel({ settings, ...context }: AdapterContext<AccountSettings>): Channel {
  switch (settings.kind) {
    case 'wechatpay': return createWechatPayChannel({ ...context, settings });
    case 'alipay': return createAlipayChannel({ ...context, settings });
  }
}
