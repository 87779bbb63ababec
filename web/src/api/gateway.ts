import { api, keyed, unwrap } from './client.ts';
import type { components, paths } from './contract.ts';

export type OcppFrame = components['schemas']['OcppFrame'];
export type Command = components['schemas']['ChargePointCommand'];
export type Connection = components['schemas']['ChargePointConnection'];
type CommandBody = NonNullable<paths['/api/v1/charge-points/{chargePointId}/commands']['post']['requestBody']>['content']['application/json'];

const PAGE_ITEMS = 100;
const paged = (cursor: string | undefined) => ({ limit: PAGE_ITEMS, ...(cursor ? { cursor } : {}) });

export const loadFrames = (chargePointId: string, cursor: string | undefined) => unwrap(api.GET('/api/v1/charge-points/{chargePointId}/frames', { params: { path: { chargePointId }, query: paged(cursor) } }));
export const loadCommands = (chargePointId: string, cursor: string | undefined) => unwrap(api.GET('/api/v1/charge-points/{chargePointId}/commands', { params: { path: { chargePointId }, query: paged(cursor) } }));
export const loadConnection = async (chargePointId: string): Promise<Connection | null> =>
  (await unwrap(api.GET('/api/v1/charge-point-connections', { params: { query: { limit: 1, chargePointId } } }))).items[0] ?? null;
export const sendCommand = ({ chargePointId, ...body }: CommandBody & { chargePointId: string }, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/charge-points/{chargePointId}/commands', { params: { ...keyed(idempotencyKey), path: { chargePointId } }, body }));
