import { randomBytes } from 'node:crypto';
import { Type } from 'typebox';
import type { ChargePointId, StationId } from '../../../kernel/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, Page, pageQuery, toPage, type Api } from '../../../platform/http/index.ts';
import { addChargePoint, setChargePointPassword } from '../commands/create-charge-point.ts';
import { EVSE_NUMBER_MAX, IDENTITY_LENGTH_MAX } from '../domain/charge-point.ts';
import { chargePointPassword, hashChargePointPassword } from '../domain/password.ts';
import { listChargePoints } from '../queries/charge-point-list.ts';
import { ChargePointJson, chargePointToJson, PowerW } from './schemas.ts';

const tag = 'locations';

export function registerChargePointRoutes(api: Api): void {
  api.route({
    method: 'GET', path: '/charge-points', operationId: 'listChargePoints', tag, summary: 'List charge points with their live state', permission: 'locations:read', audience: 'operator', subOperatorScoped: true,
    query: Type.Object({ ...pageQuery, stationId: Type.Optional(IdJson('sta')), q: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000]*$', description: 'Part of an identity, asset code or serial number.' })) }),
    response: Page(ChargePointJson), errors: ['cursor_invalid', 'station_not_found'],
    handler: async (tx, { query, subOperators, clock }) => {
      const stationId = query.stationId === undefined ? undefined : idFromJson<StationId>('sta', query.stationId, 'station_not_found');
      const page = { after: decodeCursor(query.cursor, ['string']), limit: query.limit + 1 };
      const rows = await listChargePoints(tx, { subOperators, now: clock.now() }, { stationId, contains: query.q }, page);
      return toPage(rows, query.limit, chargePointToJson, (row) => [row.identity]);
    },
  });
  api.route({
    method: 'GET', path: '/charge-points/:chargePointId', operationId: 'getChargePoint', tag, summary: 'Get a charge point with its live state', permission: 'locations:read', audience: 'operator', subOperatorScoped: true,
    params: Type.Object({ chargePointId: IdJson('cp') }), response: ChargePointJson, errors: ['charge_point_not_found'],
    handler: async (tx, { params, subOperators, clock }) => {
      const chargePointId = idFromJson<ChargePointId>('cp', params.chargePointId, 'charge_point_not_found');
      const [found] = await listChargePoints(tx, { subOperators, now: clock.now() }, { chargePointId }, { after: null, limit: 1 });
      if (!found) throw problem('charge_point_not_found');
      return chargePointToJson(found);
    },
  });
  registerChanging(api);
}

function registerChanging(api: Api): void {
  api.route({
    method: 'POST', path: '/stations/:stationId/charge-points', operationId: 'createChargePoint', tag, summary: 'Create a charge point', permission: 'locations:write', audience: 'operator',
    description: 'A charge point that needs a password cannot connect before one is made with `rotateChargePointPassword`.',
    params: Type.Object({ stationId: IdJson('sta') }),
    body: Body({
      identity: Type.String({ minLength: 1, maxLength: IDENTITY_LENGTH_MAX, description: 'The last part of the WebSocket address that the charge point connects to.' }),
      maxPowerW: PowerW, assetCode: Type.Optional(Type.String({ description: 'Twenty digits.' })),
      connectors: Type.Array(Type.Object({ evseNumber: Type.Integer({ minimum: 1, maximum: EVSE_NUMBER_MAX }), maxPowerW: PowerW }, { additionalProperties: false }), { maxItems: 64 }),
      withoutPassword: Type.Optional(Type.Boolean({ default: false, description: 'Lets the charge point in by its name alone: for firmware that knows no password.' })),
    }),
    response: Type.Object({ chargePointId: IdJson('cp') }), status: 201,
    errors: ['station_not_found', 'charge_point_identity_malformed', 'asset_code_malformed', 'power_out_of_range', 'connectors_malformed', 'asset_code_taken', 'charge_point_identity_taken'],
    handler: async (tx, { params, body, actor, from, clock }) => {
      const stationId = idFromJson<StationId>('sta', params.stationId, 'station_not_found');
      // Nobody knows the first password: the answer of this call is kept for retries, and no secret belongs there.
      const passwordHash = body.withoutPassword ? null : hashChargePointPassword(chargePointPassword(randomBytes), randomBytes);
      const connectors = body.connectors.map((each) => ({ evseNumber: each.evseNumber, maxPowerW: BigInt(each.maxPowerW) }));
      const added = await addChargePoint(tx, { stationId, identity: body.identity, maxPowerW: BigInt(body.maxPowerW), assetCode: body.assetCode, connectors, passwordHash });
      const chargePointId = orProblem(added);
      const after = { identity: body.identity, stationId, maxPowerW: body.maxPowerW, assetCode: body.assetCode ?? null, connectors, withoutPassword: body.withoutPassword ?? false };
      await recordAct(tx, { actor, from, act: 'locations.create_charge_point', subject: { kind: 'charge_point', id: chargePointId }, after }, { clock });
      return { chargePointId: idToJson('cp', chargePointId) };
    },
  });
  api.route({
    method: 'POST', path: '/charge-points/:chargePointId/password', operationId: 'rotateChargePointPassword', tag, summary: 'Make a new password for a charge point', permission: 'locations:write', audience: 'operator',
    description: 'The only time it is shown. The charge point stays connected until it connects anew.',
    idempotency: 'natural', params: Type.Object({ chargePointId: IdJson('cp') }), response: Type.Object({ password: Type.String() }), errors: ['charge_point_not_found'],
    handler: async (tx, { params, actor, from, clock }) => {
      const chargePointId = idFromJson<ChargePointId>('cp', params.chargePointId, 'charge_point_not_found');
      const password = chargePointPassword(randomBytes);
      if (!(await setChargePointPassword(tx, chargePointId, hashChargePointPassword(password, randomBytes)))) throw problem('charge_point_not_found');
      await recordAct(tx, { actor, from, act: 'locations.rotate_password', subject: { kind: 'charge_point', id: chargePointId } }, { clock });
      return { password };
    },
  });
}
