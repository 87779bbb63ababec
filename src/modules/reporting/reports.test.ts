import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { MS_PER_DAY, type BillId, type SessionId } from '../../kernel/index.ts';
import type { Tx } from '../../platform/database/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { correctBill, defaultPolicy, revertCorrection, setPolicy } from '../charging/index.ts';
import { bindStation } from '../locations/index.ts';
import { addCredential, createFleet, createSubOperator, registerVehicle } from '../parties/index.ts';
import { auditReporting, catchUp, listAdjustments, listBillsToReview, parsePeriod, publishPeriod, readReport, recordMovements, wholeReport, type Dimension, type Narrowing } from './index.ts';
import { addMember, addPoint, at, billIds, charge, createWorld, deliver, lateReading, speaker, T0_DAY, type World } from '../../../test/support/reporting-world.ts';

const test = await openTestDatabase();
const DAY = parsePeriod(T0_DAY)!, MONTH = parsePeriod(T0_DAY.slice(0, 7))!;
const value = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => { assert.ok(result.ok, result.ok ? '' : String((result.error as { code: string }).code)); return result.value; };
const report = (world: World, period = DAY, dimension: Dimension = 'station', narrowing: Narrowing = {}) => world.odb.transaction((tx) => readReport(tx, { period, dimension, narrowing }, world));
const publish = (world: World, period = DAY) => world.odb.transaction((tx) => publishPeriod(tx, { period, publishedBy: 'usr_a', approvedBy: null }, world));
const wrong = (world: World): Promise<string[]> => world.odb.transaction(async (tx) => (await auditReporting(tx)).flatMap(({ code, failures }) => failures.map(({ id, detail }) => `${code} ${id}: ${detail}`)));
/** 20 minutes around 22:00: 3 kWh at 1.90 and 7 at 1.00, unless a reading says otherwise. */
const acrossTen = (world: World) => charge(world, { from: 594, minutes: 20, wh: 10_000n });

describe('a report', () => {
  it('sums energy and money by tariff period, for each station, start mode, fleet, vehicle and sub-operator', async () => {
    const world = await createWorld(test.database);
    const { memberId, token } = await addMember(world, 1_000);
    const ids = await world.odb.transaction(async (tx) => {
      const north = value(await createSubOperator(tx, { name: 'North' })), fleet = value(await createFleet(tx, { name: 'Depot' }));
      const vehicleId = value(await registerVehicle(tx, { vin: 'VIN12345', fleetId: fleet }));
      value(await bindStation(tx, { stationId: world.stationId, subOperatorId: north, validFrom: at(60) }));
      await addCredential(tx, { memberId, kind: 'vin', token: 'VIN12345' });
      return { north, fleet, vehicleId };
    });
    await charge(world, { from: 0, token });
    await charge(world, { from: 100, token: 'VIN12345' });
    await charge(world, { from: 590 });
    await deliver(test, world);
    const { total, rows, state, currency } = await report(world);
    assert.deepEqual([state, currency, total.billCount, total.energyWh, total.flatWh, total.valleyWh], ['open', 'CNY', 3n, 30_000n, 25_000n, 5_000n]);
    assert.deepEqual([total.flatElectricityMinor, total.valleyElectricityMinor, total.flatServiceMinor, total.valleyServiceMinor, total.totalMinor], [3_000n, 200n, 1_750n, 300n, 5_250n]);
    assert.deepEqual(rows.map(({ key, figures }) => [key, figures.totalMinor]), [[world.stationId, 5_250n]]);
    const by = async (dimension: Dimension) => Object.fromEntries((await report(world, DAY, dimension)).rows.map(({ key, figures }) => [key, figures.totalMinor]));
    assert.deepEqual(await by('start_mode'), { card: 3_350n, vin: 1_900n });
    assert.deepEqual(await by('vehicle'), { '': 3_350n, [ids.vehicleId]: 1_900n });
    assert.deepEqual(await by('fleet'), { '': 3_350n, [ids.fleet]: 1_900n });
    assert.deepEqual(await by('sub_operator'), { '': 1_900n, [ids.north]: 3_350n }, 'the binding began an hour later');
    assert.deepEqual((await report(world, DAY, 'day', { fleetId: ids.fleet })).rows.map(({ key }) => key), [T0_DAY]);
    assert.equal((await report(world, DAY, 'day', { subOperators: [ids.north] })).total.totalMinor, 3_350n);
    assert.deepEqual(await wrong(world), []);
  });

  it('counts a charge in the day on which it ended at the station, and a month is the sum of its days', async () => {
    const world = await createWorld(test.database);
    world.clock.advance(3 * MS_PER_DAY);
    await charge(world, { from: 11 * 60 + 50, minutes: 20 });
    await charge(world, { from: 0 });
    await deliver(test, world);
    const { rows, total } = await report(world, MONTH, 'day');
    assert.deepEqual(rows.map(({ key, figures }) => [key, figures.totalMinor]), [['2026-03-02', 1_900n], ['2026-03-03', 1_000n]]);
    const whole = await world.odb.transaction((tx) => wholeReport(tx, MONTH));
    assert.deepEqual(whole.total, total);
    for (const [dimension, keyed] of whole.byDimension) {
      if (dimension === 'vehicle') continue;
      assert.deepEqual(keyed, (await report(world, MONTH, dimension)).rows, dimension);
    }
  });

  it('takes back what a corrected bill had counted while the day is open, and nothing is left of it', async () => {
    const world = await createWorld(test.database);
    const session = await acrossTen(world);
    await deliver(test, world);
    assert.equal((await report(world)).total.totalMinor, 1_270n);
    await lateReading(world, session, { minute: 3, registerWh: 54_000n });
    await deliver(test, world);
    const { total, adjustments } = await report(world);
    assert.equal(total.billCount, 1n);
    assert.notEqual(total.totalMinor, 1_270n);
    assert.equal(adjustments.totalMinor, 0n);
    assert.deepEqual(await wrong(world), []);
  });
});

