import assert from 'node:assert/strict';
import type { TestDatabase } from '../../test/support/database.ts';
import type { SessionId } from '../kernel/index.ts';
import { sweepSilentSessions } from '../modules/charging/index.ts';
import { addMember, addPoint, at, createWorld, speaker, type World } from '../modules/charging/world.fixture.ts';
import { recordBoots } from '../modules/locations/index.ts';
import { auditRepair, casesOf, type BulkFilter } from '../modules/repair/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { deliverAll } from '../platform/outbox/index.ts';
import { REPAIR_SUBJECTS, REPAIR_SUBSCRIBER, repairSubscriber, undeliveredSubjects } from './repair-subjects.ts';

/** A bulk run of whatever is proposed. */
export const ANY: BulkFilter = { primaryCause: null, maker: null, model: null, firmware: null, stationId: null, confidence: null, amountMinorMax: null };

/** Abnormal bills and their cases, for tests. */
export const repairFailures = (world: World): Promise<string[]> => world.odb.transaction(async (tx) =>
  (await auditRepair(tx, { subjects: REPAIR_SUBJECTS, undelivered: undeliveredSubjects })).flatMap(({ code, failures }) => failures.map(({ id, detail }) => `${code} ${id}: ${detail}`)));

/** Other tests' transactions on the shared server hold delivery back, as they should: asked again until nothing is on its way. */
export async function deliver(test: TestDatabase, world: World): Promise<void> {
  const deadline = performance.now() + 30_000;
  do {
    const { stuck } = await deliverAll({ database: test.database, operators: [world.operatorId], subscribers: [repairSubscriber(world.clock)], logger: silentLogger });
    assert.equal(stuck, 0, JSON.stringify(await world.odb.transaction((tx) => tx.query('select last_error from platform.outbox_cursor where operator_id = $1 and subscriber = $2', [world.operatorId, REPAIR_SUBSCRIBER]))));
    if ((await world.odb.transaction((tx) => undeliveredSubjects(tx, 'charging_bill'))).size === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  } while (performance.now() < deadline);
  assert.fail('events are still on their way');
}

export async function openLive(test: TestDatabase, of: { maxPowerW?: bigint; yuan?: number } = {}) {
  const world = await createWorld(test.database);
  const { memberId, token } = await addMember(world, of.yuan ?? 300);
  const point = await addPoint(world, { maxPowerW: of.maxPowerW ?? 64_000n });
  await world.odb.transaction((tx) => recordBoots(tx, [{ chargePointId: point.chargePointId, vendor: 'Volt', model: 'V1', serial: null, firmware: '1.2', at: at(-60) } as never]));
  const caseOf = async (sessionId: SessionId) => (await world.odb.transaction((tx) => casesOf(tx, 'charging_bill', [sessionId]))).get(sessionId);
  return { world, memberId, token, ...point, say: speaker(point.chargePointId), caseOf, wallet: () => world.balance('member_wallet', memberId) };
}
export type Live = Awaited<ReturnType<typeof openLive>>;

/** The bill of 244.40, an hour after the one before it. */
export async function lostBill({ world, say, token }: Pick<Live, 'world' | 'say' | 'token'>, hour = 0): Promise<{ sessionId: SessionId; ref: string }> {
  const from = hour * 60, register = BigInt(hour) * 200_000n;
  const start = say.started(at(from), null, 0n, token);
  const { transactionId, sessionId } = await world.start(start);
  const ref = `v16:${transactionId}`;
  await world.apply([start, say.read(at(from + 0.5), ref, register + 92_270n), say.read(at(from + 17), ref, register + 110_000n), say.read(at(from + 34), ref, register + 128_630n)]);
  await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(from + 300) } }));
  return { sessionId, ref };
}
