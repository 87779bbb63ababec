import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logInTestUser, openTestApi, TEST_PASSWORD, type TestUser } from '../../test/support/api.ts';
import { openTestDatabase } from '../../test/support/database.ts';
import { encodeId, type ChargePointId } from '../kernel/index.ts';
import { createUser, type BuiltInRole } from '../modules/access/index.ts';
import { at, auditWorld, speaker, type World } from '../modules/charging/world.fixture.ts';
import { bindStation, createChargePoint, createStation } from '../modules/locations/index.ts';
import { createSubOperator, loadOperator } from '../modules/parties/index.ts';
import { BULK_PAGE, workBulk } from '../modules/repair/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import { deliver, lostBill, openLive, repairFailures } from './repair.fixture.ts';
import { REPAIR_SUBJECTS } from './repair-subjects.ts';

const test = await openTestDatabase();

async function person(world: World, logInName: string, role: BuiltInRole = 'owner', subOperatorId: string | null = null, wake?: () => void): Promise<TestUser> {
  const { api } = await openTestApi(test, { clock: world.clock, ...(wake ? { wakeBulkRepairs: wake } : {}) });
  const code = await world.odb.transaction(async (tx) => (await loadOperator(tx)).code);
  const userId = await world.odb.transaction((tx) => createUser(tx, { logInName, displayName: logInName, password: TEST_PASSWORD, roles: [{ role, subOperatorId }] }, { clock: world.clock }));
  assert.ok(userId.ok);
  return logInTestUser(api, { code, logInName, userId: userId.value });
}
const ANY = { cause: null, maker: null, model: null, firmware: null, stationId: null, confidence: null, amountMax: null };
const work = (world: World, pagesMax?: number) => workBulk(world.odb, { subjects: REPAIR_SUBJECTS, clock: world.clock, ...(pagesMax === undefined ? {} : { pagesMax }) });

describe('repair for a part of the operator', () => {
  it('C-05 a role of one sub-operator sees the cases of what began at its stations while it ran them, and decides none', async () => {
    const all = await openLive(test, { yuan: 5_000 });
    const { world } = all;
    const [east, west] = [await lostBill(all), await world.odb.transaction(async (tx) => {
      const stationId = await createStation(tx, { name: 'West', timeZone: 'Asia/Shanghai' });
      const chargePointId = await createChargePoint(tx, { stationId, identity: `W-${newUuid().slice(0, 8)}`, passwordHash: null, maxPowerW: 64_000n, connectors: [{ evseNumber: 1, maxPowerW: 64_000n }] });
      return { stationId, chargePointId };
    })];
    const there = await lostBill({ ...all, say: speaker(west.chargePointId as ChargePointId) });
    await deliver(test, world);
    const [before, since, neighbour] = await world.odb.transaction(async (tx) => {
      const ids: string[] = [];
      for (const name of ['Before', 'Since', 'Neighbour']) { const made = await createSubOperator(tx, { name }); assert.ok(made.ok); ids.push(made.value); }
      assert.ok((await bindStation(tx, { stationId: world.stationId, subOperatorId: ids[0]!, validFrom: at(-600) })).ok);
      // In the middle of the session: who began it keeps it.
      assert.ok((await bindStation(tx, { stationId: world.stationId, subOperatorId: ids[1]!, validFrom: at(10) })).ok);
      assert.ok((await bindStation(tx, { stationId: west.stationId, subOperatorId: ids[2]!, validFrom: at(-600) })).ok);
      return ids;
    });
    const caseId = encodeId('rpc', (await all.caseOf(east.sessionId))!.caseId), seen = async (user: TestUser) => (await user.get('/repair-cases')).json().items.map(({ sessionId }: { sessionId: string }) => sessionId);
    const [whole, first, second, third] = [await person(world, 'whole'), await person(world, 'first', 'accountant', before), await person(world, 'second', 'clerk', since), await person(world, 'third', 'clerk', neighbour)];
    assert.equal((await seen(whole)).length, 2);
    assert.deepEqual([await seen(first), await seen(second), await seen(third)], [[encodeId('chg', east.sessionId)], [], [encodeId('chg', there.sessionId)]]);
    assert.equal((await first.get(`/repair-cases/${caseId}`)).statusCode, 200);
    for (const other of [second, third]) assert.equal((await other.get(`/repair-cases/${caseId}`)).json().code, 'repair_case_not_found');
    const counts = async (user: TestUser) => { const { toDo, groups, states, ages } = (await user.get('/repair-case-counts?groupBy=station')).json(); return [toDo, groups.length, states.length, ages.underDay]; };
    assert.deepEqual([await counts(whole), await counts(first), await counts(second)], [[2, 2, 1, 2], [1, 1, 1, 1], [0, 0, 0, 0]]);
    const refused = async (answer: ReturnType<TestUser['get']>) => { const { statusCode, body } = await answer; return [statusCode, (JSON.parse(body) as { code: string }).code]; };
    const outside = [403, 'outside_your_sub_operator'];
    assert.deepEqual(await refused(first.post(`/repair-cases/${caseId}/application`, { source: null, energyWh: null, evidenceDigest: null, reason: 'mine' })), outside);
    assert.deepEqual(await refused(first.post('/bulk-repairs', { filter: ANY, reason: 'mine' })), outside);
    for (const path of ['/bulk-repairs', '/repair-policy', '/repair-policy/versions']) assert.deepEqual(await refused(first.get(path)), outside, path);
  });
});

