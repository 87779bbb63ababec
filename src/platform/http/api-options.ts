import type { Clock } from '../../kernel/index.ts';
import type { Database } from '../database/index.ts';
import type { Logger } from '../logging/logger.ts';
import type { SlowRequests } from '../timings/index.ts';
import type { Authenticate } from './principal.ts';

export const API_PREFIX = '/api/v1';

export type ApiOptions = {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly authenticate: Authenticate;
  /** The console's address as browsers see it, e.g. https://console.example.com; null serves plain http on this machine (no Secure cookies). */
  readonly publicOrigin?: string | null;
  /** Addresses of reverse proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[];
  readonly requestsPerMinuteMax?: number;
  /** Where requests that took long are kept; without it they are not. */
  readonly slowRequests?: SlowRequests;
};
