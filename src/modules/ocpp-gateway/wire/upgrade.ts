import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from 'node:http';
import type { Database } from '../../../platform/database/index.ts';
import type { LocationsPort, ResolvedIdentity } from '../ports.ts';
import { basicCredentials, identityFromPath } from './handshake.ts';

export type Admission =
  | { readonly admitted: true; readonly identity: string; readonly resolved: ResolvedIdentity }
  | { readonly admitted: false; readonly status: 400 | 401 | 404 | 503; readonly reason: string };

/**
 * Who is knocking. Order: path (404), identity known (404), password (401). A charge point without a stored password is let in
 * (security profile 0, for a network of its own).
 */
export async function admit(request: IncomingMessage, database: Database, locations: LocationsPort): Promise<Admission> {
  const identity = identityFromPath(request.url ?? '');
  if (identity === null) return { admitted: false, status: 404, reason: 'connect to /ocpp/{charge point identity}' };
  const resolved = await locations.resolveChargePoint(database, identity);
  if (resolved === null) return { admitted: false, status: 404, reason: 'unknown charge point' };
  if (resolved.passwordHash !== null && !passwordMatches(request, identity, resolved.passwordHash, locations)) {
    return { admitted: false, status: 401, reason: 'wrong user or password' };
  }
  return { admitted: true, identity, resolved };
}

function passwordMatches(request: IncomingMessage, identity: string, passwordHash: string, locations: LocationsPort): boolean {
  const credentials = basicCredentials(request.headers.authorization, identity);
  if (credentials?.user !== identity) return false;
  // OCPP-J 1.6 §6.2.2: the key's 20 bytes may be sent raw; the security whitepaper sends their 40 hexadecimal digits. Both are one key.
  const candidates = [credentials.password.toString('utf8')];
  if (credentials.password.length === RAW_KEY_BYTES) candidates.push(credentials.password.toString('hex'), credentials.password.toString('hex').toUpperCase());
  return candidates.some((candidate) => locations.verifyPassword(candidate, passwordHash));
}
const RAW_KEY_BYTES = 20;

/** Answers an upgrade with plain HTTP and ends the socket. */
export function refuseUpgrade(socket: Duplex, status: 400 | 401 | 404 | 503, reason: string): void {
  const headers = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'Connection: close', 'Content-Type: text/plain; charset=utf-8', `Content-Length: ${Buffer.byteLength(reason)}`,
    ...(status === 401 ? ['WWW-Authenticate: Basic realm="ocpp", charset="UTF-8"'] : []), ...(status === 503 ? ['Retry-After: 10'] : []),
  ];
  socket.on('error', () => undefined);
  socket.end(`${headers.join('\r\n')}\r\n\r\n${reason}`);
}
