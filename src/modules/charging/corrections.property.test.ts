import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { openTestDatabase } from '../../../test/support/database.ts';
import { addMs, MS_PER_DAY, type CorrectionId, type MemberId, type SessionId } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { adjustWallet, giveByHand, setCouponRule, topUpAtCashDesk } from '../wallets/index.ts';
import { setMemberStatus } from '../parties/index.ts';
import { correctBill, defaultPolicy, rederiveSessions, revertCorrection, setPolicy, sweepSilentSessions, type ChargePointFact, type EnergySource } from './index.ts';
import { addMember, addPoint, at, auditWorld, createWorld, resent, speaker, T0, type World } from './world.fixture.ts';

const test = await openTestDatabase();

/**
 * The promise of corrections (C-06): whatever is decided about a bill, undone, repeated and learnt later, in whatever order, the books hold the
 * current version and nothing else, and undoing leaves what there would be without the decision. A second operator lives the same facts without
 * any decision; once every correction is reverted, both must be equal in every figure and every balance.
 */
type Step =
  | { readonly do: 'correct'; readonly source: EnergySource; readonly energyWh: number } | { readonly do: 'again' | 'revert' | 'revert_again' | 'rederive' | 'top_up' | 'take_back' | 'freeze' }
  | { readonly do: 'fact' | 'resend'; readonly which: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('correct' as const), source: fc.constantFrom<EnergySource>('platform_count', 'registers', 'estimate', 'typed', 'typed'), energyWh: fc.integer({ min: 0, max: 45_000 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('again', 'revert', 'revert', 'revert_again', 'rederive', 'top_up', 'take_back', 'freeze') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('fact', 'fact', 'resend'), which: fc.integer({ min: 0, max: 9 }) }),
  });
type Life = { readonly fault: 'lost' | 'zero_start' | 'reset' | 'no_register'; readonly yuan: number; readonly policy: 'hold' | 'settle_first'; readonly coupon: boolean; readonly startHour: number; readonly steps: readonly Step[] };
const life: fc.Arbitrary<Life> = fc.record({
  fault: fc.constantFrom('lost', 'zero_start', 'reset', 'no_register'), yuan: fc.constantFrom(0, 6, 30, 400), policy: fc.constantFrom('hold', 'settle_first'), coupon: fc.boolean(),
  startHour: fc.integer({ min: 0, max: 12 }), steps: fc.array(step, { minLength: 3, maxLength: 12 }),
});

/** The first facts make a bill in doubt; the others come late. */
function factsOf({ fault, startHour }: Life, chargePointId: Parameters<typeof speaker>[0], token: string): { first: ChargePointFact[]; late: ChargePointFact[] } {
  const say = speaker(chargePointId);
  const minute = (m: number) => at(startHour * 60 + m);
  const start = say.started(minute(0), 'v201:t', fault === 'zero_start' ? 0n : fault === 'no_register' ? null : 500_000n, token);
  const reads = fault === 'no_register' ? [] : [say.read(minute(10), 'v201:t', 505_000n), say.read(minute(20), 'v201:t', fault === 'reset' ? 1_000n : 511_000n), say.read(minute(30), 'v201:t', fault === 'reset' ? 4_000n : 520_000n)];
  const end = say.ended(minute(40), 'v201:t', fault === 'no_register' ? -1n : fault === 'reset' ? 9_000n : 526_000n);
  const late = [say.read(minute(35), 'v201:t', fault === 'reset' ? 6_000n : 523_000n), say.read(minute(5), 'v201:t', 502_000n), say.read(minute(25), 'v201:t', fault === 'reset' ? 2_500n : 515_000n)];
  return fault === 'lost' ? { first: [start, ...reads], late: [...late, end] } : { first: [start, ...reads, end], late };
}

