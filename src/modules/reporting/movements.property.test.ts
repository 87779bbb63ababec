import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { openTestDatabase } from '../../../test/support/database.ts';
import type { BillId } from '../../kernel/index.ts';
import { bindStation } from '../locations/index.ts';
import { assignFleet, createDepartment, createFleet, createSubOperator, addCredential, changeMember, registerVehicle } from '../parties/index.ts';
import { rederiveSessions } from '../charging/index.ts';
import { auditReporting } from './index.ts';
import { rebuildMovements, recordMovements } from './commands/record-movements.ts';
import { addMember, at, billIds, charge, createWorld, deliver, lateReading, movements, speaker, addPoint, type World } from '../../../test/support/reporting-world.ts';

const test = await openTestDatabase();
const seed = Number(process.env.SEED ?? (Math.random() * 2 ** 31) | 0);

/** Versions of every kind: settled, held, corrected by late readings twice, without energy; with a sub-operator, a department and a vehicle on some. */
async function variedWorld(): Promise<World> {
  const world = await createWorld(test.database);
  const { memberId, token } = await addMember(world, 5_000);
  const vin = 'LZYTBGCW9K1000001';
  await world.odb.transaction(async (tx) => {
    const value = <T>(result: { ok: true; value: T } | { ok: false }): T => { assert.ok(result.ok); return result.value; };
    const north = value(await createSubOperator(tx, { name: 'North' }));
    value(await bindStation(tx, { stationId: world.stationId, subOperatorId: north, validFrom: at(120) }));
    const fleet = value(await createFleet(tx, { name: 'Depot' }));
    const vehicleId = value(await registerVehicle(tx, { vin }));
    value(await assignFleet(tx, { vehicleId, fleetId: fleet, validFrom: at(0) }));
    value(await changeMember(tx, memberId, { departmentId: value(await createDepartment(tx, { name: 'Buses' })) }));
    await addCredential(tx, { memberId, kind: 'vin', token: vin });
  });
  const first = await charge(world, { from: 595, minutes: 20, token });
  await charge(world, { from: 130, token: vin });
  const third = await charge(world, { from: 590, minutes: 60, wh: 20_000n, token });
  await charge(world, { from: 200, wh: 0n, token });
  const { chargePointId } = await addPoint(world);
  await world.apply([speaker(chargePointId).ended(at(300), 'v201:orphan', 9_000n)]);
  await lateReading(world, first, { minute: 3, registerWh: 54_000n });
  await lateReading(world, third, { minute: 5, registerWh: 51_000n });
  await lateReading(world, third, { minute: 8, registerWh: 51_500n });
  await world.odb.transaction((tx) => rederiveSessions(tx, [first.sessionId], { clock: world.clock }));
  return world;
}

it(`bills counted in any order, in any batches, any number of times, give the same movements as telling them one after the other (seed ${seed})`, async () => {
  const world = await variedWorld();
  const ids = await billIds(world);
  assert.ok(ids.length >= 7, `${ids.length} versions`);
  await deliver(test, world);
  const told = await movements(world);
  assert.ok(told.length > ids.length, 'some versions were replaced');
  const batches = fc.array(fc.array(fc.constantFrom(...ids), { maxLength: 4 }), { maxLength: 8 });
  class Undo extends Error {}
  await fc.assert(fc.asyncProperty(fc.shuffledSubarray([...ids], { minLength: ids.length }), batches, fc.integer({ min: 1, max: 5 }), async (order, doubles, size) => {
    const fresh = await createCopy(world, async (tx) => {
      const rounds: BillId[][] = [...doubles];
      for (let from = 0; from < order.length; from += size) rounds.splice(Math.min(rounds.length, from), 0, order.slice(from, from + size));
      for (const round of rounds) await recordMovements(tx, round, { clock: world.clock });
    }, Undo);
    assert.deepEqual(fresh, told);
  }), { seed, numRuns: 40 });
});

it('making all reports anew from the bills finds every row as it is', async () => {
  const world = await variedWorld();
  await deliver(test, world);
  const told = await movements(world);
  const { bills, missing } = await rebuildMovements(world.odb, { clock: world.clock });
  assert.deepEqual([bills, missing], [(await billIds(world)).length, 0]);
  assert.deepEqual(await movements(world), told);
  assert.deepEqual(await world.odb.transaction(async (tx) => (await auditReporting(tx)).flatMap(({ code, failures }) => failures.map((failure) => `${code} ${failure.id} ${failure.detail}`))), []);
});

/** Counts in a transaction that starts without movements and is undone. The rows are taken away by the database's superuser, since nobody else can. */
async function createCopy(world: World, count: (tx: Parameters<Parameters<World['odb']['transaction']>[0]>[0]) => Promise<void>, Undo: new () => Error): Promise<Record<string, unknown>[]> {
  const twin = await twinOf(world);
  let rows: Record<string, unknown>[] = [];
  try {
    await twin.odb.transaction(async (tx) => {
      await count(tx);
      rows = await tx.query(`select to_jsonb(m) - 'recorded_at' - 'operator_id' as row from reporting.bill_movement m where operator_id = $1 order by bill_id, sign`, [world.operatorId]);
      throw new Undo();
    });
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
  }
  return rows;
}

let emptied: string | null = null;
async function twinOf(world: World): Promise<World> {
  if (emptied !== world.operatorId) {
    const { default: pg } = await import('pg');
    const admin = new pg.Client({ connectionString: test.adminUrl });
    await admin.connect();
    await admin.query('set session_replication_role = replica');
    await admin.query('delete from reporting.bill_movement where operator_id = $1', [world.operatorId]);
    await admin.end();
    emptied = world.operatorId;
  }
  return world;
}
