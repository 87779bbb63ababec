import { encodeId, type Clock, type IdPrefix, type StationId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { stationNames } from '../../locations/index.ts';
import { listDepartments, listFleets, listSubOperators, loadVehicles, VEHICLES_PER_LOAD_MAX } from '../../parties/index.ts';
import type { Dimension } from '../domain/dimension.ts';

export const ID_PREFIX: Readonly<Partial<Record<Dimension, IdPrefix>>> = { station: 'sta', sub_operator: 'sub', department: 'dept', fleet: 'flt', vehicle: 'veh' };
/** How the outside names a key: an id with its prefix, a day or a start mode as it is, null for what has none. */
export const keyToJson = (dimension: Dimension, key: string): string | null => (key === '' ? null : ID_PREFIX[dimension] ? encodeId(ID_PREFIX[dimension], key) : key);

/** The names of the keys of a dimension. Plates and VINs only where whoever asks may see them. */
export async function namesOf(tx: Tx, dimension: Dimension, of: { readonly keys: readonly string[]; readonly plates: boolean; readonly clock: Clock }): Promise<Map<string, string>> {
  const keys = of.keys.filter((key) => key !== '');
  switch (dimension) {
    case 'day': case 'start_mode': return new Map();
    case 'station': return stationNames(tx, keys as StationId[]);
    case 'sub_operator': return new Map((await listSubOperators(tx)).map(({ subOperatorId, name }) => [subOperatorId, name]));
    case 'department': return new Map((await listDepartments(tx)).map(({ departmentId, name }) => [departmentId, name]));
    case 'fleet': return new Map((await listFleets(tx)).map(({ fleetId, name }) => [fleetId, name]));
    case 'vehicle': return of.plates ? vehicleNames(tx, keys, of.clock) : new Map();
  }
}

async function vehicleNames(tx: Tx, keys: readonly string[], clock: Clock): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (let from = 0; from < keys.length; from += VEHICLES_PER_LOAD_MAX) {
    for (const [id, { plate, vin }] of await loadVehicles(tx, keys.slice(from, from + VEHICLES_PER_LOAD_MAX), { now: clock.now() })) {
      const name = plate ?? vin;
      if (name !== null) names.set(id, name);
    }
  }
  return names;
}
