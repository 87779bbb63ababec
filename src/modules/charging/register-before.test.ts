import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { openTestDatabase } from '../../../test/support/database.ts';
import { instant, type SessionId } from '../../kernel/index.ts';
import { defaultPolicy, explainConnector, loadSessionStory, setPolicy, type ChargePointFact } from './index.ts';
import { addMember, addPoint, at, auditWorld, createWorld, speaker, type World } from './world.fixture.ts';

const test = await openTestDatabase();
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) assert.deepEqual(await auditWorld(world), []);
});

async function live() {
  const world = await createWorld(test.database);
  worlds.push(world);
  const { memberId, token } = await addMember(world, 500);
  const { chargePointId, connectorIds } = await addPoint(world);
  return { world, memberId, token, connectorId: connectorIds[0]!, say: speaker(chargePointId) };
}
type Outcome = { ref: string; state: string; billed: bigint; proposed: bigint | null; causes: string[]; version: number };
const outcomes = (world: World): Promise<Outcome[]> => world.odb.transaction((tx) => tx.query<Outcome>(
  `select s.transaction_ref as ref, b.state, b.energy_wh as billed, b.proposed_energy_wh as proposed, s.flag_causes as causes, s.bill_version as version
   from charging.session s join charging.bill b on b.operator_id = s.operator_id and b.bill_id = s.current_bill_id where s.operator_id = $1 order by 1`, [world.operatorId]));

describe('what a connector showed before a session', () => {
  it('C-09 a start of 0 on a connector that stood at 5 kWh is held and not billed 5 kWh too high, and the meter does not count them again', async () => {
    const { world, say, token, connectorId } = await live();
    await world.apply([say.started(at(0), 'v201:a', 2_000n, token), say.ended(at(20), 'v201:a', 5_279n)]);
    await world.apply([say.started(at(60), 'v201:b', 0n, token), say.read(at(75), 'v201:b', 13_000n), say.ended(at(90), 'v201:b', 28_929n)]);
    assert.deepEqual(await outcomes(world), [
      { ref: 'v201:a', state: 'settled', billed: 3_279n, proposed: null, causes: [], version: 1 },
      { ref: 'v201:b', state: 'held', billed: 0n, proposed: 15_929n, causes: ['meter_register_zero_before_start'], version: 1 },
    ]);
    assert.equal(await world.balance('grid_intake', null), 26_929n, 'from 2,000 to 28,929');
    const unexplained = await world.odb.transaction((tx) => explainConnector(tx, connectorId));
    assert.deepEqual(unexplained.map(({ reason, causes, energyWh }) => [reason, causes, energyWh]),
      [['held', ['meter_register_zero_before_start'], 7_721n], ['held', ['meter_register_zero_before_start'], 15_929n]], 'all that is in no bill, with its reason');
    const [row] = await world.odb.transaction((tx) => tx.query<{ id: SessionId }>(`select session_id as id from charging.session where operator_id = $1 and transaction_ref = 'v201:b'`, [world.operatorId]));
    const story = await world.odb.transaction((tx) => loadSessionStory(tx, row!.id));
    assert.deepEqual(story?.readings.map((reading) => [reading.registerWh, reading.counted]), [[0n, false], [13_000n, true], [28_929n, true]], 'its story says the same');
  });

  it('a register that was read outside any session is as good a witness', async () => {
    const { world, say, token } = await live();
    await world.apply([say.read(at(0), null, 5_279n), say.started(at(60), 'v201:b', 0n, token), say.read(at(75), 'v201:b', 13_000n), say.ended(at(90), 'v201:b', 28_929n)]);
    assert.deepEqual((await outcomes(world)).map(({ state, causes }) => [state, causes]), [['held', ['meter_register_zero_before_start']]]);
  });

  it('C-13 when the frames of the session before come late, the bill that could not know them is withdrawn by its next version', async () => {
    const { world, say, token, memberId } = await live();
    await world.apply([say.started(at(60), 'v201:b', 0n, token), say.read(at(75), 'v201:b', 13_000n), say.ended(at(90), 'v201:b', 28_929n)]);
    assert.deepEqual((await outcomes(world)).map(({ state, billed }) => [state, billed]), [['settled', 28_929n]]);
    await world.apply([say.started(at(0), 'v201:a', 2_000n, token), say.ended(at(20), 'v201:a', 5_279n)]);
    assert.deepEqual((await outcomes(world)).map(({ ref, state, billed, version }) => [ref, state, billed, version]), [['v201:a', 'settled', 3_279n, 1], ['v201:b', 'held', 0n, 2]]);
    assert.equal(await world.balance('energy_billed', null), -3_279n);
    assert.equal(await world.balance('member_wallet', memberId), 50_000n - 623n);
  });

  it('a meter that was exchanged, and one that counts per session, are billed by their own words', async () => {
    const { world, say, token } = await live();
    const session = (i: number, ...registers: number[]): ChargePointFact[] => {
      const last = registers.length - 1;
      return registers.map((wh, n) => n === 0 ? say.started(at(i * 60), `v201:${i}`, BigInt(wh), token)
        : n === last ? say.ended(at(i * 60 + n * 15), `v201:${i}`, BigInt(wh)) : say.read(at(i * 60 + n * 15), `v201:${i}`, BigInt(wh)));
    };
    for (const facts of [session(0, 60_000, 64_000), session(1, 0, 3_000), session(2, 0, 1_000, 2_500), session(3, 0, 9_000)]) await world.apply(facts);
    assert.deepEqual((await outcomes(world)).map(({ billed, causes }) => [billed, causes]), [[4_000n, []], [3_000n, []], [2_500n, []], [9_000n, []]]);
    assert.equal(await world.balance('connector_energy', (await world.odb.transaction((tx) => tx.query<{ id: string }>('select connector_id as id from charging.connector_meter where operator_id = $1', [world.operatorId])))[0]!.id), 0n);
  });

  it('readings of a clock that was never set move no meter: the next start says as much', async () => {
    const { world, say, token } = await live();
    await world.apply([say.started(at(0), 'v201:a', 10_000n, token), say.ended(at(20), 'v201:a', 15_000n)]);
    await world.apply([say.started(instant(7_000), 'v201:b', 15_000n, token, { recordedAt: at(50_000) }), say.ended(instant(1_207_000), 'v201:b', 25_000n, { recordedAt: at(50_020) })]);
    assert.equal(await world.balance('grid_intake', null), 5_000n);
    await world.apply([say.started(at(120), 'v201:c', 25_000n, token), say.ended(at(140), 'v201:c', 30_000n)]);
    assert.equal(await world.balance('grid_intake', null), 20_000n);
    assert.deepEqual((await outcomes(world)).map(({ state, causes }) => [state, causes]), [['settled', []], ['held', ['clock_not_set']], ['settled', []]], 'nor is its time held against a neighbour');
  });
});

