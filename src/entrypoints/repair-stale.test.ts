import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../test/support/database.ts';
import { instant } from '../kernel/index.ts';
import { changeCorrectionPolicy, defaultPolicy, setPolicy, sweepSilentSessions } from '../modules/charging/index.ts';
import { at, auditWorld } from '../modules/charging/world.fixture.ts';
import { applyCase, changeRepairPolicy, listItems, previewBulk, repairAutomatically, revertCase, startBulk, workBulk } from '../modules/repair/index.ts';
import { assignTariff, createTariff } from '../modules/tariffs/index.ts';
import { approvalKinds, decideApproval } from '../platform/approvals/index.ts';
import { NO_ORIGIN } from '../platform/audit-log/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import { sqlTimestamp } from '../platform/database/index.ts';
import { ANY, deliver, lostBill, openLive, repairFailures, type Live } from './repair.fixture.ts';
import { correctBillApproval, REPAIR_SUBJECTS } from './repair-subjects.ts';

const test = await openTestDatabase();
const context = ({ world }: Live) => ({ subjects: REPAIR_SUBJECTS, clock: world.clock });

/** From now on, and for what was charged before, a kilowatt-hour at the first connector costs ten times as much. */
const raisePrice = ({ world, connectorIds }: Live) => world.odb.transaction(async (tx) => {
  const rate = (value: bigint) => ({ value, scale: 4 });
  const made = await createTariff(tx, { name: 'dear', currency: 'CNY', occupancy: null, periods: [{ startMinute: 0, endMinute: 1440, kind: 'flat', electricity: rate(120_000n), service: rate(70_000n) }] });
  assert.ok(made.ok);
  assert.ok((await assignTariff(tx, { tariffId: made.value.tariffId, stationId: world.stationId, connectorId: connectorIds[0]!, validFrom: instant(0) })).ok);
});
const rightBooks = async ({ world }: Live) => assert.deepEqual([...await auditWorld(world), ...await repairFailures(world)], []);

