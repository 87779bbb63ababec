import { Type } from 'typebox';
import type { ConnectorId, CurrencyCode, StationId, TariffId } from '../../../kernel/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantFromJson, NullOr, Page, pageQuery, toPage, type Api } from '../../../platform/http/index.ts';
import { assignTariff } from '../commands/assign-tariff.ts';
import { createTariff } from '../commands/create-tariff.ts';
import { dayBands } from '../domain/day.ts';
import { listAssignments, listTariffs, loadTariff } from '../queries/list-tariffs.ts';
import type { StationsSeen } from '../queries/seen.ts';
import { tariffsFor } from '../queries/tariffs-for.ts';
import { AssignmentJson, assignmentToJson, bandToJson, DayBandJson, TariffJson, tariffToJson, termsFromJson, termsJson } from './schemas.ts';

/** What tariffs must know of others without calling them; given by the composition root. */
export type TariffSurroundings = {
  /** The currency of the transaction's operator. */
  readonly currencyOf: (tx: Tx) => Promise<CurrencyCode>;
  /** The zone of a station of the transaction's operator, null when there is none; with a connector, null unless it is there. */
  readonly timeZoneOf: (tx: Tx, place: { readonly stationId: StationId; readonly connectorId: ConnectorId | null }) => Promise<string | null>;
  /** When which stations were run by the sub-operators that a role is limited to. */
  readonly stationsSeen: (tx: Tx, subOperators: 'operator' | readonly string[]) => Promise<StationsSeen>;
};

const tag = 'tariffs';
const params = Type.Object({ tariffId: IdJson('tar') });
const station = Type.Object({ stationId: IdJson('sta') });

export function registerTariffRoutes(api: Api, surroundings: TariffSurroundings): void {
  registerReading(api, surroundings);
  registerDay(api, surroundings);
  registerChanging(api, surroundings);
}

function registerReading(api: Api, { stationsSeen }: TariffSurroundings): void {
  api.route({
    method: 'GET', path: '/tariffs', operationId: 'listTariffs', tag, summary: 'List tariff versions, newest first', permission: 'tariffs:read', audience: 'operator', subOperatorScoped: true,
    query: Type.Object({ ...pageQuery }), response: Page(TariffJson), errors: ['cursor_invalid'],
    description: 'A role limited to a sub-operator sees the versions that are, were or will be in force at its stations while it runs them.',
    handler: async (tx, { query, subOperators }) => {
      const before = (decodeCursor(query.cursor, ['uuid'])?.[0] ?? null) as TariffId | null;
      return toPage(await listTariffs(tx, { before, limit: query.limit + 1, seen: await stationsSeen(tx, subOperators) }), query.limit, tariffToJson, (row) => [row.tariffId]);
    },
  });
  api.route({
    method: 'GET', path: '/tariffs/:tariffId', operationId: 'getTariff', tag, summary: 'Get a tariff version and where it is in force', permission: 'tariffs:read', audience: 'operator', subOperatorScoped: true,
    params, response: Type.Object({ tariff: TariffJson, assignments: Type.Array(AssignmentJson) }), errors: ['tariff_not_found'],
    handler: async (tx, call) => {
      const tariffId = idFromJson<TariffId>('tar', call.params.tariffId, 'tariff_not_found');
      const tariff = await loadTariff(tx, tariffId);
      const assignments = await listAssignments(tx, { tariffId }, await stationsSeen(tx, call.subOperators));
      if (!tariff || (call.subOperators !== 'operator' && assignments.length === 0)) throw problem('tariff_not_found');
      return { tariff: tariffToJson(tariff), assignments: assignments.map(assignmentToJson) };
    },
  });
  api.route({
    method: 'GET', path: '/stations/:stationId/tariff-assignments', operationId: 'listTariffAssignments', tag, summary: 'Tariffs of a station, latest first', permission: 'tariffs:read', audience: 'operator', subOperatorScoped: true,
    params: station, response: Type.Object({ items: Type.Array(AssignmentJson) }), errors: ['station_not_found'],
    handler: async (tx, call) => {
      const stationId = idFromJson<StationId>('sta', call.params.stationId, 'station_not_found');
      const seen = await stationsSeen(tx, call.subOperators);
      if (seen !== 'operator' && !seen.some((bound) => bound.stationId === stationId)) throw problem('station_not_found');
      return { items: (await listAssignments(tx, { stationId }, seen)).map(assignmentToJson) };
    },
  });
}