describe('bulk repairs over HTTP', () => {
  it('C-05 C-06 a run shows what it would do and what it did, goes on after a stop, and is put back by a run of its own that leaves later decisions alone', async () => {
    const all = await openLive(test, { yuan: 5_000 });
    const { world } = all, cases = BULK_PAGE + 4;
    for (let hour = 0; hour < cases; hour++) await lostBill(all, hour);
    await deliver(test, world);
    let woken = 0;
    const user = await person(world, 'clerk', 'owner', null, () => { woken += 1; }), start = all.wallet();
    const [group] = (await user.get('/repair-case-counts?groupBy=cause')).json().groups;
    const run = (await user.post('/bulk-repairs', { filter: { ...ANY, cause: group.key }, reason: 'register 0 before the start' })).json();
    assert.deepEqual([run.items, run.total, run.totalWh, run.mayStart, run.filter.cause, run.lastWorkedAt], [group.proposed, group.proposedTotal, group.proposedWh, 'yes', group.key, null]);
    const [sample] = (await user.get(`/bulk-repairs/${run.runId}/items?limit=1`)).json().items;
    assert.deepEqual([sample.stationName, sample.cause, sample.charged.amountMinor, sample.state], ['East', group.key, '0', 'pending']);
    const revert = (reason = 'wrong firmware') => user.post(`/bulk-repairs/${run.runId}/revert`, { reason });
    assert.equal((await revert()).json().code, 'bulk_run_not_revertible', 'nothing was done yet');
    assert.equal((await user.post(`/bulk-repairs/${run.runId}/start`)).json().state, 'running');
    assert.equal(woken, 1, 'it does not wait for the next minute');
    assert.equal(await work(world, 1), BULK_PAGE);
    const half = (await user.get(`/bulk-repairs/${run.runId}`)).json();
    assert.deepEqual([half.applied, half.state, typeof half.lastWorkedAt], [BULK_PAGE, 'running', 'string']);
    assert.equal((await user.post(`/bulk-repairs/${run.runId}/pause`)).json().state, 'paused');
    assert.equal((await user.post(`/bulk-repairs/${run.runId}/start`)).json().state, 'running');
    await work(world);
    const done = (await user.get(`/bulk-repairs/${run.runId}`)).json();
    assert.deepEqual([done.state, done.applied, done.mayStart], ['done', cases, 'done']);
    const paid = await all.wallet();
    assert.equal(paid, (await start) - BigInt(run.total.amountMinor));

    const items = (await user.get(`/bulk-repairs/${run.runId}/items?limit=100`)).json().items as { caseId: string; total: { amountMinor: string }; charged: { amountMinor: string } }[];
    assert.deepEqual(items.map(({ charged }) => charged.amountMinor), items.map(({ total }) => total.amountMinor));
    const [early, late] = items;
    await user.post(`/repair-cases/${early!.caseId}/revert`, { reason: 'asked the driver' });
    const back = (await revert()).json();
    assert.deepEqual([back.items, back.reverts, back.state], [cases - 1, run.runId, 'previewed']);
    assert.equal((await user.get(`/bulk-repairs/${run.runId}`)).json().revertedBy, back.runId);
    // Somebody decides one of them anew before the run begins.
    await user.post(`/repair-cases/${late!.caseId}/revert`, { reason: 'by hand' });
    await user.post(`/repair-cases/${late!.caseId}/application`, { source: null, energyWh: null, evidenceDigest: null, reason: 'by hand, and right' });
    await user.post(`/bulk-repairs/${back.runId}/start`);
    await work(world);
    const undone = (await user.get(`/bulk-repairs/${back.runId}`)).json();
    assert.deepEqual([undone.state, undone.applied, undone.skipped], ['done', cases - 2, 1]);
    assert.equal((await user.get(`/bulk-repairs/${back.runId}/items?state=skipped`)).json().items[0].code, 'correction_superseded');
    assert.equal(await all.wallet(), (await start) - BigInt(late!.total.amountMinor));
    const shown = (await user.get(`/repair-cases/${items[5]!.caseId}`)).json();
    assert.deepEqual([shown.state, shown.events.at(-1).reason], ['reverted', 'wrong firmware']);
    assert.equal((await user.post(`/bulk-repairs/${back.runId}/revert`, { reason: 'again' })).json().code, 'bulk_run_not_revertible');
    assert.equal((await user.get('/bulk-repairs')).json().items.length, 2);
    await deliver(test, world);
    assert.deepEqual([...await auditWorld(world), ...await repairFailures(world)], []);
  });

  it('C-11 whoever previewed a large run is told before that another person starts it', async () => {
    const all = await openLive(test);
    await lostBill(all);
    await deliver(test, all.world);
    const [one, other] = [await person(all.world, 'one'), await person(all.world, 'other')];
    await one.send('PUT', '/repair-policy', { seenVersion: 0, enabled: false, dueDays: 7, bulkFourEyesAboveMinor: '100', reason: 'four eyes', automatic: [] });
    const run = (await one.post('/bulk-repairs', { filter: ANY, reason: 'all' })).json();
    assert.deepEqual([run.mayStart, run.fourEyesAbove.amountMinor], ['second_person', '100']);
    assert.equal((await one.post(`/bulk-repairs/${run.runId}/start`)).json().code, 'bulk_run_needs_second_person');
    assert.equal((await other.get(`/bulk-repairs/${run.runId}`)).json().mayStart, 'yes');
    assert.equal((await other.post(`/bulk-repairs/${run.runId}/start`)).json().state, 'running');
  });
});

