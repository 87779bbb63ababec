import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSessionStory, recordStartIntent, sessionOutcomes, type StartMode } from '../../src/modules/charging/index.ts';
import { addCredential, createMember } from '../../src/modules/parties/index.ts';
import { topUpAtCashDesk } from '../../src/modules/wallets/index.ts';
import { newUuid } from '../../src/platform/clock/index.ts';
import { toIso } from '../../src/kernel/index.ts';
import { at } from '../../src/modules/charging/world.fixture.ts';
import { openTestDatabase } from '../support/database.ts';
import { openWire, PROTOCOLS, type Protocol, type Wire } from './wire-faults.fixture.ts';

const test = await openTestDatabase();

/** Somebody with money and one credential of this kind. */
async function somebody({ world }: Wire, kind: 'rfid' | 'app' | 'vin' | 'station_password'): Promise<string> {
  const token = newUuid().slice(-12);
  await world.odb.transaction(async (tx) => {
    const memberId = await createMember(tx, { displayName: 'Zhou' });
    await addCredential(tx, { memberId, kind, token });
    assert.ok((await topUpAtCashDesk(tx, { commandId: newUuid(), memberId, amountMinor: 10_000n, actor: 'usr_test' }, world)).ok);
  });
  return token;
}

async function charged(wire: Wire, protocol: Protocol, token: string, before: (chargePointId: Parameters<typeof recordStartIntent>[1]['chargePointId']) => Promise<void> = () => Promise.resolve()) {
  const point = await wire.point(protocol);
  await before(point.chargePointId);
  const register = (wh: number, context: string) => [{ timestamp: toIso(at(0)), sampledValue: [{ value: wh, context }] }];
  if (protocol === 'ocpp1.6') {
    const { transactionId } = await point.ask('StartTransaction', { connectorId: 1, idTag: token, meterStart: 1_000, timestamp: toIso(at(0)) });
    await point.ask('StopTransaction', { transactionId, meterStop: 2_000, timestamp: toIso(at(30)) });
  } else {
    const event = (eventType: string, seqNo: number, minute: number, wh: number, more: object = {}) => point.ask('TransactionEvent', {
      eventType, timestamp: toIso(at(minute)), triggerReason: 'Authorized', seqNo, transactionInfo: { transactionId: 'T' }, evse: { id: 1, connectorId: 1 }, meterValue: register(wh, eventType === 'Started' ? 'Transaction.Begin' : 'Transaction.End'), ...more,
    });
    await event('Started', 0, 0, 1_000, { idToken: { idToken: token, type: 'ISO14443' } });
    await event('Ended', 1, 30, 2_000);
  }
  await wire.outcomes();
  const [session] = await wire.world.odb.transaction((tx) => sessionOutcomes(tx));
  const story = await wire.world.odb.transaction((tx) => loadSessionStory(tx, session!.sessionId));
  await point.station.close();
  return story!;
}

for (const protocol of PROTOCOLS) {
  describe(`who started this charge: ${protocol}`, () => {
    const KINDS = [['rfid', 'card'], ['app', 'app'], ['vin', 'vin'], ['station_password', 'station_password']] as const;
    for (const [kind, mode] of KINDS) {
      it(`C-15 by ${mode}: the bill shows the mode and which credential it was`, async () => {
        const wire = await openWire(test);
        const token = await somebody(wire, kind);
        const story = await charged(wire, protocol, token);
        assert.deepEqual([story.startMode, story.tokenMask, story.versions[0]?.state, story.startActor, story.startDevice, story.startIp], [mode, `…${token.slice(-4)}`, 'settled', null, null, null]);
      });
    }

    for (const mode of ['qr', 'remote_by_clerk', 'roaming'] as const satisfies readonly StartMode[]) {
      it(`C-15 from afar (${mode}): the bill shows who, with what, and from where, beside the credential`, async () => {
        const wire = await openWire(test);
        const token = await somebody(wire, 'app');
        const story = await charged(wire, protocol, token, (chargePointId) => wire.world.odb.transaction((tx) => recordStartIntent(tx, {
          chargePointId, evseNumber: 1, idToken: token, remoteStartId: null, mode, actor: `user:${mode}`, device: 'Phone of Zhou', ip: '203.0.113.9',
        }, wire.world)));
        assert.deepEqual([story.startMode, story.startActor, story.startDevice, story.startIp, story.tokenMask], [mode, `user:${mode}`, 'Phone of Zhou', '203.0.113.9', `…${token.slice(-4)}`]);
      });
    }

    it('C-15 by a credential that nobody has: the bill says so, charges nobody, and waits for a person', async () => {
      const wire = await openWire(test);
      const story = await charged(wire, protocol, 'nobodys-card');
      assert.deepEqual([story.startMode, story.memberId, story.tokenMask, story.versions[0]?.state, story.versions[0]?.totalMinor], ['unknown', null, '…card', 'held', 0n]);
      assert.ok(story.flags.some(({ cause }) => cause === 'charged_without_authorisation'));
    });
  });
}
