import type { ChargePointId, ConnectorId, StationId } from '../../../kernel/index.ts';
import { connectorKey, ensureConnectors, loadChargePoints, type ChargePoint } from '../../locations/index.ts';
import type { Working } from './working.ts';

export type NamedPlace = { readonly chargePointId: ChargePointId; readonly evseNumber: number | null };
export type ResolvedPlace = { readonly stationId: StationId; readonly timeZone: string; readonly evseNumber: number | null; readonly connectorId: ConnectorId | null; readonly maxPowerW: bigint };

export const placeKey = ({ chargePointId, evseNumber }: NamedPlace): string => `${chargePointId}/${evseNumber ?? ''}`;
const EVSE_NUMBER_MAX = 1_000;
const isConnectorNumber = (evseNumber: number | null): evseNumber is number => evseNumber !== null && evseNumber >= 1 && evseNumber <= EVSE_NUMBER_MAX;

/**
 * Where these frames come from. A connector that nobody entered is made; a frame that names none (or number 0) means the only
 * connector where there is but one, and otherwise none that we know yet. Charge points of other operators are missing in the answer.
 */
export async function resolvePlaces({ tx, policy }: Working, places: readonly NamedPlace[]): Promise<Map<string, ResolvedPlace>> {
  const resolved = new Map<string, ResolvedPlace>();
  if (places.length === 0) return resolved;
  const points = await loadChargePoints(tx, [...new Set(places.map((place) => place.chargePointId))]);
  const distinct = [...new Map(places.map((place) => [placeKey(place), place])).values()].filter((place) => points.has(place.chargePointId));
  const missing = distinct.flatMap(({ chargePointId, evseNumber }) =>
    isConnectorNumber(evseNumber) && !points.get(chargePointId)!.connectors.some((connector) => connector.evseNumber === evseNumber) ? [{ chargePointId, evseNumber }] : []);
  const made = missing.length > 0 ? await ensureConnectors(tx, missing) : new Map<string, ConnectorId>();
  const { defaultConnectorPowerW } = await policy();
  for (const place of distinct) resolved.set(placeKey(place), resolveOne(points.get(place.chargePointId)!, place, made, defaultConnectorPowerW));
  return resolved;
}

function resolveOne(point: ChargePoint, { chargePointId, evseNumber }: NamedPlace, made: ReadonlyMap<string, ConnectorId>, defaultPowerW: bigint): ResolvedPlace {
  const { stationId, timeZone } = point;
  const known = isConnectorNumber(evseNumber) ? point.connectors.find((connector) => connector.evseNumber === evseNumber)
    : point.connectors.length === 1 ? point.connectors[0] : undefined;
  const pointPowerW = point.maxPowerW > 0n ? point.maxPowerW : defaultPowerW;
  if (known) return { stationId, timeZone, evseNumber: known.evseNumber, connectorId: known.connectorId, maxPowerW: known.maxPowerW > 0n ? known.maxPowerW : pointPowerW };
  const connectorId = isConnectorNumber(evseNumber) ? made.get(connectorKey({ chargePointId, evseNumber })) ?? null : null;
  return { stationId, timeZone, evseNumber, connectorId, maxPowerW: pointPowerW };
}
