import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { powerAt, readingsBetween } from './curve.ts';
import { listeningPlatform, type Heard } from './listening-platform.ts';
import { livingClock } from './living-clock.ts';
import { liveFleet } from './living.ts';
import type { LivedSession, StationProfile } from './types.ts';

const platform = await listeningPlatform();
const endings: AbortController[] = [];
after(() => { // Also of a fleet whose test failed: its stations would keep the process.
  for (const ending of endings) ending.abort();
  return platform.close();
});
const NETWORK = { callTimeoutMs: 5_000, attemptsMax: 3, retryIntervalMs: 10, backOffMs: { first: 10, last: 100 }, connectGiveUpMs: 5_000 } as const;

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('did not happen within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
function fleet(profiles: StationProfile[], changes: Partial<Parameters<typeof liveFleet>[1]> = {}): { lived: LivedSession[]; heard: (station: string) => Heard[]; stop: () => Promise<void> } {
  const ending = new AbortController();
  endings.push(ending);
  const lived: LivedSession[] = [];
  const living = liveFleet(profiles, {
    seed: 1, clock: livingClock({ sinceMs: 40 * 86_400_000, speed: 20_000 }), readingEveryMs: 60_000, readingEveryCatchingUpMs: 300_000, sessionMinutesMax: 60, faultRate: 0, carsMin: 2,
    signal: ending.signal, onProblem: () => undefined, onLived: (session) => lived.push(session), station: { url: platform.url, ...NETWORK }, ...changes,
  });
  return { lived, heard: (station) => platform.heard.filter((call) => call.station === station), stop: async () => { ending.abort(); await living; } };
}
const twin = (identity: string, version: '1.6' | '2.0.1'): StationProfile => ({ identity, version, tokens: ['TAG'], connectors: [{ evse: 1, maxPowerW: 120_000 }, { evse: 2, maxPowerW: 7_000 }] });

test('power is flat until four fifths and then falls; registers between start and end never fall', () => {
  const car = { capacityWh: 60_000, maxPowerW: 100_000, soc: 0.2, targetSoc: 1 };
  assert.deepEqual([0.3, 0.8, 0.9, 1].map((soc) => Math.round(powerAt(soc, car, 180_000))), [100_000, 100_000, 55_000, 10_000]);
  const registers = readingsBetween({ startAt: 0, endAt: 3_600_000, registerStartWh: 500, energyWh: 9_999 }, 20).map((reading) => reading.registerWh!);
  assert.deepEqual(registers, [...registers].sort((a, b) => a - b));
  assert.ok(registers[0]! > 500 && registers.at(-1)! < 500 + 9_999);
});

test('cars come and go by themselves, and what the station sends adds up to the truth', async () => {
  const { lived, heard, stop } = fleet([twin('LIVE-16', '1.6'), twin('LIVE-201', '2.0.1')]);
  await until(() => lived.filter((session) => session.station === 'LIVE-16').length >= 2 && lived.filter((session) => session.station === 'LIVE-201').length >= 2);
  await stop();
  assert.deepEqual(platform.heard.filter((call) => call.invalid !== null), []);
  const first = lived.find((session) => session.station === 'LIVE-16')!;
  const start = heard('LIVE-16').find((call) => call.messageId === `${first.session}.0`)!;
  const end = heard('LIVE-16').filter((call) => call.messageId.startsWith(`${first.session}.`)).at(-1)!;
  assert.ok(Math.abs(Number(end.payload.meterStop) - Number(start.payload.meterStart) - first.trueEnergyWh) <= 1);
});

test('the platform can start, ask about and stop a charge, and the car that leaves frees the connector', async () => {
  const { heard, stop, lived } = fleet([twin('ORDERED', '2.0.1')], { carsMin: 0, clock: livingClock({ sinceMs: 40 * 86_400_000, speed: 2_000 }) });
  await until(() => heard('ORDERED').filter((call) => call.action === 'StatusNotification').length >= 2);
  const started = (): Heard | undefined => heard('ORDERED').find((call) => call.payload.eventType === 'Started' && (call.payload.transactionInfo as { remoteStartId?: number }).remoteStartId === 77);
  let answer: unknown;
  for (let tries = 0; tries < 50 && JSON.stringify(answer) !== '{"status":"Accepted"}'; tries++) answer = await platform.order('ORDERED', 'RequestStartTransaction', { idToken: { idToken: 'PHONE', type: 'Central' }, remoteStartId: 77 });
  await until(() => started() !== undefined);
  const { transactionId } = started()!.payload.transactionInfo as { transactionId: string };
  // What is under way at that moment is in the queue still.
  let status: unknown;
  for (let tries = 0; tries < 50 && (status as { messagesInQueue?: boolean } | undefined)?.messagesInQueue !== false; tries++) status = await platform.order('ORDERED', 'GetTransactionStatus', { transactionId });
  assert.deepEqual(status, { ongoingIndicator: true, messagesInQueue: false });
  assert.deepEqual(await platform.order('ORDERED', 'TriggerMessage', { requestedMessage: 'Heartbeat' }), { status: 'Accepted' });
  assert.deepEqual(await platform.order('ORDERED', 'RequestStopTransaction', { transactionId }), { status: 'Accepted' });
  await until(() => heard('ORDERED').some((call) => call.payload.eventType === 'Ended' && call.payload.triggerReason === 'RemoteStop'));
  await until(() => lived.some((session) => session.session === transactionId));
  await stop();
});
