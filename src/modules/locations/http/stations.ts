import { Type } from 'typebox';
import type { StationId } from '../../../kernel/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantFromJson, instantToJson, NullOr, orNull, Page, pageQuery, toPage, type Api } from '../../../platform/http/index.ts';
import { bindStation } from '../commands/bind-station.ts';
import { addStation } from '../commands/create-station.ts';
import { hiddenByBinding, listStations, loadStation, searchStations, stationBindings } from '../queries/stations.ts';
import { HiddenByBindingJson, hiddenToJson, StationJson, stationToJson } from './schemas.ts';

const tag = 'locations';
const params = Type.Object({ stationId: IdJson('sta') });

export function registerStationRoutes(api: Api): void {
  registerReading(api);
  registerChanging(api);
}

function registerReading(api: Api): void {
  api.route({
    method: 'GET', path: '/stations', operationId: 'listStations', tag, summary: 'List stations by name', permission: 'locations:read', audience: 'operator', subOperatorScoped: true,
    query: Type.Object({ ...pageQuery }), response: Page(StationJson), errors: ['cursor_invalid'],
    handler: async (tx, { query, subOperators, clock }) => {
      const after = decodeCursor(query.cursor, ['string', 'uuid']);
      const rows = await listStations(tx, { subOperators, now: clock.now() }, { after, limit: query.limit + 1 });
      return toPage(rows, query.limit, stationToJson, (row) => [row.name, row.stationId]);
    },
  });
  api.route({
    method: 'GET', path: '/stations/search', operationId: 'searchStations', tag, summary: 'Find stations by a name that may be almost right', permission: 'locations:read', audience: 'operator', subOperatorScoped: true,
    description: 'Tolerates case, accents, word order, a few wrong letters and pinyin initials. `hiddenByBinding` names stations that answer the query but are not shown, because their binding to your sub-operator begins later or has ended.',
    query: Type.Object({ q: Type.String({ minLength: 1, maxLength: 200 }) }),
    response: Type.Object({
      items: Type.Array(Type.Object({ station: StationJson, match: Type.Enum(['same', 'contained', 'words', 'initials', 'near']) })),
      hiddenByBinding: Type.Array(HiddenByBindingJson), truncated: Type.Boolean(),
    }),
    handler: async (tx, { query, subOperators, clock }) => {
      const found = await searchStations(tx, { subOperators, now: clock.now() }, query.q);
      return { items: found.matches.map(({ station, match }) => ({ station: stationToJson(station), match: match.how })), hiddenByBinding: found.hidden.map(hiddenToJson), truncated: found.truncated };
    },
  });
  api.route({
    method: 'GET', path: '/stations/hidden-by-binding', operationId: 'listStationsHiddenByBinding', tag, summary: 'Stations that are yours, but not now', permission: 'locations:read', audience: 'operator', subOperatorScoped: true,
    response: Type.Object({ items: Type.Array(HiddenByBindingJson) }),
    handler: async (tx, { subOperators, clock }) => ({ items: (await hiddenByBinding(tx, { subOperators, now: clock.now() })).map(hiddenToJson) }),
  });
  api.route({
    method: 'GET', path: '/stations/:stationId', operationId: 'getStation', tag, summary: 'Get a station with its bindings', permission: 'locations:read', audience: 'operator', subOperatorScoped: true,
    params, errors: ['station_not_found'],
    response: Type.Object({ station: StationJson, bindings: Type.Array(Type.Object({ subOperatorId: IdJson('sub'), validFrom: NullOr(InstantJson), validTo: NullOr(InstantJson) })) }),
    handler: async (tx, { params: { stationId: id }, subOperators, clock }) => {
      const stationId = idFromJson<StationId>('sta', id, 'station_not_found');
      const station = await loadStation(tx, { subOperators, now: clock.now() }, stationId);
      if (!station) throw problem('station_not_found');
      const bindings = (await stationBindings(tx, stationId)).filter((each) => subOperators === 'operator' || subOperators.includes(each.subOperatorId));
      return {
        station: stationToJson(station),
        bindings: bindings.map((each) => ({ subOperatorId: idToJson('sub', each.subOperatorId), validFrom: orNull(each.validFrom, instantToJson), validTo: orNull(each.validTo, instantToJson) })),
      };
    },
  });
}

function registerChanging(api: Api): void {
  api.route({
    method: 'POST', path: '/stations', operationId: 'createStation', tag, summary: 'Create a station', permission: 'locations:write', audience: 'operator',
    body: Body({ name: Type.String({ maxLength: 200 }), timeZone: Type.String({ maxLength: 64 }), address: Type.Optional(Type.String()), subOperatorId: Type.Optional(IdJson('sub')) }),
    response: Type.Object({ stationId: IdJson('sta') }), status: 201,
    errors: ['station_name_malformed', 'station_address_too_long', 'time_zone_unknown', 'sub_operator_not_found'],
    handler: async (tx, { body: { subOperatorId: sub, ...body }, actor, from, clock }) => {
      const subOperatorId = sub === undefined ? undefined : idFromJson('sub', sub, 'sub_operator_not_found');
      const stationId = orProblem(await addStation(tx, { ...body, subOperatorId }));
      await recordAct(tx, { actor, from, act: 'locations.create_station', subject: { kind: 'station', id: stationId }, after: { name: body.name, timeZone: body.timeZone, subOperatorId: subOperatorId ?? null } }, { clock });
      return { stationId: idToJson('sta', stationId) };
    },
  });
  api.route({
    method: 'POST', path: '/stations/:stationId/bindings', operationId: 'bindStation', tag, summary: 'Let a sub-operator run a station from a date on', permission: 'locations:write', audience: 'operator',
    params, body: Body({ subOperatorId: IdJson('sub'), validFrom: InstantJson }), response: Type.Object({ stationId: IdJson('sta') }), status: 201,
    errors: ['station_not_found', 'sub_operator_not_found', 'binding_overlaps'],
    handler: async (tx, { params: { stationId: id }, body, actor, from, clock }) => {
      const stationId = idFromJson<StationId>('sta', id, 'station_not_found');
      const subOperatorId = idFromJson('sub', body.subOperatorId, 'sub_operator_not_found');
      orProblem(await bindStation(tx, { stationId, subOperatorId, validFrom: instantFromJson(body.validFrom) }));
      await recordAct(tx, { actor, from, act: 'locations.bind_station', subject: { kind: 'station', id: stationId }, after: { subOperatorId, validFrom: body.validFrom } }, { clock });
      return { stationId: id };
    },
  });
}
