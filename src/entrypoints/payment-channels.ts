import { join } from 'node:path';
import type { Clock } from '../kernel/index.ts';
import { createChannels, type ChannelDesk, type SettingsRules } from '../modules/payments/index.ts';
import type { Config } from '../platform/config/index.ts';
import type { Database } from '../platform/database/index.ts';
import type { Logger } from '../platform/logging/logger.ts';
import type { Metrics } from '../platform/metrics/index.ts';

/** The payment channels of this process with what this installation allows of their settings. */
export type PaymentChannels = {
  readonly channels: ChannelDesk; readonly rules: SettingsRules; readonly notifyOrigin: string; readonly keysFolder: string;
  /** Lets merchant accounts use these origins too, in this process: the demo's simulated channels. */
  allow(origins: readonly string[]): void;
};
type Surroundings = { readonly database: Database; readonly clock: Clock; readonly logger: Logger; readonly metrics?: Metrics };

export function openPaymentChannels(surroundings: Surroundings & { readonly config: Pick<Config, 'payments.keysFolder' | 'payments.channelOrigins' | 'data.folder' | 'http.publicOrigin' | 'http.host' | 'http.port'> }): PaymentChannels {
  const { config, ...rest } = surroundings;
  const notifyOrigin = config['http.publicOrigin'] ?? `http://${config['http.host']}:${config['http.port']}`;
  const keysFolder = config['payments.keysFolder'] ?? join(config['data.folder'], 'channel-keys');
  const allowedOrigins = config['payments.channelOrigins']?.split(',') ?? [];
  return { channels: createChannels({ ...rest, keysFolder, notifyOrigin }), rules: { allowedOrigins }, notifyOrigin, keysFolder, allow: (origins) => void allowedOrigins.push(...origins) };
}

/** For the contract and for tests that pay nothing: no keys, no other addresses than the channels' own. */
export function idlePaymentChannels(surroundings: Surroundings): PaymentChannels {
  const notifyOrigin = 'http://localhost';
  const keysFolder = '/nonexistent';
  return { channels: createChannels({ ...surroundings, keysFolder, notifyOrigin }), rules: { allowedOrigins: [] }, notifyOrigin, keysFolder, allow: () => undefined };
}
