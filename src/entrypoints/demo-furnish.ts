import { hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, instant, type Clock, type MemberId, type OperatorId, type TariffId } from '../kernel/index.ts';
import { createUser } from '../modules/access/index.ts';
import { createChargePoint, createStation, hashChargePointPassword, resolveChargePoint } from '../modules/locations/index.ts';
import { addCredential, createMember, createOperator, createSubOperator, findMemberByToken, findOperatorByCode, listOperators, listSubOperators } from '../modules/parties/index.ts';
import { assignTariff, createTariff, listTariffs, parseRate } from '../modules/tariffs/index.ts';
import { topUpAtCashDesk } from '../modules/wallets/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import type { Database, OperatorDatabase, Tx } from '../platform/database/index.ts';
import type { MasterKeys } from '../platform/secrets/index.ts';
import { DEMO_MEMBERS, DEMO_OPERATOR, DEMO_STATIONS, DEMO_SUB_OPERATOR, DEMO_TARIFFS, DEMO_USERS, type DemoChargePoint, type DemoMember, type DemoStation, type DemoTariffName } from './demo-plan.ts';
import { makeDemoCustomer } from './demo-reports.ts';

export type Demo = { readonly operatorId: OperatorId; readonly folder: string; readonly createdNow: boolean };
export type DemoSurroundings = { readonly database: Database; readonly clock: Clock; readonly keys: MasterKeys; readonly dataFolder: string };

export const demoFolder = (dataFolder: string): string => join(dataFolder, 'demo');
const UNFINISHED = 'unfinished', FLEET = 'stations.jsonl';

/**
 * Furnishes an empty database with the demo operator, and never any other. Interrupted, it goes on at the next start.
 * @returns the demo, or null when this database belongs to somebody real.
 */
export async function ensureDemo(of: DemoSurroundings): Promise<Demo | null> {
  const folder = demoFolder(of.dataFolder);
  const known = await findOperatorByCode(of.database, DEMO_OPERATOR.code);
  const unfinished = existsSync(join(folder, UNFINISHED));
  if (known !== null && !unfinished) return existsSync(join(folder, FLEET)) ? { operatorId: known, folder, createdNow: false } : null;
  if (known === null && (await listOperators(of.database, 'is the database empty?')).length > 0) return null;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, UNFINISHED), 'The demo is being made; the next start goes on with it.\n');
  const operatorId = known ?? await makeOperator(of.database);
  await furnish(of.database.forOperator(operatorId), of);
  writeFileSync(join(folder, FLEET), demoStations(of.keys).map((station) => JSON.stringify(station)).join('\n'), { mode: 0o600 });
  rmSync(join(folder, UNFINISHED));
  return { operatorId, folder, createdNow: true };
}

async function makeOperator(database: Database): Promise<OperatorId> {
  const created = await createOperator(database, DEMO_OPERATOR);
  assert(created.ok, 'the demo operator is well-formed');
  return created.value;
}

async function furnish(odb: OperatorDatabase, of: DemoSurroundings): Promise<void> {
  const tariffs = await odb.transaction((tx) => makeTariffs(tx));
  const subOperatorId = await odb.transaction((tx) => makeSubOperator(tx));
  for (const station of DEMO_STATIONS) {
    // Whole or not at all, so an interrupted run finds by the first identity what is there.
    if (await resolveChargePoint(of.database, identityOf(station, 0)) !== null) continue;
    await odb.transaction((tx) => makeStation(tx, { station, subOperatorId, tariffId: tariffs.get(station.tariff)!, keys: of.keys }));
  }
  for (const [index, member] of DEMO_MEMBERS.entries()) await odb.transaction((tx) => makeMember(tx, { member, subOperatorId: index % 4 === 3 ? subOperatorId : null }, of));
  await odb.transaction((tx) => makeDemoCustomer(tx, of));
  for (const user of DEMO_USERS) {
    await odb.transaction(async (tx) => {
      const made = await createUser(tx, { ...user, password: demoPassword(of.keys, user.logInName), roles: [{ role: user.role, subOperatorId: user.ofSubOperator ? subOperatorId : null }] }, of);
      assert(made.ok || made.error.code === 'log_in_name_taken', made.ok ? '' : `demo user refused: ${made.error.code}`);
    });
  }
}

