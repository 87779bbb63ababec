import type { IncomingMessage } from 'node:http';
import type { OcppVersion } from './message.ts';

/** Newest first, but the station's order of preference decides (RFC 6455 §4.1: ordered by preference). */
export const SUPPORTED_PROTOCOLS: readonly OcppVersion[] = ['ocpp2.0.1', 'ocpp1.6'];

/** `/ocpp/{identity}` → the percent-decoded identity (OCPP-J 1.6 §3.1.1), or null when the path is none of ours. */
export function identityFromPath(url: string): string | null {
  const path = url.split('?', 1)[0]!;
  const match = /^\/ocpp\/([^/]+)\/?$/.exec(path);
  if (!match) return null;
  try {
    return decodeURIComponent(match[1]!);
  } catch {
    return null;
  }
}

export type BasicCredentials = { readonly user: string; readonly password: Buffer };

/**
 * HTTP basic authentication (OCPP-J 1.6 §6.2.2, security profile 1). The password stays bytes: 1.6 stations may send 20 raw bytes.
 * The user part ends at the first colon after the identity, so an identity with a colon works too.
 */
export function basicCredentials(header: string | undefined, identity: string): BasicCredentials | null {
  const encoded = /^Basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  const bytes = Buffer.from(encoded, 'base64');
  const prefix = Buffer.from(`${identity}:`, 'utf8');
  if (bytes.subarray(0, prefix.length).equals(prefix)) return { user: identity, password: bytes.subarray(prefix.length) };
  const colon = bytes.indexOf(0x3a);
  return colon < 0 ? null : { user: bytes.toString('utf8', 0, colon), password: bytes.subarray(colon + 1) };
}

/** The first of the station's sub-protocols that this side speaks. */
export function chooseProtocol(offered: Iterable<string>): OcppVersion | null {
  for (const name of offered) {
    const version = SUPPORTED_PROTOCOLS.find((supported) => supported === name);
    if (version) return version;
  }
  return null;
}

export const offeredProtocols = (request: IncomingMessage): string[] =>
  (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '');
