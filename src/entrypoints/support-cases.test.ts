import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi, type TestUser } from '../../test/support/api.ts';
import { openTestDatabase } from '../../test/support/database.ts';
import { encodeId, instant, MS_PER_DAY, type OperatorId } from '../kernel/index.ts';
import { endQuietCases } from '../modules/cases/index.ts';
import { applyFacts, type ChargePointFact } from '../modules/charging/index.ts';
import { createChargePoint, createStation } from '../modules/locations/index.ts';
import { manualClock, newUuid } from '../platform/clock/index.ts';
import { deliverAll } from '../platform/outbox/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { caseSubscriber } from './case-finders.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.parse('2026-11-20T08:00:00Z')));
const api = await openTestApi(test, { clock });
type Case = { caseId: string; number: number; state: string; resolution: string | null; timesReopened: number };
type Story = { case: Case; links: { kind: string; id: string; label: string; origin: string }[]; events: { kind: string }[]; similar: { case: Case; because: string[] }[] };
let frames = 10_000n;

async function openDesk() {
  const operator = await api.operator(), user = await operator.user(), odb = test.database.forOperator(operator.operatorId);
  const identity = `CP-${newUuid()}`;
  const chargePointId = await odb.transaction(async (tx) => createChargePoint(tx, {
    stationId: await createStation(tx, { name: 'East', timeZone: 'Asia/Shanghai' }), identity, maxPowerW: 60_000n, connectors: [{ evseNumber: 1, maxPowerW: 60_000n }],
  }));
  /** A stop for a transaction that was never given: a session whose start never arrived. */
  const orphan = async (ref: string): Promise<string> => {
    const fact: ChargePointFact = { kind: 'session_ended', chargePointId, evseNumber: 1, transactionRef: ref, frameSequence: ++frames, ordinal: 0, eventAt: clock.now(), recordedAt: clock.now(), messageId: `m${frames}`, registerWh: 5_000n, reason: 'Local', idToken: null, seqNo: null, offline: false };
    await odb.transaction((tx) => applyFacts(tx, [fact], { clock }));
    const [row] = await odb.transaction((tx) => tx.query<{ id: string }>('select session_id as id from charging.session where operator_id = $1 order by session_id desc limit 1', [operator.operatorId]));
    return encodeId('chg', row!.id);
  };
  const deliver = () => deliverCases(operator.operatorId);
  return { user, newUser: () => operator.user(), odb, identity, chargePointId: encodeId('cp', chargePointId), orphan, deliver };
}
const deliverCases = (operatorId: OperatorId): Promise<unknown> => deliverAll({ database: test.database, operators: [operatorId], subscribers: [caseSubscriber], logger: silentLogger });
const form = (change: object = {}) => ({
  title: 'Bills lost at the east gate', stationId: null, chargePointId: null, connector: 1, periodFrom: '2026-11-18T00:00:00.000Z', periodTo: '2026-11-20T00:00:00.000Z', networkState: 'unstable', cause: 'start_never_arrived', firstFinding: 'stops without starts',
  ownerId: null, pasted: '', ...change,
});
const open = async (user: TestUser, change: object = {}): Promise<{ case: Case; unknown: string[] }> => {
  const answer = await user.post('/support-cases', form(change));
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json() as { case: Case; unknown: string[] };
};

