import { assert, CURRENCY_DECIMALS, instant, type Clock, type CurrencyCode, type OperatorId, type Rate, type TariffId } from '../kernel/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import type { Database, Tx } from '../platform/database/index.ts';
import { defaultPolicy, setPolicy } from '../modules/charging/index.ts';
import { createChargePoint, createStation, resolveChargePoint } from '../modules/locations/index.ts';
import { addCredential, createMember, createOperator, findOperatorByCode } from '../modules/parties/index.ts';
import { assignTariff, createTariff, parseRate } from '../modules/tariffs/index.ts';
import { changeFourEyesAbove, TOP_UP_MINOR_MAX, topUpAtCashDesk } from '../modules/wallets/index.ts';
import { StartFault } from './open-system.ts';

/** What a replay or a simulation needs to exist before the first station connects. */
export type FleetPlan = {
  readonly operator: { readonly code: string; readonly name: string; readonly currency: CurrencyCode; readonly timeZone: string };
  readonly stations: readonly FleetStation[];
};
export type FleetStation = {
  readonly identity: string;
  readonly name: string;
  readonly connectors: readonly { readonly evse: number; readonly maxPowerW: number }[];
  readonly tokens: readonly string[];
};

const STATIONS_PER_TRANSACTION = 8;
/** The shortest that a policy may have: a simulated station that says nothing for a minute has gone. */
const SILENCE_DEADLINE_S = 60;
/** In major units, for each member: more than a replay's or a simulation's sessions can cost. */
const FUNDS = 1_000_000n;

/**
 * Makes the operator with its time-of-use tariff, and each station with its charge point, connectors, and a funded member for each tag.
 * What is there already (of an interrupted run) is left as it is: a station is made whole or not at all.
 */
export async function furnishFleet(database: Database, plan: FleetPlan, { clock, onProgress }: { clock: Clock; onProgress?: (done: number) => void }): Promise<OperatorId> {
  const operatorId = await ensureOperator(database, plan.operator, clock);
  const odb = database.forOperator(operatorId);
  const missing: FleetStation[] = [];
  for (const station of plan.stations) if (await resolveChargePoint(database, station.identity) === null) missing.push(station);
  const tariffId = missing.length > 0 ? await odb.transaction((tx) => makeTariff(tx, plan.operator.currency)) : null;
  for (let from = 0; from < missing.length; from += STATIONS_PER_TRANSACTION) {
    const some = missing.slice(from, from + STATIONS_PER_TRANSACTION);
    await odb.transaction(async (tx) => { for (const station of some) await furnishStation(tx, { ...plan.operator, tariffId: tariffId!, clock }, station); });
    onProgress?.(plan.stations.length - missing.length + from + some.length);
  }
  return operatorId;
}

async function ensureOperator(database: Database, operator: FleetPlan['operator'], clock: Clock): Promise<OperatorId> {
  const known = await findOperatorByCode(database, operator.code);
  if (known) return known;
  const created = await createOperator(database, operator);
  if (!created.ok) throw new StartFault(`operator ${operator.code} cannot be made: ${created.error.code}`);
  await database.forOperator(created.value).transaction(async (tx) => {
    await setPolicy(tx, { ...defaultPolicy(operator.currency), silenceDeadlineS: SILENCE_DEADLINE_S }, { clock });
    // Nobody stands at this cash desk: the members' funds need no second person.
    await changeFourEyesAbove(tx, { cashDeskAboveMinor: TOP_UP_MINOR_MAX, changedBy: 'replay' }, { clock });
  });
  return created.value;
}

async function furnishStation(tx: Tx, under: { currency: CurrencyCode; timeZone: string; tariffId: TariffId; clock: Clock }, station: FleetStation): Promise<void> {
  const stationId = await createStation(tx, { name: station.name, timeZone: under.timeZone });
  const watts = (power: number): bigint => BigInt(Math.round(power));
  await createChargePoint(tx, {
    stationId, identity: station.identity, passwordHash: null, maxPowerW: station.connectors.reduce((most, connector) => most > watts(connector.maxPowerW) ? most : watts(connector.maxPowerW), 0n),
    connectors: station.connectors.map((connector) => ({ evseNumber: connector.evse, maxPowerW: watts(connector.maxPowerW) })),
  });
  const assigned = await assignTariff(tx, { tariffId: under.tariffId, stationId, validFrom: instant(0) });
  assert(assigned.ok, 'a new station takes its first tariff');
  for (const [index, token] of station.tokens.entries()) await furnishMember(tx, under, `${station.identity} ${index + 1}`, token);
}

async function furnishMember(tx: Tx, under: { currency: CurrencyCode; clock: Clock }, displayName: string, token: string): Promise<void> {
  const memberId = await createMember(tx, { displayName });
  await addCredential(tx, { memberId, kind: 'rfid', token });
  const amountMinor = FUNDS * 10n ** BigInt(CURRENCY_DECIMALS[under.currency]);
  const funded = await topUpAtCashDesk(tx, { commandId: newUuid(), memberId, amountMinor, actor: 'replay', note: 'funds of a replay or simulation', approval: { approvalId: newUuid(), approvedBy: 'simulation' } }, { clock: under.clock });
  assert(funded.ok, `top-up refused: ${funded.ok ? '' : funded.error.code}`);
}

/** Prices per kWh by currency: not anybody's, but of the right size, so that bills look like bills. */
const BASE_PRICE: Readonly<Record<CurrencyCode, number>> = { CNY: 1.1, EUR: 0.38, GBP: 0.33, HKD: 2.1, JPY: 38, KES: 28, USD: 0.28, ZAR: 3.4 };
const DAY_PARTS = [
  { from: 0, to: 7, kind: 'valley', factor: 0.55 }, { from: 7, to: 10, kind: 'flat', factor: 1 }, { from: 10, to: 12, kind: 'peak', factor: 1.3 },
  { from: 12, to: 17, kind: 'flat', factor: 1 }, { from: 17, to: 19, kind: 'peak', factor: 1.3 }, { from: 19, to: 21, kind: 'sharp', factor: 1.6 },
  { from: 21, to: 23, kind: 'flat', factor: 1 }, { from: 23, to: 24, kind: 'valley', factor: 0.55 },
] as const;

async function makeTariff(tx: Tx, currency: CurrencyCode): Promise<TariffId> {
  const rateOf = (price: number): Rate => parseRate(price.toFixed(4))!;
  const created = await createTariff(tx, {
    name: 'Time of use', currency, occupancy: null,
    periods: DAY_PARTS.map((part) => ({
      startMinute: part.from * 60, endMinute: part.to * 60, kind: part.kind,
      electricity: rateOf(BASE_PRICE[currency] * part.factor * 0.7), service: rateOf(BASE_PRICE[currency] * 0.3),
    })),
  });
  assert(created.ok, `tariff refused: ${created.ok ? '' : created.error.code}`);
  return created.value.tariffId;
}
