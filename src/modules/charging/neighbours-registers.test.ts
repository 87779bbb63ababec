import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { instant, type Instant, type SessionId } from '../../kernel/index.ts';
import { proposeCorrections, sessionOutcomes, sweepSilentSessions, type ChargePointFact } from './index.ts';
import { addMember, addPoint, at, auditWorld, createWorld, speaker, type World } from './world.fixture.ts';

const test = await openTestDatabase();
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) assert.deepEqual(await auditWorld(world), []);
});

/** A connector of 60 kW, its meter at 50,000 Wh, and two cards. */
async function connector() {
  const world = await createWorld(test.database);
  worlds.push(world);
  const { token } = await addMember(world, 500);
  const { token: other } = await addMember(world, 500);
  const { chargePointId } = await addPoint(world);
  const [say, unnamed] = [speaker(chargePointId), speaker(chargePointId, null)];
  const status = (when: Instant, word: string): ChargePointFact => ({ ...say.booted({ eventAt: when, recordedAt: instant(when + 1_000) }), kind: 'status', status: word, errorCode: null });
  /** What is proposed for a transaction once all of this was said and whatever is silent was closed. */
  const proposed = async (facts: readonly ChargePointFact[], ref: string) => {
    for (const fact of facts) await world.apply([fact]);
    await world.odb.transaction((tx) => sweepSilentSessions(tx, world));
    const sessions = await world.odb.transaction((tx) => sessionOutcomes(tx));
    const { sessionId } = sessions.find(({ transactionRef }) => transactionRef === ref)!;
    const proposal = (await world.odb.transaction((tx) => proposeCorrections(tx, [sessionId as SessionId], world))).get(sessionId)!;
    const chosen = proposal.candidates.find(({ source }) => source === proposal.chosen);
    return { ...proposal, chosenWh: chosen?.energyWh ?? null, registers: proposal.candidates.find(({ source }) => source === 'registers') };
  };
  return { world, token, other, say, unnamed, status, proposed };
}
type Connector = Awaited<ReturnType<typeof connector>>;
const busy = ({ status }: Connector, from: number, to: number): ChargePointFact[] => [status(at(from), 'Charging'), status(at(to), 'Available')];