async function makeTariffs(tx: Tx): Promise<Map<DemoTariffName, TariffId>> {
  const there = new Map((await listTariffs(tx, { before: null, limit: 100 })).map((tariff) => [tariff.name, tariff.tariffId]));
  const ids = new Map<DemoTariffName, TariffId>();
  for (const [key, plan] of Object.entries(DEMO_TARIFFS)) {
    const rate = (text: string) => parseRate(text)!;
    const known = there.get(plan.name);
    if (known === undefined) {
      const made = await createTariff(tx, {
        name: plan.name, currency: DEMO_OPERATOR.currency,
        periods: plan.periods.map((period) => ({ startMinute: period.from * 60, endMinute: period.to * 60, kind: period.kind, electricity: rate(period.electricity), service: rate(period.service) })),
        occupancy: plan.occupancy === null ? null : { ratePerMinute: rate(plan.occupancy.perMinute), graceMinutes: plan.occupancy.graceMinutes },
      });
      assert(made.ok, made.ok ? '' : `demo tariff refused: ${made.error.code}`);
      ids.set(key as DemoTariffName, made.value.tariffId);
    } else ids.set(key as DemoTariffName, known);
  }
  return ids;
}

async function makeSubOperator(tx: Tx): Promise<string> {
  const made = await createSubOperator(tx, { name: DEMO_SUB_OPERATOR });
  return made.ok ? made.value : (await listSubOperators(tx)).find((each) => each.name === DEMO_SUB_OPERATOR)!.subOperatorId;
}

async function makeStation(tx: Tx, of: { station: DemoStation; subOperatorId: string; tariffId: TariffId; keys: MasterKeys }): Promise<void> {
  const { station } = of;
  const stationId = await createStation(tx, { name: station.name, address: station.address, timeZone: DEMO_OPERATOR.timeZone, subOperatorId: station.runBySubOperator && of.subOperatorId });
  for (const [index, chargePoint] of station.chargePoints.entries()) {
    await createChargePoint(tx, {
      stationId, identity: identityOf(station, index), passwordHash: hashChargePointPassword(stationPassword(of.keys, identityOf(station, index)), randomBytes),
      maxPowerW: BigInt(Math.max(...chargePoint.connectors)),
      connectors: chargePoint.connectors.map((power, connector) => ({ evseNumber: connector + 1, maxPowerW: BigInt(power) })),
    });
  }
  const assigned = await assignTariff(tx, { tariffId: of.tariffId, stationId, validFrom: instant(0) });
  assert(assigned.ok, 'a new station takes its first tariff');
}

async function makeMember(tx: Tx, { member, subOperatorId }: { member: DemoMember; subOperatorId: string | null }, { clock }: DemoSurroundings): Promise<void> {
  if (await findMemberByToken(tx, member.cards[0]!) !== null) return;
  const memberId = await createMember(tx, { displayName: member.name, phone: member.phone, subOperatorId });
  for (const token of member.cards) await addCredential(tx, { memberId, kind: 'rfid', token });
  await demoTopUp(tx, { memberId, yuan: member.yuan, clock });
}

export async function demoTopUp(tx: Tx, of: { memberId: MemberId; yuan: number; clock: Clock }): Promise<void> {
  const done = await topUpAtCashDesk(tx, { commandId: newUuid(), memberId: of.memberId, amountMinor: BigInt(of.yuan) * 100n, actor: 'demo', note: '演示充值 demo top-up' }, of);
  assert(done.ok, done.ok ? '' : `demo top-up refused: ${done.error.code}`);
}

export const identityOf = (station: DemoStation, index: number): string => `${station.code}-${String(index + 1).padStart(2, '0')}`;

/** Different on every installation, and known again at every start without being stored. */
const derived = (keys: MasterKeys, purpose: string, bytes: number): Buffer => Buffer.from(hkdfSync('sha256', keys.rolesKey(), 'kirchhoff demo', purpose, bytes));
export const demoPassword = (keys: MasterKeys, logInName: string): string => {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  const text = [...derived(keys, `user ${logInName}`, 12)].map((byte) => letters[byte % letters.length]).join('');
  return `${text.slice(0, 4)}-${text.slice(4, 8)}-${text.slice(8)}`;
};
const stationPassword = (keys: MasterKeys, identity: string): string => derived(keys, `station ${identity}`, 20).toString('hex');

/** The charge points as the simulator is told of them: what a technician would type into each. */
function demoStations(keys: MasterKeys): Record<string, unknown>[] {
  const cards = DEMO_MEMBERS.flatMap((member) => member.cards);
  return DEMO_STATIONS.flatMap((station) => station.chargePoints.map((chargePoint: DemoChargePoint, index) => ({
    identity: identityOf(station, index), version: chargePoint.version, password: stationPassword(keys, identityOf(station, index)),
    connectors: chargePoint.connectors.map((power, connector) => ({ evse: connector + 1, maxPowerW: power, registerWh: 120_000 + (index * 2 + connector) * 41_337 })),
    tokens: cards, registerUnit: chargePoint.unit, vendor: chargePoint.vendor, model: chargePoint.model, firmware: chargePoint.firmware,
  })));
}

export const demoFleetFile = (folder: string): string => join(folder, FLEET);
