import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { openTestDatabase } from '../../../test/support/database.ts';
import { addMember, openConformanceWorld } from '../../../test/support/conformance-world.ts';
import { sessionOutcomes } from '../charging/index.ts';
import { countAll } from './commands/count.ts';
import { auditConformance } from './queries/audit.ts';

const test = await openTestDatabase();

/** A charge point that charged twice, once with a gap, and broke the schema more often than frames are kept by name. */
async function counted() {
  const world = await openConformanceWorld(test), point = await world.point(), { token } = await addMember(world.world, 1_000);
  await world.store([
    point.boot(0, '1'), ...point.charge(1, 'a', { token }), ...point.charge(31, 'b', { token, seqNos: [0, 1, 3] }),
    ...Array.from({ length: 30 }, (_, i) => point.call(70 + i / 10, 'StatusNotification', { connectorId: i })),
  ]);
  await world.work();
  await world.deliver();
  await countAll(world.odb);
  const wrong = async (undelivered: readonly string[] = []) =>
    (await world.odb.transaction((tx) => auditConformance(tx, { undelivered: () => Promise.resolve(new Set(undelivered)) }))).flatMap(({ code, failures }) => failures.map(({ id, detail }) => `${code} ${id}: ${detail}`));
  return { world, wrong };
}

const CORRUPTIONS: readonly [string, string][] = [
  ['conformance_sessions_are_counted', 'delete from conformance.session_count where operator_id = $1'],
  ['conformance_sessions_are_counted', `update conformance.session_count set causes = '{}', kinds = '{}' where operator_id = $1 and cardinality(kinds) > 0`],
  ['conformance_sessions_are_counted', 'update conformance.session_count set energy_wh = energy_wh + 1 where operator_id = $1'],
  ['conformance_days_are_sums_of_sessions', 'update conformance.point_day set sessions = sessions + 1 where operator_id = $1'],
  ['conformance_days_are_sums_of_sessions', 'update conformance.point_day set missing_events = 0 where operator_id = $1'],
  ['conformance_days_are_sums_of_sessions', 'delete from conformance.point_day where operator_id = $1'],
  ['conformance_findings_are_counted', 'update conformance.point_day set schema_breaks = 3 where operator_id = $1'],
  ['conformance_findings_are_counted', 'delete from conformance.finding where operator_id = $1 and frame_sequence = (select min(frame_sequence) from conformance.finding where operator_id = $1)'],
];

describe('the audit of what makes are judged by', () => {
  for (const [code, corruption] of CORRUPTIONS) {
    it(`C-26 finds counts that were tampered with: ${code} (${corruption.slice(0, 50)}…)`, async () => {
      const { world, wrong } = await counted();
      assert.deepEqual(await wrong(), []);
      const admin = new pg.Client({ connectionString: test.adminUrl });
      await admin.connect();
      await admin.query('set session_replication_role = replica');
      await admin.query(corruption, [world.operatorId]);
      await admin.end();
      const found = await wrong();
      assert.ok(found.some((line) => line.startsWith(`${code} `)), `${code} found nothing: ${found.join('\n')}`);
    });
  }

  it('C-26 says nothing of a session whose bill is on its way, or that waits to be counted', async () => {
    const { world, wrong } = await counted();
    const ids = (await world.odb.transaction((tx) => sessionOutcomes(tx))).map(({ sessionId }) => sessionId);
    const admin = new pg.Client({ connectionString: test.adminUrl });
    await admin.connect();
    await admin.query('update conformance.session_count set causes = $2, due = (session_id = $3) where operator_id = $1', [world.operatorId, ['clock_skew'], ids[0]]);
    await admin.end();
    assert.deepEqual((await wrong()).length, 1);
    assert.deepEqual(await wrong([ids[1]!]), []);
  });
});
