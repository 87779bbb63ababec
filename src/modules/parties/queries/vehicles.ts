import { assert, type Instant, type MemberId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { openPersonalBatch, personalIndex } from '../../../platform/personal-data/index.ts';
import { tokenDigestText } from '../domain/member.ts';
import { normalisePlate, normaliseVin, plateDigestText, type Belonging, type Fleet, type Vehicle } from '../domain/vehicle.ts';
import { onlyOperator } from '../only-operator.ts';

export const FLEETS_MAX = 5_000;
export const VEHICLES_PER_LOAD_MAX = 500;
export const BELONGINGS_MAX = 500;
export const PAYERS_PER_CALL_MAX = 10_000;

export const listFleets = (tx: Tx): Promise<Fleet[]> => tx.query<Fleet>(
  `select fleet_id as "fleetId", name, department_id as "departmentId", created_at as "createdAt" from parties.fleet where operator_id = $1 order by name limit ${FLEETS_MAX}`, [onlyOperator(tx)]);

type VehicleRow = Omit<Vehicle, 'vin' | 'plate'> & { readonly vinSealed: Buffer | null; readonly plateSealed: Buffer | null };
const VEHICLES = `select v.vehicle_id as "vehicleId", v.vin_sealed as "vinSealed", v.plate_sealed as "plateSealed", f.fleet_id as "fleetId", v.created_at as "createdAt", v.erased_at is not null as erased
  from parties.vehicle v left join parties.vehicle_fleet f on f.operator_id = v.operator_id and f.vehicle_id = v.vehicle_id and f.valid_from <= $2 and (f.valid_to is null or f.valid_to > $2)`;

async function openVehicles(tx: Tx, rows: readonly VehicleRow[]): Promise<Vehicle[]> {
  const open = async (of: 'vinSealed' | 'plateSealed'): Promise<Map<string, string | null>> => {
    const sealed = rows.filter((row) => row[of] !== null);
    const texts = await openPersonalBatch(tx, sealed.map((row) => ({ personId: row.vehicleId, sealed: row[of]! })));
    return new Map(sealed.map((row, i) => [row.vehicleId, texts[i]!]));
  };
  const [vins, plates] = [await open('vinSealed'), await open('plateSealed')];
  return rows.map(({ vinSealed: _vin, plateSealed: _plate, ...row }) => ({ ...row, vin: vins.get(row.vehicleId) ?? null, plate: plates.get(row.vehicleId) ?? null }));
}

/** Vehicles by id, with the fleet of now; ids that do not exist are missing. At most `VEHICLES_PER_LOAD_MAX`. */
export async function loadVehicles(tx: Tx, vehicleIds: readonly string[], { now }: { readonly now: Instant }): Promise<Map<string, Vehicle>> {
  assert(vehicleIds.length <= VEHICLES_PER_LOAD_MAX, `at most ${VEHICLES_PER_LOAD_MAX} vehicles at once`);
  const rows = await tx.query<VehicleRow>(`${VEHICLES} where v.operator_id = $1 and v.vehicle_id = any($3::uuid[])`, [onlyOperator(tx), sqlTimestamp(now), vehicleIds]);
  return new Map((await openVehicles(tx, rows)).map((vehicle) => [vehicle.vehicleId, vehicle]));
}

export type VehicleSearch = {
  /** A whole VIN or a whole plate, in any case and spacing: both are encrypted. */
  readonly text?: string; readonly fleetId?: string; readonly before?: string; readonly limit: number; readonly now: Instant;
};

/** Vehicles, newest first. */
export async function listVehicles(tx: Tx, search: VehicleSearch): Promise<Vehicle[]> {
  const vin = search.text === undefined ? null : normaliseVin(search.text);
  const plate = search.text === undefined ? null : normalisePlate(search.text);
  const rows = await tx.query<VehicleRow>(
    `${VEHICLES} where v.operator_id = $1 and ($3::boolean or v.vin_index = $4 or v.plate_index = $5) and ($6::uuid is null or f.fleet_id = $6) and ($7::uuid is null or v.vehicle_id < $7)
     order by v.vehicle_id desc limit $8`,
    [onlyOperator(tx), sqlTimestamp(search.now), search.text === undefined, vin === null ? null : await personalIndex(tx, tokenDigestText(vin)), plate === null ? null : await personalIndex(tx, plateDigestText(plate)),
      search.fleetId ?? null, search.before ?? null, Math.min(search.limit, VEHICLES_PER_LOAD_MAX)]);
  return openVehicles(tx, rows);
}

const belongings = (tx: Tx, sql: { readonly table: string; readonly subject: string; readonly to: string }, id: string): Promise<Belonging[]> => tx.query<Belonging>(
  `select ${sql.to} as "toId", nullif(valid_from, '-infinity') as "validFrom", valid_to as "validTo" from parties.${sql.table} b where operator_id = $1 and ${sql.subject} = $2 order by b.valid_from desc limit ${BELONGINGS_MAX}`,
  [onlyOperator(tx), id]);
/** Of which fleets a vehicle was, newest first. */
export const vehicleFleets = (tx: Tx, vehicleId: string): Promise<Belonging[]> => belongings(tx, { table: 'vehicle_fleet', subject: 'vehicle_id', to: 'fleet_id' }, vehicleId);
/** Of which departments a member was, newest first. */
export const memberDepartments = (tx: Tx, memberId: MemberId): Promise<Belonging[]> => belongings(tx, { table: 'member_department', subject: 'member_id', to: 'department_id' }, memberId);

export type PayerAt = { readonly memberId: MemberId | null; readonly credentialId: string | null; readonly at: Instant };
export type PayerPlace = { readonly departmentId: string | null; readonly vehicleId: string | null; readonly fleetId: string | null };

/** To what those belonged who charged at that moment: a member's department, and the vehicle whose VIN was the credential, with its fleet. Answers in order; at most `PAYERS_PER_CALL_MAX`. */
export async function resolvePayers(tx: Tx, payers: readonly PayerAt[]): Promise<PayerPlace[]> {
  if (payers.length === 0) return [];
  assert(payers.length <= PAYERS_PER_CALL_MAX, `at most ${PAYERS_PER_CALL_MAX} payers at once`);
  return tx.query<PayerPlace>({
    name: 'parties_resolve_payers',
    text: `select d.department_id as "departmentId", v.vehicle_id as "vehicleId", f.fleet_id as "fleetId"
      from unnest($2::uuid[], $3::uuid[], $4::timestamptz[]) with ordinality as k (member_id, credential_id, at, n)
      left join lateral (select x.department_id from parties.member_department x where x.operator_id = $1 and x.member_id = k.member_id and x.valid_from <= k.at and (x.valid_to is null or x.valid_to > k.at) offset 0) d on true
      left join lateral (select y.vehicle_id from parties.member_credential c join parties.vehicle y on y.operator_id = c.operator_id and y.vin_index = c.token_index
        where c.operator_id = $1 and c.credential_id = k.credential_id and c.kind = 'vin' offset 0) v on true
      left join lateral (select x.fleet_id from parties.vehicle_fleet x where x.operator_id = $1 and x.vehicle_id = v.vehicle_id and x.valid_from <= k.at and (x.valid_to is null or x.valid_to > k.at) offset 0) f on true
      order by k.n`,
  }, [onlyOperator(tx), payers.map(({ memberId }) => memberId), payers.map(({ credentialId }) => credentialId), payers.map(({ at }) => sqlTimestamp(at))]);
}
