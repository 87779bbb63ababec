import { ok, refuse, type Clock, type Instant, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { constraintOf, sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { erasePerson, personalIndex, sealPersonal } from '../../../platform/personal-data/index.ts';
import { tokenDigestText } from '../domain/member.ts';
import { normalisePlate, normaliseVin, plateDigestText } from '../domain/vehicle.ts';
import { onlyOperator } from '../only-operator.ts';
import { belong, type BelongRejection } from './belong.ts';

export type CreateFleetRejection = { readonly code: 'fleet_name_taken' } | { readonly code: 'department_not_found' };

/** Vehicles that are settled together, of one of the customer's departments or of none. */
export async function createFleet(tx: Tx, fleet: { readonly name: string; readonly departmentId?: string | null }): Promise<Result<string, CreateFleetRejection>> {
  const operatorId = onlyOperator(tx);
  const departmentId = fleet.departmentId ?? null;
  if (departmentId !== null && (await tx.query('select 1 from parties.department where operator_id = $1 and department_id = $2', [operatorId, departmentId])).length === 0) return refuse({ code: 'department_not_found' });
  const fleetId = newUuid();
  const inserted = await tx.execute(
    'insert into parties.fleet (operator_id, fleet_id, name, department_id) values ($1, $2, $3, $4) on conflict (operator_id, name) do nothing', [operatorId, fleetId, fleet.name.trim(), departmentId]);
  return inserted === 1 ? ok(fleetId) : refuse({ code: 'fleet_name_taken' });
}

export type NewVehicle = { readonly vin?: string | null; readonly plate?: string | null; readonly fleetId?: string | null };
export type RegisterVehicleRejection =
  | { readonly code: 'vin_invalid' } | { readonly code: 'plate_invalid' } | { readonly code: 'vehicle_needs_vin_or_plate' } | { readonly code: 'fleet_not_found' } | { readonly code: 'vin_taken' } | { readonly code: 'plate_taken' };

/** Registers a vehicle, with the fleet that it always was of. Refusals in the order of the list. */
export async function registerVehicle(tx: Tx, vehicle: NewVehicle): Promise<Result<string, RegisterVehicleRejection>> {
  const operatorId = onlyOperator(tx);
  const vin = vehicle.vin ? normaliseVin(vehicle.vin) : null;
  const plate = vehicle.plate ? normalisePlate(vehicle.plate) : null;
  if (vehicle.vin && vin === null) return refuse({ code: 'vin_invalid' });
  if (vehicle.plate && plate === null) return refuse({ code: 'plate_invalid' });
  if (vin === null && plate === null) return refuse({ code: 'vehicle_needs_vin_or_plate' });
  if (vehicle.fleetId && !(await fleetExists(tx, vehicle.fleetId))) return refuse({ code: 'fleet_not_found' });
  const vehicleId = newUuid();
  const vinIndex = vin === null ? null : await personalIndex(tx, tokenDigestText(vin));
  const plateIndex = plate === null ? null : await personalIndex(tx, plateDigestText(plate));
  const [taken] = await tx.query<{ vin: boolean | null }>(
    'select vin_index = $2 as vin from parties.vehicle where operator_id = $1 and (vin_index = $2 or plate_index = $3) order by 1 desc nulls last limit 1', [operatorId, vinIndex, plateIndex]);
  if (taken) return refuse({ code: taken.vin ? 'vin_taken' : 'plate_taken' });
  const sealed = async (text: string | null): Promise<Buffer | null> => (text === null ? null : sealPersonal(tx, { personId: vehicleId, plaintext: text }));
  // Two who register one vehicle at once: the constraint lets one through, and the other is answered as if it had come later.
  await tx.execute('savepoint vehicle');
  try {
    await tx.execute('insert into parties.vehicle (operator_id, vehicle_id, vin_sealed, vin_index, plate_sealed, plate_index) values ($1, $2, $3, $4, $5, $6)',
      [operatorId, vehicleId, await sealed(vin), vinIndex, await sealed(plate), plateIndex]);
  } catch (error) {
    const constraint = constraintOf(error);
    if (constraint !== 'vehicle_vin' && constraint !== 'vehicle_plate') throw error;
    await tx.execute('rollback to savepoint vehicle');
    return refuse({ code: constraint === 'vehicle_vin' ? 'vin_taken' : 'plate_taken' });
  }
  if (vehicle.fleetId) await belong(tx, 'vehicle_fleet', { subjectId: vehicleId, toId: vehicle.fleetId, validFrom: 'always' });
  return ok(vehicleId);
}

export type AssignFleetRejection = BelongRejection | { readonly code: 'vehicle_not_found' } | { readonly code: 'fleet_not_found' };

/** From `validFrom` on, past or to come, the vehicle is of the fleet; null: of none. */
export async function assignFleet(tx: Tx, of: { readonly vehicleId: string; readonly fleetId: string | null; readonly validFrom: Instant }): Promise<Result<null, AssignFleetRejection>> {
  if ((await tx.query('select 1 from parties.vehicle where operator_id = $1 and vehicle_id = $2 for update', [onlyOperator(tx), of.vehicleId])).length === 0) return refuse({ code: 'vehicle_not_found' });
  if (of.fleetId !== null && !(await fleetExists(tx, of.fleetId))) return refuse({ code: 'fleet_not_found' });
  return belong(tx, 'vehicle_fleet', { subjectId: of.vehicleId, toId: of.fleetId, validFrom: of.validFrom });
}

/** VIN and plate are gone for good; what the vehicle charged stays under its id. */
export async function eraseVehicle(tx: Tx, erasure: { readonly vehicleId: string; readonly erasedBy: string; readonly reason: string }, { clock }: { readonly clock: Clock }): Promise<Result<null, { readonly code: 'vehicle_not_found' } | { readonly code: 'vehicle_erased' }>> {
  const operatorId = onlyOperator(tx);
  if ((await tx.query('select 1 from parties.vehicle where operator_id = $1 and vehicle_id = $2 for update', [operatorId, erasure.vehicleId])).length === 0) return refuse({ code: 'vehicle_not_found' });
  const erased = await erasePerson(tx, { personId: erasure.vehicleId, erasedBy: erasure.erasedBy, reason: erasure.reason, at: clock.now() });
  if (!erased.ok) return refuse({ code: 'vehicle_erased' });
  await tx.execute('update parties.vehicle set vin_sealed = null, vin_index = null, plate_sealed = null, plate_index = null, erased_at = $3 where operator_id = $1 and vehicle_id = $2', [operatorId, erasure.vehicleId, sqlTimestamp(clock.now())]);
  return ok(null);
}

const fleetExists = async (tx: Tx, fleetId: string): Promise<boolean> => (await tx.query('select 1 from parties.fleet where operator_id = $1 and fleet_id = $2', [onlyOperator(tx), fleetId])).length > 0;
