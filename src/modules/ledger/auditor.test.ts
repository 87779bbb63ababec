/**
 * Random books against an auditor: a model that shares no code with the ledger. It knows the rules of money (what a transfer does to four numbers, what
 * a limit forbids, what a hold is) and predicts success or refusal; the order of refusals is the business of `statuses.test.ts`.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { seededRandom, type Random } from '../../kernel/index.ts';
import { accountHistory, AMOUNT_MAX, auditLedger, checkpointAccounts, extendHashChain, lookupAccounts, type TransferEvent } from './index.ts';
import { openBooks } from './testing-books.ts';

const test = await openTestDatabase();
const SEED = Number(process.env.KIRCHHOFF_SEED ?? Date.now() % 1_000_000);
const ACCOUNTS = 6n, BATCHES = 60;

type Numbers = { dp: bigint; dd: bigint; cp: bigint; cd: bigint };
type Hold = { from: bigint; to: bigint; amount: bigint; until: number | null; open: boolean };
type World = { accounts: Map<bigint, Numbers>; holds: Map<bigint, Hold>; used: Set<bigint>; burnt: Set<bigint> };

/** Account 1 and 2 may not be overdrawn, 3 may not be overpaid, 4 to 6 take anything. */
const allowed = (id: bigint, n: Numbers): boolean => (id <= 2n ? n.dp + n.dd <= n.cd : id === 3n ? n.cp + n.cd <= n.dd : true);
const copy = (world: World): World => structuredClone(world);

function lapse(world: World, now: number): void {
  for (const hold of world.holds.values()) {
    if (!hold.open || hold.until === null || hold.until > now) continue;
    hold.open = false;
    world.accounts.get(hold.from)!.dp -= hold.amount;
    world.accounts.get(hold.to)!.cp -= hold.amount;
  }
}

/** @returns whether the event is booked; changes the world if so. */
function predict(world: World, event: TransferEvent, now: number): boolean {
  if (world.used.has(event.id) || world.burnt.has(event.id)) return false;
  const booked = event.flags?.postPendingTransfer === true || event.flags?.voidPendingTransfer === true ? predictSettlement(world, event) : predictTransfer(world, event, now);
  if (booked) world.used.add(event.id);
  return booked;
}

function predictSettlement(world: World, event: TransferEvent): boolean {
  const hold = world.holds.get(event.pendingId!);
  if (hold === undefined) { if (!world.used.has(event.pendingId!)) world.burnt.add(event.id); return false; }
  const posts = event.flags!.postPendingTransfer === true;
  const amount = posts && event.amount === AMOUNT_MAX ? hold.amount : event.amount!;
  if (posts ? amount > hold.amount : amount !== 0n && amount !== hold.amount) return false;
  if (!hold.open) return false;
  hold.open = false;
  const [from, to] = [world.accounts.get(hold.from)!, world.accounts.get(hold.to)!];
  from.dp -= hold.amount; to.cp -= hold.amount;
  if (posts) { from.dd += amount; to.cd += amount; }
  return true;
}

function predictTransfer(world: World, event: TransferEvent, now: number): boolean {
  const [fromId, toId] = [event.debitAccountId!, event.creditAccountId!];
  if (fromId === toId) return false;
  const from = { ...world.accounts.get(fromId)! }, to = { ...world.accounts.get(toId)! };
  let amount = event.amount!;
  const cap = (room: bigint): void => { amount = room < 0n ? 0n : room < amount ? room : amount; };
  if (event.flags?.balancingDebit === true) cap(from.cd - from.dd - from.dp);
  if (event.flags?.balancingCredit === true) cap(to.dd - to.cd - to.cp);
  if (event.flags?.pending === true) { from.dp += amount; to.cp += amount; } else { from.dd += amount; to.cd += amount; }
  if (!allowed(fromId, { ...from, cd: world.accounts.get(fromId)!.cd }) || !allowed(toId, { ...to, dd: world.accounts.get(toId)!.dd })) { world.burnt.add(event.id); return false; }
  world.accounts.set(fromId, from);
  world.accounts.set(toId, to);
  if (event.flags?.pending === true) world.holds.set(event.id, { from: fromId, to: toId, amount, until: event.timeout! > 0 ? now + event.timeout! * 1000 : null, open: true });
  return true;
}