describe('a support case', () => {
  it('C-27 links what was pasted in one line, says which numbers nobody knows, and links the case it speaks of', async () => {
    const { user, orphan, identity, chargePointId } = await openDesk();
    const sessions = [await orphan('v16:9001'), await orphan('v16:9002'), await orphan('v16:9003')];
    const first = await open(user);
    const { case: second, unknown } = await open(user, { chargePointId, firstFinding: 'same as case 1', pasted: `${sessions[0]}，${sessions[1]} ${sessions[2]} ${identity} 20191112001934329341` });
    assert.deepEqual([first.case.number, second.number, unknown], [1, 2, ['20191112001934329341']]);
    const { links } = (await user.get(`/support-cases/${second.caseId}`)).json() as Story;
    assert.deepEqual(links.map(({ kind }) => kind).toSorted(), ['charge_point', 'session', 'session', 'session', 'support_case']);
    assert.deepEqual(links.filter(({ kind }) => kind === 'session').map(({ id }) => id).toSorted(), sessions.toSorted());
    assert.equal(links.find(({ kind }) => kind === 'support_case')?.id, first.case.caseId);
    assert.deepEqual((await user.get('/support-cases/counts')).json(), { open: 2, observing: 0, resolved: 0, known: 0 });
    const looked = (await user.post('/support-cases/pasted-list', { pasted: `${sessions[0]} nothing123` })).json() as { found: { id: string }[]; unknown: string[] };
    assert.deepEqual([looked.found.map(({ id }) => id), looked.unknown], [[sessions[0]], ['nothing123']]);
  });

  it('C-27 shows cases like it, the ones with an answer first', async () => {
    const { user, chargePointId } = await openDesk();
    const { case: known } = await open(user, { chargePointId, title: 'Stops without starts' });
    const answered = await user.post(`/support-cases/${known.caseId}/known-answer`, { answer: 'The start queue of this firmware overflows; update to 2.1.' });
    assert.equal(answered.statusCode, 200, answered.body);
    await open(user, { cause: null, networkState: 'online', title: 'Screen is dark', firstFinding: '', connector: null });
    const { case: third } = await open(user, { chargePointId });
    const { similar } = (await user.get(`/support-cases/${third.caseId}`)).json() as Story;
    assert.deepEqual(similar.map((each) => [each.case.number, each.because]), [[known.number, ['same_cause', 'same_charge_point', 'same_words', 'same_network_state']]]);
    const list = (await user.get('/support-cases?known=true')).json() as { items: Case[] };
    assert.deepEqual(list.items.map(({ number }) => number), [known.number]);
  });

  it('C-27 "watch for two days": the same cause at its charge point opens it again, linked with what happened; another cause does not', async () => {
    const { user, orphan, chargePointId, deliver } = await openDesk();
    const { case: { caseId } } = await open(user, { chargePointId }), { case: other } = await open(user, { chargePointId, cause: 'clock_not_set' });
    for (const id of [caseId, other.caseId]) assert.equal((await user.post(`/support-cases/${id}/observation`, { days: 2, comment: 'fuse replaced' })).json().case.state, 'observing');
    clock.advance(3_600_000);
    const session = await orphan('v16:9100');
    await deliver();
    await deliver();
    const story = (await user.get(`/support-cases/${caseId}`)).json() as Story;
    assert.deepEqual([story.case.state, story.case.timesReopened], ['open', 1]);
    assert.deepEqual(story.links.filter(({ origin }) => origin === 'recurrence').map(({ id }) => id), [session]);
    assert.deepEqual(story.events.map(({ kind }) => kind), ['recurred', 'observing', 'opened']);
    assert.equal(((await user.get(`/support-cases/${other.caseId}`)).json() as Story).case.state, 'observing');
  });

  it('C-27 watched to the end without a recurrence it is resolved, and says so', async () => {
    const { user, odb, newUser } = await openDesk();
    const { case: { caseId } } = await open(user);
    await user.post(`/support-cases/${caseId}/observation`, { days: 2, comment: null });
    assert.equal(await odb.transaction((tx) => endQuietCases(tx, { clock })), 0);
    clock.advance(2 * MS_PER_DAY);
    assert.equal(await odb.transaction((tx) => endQuietCases(tx, { clock })), 1);
    const { case: quiet, events } = (await (await newUser()).get(`/support-cases/${caseId}`)).json() as Story;
    assert.deepEqual([quiet.state, quiet.resolution, events[0]?.kind], ['resolved', 'rule:quiet', 'quiet']);
  });

  it('goes only the ways there are, and is the same case when the form is sent twice', async () => {
    const { user } = await openDesk();
    const key = newUuid(), twice = [await user.post('/support-cases', form(), { 'idempotency-key': key }), await user.post('/support-cases', form(), { 'idempotency-key': key })].map((answer) => (answer.json() as { case: Case }).case.number);
    assert.deepEqual(twice, [1, 1]);
    const { case: { caseId } } = await open(user), act = async (name: string, body: object): Promise<string> => { const answer = await user.post(`/support-cases/${caseId}/${name}`, body); return (answer.json() as { code?: string; case?: Case }).code ?? (answer.json() as Story).case.state; };
    assert.equal(await act('reopening', { comment: 'again' }), 'support_case_not_closed');
    assert.equal(await act('resolution', { resolution: '   ' }), 'support_case_text_invalid');
    assert.equal(await act('resolution', { resolution: 'cable replaced' }), 'resolved');
    assert.equal(await act('observation', { days: 2, comment: null }), 'support_case_closed');
    assert.equal(await act('reopening', { comment: 'not so' }), 'open');
    const stranger = await (await api.operator()).user();
    assert.equal((await stranger.get(`/support-cases/${caseId}`)).json().code, 'support_case_not_found');
  });
});
