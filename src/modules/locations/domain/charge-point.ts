import type { ChargePointId, ConnectorId, Instant, StationId } from '../../../kernel/index.ts';

export type Connector = {
  readonly connectorId: ConnectorId;
  /** connectorId in OCPP 1.6, evse.id in 2.0.1; from 1. */
  readonly evseNumber: number;
  readonly maxPowerW: bigint;
};

export type ChargePoint = {
  readonly chargePointId: ChargePointId;
  /** The name in the WebSocket's URL, unique over all operators. */
  readonly identity: string;
  readonly stationId: StationId;
  readonly stationName: string;
  /** The station's IANA zone. */
  readonly timeZone: string;
  readonly maxPowerW: bigint;
  readonly connectors: readonly Connector[];
};

/** The last status that a connector reported, in its OCPP version's own word. */
export type ConnectorState = { readonly status: string; readonly errorCode: string | null; readonly statedAt: Instant };

/** OCPP 2.0.1 identifierString of a charging station: at most 48 characters. What cannot stand in a URL path segment is refused. */
export const IDENTITY_LENGTH_MAX = 48;
export const isIdentity = (text: string): boolean => text.length <= IDENTITY_LENGTH_MAX && /^[A-Za-z0-9*\-_=:+|@.]+$/.test(text);

/** The 20-digit asset code of a charge point, where the operator keeps one. */
export const isAssetCode = (text: string): boolean => /^\d{20}$/.test(text);

export const EVSE_NUMBER_MAX = 1_000;
export const POWER_W_MAX = 10_000_000n;
export const CONNECTORS_PER_CHARGE_POINT_MAX = 64;
