import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { openTestDatabase } from '../../../test/support/database.ts';
import { instant } from '../../kernel/index.ts';
import type { ChargePointFact } from './index.ts';
import { addMember, addPoint, at, auditWorld, createWorld, resent, speaker, type World } from './world.fixture.ts';

const test = await openTestDatabase();

/**
 * The money promise: whatever order one session's frames come in, however often, in whatever batches, the same energy, lines and totals
 * come out and the same money and energy have moved. Two operators live the same session, one in order, one in disorder.
 */
type Life = { readonly protocol: 'v16' | 'v201'; readonly steps: readonly number[]; readonly fault: 'none' | 'zero_start' | 'reset' | 'dip' | 'stop_unknown'; readonly yuan: number; readonly startHour: number };
const life: fc.Arbitrary<Life> = fc.record({
  protocol: fc.constantFrom('v16', 'v201'),
  steps: fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 2, maxLength: 6 }),
  fault: fc.constantFrom('none', 'none', 'none', 'zero_start', 'reset', 'dip', 'stop_unknown'),
  yuan: fc.constantFrom(0, 4, 20, 60, 500),
  startHour: fc.integer({ min: 0, max: 12 }),
});
type Disorder = { readonly order: readonly number[]; readonly repeats: readonly number[]; readonly cuts: readonly boolean[]; readonly applyTwice: boolean };
const disorder: fc.Arbitrary<Disorder> = fc.record({
  order: fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 16, maxLength: 16 }),
  repeats: fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 5 }),
  cuts: fc.array(fc.boolean(), { minLength: 32, maxLength: 32 }),
  applyTwice: fc.boolean(),
});

/** The frames of a life in the order they happened; a register every twenty minutes. */
function frames({ steps, fault, startHour, protocol }: Life, chargePointId: World['stationId'] | string, token: string, ref: string | null): ChargePointFact[] {
  const say = speaker(chargePointId as Parameters<typeof speaker>[0]);
  const minute = (i: number): number => startHour * 60 + i * 20;
  const seq = (i: number) => (protocol === 'v201' ? { seqNo: i } : {});
  let register = 1_000_000;
  const shown = [...steps].map((step, i) => {
    register = fault === 'reset' && i === 1 ? step : register + step;
    return BigInt(fault === 'dip' && i === 0 ? 0 : register);
  });
  const last = shown.length - 1;
  return [
    say.started(at(minute(0)), protocol === 'v201' ? 'v201:t' : null, fault === 'zero_start' ? 0n : 1_000_000n, token, seq(0)),
    ...shown.slice(0, -1).map((value, i) => say.read(at(minute(i + 1)), ref, value, seq(i + 1))),
    say.ended(at(minute(last + 1)), ref, fault === 'stop_unknown' ? -1n : shown[last]!, seq(last + 1)),
  ];
}

async function live(each: Life, arrival: Disorder | null): Promise<unknown> {
  const world = await createWorld(test.database);
  const { memberId, token } = await addMember(world, each.yuan);
  const { chargePointId, connectorIds } = await addPoint(world);
  let facts = frames(each, chargePointId, token, 'v201:t');
  if (each.protocol === 'v16') {
    const start = facts[0] as Extract<ChargePointFact, { kind: 'session_started' }>;
    const { transactionId } = await world.start(start);
    facts = [start, ...facts.slice(1).map((fact) => ({ ...fact, transactionRef: `v16:${transactionId}` }))];
  }
  for (const batch of arrival ? arrive(facts, arrival, each.protocol) : facts.map((fact) => [fact])) {
    const recorded = batch.map((fact, i) => ({ ...fact, recordedAt: instant(at(24 * 60) + i) }));
    await world.apply(recorded);
    if (arrival?.applyTwice) await world.apply(recorded);
  }
  assert.deepEqual(await auditWorld(world), []);
  return state(world, memberId, connectorIds[0]!);
}

/** Shuffled, with re-sent frames and cut into batches. OCPP 1.6 learns its number from the start, so there the start is always first. */
function arrive(facts: readonly ChargePointFact[], { order, repeats, cuts }: Disorder, protocol: Life['protocol']): ChargePointFact[][] {
  const all = [...facts, ...repeats.flatMap((i) => (i < facts.length && (protocol === 'v201' || i > 0) ? [resent(facts[i]!)] : []))];
  const first = protocol === 'v16' ? all.slice(0, 1) : [];
  const rest = all.slice(first.length).map((fact, i) => [order[i % order.length]! + i / 100, fact] as const).sort(([a], [b]) => a - b).map(([, fact]) => fact);
  const batches: ChargePointFact[][] = [[]];
  for (const [i, fact] of [...first, ...rest].entries()) {
    if (cuts[i]) batches.push([]);
    batches.at(-1)!.push(fact);
  }
  return batches;
}

async function state(world: World, memberId: string, connectorId: string): Promise<unknown> {
  const books: Record<string, bigint> = {};
  for (const kind of ['member_wallet', 'member_receivable', 'charging_clearing'] as const) books[kind] = await world.balance(kind, memberId);
  for (const kind of ['revenue_electricity', 'revenue_service', 'revenue_occupancy', 'grid_intake', 'energy_billed'] as const) books[kind] = await world.balance(kind, null);
  books.connector_energy = await world.balance('connector_energy', connectorId);
  const bills = await world.odb.transaction((tx) => tx.query(
    `select b.state, b.energy_wh, b.electricity_minor, b.service_minor, b.occupancy_minor, b.total_minor, b.proposed_energy_wh, b.proposed_total_minor, b.flags, b.started_at, b.ended_at,
       s.energy_wh as session_energy, s.flag_causes, s.hold_state <> 'held' as released,
       (select json_agg(json_build_array(l.line_number, l.charged, l.kind, l.period_kind, l.from_at, l.to_at, l.energy_wh, l.minutes, l.rate_value, l.amount_minor) order by l.line_number)
        from charging.bill_line l where l.operator_id = b.operator_id and l.bill_id = b.bill_id) as lines
     from charging.session s join charging.bill b on b.operator_id = s.operator_id and b.bill_id = s.current_bill_id where s.operator_id = $1`, [world.operatorId]));
  const open = await world.odb.transaction((tx) => tx.query(`select 1 from charging.session where operator_id = $1 and state = 'active'`, [world.operatorId]));
  return { books, bills, open: open.length };
}

const seed = Number(process.env.SEED ?? (Math.random() * 2 ** 31) | 0);
const numRuns = Number(process.env.RUNS ?? 25);

it(`C-13 every arrival order of a session's frames ends in the same energy, lines, totals and ledger balances (seed ${seed})`, async () => {
  await fc.assert(fc.asyncProperty(life, disorder, async (each, arrival) => {
    const [inOrder, inDisorder] = [await live(each, null), await live(each, arrival)];
    assert.deepEqual(inDisorder, inOrder);
    const { books, bills } = inOrder as { books: Record<string, bigint>; bills: { state: string; energy_wh: bigint }[] };
    assert.equal(bills.length, 1);
    assert.equal(books.charging_clearing, 0n);
    assert.ok(books.member_wallet! >= 0n);
    // connector_energy is credited when billed: what is metered and not billed stays as a debit, and never the other way round.
    assert.ok(books.connector_energy! <= 0n, 'more billed than metered');
  }), { seed, numRuns });
});
