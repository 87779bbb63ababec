import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { instant, type ChargePointId, type Instant, type OperatorId } from '../../../kernel/index.ts';
import { newUuid, systemClock } from '../../../platform/clock/index.ts';
import { connectDatabase, ensureRoles, migrate, readMigrations, roleUrls } from '../../../platform/database/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { newOperatorId, openTestDatabase, TEST_MASTER_KEY } from '../../../../test/support/database.ts';
import { fakeCharging, fakeLocations } from '../../../../test/support/ocpp-ports.ts';
import { startApplier } from '../applier/applier.ts';
import type { NewFrame } from '../inbox/frame.ts';
import { framesOf, listFrames } from '../queries/frames.ts';
import { appendFrames } from '../store/append-frames.ts';
import { recordUnprocessable } from '../store/applier.ts';
import { makeFramePartitionsJob } from './make-frame-partitions.ts';

const MONTHS = '0081_ocpp_gateway_frame_months.sql';
const test = await openTestDatabase();
const at = (iso: string): Instant => instant(Date.parse(iso));
const run = (now: Instant) => makeFramePartitionsJob.run({ database: test.database, clock: { now: () => now }, logger: silentLogger, operators: () => Promise.resolve([]) });

const stop = (operatorId: OperatorId, chargePointId: ChargePointId, receivedAt: Instant, meterStop: number): NewFrame => {
  const messageId = newUuid();
  return {
    operatorId, chargePointId, connectionGeneration: 1n, direction: 'in', protocol: 'ocpp1.6', messageType: 2, messageId, action: 'StopTransaction',
    payload: JSON.stringify([2, messageId, 'StopTransaction', { transactionId: 7, meterStop, timestamp: '2026-11-22T10:00:00Z' }]), reply: null, violation: null, receivedAt,
  };
};
async function asAdmin<T>(work: (client: pg.Client) => Promise<T>, url: string = test.adminUrl): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
const placesOf = (operatorId: OperatorId): Promise<Record<string, number>> => asAdmin(async (admin) => Object.fromEntries(
  (await admin.query<{ place: string; count: number }>('select tableoid::regclass::text as place, count(*)::int from ocpp_gateway.frame where operator_id = $1 group by 1 order by 1', [operatorId])).rows.map(({ place, count }) => [place, count])));

