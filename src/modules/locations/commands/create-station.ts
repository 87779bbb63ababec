import { assert, ok, refuse, type Instant, type Result, type StationId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { listSubOperators } from '../../parties/index.ts';

export type NewStation = {
  readonly name: string;
  /** IANA zone; tariffs are read on its wall clock. */
  readonly timeZone: string;
  readonly address?: string | undefined;
  /** The sub-operator that runs it from the beginning; see `bindStation` for a later date. */
  readonly subOperatorId?: string | undefined;
};
export type StationRejection =
  | { readonly code: 'station_name_malformed' }
  | { readonly code: 'station_address_too_long'; readonly max: number }
  | { readonly code: 'time_zone_unknown'; readonly timeZone: string }
  | { readonly code: 'sub_operator_not_found'; readonly subOperatorId: string };

export const STATION_NAME_LENGTH_MAX = 200;
export const ADDRESS_LENGTH_MAX = 400;
const ALWAYS = '-infinity';

/** Creates a station. @throws AssertionFault for what `addStation` refuses: for input that was checked already. */
export async function createStation(tx: Tx, station: NewStation): Promise<StationId> {
  const added = await addStation(tx, station);
  assert(added.ok, added.ok ? '' : `station refused: ${added.error.code}`);
  return added.value;
}

/** Creates a station from input that nobody has checked. Refusals in the order name, address, zone, sub-operator. */
export async function addStation(tx: Tx, station: NewStation): Promise<Result<StationId, StationRejection>> {
  const operatorId = operatorOf(tx);
  const name = station.name.trim();
  if (name === '' || name.length > STATION_NAME_LENGTH_MAX || hasControl(name)) return refuse({ code: 'station_name_malformed' });
  const address = station.address?.replace(/\p{Cc}+/gu, ' ').trim() || null;
  if ((address?.length ?? 0) > ADDRESS_LENGTH_MAX) return refuse({ code: 'station_address_too_long', max: ADDRESS_LENGTH_MAX });
  if (!isTimeZone(station.timeZone)) return refuse({ code: 'time_zone_unknown', timeZone: station.timeZone });
  const { subOperatorId } = station;
  if (subOperatorId !== undefined && !(await knowsSubOperator(tx, subOperatorId))) return refuse({ code: 'sub_operator_not_found', subOperatorId });
  const stationId = newUuid() as StationId;
  await tx.execute('insert into locations.station (operator_id, station_id, name, address, time_zone) values ($1, $2, $3, $4, $5)',
    [operatorId, stationId, name, address, station.timeZone]);
  if (subOperatorId !== undefined) await insertBinding(tx, { stationId, subOperatorId, validFrom: null });
  return ok(stationId);
}

/** Writes a binding; null is since ever. The database refuses two at a time. */
export async function insertBinding(tx: Tx, binding: { stationId: StationId; subOperatorId: string; validFrom: Instant | null; validTo?: Instant | null }): Promise<void> {
  await tx.execute(
    'insert into locations.station_binding (operator_id, binding_id, station_id, sub_operator_id, valid_from, valid_to) values ($1, $2, $3, $4, $5, $6)',
    [operatorOf(tx), newUuid(), binding.stationId, binding.subOperatorId,
      binding.validFrom === null ? ALWAYS : sqlTimestamp(binding.validFrom), binding.validTo ? sqlTimestamp(binding.validTo) : null]);
}

export function operatorOf(tx: Tx): string {
  const [operatorId, ...others] = tx.operatorIds;
  assert(operatorId && others.length === 0, 'this needs a transaction of one operator');
  return operatorId;
}

/** An operator has tens of sub-operators; their list is short. */
export const knowsSubOperator = async (tx: Tx, subOperatorId: string): Promise<boolean> =>
  (await listSubOperators(tx)).some((each) => each.subOperatorId === subOperatorId);

const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);

function isTimeZone(timeZone: string): boolean {
  // Offsets such as "+08:00" are accepted by Intl but know no daylight saving; a place has a name.
  if (!/^[A-Za-z]/.test(timeZone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