type Player = Awaited<ReturnType<typeof open>>;
async function open(each: Life) {
  const world = await createWorld(test.database);
  await world.odb.transaction((tx) => setPolicy(tx, { ...defaultPolicy('CNY'), abnormalBills: each.policy }, world));
  const { memberId, token } = await addMember(world, each.yuan);
  if (each.coupon) await gift(world, memberId);
  const { chargePointId, connectorIds } = await addPoint(world);
  const { first, late } = factsOf(each, chargePointId, token);
  await world.apply(first);
  await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(24 * 60) } }));
  const [row] = await world.odb.transaction((tx) => tx.query<{ session_id: SessionId }>('select session_id from charging.session where operator_id = $1', [world.operatorId]));
  return { world, memberId, connectorId: connectorIds[0]!, sessionId: row!.session_id, first, late, commands: [] as { commandId: string; source: EnergySource; energyWh: bigint | null }[], accepted: [] as CorrectionId[] };
}

async function gift(world: World, memberId: MemberId): Promise<void> {
  await world.odb.transaction(async (tx) => {
    const rule = await setCouponRule(tx, {
      name: 'Five off', issueCondition: 'by_hand', topUpMinimumMinor: null, denominationMinor: 500n, couponsPerGift: 1, giftsMax: null, onSaleFrom: addMs(T0, -MS_PER_DAY), onSaleTo: null, validityDays: null,
      validFrom: addMs(T0, -MS_PER_DAY), validTo: addMs(T0, 7 * MS_PER_DAY), stationIds: [], thresholdMinor: 0n, useMax: 1, isOn: true, remark: null, ruleId: null, seenVersion: null, changedBy: 'usr',
    }, world);
    assert.ok(rule.ok);
    assert.ok((await giveByHand(tx, { commandId: newUuid(), ruleId: rule.value.ruleId, memberIds: [memberId], givenBy: 'usr', reason: 'sorry' }, world)).ok);
  });
}

const inTx = <T>({ world }: Pick<Player, 'world'>, work: Parameters<World['odb']['transaction']>[0]): Promise<T> => world.odb.transaction(work) as Promise<T>;
const correct = (player: Player, act: { commandId: string; source: EnergySource; energyWh: bigint | null }) => inTx<Awaited<ReturnType<typeof correctBill>>>(player, (tx) =>
  correctBill(tx, { ...act, sessionId: player.sessionId, reason: 'tried', decidedBy: 'person', actor: 'usr', approval: null }, player.world));
const revert = (player: Player, correctionId: CorrectionId) => inTx<Awaited<ReturnType<typeof revertCorrection>>>(player, (tx) => revertCorrection(tx, { correctionId, reason: 'undone', actor: 'usr' }, player.world));

/** What decides nothing happens to both operators; decisions to the first alone. */
async function play(decides: Player, only: Player, each: Step): Promise<void> {
  const both = [decides, only];
  switch (each.do) {
    case 'correct': {
      const act = { commandId: newUuid(), source: each.source, energyWh: each.source === 'typed' ? BigInt(each.energyWh) : null };
      const made = await correct(decides, act);
      if (made.ok) { decides.commands.push(act); decides.accepted.push(made.value.correctionId); }
      return;
    }
    case 'again': { const last = decides.commands.at(-1); if (last) assert.ok((await correct(decides, last)).ok, 'the same command again answers the same'); return; }
    case 'revert': case 'revert_again': { const last = decides.accepted.at(each.do === 'revert' ? -1 : 0); if (last) await revert(decides, last); return; }
    case 'rederive': for (const player of both) await inTx(player, (tx) => rederiveSessions(tx, [player.sessionId], player.world)); return;
    case 'fact': for (const player of both) { const fact = player.late[each.which % player.late.length]; if (fact) await player.world.apply([fact]); } return;
    case 'resend': for (const player of both) { const all = [...player.first, ...player.late]; await player.world.apply([resent(all[each.which % all.length]!)]); } return;
    case 'top_up': for (const player of both) await inTx(player, (tx) => topUpAtCashDesk(tx, { commandId: newUuid(), memberId: player.memberId, amountMinor: 700n, actor: 'usr' }, player.world)); return;
    // Money that goes back to the member while the bill is in doubt: what the wallet then lacks is owed.
    case 'take_back':
      if ((await Promise.all(both.map((player) => player.world.balance('member_wallet', player.memberId)))).some((wallet) => wallet < 300n)) return;
      for (const player of both) await inTx(player, (tx) => adjustWallet(tx, { commandId: newUuid(), memberId: player.memberId, kind: 'refund', direction: 'debit', amountMinor: 300n, reason: 'asked', actor: 'usr', approval: null }, player.world));
      return;
    case 'freeze': for (const player of both) await inTx(player, (tx) => setMemberStatus(tx, player.memberId, 'frozen')); return;
  }
}

