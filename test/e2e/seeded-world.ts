import assert from 'node:assert/strict';
import { addMs, instant, type ChargePointId, type Clock, type Instant, type OperatorId, type StationId } from '../../src/kernel/index.ts';
import { createUser } from '../../src/modules/access/index.ts';
import { createChargePoint, createStation, recordBoot, recordConnectorStatus, recordSeen } from '../../src/modules/locations/index.ts';
import { addCredential, createMember, createOperator } from '../../src/modules/parties/index.ts';
import { assignTariff, createTariff, parseRate, type TariffPeriod } from '../../src/modules/tariffs/index.ts';
import type { Database, Tx } from '../../src/platform/database/index.ts';

/** A small operator with everything the console shows; the browser tests and its screenshots start from here. */
export type SeededWorld = { readonly operatorId: OperatorId; readonly operatorCode: string; readonly logInName: string; readonly password: string; readonly stations: readonly SeededStation[] };
export type SeededStation = { readonly stationId: StationId; readonly name: string; readonly chargePoints: readonly SeededChargePoint[] };
export type SeededChargePoint = { readonly chargePointId: ChargePointId; readonly identity: string };

export const LOG_IN = { operatorCode: 'volt', logInName: 'wang', password: 'correct horse battery' } as const;
const TIME_ZONE = 'Asia/Shanghai';
const DAY_MS = 86_400_000;

export async function seedWorld(database: Database, clock: Clock): Promise<SeededWorld> {
  const created = await createOperator(database, { code: LOG_IN.operatorCode, name: '伏特城充电 Volt City', currency: 'CNY', timeZone: TIME_ZONE });
  assert.ok(created.ok);
  const operatorId = created.value;
  const operator = database.forOperator(operatorId);
  const stations = await operator.transaction(async (tx) => {
    const user = await createUser(tx, { logInName: LOG_IN.logInName, displayName: '王小明', password: LOG_IN.password, roles: [{ role: 'owner' }] }, { clock });
    assert.ok(user.ok);
    const places = [['滨江公园 Riverside Park', '杭州市滨江区江南大道 588 号', 4], ['城北公交枢纽 North Bus Depot', '杭州市拱墅区石祥路 71 号', 6], ['高铁东站 P3 East Rail P3', '杭州市上城区天城路 1 号', 5]] as const;
    const seeded: SeededStation[] = [];
    for (const [index, [name, address, points]] of places.entries()) seeded.push(await seedStation(tx, { name, address, points, index, at: clock.now() }));
    await seedTariffs(tx, seeded, clock.now());
    await seedMembers(tx);
    return seeded;
  });
  return { operatorId, ...LOG_IN, stations };
}

type StationPlan = { readonly name: string; readonly address: string; readonly points: number; readonly index: number; readonly at: Instant };

async function seedStation(tx: Tx, { name, address, points, index, at }: StationPlan): Promise<SeededStation> {
  const stationId = await createStation(tx, { name, address, timeZone: TIME_ZONE });
  const chargePoints: SeededChargePoint[] = [];
  for (let number = 1; number <= points; number++) {
    const identity = `VC-${['RP', 'ND', 'ER'][index]}-${String(number).padStart(2, '0')}`;
    const chargePointId = await createChargePoint(tx, { stationId, identity, passwordHash: null, maxPowerW: 120_000n, connectors: [1, 2].map((evseNumber) => ({ evseNumber, maxPowerW: 60_000n })) });
    await recordBoot(tx, chargePointId, { vendor: index === 1 ? 'Kelvin Power' : 'Ampere', model: index === 1 ? 'DC-120' : 'Duo 60', serial: `SN${index}${number}0042`, firmware: '2.7.1', at: addMs(at, -DAY_MS) });
    const silent = index === 2 && number === 5;
    await recordSeen(tx, [{ chargePointId, at: addMs(at, silent ? -3 * DAY_MS : -60_000) }]);
    for (const evseNumber of [1, 2]) {
      const faulted = index === 1 && number === 4 && evseNumber === 2;
      await recordConnectorStatus(tx, { chargePointId, evseNumber, status: faulted ? 'Faulted' : 'Available', errorCode: faulted ? 'GroundFailure' : 'NoError', at: addMs(at, -600_000 * number) });
    }
    chargePoints.push({ chargePointId, identity });
  }
  return { stationId, name, chargePoints };
}

const period = (startMinute: number, endMinute: number, kind: TariffPeriod['kind'], electricity: string, service: string): TariffPeriod =>
  ({ startMinute, endMinute, kind, electricity: parseRate(electricity)!, service: parseRate(service)! });

/** Prices of a Chinese city's commercial grid tariff: valley at night, sharp in the evening. */
const CITY_DAY = [
  period(0, 480, 'valley', '0.3139', '0.4000'), period(480, 660, 'peak', '1.0197', '0.4500'), period(660, 780, 'flat', '0.6676', '0.4500'),
  period(780, 1080, 'peak', '1.0197', '0.4500'), period(1080, 1260, 'sharp', '1.2236', '0.5000'), period(1260, 1440, 'flat', '0.6676', '0.4000'),
];
const DEPOT_DAY = [period(0, 420, 'valley', '0.3139', '0.2500'), period(420, 1320, 'flat', '0.6676', '0.3000'), period(1320, 1440, 'valley', '0.3139', '0.2500')];

async function seedTariffs(tx: Tx, stations: readonly SeededStation[], at: Instant): Promise<void> {
  const occupancy = { ratePerMinute: parseRate('0.5')!, graceMinutes: 15 };
  const city = await createTariff(tx, { name: '市区分时 City time of use', currency: 'CNY', periods: CITY_DAY, occupancy });
  const depot = await createTariff(tx, { name: '公交专用 Bus depot', currency: 'CNY', periods: DEPOT_DAY, occupancy: null });
  assert.ok(city.ok && depot.ok);
  for (const [index, station] of stations.entries()) {
    const { tariffId } = index === 1 ? depot.value : city.value;
    const assigned = await assignTariff(tx, { tariffId, stationId: station.stationId, connectorId: null, validFrom: instant(at - 90 * DAY_MS), validTo: null });
    assert.ok(assigned.ok);
  }
}

export const MEMBERS = [
  { displayName: '李娜', phone: '13800138001', token: '04A1B2C3D4E501' }, { displayName: 'Grace Hopper', phone: '13800138002', token: '04A1B2C3D4E502' },
  { displayName: '城北公交 17 路', phone: null, token: '04A1B2C3D4E503' }, { displayName: '陈伟', phone: '13800138004', token: '04A1B2C3D4E504' },
  { displayName: 'André-Marie Ampère', phone: '13800138005', token: '04A1B2C3D4E505' }, { displayName: '赵敏', phone: '13800138006', token: '04A1B2C3D4E506' },
] as const;

async function seedMembers(tx: Tx): Promise<void> {
  for (const { displayName, phone, token } of MEMBERS) {
    const memberId = await createMember(tx, { displayName, phone });
    await addCredential(tx, { memberId, kind: 'rfid', token });
  }
}
