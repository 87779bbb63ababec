import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { listSessions } from './index.ts';
import { addMember, addPoint, at, createWorld, speaker } from './world.fixture.ts';

const test = await openTestDatabase();

it('a session is not closed by its own start when an earlier one of the connector is applied in the same batch', async () => {
  const world = await createWorld(test.database);
  const { token } = await addMember(world, 500);
  const { chargePointId } = await addPoint(world);
  const point = speaker(chargePointId);
  const first = point.started(at(0), null, 1_000n, token);
  const firstRef = `v16:${(await world.start(first)).transactionId}`;
  const ended = point.ended(at(30), firstRef, 11_000n);
  const second = point.started(at(60), null, 11_000n, token);
  const secondRef = `v16:${(await world.start(second)).transactionId}`;
  await world.apply([{ ...first, transactionRef: firstRef }, ended, { ...second, transactionRef: secondRef }, point.read(at(70), secondRef, 15_000n)]);
  const sessions = await world.odb.transaction((tx) => listSessions(tx, {}, { after: null, limit: 10 }));
  assert.deepEqual(sessions.map(({ transactionRef, state, flagCauses }) => [transactionRef, state, flagCauses]), [[secondRef, 'active', []], [firstRef, 'ended', []]]);
});

it('C-13 a start that was sent twice is closed by its second, however many frames are applied at once', async () => {
  const named = async (atOnce: boolean): Promise<unknown> => {
    const world = await createWorld(test.database);
    const { token } = await addMember(world, 500);
    const { token: other } = await addMember(world, 500);
    const point = speaker((await addPoint(world)).chargePointId);
    const facts = [
      point.started(at(0), 'v201:first', 1_000n, token), point.started(at(0.1), 'v201:a', 1_000n, token), point.ended(at(20), 'v201:a', 11_000n),
      point.started(at(60), 'v201:b', 11_000n, other), point.ended(at(80), 'v201:b', 21_000n),
    ];
    for (const batch of atOnce ? [facts] : facts.map((fact) => [fact])) await world.apply(batch);
    const sessions = await world.odb.transaction((tx) => listSessions(tx, {}, { after: null, limit: 10 }));
    return sessions.map(({ transactionRef, state, flagCauses, endedAt }) => [transactionRef, state, flagCauses, endedAt]).sort();
  };
  const oneByOne = await named(false);
  assert.deepEqual(oneByOne, [
    ['v201:a', 'ended', [], at(20)], ['v201:b', 'ended', [], at(80)], ['v201:first', 'ended', ['duplicate_start'], at(0)],
  ]);
  assert.deepEqual(await named(true), oneByOne);
});
