import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { instant } from '../../kernel/index.ts';
import { accountId, lookupAccounts } from '../ledger/index.ts';
import { defaultPolicy, sessionOutcomes, setPolicy, sweepSilentSessions } from './index.ts';
import { addMember, addPoint, at, auditWorld, createWorld as makeWorld, resent, speaker, type World } from './world.fixture.ts';

const test = await openTestDatabase();

const worlds: World[] = [];
const createWorld = async (...of: Parameters<typeof makeWorld>): Promise<World> => {
  const world = await makeWorld(...of);
  worlds.push(world);
  return world;
};
// Whatever a test has done, the books balance after it.
afterEach(async () => {
  for (const world of worlds.splice(0)) assert.deepEqual(await auditWorld(world), []);
});

const outcomes = (world: World) => world.odb.transaction((tx) => sessionOutcomes(tx));

describe('a charge', () => {
  it('goes from start to bill: the hold is posted, revenue is split, metered energy equals billed energy', async () => {
    const world = await createWorld(test.database);
    const { memberId, token } = await addMember(world, 100);
    const { chargePointId, connectorIds } = await addPoint(world);
    const say = speaker(chargePointId);
    const start = say.started(at(0), null, 50_000n, token);
    const { transactionId, decision } = await world.start(start);
    assert.equal(decision, 'accepted');
    assert.ok(transactionId > 0);
    const ref = `v16:${transactionId}`;
    await world.apply([start, say.read(at(10), ref, 55_000n), say.ended(at(20), ref, 60_000n)]);
    const [session] = await outcomes(world);
    assert.equal(session?.billState, 'settled');
    assert.equal(session?.billedWh, 10_000n);
    assert.equal(session?.totalMinor, 1_900n);
    assert.equal(await world.balance('member_wallet', memberId), 8_100n);
    assert.equal(await world.balance('revenue_electricity', null), 1_200n);
    assert.equal(await world.balance('revenue_service', null), 700n);
    assert.equal(await world.balance('charging_clearing', memberId), 0n);
    assert.equal(await world.balance('grid_intake', null), 10_000n);
    assert.equal(await world.balance('connector_energy', connectorIds[0]!), 0n);
  });

  it('applied again changes nothing, and re-sent frames change nothing', async () => {
    const world = await createWorld(test.database);
    const { memberId, token } = await addMember(world, 100);
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    const start = say.started(at(0), null, 50_000n, token);
    const { transactionId } = await world.start(start);
    const ref = `v16:${transactionId}`;
    const facts = [start, say.read(at(10), ref, 55_000n), say.ended(at(20), ref, 60_000n)];
    await world.apply(facts);
    const before = await outcomes(world);
    await world.apply(facts);
    await world.apply([resent(facts[1]!), resent(facts[2]!)]);
    const again = await world.start({ ...resent(start), messageId: start.messageId });
    assert.deepEqual(await outcomes(world), before);
    assert.equal(again.decision, 'accepted');
    assert.equal(await world.balance('member_wallet', memberId), 8_100n);
  });

  it('is answered blocked without funds, invalid for an unknown card, and is recorded either way', async () => {
    const world = await createWorld(test.database);
    const { memberId, token } = await addMember(world, 3);
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    const poor = say.started(at(0), null, 0n, token);
    const stranger = speaker(chargePointId, 2).started(at(0), null, 0n, 'NOBODY');
    const [blocked, invalid] = [await world.start(poor), await world.start(stranger)];
    assert.deepEqual([blocked.decision, invalid.decision], ['blocked', 'invalid']);
    assert.ok(blocked.transactionId > 0 && invalid.transactionId > 0 && blocked.transactionId !== invalid.transactionId);
    await world.apply([poor, stranger, say.ended(at(20), `v16:${blocked.transactionId}`, 10_000n), say.ended(at(20), `v16:${invalid.transactionId}`, 10_000n)]);
    const [charged, held] = await outcomes(world);
    // 19.00 were drawn: 3.00 are there, 16.00 are owed, and the wallet stands at zero, not below.
    assert.deepEqual([charged?.billState, charged?.totalMinor], ['settled', 1_900n]);
    assert.equal(await world.balance('member_wallet', memberId), 0n);
    assert.equal(await world.balance('member_receivable', memberId), -1_600n);
    assert.deepEqual([held?.billState, held?.totalMinor, held?.flagCauses], ['held', 0n, ['charged_without_authorisation']]);
  });

  it('takes from the wallet what the hold does not cover', async () => {
    const world = await createWorld(test.database);
    const { memberId, token } = await addMember(world, 100);
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    const start = say.started(at(0), null, 0n, token);
    const { transactionId } = await world.start(start);
    await world.apply([start, say.ended(at(60), `v16:${transactionId}`, 40_000n)]);
    assert.equal(await world.balance('member_wallet', memberId), 10_000n - 7_600n);
    assert.equal(await world.balance('charging_clearing', memberId), 0n);
  });

  it('C-13 a late reading that changes the bill makes a second version that reverses the first to the fen', async () => {
    const world = await createWorld(test.database);
    const { memberId, token } = await addMember(world, 100);
    const { chargePointId, connectorIds } = await addPoint(world);
    const say = speaker(chargePointId);
    const [start, middle, end] = [
      say.started(at(9 * 60), 'v201:a', 0n, token, { seqNo: 0 }), say.read(at(10 * 60), 'v201:a', 1_000n, { seqNo: 1 }), say.ended(at(11 * 60), 'v201:a', 11_000n, { seqNo: 2 }),
    ];
    // 21:00 to 23:00 with the price change at 22:00: half and half without the reading, 1 + 10 kWh with it.
    await world.apply([start, end]);
    assert.equal((await outcomes(world))[0]?.totalMinor, 1_595n);
    await world.apply([middle]);
    const [session] = await outcomes(world);
    assert.equal(session?.totalMinor, 190n + 1_000n);
    assert.equal(await world.balance('member_wallet', memberId), 10_000n - 1_190n);
    assert.equal(await world.balance('connector_energy', connectorIds[0]!), 0n);
    assert.equal(await world.balance('charging_clearing', memberId), 0n);
    const versions = await world.odb.transaction((tx) => tx.query('select version, reason, total_minor from charging.bill where operator_id = $1 order by version', [world.operatorId]));
    assert.deepEqual(versions, [{ version: 1, reason: 'ended', total_minor: 1_595n }, { version: 2, reason: 'late_facts', total_minor: 1_190n }]);
  });

  it('C-14 silence past the deadline closes a session by its evidence, and the late stop reconciles against it', async () => {
    const world = await createWorld(test.database);
    const { memberId, token } = await addMember(world, 100);
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    const start = say.started(at(0), null, 50_000n, token);
    const ref = `v16:${(await world.start(start)).transactionId}`;
    await world.apply([start, say.read(at(10), ref, 55_000n)]);
    assert.equal(await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(60) } })), 0);
    assert.equal(await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(200) } })), 1);
    const [closed] = await outcomes(world);
    assert.deepEqual([closed?.billState, closed?.totalMinor, closed?.proposedWh, closed?.proposedTotalMinor], ['held', 0n, 5_000n, 950n]);
    assert.deepEqual(closed?.flagCauses, ['stop_never_arrived_silent']);
    assert.equal(await world.balance('member_wallet', memberId), 10_000n);
    await world.apply([say.ended(at(20), ref, 60_000n)]);
    const [late] = await outcomes(world);
    assert.deepEqual([late?.billState, late?.totalMinor, late?.flagCauses], ['settled', 1_900n, []]);
    assert.equal(await world.balance('member_wallet', memberId), 8_100n);
  });

  it('a session closed by silence that goes on charging is settled once more, not once a reading', async () => {
    const world = await createWorld(test.database);
    const { token } = await addMember(world, 100);
    const { chargePointId, connectorIds } = await addPoint(world);
    const say = speaker(chargePointId);
    const start = say.started(at(0), null, 50_000n, token);
    const ref = `v16:${(await world.start(start)).transactionId}`;
    await world.apply([start, say.read(at(10), ref, 55_000n)]);
    const sweep = (minutes: number) => world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(minutes) } }));
    await sweep(200);
    for (let i = 1; i <= 5; i++) await world.apply([say.read(at(200 + i), ref, 55_000n + BigInt(i) * 500n)]);
    assert.equal(await sweep(210), 0);
    assert.equal(await sweep(400), 1);
    assert.equal(await sweep(900), 0);
    const [session] = await outcomes(world);
    assert.deepEqual([session?.billState, session?.proposedWh], ['held', 7_500n]);
    assert.equal(await world.balance('connector_energy', connectorIds[0]!), -7_500n, 'metered and not billed: unexplained until reviewed');
  });

  it('a new start on a busy connector is accepted and closes the old session by evidence', async () => {
    const world = await createWorld(test.database);
    const { token } = await addMember(world, 100);
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    const first = say.started(at(0), null, 50_000n, token);
    const ref = `v16:${(await world.start(first)).transactionId}`;
    await world.apply([first, say.read(at(10), ref, 55_000n)]);
    const second = say.started(at(30), null, 56_000n, token);
    const { decision, transactionId } = await world.start(second);
    assert.equal(decision, 'accepted');
    await world.apply([second]);
    const [old, open] = await outcomes(world);
    assert.deepEqual([old?.state, old?.billState, old?.flagCauses, old?.proposedWh], ['ended', 'held', ['stop_never_arrived'], 5_000n]);
    assert.equal(open?.state, 'active');
    await world.apply([say.ended(at(40), `v16:${transactionId}`, 60_000n)]);
    assert.deepEqual((await outcomes(world)).map((each) => each.billedWh), [0n, 4_000n]);
  });

  it('a start sent again after a reconnect is the same session; after a boot in between it is a new one, flagged', async () => {
    const world = await createWorld(test.database);
    const { token } = await addMember(world, 200);
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    const start = say.started(instant(0), null, 0n, token, { recordedAt: at(0) });
    const first = await world.start(start);
    const again = await world.start(resent(start));
    assert.equal(again.transactionId, first.transactionId);
    await world.apply([start, say.booted()]);
    const later = resent(start);
    const anew = await world.start(later);
    assert.notEqual(anew.transactionId, first.transactionId);
    await world.apply([later, say.ended(instant(600_000), `v16:${anew.transactionId}`, 5_000n, { recordedAt: at(10) })]);
    const session = (await outcomes(world)).at(-1);
    assert.deepEqual([session?.billState, session?.flagCauses], ['held', ['clock_not_set', 'start_repeated_after_boot_or_stop']]);
  });

  it('stops for numbers that were never given are kept as flagged sessions and close nobody else\'s', async () => {
    const world = await createWorld(test.database);
    const { token } = await addMember(world, 100);
    const { chargePointId, connectorIds } = await addPoint(world, { connectors: 1 });
    const other = await addPoint(world);
    const say = speaker(chargePointId);
    const start = say.started(at(0), null, 0n, token);
    const ref = `v16:${(await world.start(start)).transactionId}`;
    await world.apply([start]);
    const strays = ['v16:-1', 'v16:0', 'v16:9223372036854775807'].map((stray) => say.ended(at(30), stray, 9_000n));
    const foreign = speaker(other.chargePointId, null).ended(at(30), ref, 9_000n);
    const stray = say.read(at(5), 'v16:0', 700n);
    await world.apply([...strays, foreign, stray]);
    await world.apply([resent(strays[0]!)]);
    const found = await outcomes(world);
    assert.deepEqual(found.map((each) => each.state), ['active', 'ended', 'ended', 'ended', 'ended']);
    for (const orphan of found.slice(1)) assert.deepEqual([orphan.billState, orphan.flagCauses], ['held', ['start_never_arrived', 'final_register_missing']]);
    assert.equal(await world.balance('connector_energy', connectorIds[0]!), -9_000n, 'their registers count as metered');
  });

  it('without a tariff a bill is held, and settles first where the operator says so', async () => {
    const world = await createWorld(test.database, { withTariff: false });
    const { token } = await addMember(world, 100);
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    await world.apply([say.started(at(0), 'v201:a', 0n, token), say.ended(at(30), 'v201:a', 5_000n)]);
    assert.deepEqual((await outcomes(world)).map(({ billState, flagCauses }) => [billState, flagCauses]), [['held', ['tariff_missing']]]);
  });

  it('an operator that settles first charges what registers prove and keeps the flags', async () => {
    const world = await createWorld(test.database);
    await world.odb.transaction((tx) => setPolicy(tx, { ...defaultPolicy('CNY'), abnormalBills: 'settle_first' }, { clock: world.clock }));
    const { memberId, token } = await addMember(world, 100);
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    await world.apply([say.started(at(0), 'v201:a', 50_000n, token), say.read(at(10), 'v201:a', 55_000n), say.read(at(11), 'v201:a', 200n), say.ended(at(20), 'v201:a', 3_200n)]);
    const [session] = await outcomes(world);
    assert.deepEqual([session?.billState, session?.billedWh, session?.totalMinor, session?.flagCauses], ['settled', 8_000n, 1_520n, ['meter_register_reset']]);
    assert.equal(await world.balance('member_wallet', memberId), 10_000n - 1_520n);
  });

  it('two sessions at one connector at one time: the later one is held', async () => {
    const world = await createWorld(test.database);
    const { token } = await addMember(world, 200);
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    await world.apply([say.started(at(0), 'v201:a', 0n, token), say.ended(at(30), 'v201:a', 5_000n)]);
    await world.apply([say.started(at(20), 'v201:b', 5_000n, token), say.ended(at(50), 'v201:b', 9_000n)]);
    assert.deepEqual((await outcomes(world)).map(({ billState, flagCauses }) => [billState, flagCauses]), [['settled', []], ['held', ['overlaps_another_session']]]);
  });

  it('OCPP 2.0.1: a card shown after plugging in names the member and sets the hold aside', async () => {
    const world = await createWorld(test.database);
    const { memberId, token } = await addMember(world, 100);
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    await world.apply([say.started(at(0), 'v201:a', 0n, null)]);
    await world.apply([say.read(at(1), 'v201:a', null, { idToken: token })]);
    const [wallet] = await world.odb.transaction((tx) => lookupAccounts(tx, [accountId('member_wallet', 156, memberId)], { clock: world.clock }));
    assert.equal(wallet?.debitsPending, 5_000n);
    await world.apply([say.ended(at(30), 'v201:a', 5_000n)]);
    assert.equal(await world.balance('member_wallet', memberId), 10_000n - 950n);
  });
});
