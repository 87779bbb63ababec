import { Type } from 'typebox';
import { decodeId, type MemberId } from '../../../kernel/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantFromJson, instantToJson, NoContent, NullOr, orNull, Page, pageQuery, toPage, type Api } from '../../../platform/http/index.ts';
import { assignDepartment } from '../commands/assign-department.ts';
import { assignFleet, createFleet, eraseVehicle, registerVehicle } from '../commands/fleets.ts';
import type { Fleet, Vehicle } from '../domain/vehicle.ts';
import { listFleets, listVehicles, loadVehicles, memberDepartments, vehicleFleets } from '../queries/vehicles.ts';
import { visibleMember } from './visible-member.ts';

const tag = 'organisation';
const Name = Type.String({ minLength: 1, maxLength: 200 });
const FleetJson = Type.Object({ fleetId: IdJson('flt'), name: Type.String(), departmentId: NullOr(IdJson('dept')), createdAt: InstantJson }, { title: 'Fleet' });
const VehicleJson = Type.Object({
  vehicleId: IdJson('veh'), vin: NullOr(Type.String()), plate: NullOr(Type.String()), fleetId: NullOr(IdJson('flt')), createdAt: InstantJson, erased: Type.Boolean(),
}, { title: 'Vehicle' });
const FleetTime = Type.Object({ fleetId: NullOr(IdJson('flt')), validFrom: NullOr(InstantJson), validTo: NullOr(InstantJson) }, { title: 'VehicleFleetTime' });
const DepartmentTime = Type.Object({ departmentId: NullOr(IdJson('dept')), validFrom: NullOr(InstantJson), validTo: NullOr(InstantJson) }, { title: 'MemberDepartmentTime' });
const vehicleParams = Type.Object({ vehicleId: Type.String() });

export function registerFleetRoutes(api: Api): void {
  registerFleets(api);
  registerVehicles(api);
  registerVehicleActs(api);
  registerMemberDepartments(api);
}

function registerFleets(api: Api): void {
  api.route({
    method: 'GET', path: '/fleets', operationId: 'listFleets', tag, summary: 'All fleets, by name', permission: 'organisation:read', audience: 'operator',
    response: Type.Object({ items: Type.Array(FleetJson) }), handler: async (tx) => ({ items: (await listFleets(tx)).map(fleetToJson) }),
  });
  api.route({
    method: 'POST', path: '/fleets', operationId: 'createFleet', tag, summary: 'Make a fleet: vehicles that are settled together', permission: 'organisation:write', audience: 'operator',
    body: Body({ name: Name, departmentId: Type.Optional(NullOr(IdJson('dept'))) }), response: FleetJson, status: 201, errors: ['department_not_found', 'fleet_name_taken'],
    handler: async (tx, call) => {
      const departmentId = orNull(call.body.departmentId ?? null, (id) => idFromJson('dept', id, 'department_not_found'));
      const fleetId = orProblem(await createFleet(tx, { name: call.body.name, departmentId }));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'parties.create_fleet', subject: { kind: 'fleet', id: fleetId }, after: { name: call.body.name, departmentId } }, call);
      announce(tx, 'parties.vehicles');
      return fleetToJson((await listFleets(tx)).find((fleet) => fleet.fleetId === fleetId)!);
    },
  });
}

function registerVehicles(api: Api): void {
  api.route({
    method: 'GET', path: '/vehicles', operationId: 'listVehicles', tag, summary: 'Vehicles, newest first', permission: 'members:read', audience: 'operator',
    query: Type.Object({ ...pageQuery, q: Type.Optional(Type.String({ minLength: 1, maxLength: 50, description: 'A whole VIN or a whole plate.' })), fleetId: Type.Optional(IdJson('flt')) }), response: Page(VehicleJson), errors: ['cursor_invalid'],
    handler: async (tx, { query, clock }) => {
      const after = decodeCursor(query.cursor, ['uuid']);
      const fleetId = query.fleetId === undefined ? null : decodeId('flt', query.fleetId);
      const rows = await listVehicles(tx, { ...(query.q === undefined ? {} : { text: query.q }), ...(fleetId === null ? {} : { fleetId }), ...(after === null ? {} : { before: after[0] }), limit: query.limit + 1, now: clock.now() });
      return toPage(rows, query.limit, vehicleToJson, (row) => [row.vehicleId]);
    },
  });
  api.route({
    method: 'GET', path: '/vehicles/:vehicleId', operationId: 'getVehicle', tag, summary: 'One vehicle, and of which fleets it was', permission: 'members:read', audience: 'operator', params: vehicleParams,
    response: Type.Object({ ...VehicleJson.properties, fleets: Type.Array(FleetTime) }, { title: 'VehicleDetail' }), errors: ['vehicle_not_found'],
    handler: async (tx, { params, clock }) => {
      const vehicleId = idFromJson('veh', params.vehicleId, 'vehicle_not_found');
      const vehicle = (await loadVehicles(tx, [vehicleId], { now: clock.now() })).get(vehicleId);
      if (!vehicle) throw problem('vehicle_not_found');
      return {
        ...vehicleToJson(vehicle),
        fleets: (await vehicleFleets(tx, vehicleId)).map(({ toId, validFrom, validTo }) => ({ fleetId: orNull(toId, (id) => idToJson('flt', id)), validFrom: orNull(validFrom, instantToJson), validTo: orNull(validTo, instantToJson) })),
      };
    },
  });
}

