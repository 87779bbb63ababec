import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import type { CorrectionId, SessionId } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { defaultPolicy, correctBill, loadSessionStory, proposeCorrections, rederiveSessions, revertCorrection, sessionOutcomes, setPolicy, sweepSilentSessions, type CorrectBill } from './index.ts';
import { addMember, addPoint, at, auditWorld, createWorld, speaker, type World } from './world.fixture.ts';

const test = await openTestDatabase();
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) assert.deepEqual(await auditWorld(world), []);
});

async function live(of: { maxPowerW?: bigint; yuan?: number } = {}) {
  const world = await createWorld(test.database);
  worlds.push(world);
  const { memberId, token } = await addMember(world, of.yuan ?? 300);
  const point = await addPoint(world, { maxPowerW: of.maxPowerW ?? 60_000n });
  const one = async () => {
    const [row] = await world.odb.transaction((tx) => sessionOutcomes(tx));
    return [row!.billState, row!.billedWh, row!.totalMinor, row!.flagCauses] as const;
  };
  const correct = (sessionId: SessionId, act: Partial<CorrectBill> = {}) => world.odb.transaction((tx) => correctBill(tx, {
    commandId: newUuid(), sessionId, source: 'platform_count', reason: 'seen by hand', decidedBy: 'person', actor: 'usr_test', approval: null, ...act,
  }, world));
  const revert = (correctionId: string, reason = 'by mistake') => world.odb.transaction((tx) => revertCorrection(tx, { correctionId: correctionId as CorrectionId, reason, actor: 'usr_test' }, world));
  const wallet = () => world.balance('member_wallet', memberId);
  return { world, memberId, token, ...point, say: speaker(point.chargePointId), one, correct, revert, wallet };
}
const codeOf = (result: { ok: true } | { ok: false; error: { code: string } }): string => (result.ok ? 'ok' : result.error.code);

/** The bill of 244.40: register 0 before the start, then 92.27 to 128.63 kWh, then silence. */
async function lostBill(of: Parameters<typeof live>[0] = {}) {
  const all = await live({ maxPowerW: 64_000n, ...of });
  const { world, say, token } = all;
  const start = say.started(at(0), null, 0n, token);
  const { transactionId, sessionId } = await world.start(start);
  const ref = `v16:${transactionId}`;
  await world.apply([start, say.read(at(0.5), ref, 92_270n), say.read(at(17), ref, 110_000n), say.read(at(34), ref, 128_630n)]);
  await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(300) } }));
  return { ...all, ref, sessionId };
}

