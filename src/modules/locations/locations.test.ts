import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { instant, type ChargePointId, type OperatorId, type StationId } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { createOperator, createSubOperator } from '../parties/index.ts';
import { sqlState, type Tx } from '../../platform/database/index.ts';
import {
  addChargePoint, addStation, createChargePoint, createStation, ensureConnector, ensureConnectors, hashChargePointPassword, loadChargePoint,
  recordBoot, recordConnectorStatuses, recordSeen, resolveChargePoint, setChargePointPassword, verifyChargePointPassword,
} from './index.ts';

const test = await openTestDatabase();
const as = <T>(operatorId: OperatorId, work: (tx: Tx) => Promise<T>): Promise<T> => test.database.forOperator(operatorId).transaction(work);
async function newTenant(): Promise<OperatorId> {
  const made = await createOperator(test.database, { code: `op-${newUuid().slice(-12)}`, name: 'Test', currency: 'GBP', timeZone: 'Europe/London' });
  assert.ok(made.ok);
  return made.value;
}
async function newSubOperator(tx: Tx): Promise<string> {
  const made = await createSubOperator(tx, { name: newUuid() });
  assert.ok(made.ok);
  return made.value;
}
const identity = (): string => `CP-${newUuid().slice(-12)}`;

async function makeChargePoint(operatorId: OperatorId): Promise<{ stationId: StationId; chargePointId: ChargePointId; name: string }> {
  return as(operatorId, async (tx) => {
    const stationId = await createStation(tx, { name: 'Depot West', timeZone: 'Europe/London', subOperatorId: await newSubOperator(tx) });
    const name = identity();
    const chargePointId = await createChargePoint(tx, { stationId, identity: name, maxPowerW: 22_000n, connectors: [{ evseNumber: 2, maxPowerW: 7_000n }, { evseNumber: 1, maxPowerW: 22_000n }] });
    return { stationId, chargePointId, name };
  });
}

describe('locations', () => {
  it('loads a charge point with its station, zone and connectors in order', async () => {
    const operatorId = await newTenant();
    const { chargePointId, stationId, name } = await makeChargePoint(operatorId);
    const loaded = await as(operatorId, (tx) => loadChargePoint(tx, chargePointId));
    assert.ok(loaded);
    assert.deepEqual({ ...loaded, connectors: loaded.connectors.map((each) => [each.evseNumber, each.maxPowerW]) }, {
      chargePointId, stationId, identity: name, stationName: 'Depot West', timeZone: 'Europe/London', maxPowerW: 22_000n, connectors: [[1, 22_000n], [2, 7_000n]],
    });
  });

  it('resolves an identity to its operator before any tenant is known', async () => {
    const operatorId = await newTenant();
    const { chargePointId, name } = await makeChargePoint(operatorId);
    assert.deepEqual(await resolveChargePoint(test.database, name), { operatorId, chargePointId, passwordHash: null });
    assert.equal(await resolveChargePoint(test.database, `${name}x`), null);
  });

  it('refuses an identity that another operator has taken, and undoes nothing else', async () => {
    const { name } = await makeChargePoint(await newTenant());
    const other = await newTenant();
    const result = await as(other, async (tx) => {
      const stationId = await createStation(tx, { name: 'Elsewhere', timeZone: 'Asia/Shanghai' });
      return addChargePoint(tx, { stationId, identity: name, maxPowerW: 7_000n, connectors: [] });
    });
    assert.deepEqual(result, { ok: false, error: { code: 'charge_point_identity_taken', identity: name } });
  });

  it('refuses malformed input with a code each', async () => {
    const operatorId = await newTenant();
    const { stationId } = await makeChargePoint(operatorId);
    const codes = await as(operatorId, async (tx) => {
      const base = { stationId, identity: identity(), maxPowerW: 7_000n, connectors: [] };
      const tries = [
        await addStation(tx, { name: ' ', timeZone: 'Europe/London' }),
        await addStation(tx, { name: 'x', timeZone: 'Europe/Londom' }),
        await addStation(tx, { name: 'x', timeZone: '+08:00' }),
        await addStation(tx, { name: 'x\u0000', timeZone: 'Europe/London' }),
        await addStation(tx, { name: 'x', timeZone: 'Europe/London', subOperatorId: newUuid() }),
        await addChargePoint(tx, { ...base, identity: 'a/b' }),
        await addChargePoint(tx, { ...base, assetCode: '123' }),
        await addChargePoint(tx, { ...base, maxPowerW: 0n }),
        await addChargePoint(tx, { ...base, connectors: [{ evseNumber: 1, maxPowerW: 1n }, { evseNumber: 1, maxPowerW: 1n }] }),
        await addChargePoint(tx, { ...base, stationId: newUuid() as StationId }),
      ];
      return tries.map((result) => (result.ok ? 'accepted' : result.error.code));
    });
    assert.deepEqual(codes, ['station_name_malformed', 'time_zone_unknown', 'time_zone_unknown', 'station_name_malformed', 'sub_operator_not_found', 'charge_point_identity_malformed',
      'asset_code_malformed', 'power_out_of_range', 'connectors_malformed', 'station_not_found']);
  });

  it('makes the connector that a frame names and nobody had entered, once, also for two at the same time', async () => {
    const operatorId = await newTenant();
    const { chargePointId } = await makeChargePoint(operatorId);
    const ids = await Promise.all(Array.from({ length: 6 }, () => as(operatorId, (tx) => ensureConnector(tx, chargePointId, 7))));
    assert.equal(new Set(ids).size, 1);
    const batch = await as(operatorId, (tx) => ensureConnectors(tx, [{ chargePointId, evseNumber: 7 }, { chargePointId, evseNumber: 8 }, { chargePointId: newUuid() as ChargePointId, evseNumber: 1 }]));
    assert.equal(batch.get(`${chargePointId}/7`), ids[0]);
    assert.equal(batch.size, 2);
  });

  it('keeps what a charge point said at boot and when it was last heard, and the last status to arrive', async () => {
    const operatorId = await newTenant();
    const { chargePointId } = await makeChargePoint(operatorId);
    await as(operatorId, async (tx) => {
      await recordSeen(tx, [{ chargePointId, at: instant(5_000) }, { chargePointId, at: instant(4_000) }]);
      await recordBoot(tx, chargePointId, { vendor: 'ACME\u0000', model: 'M'.repeat(300), serial: null, firmware: '1.2', at: instant(3_000) });
      await recordConnectorStatuses(tx, [
        { chargePointId, evseNumber: 1, status: 'Available', errorCode: 'NoError', at: instant(9_000) },
        { chargePointId, evseNumber: 1, status: 'Charging', errorCode: null, at: instant(1_000) },
        { chargePointId, evseNumber: 0, status: 'Available', errorCode: null, at: instant(1_000) },
        { chargePointId, evseNumber: 5, status: 'Faulted', errorCode: 'GroundFailure', at: instant(1_000) },
      ]);
    });
    const [state] = await as(operatorId, (tx) => tx.query('select vendor, length(model) as model, last_seen_at, booted_at from locations.charge_point_state'));
    assert.deepEqual(state, { vendor: 'ACME', model: 200, last_seen_at: 5_000, booted_at: 3_000 });
    const statuses = await as(operatorId, (tx) => tx.query('select evse_number, status from locations.connector_status order by 1'));
    assert.deepEqual(statuses, [{ evse_number: 0, status: 'Available' }, { evse_number: 1, status: 'Charging' }, { evse_number: 5, status: 'Faulted' }]);
    assert.equal((await as(operatorId, (tx) => loadChargePoint(tx, chargePointId)))?.connectors.length, 3);
  });

  it("rotates the password of one's own charge point and not of another's", async () => {
    const operatorId = await newTenant();
    const { chargePointId, name } = await makeChargePoint(operatorId);
    const hash = hashChargePointPassword('0123456789abcdef', randomBytes);
    assert.equal(await as(await newTenant(), (tx) => setChargePointPassword(tx, chargePointId, 'stolen')), false);
    assert.equal(await as(operatorId, (tx) => setChargePointPassword(tx, chargePointId, hash)), true);
    const stored = (await resolveChargePoint(test.database, name))?.passwordHash;
    assert.ok(stored && verifyChargePointPassword('0123456789abcdef', stored));
    assert.ok(!verifyChargePointPassword('0123456789abcdeg', stored));
    assert.ok(!verifyChargePointPassword('', 'hmac-sha256$x'));
  });
});

