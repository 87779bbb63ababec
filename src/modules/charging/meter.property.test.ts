import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { openTestDatabase } from '../../../test/support/database.ts';
import { advanceMeter, NEW_METER } from './domain/meter.ts';
import { addPoint, at, auditWorld, createWorld, speaker } from './world.fixture.ts';

const test = await openTestDatabase();
const seed = Number(process.env.SEED ?? (Math.random() * 2 ** 31) | 0);

/** Readings outside any session, over days, in any order and any batches: the meter must stand where one pass over all of them in time order ends. */
const reading = fc.record({ minute: fc.integer({ min: 0, max: 4 * 1440 }), registerWh: fc.oneof(fc.integer({ min: 0, max: 200_000 }), fc.constantFrom(0, 5_000_000)) });

it(`a connector's meter is a function of its readings and not of their order (seed ${seed})`, async () => {
  await fc.assert(fc.asyncProperty(fc.array(reading, { minLength: 5, maxLength: 40 }), fc.integer({ min: 1, max: 9 }), async (readings, size) => {
    const world = await createWorld(test.database);
    const { chargePointId, connectorIds } = await addPoint(world);
    const say = speaker(chargePointId);
    const facts = readings.map(({ minute, registerWh }) => say.read(at(minute), null, BigInt(registerWh), { recordedAt: at(5 * 1440) }));
    for (let from = 0; from < facts.length; from += size) await world.apply(facts.slice(from, from + size));
    const distinct = new Map(readings.map(({ minute, registerWh }) => [`${minute}/${registerWh}`, { at: at(minute), registerWh: BigInt(registerWh), anchor: false }]));
    const { state } = advanceMeter(NEW_METER, [...distinct.values()], 60_000n);
    const [meter] = await world.odb.transaction((tx) => tx.query('select metered_wh as "meteredWh" from charging.connector_meter where connector_id = $1', [connectorIds[0]]));
    assert.equal(meter?.meteredWh, state.meteredWh);
    assert.deepEqual(await auditWorld(world), []);
  }), { seed, numRuns: Number(process.env.RUNS ?? 15) });
});
