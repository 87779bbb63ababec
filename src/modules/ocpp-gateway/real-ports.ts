import { applyFacts, authorize, decidedStarts, startTransaction } from '../charging/index.ts';
import { recordBoots, recordConnectorStatuses, recordSeen, resolveChargePoint, verifyChargePointPassword } from '../locations/index.ts';
import type { ChargingPort, LocationsPort } from './ports.ts';

/** The modules that the gateway talks to when it is not told otherwise. */
export const charging: ChargingPort = { authorize, startTransaction, applyFacts, decidedStarts };
export const locations: LocationsPort = { resolveChargePoint, verifyPassword: verifyChargePointPassword, recordBoots, recordConnectorStatuses, recordSeen };