async function figures({ world, memberId, connectorId }: Player): Promise<Record<string, unknown>> {
  const books: Record<string, bigint> = {};
  for (const kind of ['member_wallet', 'member_receivable', 'charging_clearing'] as const) books[kind] = await world.balance(kind, memberId);
  for (const kind of ['revenue_electricity', 'revenue_service', 'revenue_occupancy', 'promotion_expense', 'grid_intake', 'energy_billed'] as const) books[kind] = await world.balance(kind, null);
  books.connector_energy = await world.balance('connector_energy', connectorId);
  const bill = await world.odb.transaction((tx) => tx.query(
    `select b.state, b.energy_wh, b.total_minor, b.electricity_minor, b.proposed_energy_wh, b.proposed_total_minor, b.flags, b.correction_id, b.from_coupon_minor,
       (select json_agg(json_build_array(l.kind, l.period_kind, l.energy_wh, l.amount_minor, l.charged) order by l.line_number) from charging.bill_line l where l.operator_id = b.operator_id and l.bill_id = b.bill_id) as lines
     from charging.session s join charging.bill b on b.operator_id = s.operator_id and b.bill_id = s.current_bill_id where s.operator_id = $1`, [world.operatorId]));
  return { books, bill };
}

/** What the ledger holds is what the current version says, whatever came before it. */
async function booksAreTheCurrentBill(player: Player): Promise<void> {
  const { books, bill } = await figures(player) as { books: Record<string, bigint>; bill: { energy_wh: bigint; total_minor: bigint; state: string }[] };
  assert.equal(books.revenue_electricity! + books.revenue_service! + books.revenue_occupancy!, bill[0]!.total_minor);
  assert.equal(-books.energy_billed!, bill[0]!.energy_wh);
  assert.equal(books.charging_clearing, 0n);
  assert.ok(books.member_wallet! >= 0n);
}

/** Money that came in between pays a bill when its next version is made, and not before: what a member has and owes is one figure. */
function owed(of: Record<string, unknown>): Record<string, unknown> {
  const { member_wallet: wallet, member_receivable: receivable, ...books } = of.books as Record<string, bigint>;
  return { ...of, books: { ...books, net: wallet! + receivable! } };
}

const seed = Number(process.env.SEED ?? (Math.random() * 2 ** 31) | 0);
const numRuns = Number(process.env.RUNS ?? 20);

it(`C-06 corrections, reverts, late facts and repeats in any order leave the current bill alone in the books, and undone they leave nothing (seed ${seed})`, async () => {
  let decided = 0;
  await fc.assert(fc.asyncProperty(life, async (each) => {
    const [decides, only] = [await open(each), await open(each)];
    for (const one of each.steps) {
      await play(decides, only, one);
      await booksAreTheCurrentBill(decides);
    }
    assert.deepEqual(await auditWorld(decides.world), []);
    for (const correctionId of decides.accepted.toReversed()) assert.ok((await revert(decides, correctionId)).ok);
    // A session that was closed by evidence and speaks again waits until it is silent: both are brought up to date.
    await play(decides, only, { do: 'rederive' });
    await booksAreTheCurrentBill(decides);
    assert.deepEqual(owed(await figures(decides)), owed(await figures(only)));
    assert.deepEqual(await auditWorld(decides.world), []);
    assert.deepEqual(await auditWorld(only.world), []);
    decided += decides.accepted.length;
  }), { seed, numRuns });
  assert.ok(decided >= numRuns / 2, `only ${decided} corrections were made in ${numRuns} lives`);
});