describe('a published report', () => {
  it('C-07 stays as it was: a correction that arrives later is an adjustment of the open day, with its reason', async () => {
    const world = await createWorld(test.database);
    const session = await acrossTen(world);
    await charge(world, { from: 0 });
    await deliver(test, world);
    const publication = value(await publish(world));
    assert.match(publication.sha256, /^[0-9a-f]{64}$/);
    const before = await report(world);
    world.clock.advance(2 * MS_PER_DAY);
    await lateReading(world, session, { minute: 3, registerWh: 54_000n });
    await deliver(test, world);
    const after = await report(world);
    assert.deepEqual([after.total, after.rows, after.publication], [before.total, before.rows, before.publication]);
    assert.equal(after.state, 'published');
    const difference = after.laterAdjustments.totalMinor;
    assert.notEqual(difference, 0n);
    assert.equal(after.laterAdjustments.billCount, 0n, 'one bill taken back, one put in its place');
    // Today's report has it, and says so.
    const today = await report(world, parsePeriod('2026-03-05')!);
    assert.deepEqual([today.total.totalMinor, today.adjustments.totalMinor], [difference, difference]);
    const listed = await world.odb.transaction((tx) => listAdjustments(tx, { period: DAY, which: 'later', narrowing: {}, after: null, limit: 10 }));
    const [first, second] = (await billIds(world)).length === 3 ? listed : [];
    assert.deepEqual(listed.map(({ sign, sessionId, adjustsOn, countsOn, reason }) => [sign, sessionId, adjustsOn, countsOn, reason]),
      [[-1, session.sessionId, T0_DAY, '2026-03-05', 'late_facts'], [1, session.sessionId, T0_DAY, '2026-03-05', 'late_facts']]);
    assert.equal(first?.causedBy, second?.billId);
    assert.equal(listed.reduce((sum, { figures }) => sum + figures.totalMinor, 0n), difference);
    assert.deepEqual(await wrong(world), []);
  });

  it('C-07 nobody writes into its days, not even past the program', async () => {
    const world = await createWorld(test.database);
    await charge(world, { from: 0 });
    await deliver(test, world);
    value(await publish(world));
    const write = world.odb.transaction((tx) => tx.execute(
      `insert into reporting.bill_movement select (jsonb_populate_record(m, jsonb_build_object('bill_id', gen_random_uuid()))).* from reporting.bill_movement m where operator_id = $1`, [world.operatorId]));
    await assert.rejects(write, /frozen: the report of 2026-03-02 is published/);
    await assert.rejects(world.odb.transaction((tx) => tx.execute('update reporting.publication set movements = 0 where operator_id = $1', [world.operatorId])), /append_only|permission denied/);
  });

  it('C-07 is whole: what was issued and not told of yet is counted before it is summed', async () => {
    const world = await createWorld(test.database);
    await charge(world, { from: 0 });
    await deliver(test, world);
    await charge(world, { from: 100 });
    const { movements } = value(await publish(world));
    assert.equal(movements, 2n);
    await deliver(test, world);
    assert.equal((await report(world)).total.billCount, 2n);
    assert.deepEqual((await report(world, parsePeriod('2026-03-03')!)).rows, [], 'telling of it afterwards counts it nowhere else');
  });

  it('is published once, when it is over; a month publishes the days that are not, and what was adjusted within it is in it', async () => {
    const world = await createWorld(test.database);
    assert.deepEqual(await publish(world, parsePeriod('2026-03-03')!), { ok: false, error: { code: 'report_period_not_over' } });
    const session = await acrossTen(world);
    value(await publish(world));
    assert.deepEqual(await publish(world), { ok: false, error: { code: 'report_published_already' } });
    await lateReading(world, session, { minute: 3, registerWh: 54_000n });
    await deliver(test, world);
    assert.deepEqual(await publish(world, MONTH), { ok: false, error: { code: 'report_period_not_over' } });
    world.clock.advance(30 * MS_PER_DAY);
    value(await publish(world, MONTH));
    const [day, month] = [await report(world), await report(world, MONTH, 'day')];
    assert.deepEqual(month.rows.map(({ key }) => key), ['2026-03-02', '2026-03-03']);
    assert.equal(month.total.totalMinor, day.total.totalMinor + day.laterAdjustments.totalMinor);
    assert.equal(month.laterAdjustments.totalMinor, 0n, 'it was adjusted before the month was published');
    assert.deepEqual(await wrong(world), []);
  });

  it('and what is counted while it is published are one after the other: every bill is in it or adjusts it', async () => {
    const world = await createWorld(test.database);
    for (let i = 0; i < 6; i++) await charge(world, { from: i * 10, minutes: 5 });
    const ids = await billIds(world);
    const count = (some: readonly BillId[]) => world.odb.transaction((tx) => recordMovements(tx, some, { clock: world.clock }));
    await Promise.all([count(ids.slice(0, 2)), count(ids.slice(2, 4)), publish(world), count(ids.slice(3))]);
    assert.equal((await report(world)).total.billCount, 6n);
    assert.deepEqual(await wrong(world), []);
  });
});

