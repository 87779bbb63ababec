import { api, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type PowerCurve = components['schemas']['PowerCurve'];
/** Of everything that one may see, of a station or of a charge point. */
export type PowerOf = { readonly stationId?: string; readonly chargePointId?: string };

export const loadPowerCurve = (of: PowerOf, minutes: number): Promise<PowerCurve> => unwrap(api.GET('/api/v1/power-curve', { params: { query: { ...of, minutes } } }));
