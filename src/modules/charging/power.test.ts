import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import type { ChargePointId } from '../../kernel/index.ts';
import { powerCurve } from './index.ts';
import { addMember, addPoint, at, createWorld, speaker, type World } from './world.fixture.ts';

const test = await openTestDatabase();

/** Mean power in kW of each of the ten minutes up to minute 20, and now. */
async function curve(world: World, chargePointId?: ChargePointId): Promise<{ minutes: number[]; now: number }> {
  const { minutesW, nowW } = await world.odb.transaction((tx) => powerCurve(tx, { chargePointId }, { now: at(20.5), minutes: 10 }));
  return { minutes: minutesW.map((watts) => Number(watts) / 1_000), now: Number(nowW) / 1_000 };
}

async function started(world: World, minute: number) {
  const { token } = await addMember(world, 100);
  const { chargePointId } = await addPoint(world);
  const say = speaker(chargePointId);
  const start = say.started(at(minute), null, 50_000n, token);
  const ref = `v16:${(await world.start(start)).transactionId}`;
  await world.apply([start]);
  return { say, ref, chargePointId };
}

describe('the power curve', () => {
  it('is the measured power of each minute, summed over sessions, until they end', async () => {
    const world = await createWorld(test.database);
    const [one, two] = [await started(world, 8), await started(world, 8)];
    await world.apply([one.say.read(at(12), one.ref, 51_000n, { powerW: 30_000n }), one.say.read(at(15.5), one.ref, 53_000n, { powerW: 20_000n }), one.say.ended(at(18), one.ref, 54_000n)]);
    await world.apply([two.say.read(at(11), two.ref, 51_000n, { powerW: 10_000n })]);
    const all = await curve(world);
    assert.deepEqual(all.minutes.slice(2, 10), [40, 40, 40, 35, 30, 30, 10, 10]);
    assert.equal(all.now, 10);
    assert.deepEqual((await curve(world, two.chargePointId)).minutes.slice(1), [10, 10, 10, 10, 10, 10, 10, 10, 10]);
  });

  it('is what the register says where no power is measured, and never more than the connector gives', async () => {
    const world = await createWorld(test.database);
    const { say, ref } = await started(world, 10);
    await world.apply([say.read(at(14), ref, 52_000n), say.read(at(16), ref, 90_000n), say.ended(at(18), ref, 90_500n)]);
    assert.deepEqual((await curve(world)).minutes, [30, 30, 30, 30, 60, 60, 15, 15, 0, 0]);
  });

  it('lasts no longer than a quarter of an hour after the last word', async () => {
    const world = await createWorld(test.database);
    const { say, ref } = await started(world, -20);
    await world.apply([say.read(at(-1), ref, 60_000n, { powerW: 40_000n })]);
    assert.deepEqual((await curve(world)).minutes, [40, 40, 40, 40, 0, 0, 0, 0, 0, 0]);
  });

  it('of nobody is nothing', async () => {
    assert.deepEqual(await curve(await createWorld(test.database)), { minutes: Array.from({ length: 10 }, () => 0), now: 0 });
  });
});
