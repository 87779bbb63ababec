import { Type } from 'typebox';
import type { ChargePointId, StationId } from '../../../kernel/index.ts';
import { problem } from '../../../platform/errors/index.ts';
import { IdJson, idFromJson, InstantJson, instantToJson, IntegerJson, type Api } from '../../../platform/http/index.ts';
import { listChargePoints, loadStation, placesSeen } from '../../locations/index.ts';
import { POWER_MINUTES_MAX, powerCurve } from '../queries/power.ts';

const MINUTE_SECONDS = 60;
const PowerCurveJson = Type.Object({
  from: InstantJson, stepSeconds: Type.Integer(), powerW: Type.Array(IntegerJson, { description: 'The mean of each whole minute since `from`, in W.' }),
  now: Type.Object({ at: InstantJson, powerW: IntegerJson }),
}, { title: 'PowerCurve' });

export function registerPowerRoute(api: Api): void {
  api.route({
    method: 'GET', path: '/power-curve', operationId: 'getPowerCurve', tag: 'charging', summary: 'Power over the last hours, minute by minute', permission: 'charging:read', audience: 'operator', subOperatorScoped: true,
    description: 'Of everything that you may see, of one station or of one charge point; derived from the readings of charging sessions. Ask for all of it once and then for the last minutes.',
    query: Type.Object({
      stationId: Type.Optional(IdJson('sta')), chargePointId: Type.Optional(IdJson('cp')), minutes: Type.Integer({ minimum: 1, maximum: POWER_MINUTES_MAX, default: POWER_MINUTES_MAX }),
    }),
    response: PowerCurveJson, errors: ['station_not_found', 'charge_point_not_found'],
    handler: async (tx, { query, subOperators, clock }) => {
      const now = clock.now(), scope = { subOperators, now };
      const stationId = query.stationId === undefined ? undefined : idFromJson<StationId>('sta', query.stationId, 'station_not_found');
      const chargePointId = query.chargePointId === undefined ? undefined : idFromJson<ChargePointId>('cp', query.chargePointId, 'charge_point_not_found');
      if (stationId !== undefined && (await loadStation(tx, scope, stationId)) === null) throw problem('station_not_found');
      if (chargePointId !== undefined && (await listChargePoints(tx, scope, { chargePointId }, { after: null, limit: 1 })).length === 0) throw problem('charge_point_not_found');
      const curve = await powerCurve(tx, { places: await placesSeen(tx, subOperators), stationId, chargePointId }, { now, minutes: query.minutes });
      return { from: instantToJson(curve.from), stepSeconds: MINUTE_SECONDS, powerW: curve.minutesW.map(String), now: { at: instantToJson(now), powerW: String(curve.nowW) } };
    },
  });
}
