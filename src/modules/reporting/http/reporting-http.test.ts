import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { openTestApi } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, instant } from '../../../kernel/index.ts';
import { listActs } from '../../../platform/audit-log/index.ts';
import { manualClock } from '../../../platform/clock/index.ts';
import { bindStation, createStation } from '../../locations/index.ts';
import { addCredential, createFleet, createSubOperator, registerVehicle } from '../../parties/index.ts';
import { assignTariff, createTariff } from '../../tariffs/index.ts';
import { writeExports } from '../index.ts';
import { addMember, at, charge, createWorld, deliver, lateReading, speaker, addPoint, T0_DAY, type World } from '../../../../test/support/reporting-world.ts';

const test = await openTestDatabase();
const clock = manualClock(at(24 * 60));
const { operator } = await openTestApi(test, { clock });
const codeOf = (answer: { json(): { code?: string } }): string | undefined => answer.json().code;

/** A world of charging whose operator has users. */
async function office() {
  const volt = await operator();
  const odb = test.database.forOperator(volt.operatorId);
  const stationId = await odb.transaction(async (tx) => {
    const id = await createStation(tx, { name: '东站', timeZone: 'Asia/Shanghai' });
    const rate = (value: bigint) => ({ value, scale: 4 });
    const tariff = await createTariff(tx, { name: 'Day and night', currency: 'CNY', occupancy: null, periods: [
      { startMinute: 0, endMinute: 360, kind: 'valley', electricity: rate(4_000n), service: rate(6_000n) }, { startMinute: 360, endMinute: 1320, kind: 'flat', electricity: rate(12_000n), service: rate(7_000n) },
      { startMinute: 1320, endMinute: 1440, kind: 'valley', electricity: rate(4_000n), service: rate(6_000n) }] });
    assert.ok(tariff.ok);
    const made = tariff.value as unknown as string | { tariffId: string };
    assert.ok((await assignTariff(tx, { tariffId: (typeof made === 'object' ? made.tariffId : made) as never, stationId: id, validFrom: instant(0) })).ok);
    return id;
  });
  const like = await createWorld(test.database);
  const world: World = { ...like, odb, operatorId: volt.operatorId, stationId, clock, apply: (facts) => odb.transaction(async (tx) => (await import('../../charging/index.ts')).applyFacts(tx, facts, { clock })) };
  return { volt, world };
}

