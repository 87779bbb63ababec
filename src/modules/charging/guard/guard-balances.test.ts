import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { ok, type MemberId, type SessionId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { topUpAtCashDesk } from '../../wallets/index.ts';
import { addMember, addPoint, at, auditWorld, createWorld, speaker, type World } from '../world.fixture.ts';
import { changeMemberTerms, guardBalances, STOP_AGAIN_AFTER_MS, STOP_ATTEMPTS_MAX } from './guard-balances.ts';
import { judgeBalance } from './judge-balance.ts';
import { stopRequestsOf } from './store.ts';

const test = await openTestDatabase();

/** A member with so much money charges at 60 kW by day: 1.90 a kWh, 1.90 a minute. */
async function charging(yuan: number) {
  const world = await createWorld(test.database), { chargePointId } = await addPoint(world), { memberId, token } = await addMember(world, yuan);
  world.clock.set(at(0));
  const says = speaker(chargePointId);
  const started = await world.start(says.started(at(0), null, 1_000n, token));
  const ref = `v16:${started.transactionId}`;
  const read = async (minutes: number, kwh: number): Promise<void> => {
    world.clock.set(at(minutes));
    await world.apply([says.read(at(minutes), ref, 1_000n + BigInt(Math.round(kwh * 1_000)), { powerW: 60_000n })]);
  };
  return { world, memberId, chargePointId, ref, says, read, ...guard(world) };
}

function guard(world: World) {
  const asked: string[] = [];
  const look = (): Promise<number> => guardBalances(world.odb, { clock: world.clock, stop: (_tx, { transactionRef, requestedBy }) => { asked.push(`${requestedBy} ${transactionRef}`); return Promise.resolve(ok({ commandId: newUuid() })); } });
  return { asked, look };
}

describe('the guard of a balance', () => {
  it('C-20 stops a charge at the threshold, before the money is gone, once; the bill is paid in full', async () => {
    const { world, ref, says, read, asked, look } = await charging(30);
    await read(5, 5);
    assert.equal(await look(), 0, '30.00 less 9.50 drawn and 2.85 until the next look is above 2.00');
    await read(13, 13);
    assert.equal(await look(), 0, '30.00 less 24.70 and 2.85 is 2.45');
    await read(13.5, 13.5);
    assert.equal(await look(), 1, '30.00 less 25.65 and 2.85 is 1.50');
    assert.deepEqual(asked, [`rule:balance_threshold ${ref}`]);
    assert.equal(await look(), 0, 'asked is asked');
    await world.apply([says.ended(at(14), ref, 1_000n + 14_000n)]);
    assert.equal(await world.balance('member_wallet', (await sessionOf(world)).memberId), 3_000n - 2_660n);
    assert.equal(await world.balance('member_receivable', (await sessionOf(world)).memberId), 0n);
    assert.deepEqual(await auditWorld(world), []);
  });

  it('C-20 a threshold and an overdraft agreed with one member go before the operator\'s; what they do not cover is a receivable, on record', async () => {
    const { world, memberId, ref, says, read, look } = await charging(30);
    const terms = (basedOnVersion: number, overdraftMinor: bigint) => world.odb.transaction((tx) => changeMemberTerms(tx, { memberId, basedOnVersion, balanceThresholdMinor: 0n, overdraftMinor, reason: 'fleet contract', changedBy: 'usr_test', at: world.clock.now() }));
    assert.ok((await terms(0, 5_000n)).ok);
    assert.deepEqual(await terms(0, 9_000n), { ok: false, error: { code: 'member_terms_changed_meanwhile' } });
    await read(20, 20);
    assert.equal(await look(), 0, '30.00 and 50.00 of overdraft less 38.00');
    await read(41, 41);
    assert.equal(await look(), 1, '80.00 less 77.90 and 2.85');
    await world.apply([says.ended(at(41), ref, 1_000n + 41_000n)]);
    assert.equal(-(await world.balance('member_receivable', memberId)), 7_790n - 3_000n);
    assert.deepEqual(await auditWorld(world), []);
  });

  it('C-20 a stop that the charge point does not follow is asked for again, a few times and not for ever; money that comes in ends it', async () => {
    const { world, memberId, read, asked, look } = await charging(10);
    await read(6, 6);
    for (let i = 0; i < STOP_ATTEMPTS_MAX + 3; i++) {
      await look();
      world.clock.advance(STOP_AGAIN_AFTER_MS);
    }
    assert.equal(asked.length, STOP_ATTEMPTS_MAX);
    const other = await charging(10);
    await other.read(6, 6);
    assert.equal(await other.look(), 1);
    other.world.clock.advance(STOP_AGAIN_AFTER_MS);
    assert.ok((await other.world.odb.transaction((tx) => topUpAtCashDesk(tx, { commandId: newUuid(), memberId: other.memberId, amountMinor: 10_000n, actor: 'usr_test' }, { clock: other.world.clock }))).ok);
    assert.equal(await other.look(), 0);
    assert.ok(memberId);
  });

  it('keeps why it asked: what was drawn, what it cost, what there was', async () => {
    const { world, read, look } = await charging(10);
    await read(5, 5);
    await look();
    const [stop] = await world.odb.transaction(async (tx) => stopRequestsOf(tx, (await sessionOf(world)).sessionId));
    assert.deepEqual([stop?.attempt, stop?.energyWh, stop?.costMinor, stop?.fundsMinor, stop?.thresholdMinor, stop?.refused], [1, 5_000n, 950n, 1_000n, 200n, null]);
  });

  it('does not stop for a register that said 0 and then its true value: what is no evidence costs nothing', async () => {
    const { world, look, asked } = await charging(100);
    const { sessionId } = await sessionOf(world);
    await world.odb.transaction((tx) => tx.execute('update charging.session set register_first_wh = 0, register_last_wh = 910031, power_w = 7000 where operator_id = $1 and session_id = $2', [world.operatorId, sessionId]));
    assert.equal(await look(), 0);
    assert.deepEqual(asked, []);
  });

  it('counts all sessions of a member together, since they spend the same money', () => {
    const funds = { availableMinor: 1_000n, heldForSessionsMinor: 2_000n, overdraftMinor: 0n, thresholdMinor: 200n }, one = { costMinor: 1_300n, expectedMinor: 50n };
    assert.deepEqual([judgeBalance(funds, [one]).stop, judgeBalance(funds, [one, one]).stop, judgeBalance(funds, []).stop], [false, false, false]);
    assert.equal(judgeBalance(funds, [one, one, { costMinor: 0n, expectedMinor: 101n }]).stop, true);
  });
});

async function sessionOf(world: World): Promise<{ sessionId: SessionId; memberId: MemberId }> {
  const [row] = await world.odb.transaction((tx) => tx.query<{ sessionId: SessionId; memberId: MemberId }>('select session_id as "sessionId", member_id as "memberId" from charging.session where operator_id = $1', [world.operatorId]));
  return row!;
}
