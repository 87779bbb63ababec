import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { planDays } from './days.ts';
import { FAULTS } from './faults.ts';
import { listeningPlatform, plainAnswer, type Heard } from './listening-platform.ts';
import { runStations, VIRTUAL_TIME } from './run.ts';
import { planSession, type SessionOrder } from './session.ts';
import type { LivedSession, OcppVersion, StationProfile } from './types.ts';

const platform = await listeningPlatform();
after(() => platform.close());

const START = Date.parse('2026-03-01T10:00:00Z');
let number = 0;
const stationOf = (version: OcppVersion): StationProfile => ({ identity: `S${number++}`, version, tokens: ['TAG-1'], connectors: [{ evse: 1, maxPowerW: 60_000 }, { evse: 2, maxPowerW: 7_000 }] });
const orderAt = (station: StationProfile, changes: Partial<SessionOrder> = {}): SessionOrder => ({
  session: `${station.identity}.a`, station: station.identity, evse: 1, idToken: 'TAG-1', startAt: START, endAt: START + 3_600_000, energyWh: 10_000, registerStartWh: 910_000, readings: 3, ...changes,
});
async function live(profile: StationProfile, orders: readonly SessionOrder[], attempts: Partial<typeof VIRTUAL_TIME> = {}): Promise<{ lived: LivedSession[]; heard: Heard[] }> {
  const lived: LivedSession[] = [];
  await runStations([{ profile, sessions: orders.map((order) => planSession(order, profile, 1)) }], {
    url: platform.url, ...VIRTUAL_TIME, retryIntervalMs: 1, ...attempts, concurrency: 10, onLived: (session) => lived.push(session), onStationFailed: (_, error) => { throw error; },
  });
  return { lived, heard: platform.heard.filter((call) => call.station === profile.identity) };
}
const kinds = (heard: readonly Heard[]): string[] => heard.map((call) => (call.action === 'TransactionEvent' ? String(call.payload.eventType) : call.action)).filter((kind) => kind !== 'StatusNotification' && kind !== 'BootNotification');

describe('plan', () => {
  test('the same seed plans the same days, another seed others', () => {
    const profile = { ...stationOf('2.0.1'), identity: 'FIXED' };
    const plan = (seed: number): unknown => planDays(profile, { seed, startAt: START, days: 3, faultRate: 0.5, readingEveryMs: 900_000 });
    assert.deepEqual(plan(7), plan(7));
    assert.notDeepEqual(plan(7), plan(8));
  });

  test('registers of a connector never fall from one session to the next without a reset, and energy is what the register shows', () => {
    const profile = stationOf('1.6');
    for (const { truth, steps } of planDays(profile, { seed: 3, startAt: START, days: 4, faultRate: 0, readingEveryMs: 900_000 })) {
      const registers = steps.flatMap((step) => (step.kind === 'message' ? [step.message.registerWh ?? step.message.readings[0]!.registerWh!] : []));
      assert.deepEqual(registers, [...registers].sort((a, b) => a - b));
      assert.equal(registers.at(-1)! - registers[0]!, truth.trueEnergyWh);
    }
  });

  test('every kind of fault comes up in a month of a few stations', () => {
    const seen = new Set(['1.6', '2.0.1', '1.6', '2.0.1'].flatMap((version) => planDays(stationOf(version as OcppVersion), { seed: 5, startAt: START, days: 30, faultRate: 0.9, readingEveryMs: 900_000 }))
      .flatMap((session) => session.truth.faults));
    assert.deepEqual(FAULTS.map((fault) => fault.name).filter((name) => !seen.has(name)), []);
  });
});

