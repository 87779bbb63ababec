import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { logInTestUser, openTestApi, TEST_PASSWORD, type TestUser } from '../../test/support/api.ts';
import { openTestDatabase } from '../../test/support/database.ts';
import { encodeId, type SessionId } from '../kernel/index.ts';
import { createUser } from '../modules/access/index.ts';
import { changeCorrectionPolicy, correctBill, defaultPolicy, revertCorrection, setPolicy, sweepSilentSessions } from '../modules/charging/index.ts';
import { at, auditWorld, type World } from '../modules/charging/world.fixture.ts';
import { loadOperator } from '../modules/parties/index.ts';
import { changeRepairPolicy, listItems, loadRun, pauseBulk, previewBulk, repairAutomatically, startBulk, workBulk, type AutomaticRule } from '../modules/repair/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import { ANY, deliver, lostBill, openLive, repairFailures, type Live } from './repair.fixture.ts';
import { REPAIR_SUBJECTS } from './repair-subjects.ts';

const test = await openTestDatabase();
const worlds: World[] = [];
async function live(of: Parameters<typeof openLive>[1] = {}): Promise<Live> {
  const all = await openLive(test, of);
  worlds.push(all.world);
  return all;
}
afterEach(async () => {
  for (const world of worlds.splice(0)) {
    assert.deepEqual(await auditWorld(world), []);
    assert.deepEqual(await repairFailures(world), []);
    await deliver(test, world);
    assert.deepEqual(await repairFailures(world), [], 'once every event has arrived');
  }
});

const RULE: AutomaticRule = { cause: 'meter_register_zero_before_start', amountMinorMax: 100_000n, energyWhMax: 100_000n, waitMs: 0 };
const automate = (world: World, automatic: readonly AutomaticRule[], enabled = true) => world.odb.transaction(async (tx) => {
  const changed = await changeRepairPolicy(tx, { policy: { enabled, automatic, dueDays: 7, bulkFourEyesAboveMinor: 500_000n }, seenVersion: 0, reason: null, changedBy: 'usr_test', currency: 'CNY' }, world);
  assert.ok(changed.ok);
});
const runAutomatic = (world: World) => repairAutomatically(world.odb, { subjects: REPAIR_SUBJECTS, clock: world.clock, currency: 'CNY' });

