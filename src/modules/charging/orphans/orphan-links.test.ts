import assert from 'node:assert/strict';
import { it } from 'node:test';
import pg from 'pg';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { correctBill, proposeCorrections, sessionOutcomes, sweepSilentSessions } from '../index.ts';
import { addMember, addPoint, at, auditWorld, createWorld, speaker } from '../world.fixture.ts';

const test = await openTestDatabase();

/** A session whose end came under another number, and the acceptance that links the two. */
async function linked() {
  const world = await createWorld(test.database);
  const { token } = await addMember(world, 300);
  const { chargePointId } = await addPoint(world);
  const [say, unnamed] = [speaker(chargePointId), speaker(chargePointId, null)];
  await world.apply([say.started(at(0), 'v201:a', 50_000n, token), say.read(at(10), 'v201:a', 55_000n), unnamed.ended(at(20), 'v16:-1', 60_000n)]);
  await world.odb.transaction((tx) => sweepSilentSessions(tx, world));
  const { sessionId } = (await world.odb.transaction((tx) => sessionOutcomes(tx))).find(({ transactionRef }) => transactionRef === 'v201:a')!;
  const made = await world.odb.transaction((tx) => correctBill(tx, { commandId: newUuid(), sessionId, source: 'device_bill', reason: 'its own stop', decidedBy: 'person', actor: 'usr_test', approval: null }, world));
  assert.ok(made.ok, made.ok ? '' : made.error.code);
  return world;
}

const CORRUPTIONS: Readonly<Record<string, string>> = {
  'the acceptance is of another session': 'update charging.orphan_link set session_id = orphan_session_id, orphan_session_id = session_id where operator_id = $1',
  'the acceptance is from another source': `update charging.correction set source = 'registers' where operator_id = $1`,
  'the orphan charges after all': 'update charging.bill b set energy_wh = 5000 from charging.orphan_link l join charging.session o on o.operator_id = l.operator_id and o.session_id = l.orphan_session_id where l.operator_id = $1 and b.operator_id = $1 and b.bill_id = o.current_bill_id',
  'the orphan is still held': 'update charging.session o set held = true from charging.orphan_link l where l.operator_id = $1 and o.operator_id = $1 and o.session_id = l.orphan_session_id',
  'the link is gone': 'delete from charging.orphan_link where operator_id = $1',
};
for (const [what, corruption] of Object.entries(CORRUPTIONS)) {
  it(`C-13 the audit finds an end of another session that was tampered with: ${what}`, async () => {
    const world = await linked();
    assert.deepEqual(await auditWorld(world), []);
    const admin = new pg.Client({ connectionString: test.adminUrl });
    await admin.connect();
    await admin.query('set session_replication_role = replica');
    await admin.query(corruption, [world.operatorId]);
    await admin.end();
    const found = (await auditWorld(world)).filter((line) => line.startsWith('charging_orphan_links_hold '));
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0]!, /^charging_orphan_links_hold [0-9a-f-]{36}: /);
  });
}

it('C-13 an end that is surely a session\'s closes in whatever is proposed for it: the registers up to it agree, and nothing beyond it is possible', async () => {
  const world = await createWorld(test.database);
  const [member, next] = [await addMember(world, 300), await addMember(world, 300)];
  const { chargePointId } = await addPoint(world);
  const [say, unnamed] = [speaker(chargePointId), speaker(chargePointId, null)];
  await world.apply([say.started(at(0), 'v201:a', 50_000n, member.token), say.read(at(10), 'v201:a', 55_000n), unnamed.ended(at(20), 'v16:-1', 60_000n), say.started(at(200), 'v201:b', 60_000n, next.token)]);
  await world.odb.transaction((tx) => sweepSilentSessions(tx, world));
  const { sessionId } = (await world.odb.transaction((tx) => sessionOutcomes(tx))).find(({ transactionRef }) => transactionRef === 'v201:a')!;
  const proposal = (await world.odb.transaction((tx) => proposeCorrections(tx, [sessionId], world))).get(sessionId)!;
  assert.deepEqual([proposal.chosen, proposal.automatic, proposal.why.key], ['device_bill', true, 'evidence_agrees']);
  const figures = proposal.candidates.map(({ source, energyWh, upperWh, confidence }) => [source, energyWh, upperWh <= proposal.bounds.upperWh, confidence]);
  assert.deepEqual(figures.filter(([source]) => source === 'device_bill' || source === 'registers'), [['device_bill', 10_000n, true, 'strong'], ['registers', 10_000n, true, 'strong']]);
  assert.ok(figures.every(([, , within]) => within), 'no candidate goes beyond the limit of a typed figure');
});
