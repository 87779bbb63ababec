import assert from 'node:assert/strict';
import { addMs, instant, MS_PER_MINUTE, type ChargePointId, type Instant, type MemberId, type OperatorId, type Result } from '../../src/kernel/index.ts';
import { applyFacts, type ChargePointFact } from '../../src/modules/charging/index.ts';
import { speaker } from '../../src/modules/charging/world.fixture.ts';
import { bindStation } from '../../src/modules/locations/index.ts';
import { addCredential, assignDepartment, createDepartment, createFleet, createSubOperator, findMemberByToken, registerVehicle } from '../../src/modules/parties/index.ts';
import { catchUp, createStatement, parsePeriod, publishPeriod, startClosing } from '../../src/modules/reporting/index.ts';
import { topUpAtCashDesk } from '../../src/modules/wallets/index.ts';
import { newUuid, systemClock } from '../../src/platform/clock/index.ts';
import type { Database, OperatorDatabase, Tx } from '../../src/platform/database/index.ts';
import { startConsoleServer, type ConsoleServer } from './console-server.ts';
import { MEMBERS, seedWorld, type SeededWorld } from './seeded-world.ts';

const CHINA_MS = 8 * 3_600_000, DAY_MS = 86_400_000;
const clock = systemClock;
const value = <T>(result: Result<T, { readonly code: string }>): T => { assert.ok(result.ok, result.ok ? '' : result.error.code); return result.value; };
/** A day in China so many days ago. */
export const dayBack = (days: number): string => new Date(Date.now() + CHINA_MS - days * DAY_MS).toISOString().slice(0, 10);
/** The month before the one that runs in China. */
export const LAST_MONTH = new Date(Date.parse(`${dayBack(0).slice(0, 7)}-01T00:00:00Z`) - DAY_MS).toISOString().slice(0, 7);
const instantOf = (day: string, hour: number): Instant => instant(Date.parse(`${day}T00:00:00Z`) - CHINA_MS + Math.round(hour * 3_600_000));
export const VANS = [{ vin: 'LGXCE6CD0MA120001', plate: '浙A·D10001' }, { vin: 'LGXCE6CD0MA120002', plate: '浙A·D10002' }, { vin: 'LGXCE6CD0MA120003', plate: '浙A·D10003' }] as const;

export type ReportsDesk = ConsoleServer & { readonly world: SeededWorld; readonly odb: OperatorDatabase; readonly statementId: string; /** A register of last month comes late, after it was published. */ lateReading(): Promise<void> };
type Charge = { readonly point: ChargePointId; readonly day: string; readonly hour: number; readonly token: string; readonly wh: bigint; readonly minutes?: number; readonly odd?: boolean };
type Told = { readonly ref: string; readonly say: ReturnType<typeof speaker>; readonly from: Instant; readonly registerWh: bigint; readonly wh: bigint };