describe('a decision holds for what was seen, in energy and in money', () => {
  it('C-11 an item of a bulk run whose price has changed since the preview is skipped: two persons agreed to another sum', async () => {
    const all = await openLive(test);
    await lostBill(all);
    await deliver(test, all.world);
    const runId = newUuid();
    await all.world.odb.transaction((tx) => previewBulk(tx, { runId, filter: ANY, reason: 'all', currency: 'CNY', by: newUuid() }, all.world));
    assert.ok((await all.world.odb.transaction((tx) => startBulk(tx, { runId, by: newUuid() }, all.world))).ok);
    await raisePrice(all);
    await workBulk(all.world.odb, context(all));
    const items = await all.world.odb.transaction((tx) => listItems(tx, { runId, state: null, after: 0, limit: 10 }));
    assert.deepEqual(items.map(({ state, code }) => [state, code]), [['skipped', 'correction_evidence_changed']]);
    assert.equal(await all.wallet(), 30_000n);
    await rightBooks(all);
  });

  it('C-05 a policy charges no more than its limit, also when the price went up after the case was looked at; below it the new price counts', async () => {
    for (const [amountMinorMax, applied] of [[10_000n, 0], [100_000n, 1]] as const) {
      const all = await openLive(test, { yuan: 1_000 });
      const { world, say, token } = all;
      const start = say.started(at(0), null, 200_000n, token);
      const { sessionId, transactionId } = await world.start(start);
      await world.apply([start, say.read(at(10), `v16:${transactionId}`, 205_000n)]);
      await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(300) } }));
      // The next charge begins where this one ended: no more than that was drawn.
      await world.apply([say.started(at(25), 'v201:next', 209_000n, token), say.ended(at(45), 'v201:next', 214_000n)]);
      await deliver(test, world);
      const { primaryCause: cause, proposedMinor } = (await all.caseOf(sessionId))!;
      assert.equal(proposedMinor, 1_710n);
      assert.equal((await repairAutomatically(world.odb, { ...context(all), currency: 'CNY' })).checked, 1, 'looked at a moment ago');
      await world.odb.transaction(async (tx) => {
        assert.ok((await changeRepairPolicy(tx, { policy: { enabled: true, automatic: [{ cause, amountMinorMax, energyWhMax: 100_000n, waitMs: 0 }], dueDays: 7, bulkFourEyesAboveMinor: 500_000n }, seenVersion: 0, reason: null, changedBy: 'x', currency: 'CNY' }, all.world)).ok);
        await changeCorrectionPolicy(tx, { aboveMinor: 1_000_000n, aboveWh: 1_000_000n, seenVersion: 0, reason: null, changedBy: 'x', currency: 'CNY' }, all.world);
      });
      await raisePrice(all);
      const run = () => repairAutomatically(world.odb, { ...context(all), currency: 'CNY' });
      assert.deepEqual(await run(), { checked: 0, applied: 0, refused: 0, lapsed: 0 }, 'what was proposed is no more, and the case says what is now');
      assert.equal((await run()).applied, applied, `limit ${amountMinorMax}`);
      assert.equal(await all.wallet(), 100_000n - 950n - (applied === 1 ? 17_100n : 0n));
      await rightBooks(all);
    }
  });

  it('C-11 whoever approves a correction approves what was asked for: not what is offered by then, nor at another price', async () => {
    const evidence = (all: Live, ref: string) => all.world.apply([all.say.read(at(35), ref, 129_400n)]);
    for (const meanwhile of [evidence, (all: Live) => raisePrice(all)]) {
      const all = await openLive(test);
      const { sessionId, ref } = await lostBill(all);
      await deliver(test, all.world);
      await all.world.odb.transaction((tx) => changeCorrectionPolicy(tx, { aboveMinor: 5_000n, aboveWh: 100_000n, seenVersion: 0, reason: null, changedBy: 'x', currency: 'CNY' }, all.world));
      const { caseId } = (await all.caseOf(sessionId))!;
      const [asker, approver] = [newUuid(), newUuid()];
      const act = { caseId, commandId: newUuid(), source: 'registers', energyWh: null, evidenceDigest: null, reason: 'register 0' };
      const asked = await all.world.odb.transaction((tx) => applyCase(tx, act, { actor: { kind: 'user', id: asker }, from: NO_ORIGIN, decidedBy: 'person', approval: null }, context(all)));
      assert.ok(asked.ok && asked.value.approvalId !== null, JSON.stringify(asked, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));
      const { approvalId } = asked.value;
      await meanwhile(all, ref);
      const decided = await all.world.odb.transaction((tx) => decideApproval(tx, { approvalId, decision: 'approve', decidedBy: { kind: 'user', id: approver }, from: NO_ORIGIN }, { kinds: approvalKinds([correctBillApproval]), clock: all.world.clock }));
      assert.deepEqual([decided.ok, decided.ok ? '' : decided.error.code === 'approval_not_applicable' && decided.error.cause.code], [false, 'correction_evidence_changed']);
      assert.equal(await all.wallet(), 30_000n);
    }
  });

  it('C-08 C-11 money that goes back is moved too: a run, or a policy, that would give back more than its threshold needs a second person', async () => {
    const all = await openLive(test), { world } = all;
    await world.odb.transaction((tx) => setPolicy(tx, { ...defaultPolicy('CNY'), abnormalBills: 'settle_first' }, world));
    const { sessionId } = await lostBill(all);
    await deliver(test, world);
    const { chargedMinor, proposedMinor, primaryCause: cause } = (await all.caseOf(sessionId))!;
    assert.deepEqual([chargedMinor, proposedMinor], [6_908n, 6_908n], 'what it charges is kept beside what is proposed');
    await world.odb.transaction(async (tx) => {
      assert.ok((await changeRepairPolicy(tx, { policy: { enabled: true, automatic: [{ cause, amountMinorMax: 10_000n, energyWhMax: 100_000n, waitMs: 0 }], dueDays: 7, bulkFourEyesAboveMinor: 10_000n }, seenVersion: 0, reason: null, changedBy: 'x', currency: 'CNY' }, world)).ok);
      // As if ten times that had been charged, on evidence that calls for a repair without a person.
      await tx.execute('update repair.repair_case set charged_minor = 69080, automatic = true, checked_at = $2 where operator_id = $1', [world.operatorId, sqlTimestamp(world.clock.now())]);
    });
    assert.deepEqual(await repairAutomatically(world.odb, { ...context(all), currency: 'CNY' }), { checked: 0, applied: 0, refused: 0, lapsed: 0 });
    const [runId, previewer] = [newUuid(), newUuid()];
    const run = await world.odb.transaction((tx) => previewBulk(tx, { runId, filter: ANY, reason: 'all', currency: 'CNY', by: previewer }, world));
    assert.deepEqual([run.ok && run.value.totalMinor, run.ok && run.value.movedMinor], [6_908n, 62_172n]);
    const alone = await world.odb.transaction((tx) => startBulk(tx, { runId, by: previewer }, world));
    assert.deepEqual(alone, { ok: false, error: { code: 'bulk_run_needs_second_person', totalMinor: '62172', aboveMinor: '10000' } });
    assert.ok((await world.odb.transaction((tx) => startBulk(tx, { runId, by: newUuid() }, world))).ok);
  });

  it('C-06 an act that is sent again after it was put back does not say that it counts', async () => {
    const all = await openLive(test);
    const { sessionId } = await lostBill(all);
    await deliver(test, all.world);
    const { caseId } = (await all.caseOf(sessionId))!;
    const by = { actor: { kind: 'user', id: newUuid() }, from: NO_ORIGIN, decidedBy: 'person', approval: null } as const;
    const act = { caseId, commandId: newUuid(), source: 'registers', energyWh: null, evidenceDigest: null, reason: 'register 0' };
    const apply = () => all.world.odb.transaction((tx) => applyCase(tx, act, by, context(all)));
    const states = [];
    for (const step of [apply, apply, () => all.world.odb.transaction((tx) => revertCase(tx, { caseId, reason: 'not so' }, by, context(all))), apply]) {
      const done = await step();
      states.push([done.ok ? done.value.state : done.error.code, (await all.caseOf(sessionId))?.state]);
    }
    assert.deepEqual(states, [['applied', 'applied'], ['applied', 'applied'], ['reverted', 'reverted'], ['correction_command_reused', 'reverted']]);
    assert.equal(await all.wallet(), 30_000n);
    await deliver(test, all.world);
    await rightBooks(all);
  });
});