function registerDay(api: Api, { timeZoneOf, stationsSeen }: TariffSurroundings): void {
  api.route({
    method: 'GET', path: '/stations/:stationId/tariff-day', operationId: 'getTariffDay', tag, summary: 'The prices of one local day as bands', permission: 'tariffs:read', audience: 'operator', subOperatorScoped: true,
    params: station,
    query: Type.Object({ date: Type.String({ format: 'date', description: "The day on the station's wall clock." }), connectorId: Type.Optional(IdJson('con')) }),
    response: Type.Object({ timeZone: Type.String(), bands: Type.Array(DayBandJson) }), errors: ['station_not_found', 'connector_not_found'],
    handler: async (tx, call) => {
      const { stationId, connectorId } = placeOf(call.params.stationId, call.query.connectorId);
      const timeZone = await timeZoneOf(tx, { stationId, connectorId });
      if (timeZone === null) throw problem(connectorId === null ? 'station_not_found' : 'connector_not_found');
      const [year, month, day] = call.query.date.split('-').map(Number);
      const noon = instantFromJson(`${call.query.date}T12:00:00Z`);
      const seen = await stationsSeen(tx, call.subOperators);
      if (seen !== 'operator' && !seen.some((bound) => bound.stationId === stationId && (bound.validFrom ?? -Infinity) <= noon && noon < (bound.validTo ?? Infinity))) throw problem('station_not_found');
      // Two days to either side hold the local day in every zone.
      const assignments = await tariffsFor(tx, { stationId, connectorId, from: (noon - 172_800_000) as typeof noon, to: (noon + 172_800_000) as typeof noon });
      return { timeZone, bands: dayBands(assignments, timeZone, { year: year!, month: month!, day: day! }).map(bandToJson) };
    },
  });
}

function registerChanging(api: Api, { currencyOf, timeZoneOf }: TariffSurroundings): void {
  api.route({
    method: 'POST', path: '/tariffs', operationId: 'createTariff', tag, summary: 'Write a tariff, or a new version of one', permission: 'tariffs:write', audience: 'operator',
    description: 'A version never changes and is in force nowhere until it is assigned.',
    body: Body({ name: Type.String({ maxLength: 200 }), ...termsJson, previousTariffId: Type.Optional(IdJson('tar')) }),
    response: Type.Object({ tariffId: IdJson('tar'), version: Type.Integer() }), status: 201,
    errors: ['tariff_currency_not_yours', 'tariff_name_malformed', 'tariff_periods_too_many', 'tariff_period_malformed', 'tariff_day_gap', 'tariff_day_overlap',
      'tariff_rate_out_of_range', 'tariff_grace_out_of_range', 'tariff_not_found', 'tariff_changed_meanwhile'],
    handler: async (tx, { body, actor, from, clock }) => {
      if (body.currency !== (await currencyOf(tx))) throw problem('tariff_currency_not_yours');
      const previousTariffId = body.previousTariffId === undefined ? undefined : idFromJson<TariffId>('tar', body.previousTariffId, 'tariff_not_found');
      const tariff = orProblem(await createTariff(tx, { ...termsFromJson(body), name: body.name, previousTariffId }));
      const { name: _, ...terms } = body;
      await recordAct(tx, { actor, from, act: 'tariffs.create_tariff', subject: { kind: 'tariff', id: tariff.tariffId }, after: { ...terms, version: tariff.version } }, { clock });
      return { tariffId: idToJson('tar', tariff.tariffId), version: tariff.version };
    },
  });
  api.route({
    method: 'POST', path: '/tariffs/:tariffId/assignments', operationId: 'assignTariff', tag, summary: 'Put a tariff into force at a station or a connector', permission: 'tariffs:write', audience: 'operator',
    description: 'From validFrom on, not in the past. The tariff that is in force until then ends there.',
    params, body: Body({ stationId: IdJson('sta'), connectorId: Type.Optional(IdJson('con')), validFrom: InstantJson, validTo: Type.Optional(NullOr(InstantJson)) }),
    response: AssignmentJson, status: 201,
    errors: ['tariff_not_found', 'station_not_found', 'connector_not_found', 'assignment_reversed', 'assignment_in_past', 'assignment_overlaps'],
    handler: async (tx, { params: { tariffId: id }, body, actor, from, clock }) => {
      const tariffId = idFromJson<TariffId>('tar', id, 'tariff_not_found');
      const { stationId, connectorId } = placeOf(body.stationId, body.connectorId);
      if ((await timeZoneOf(tx, { stationId, connectorId })) === null) throw problem(connectorId === null ? 'station_not_found' : 'connector_not_found');
      const validTo = body.validTo ? instantFromJson(body.validTo) : null;
      const assignment = { tariffId, stationId, connectorId, validFrom: instantFromJson(body.validFrom), validTo };
      const assignmentId = orProblem(await assignTariff(tx, { ...assignment, notBefore: clock.now() }));
      await recordAct(tx, { actor, from, act: 'tariffs.assign_tariff', subject: { kind: 'tariff', id: tariffId }, after: { assignmentId, stationId, connectorId, validFrom: body.validFrom, validTo: body.validTo ?? null } }, { clock });
      return assignmentToJson({ ...assignment, assignmentId });
    },
  });
}

const placeOf = (stationId: string, connectorId: string | undefined): { stationId: StationId; connectorId: ConnectorId | null } => ({
  stationId: idFromJson<StationId>('sta', stationId, 'station_not_found'),
  connectorId: connectorId === undefined ? null : idFromJson<ConnectorId>('con', connectorId, 'connector_not_found'),
});