function registerVehicleActs(api: Api): void {
  api.route({
    method: 'POST', path: '/vehicles', operationId: 'registerVehicle', tag, summary: 'Register a vehicle by VIN, plate or both', permission: 'members:write', audience: 'operator',
    body: Body({ vin: Type.Optional(NullOr(Type.String({ maxLength: 50 }))), plate: Type.Optional(NullOr(Type.String({ maxLength: 50 }))), fleetId: Type.Optional(NullOr(IdJson('flt'))) }),
    response: VehicleJson, status: 201, errors: ['vin_invalid', 'plate_invalid', 'vehicle_needs_vin_or_plate', 'fleet_not_found', 'vin_taken', 'plate_taken'],
    handler: async (tx, call) => {
      const { vin = null, plate = null } = call.body;
      const fleetId = orNull(call.body.fleetId ?? null, (id) => idFromJson('flt', id, 'fleet_not_found'));
      const vehicleId = orProblem(await registerVehicle(tx, { vin, plate, fleetId }));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'parties.register_vehicle', subject: { kind: 'vehicle', id: vehicleId }, after: { fleetId } }, call);
      announce(tx, 'parties.vehicles');
      return vehicleToJson((await loadVehicles(tx, [vehicleId], { now: call.clock.now() })).get(vehicleId)!);
    },
  });
  api.route({
    method: 'POST', path: '/vehicles/:vehicleId/fleet', operationId: 'assignFleet', tag, summary: 'From when on a vehicle is of a fleet', idempotency: 'natural', permission: 'members:write', audience: 'operator', params: vehicleParams,
    body: Body({ fleetId: NullOr(IdJson('flt')), validFrom: InstantJson }), response: NoContent, status: 204, errors: ['vehicle_not_found', 'fleet_not_found', 'belonging_overlaps'],
    handler: async (tx, call) => {
      const vehicleId = idFromJson('veh', call.params.vehicleId, 'vehicle_not_found');
      const fleetId = orNull(call.body.fleetId, (id) => idFromJson('flt', id, 'fleet_not_found'));
      orProblem(await assignFleet(tx, { vehicleId, fleetId, validFrom: instantFromJson(call.body.validFrom) }));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'parties.assign_fleet', subject: { kind: 'vehicle', id: vehicleId }, after: { fleetId, validFrom: call.body.validFrom } }, call);
      announce(tx, 'parties.vehicles');
      return null;
    },
  });
  api.route({
    method: 'POST', path: '/vehicles/:vehicleId/erasure', operationId: 'eraseVehicle', tag, summary: 'Erase VIN and plate of a vehicle for good', idempotency: 'natural', permission: 'members:erase', audience: 'operator', params: vehicleParams,
    body: Body({ reason: Type.String({ minLength: 1, maxLength: 500 }) }), response: NoContent, status: 204, errors: ['vehicle_not_found', 'vehicle_erased'],
    handler: async (tx, call) => {
      const vehicleId = idFromJson('veh', call.params.vehicleId, 'vehicle_not_found');
      orProblem(await eraseVehicle(tx, { vehicleId, erasedBy: call.actor.kind === 'system' ? 'system' : call.actor.id, reason: call.body.reason }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'parties.erase_vehicle', subject: { kind: 'vehicle', id: vehicleId }, reason: call.body.reason }, call);
      announce(tx, 'parties.vehicles');
      return null;
    },
  });
}

function registerMemberDepartments(api: Api): void {
  const params = Type.Object({ memberId: Type.String() });
  api.route({
    method: 'GET', path: '/members/:memberId/departments', operationId: 'listMemberDepartments', tag: 'members', summary: 'Of which departments a member was, newest first', permission: 'members:read', audience: 'operator', subOperatorScoped: true, params,
    response: Type.Object({ items: Type.Array(DepartmentTime) }), errors: ['member_not_found'],
    handler: async (tx, call) => {
      const { memberId } = await visibleMember(tx, call);
      return { items: (await memberDepartments(tx, memberId)).map(({ toId, validFrom, validTo }) => ({ departmentId: orNull(toId, (id) => idToJson('dept', id)), validFrom: orNull(validFrom, instantToJson), validTo: orNull(validTo, instantToJson) })) };
    },
  });
  api.route({
    method: 'POST', path: '/members/:memberId/department', operationId: 'assignDepartment', tag: 'members', summary: 'From when on a member is of a department', idempotency: 'natural', permission: 'members:write', audience: 'operator', subOperatorScoped: true, params,
    body: Body({ departmentId: NullOr(IdJson('dept')), validFrom: InstantJson }), response: NoContent, status: 204, errors: ['member_not_found', 'department_not_found', 'valid_from_in_future', 'belonging_overlaps'],
    handler: async (tx, call) => {
      const memberId: MemberId = (await visibleMember(tx, call)).memberId;
      const departmentId = orNull(call.body.departmentId, (id) => idFromJson('dept', id, 'department_not_found'));
      orProblem(await assignDepartment(tx, { memberId, departmentId, validFrom: instantFromJson(call.body.validFrom) }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'parties.assign_department', subject: { kind: 'member', id: memberId }, after: { departmentId, validFrom: call.body.validFrom } }, call);
      announce(tx, 'members');
      return null;
    },
  });
}

const fleetToJson = (fleet: Fleet) => ({ fleetId: idToJson('flt', fleet.fleetId), name: fleet.name, departmentId: orNull(fleet.departmentId, (id) => idToJson('dept', id)), createdAt: instantToJson(fleet.createdAt) });
const vehicleToJson = ({ vehicleId, vin, plate, fleetId, createdAt, erased }: Vehicle) =>
  ({ vehicleId: idToJson('veh', vehicleId), vin, plate, fleetId: orNull(fleetId, (id) => idToJson('flt', id)), createdAt: instantToJson(createdAt), erased });