describe('cases of abnormal bills', () => {
  it('C-05 an abnormal bill becomes a case with its cause, its maker, what is at stake, and until when; a clean one does not', async () => {
    const all = await live();
    const { sessionId } = await lostBill(all);
    const clean = all.say.started(at(700), null, 128_630n, all.token);
    const started = await all.world.start(clean);
    await all.world.apply([clean, all.say.ended(at(720), `v16:${started.transactionId}`, 138_630n)]);
    assert.equal(await all.caseOf(sessionId), undefined, 'the event is still on its way, and the audit knows');
    await deliver(test, all.world);
    const found = (await all.caseOf(sessionId))!;
    assert.deepEqual([found.maker, found.model, found.firmware, found.atStakeMinor, found.atStakeWh, found.stationId], ['Volt', 'V1', '1.2', 6_908n, 36_360n, all.world.stationId]);
    assert.ok(found.causes.includes('meter_register_zero_before_start'));
    assert.ok(found.codes.includes(8));
    assert.equal(found.dueAt - found.openedAt, 7 * 86_400_000);
    assert.equal(await all.caseOf(started.sessionId), undefined);
  });

  it('C-05 a policy repairs what is strong, within its limits, once facts had their time, and leaves the rest to people', async () => {
    const all = await live();
    const { world, say, token } = all;
    const weak = await lostBill(all);
    const start = say.started(at(400), null, 200_000n, token);
    const { sessionId, transactionId } = await world.start(start);
    await world.apply([start, say.read(at(410), `v16:${transactionId}`, 205_000n)]);
    await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(700) } }));
    await deliver(test, world);
    assert.equal((await all.caseOf(sessionId))?.automatic, false, 'how far it went on is not known');
    const rules = [...new Set([(await all.caseOf(sessionId))!.primaryCause, (await all.caseOf(weak.sessionId))!.primaryCause])].map((cause) => ({ ...RULE, cause, waitMs: 3_600_000 }));
    assert.deepEqual(await runAutomatic(world), { checked: 2, applied: 0, refused: 0, lapsed: 0 }, 'nothing until an operator says so');
    await automate(world, rules);
    // The next charge begins where this one ended: no more than that was drawn.
    await world.apply([say.started(at(420), 'v201:next', 209_000n, token), say.ended(at(440), 'v201:next', 214_000n)]);
    world.clock.advance(16 * 60_000);
    assert.deepEqual(await runAutomatic(world), { checked: 2, applied: 0, refused: 0, lapsed: 0 }, 'the waiting time is not over');
    assert.deepEqual([(await all.caseOf(sessionId))?.automatic, (await all.caseOf(sessionId))?.proposedWh], [true, 9_000n]);
    world.clock.advance(60 * 60_000);
    assert.deepEqual(await runAutomatic(world), { checked: 2, applied: 1, refused: 0, lapsed: 0 });
    assert.equal((await all.caseOf(sessionId))?.state, 'applied');
    assert.equal((await all.caseOf(weak.sessionId))?.closedAt, null);
    const [row] = await world.odb.transaction((tx) => tx.query('select decided_by, actor, energy_wh, rules_version from charging.correction where operator_id = $1', [world.operatorId]));
    assert.deepEqual(row, { decided_by: 'policy', actor: 'policy', energy_wh: 9_000n, rules_version: 0 });
    assert.equal(await all.wallet(), 30_000n - 1_710n - 950n);
  });

  it('C-11 a policy never passes the threshold of two persons, and does not ask again for what it was refused', async () => {
    const all = await live();
    const { world, say, token } = all;
    const start = say.started(at(0), null, 200_000n, token);
    const { sessionId, transactionId } = await world.start(start);
    await world.apply([start, say.read(at(10), `v16:${transactionId}`, 205_000n)]);
    await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(300) } }));
    await world.apply([say.started(at(25), 'v201:next', 209_000n, token), say.ended(at(45), 'v201:next', 214_000n)]);
    await deliver(test, world);
    await world.odb.transaction((tx) => changeCorrectionPolicy(tx, { aboveMinor: 100n, aboveWh: 100_000n, seenVersion: 0, reason: null, changedBy: 'x', currency: 'CNY' }, world));
    await automate(world, [{ ...RULE, cause: (await all.caseOf(sessionId))!.primaryCause }]);
    assert.deepEqual(await runAutomatic(world), { checked: 1, applied: 0, refused: 1, lapsed: 0 });
    world.clock.advance(20 * 60_000);
    assert.deepEqual(await runAutomatic(world), { checked: 1, applied: 0, refused: 0, lapsed: 0 });
    assert.equal((await all.caseOf(sessionId))?.state, 'proposed');
  });

  it('C-06 a repair is put back with one act, and no policy repairs it again', async () => {
    const all = await live();
    const { sessionId } = await lostBill(all);
    const made = await all.world.odb.transaction((tx) => correctBill(tx, { commandId: newUuid(), sessionId, source: 'platform_count', reason: 'seen', decidedBy: 'person', actor: 'usr', approval: null }, all.world));
    assert.ok(made.ok);
    await deliver(test, all.world);
    assert.deepEqual([(await all.caseOf(sessionId))?.state, (await all.caseOf(sessionId))?.referenceId], ['applied', made.value.correctionId]);
    await all.world.odb.transaction((tx) => revertCorrection(tx, { correctionId: made.value.correctionId, reason: 'by mistake', actor: 'usr' }, all.world));
    await deliver(test, all.world);
    const found = (await all.caseOf(sessionId))!;
    assert.deepEqual([found.state, found.automatic, found.closedAt], ['reverted', false, null]);
    await automate(all.world, [{ ...RULE, cause: found.primaryCause }]);
    assert.equal((await runAutomatic(all.world)).applied, 0);
    assert.equal(await all.wallet(), 30_000n);
  });

  it('C-14 facts that settle the bill close its case, and facts that contradict a repair open it again', async () => {
    const all = await live();
    const { world, say, token } = all;
    await world.apply([say.started(at(0), 'v201:a', 1_000n, token, { seqNo: 0 }), say.read(at(10), 'v201:a', 6_000n, { seqNo: 1 })]);
    await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(300) } }));
    await deliver(test, world);
    const [open] = await world.odb.transaction((tx) => tx.query<{ subject_id: SessionId }>('select subject_id from repair.repair_case where operator_id = $1', [world.operatorId]));
    await world.apply([say.read(at(30), 'v201:a', 16_000n, { seqNo: 2, offline: true }), say.ended(at(40), 'v201:a', 21_000n, { seqNo: 3, offline: true })]);
    await deliver(test, world);
    assert.equal((await all.caseOf(open!.subject_id))?.state, 'resolved_by_facts');
    const { sessionId, ref } = await lostBill(all, 12);
    await deliver(test, world);
    const made = await world.odb.transaction((tx) => correctBill(tx, { commandId: newUuid(), sessionId, source: 'typed', energyWh: 20_000n, reason: 'seen', decidedBy: 'person', actor: 'usr', approval: null }, world));
    assert.ok(made.ok);
    await world.apply([say.ended(at(12 * 60 + 35), ref, 12n * 200_000n + 129_000n)]);
    await deliver(test, world);
    const again = (await all.caseOf(sessionId))!;
    assert.equal(again.closedAt, null);
    assert.ok(again.causes.includes('correction_contradicted'));
  });

  it('C-12 a session without any register is a case and no silent zero, whether bills are held or settled first', async () => {
    const all = await live();
    await all.world.apply([all.say.started(at(0), 'v201:a', null, all.token), all.say.ended(at(30), 'v201:a', -1n)]);
    await all.world.odb.transaction((tx) => setPolicy(tx, { ...defaultPolicy('CNY'), abnormalBills: 'settle_first' }, all.world));
    await all.world.apply([all.say.started(at(60), 'v201:b', null, all.token), all.say.ended(at(90), 'v201:b', -1n)]);
    await deliver(test, all.world);
    const cases = await all.world.odb.transaction((tx) => tx.query<{ state: string; causes: string[] }>('select state, causes from repair.repair_case where operator_id = $1', [all.world.operatorId]));
    assert.equal(cases.length, 2);
    for (const each of cases) assert.ok(each.causes.includes('no_register_evidence') && each.state !== 'resolved_by_facts', JSON.stringify(each));
  });

  it('finds a bill in doubt that is in no case, and a case that claims a repair there is not', async () => {
    const all = await live();
    const { sessionId } = await lostBill(all);
    await deliver(test, all.world);
    await all.world.odb.transaction((tx) => tx.execute(
      `update repair.repair_case set state = 'applied', reference_id = case_id, closed_at = now() where operator_id = $1 and subject_id = $2`, [all.world.operatorId, sessionId]));
    const codes = (await repairFailures(all.world)).map((line) => line.split(' ')[0]);
    assert.deepEqual([...new Set(codes)].sort(), ['repair_applied_charging_bill_is_repaired', 'repair_charging_bill_in_doubt_has_case', 'repair_events_tell_the_state']);
    worlds.splice(0);
  });
});

