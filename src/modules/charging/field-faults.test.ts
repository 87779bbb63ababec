import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import pg from 'pg';
import { openTestDatabase } from '../../../test/support/database.ts';
import { loadSessionStory, sessionOutcomes, sweepSilentSessions, unexplainedEnergy } from './index.ts';
import { addMember, addPoint, at, auditWorld, createWorld, resent, speaker, type World } from './world.fixture.ts';

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
  const outcome = async () => (await world.odb.transaction((tx) => sessionOutcomes(tx))).map(({ billState, billedWh, proposedWh, totalMinor, proposedTotalMinor, flagCauses }) =>
    ({ billState, billedWh, proposedWh, totalMinor, proposedTotalMinor, flagCauses }));
  return { world, memberId, token, ...point, say: speaker(point.chargePointId), outcome };
}
const settled = (billedWh: bigint, totalMinor: bigint, flagCauses: string[] = []) => ({ billState: 'settled', billedWh, proposedWh: null, totalMinor, proposedTotalMinor: null, flagCauses });
const held = (proposedWh: bigint, proposedTotalMinor: bigint, ...flagCauses: string[]) => ({ billState: 'held', billedWh: 0n, proposedWh, totalMinor: 0n, proposedTotalMinor, flagCauses });

describe('faults of the field, from frames to books', () => {
  it('C-09 register 0 in the heartbeats before the charge, then the real value: 0.083 kWh are proposed and not 910', async () => {
    const { world, say, token, outcome } = await live();
    await world.apply([say.started(at(0), 'v201:a', 0n, token, { offline: true }), say.read(at(5), 'v201:a', 909_948n), say.ended(at(6), 'v201:a', 910_031n)]);
    assert.deepEqual(await outcome(), [held(83n, 16n, 'meter_register_zero_before_start')]);
  });

  it('C-10 a lost bill estimated at its last register of 128.63 kWh: 36.36 kWh and 69.08 are proposed with the evidence', async () => {
    const { world, say, token, outcome, memberId, connectorIds } = await live({ maxPowerW: 64_000n });
    const start = say.started(at(0), null, 0n, token);
    const { transactionId, sessionId } = await world.start(start);
    const ref = `v16:${transactionId}`;
    await world.apply([start, say.read(at(0.5), ref, 92_270n), say.read(at(17), ref, 110_000n), say.read(at(34), ref, 128_630n)]);
    assert.equal(await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(300) } })), 1);
    assert.deepEqual(await outcome(), [held(36_360n, 6_908n, 'stop_never_arrived_silent', 'meter_register_zero_before_start')]);
    const story = await world.odb.transaction((tx) => loadSessionStory(tx, sessionId));
    const zero = story?.flags.find((flag) => flag.cause === 'meter_register_zero_before_start');
    assert.deepEqual([zero?.code, zero?.data.fromWh, zero?.data.toWh], [8, '0', '92270']);
    assert.equal(await world.balance('member_wallet', memberId), 30_000n, 'nothing is charged without review');
    assert.deepEqual(await world.odb.transaction((tx) => unexplainedEnergy(tx)), [{ connectorId: connectorIds[0], meteredWh: 36_360n, billedWh: 0n, heldWh: 36_360n, unexplainedWh: 36_360n }]);
  });

  it('C-12 a session without any register is a held case with a code, never a row of zeros', async () => {
    const { world, say, token, outcome } = await live();
    await world.apply([say.started(at(0), 'v201:a', null, token), say.ended(at(30), 'v201:a', -1n)]);
    assert.deepEqual(await outcome(), [held(0n, 0n, 'no_register_evidence')]);
  });

  it('C-14 a charge point goes offline while charging and sends its queue when it is back: the bill is that of the queue', async () => {
    const { world, say, token, outcome, memberId } = await live();
    await world.apply([say.started(at(0), 'v201:a', 1_000n, token, { seqNo: 0 }), say.read(at(10), 'v201:a', 6_000n, { seqNo: 1 })]);
    await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(300) } }));
    // Short of memory it kept every other update (OCPP 2.0.1 E04), which is legal.
    await world.apply([say.read(at(30), 'v201:a', 16_000n, { seqNo: 3, offline: true }), say.ended(at(40), 'v201:a', 21_000n, { seqNo: 4, offline: true })]);
    assert.deepEqual(await outcome(), [settled(20_000n, 3_800n)]);
    assert.equal(await world.balance('member_wallet', memberId), 30_000n - 3_800n);
  });

  it('a start sent twice with one message id has one number, and the stop finds it', async () => {
    const { world, say, token, outcome } = await live();
    const start = say.started(at(0), null, 50_000n, token);
    const [one, two] = [await world.start(start), await world.start({ ...resent(start), messageId: start.messageId })];
    assert.equal(one.transactionId, two.transactionId);
    await world.apply([start, say.ended(at(20), `v16:${two.transactionId}`, 60_000n)]);
    assert.deepEqual(await outcome(), [settled(10_000n, 1_900n)]);
  });

  it('two copies of one start at the same moment are one session', async () => {
    const { world, say, token, outcome } = await live();
    const start = say.started(at(0), null, 50_000n, token);
    const started = await Promise.all([world.start(start), world.start(resent(start)), world.start({ ...resent(start), messageId: start.messageId })]);
    assert.equal(new Set(started.map(({ transactionId }) => transactionId)).size, 1);
    assert.equal((await outcome()).length, 1);
  });

  it('a meter that begins each session at 0 bills and meters every one of them', async () => {
    const { world, say, token, outcome, connectorIds } = await live();
    for (const [i, wh] of [300n, 700n, 500n].entries()) {
      await world.apply([say.started(at(i * 60), `v201:${i}`, 0n, token), say.ended(at(i * 60 + 30), `v201:${i}`, wh)]);
    }
    assert.deepEqual((await outcome()).map((each) => each.billedWh), [300n, 700n, 500n]);
    assert.equal(await world.balance('connector_energy', connectorIds[0]!), 0n);
    assert.equal(await world.balance('grid_intake', null), 1_500n);
  });

  it('energy that ran between two sessions is metered and stays unexplained', async () => {
    const { world, say, token, connectorIds } = await live();
    await world.apply([say.started(at(0), 'v201:a', 0n, token), say.ended(at(30), 'v201:a', 5_000n)]);
    await world.apply([say.started(at(60), 'v201:b', 7_000n, token), say.ended(at(90), 'v201:b', 9_000n)]);
    assert.deepEqual(await world.odb.transaction((tx) => unexplainedEnergy(tx)), [{ connectorId: connectorIds[0], meteredWh: 9_000n, billedWh: 7_000n, heldWh: 0n, unexplainedWh: 2_000n }]);
  });
});

