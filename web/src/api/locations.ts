import type { PageOf } from '../ui/keyset.ts';
import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type Station = components['schemas']['Station'];
export type ChargePoint = components['schemas']['ChargePoint'];
export type Connector = components['schemas']['Connector'];
export type HiddenByBinding = components['schemas']['HiddenByBinding'];
export type StationPage = PageOf<Station> & { readonly hidden: readonly HiddenByBinding[] };

/** All stations, or those whose name is like what was typed, together with stations that a binding hides at the moment. */
export async function loadStations(q: string | undefined, cursor: string | undefined): Promise<StationPage> {
  if (!q) return { ...await unwrap(api.GET('/api/v1/stations', { params: { query: pageAt(cursor) } })), hidden: [] };
  const found = await unwrap(api.GET('/api/v1/stations/search', { params: { query: { q } } }));
  return { items: found.items.map(({ station }) => station), nextCursor: null, hidden: found.hiddenByBinding };
}
export const loadStation = (stationId: string) => unwrap(api.GET('/api/v1/stations/{stationId}', { params: { path: { stationId } } }));

export const loadChargePoints = (filter: { stationId?: string; q?: string }, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/charge-points', { params: { query: { ...filter, ...pageAt(cursor) } } }));
export const loadChargePoint = (chargePointId: string) => unwrap(api.GET('/api/v1/charge-points/{chargePointId}', { params: { path: { chargePointId } } }));

export const createStation = (body: { name: string; timeZone: string; address?: string }, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/stations', { params: keyed(idempotencyKey), body }));

export type NewChargePoint = { readonly identity: string; readonly maxPowerW: string; readonly connectors: { evseNumber: number; maxPowerW: string }[] };
export const createChargePoint = (stationId: string, body: NewChargePoint, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/stations/{stationId}/charge-points', { params: { ...keyed(idempotencyKey), path: { stationId } }, body }));
export const rotatePassword = (chargePointId: string) =>
  unwrap(api.POST('/api/v1/charge-points/{chargePointId}/password', { params: { path: { chargePointId } } }));