describe('bulk repairs', () => {
  it('C-05 a run is fixed when previewed, works in pages, goes on where it stopped, and does each case once', async () => {
    const all = await live({ yuan: 5_000 });
    for (let hour = 0; hour < 25; hour++) await lostBill(all, hour);
    await deliver(test, all.world);
    const { world } = all;
    const runId = newUuid();
    const preview = () => world.odb.transaction((tx) => previewBulk(tx, { runId, filter: { ...ANY, maker: 'Volt' }, reason: 'register 0 before the start', currency: 'CNY', by: 'usr_a' }, world));
    const previewed = await preview();
    assert.ok(previewed.ok);
    assert.deepEqual(await preview(), previewed, 'the same preview again is the same');
    assert.deepEqual([previewed.value.state, previewed.value.items], ['previewed', 25]);
    assert.equal(await all.wallet(), 500_000n, 'a preview does nothing');
    const work = (pagesMax?: number) => workBulk(world.odb, { subjects: REPAIR_SUBJECTS, clock: world.clock, ...(pagesMax ? { pagesMax } : {}) });
    assert.equal(await work(), 0, 'nothing before it is started');
    await world.odb.transaction((tx) => startBulk(tx, { runId, by: newUuid() }, world));
    assert.equal(await work(1), 20);
    await world.odb.transaction((tx) => pauseBulk(tx, { runId }, world));
    assert.equal(await work(), 0, 'a paused run waits');
    await world.odb.transaction((tx) => startBulk(tx, { runId, by: newUuid() }, world));
    await Promise.all([work(), work(), work()]);
    const run = (await world.odb.transaction((tx) => loadRun(tx, runId)))!;
    const items = await world.odb.transaction((tx) => listItems(tx, { runId, state: null, after: 0, limit: 100 }));
    assert.deepEqual([run.state, run.applied + run.refused + run.skipped], ['done', 25]);
    assert.deepEqual([...new Set(items.map(({ state, code }) => code ?? state))], ['applied']);
    assert.equal(await all.wallet(), 500_000n - run.totalMinor);
    const [{ count } = { count: 0 }] = await world.odb.transaction((tx) => tx.query<{ count: number }>('select count(*)::int as count from charging.correction where operator_id = $1', [world.operatorId]));
    assert.equal(count, 25);
  });

  it('C-11 a large run is started by another person, and an item whose evidence has changed is skipped', async () => {
    const all = await live();
    const [one, two] = [await lostBill(all, 0), await lostBill(all, 1)];
    await deliver(test, all.world);
    await all.world.odb.transaction((tx) => changeRepairPolicy(tx, { policy: { enabled: false, automatic: [], dueDays: 7, bulkFourEyesAboveMinor: 10_000n }, seenVersion: 0, reason: null, changedBy: 'x', currency: 'CNY' }, all.world));
    const [runId, previewer] = [newUuid(), newUuid()];
    await all.world.odb.transaction((tx) => previewBulk(tx, { runId, filter: ANY, reason: 'all', currency: 'CNY', by: previewer }, all.world));
    const alone = await all.world.odb.transaction((tx) => startBulk(tx, { runId, by: previewer }, all.world));
    assert.equal(alone.ok ? '' : alone.error.code, 'bulk_run_needs_second_person');
    assert.ok((await all.world.odb.transaction((tx) => startBulk(tx, { runId, by: newUuid() }, all.world))).ok);
    await all.world.apply([all.say.ended(at(95), two.ref, 200_000n + 129_000n)]);
    await workBulk(all.world.odb, { subjects: REPAIR_SUBJECTS, clock: all.world.clock });
    const items = await all.world.odb.transaction((tx) => listItems(tx, { runId, state: null, after: 0, limit: 10 }));
    // Both cases were opened in one moment: which of them is the first item is not said.
    const outcomes = new Map(items.map(({ caseId, state, code }) => [caseId, [state, code]]));
    const outcomeOf = async (sessionId: typeof one.sessionId) => outcomes.get((await all.caseOf(sessionId))!.caseId);
    assert.deepEqual([items.length, await outcomeOf(one.sessionId), await outcomeOf(two.sessionId)], [2, ['applied', null], ['skipped', 'correction_evidence_changed']]);
    assert.equal((await all.caseOf(one.sessionId))?.state, 'applied');
  });
});