describe('corrections of abnormal bills', () => {
  it('C-10 36.36 kWh are proposed for 69.08; one acceptance charges them, and its opposite leaves everything as it was', async () => {
    const { world, sessionId, one, correct, revert, wallet } = await lostBill();
    const proposal = (await world.odb.transaction((tx) => proposeCorrections(tx, [sessionId], world))).get(sessionId)!;
    const counted = proposal.candidates.findIndex(({ source }) => source === 'platform_count');
    assert.deepEqual([proposal.candidates[counted]?.energyWh, proposal.priced[counted]?.totalMinor], [36_360n, 6_908n]);
    const before = await one();
    const made = await correct(sessionId, { evidenceDigest: proposal.evidenceDigest, energyWh: 36_360n });
    assert.ok(made.ok, codeOf(made));
    assert.deepEqual([made.value.before.totalMinor, made.value.after.totalMinor, made.value.after.energyWh], [0n, 6_908n, 36_360n]);
    assert.deepEqual((await one()).slice(0, 3), ['settled', 36_360n, 6_908n]);
    assert.equal(await wallet(), 30_000n - 6_908n);
    assert.deepEqual((await one())[3], before[3], 'a corrected bill keeps its flags');
    const undone = await revert(made.value.correctionId);
    assert.ok(undone.ok);
    assert.deepEqual(await one(), before);
    assert.equal(await wallet(), 30_000n);
  });

  it('C-08 a bill that was settled first is corrected by the difference, and put back', async () => {
    const { world, say, token, one, correct, revert, wallet } = await live();
    await world.odb.transaction((tx) => setPolicy(tx, { ...defaultPolicy('CNY'), abnormalBills: 'settle_first' }, world));
    const start = say.started(at(0), null, 0n, token);
    const { sessionId, transactionId } = await world.start(start);
    await world.apply([start, say.read(at(10), `v16:${transactionId}`, 900_000n), say.ended(at(30), `v16:${transactionId}`, 910_000n)]);
    assert.deepEqual((await one()).slice(0, 3), ['settled', 10_000n, 1_900n]);
    const made = await correct(sessionId, { source: 'typed', energyWh: 14_000n });
    assert.ok(made.ok, codeOf(made));
    assert.deepEqual((await one()).slice(0, 3), ['settled', 14_000n, 2_660n]);
    assert.equal(await wallet(), 30_000n - 2_660n);
    assert.ok((await revert(made.value.correctionId)).ok);
    assert.equal(await wallet(), 30_000n - 1_900n);
  });

  it('C-06 the same correction, and the same revert, again do nothing', async () => {
    const { world, sessionId, correct, revert, wallet, one } = await lostBill();
    const commandId = newUuid();
    const first = await correct(sessionId, { commandId });
    assert.deepEqual(await correct(sessionId, { commandId }), first);
    assert.equal(await wallet(), 30_000n - 6_908n);
    const undone = await revert(commandId);
    assert.ok(undone.ok);
    assert.deepEqual(await revert(commandId, 'again'), undone);
    assert.deepEqual(await correct(sessionId, { commandId }), first, 'a retry that comes after the revert does not accept it anew');
    assert.equal((await one())[0], 'held');
    assert.equal(codeOf(await correct(sessionId, { commandId, source: 'typed', energyWh: 1n })), 'correction_command_reused');
    const versions = (await world.odb.transaction((tx) => loadSessionStory(tx, sessionId)))!.versions.map(({ version, reason }) => `${version} ${reason}`);
    assert.deepEqual(versions, ['3 correction_reverted', '2 corrected', '1 closed_by_evidence']);
  });

  it('C-06 of two people who correct one bill at the same moment one wins and the other is told', async () => {
    const { sessionId, correct, wallet } = await lostBill();
    const results = await Promise.all([correct(sessionId), correct(sessionId, { source: 'typed', energyWh: 30_000n }), correct(sessionId)]);
    assert.deepEqual(results.map(codeOf).sort(), ['bill_corrected_already', 'bill_corrected_already', 'ok']);
    const winner = results.find((each) => each.ok);
    assert.equal(await wallet(), 30_000n - (winner?.ok ? winner.value.after.totalMinor : 0n));
  });

  it('C-14 the charge point comes back with its queue after the correction: the bill follows the queue', async () => {
    const { world, say, ref, sessionId, one, correct, revert, wallet } = await lostBill();
    const made = await correct(sessionId, { source: 'typed', energyWh: 30_000n });
    assert.ok(made.ok, codeOf(made));
    // The stop and the start's true register, sent late: 92.00 at the start would contradict the 0, so the stop alone is not enough.
    await world.apply([say.ended(at(35), ref, 129_000n)]);
    const [state, billed] = await one();
    assert.deepEqual([state, billed], ['held', 0n], 'still in doubt, and what is proven now lies beyond what was typed and proven then');
    assert.ok((await one())[3].includes('correction_contradicted'));
    assert.equal(await wallet(), 30_000n);
    const anew = await correct(sessionId, { source: 'typed', energyWh: 36_730n });
    assert.ok(anew.ok, codeOf(anew));
    assert.equal((await one())[0], 'settled');
    assert.equal(codeOf(await revert(made.value.correctionId)), 'correction_superseded');
    assert.ok((await revert(anew.value.correctionId)).ok);
    assert.ok((await one())[3].includes('correction_contradicted'), 'what was before it stands again');
  });

  it('C-14 facts that settle the session let the correction lapse', async () => {
    const { world, say, token, one, correct, wallet } = await live();
    await world.apply([say.started(at(0), 'v201:a', 1_000n, token, { seqNo: 0 }), say.read(at(10), 'v201:a', 6_000n, { seqNo: 1 })]);
    await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(300) } }));
    const [{ sessionId } = { sessionId: '' as SessionId }] = await world.odb.transaction((tx) => sessionOutcomes(tx));
    const made = await correct(sessionId);
    assert.ok(made.ok, codeOf(made));
    assert.equal(await wallet(), 30_000n - 950n);
    await world.apply([say.read(at(30), 'v201:a', 16_000n, { seqNo: 2, offline: true }), say.ended(at(40), 'v201:a', 21_000n, { seqNo: 3, offline: true })]);
    assert.deepEqual((await one()).slice(0, 3), ['settled', 20_000n, 3_800n]);
    assert.equal(await wallet(), 30_000n - 3_800n);
    await world.odb.transaction((tx) => rederiveSessions(tx, [sessionId], world));
    assert.equal(await wallet(), 30_000n - 3_800n);
  });

  it('C-11 nobody gets above what the connector can deliver, and a large difference waits for a second person', async () => {
    const { world, sessionId, correct, one } = await lostBill({ yuan: 2_000 });
    assert.equal(codeOf(await correct(sessionId, { source: 'typed', energyWh: 128_630n })), 'correction_above_power');
    assert.equal(codeOf(await correct(sessionId, { source: 'typed', energyWh: 40_000_000n })), 'correction_above_power');
    assert.equal(codeOf(await correct(sessionId, { source: 'typed', energyWh: -1n })), 'correction_energy_invalid');
    assert.equal(codeOf(await correct(sessionId, { source: 'typed' })), 'correction_energy_invalid');
    assert.equal(codeOf(await correct(sessionId, { source: 'device_bill' })), 'correction_source_not_offered');
    assert.equal(codeOf(await correct(sessionId, { evidenceDigest: 'of another day' })), 'correction_evidence_changed');
    assert.equal(codeOf(await correct(sessionId, { reason: ' ' })), 'correction_reason_missing');
    assert.equal(codeOf(await correct(newUuid() as SessionId)), 'session_not_found');
    await world.odb.transaction((tx) => tx.execute(`insert into charging.correction_policy values ($1, 1, 5000, 200000, null, 'usr_test', now())`, [world.operatorId]));
    const asked = await correct(sessionId);
    assert.deepEqual(asked.ok ? null : { ...asked.error, evidenceDigest: 'of what was seen' }, { code: 'correction_needs_second_person', differenceMinor: '6908', differenceWh: '36360', aboveMinor: '5000', aboveWh: '200000', evidenceDigest: 'of what was seen', totalMinor: '6908' });
    assert.equal((await one())[0], 'held');
    assert.ok((await correct(sessionId, { approval: { approvalId: newUuid(), approvedBy: 'usr_other' } })).ok);
    const another = await lostBill();
    await assert.rejects(another.correct(another.sessionId, { approval: { approvalId: newUuid(), approvedBy: 'usr_test' } }), /correction_four_eyes/, 'nobody approves their own, whatever a program believes');
  });

  it('C-12 a lost bill without any register is corrected by what a person knows, and never by a silent zero', async () => {
    const { world, say, token, one, correct, wallet } = await live();
    await world.apply([say.started(at(0), 'v201:a', null, token), say.ended(at(30), 'v201:a', -1n)]);
    const [{ sessionId } = { sessionId: '' as SessionId }] = await world.odb.transaction((tx) => sessionOutcomes(tx));
    assert.deepEqual((await one()).slice(0, 3), ['held', 0n, 0n]);
    const made = await correct(sessionId, { source: 'typed', energyWh: 20_000n, reason: 'read off the vehicle' });
    assert.ok(made.ok, codeOf(made));
    assert.deepEqual((await one()).slice(0, 3), ['settled', 20_000n, 3_800n]);
    assert.equal(await wallet(), 30_000n - 3_800n);
  });

  it('corrected energy is priced by the periods in which registers saw it flow', async () => {
    const { world, say, token, correct } = await live();
    const start = say.started(at(570), null, 0n, token);
    const { sessionId, transactionId } = await world.start(start);
    const ref = `v16:${transactionId}`;
    // 21:30 to 22:30: six kilowatt-hours before the valley begins at 22:00, four after it.
    await world.apply([start, say.read(at(575), ref, 900_000n), say.read(at(600), ref, 906_000n), say.ended(at(630), ref, 910_000n)]);
    assert.ok((await correct(sessionId, { source: 'typed', energyWh: 12_000n })).ok);
    const [bill] = (await world.odb.transaction((tx) => loadSessionStory(tx, sessionId)))!.versions;
    assert.deepEqual(bill?.lines.map(({ kind, periodKind, energyWh, amountMinor, charged }) => [kind, periodKind, energyWh, amountMinor, charged]), [
      ['electricity', 'flat', 7_200n, 864n, true], ['service', 'flat', 7_200n, 504n, true], ['electricity', 'valley', 4_800n, 192n, true], ['service', 'valley', 4_800n, 288n, true],
    ]);
  });

  it('C-06 a correction, its revert, late facts and a re-derivation at the same moment end in one bill and books that balance', async () => {
    const { world, say, ref, sessionId, correct, revert } = await lostBill();
    const first = await correct(sessionId);
    assert.ok(first.ok);
    await Promise.all([
      revert(first.value.correctionId), revert(first.value.correctionId), correct(sessionId, { source: 'typed', energyWh: 30_000n }), world.apply([say.ended(at(35), ref, 129_000n)]),
      world.odb.transaction((tx) => rederiveSessions(tx, [sessionId], world)), correct(sessionId), world.apply([say.read(at(20), ref, 113_000n)]),
    ]);
    const versions = (await world.odb.transaction((tx) => loadSessionStory(tx, sessionId)))!.versions.map(({ version }) => version);
    assert.deepEqual(versions, versions.map((_, i) => versions.length - i));
  });

  it('what the wallet does not have is owed, and comes off again with the correction', async () => {
    const { world, memberId, sessionId, correct, revert, wallet } = await lostBill({ yuan: 10 });
    const made = await correct(sessionId);
    assert.ok(made.ok, codeOf(made));
    assert.deepEqual([await wallet(), await world.balance('member_receivable', memberId)], [0n, -5_908n]);
    assert.ok((await revert(made.value.correctionId)).ok);
    assert.deepEqual([await wallet(), await world.balance('member_receivable', memberId)], [1_000n, 0n]);
  });

  it('a clean bill is not corrected, an open session has none', async () => {
    const { world, say, token, correct } = await live();
    const start = say.started(at(0), null, 1_000n, token);
    const { sessionId, transactionId } = await world.start(start);
    await world.apply([start]);
    assert.equal(codeOf(await correct(sessionId)), 'session_not_ended');
    await world.apply([say.ended(at(30), `v16:${transactionId}`, 9_000n)]);
    assert.equal(codeOf(await correct(sessionId)), 'bill_not_abnormal');
  });
});
