import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components, paths } from './contract.ts';

export type OcppFrame = components['schemas']['OcppFrame'];
export type Command = components['schemas']['ChargePointCommand'];
export type Connection = components['schemas']['ChargePointConnection'];
type CommandBody = NonNullable<paths['/api/v1/charge-points/{chargePointId}/commands']['post']['requestBody']>['content']['application/json'];

export const loadFrames = (chargePointId: string, cursor: string | undefined) => unwrap(api.GET('/api/v1/charge-points/{chargePointId}/frames', { params: { path: { chargePointId }, query: pageAt(cursor) } }));
export const loadCommands = (chargePointId: string, cursor: string | undefined) => unwrap(api.GET('/api/v1/charge-points/{chargePointId}/commands', { params: { path: { chargePointId }, query: pageAt(cursor) } }));
export const loadConnection = async (chargePointId: string): Promise<Connection | null> =>
  (await unwrap(api.GET('/api/v1/charge-point-connections', { params: { query: { limit: 1, chargePointId } } }))).items[0] ?? null;
export const sendCommand = ({ chargePointId, ...body }: CommandBody & { chargePointId: string }, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/charge-points/{chargePointId}/commands', { params: { ...keyed(idempotencyKey), path: { chargePointId } }, body }));

const SEQUENCES_PER_CALL_MAX = 100; // An address has a length; longer lists are asked for in parts.

/** The frames behind a session, page by page in the order in which they came; the cursor is the place in the list. */
export async function loadFramesOf(sequences: readonly string[], cursor: string | undefined): Promise<{ items: OcppFrame[]; nextCursor: string | null }> {
  const from = Number(cursor ?? 0);
  const wanted = sequences.slice(from, from + SEQUENCES_PER_CALL_MAX);
  if (wanted.length === 0) return { items: [], nextCursor: null };
  const { items } = await unwrap(api.GET('/api/v1/ocpp-frames', { params: { query: { sequences: wanted.join(',') } } }));
  return { items, nextCursor: from + wanted.length < sequences.length ? String(from + wanted.length) : null };
}
