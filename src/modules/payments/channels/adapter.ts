import type { Clock } from '../../../kernel/index.ts';
import type { KeyRing } from './keys.ts';
import type { Transport } from './transport.ts';

/** What an adapter is given. It has no settings of its own and no other way to the outside. */
export type AdapterContext<S> = {
  readonly settings: S; readonly notifyUrl: string;
  readonly keys: KeyRing; readonly transport: Transport; readonly clock: Clock;
  /** First letter of every number; here of the number that a probe asks about. */
  readonly environment: string;
  readonly random: (bytes: number) => Buffer;
};

/** Statements are CSV of some hundred bytes a line: this is beyond a million lines. */
export const STATEMENT_BYTES_MAX = 1_073_741_824;
/** How long a price of one fen for a probe could be paid, if anybody got to see it. */
export const PROBE_LIFETIME_MS = 120_000;

/** A number for a probe: of our environment, and no order's. */
export const probeNumber = (environment: string, random: (bytes: number) => Buffer): string => `${environment}P${random(13).toString('hex')}`;

/** A download address comes out of a verified answer, and still must lead to the channel: over TLS, or to the origin that the settings name. */
export function isOwnAddress(url: string, apiAddress: string, hostSuffixes: readonly string[]): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, protocol, hostname, username } = new URL(url);
  if (username !== '') return false;
  return origin === new URL(apiAddress).origin || (protocol === 'https:' && hostSuffixes.some((suffix) => hostname === suffix || hostname.endsWith(`.${suffix}`)));
}
