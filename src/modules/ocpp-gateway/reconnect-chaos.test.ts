import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { fakeCharging, fakeLocations } from '../../../test/support/ocpp-ports.ts';
import { connectStation, type TestStation } from '../../../test/support/ocpp-station.ts';
import { seededRandom, type ChargePointId, type OperatorId, type Random } from '../../kernel/index.ts';
import { systemClock } from '../../platform/clock/index.ts';
import { silentLogger } from '../../platform/logging/logger.ts';
import { startApplier } from './applier/applier.ts';
import { openGateway, type Gateway } from './gateway.ts';

const SEED = Number(process.env.KIRCHHOFF_SEED ?? 20_261_122);
/** Cuts in all; the soak runs ten times as many. */
const CUTS = Number(process.env.KIRCHHOFF_CHAOS_CUTS ?? 2_000);
const CHARGE_POINTS = 24;

const test = await openTestDatabase({ poolSizeMax: 16 });

type Point = { readonly identity: string; readonly operatorId: OperatorId; readonly chargePointId: ChargePointId };
type Life = { readonly point: Point; readonly said: Set<string>; opened: number; last: TestStation | null };

/**
 * One charge point's life: it says one thing after the other, each until it is answered, while its link is cut at any moment: before
 * sending, between sending and the answer, or by a second connection while the first still lives.
 */
async function live(life: Life, gateways: readonly Gateway[], random: Random, cuts: number): Promise<void> {
  const connect = async (): Promise<TestStation> => {
    const station = await connectStation({ port: random.pick(gateways).port, identity: life.point.identity });
    life.opened++;
    return station;
  };
  let station = await connect();
  let cut = 0;
  /** A cut that is still to come: an answer may overtake it, and the link that lives on must be one that nothing cuts any more. */
  let cutting: Promise<void> = Promise.resolve();
  for (let number = 0; cut < cuts; number++) {
    const messageId = `${life.point.identity}-${number}`;
    for (let answered = false; !answered;) {
      const fate = cut < cuts ? random.integer(4) : 3;
      if (fate !== 3) cut++;
      if (fate === 0) {
        station.cut();
        station = await connect();
      } else if (fate === 2) {
        const old = station;
        station = await connect();
        // The forgotten link may still speak for a moment; whatever it says must do no harm.
        old.call('Heartbeat', {}).catch(() => undefined);
      }
      try {
        const answer = station.call('StopTransaction', { transactionId: 1, meterStop: number, timestamp: '2026-11-22T10:00:00Z' }, messageId);
        life.said.add(messageId);
        if (fate === 1) cutting = cutLater(station, random.integer(4));
        answered = (await answer).ok;
      } catch {
        station = await connect();
      }
    }
    await cutting;
    if (isCut(station)) station = await connect();
  }
  life.last = station;
}
const cutLater = async (station: TestStation, ms: number): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  station.cut();
};
const isCut = (station: TestStation): boolean => station.socket.readyState !== station.socket.OPEN;

describe('reconnecting', () => {
  it(`after ${CUTS} cuts one link a charge point is alive, nothing that was answered is lost, and nothing is doubled (seed ${SEED})`, async (t) => {
    const charging = fakeCharging(), locations = fakeLocations();
    const options = { database: test.database, clock: systemClock, logger: silentLogger, charging, locations };
    const gateways = [await openGateway(options), await openGateway(options)];
    const applier = startApplier(options);
    const lives = Array.from({ length: CHARGE_POINTS }, (_, i): Life => ({ point: { identity: `CHAOS-${i}`, ...locations.add(`CHAOS-${i}`) }, said: new Set(), opened: 0, last: null }));
    t.after(async () => { // Also when it fails: an open link would keep the process.
      for (const { last } of lives) last?.cut();
      await Promise.all(gateways.map((gateway) => gateway.close()));
      await applier.close();
    });
    await Promise.all(lives.map((life, i) => live(life, gateways, seededRandom(SEED + i), Math.ceil(CUTS / CHARGE_POINTS))));
    await applier.drain();
    await oneLinkEach(gateways, lives);
    for (const life of lives) {
      const { frames, generation } = await logged(life.point);
      for (const messageId of life.said) assert.ok(frames.has(messageId), `${messageId} is not in the log`);
      assert.equal(Number(generation), life.opened, 'every connection has a generation of its own');
      const facts = [...charging.facts.values()].filter((fact) => fact.chargePointId === life.point.chargePointId);
      assert.deepEqual(new Set(facts.map((fact) => fact.messageId)), life.said);
    }
    // A fact a stored frame, once: the applier met no frame twice and passed over none.
    assert.equal(charging.applied, charging.facts.size);
    await Promise.all(lives.map((life) => life.last!.close()));
  });
});

/** The survivors are the newest ones; the others have gone, once their nodes have heard of it. */
async function oneLinkEach(gateways: readonly Gateway[], lives: readonly Life[]): Promise<void> {
  const links = (): number => gateways.reduce((sum, gateway) => sum + gateway.links.size, 0);
  for (let i = 0; i < 500 && links() > lives.length; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(links(), lives.length);
  for (const { point, opened } of lives) {
    const [link, ...more] = gateways.flatMap((gateway) => gateway.links.get(point.chargePointId) ?? []);
    assert.ok(link && more.length === 0);
    assert.equal(Number(link.identity.generation), opened);
  }
}

async function logged({ operatorId, chargePointId }: Point): Promise<{ frames: Set<string>; generation: bigint }> {
  return test.database.forOperator(operatorId).transaction(async (tx) => {
    const rows = await tx.query<{ message_id: string }>(`select distinct message_id from ocpp_gateway.frame where charge_point_id = $1 and action = 'StopTransaction'`, [chargePointId]);
    const [connection] = await tx.query<{ generation: bigint }>('select generation from ocpp_gateway.connection where charge_point_id = $1', [chargePointId]);
    return { frames: new Set(rows.map((row) => row.message_id)), generation: connection!.generation };
  });
}
