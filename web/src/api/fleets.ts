import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components } from './contract.ts';

export type Fleet = components['schemas']['Fleet'];
export type Vehicle = components['schemas']['Vehicle'];
export type VehicleDetail = components['schemas']['VehicleDetail'];
export type Department = components['schemas']['Department'];

export const loadFleets = async (): Promise<readonly Fleet[]> => (await unwrap(api.GET('/api/v1/fleets'))).items;
export const createFleet = (body: { name: string; departmentId: string | null }, idempotencyKey: string): Promise<Fleet> => unwrap(api.POST('/api/v1/fleets', { params: keyed(idempotencyKey), body }));
export const loadDepartments = async (): Promise<readonly Department[]> => (await unwrap(api.GET('/api/v1/departments'))).items;
export const createDepartment = (body: { name: string; parentId: string | null; paysFromParent: boolean }, idempotencyKey: string): Promise<Department> =>
  unwrap(api.POST('/api/v1/departments', { params: keyed(idempotencyKey), body }));

/** Of which departments a member was, newest first. */
export const loadMemberDepartments = async (memberId: string) => (await unwrap(api.GET('/api/v1/members/{memberId}/departments', { params: { path: { memberId } } }))).items;
/** Null: of none, from then on. */
export const assignDepartment = ({ memberId, ...body }: { memberId: string; departmentId: string | null; validFrom: string }) => unwrap(api.POST('/api/v1/members/{memberId}/department', { params: { path: { memberId } }, body }));

type VehicleFilter = { readonly q?: string | undefined; readonly fleetId?: string | undefined };
export const loadVehicles = ({ q, fleetId }: VehicleFilter, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/vehicles', { params: { query: { ...pageAt(cursor), ...(q ? { q } : {}), ...(fleetId ? { fleetId } : {}) } } }));
export const loadVehicle = (vehicleId: string): Promise<VehicleDetail> => unwrap(api.GET('/api/v1/vehicles/{vehicleId}', { params: { path: { vehicleId } } }));
export type NewVehicle = { readonly vin: string | null; readonly plate: string | null; readonly fleetId: string | null };
export const registerVehicle = (body: NewVehicle, idempotencyKey: string): Promise<Vehicle> => unwrap(api.POST('/api/v1/vehicles', { params: keyed(idempotencyKey), body }));
export const assignFleet = ({ vehicleId, ...body }: { vehicleId: string; fleetId: string | null; validFrom: string }) => unwrap(api.POST('/api/v1/vehicles/{vehicleId}/fleet', { params: { path: { vehicleId } }, body }));
export const eraseVehicle = ({ vehicleId, reason }: { vehicleId: string; reason: string }) => unwrap(api.POST('/api/v1/vehicles/{vehicleId}/erasure', { params: { path: { vehicleId } }, body: { reason } }));