describe('the audit of charging', () => {
  const corruptions: [string, string][] = [
    ['charging_bill_is_sum_of_lines', 'update charging.bill_line set amount_minor = amount_minor + 1 where operator_id = $1'],
    ['charging_bill_equals_its_postings', `update charging.bill_posting set amount = amount + 1 where operator_id = $1 and purpose = 'electricity'`],
    ['charging_postings_are_in_the_ledger', `update charging.bill_posting set amount = amount + 1 where operator_id = $1 and purpose = 'electricity'`],
    ['charging_old_versions_are_reversed', `insert into charging.bill_posting select operator_id, bill_id, gen_random_uuid(), 'reversal', credit_account, debit_account, asset, amount, transfer_id from charging.bill_posting where operator_id = $1 and purpose = 'energy'`],
    ['charging_revenue_is_billed', `update charging.bill set electricity_minor = electricity_minor + 1, total_minor = total_minor + 1, receivable_minor = receivable_minor + 1 where operator_id = $1`],
    ['charging_wallets_move_by_bills', `update charging.bill_posting set amount = amount + 1 where operator_id = $1 and purpose in ('hold', 'wallet')`],
    // What somebody tops up is not charging's: the module that signed it answers for it.
    ['wallets_cash_desk_is_signed', 'update wallets.cash_desk_top_up set amount_minor = amount_minor + 1 where operator_id = $1'],
    ['charging_coupons_pay_bills', `update charging.bill_posting set purpose = 'coupon' where operator_id = $1 and purpose = 'service'`],
    ['charging_energy_is_accounted_for', 'update charging.connector_meter set posted_wh = posted_wh - 1 where operator_id = $1'],
    ['charging_ended_session_has_one_current_bill', 'update charging.session set bill_version = 7 where operator_id = $1'],
  ];
  for (const [code, corruption] of corruptions) {
    it(`finds books that were tampered with: ${code}`, async () => {
      const { world, say, token } = await live();
      worlds.splice(0);
      await world.apply([say.started(at(0), 'v201:a', 0n, token), say.ended(at(30), 'v201:a', 5_000n)]);
      assert.deepEqual(await auditWorld(world), []);
      const admin = new pg.Client({ connectionString: test.adminUrl });
      await admin.connect();
      // Somebody with the database's own password, past every trigger and constraint that stops the program.
      await admin.query(`set session_replication_role = replica`);
      await admin.query(corruption, [world.operatorId]);
      await admin.end();
      assert.ok((await auditWorld(world)).some((line) => line.startsWith(code)), `${code} found nothing`);
    });
  }
});