/** An operator whose last month is published, with a charge in doubt, fleets, a department, a sub-operator, and a statement that closes soon. */
export async function openReportsDesk(database: Database): Promise<ReportsDesk> {
  const world = await seedWorld(database, clock);
  const odb = database.forOperator(world.operatorId as OperatorId);
  const { fleetId } = await odb.transaction((tx) => furnish(tx, world));
  const points = world.stations.flatMap((station) => station.chargePoints.slice(0, 3).map(({ chargePointId }) => chargePointId));
  const meters = new Map<ChargePointId, bigint>();
  const tell = async (charge: Charge): Promise<Told> => {
    const registerWh = meters.get(charge.point) ?? 1_000_000n;
    meters.set(charge.point, registerWh + charge.wh);
    return chargeOnce(odb, charge, registerWh);
  };
  const [tokens, vins] = [MEMBERS.map(({ token }) => token), VANS.map(({ vin }) => vin)];
  const told: Told[] = [];
  for (let day = 1; day <= 28; day += 3) for (const [index, point] of points.entries()) told.push(await tell({ point, day: `${LAST_MONTH}-${String(day).padStart(2, '0')}`, hour: 6.5 + ((index * 5 + day) % 15), token: index % 3 === 1 ? vins[(index + day) % vins.length]! : tokens[(index + day) % tokens.length]!, wh: 18_000n + BigInt((index * 7_919 + day * 1_237) % 24_000) }));
  await tell({ point: points[1]!, day: `${LAST_MONTH}-29`, hour: 10, token: vins[0]!, wh: 21_000n, odd: true });
  for (const [index, point] of points.slice(0, 6).entries()) await tell({ point, day: dayBack(1), hour: 7 + index, token: index === 2 ? vins[0]! : tokens[index % tokens.length]!, wh: 22_000n + BigInt(index) * 3_131n });
  const statementId = await odb.transaction(async (tx) => {
    await catchUp(tx, { clock });
    const [owner] = await tx.query<{ userId: string }>('select user_id as "userId" from access.user_account limit 1');
    assert.ok(owner);
    const { userId: madeBy } = owner;
    value(await publishPeriod(tx, { period: parsePeriod(LAST_MONTH)!, publishedBy: madeBy, approvedBy: null }, { clock }));
    const made = value(await createStatement(tx, { subjectKind: 'fleet', subjectId: fleetId, firstOn: `${LAST_MONTH}-01`, lastOn: `${LAST_MONTH}-28`, madeBy }, { clock }));
    value(await startClosing(tx, { statementId: made.statementId, closesOn: dayBack(-5) }, { clock }));
    const blocked = value(await createStatement(tx, { subjectKind: 'fleet', subjectId: fleetId, firstOn: `${LAST_MONTH}-29`, lastOn: `${LAST_MONTH}-30`, madeBy }, { clock }));
    value(await startClosing(tx, { statementId: blocked.statementId, closesOn: dayBack(-3) }, { clock }));
    return blocked.statementId;
  });
  const server = await startConsoleServer(database, clock);
  const late = told[1]!;
  const lateReading = (): Promise<void> => odb.transaction(async (tx) => {
    await applyFacts(tx, [late.say.read(addMs(late.from, 5 * MS_PER_MINUTE), late.ref, late.registerWh + (late.wh * 4n) / 5n)], { clock });
    await catchUp(tx, { clock });
  });
  return { ...server, world, odb, statementId, lateReading };
}

async function furnish(tx: Tx, { stations }: SeededWorld): Promise<{ fleetId: string }> {
  const north = value(await createSubOperator(tx, { name: '东站新能源 East Rail Energy' }));
  value(await bindStation(tx, { stationId: stations[2]!.stationId, subOperatorId: north, validFrom: addMs(clock.now(), -80 * DAY_MS) }));
  const departmentId = value(await createDepartment(tx, { name: '城配物流 City Logistics' }));
  const fleetId = value(await createFleet(tx, { name: '夜配车队 Night vans', departmentId }));
  const member = async (token: string): Promise<MemberId> => { const found = await findMemberByToken(tx, token); assert.ok(found); return found.memberId as MemberId; };
  for (const { token } of MEMBERS) assert.ok((await topUpAtCashDesk(tx, { commandId: newUuid(), memberId: await member(token), amountMinor: 900_000n, actor: 'seed', note: null }, { clock })).ok);
  const payer = await member(MEMBERS[2].token);
  value(await assignDepartment(tx, { memberId: payer, departmentId, validFrom: addMs(clock.now(), -80 * DAY_MS) }, { clock }));
  for (const van of VANS) {
    value(await registerVehicle(tx, { ...van, fleetId }));
    await addCredential(tx, { memberId: payer, kind: 'vin', token: van.vin });
  }
  return { fleetId };
}

let frames = 0;
/** As a charge point tells it. An odd one's register begins again from nothing. */
async function chargeOnce(odb: OperatorDatabase, { point, day, hour, token, wh, minutes = 40, odd = false }: Charge, registerWh: bigint): Promise<Told> {
  const say = speaker(point), ref = `v201:r${++frames}`, from = instantOf(day, hour), at = (minute: number): Instant => addMs(from, minute * MS_PER_MINUTE);
  const facts: ChargePointFact[] = [say.started(from, ref, registerWh, token), say.read(at(minutes / 2), ref, registerWh + wh / 2n)];
  if (odd) facts.push(say.read(at(minutes / 2 + 1), ref, 200n), say.ended(at(minutes), ref, wh / 2n));
  else facts.push(say.ended(at(minutes), ref, registerWh + wh));
  await odb.transaction((tx) => applyFacts(tx, facts, { clock }));
  return { ref, say, from, registerWh, wh };
}
