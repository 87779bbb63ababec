import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { openTestDatabase } from '../../test/support/database.ts';
import { AssertionFault, type SessionId } from '../kernel/index.ts';
import { sweepSilentSessions } from '../modules/charging/index.ts';
import { at, auditWorld, type World } from '../modules/charging/world.fixture.ts';
import { changeRepairPolicy, listItems, loadRun, previewBulk, repairAutomatically, startBulk, workBulk, type RepairSubjects } from '../modules/repair/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import { ANY, deliver, lostBill, openLive, repairFailures, type Live } from './repair.fixture.ts';
import { REPAIR_SUBJECTS } from './repair-subjects.ts';

const test = await openTestDatabase();
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) {
    assert.deepEqual(await auditWorld(world), []);
    await deliver(test, world);
    assert.deepEqual(await repairFailures(world), []);
  }
});
async function live(): Promise<Live> {
  const all = await openLive(test, { yuan: 5_000 });
  worlds.push(all.world);
  return all;
}

/** Bills whose repair throws, as a broken assumption of the program would, after it has written. */
const failingFor = (sessionIds: readonly string[], error = (): Error => new AssertionFault('of this bill')): RepairSubjects => new Map([...REPAIR_SUBJECTS].map(([kind, subject]) => [kind, {
  ...subject,
  apply: async (...of: Parameters<typeof subject.apply>) => {
    const applied = await subject.apply(...of);
    if (sessionIds.includes(of[1])) throw error();
    return applied;
  },
}]));

/** A session without an end, whose energy the next charge at the connector proves. */
async function strongBill({ world, say, token }: Live, hour: number): Promise<SessionId> {
  const register = 200_000n + BigInt(hour) * 20_000n, from = hour * 60;
  const start = say.started(at(from), null, register, token);
  const { sessionId, transactionId } = await world.start(start);
  await world.apply([start, say.read(at(from + 10), `v16:${transactionId}`, register + 5_000n)]);
  await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(from + 300) } }));
  await world.apply([say.started(at(from + 20), `v201:next${hour}`, register + 9_000n, token), say.ended(at(from + 40), `v201:next${hour}`, register + 14_000n)]);
  return sessionId;
}

describe('a repair that fails in the program', () => {
  it('C-05 is passed over by its bulk run, which says so; every other bill is repaired, and nothing of the failed one is left behind', async () => {
    const all = await live(), { world } = all;
    const sessions: string[] = [];
    for (let hour = 0; hour < 25; hour++) sessions.push((await lostBill(all, hour)).sessionId);
    await deliver(test, world);
    const poison = [sessions[3]!, sessions[4]!, sessions[24]!], told: string[] = [];
    const runId = newUuid();
    await world.odb.transaction((tx) => previewBulk(tx, { runId, filter: ANY, reason: 'register 0', currency: 'CNY', by: newUuid() }, world));
    await world.odb.transaction((tx) => startBulk(tx, { runId, by: newUuid() }, world));
    assert.equal(await workBulk(world.odb, { subjects: failingFor(poison), clock: world.clock, onFault: (error, caseId) => told.push(`${caseId}: ${error.message}`) }), 25);
    const run = (await world.odb.transaction((tx) => loadRun(tx, runId)))!;
    assert.deepEqual([run.state, run.applied, run.refused], ['done', 22, 3]);
    const items = await world.odb.transaction((tx) => listItems(tx, { runId, state: 'refused', after: 0, limit: 100 }));
    assert.deepEqual(items.map(({ code }) => code), ['repair_failed', 'repair_failed', 'repair_failed']);
    assert.deepEqual(told.toSorted(), items.map(({ caseId }) => `${caseId}: of this bill`).toSorted());
    for (const sessionId of poison) assert.equal((await all.caseOf(sessionId as SessionId))?.state, 'proposed');
  });

  it('C-05 keeps no other bill from automatic repair, is left to people, and is not tried again on the same facts', async () => {
    const all = await live(), { world } = all;
    const sessions = [await strongBill(all, 0), await strongBill(all, 10), await strongBill(all, 20)];
    await deliver(test, world);
    const { primaryCause: cause } = (await all.caseOf(sessions[0]!))!;
    await world.odb.transaction((tx) => changeRepairPolicy(tx, { policy: { enabled: true, automatic: [{ cause, amountMinorMax: 100_000n, energyWhMax: 100_000n, waitMs: 0 }], dueDays: 7, bulkFourEyesAboveMinor: 500_000n }, seenVersion: 0, reason: null, changedBy: 'usr_test', currency: 'CNY' }, world));
    world.clock.advance(16 * 60_000);
    const run = () => repairAutomatically(world.odb, { subjects: failingFor([sessions[1]!]), clock: world.clock, currency: 'CNY' });
    assert.deepEqual(await run(), { checked: 3, applied: 2, refused: 1, lapsed: 0 });
    assert.deepEqual(await Promise.all(sessions.map(async (sessionId) => (await all.caseOf(sessionId))?.state)), ['applied', 'proposed', 'applied']);
    assert.deepEqual(await run(), { checked: 0, applied: 0, refused: 0, lapsed: 0 });
  });

  it('a fault of the surroundings is nobody\'s: it is thrown, nothing is refused, and the run goes on later', async () => {
    const all = await live(), { world } = all;
    const { sessionId } = await lostBill(all);
    await deliver(test, world);
    const runId = newUuid();
    await world.odb.transaction((tx) => previewBulk(tx, { runId, filter: ANY, reason: 'register 0', currency: 'CNY', by: newUuid() }, world));
    await world.odb.transaction((tx) => startBulk(tx, { runId, by: newUuid() }, world));
    await assert.rejects(workBulk(world.odb, { subjects: failingFor([sessionId], () => new Error('the connection is gone')), clock: world.clock }), /the connection is gone/);
    assert.equal((await world.odb.transaction((tx) => loadRun(tx, runId)))?.state, 'running');
    assert.equal(await workBulk(world.odb, { subjects: REPAIR_SUBJECTS, clock: world.clock }), 1);
    assert.equal((await world.odb.transaction((tx) => loadRun(tx, runId)))?.applied, 1);
  });
});