describe('bulk repairs and two persons', () => {
  it('C-11 an item above the threshold waits for a second person like any other correction', async () => {
    const all = await live();
    const { sessionId } = await lostBill(all);
    await deliver(test, all.world);
    await all.world.odb.transaction((tx) => changeCorrectionPolicy(tx, { aboveMinor: 100n, aboveWh: 100_000n, seenVersion: 0, reason: null, changedBy: 'x', currency: 'CNY' }, all.world));
    const runId = newUuid();
    await all.world.odb.transaction((tx) => previewBulk(tx, { runId, filter: { ...ANY, amountMinorMax: 10_000n }, reason: 'all', currency: 'CNY', by: newUuid() }, all.world));
    await all.world.odb.transaction((tx) => startBulk(tx, { runId, by: newUuid() }, all.world));
    await workBulk(all.world.odb, { subjects: REPAIR_SUBJECTS, clock: all.world.clock });
    const run = await all.world.odb.transaction((tx) => loadRun(tx, runId));
    assert.deepEqual([run?.state, run?.awaitingApproval, run?.applied], ['done', 1, 0]);
    assert.equal((await all.caseOf(sessionId))?.state, 'awaiting_approval');
    assert.equal(await all.wallet(), 30_000n);
  });
});

describe('repair over HTTP', () => {
  async function people(world: World): Promise<{ clerk: TestUser; other: TestUser }> {
    const { api } = await openTestApi(test, { clock: world.clock });
    const code = await world.odb.transaction(async (tx) => (await loadOperator(tx)).code);
    const one = async (logInName: string): Promise<TestUser> => {
      const userId = await world.odb.transaction((tx) => createUser(tx, { logInName, displayName: logInName, password: TEST_PASSWORD, roles: [{ role: 'owner', subOperatorId: null }] }, { clock: world.clock }));
      assert.ok(userId.ok);
      return logInTestUser(api, { code, logInName, userId: userId.value });
    };
    return { clerk: await one('clerk'), other: await one('other') };
  }

  it('C-10 C-25 the bill of 244.40: everything that may be true side by side, one click, the difference is posted, and it is put back', async () => {
    const all = await live();
    const { sessionId } = await lostBill(all);
    await deliver(test, all.world);
    const { clerk } = await people(all.world);
    const [listed] = (await clerk.get('/repair-cases?toDo=true')).json().items;
    assert.equal(listed.sessionId, encodeId('chg', sessionId));
    const shown = (await clerk.get(`/repair-cases/${listed.caseId}`)).json();
    const counted = shown.candidates.candidates.find(({ source }: { source: string }) => source === 'platform_count');
    assert.deepEqual([counted.energyWh, counted.total], ['36360', { amountMinor: '6908', currency: 'CNY' }]);
    assert.ok(shown.candidates.candidates.every(({ energyWh }: { energyWh: string }) => BigInt(energyWh) < 128_630n), 'nothing that is offered exceeds what can have been drawn');
    const applied = await clerk.post(`/repair-cases/${listed.caseId}/application`, { source: null, energyWh: null, evidenceDigest: shown.candidates.evidenceDigest, reason: 'the register said 0 before the charge' });
    assert.equal(applied.statusCode, 200, applied.body);
    assert.equal(applied.json().state, 'applied');
    assert.equal(await all.wallet(), 30_000n - 6_908n);
    const { bill } = (await clerk.get(`/sessions/${listed.sessionId}`)).json();
    assert.deepEqual([bill.reason, bill.correction.change, bill.correction.source, bill.correction.oldTotal.amountMinor, bill.correction.newTotal.amountMinor, bill.correction.reason],
      ['corrected', 'corrected', 'registers', '0', '6908', 'the register said 0 before the charge']);
    const [decided] = await all.world.odb.transaction((tx) => tx.query<{ source: string; sources: string[] }>(
      `select source, array(select c ->> 'source' from jsonb_array_elements(proposal -> 'candidates') c) as sources from charging.correction where operator_id = $1`, [all.world.operatorId]));
    assert.ok(decided!.sources.includes('platform_count'), 'what was on offer is kept beside what was chosen');
    const [told] = await all.world.odb.transaction((tx) => tx.query<{ payload: Record<string, unknown> }>(`select payload from platform.outbox where operator_id = $1 and type = 'charging.bill.corrected.v1'`, [all.world.operatorId]));
    assert.deepEqual([told!.payload.oldTotalMinor, told!.payload.newTotalMinor, told!.payload.change], ['0', '6908', 'corrected']);
    const undone = await clerk.post(`/repair-cases/${listed.caseId}/revert`, { reason: 'the wrong case' });
    assert.equal(undone.json().state, 'reverted', undone.body);
    assert.equal(await all.wallet(), 30_000n);
    assert.deepEqual(undone.json().events.map(({ kind }: { kind: string }) => kind), ['opened', 'applied', 'reverted']);
  });

  it('C-11 above the threshold a correction waits for another person; nobody approves their own', async () => {
    const all = await live();
    const { sessionId } = await lostBill(all);
    await deliver(test, all.world);
    await all.world.odb.transaction((tx) => changeCorrectionPolicy(tx, { aboveMinor: 5_000n, aboveWh: 100_000n, seenVersion: 0, reason: null, changedBy: 'x', currency: 'CNY' }, all.world));
    const { clerk, other } = await people(all.world);
    const caseId = encodeId('rpc', (await all.caseOf(sessionId))!.caseId);
    const act = { source: 'platform_count', energyWh: null, evidenceDigest: null, reason: 'register 0' };
    const asked = await clerk.post(`/repair-cases/${caseId}/application`, act);
    assert.equal(asked.json().state, 'awaiting_approval', asked.body);
    assert.equal(await all.wallet(), 30_000n);
    assert.equal((await clerk.post(`/repair-cases/${caseId}/application`, act)).json().code, 'repair_case_awaits_approval');
    const { approvalId } = asked.json();
    assert.equal((await clerk.post(`/approvals/${approvalId}/decision`, { decision: 'approve' })).json().code, 'approval_by_requester');
    const approved = await other.post(`/approvals/${approvalId}/decision`, { decision: 'approve' });
    assert.equal(approved.json().state, 'approved', approved.body);
    assert.equal((await all.caseOf(sessionId))?.state, 'applied');
    assert.equal(await all.wallet(), 30_000n - 6_908n);
    assert.equal((await clerk.post(`/repair-cases/${caseId}/application`, act)).json().code, 'repair_case_closed');
    const second = await lostBill(all, 2);
    await deliver(test, all.world);
    const again = encodeId('rpc', (await all.caseOf(second.sessionId))!.caseId);
    const wanted = await clerk.post(`/repair-cases/${again}/application`, act);
    assert.equal(wanted.json().state, 'awaiting_approval', wanted.body);
    const refusedId = wanted.json().approvalId;
    await other.post(`/approvals/${refusedId}/decision`, { decision: 'refuse' });
    assert.equal((await runAutomatic(all.world)).lapsed, 1);
    assert.ok(['open', 'proposed'].includes((await all.caseOf(second.sessionId))!.state));
    const absurd = await clerk.post(`/repair-cases/${again}/application`, { ...act, source: 'typed', energyWh: '40000000' });
    assert.equal(absurd.json().code, 'correction_above_power');
  });

  it('C-05 cases have an owner and a due day, are counted by cause, maker and age, and one that is dismissed says why', async () => {
    const all = await live();
    const { sessionId } = await lostBill(all);
    await deliver(test, all.world);
    const { clerk } = await people(all.world);
    const caseId = encodeId('rpc', (await all.caseOf(sessionId))!.caseId);
    const mine = await clerk.send('PUT', `/repair-cases/${caseId}/owner`, { ownerId: encodeId('usr', clerk.userId), dueAt: '2026-03-04T00:00:00.000Z' });
    assert.deepEqual([mine.json().ownerName, mine.json().dueAt], ['clerk (clerk)', '2026-03-04T00:00:00.000Z'], mine.body);
    const counts = (await clerk.get('/repair-case-counts?groupBy=maker')).json();
    assert.deepEqual([counts.toDo, counts.atStake.amountMinor, counts.groups.map(({ key, cases }: { key: string; cases: number }) => [key, cases]), counts.ages.underDay], [1, '6908', [['Volt', 1]], 1]);
    const dismissed = await clerk.post(`/repair-cases/${caseId}/dismissal`, { reason: 'a test of the installer' });
    assert.equal(dismissed.json().state, 'dismissed', dismissed.body);
    assert.equal((await clerk.get('/repair-cases?toDo=true')).json().items.length, 0);
    assert.equal((await clerk.post(`/repair-cases/${caseId}/reopening`, { reason: 'it was not' })).json().closedAt, null);
    const policy = await clerk.send('PUT', '/repair-policy', { seenVersion: 0, enabled: true, dueDays: 3, bulkFourEyesAboveMinor: '100', reason: 'try', automatic: [{ cause: 'meter_register_zero_before_start', amountMinorMax: '10000', energyWhMax: '50000', waitSeconds: 60 }] });
    assert.equal(policy.json().version, 1, policy.body);
    assert.equal((await clerk.send('PUT', '/repair-policy', { seenVersion: 0, enabled: false, dueDays: 3, bulkFourEyesAboveMinor: '100', reason: 'try', automatic: [] })).json().code, 'repair_policy_changed_meanwhile');
    const run = await clerk.post('/bulk-repairs', { filter: { cause: null, maker: 'Volt', model: null, firmware: null, stationId: null, confidence: null, amountMax: null }, reason: 'all of them' });
    assert.equal(run.statusCode, 201, run.body);
    assert.equal((await clerk.get('/bulk-repairs')).json().items.length, 1);
    assert.equal((await clerk.get(`/bulk-repairs/${run.json().runId}/items`)).json().items.length, run.json().items);
  });
});