/** A chain happens whole or leaves the world as it was, but for the id that its refusal burnt. */
function predictBatch(world: World, events: readonly TransferEvent[], now: number): { world: World; booked: boolean[] } {
  const booked: boolean[] = [];
  for (let start = 0; start < events.length;) {
    let end = start;
    while (end < events.length - 1 && events[end]!.flags?.linked === true) end += 1;
    const chain = events.slice(start, end + 1);
    const trial = copy(world);
    let good = chain.at(-1)!.flags?.linked !== true, at = 0;
    for (; at < chain.length && (good || chain.at(-1)!.flags?.linked === true); at++) {
      if (chain[at]!.flags?.linked === true && start + at === events.length - 1) { good = false; break; }
      if (!predict(trial, chain[at]!, now)) { good = false; break; }
    }
    if (good) world = trial; else if (at < chain.length && trial.burnt.has(chain[at]!.id)) world.burnt.add(chain[at]!.id);
    for (const _ of chain) booked.push(good);
    start = end + 1;
  }
  return { world, booked };
}

function randomEvent(random: Random, next: () => bigint, seen: bigint[]): TransferEvent {
  const id = random.chance(0.05) && seen.length > 0 ? random.pick(seen) : next();
  seen.push(id);
  const linked = random.chance(0.15);
  if (random.chance(0.3) && seen.length > 5) {
    const posts = random.chance(0.6);
    const amount = random.chance(0.5) ? (posts ? AMOUNT_MAX : 0n) : BigInt(random.integer(40));
    return { id, pendingId: random.pick(seen.slice(-30).filter((other) => other !== id).concat(999_999n)), amount, flags: { linked, ...(posts ? { postPendingTransfer: true } : { voidPendingTransfer: true }) } };
  }
  const pending = random.chance(0.4);
  const account = (): bigint => BigInt(1 + random.integer(Number(ACCOUNTS)));
  return {
    id, debitAccountId: account(), creditAccountId: account(), amount: BigInt(random.integer(60)), ledger: 1, code: 1, timeout: pending && random.chance(0.4) ? 1 + random.integer(5) : 0,
    flags: { linked, pending, balancingDebit: random.chance(0.1), balancingCredit: random.chance(0.1) },
  };
}

describe('random books', () => {
  it(`agree with an independent auditor after every batch (seed ${SEED})`, async (t) => {
    t.diagnostic(`KIRCHHOFF_SEED=${SEED}`);
    const random = seededRandom(SEED);
    const b = openBooks(test.database, newOperatorId());
    const flags = (id: bigint) => ({ history: true, debitsMustNotExceedCredits: id <= 2n, creditsMustNotExceedDebits: id === 3n });
    const ids = Array.from({ length: Number(ACCOUNTS) }, (_, index) => BigInt(index + 1));
    await b.accounts(...ids.map((id) => ({ id, ledger: 1, code: 1, flags: flags(id) })));
    let world: World = { accounts: new Map(ids.map((id) => [id, { dp: 0n, dd: 0n, cp: 0n, cd: 0n }])), holds: new Map(), used: new Set(), burnt: new Set() };
    const seen: bigint[] = [];
    let serial = 0n;
    for (let batch = 0; batch < BATCHES; batch++) {
      b.clock.advance(random.integer(2_000));
      lapse(world, b.clock.now());
      const events = Array.from({ length: 1 + random.integer(20) }, () => randomEvent(random, () => (serial += 1n), seen));
      const predicted = predictBatch(world, events, b.clock.now());
      const statuses = await b.transfers(...events);
      assert.deepEqual(statuses.map((status) => status === 'created'), predicted.booked, `batch ${batch}: ${statuses.join()}`);
      world = predicted.world;
      if (random.chance(0.2)) await checkpointAccounts(b.handle, { waitMs: 10_000 });
      if (random.chance(0.2)) await extendHashChain(b.handle, { waitMs: 10_000 });
      const accounts = await lookupAccounts(b.handle, ids, b.options);
      assert.deepEqual(accounts.map((a) => [a.debitsPending, a.debitsPosted, a.creditsPending, a.creditsPosted]), ids.map((id) => { const n = world.accounts.get(id)!; return [n.dp, n.dd, n.cp, n.cd]; }), `balances after batch ${batch}`);
    }
    const checks = await test.database.acrossOperators('test', (tx) => auditLedger(tx, { operatorId: b.operatorId }));
    assert.deepEqual(checks.flatMap((check) => check.failures), []);
    for (const id of ids) {
      const [last] = await accountHistory(b.handle, [id], { ...b.options, reversed: true, limit: 1 });
      const n = world.accounts.get(id)!;
      if (last !== undefined) assert.deepEqual([last.debitsPending, last.debitsPosted, last.creditsPending, last.creditsPosted], [n.dp, n.dd, n.cp, n.cd]);
    }
  });
});