describe('the frame log by months', () => {
  it('is one log: frames of several months are numbered, worked, listed and found as before', async () => {
    await run(at('2031-01-15T00:00:00Z'));
    const operatorId = newOperatorId(), chargePointId = newUuid() as ChargePointId, charging = fakeCharging();
    // A frame that waited is stored behind a younger one: the order of the log is that of its sequences, not of its months.
    const times = ['2026-11-01T10:00:00Z', '2031-02-01T00:00:01Z', '2031-01-31T23:59:59Z', '2031-04-30T23:59:59Z', '2035-01-01T00:00:00Z'];
    const sequences: bigint[] = [];
    for (const [index, time] of times.entries()) sequences.push(...await appendFrames(test.database.inbox, [stop(operatorId, chargePointId, at(time), index)]));
    assert.deepEqual(sequences, [1n, 2n, 3n, 4n, 5n]);
    assert.deepEqual(await placesOf(operatorId), { 'ocpp_gateway.frame_2031_01': 1, 'ocpp_gateway.frame_2031_02': 1, 'ocpp_gateway.frame_2031_04': 1, 'ocpp_gateway.frame_first': 1, 'ocpp_gateway.frame_other': 1 });
    const applier = startApplier({ database: test.database, clock: systemClock, logger: silentLogger, charging, locations: fakeLocations(), limits: { applierBatchFramesMax: 2 }, only: (id) => id === operatorId });
    await applier.drain();
    await applier.close();
    assert.deepEqual([...charging.facts.values()].map((fact) => fact.frameSequence), sequences);
    const odb = test.database.forOperator(operatorId);
    assert.deepEqual((await odb.transaction((tx) => listFrames(tx, chargePointId, { before: 5n, countMax: 3 }))).map((frame) => frame.sequence), [4n, 3n, 2n]);
    assert.deepEqual((await odb.transaction((tx) => framesOf(tx, [5n, 1n]))).map((frame) => frame.sequence), [1n, 5n]);
  });

  it('has partitions for the months ahead, made once; a month that has frames already is left where it is, and said', async () => {
    const operatorId = newOperatorId();
    await appendFrames(test.database.inbox, [stop(operatorId, newUuid() as ChargePointId, at('2041-03-10T00:00:00Z'), 1)]);
    assert.deepEqual(await run(at('2041-02-28T23:59:59Z')), { made: 'frame_2041_02 frame_2041_04 frame_2041_05', left: 'frame_2041_03' });
    assert.deepEqual(await run(at('2041-02-28T23:59:59Z')), { made: '', left: 'frame_2041_03' });
    assert.deepEqual(await placesOf(operatorId), { 'ocpp_gateway.frame_other': 1 });
  });

  it('knows each frame once in its month, and nobody reads, changes or empties a month past the log', async () => {
    const operatorId = newOperatorId();
    await appendFrames(test.database.inbox, [stop(operatorId, newUuid() as ChargePointId, at('2026-11-02T00:00:00Z'), 1)]);
    await asAdmin(async (admin) => {
      for (const sql of ['delete from ocpp_gateway.frame_first', 'update ocpp_gateway.frame_first set payload = \'\'']) await assert.rejects(admin.query(sql), /append_only/, sql);
      await assert.rejects(admin.query('insert into ocpp_gateway.frame select * from ocpp_gateway.frame where operator_id = $1', [operatorId]), /frame_first_pkey/);
      const { rows } = await admin.query<{ name: string; key: string }>(`select c.oid::regclass::text as name, pg_get_constraintdef(k.oid) as key from pg_inherits i join pg_class c on c.oid = i.inhrelid
        left join pg_constraint k on k.conrelid = c.oid and k.contype = 'p' where i.inhparent = 'ocpp_gateway.frame'::regclass`);
      assert.ok(rows.length >= 5, `${rows.length} partitions`);
      for (const { name, key } of rows) {
        assert.equal(key, 'PRIMARY KEY (operator_id, sequence)', name);
        await assert.rejects(admin.query(`truncate ${name}`), /append_only/, name);
        for (const role of [test.database.inbox, test.database.untenanted]) for (const sql of [`select 1 from ${name}`, `insert into ${name} default values`]) await assert.rejects(role.query(sql), /permission denied/, sql);
      }
    });
  });

  it('takes no report of a frame that it does not have', async () => {
    const operatorId = newOperatorId();
    await assert.rejects(test.database.forOperator(operatorId).transaction((tx) => recordUnprocessable(tx, operatorId, [{ sequence: 77n, code: 'malformed', detail: 'not there' }])), /not in the log/);
  });

  it('keeps what was stored before there were months, frame for frame', async () => {
    const name = `test_months_${newUuid().slice(-12)}`;
    const url = new URL(test.adminUrl);
    url.pathname = `/${name}`;
    await asAdmin((admin) => admin.query(`create database ${name}`));
    try {
      const migrations = await readMigrations();
      const database = await asAdmin(async (admin) => {
        await ensureRoles(admin, TEST_MASTER_KEY);
        await migrate(admin, migrations.filter((migration) => migration.name < MONTHS));
        return connectDatabase(roleUrls(url.href, TEST_MASTER_KEY), { poolSizeMax: 2 });
      }, url.href);
      try {
        const operatorId = newOperatorId(), chargePointId = newUuid() as ChargePointId;
        const times = ['2025-01-01T00:00:00Z', '2026-11-22T10:00:00Z', '2049-12-31T23:59:59Z'].map(at);
        await appendFrames(database.inbox, times.map((time, wh) => stop(operatorId, chargePointId, time, wh)));
        const odb = database.forOperator(operatorId);
        await odb.transaction((tx) => recordUnprocessable(tx, operatorId, [{ sequence: 2n, code: 'malformed', detail: 'kept' }]));
        const all = () => odb.transaction((tx) => framesOf(tx, [1n, 2n, 3n, 4n]));
        const before = await all();
        await asAdmin(async (admin) => {
          await admin.query('set time zone \'Europe/London\'');
          assert.deepEqual(await migrate(admin, (await readMigrations()).filter((migration) => migration.name <= MONTHS)), [MONTHS]);
          const { rows } = await admin.query<{ bound: string }>(`set time zone 'UTC'; select pg_get_expr(relpartbound, oid) as bound from pg_class where oid = 'ocpp_gateway.frame_first'::regclass`).then((results) => (results as unknown as { rows: { bound: string }[] }[])[1]!);
          assert.equal(rows[0]!.bound, `FOR VALUES FROM (MINVALUE) TO ('2050-01-01 00:00:00+00')`);
        }, url.href);
        assert.deepEqual(await all(), before);
        assert.deepEqual(await appendFrames(database.inbox, [stop(operatorId, chargePointId, at('2026-11-30T23:59:59Z'), 4)]), [4n]);
        assert.equal((await all()).length, 4);
      } finally {
        await database.close();
      }
    } finally {
      await asAdmin((admin) => admin.query(`drop database ${name} with (force)`));
    }
  });
});