describe('what the connector shows before and after a session', () => {
  it('C-14 ends a session that lost its end, where nobody else was served until then', async () => {
    const all = await connector();
    const { say, token, other, proposed } = all;
    const found = await proposed([
      say.started(at(0), 'v201:lost', 50_000n, token), say.read(at(10), 'v201:lost', 56_000n), all.status(at(40), 'Available'),
      say.started(at(240), 'v201:next', 70_000n, other), say.ended(at(260), 'v201:next', 75_000n),
    ], 'v201:lost');
    assert.deepEqual([found.chosen, found.chosenWh, found.automatic], ['registers', 20_000n, true]);
  });

  it('C-14 is not asked beyond the start that closed the session: what the next one draws is not its own', async () => {
    const { world, say, token, proposed } = await connector();
    const first = say.started(at(0), null, 50_000n, token);
    const one = await world.start(first);
    const boot = say.booted({ recordedAt: at(1) });
    await world.apply([{ ...first, transactionRef: `v16:${one.transactionId}` }, boot]);
    const again = { ...first, frameSequence: boot.frameSequence + 1n, messageId: 'another', recordedAt: at(2) };
    const two = await world.start(again);
    assert.notEqual(one.transactionId, two.transactionId, 'after a boot the same start is a new session');
    const later = speaker(first.chargePointId);
    const found = await proposed([{ ...again, transactionRef: `v16:${two.transactionId}` }, later.read(at(1), `v16:${two.transactionId}`, 51_000n, { frameSequence: boot.frameSequence + 2n })], `v16:${one.transactionId}`);
    assert.deepEqual([found.registers?.energyWh, found.chosenWh], [0n, 0n], 'in no time nothing was drawn; all of it is the second\'s');
  });

  it('C-13 says nothing where a reading that names no session may be of one whose start was lost, and which is heard of only later', async () => {
    const hidden = async (end: boolean) => {
      const { say, unnamed, token, other, proposed } = await connector();
      return proposed([
        say.started(at(0), 'v201:lied', 50_000n, token), say.ended(at(20), 'v201:lied', 200n), say.read(at(45), null, 62_000n),
        ...(end ? [unnamed.ended(at(80), 'v16:-1', 75_000n)] : []), say.started(at(100), 'v201:next', 75_000n, other), say.ended(at(120), 'v201:next', 80_000n),
      ], 'v201:lied');
    };
    const [alone, heard] = [await hidden(false), await hidden(true)];
    assert.equal(alone.registers?.energyWh, 12_000n, 'nothing speaks against it');
    assert.deepEqual([heard.automatic, heard.chosenWh === 12_000n], [false, false]);
  });

  it('C-13 an end under another number long after the last word may be that of a session whose start was lost: it is offered, and nobody but a person takes it', async () => {
    const ended = async (minute: number, ref: string) => {
      const { say, token, other, proposed } = await connector();
      return proposed([
        say.started(at(0), 'v201:lost', 50_000n, token), say.read(at(10), 'v201:lost', 56_000n), say.ended(at(minute), ref, 58_000n, { idToken: token }),
        say.started(at(240), 'v201:next', 58_000n, other), say.ended(at(260), 'v201:next', 63_000n),
      ], 'v201:lost');
    };
    const offered = ({ candidates }: Awaited<ReturnType<typeof ended>>) => candidates.filter(({ source }) => source === 'device_bill').map(({ energyWh, confidence }) => [energyWh, confidence]);
    const [soon, late] = [await ended(15, 'v16:-1'), await ended(150, 'v16:-1')];
    assert.deepEqual([soon.chosen, soon.automatic, offered(soon)], ['device_bill', true, [[8_000n, 'strong']]]);
    assert.deepEqual([late.automatic, offered(late)], [false, [[8_000n, 'weak']]]);
    assert.deepEqual(offered(await ended(15, 'v201:another')), [], 'a number that the charge point has made itself is that of another transaction');
  });

  it('C-14 says nothing where a session of another time ran between by its registers: its clock was wrong', async () => {
    for (const wrong of [at(-600), instant(7_000)]) {
      const { say, status, token, other, proposed } = await connector();
      const found = await proposed([
        say.started(at(0), 'v201:lost', 50_000n, token), say.read(at(10), 'v201:lost', 56_000n), status(at(40), 'Available'),
        say.started(at(400), 'v201:next', 80_000n, token), say.ended(at(420), 'v201:next', 85_000n),
        say.started(wrong, 'v201:between', 70_000n, other, { recordedAt: at(500) }), say.ended(instant(wrong + 1_200_000), 'v201:between', 80_000n, { recordedAt: at(501) }),
      ], 'v201:lost');
      assert.deepEqual([found.automatic, found.registers?.confidence], [false, 'weak']);
      assert.ok((found.chosenWh ?? 0n) < 24_000n, `${found.chosenWh} Wh are of two sessions`);
    }
  });

  it('C-14 C-09 says nothing where it was said out of turn: a session that was told later lies between only by a wrong clock', async () => {
    const all = await connector();
    const { say, status, token, other, proposed } = all;
    const lost = [say.started(at(0), 'v201:lost', 50_000n, token), say.read(at(10), 'v201:lost', 56_000n), status(at(40), 'Available')];
    const next = [say.started(at(400), 'v201:next', 0n, other), say.read(at(405), 'v201:next', 0n), say.ended(at(420), 'v201:next', 85_000n)];
    const skewed = [say.started(at(300), 'v201:skewed', 85_000n, token, { recordedAt: at(500) }), say.ended(at(320), 'v201:skewed', 90_000n, { recordedAt: at(520) })];
    const after = await proposed([...lost, ...next, ...skewed], 'v201:lost');
    assert.deepEqual([after.automatic, after.registers?.confidence], [false, 'weak']);
    const zero = await connector();
    const before = await zero.proposed([
      zero.say.started(at(0), 'v201:zero', 0n, zero.token), zero.say.read(at(10), 'v201:zero', 8_000n), zero.say.ended(at(20), 'v201:zero', 14_000n),
      zero.say.started(at(-20), 'v201:skewed', 1_000n, zero.other, { recordedAt: at(500) }), zero.say.ended(at(-10), 'v201:skewed', 2_000n, { recordedAt: at(520) }),
    ], 'v201:zero');
    assert.deepEqual([before.primaryCause, before.automatic, before.registers?.energyWh], ['meter_register_zero_before_start', false, 6_000n]);
  });

  it('C-14 says nothing where the next session states a register that is known to be false', async () => {
    const all = await connector();
    const { say, token, other, proposed } = all;
    const found = await proposed([
      say.started(at(0), 'v201:lost', 50_000n, token), say.read(at(10), 'v201:lost', 56_000n), all.status(at(40), 'Available'),
      // An old value: 70,000 Wh are what the meter showed in truth.
      say.started(at(240), 'v201:next', 56_100n, other), say.read(at(245), 'v201:next', 72_000n), say.read(at(250), 'v201:next', 74_000n), say.ended(at(260), 'v201:next', 75_000n),
    ], 'v201:lost');
    assert.deepEqual([found.automatic, found.registers?.confidence], [false, 'weak']);
  });

  it('C-09 is no beginning where the session before lost its end, or another was served since', async () => {
    const around = (all: Connector): Record<string, ChargePointFact[]> => ({
      'alone': [all.say.started(at(-300), 'v201:before', 1_000n, all.other), all.say.ended(at(-280), 'v201:before', 2_000n), all.status(at(-279), 'Available')],
      'end lost': [all.say.started(at(-300), 'v201:before', 1_000n, all.other), all.say.read(at(-280), 'v201:before', 2_000n), all.status(at(-240), 'Available')],
      'served since': [all.say.started(at(-300), 'v201:before', 1_000n, all.other), all.say.ended(at(-280), 'v201:before', 2_000n), all.status(at(-279), 'Available'), ...busy(all, -200, -180)],
    });
    for (const [name, automatic] of [['alone', true], ['end lost', false], ['served since', false]] as const) {
      const all = await connector();
      const { say, token, proposed } = all;
      const found = await proposed([...around(all)[name]!, say.started(at(0), 'v201:zero', 0n, token), say.read(at(10), 'v201:zero', 8_000n), say.ended(at(20), 'v201:zero', 14_000n)], 'v201:zero');
      assert.deepEqual([name, found.primaryCause, found.automatic, found.registers?.energyWh], [name, 'meter_register_zero_before_start', automatic, automatic ? 12_000n : 6_000n]);
    }
  });

  it('C-13 leaves no room for an end that came after the connector began to serve another', async () => {
    const all = await connector();
    const { say, unnamed, token, other, proposed } = all;
    const found = await proposed([
      say.started(at(0), 'v201:lost', 50_000n, token), say.read(at(10), 'v201:lost', 56_000n), all.status(at(40), 'Available'),
      say.started(at(240), 'v201:next', 60_000n, other), say.ended(at(260), 'v201:next', 66_000n),
      unnamed.ended(at(300), 'v16:-1', 80_000n),
    ], 'v201:lost');
    assert.deepEqual(found.candidates.filter(({ source }) => source === 'device_bill'), []);
  });
});