describe('tenancy of locations', () => {
  const TABLES = ['station', 'station_binding', 'charge_point', 'connector', 'charge_point_state', 'connector_status'];

  it("shows own rows and no foreign rows on every table, and lets nobody write another's", async () => {
    const [mine, other] = [await newTenant(), await newTenant()];
    for (const operatorId of [mine, other]) {
      const { chargePointId } = await makeChargePoint(operatorId);
      await as(operatorId, (tx) => recordConnectorStatuses(tx, [{ chargePointId, evseNumber: 1, status: 'Available', errorCode: null, at: instant(0) }]));
      await as(operatorId, (tx) => recordSeen(tx, [{ chargePointId, at: instant(0) }]));
    }
    for (const table of TABLES) {
      const rows = await as(mine, (tx) => tx.query(`select operator_id from locations.${table}`));
      assert.ok(rows.length > 0, `${table} shows nothing`);
      assert.ok(rows.every((row) => row.operator_id === mine), `${table} shows another operator's rows`);
      const columns = 'operator_id';
      const foreign = as(mine, (tx) => tx.execute(`insert into locations.${table} (${columns}) values ($1)`, [other]));
      await assert.rejects(foreign, (error) => sqlState(error) === '42501', `${table} takes another operator's row`);
    }
  });

  it('has a test row for every table of the schema', async () => {
    const rows = await test.database.untenanted.query<{ name: string }>(`select relname as name from pg_class where relnamespace = 'locations'::regnamespace and relkind = 'r' order by 1`);
    assert.deepEqual(rows.map((row) => row.name).sort(), [...TABLES, 'charge_point_directory'].sort());
  });

  it('opens the directory of identities to nobody but its functions', async () => {
    for (const statement of ['select * from locations.charge_point_directory', `update locations.charge_point_directory set password_hash = 'x'`]) {
      await assert.rejects(test.database.untenanted.query(statement), (error) => sqlState(error) === '42501');
    }
    await assert.rejects(
      as(await newTenant(), (tx) => tx.query('select locations.claim_identity($1, $2, $3, null)', ['stranger', newUuid(), newUuid()])),
      (error) => sqlState(error) === '42501',
    );
  });

  it('binds a station to one sub-operator at a time and ends a binding once', async () => {
    const operatorId = await newTenant();
    const { stationId } = await makeChargePoint(operatorId);
    const overlap = as(operatorId, (tx) => tx.execute(
      `insert into locations.station_binding (operator_id, binding_id, station_id, sub_operator_id, valid_from) values ($1, $2, $3, $4, '2026-01-01')`,
      [operatorId, newUuid(), stationId, newUuid()]));
    await assert.rejects(overlap, (error) => sqlState(error) === '23P01');
    const end = () => as(operatorId, (tx) => tx.execute(`update locations.station_binding set valid_to = '2026-06-01'`));
    await end();
    await assert.rejects(end(), (error) => sqlState(error) === '23001');
  });
});
