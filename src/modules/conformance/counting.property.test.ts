import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { addMember, openConformanceWorld, type Point } from '../../../test/support/conformance-world.ts';
import { seededRandom } from '../../kernel/index.ts';
import type { ChargePointId, SessionId } from '../../kernel/index.ts';
import type { Tx } from '../../platform/database/index.ts';
import { sessionOutcomes, sessionsToJudge } from '../charging/index.ts';
import type { NewFrame } from '../ocpp-gateway/inbox/frame.ts';
import { heardFrames } from '../ocpp-gateway/index.ts';
import { countAll, countOnce, foldFrames, newFold, sessionCountOf } from './commands/count.ts';
import { addCounts, AMOUNTS, NO_COUNTS, sessionCounts, type Counts } from './domain/kind.ts';
import { NEW_POINT } from './domain/listen.ts';
import { auditConformance } from './queries/audit.ts';
import { makesAt, noteSessions, SUMS } from './store/counting.ts';

const test = await openTestDatabase();
const RUNS = 6;
type Random = () => number;

/** Whatever charge points do: charges with and without ends, gaps, frames twice, boots with other firmware, garbage, commands and lost connections. */
function traffic(points: readonly Point[], tokens: readonly string[], random: Random): NewFrame[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const frames: NewFrame[] = points.map((point) => point.boot(0, '1.0'));
  let minute = 1;
  for (let i = 0; i < 25; i++, minute += 25 + Math.floor(random() * 400)) {
    const point = pick(points), ref = `t${i}`, kind = Math.floor(random() * 9);
    if (kind <= 2) frames.push(...point.charge(minute, ref, { token: pick(tokens), seqNos: random() < 0.3 ? [0, 1, 3] : [0, 1, 2], end: random() < 0.8 }));
    else if (kind === 3) { const charge = point.charge(minute, ref, { token: pick(tokens) }); frames.push(...charge, pick(charge)); }
    else if (kind === 4) frames.push(point.boot(minute, pick(['1.1', '1.2', '']), pick(['Volta', 'Ampera'])));
    else if (kind === 5) frames.push(point.malformed(minute, `{"${i}`), point.call(minute + 1, 'StatusNotification', { connectorId: 'x' }));
    else if (kind === 6) { point.reconnect(); frames.push(point.call(minute, 'Heartbeat', {})); }
    else if (kind === 7) frames.push(point.command(minute, 'RequestStopTransaction', { transactionId: `t${i - 1}` }, `k${i}`), ...(random() < 0.6 ? [point.answer(minute + 0.1, `k${i}`, { status: pick(['Accepted', 'Rejected', 'What']) })] : []), point.call(minute + 5, 'Heartbeat', {}));
    else frames.push(point.event(minute, 'Ended', ref, 4, 90_000));
  }
  return frames;
}

/** Rows of the table, without those of which nothing is left. */
async function stored(tx: Tx): Promise<[string, string][]> {
  const rows = await tx.query<Counts & { key: string }>(`select d.make_id || '/' || d.counted_on || '/' || d.charge_point_id as key, ${SUMS} from conformance.point_day d where d.operator_id = $1 group by 1 order by 1`, [tx.operatorIds[0]]);
  return asText(rows.map(({ key, ...counts }) => [key, counts]));
}
const asText = (rows: readonly (readonly [string, Counts])[]): [string, string][] =>
  rows.filter(([, counts]) => AMOUNTS.some((amount) => counts[amount] !== 0n)).map(([key, counts]): [string, string] => [key, AMOUNTS.map((amount) => `${amount} ${counts[amount]}`).join(', ')]).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** From the first frame and every session, in memory. */
async function recounted(tx: Tx, points: readonly ChargePointId[]): Promise<[string, string][]> {
  const folded = newFold();
  foldFrames(folded, new Map(points.map((id) => [id, NEW_POINT])), await heardFrames(tx, { after: 0n, countMax: 5_000 }), () => 'Asia/Shanghai');
  const sums = new Map([...folded.days].map(([key, { counts }]) => [key, counts]));
  const sessions = await sessionsToJudge(tx, (await sessionOutcomes(tx)).map(({ sessionId }) => sessionId));
  const makes = await makesAt(tx, sessions.map(({ chargePointId, firstFrame }) => ({ chargePointId, sequence: firstFrame })));
  for (const [i, session] of sessions.entries()) {
    const count = sessionCountOf(session, makes[i]!), key = `${count.makeId}/${count.countedOn}/${count.chargePointId}`;
    sums.set(key, addCounts(sums.get(key) ?? NO_COUNTS, sessionCounts(count)));
  }
  return asText([...sums]);
}

describe('counting bit by bit', () => {
  it('C-26 comes to what counting from the beginning comes to, in whatever order and however often it is told', async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`seed ${seed}`);
    let sessionsSeen = 0;
    for (let run = 0; run < RUNS; run++) {
      const { next: random } = seededRandom(seed + run);
      const world = await openConformanceWorld(test), points = await Promise.all([world.point(), world.point()]);
      const tokens = [(await addMember(world.world, 1_000)).token, (await addMember(world.world, 1_000)).token, 'stranger'];
      const frames = traffic(points, tokens, random);
      // Frames are stored in pieces; between them the applier works, events come (twice, out of turn), and counting takes small bites, or none.
      while (frames.length > 0) {
        await world.store(frames.splice(0, 1 + Math.floor(random() * 40)));
        if (random() < 0.7) await world.work();
        if (random() < 0.5) await world.deliver();
        if (random() < 0.4) await tellAnything(world.odb.transaction.bind(world.odb), random);
        for (let bites = Math.floor(random() * 4); bites > 0; bites--) await world.odb.transaction((tx) => countOnce(tx, { frames: 1 + Math.floor(random() * 9), sessions: 1 + Math.floor(random() * 3) }));
      }
      await world.work();
      await world.deliver();
      await countAll(world.odb, { frames: 5, sessions: 2 });
      const [is, ought] = await world.odb.transaction(async (tx) => [await stored(tx), await recounted(tx, points.map(({ chargePointId }) => chargePointId))]);
      assert.deepEqual(is, ought, `seed ${seed}, run ${run}`);
      sessionsSeen += is.filter(([, text]) => !text.startsWith('sessions 0')).length;
      await countAll(world.odb);
      await tellAnything(world.odb.transaction.bind(world.odb), random);
      await countAll(world.odb);
      assert.deepEqual(await world.odb.transaction(stored), is, 'told again, nothing changes');
      const audited = await world.odb.transaction((tx) => auditConformance(tx, { undelivered: () => Promise.resolve(new Set<string>()) }));
      assert.deepEqual(audited.flatMap(({ code, failures }) => failures.map((failure) => `${code} ${failure.id}: ${failure.detail}`)), [], `the audit agrees; seed ${seed}, run ${run}`);
    }
    assert.ok(sessionsSeen > RUNS, 'sessions were among it');
  });
});

/** Says of any sessions that they have changed, as an event that comes late, twice, or before its frames are counted. */
async function tellAnything(transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>, random: Random): Promise<void> {
  await transaction(async (tx) => {
    const ids: SessionId[] = (await sessionOutcomes(tx)).map(({ sessionId }) => sessionId).filter(() => random() < 0.5);
    await noteSessions(tx, ids);
  });
}