for (const version of ['1.6', '2.0.1'] as const) {
  describe(`OCPP ${version}`, () => {
    test('an ordinary session is start, readings, stop, in frames that the official schemas accept', async () => {
      const profile = stationOf(version);
      const { lived, heard } = await live(profile, [orderAt(profile, { manners: true })]);
      assert.deepEqual(heard.filter((call) => call.invalid !== null), []);
      assert.deepEqual(kinds(heard), version === '1.6'
        ? ['Authorize', 'StartTransaction', 'MeterValues', 'MeterValues', 'MeterValues', 'StopTransaction'] : ['Authorize', 'Started', 'Updated', 'Updated', 'Updated', 'Ended']);
      assert.match(lived[0]!.transactionRef!, version === '1.6' ? /^v16:\d+$/ : /^v201:S\d+\.a$/);
      assert.deepEqual([lived[0]!.expected, lived[0]!.trueEnergyWh, lived[0]!.sent], ['billed', 10_000, 5]);
    });

    for (const fault of FAULTS.filter((candidate) => candidate.versions.includes(version))) {
      test(`the fault ${fault.name} is lived in valid frames and told in the ledger of truth`, async () => {
        const profile = stationOf(version);
        const { lived, heard } = await live(profile, [orderAt(profile, { faults: [fault.name] })]);
        assert.deepEqual(heard.filter((call) => call.invalid !== null), []);
        assert.deepEqual([lived.length, lived[0]!.faults, lived[0]!.trueEnergyWh], [1, [fault.name], 10_000]);
      });
    }

    test('what happens offline is queued and sent in order after the reconnect, before anything newer', async () => {
      const profile = stationOf(version);
      const { heard } = await live(profile, [orderAt(profile, { faults: ['offline_throughout'] }), orderAt(profile, { session: `${profile.identity}.b`, startAt: START + 7_200_000, endAt: START + 9_000_000 })]);
      assert.deepEqual(kinds(heard).length, 10);
      const stamps = heard.filter((call) => 'timestamp' in call.payload && call.action !== 'StatusNotification').map((call) => String(call.payload.timestamp));
      assert.deepEqual(stamps, [...stamps].sort());
      if (version === '2.0.1') assert.deepEqual(heard.filter((call) => call.action === 'TransactionEvent').map((call) => call.payload.offline === true), [true, true, true, true, true, false, false, false, false, false]);
    });

    test('a transaction message that is answered with an error is sent three times and then discarded', async () => {
      const profile = stationOf(version);
      const plain = plainAnswer();
      platform.answer = (call) => (call.station === profile.identity && ['StartTransaction', 'TransactionEvent'].includes(call.action) && (call.payload.seqNo ?? 0) === 0 ? 'error' : plain(call));
      const { lived, heard } = await live(profile, [orderAt(profile)]);
      platform.answer = plain;
      assert.equal(heard.filter((call) => call.action === 'StartTransaction' || call.payload.eventType === 'Started').length, 3);
      assert.deepEqual([lived[0]!.discarded, lived[0]!.sent], [1, 4]);
      const stop = heard.at(-1)!.payload;
      if (version === '1.6') assert.equal(stop.transactionId, -1);
    });

    test('a start whose answer was lost with the connection is sent again with a new message id, without a boot in between', async () => {
      const profile = stationOf(version);
      const { heard } = await live(profile, [orderAt(profile, { faults: ['start_resent_new_id'] })]);
      const starts = heard.filter((call) => call.action === 'StartTransaction' || call.payload.eventType === 'Started');
      assert.equal(starts.length, 2);
      assert.notEqual(starts[0]!.messageId, starts[1]!.messageId);
      assert.equal(heard.filter((call) => call.action === 'BootNotification').length, 1);
    });

    test('a silent platform makes the station send again with the same message id', async () => {
      const profile = stationOf(version);
      const plain = plainAnswer();
      let silences = 1;
      platform.answer = (call) => (call.station === profile.identity && (call.action === 'StopTransaction' || call.payload.eventType === 'Ended') && silences-- > 0 ? null : plain(call));
      const { lived, heard } = await live(profile, [orderAt(profile)], { callTimeoutMs: 50 as never });
      platform.answer = plain;
      const stops = heard.filter((call) => call.action === 'StopTransaction' || call.payload.eventType === 'Ended');
      assert.deepEqual([stops.length, new Set(stops.map((stop) => stop.messageId)).size, lived[0]!.discarded], [2, 1, 0]);
    });
  });
}