describe('reports over HTTP', () => {
  it('are read by dimension with names, published by whoever may, and never change again', async () => {
    const { volt, world } = await office();
    const [owner, viewer] = [await volt.user(), await volt.user('viewer')];
    const session = await charge(world, { from: 594 });
    await deliver(test, world);
    const open = (await viewer.get(`/reports/${T0_DAY}`)).json();
    assert.deepEqual([open.state, open.abnormalBills, open.groupBy, open.items.map((item: { name: string; key: string }) => [item.name, item.key])], ['open', 'hold', 'station', [['东站', encodeId('sta', world.stationId)]]]);
    assert.deepEqual([open.total.billCount, open.total.totalMinor, open.total.flatWh], [1, '1270', '3000']);
    assert.equal(codeOf(await viewer.post(`/report-periods/${T0_DAY}/publication`)), 'permission_missing');
    const published = await owner.post(`/report-periods/${T0_DAY}/publication`);
    assert.equal(published.statusCode, 201, published.body);
    assert.equal(codeOf(await owner.post(`/report-periods/${T0_DAY}/publication`)), 'report_published_already');
    assert.equal(codeOf(await owner.post('/report-periods/2026-03-03/publication')), 'report_period_not_over');
    for (const wrong of ['2026-02-30', '2026-13']) assert.match(String(codeOf(await owner.get(`/reports/${wrong}`))), /report_period_unknown|validation_failed/, wrong);
    await lateReading(world, session, { minute: 3, registerWh: 54_000n });
    await deliver(test, world);
    const later = (await viewer.get(`/reports/${T0_DAY}`)).json();
    assert.deepEqual([later.state, later.total, later.publication.sha256], ['published', open.total, published.json().publication.sha256]);
    const { items } = (await viewer.get(`/reports/${T0_DAY}/adjustments?which=later`)).json();
    assert.deepEqual(items.map((item: { sign: number; reason: string; countsOn: string; sessionId: string }) => [item.sign, item.reason, item.countsOn, item.sessionId]),
      [[-1, 'late_facts', '2026-03-03', encodeId('chg', session.sessionId)], [1, 'late_facts', '2026-03-03', encodeId('chg', session.sessionId)]]);
    const periods = (await viewer.get('/report-periods?kind=day')).json().items;
    assert.deepEqual(periods.map((item: { period: string; state: string }) => [item.period, item.state]), [['2026-03-03', 'running'], [T0_DAY, 'published']]);
    const [act] = await volt.transaction((tx) => listActs(tx, { act: 'reporting' }, 10));
    assert.equal(act?.act, 'reporting.publish_period');
  });

  it('are published by two persons where the operator wants it', async () => {
    const { volt, world } = await office();
    const [owner, second] = [await volt.user(), await volt.user()];
    await charge(world, { from: 0 });
    assert.equal((await owner.send('PUT', '/report-policy', { publishFourEyes: true })).statusCode, 200);
    const asked = (await owner.post(`/report-periods/${T0_DAY}/publication`, { reason: 'the month is over' })).json();
    assert.deepEqual([asked.state, asked.publication], ['awaiting_approval', null]);
    assert.equal(codeOf(await owner.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' })), 'approval_by_requester');
    const approved = await second.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' });
    assert.ok(approved.statusCode < 300, approved.body);
    const { publication, total } = (await owner.get(`/reports/${T0_DAY}`)).json();
    assert.notEqual(publication.approvedBy, null);
    assert.equal(total.billCount, 1, 'what was issued and not told of yet is in it');
  });

  it('C-12 held bills are listed with what they propose', async () => {
    const { volt, world } = await office();
    const { token } = await addMember(world, 100);
    const say = speaker((await addPoint(world)).chargePointId);
    await world.apply([say.started(at(0), 'v201:a', 50_000n, token), say.read(at(10), 'v201:a', 55_000n), say.read(at(11), 'v201:a', 200n), say.ended(at(20), 'v201:a', 3_200n)]);
    await deliver(test, world);
    const viewer = await volt.user('viewer');
    assert.deepEqual((await viewer.get(`/reports/${T0_DAY}/bills-to-review`)).json().items.map((item: { held: boolean; heldWh: string; heldMinor: string; open: { causes: string[] } }) => [item.held, item.heldWh, item.heldMinor, item.open.causes]),
      [[true, '8000', '1520', ['meter_register_reset']]]);
  });

  it('C-17 a role limited to a sub-operator reads what its stations took while it ran them', async () => {
    const { volt, world } = await office();
    const north = await volt.transaction(async (tx) => {
      const made = await createSubOperator(tx, { name: 'North' });
      assert.ok(made.ok);
      assert.ok((await bindStation(tx, { stationId: world.stationId, subOperatorId: made.value, validFrom: at(60) })).ok);
      return made.value;
    });
    await charge(world, { from: 0 });
    await charge(world, { from: 100 });
    await deliver(test, world);
    const [owner, limited] = [await volt.user(), await volt.user('viewer', { subOperatorId: north })];
    const bills = async (user: typeof owner) => (await user.get(`/reports/${T0_DAY}?groupBy=day`)).json().total.billCount;
    assert.deepEqual([await bills(owner), await bills(limited)], [2, 1]);
    assert.equal(codeOf(await limited.get('/report-periods')), 'outside_your_sub_operator');
    await owner.post(`/report-periods/${T0_DAY}/publication`);
    assert.deepEqual([await bills(owner), await bills(limited)], [2, 1], 'published, too');
  });
});

describe('settlement statements over HTTP', () => {
  it('C-21 count down, are blocked by open abnormal bills, and close by a waiver that is in the log', async () => {
    const { volt, world } = await office();
    const owner = await volt.user();
    const { memberId } = await addMember(world, 1_000);
    const fleetId = await volt.transaction(async (tx) => {
      const made = await createFleet(tx, { name: 'Depot 3' });
      assert.ok(made.ok && (await registerVehicle(tx, { vin: 'VIN12345', plate: '粤B12345', fleetId: made.value })).ok);
      await addCredential(tx, { memberId, kind: 'vin', token: 'VIN12345' });
      return made.value;
    });
    await charge(world, { from: 200, token: 'VIN12345' });
    const say = speaker((await addPoint(world)).chargePointId);
    await world.apply([say.started(at(0), 'v201:b', 50_000n, 'VIN12345'), say.read(at(10), 'v201:b', 55_000n), say.read(at(11), 'v201:b', 200n), say.ended(at(20), 'v201:b', 3_200n)]);
    await deliver(test, world);
    const made = await owner.post('/settlement-statements', { subjectKind: 'fleet', subjectId: encodeId('flt', fleetId), firstOn: T0_DAY, lastOn: T0_DAY });
    assert.equal(made.statusCode, 201, made.body);
    const { statementId } = made.json();
    assert.equal(codeOf(await owner.post(`/settlement-statements/${statementId}/close`)), 'statement_not_closing');
    const closing = (await owner.post(`/settlement-statements/${statementId}/closing`, { closesOn: '2026-03-06' })).json();
    assert.deepEqual([closing.state, closing.daysLeft, closing.openBills.count, closing.openBills.items[0].causes], ['closing', 3, 1, ['meter_register_reset']]);
    assert.deepEqual(closing.parts.vehicle.map((row: { name: string; figures: { totalMinor: string; heldCount: number } }) => [row.name, row.figures.totalMinor, row.figures.heldCount]), [['粤B12345', '1900', 1]]);
    const blocked = await owner.post(`/settlement-statements/${statementId}/close`);
    assert.deepEqual([blocked.statusCode, codeOf(blocked), blocked.json().data], [409, 'statement_blocked', { openBills: 1 }]);
    const waived = (await owner.post(`/settlement-statements/${statementId}/waiver`, { reason: 'agreed' })).json();
    assert.deepEqual([waived.state, waived.waiverReason, waived.waived.length, waived.total.totalMinor], ['waived', 'agreed', 1, '1900']);
    assert.deepEqual((await owner.get('/settlement-statements?state=waived')).json().items.map((item: { statementId: string; subjectName: string }) => [item.statementId, item.subjectName]), [[statementId, 'Depot 3']]);
    const acts = await volt.transaction((tx) => listActs(tx, { subjectKind: 'statement' }, 10));
    assert.deepEqual(acts.map(({ act, reason }) => [act, reason])[0], ['reporting.waive_statement', 'agreed']);
    const stranger = await (await operator()).user();
    assert.equal(codeOf(await stranger.get(`/settlement-statements/${statementId}`)), 'statement_not_found');
  });
});

describe('export files over HTTP', () => {
  it('are asked for, tell their progress, and are downloaded whole', async () => {
    const { volt, world } = await office();
    const owner = await volt.user();
    for (let i = 0; i < 3; i++) await charge(world, { from: i * 15, minutes: 10 });
    await deliver(test, world);
    const asked = await owner.post('/report-exports', { subject: 'bills', format: 'csv', language: 'zh', period: T0_DAY });
    assert.equal(asked.statusCode, 202, asked.body);
    const { exportId } = asked.json();
    assert.equal(codeOf(await owner.get(`/report-exports/${exportId}/content`)), 'export_not_done');
    await writeExports(world.odb, { clock, rowsPerPart: 2 });
    const done = (await owner.get(`/report-exports/${exportId}`)).json();
    assert.deepEqual([done.state, done.rowsDone, done.rowsTotal, done.fileName], ['done', 3, 3, `bills_${T0_DAY}_${T0_DAY}.csv`]);
    const file = await owner.get(`/report-exports/${exportId}/content`);
    assert.equal(file.statusCode, 200);
    assert.match(String(file.headers['content-type']), /^text\/csv/);
    assert.equal(createHash('sha256').update(file.rawPayload).digest('hex'), done.sha256);
    assert.equal(file.rawPayload.length, done.bytes);
    assert.match(file.body, /东站/);
    assert.equal(codeOf(await owner.post('/report-exports', { subject: 'bills', format: 'pdf', language: 'zh', period: T0_DAY })), 'export_format_not_for_bills');
    assert.equal(codeOf(await owner.post('/report-exports', { subject: 'report', format: 'pdf', language: 'zh' })), 'report_period_unknown');
    assert.equal((await owner.get('/report-exports')).json().items.length, 1);
    const stranger = await (await operator()).user();
    assert.equal(codeOf(await stranger.get(`/report-exports/${exportId}/content`)), 'export_not_found');
    assert.equal((await fetchWithout(exportId)).statusCode, 401);
  });

  it('with plates in them are downloaded by those who may see members', async () => {
    const { volt, world } = await office();
    const [owner, viewer] = [await volt.user(), await volt.user('viewer')];
    const [plates, none] = [await owner.post('/report-exports', { subject: 'report', groupBy: 'vehicle', format: 'csv', language: 'en', period: T0_DAY }), await viewer.post('/report-exports', { subject: 'report', groupBy: 'vehicle', format: 'csv', language: 'en', period: T0_DAY })];
    assert.equal(await writeExports(world.odb, { clock }), 2);
    const content = (who: typeof owner, asked: typeof plates) => who.get(`/report-exports/${asked.json().exportId}/content`);
    assert.equal(codeOf(await content(viewer, plates)), 'permission_missing');
    for (const [who, asked] of [[owner, plates], [owner, none], [viewer, none]] as const) assert.equal((await content(who, asked)).statusCode, 200);
  });
});

const { api } = await openTestApi(test, { clock });
const fetchWithout = (exportId: string) => api.server.inject({ method: 'GET', url: `/api/v1/report-exports/${exportId}/content` });