describe('bills in doubt', () => {
  const reset = async (world: World): Promise<SessionId> => {
    const { token } = await addMember(world, 100);
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    await world.apply([say.started(at(0), 'v201:a', 50_000n, token), say.read(at(10), 'v201:a', 55_000n), say.read(at(11), 'v201:a', 200n), say.ended(at(20), 'v201:a', 3_200n)]);
    return world.odb.transaction(async (tx: Tx) => (await tx.query<{ id: SessionId }>('select session_id as id from charging.session where operator_id = $1', [world.operatorId]))[0]!.id);
  };

  it('C-12 a lost bill is no silent zero row: it is counted as held with what it proposes, and listed with its causes', async () => {
    const world = await createWorld(test.database);
    const sessionId = await reset(world);
    await deliver(test, world);
    const { total, rows, abnormalBills } = await report(world);
    assert.deepEqual([abnormalBills, total.billCount, total.heldCount, total.totalMinor, total.heldWh, total.heldMinor], ['hold', 0n, 1n, 0n, 8_000n, 1_520n]);
    assert.equal(rows.length, 1);
    const [held] = await world.odb.transaction((tx) => listBillsToReview(tx, { period: DAY, narrowing: {}, after: null, limit: 10 }));
    assert.deepEqual([held?.sessionId, held?.held, held?.heldMinor, held?.open?.causes], [sessionId, true, 1_520n, ['meter_register_reset']]);
  });

  it('C-07 a held bill that is repaired after its day was published charges in today\'s report, with a link to the correction; reverting it is one more adjustment', async () => {
    const world = await createWorld(test.database);
    const sessionId = await reset(world);
    await deliver(test, world);
    value(await publish(world));
    const before = await report(world);
    const { correctionId } = value(await world.odb.transaction((tx) => correctBill(tx, {
      commandId: newUuid(), sessionId, source: 'registers', energyWh: null, evidenceDigest: null, reason: 'both registers agree', decidedBy: 'person', actor: 'usr_a', approval: null,
    }, world)));
    await deliver(test, world);
    const after = await report(world);
    assert.deepEqual([after.total, after.publication?.sha256], [before.total, before.publication?.sha256]);
    assert.deepEqual([after.laterAdjustments.heldCount, after.laterAdjustments.billCount, after.laterAdjustments.heldMinor], [-1n, 1n, -1_520n]);
    assert.ok(after.laterAdjustments.totalMinor > 0n);
    const later = () => world.odb.transaction((tx) => listAdjustments(tx, { period: DAY, which: 'later', narrowing: {}, after: null, limit: 10 }));
    assert.deepEqual((await later()).map((row) => [row.sign, row.reason, row.correctionId]), [[-1, 'corrected', correctionId], [1, 'corrected', correctionId]]);
    const [listed] = await world.odb.transaction((tx) => listBillsToReview(tx, { period: DAY, narrowing: {}, after: null, limit: 10 }));
    assert.deepEqual([listed?.sessionId, listed?.heldMinor, listed?.open], [sessionId, 1_520n, null], 'the published report still says that it was held; nobody has to look at it any more');
    value(await world.odb.transaction((tx) => revertCorrection(tx, { correctionId, reason: 'the wrong bill', actor: 'usr_a' }, world)));
    await deliver(test, world);
    assert.deepEqual((await later()).map((row) => row.reason).sort(), ['corrected', 'corrected', 'correction_reverted', 'correction_reverted']);
    assert.deepEqual([(await report(world)).laterAdjustments.totalMinor, (await report(world)).laterAdjustments.heldCount], [0n, 0n]);
    assert.deepEqual(await wrong(world), []);
  });

  it('C-12 a charge without energy is counted as empty, beside those that have some', async () => {
    const world = await createWorld(test.database);
    await charge(world, { from: 0, wh: 0n });
    await charge(world, { from: 100 });
    await deliver(test, world);
    const { total } = await report(world);
    assert.deepEqual([total.billCount, total.emptyCount], [2n, 1n]);
  });

  it('C-08 the report says whether bills in doubt were held or settled first, and how much of it is in doubt', async () => {
    const world = await createWorld(test.database);
    await world.odb.transaction((tx) => setPolicy(tx, { ...defaultPolicy('CNY'), abnormalBills: 'settle_first' }, { clock: world.clock }));
    await reset(world);
    await charge(world, { from: 100 });
    await deliver(test, world);
    const open = await report(world);
    assert.deepEqual([open.abnormalBills, open.total.heldCount, open.total.billCount, open.total.doubtCount, open.total.totalMinor, open.total.doubtMinor], ['settle_first', 0n, 2n, 1n, 3_420n, 1_520n]);
    value(await publish(world));
    await world.odb.transaction((tx) => setPolicy(tx, defaultPolicy('CNY'), { clock: world.clock }));
    assert.equal((await report(world)).abnormalBills, 'settle_first', 'as it was when it was published');
  });
});

