/** A world of charging with reports beside it: bills that come, change and are corrected. */
import { randomBytes } from 'node:crypto';
import { assert, instant, type BillId, type Instant, type SessionId } from '../../src/kernel/index.ts';
import type { TestDatabase } from './database.ts';
import { silentLogger } from '../../src/platform/logging/index.ts';
import { deliverAll } from '../../src/platform/outbox/index.ts';
import { addMember, addPoint, at, createWorld, speaker, type World } from '../../src/modules/charging/world.fixture.ts';
import { billIdsForReport } from '../../src/modules/charging/index.ts';
import { uncounted } from '../../src/modules/reporting/store/movements.ts';
import { reportingSubscriber } from '../../src/modules/reporting/commands/record-movements.ts';

export { addMember, addPoint, at, createWorld, speaker, type World };

/** The day of `at(0)` in Shanghai, and the days around it. */
export const T0_DAY = '2026-03-02';

export type Charge = { readonly sessionId: SessionId; readonly ref: string; readonly say: ReturnType<typeof speaker>; readonly from: number; readonly registerWh: bigint };

/** A charge of `minutes` that begins at a minute and draws `wh`. Without `to`, its stop has not come. */
export async function charge(world: World, of: { readonly from: number; readonly minutes?: number; readonly wh?: bigint; readonly token?: string; readonly point?: Awaited<ReturnType<typeof addPoint>> }): Promise<Charge> {
  const { from, minutes = 20, wh = 10_000n } = of;
  const token = of.token ?? (await addMember(world, 1_000)).token;
  const { chargePointId } = of.point ?? await addPoint(world);
  const say = speaker(chargePointId);
  const ref = `v201:${randomBytes(6).toString('hex')}`;
  const registerWh = 50_000n;
  await world.apply([say.started(at(from), ref, registerWh, token, { seqNo: 0 }), say.read(at(from + minutes / 2), ref, registerWh + wh / 2n, { seqNo: 1 }), say.ended(at(from + minutes), ref, registerWh + wh, { seqNo: 2 })]);
  const [row] = await world.odb.transaction((tx) => tx.query<{ sessionId: SessionId }>('select session_id as "sessionId" from charging.session where operator_id = $1 and transaction_ref = $2', [world.operatorId, ref]));
  assert(row, 'the charge has its session');
  return { sessionId: row.sessionId, ref, say, from, registerWh };
}

/** A register that comes late and makes the next version of the bill. */
export const lateReading = (world: World, { say, ref, from }: Charge, of: { readonly minute: number; readonly registerWh: bigint; readonly recordedAt?: Instant }): Promise<unknown> =>
  world.apply([say.read(at(from + of.minute), ref, of.registerWh, { seqNo: 1, ...(of.recordedAt === undefined ? {} : { recordedAt: of.recordedAt }) })]);

/** Tells reporting of everything that happened. Transactions of other tests on the shared server hold delivery back, as they should: asked again until it is through. */
export async function deliver(test: TestDatabase, world: World): Promise<void> {
  const deadline = performance.now() + 30_000;
  do {
    const { stuck } = await deliverAll({ database: test.database, operators: [world.operatorId], subscribers: [reportingSubscriber({ clock: world.clock })], logger: silentLogger });
    assert(stuck === 0, 'no event is stuck');
  } while (performance.now() < deadline && (await world.odb.transaction(async (tx) => uncounted(tx, await billIdsForReport(tx, { after: null, limit: 2_000 })))).length > 0);
}

export const billIds = (world: World): Promise<BillId[]> => world.odb.transaction(async (tx) =>
  (await tx.query<{ id: BillId }>('select bill_id as id from charging.bill where operator_id = $1 order by bill_id', [world.operatorId])).map(({ id }) => id));

/** Every movement without what only says when it was counted. */
export const movements = (world: World): Promise<Record<string, unknown>[]> => world.odb.transaction((tx) => tx.query(
  `select to_jsonb(m) - 'recorded_at' - 'operator_id' as row from reporting.bill_movement m where operator_id = $1 order by bill_id, sign`, [world.operatorId]));
export const instantOf = (day: string, hour = 12): Instant => instant(Date.parse(`${day}T${String(hour).padStart(2, '0')}:00:00+08:00`));