describe('the policy of automatic repair over HTTP', () => {
  it('C-05 every version says who made it and why, page by page, and rules are tried on the open cases before they count', async () => {
    const all = await openLive(test);
    await lostBill(all);
    const { say, world, token } = all;
    const quiet = say.started(at(400), null, 200_000n, token), { transactionId } = await world.start(quiet);
    await world.apply([quiet, say.read(at(410), `v16:${transactionId}`, 205_000n), say.started(at(420), 'v201:next', 209_000n, token), say.ended(at(440), 'v201:next', 214_000n)]);
    await deliver(test, world);
    const user = await person(world, 'clerk');
    const rule = (cause: string, energyWhMax = '50000') => ({ cause, amountMinorMax: '10000', energyWhMax, waitSeconds: 60 });
    for (const seenVersion of [0, 1, 2]) await user.send('PUT', '/repair-policy', { seenVersion, enabled: seenVersion > 0, dueDays: 3 + seenVersion, bulkFourEyesAboveMinor: '100', reason: `step ${seenVersion}`, automatic: [rule('duplicate_start')] });
    const first = (await user.get('/repair-policy/versions?limit=2')).json();
    assert.deepEqual(first.items.map(({ version, reason, enabled }: { version: number; reason: string; enabled: boolean }) => [version, reason, enabled]), [[3, 'step 2', true], [2, 'step 1', true]]);
    assert.match(first.items[0].changedBy as string, /^clerk/);
    assert.deepEqual((await user.get(`/repair-policy/versions?limit=2&cursor=${first.nextCursor}`)).json().items.map(({ version }: { version: number }) => version), [1]);
    const cases = (await user.get('/repair-cases')).json().items as { primaryCause: string; proposal: { automatic: boolean; energyWh: string } | null }[];
    const strong = cases.find(({ proposal }) => proposal?.automatic)!, weak = cases.find(({ proposal }) => !proposal?.automatic)!;
    const trial = async (...automatic: object[]) => new Map(((await user.post('/repair-policy/trial', { automatic })).json().causes as { cause: string; open: number; accepted: number; totalWh: string }[]).map((each) => [each.cause, [each.open, each.accepted, each.totalWh]]));
    const tried = await trial(rule(strong.primaryCause), rule(weak.primaryCause));
    assert.deepEqual([tried.get(strong.primaryCause), tried.get(weak.primaryCause)], [[1, 1, strong.proposal!.energyWh], [1, 0, '0']], 'what is weak is for people whatever the rules say');
    assert.deepEqual((await trial(rule(strong.primaryCause, '10'))).get(strong.primaryCause), [1, 0, '0']);
    assert.equal((await user.get('/repair-policy')).json().version, 3, 'trying changes nothing');
  });
});