describe('reports and the ledger', () => {
  it('are equal for every day, also for bills that nobody has told of yet; a movement too few is found', async () => {
    const world = await createWorld(test.database);
    const session = await acrossTen(world);
    await deliver(test, world);
    world.clock.advance(MS_PER_DAY);
    await lateReading(world, session, { minute: 3, registerWh: 54_000n });
    assert.deepEqual(await wrong(world), [], 'on its way');
    await deliver(test, world);
    const [equal] = (await world.odb.transaction(auditReporting)).filter(({ code }) => code === 'reporting_equals_ledger');
    assert.deepEqual([equal?.checked, equal?.figures?.reported_minor, equal?.figures?.ledger_minor], [2, equal?.figures?.ledger_minor, (await report(world, MONTH)).total.totalMinor]);
    const { default: pg } = await import('pg');
    const admin = new pg.Client({ connectionString: test.adminUrl });
    await admin.connect();
    await admin.query(`set session_replication_role = replica`);
    await admin.query('update reporting.bill_movement set total_minor = total_minor + 1, electricity_minor = electricity_minor + 1, flat_electricity_minor = flat_electricity_minor + 1 where operator_id = $1 and sign = -1', [world.operatorId]);
    await admin.end();
    assert.ok((await wrong(world)).some((text) => text.startsWith('reporting_equals_ledger 2026-03-04/revenue_electricity')), String(await wrong(world)));
  });

  it('what no event told of is counted by catching up', async () => {
    const world = await createWorld(test.database);
    await charge(world, { from: 0 });
    await world.odb.transaction((tx) => catchUp(tx, world));
    assert.equal((await report(world)).total.billCount, 1n);
  });
});