/** Three sessions of one connector whose frames arrive in any order: the same bills and balances, whoever knew what first. */
const seed = Number(process.env.SEED ?? (Math.random() * 2 ** 31) | 0);
const numRuns = Number(process.env.RUNS ?? 20);
const lives = fc.record({
  base: fc.constantFrom(0, 4_000, 900_000),
  steps: fc.array(fc.array(fc.integer({ min: 200, max: 6_000 }), { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 3 }),
  zero: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  perSession: fc.boolean(),
  settleFirst: fc.boolean(),
  order: fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 15, maxLength: 15 }),
  cuts: fc.array(fc.boolean(), { minLength: 15, maxLength: 15 }),
});
type Lives = typeof lives extends fc.Arbitrary<infer T> ? T : never;

function framesOf({ base, steps, zero, perSession }: Lives, say: ReturnType<typeof speaker>, token: string): ChargePointFact[] {
  let register = base;
  return steps.flatMap((drawn, s) => {
    if (perSession) register = 0;
    const ref = `v201:${s}`, start = say.started(at(s * 120), ref, zero[s] ? 0n : BigInt(register), token);
    return [start, ...drawn.map((wh, i) => {
      register += wh;
      return i === drawn.length - 1 ? say.ended(at(s * 120 + 20 * (i + 1)), ref, BigInt(register)) : say.read(at(s * 120 + 20 * (i + 1)), ref, BigInt(register));
    })];
  });
}

async function stateAfter(each: Lives, disorder: boolean): Promise<unknown> {
  const world = await createWorld(test.database);
  const { memberId, token } = await addMember(world, 500);
  const { chargePointId } = await addPoint(world);
  if (each.settleFirst) await world.odb.transaction((tx) => setPolicy(tx, { ...defaultPolicy('CNY'), abnormalBills: 'settle_first' }, world));
  const frames = framesOf(each, speaker(chargePointId), token).map((fact, i) => ({ ...fact, recordedAt: instant(at(24 * 60) + i) }));
  const sent = disorder ? frames.map((fact, i) => [each.order[i % each.order.length]! + i / 100, fact] as const).sort(([a], [b]) => a - b).map(([, fact]) => fact) : frames;
  const batches: ChargePointFact[][] = [[]];
  for (const [i, fact] of sent.entries()) {
    if (!disorder || each.cuts[i % each.cuts.length]) batches.push([]);
    batches.at(-1)!.push(fact);
  }
  for (const batch of batches) await world.apply(batch);
  assert.deepEqual(await auditWorld(world), []);
  const balances: Record<string, bigint> = { wallet: await world.balance('member_wallet', memberId) };
  for (const kind of ['revenue_electricity', 'revenue_service', 'grid_intake', 'energy_billed'] as const) balances[kind] = await world.balance(kind, null);
  return { balances, bills: (await outcomes(world)).map(({ version: _version, ...outcome }) => outcome) };
}

it(`C-13 every arrival order of several sessions' frames ends in the same bills and balances (seed ${seed})`, async () => {
  await fc.assert(fc.asyncProperty(lives, async (each) => {
    assert.deepEqual(await stateAfter(each, true), await stateAfter(each, false));
  }), { seed, numRuns });
});
