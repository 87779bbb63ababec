import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { MS_PER_DAY } from '../../kernel/index.ts';
import { sqlState, type Tx } from '../../platform/database/index.ts';
import { addCredential, createDepartment, createFleet, registerVehicle } from '../parties/index.ts';
import { auditReporting, closeStatement, createStatement, findStatement, openBillsOf, openBillsOfCharging, startClosing, sumStatement, withdrawStatement } from './index.ts';
import { recordMovements } from './commands/record-movements.ts';
import { addMember, addPoint, at, billIds, charge, createWorld, deliver, lateReading, speaker, T0_DAY, type World } from '../../../test/support/reporting-world.ts';

const test = await openTestDatabase();
const value = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => { assert.ok(result.ok, result.ok ? '' : String((result.error as { code: string }).code)); return result.value; };
const codeOf = (result: { ok: true } | { ok: false; error: { code: string } }): string => (result.ok ? 'ok' : result.error.code);
const wrong = (world: World): Promise<string[]> => world.odb.transaction(async (tx) => (await auditReporting(tx)).flatMap(({ code, failures }) => failures.map(({ id, detail }) => `${code} ${id}: ${detail}`)));

/** A bus company: a fleet with one vehicle that charges by VIN. */
async function busCompany() {
  const world = await createWorld(test.database);
  const { memberId } = await addMember(world, 5_000);
  const vin = 'LZYTBGCW9K1000001';
  const fleetId = await world.odb.transaction(async (tx) => {
    const id = value(await createFleet(tx, { name: 'Depot' }));
    value(await registerVehicle(tx, { vin, fleetId: id }));
    await addCredential(tx, { memberId, kind: 'vin', token: vin });
    return id;
  });
  const act = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => world.odb.transaction(work);
  const gated = { clock: world.clock, openAbnormalBills: openBillsOfCharging };
  const draft = async (firstOn: string, lastOn: string) => value(await act((tx) => createStatement(tx, { subjectKind: 'fleet', subjectId: fleetId, firstOn, lastOn, madeBy: 'usr_a' }, world)));
  const close = (statementId: string, reason: string | null = null) => act((tx) => closeStatement(tx, { statementId, closedBy: 'usr_a', waiver: reason === null ? null : { reason } }, gated));
  const closing = async (statementId: string, closesOn: string) => act((tx) => startClosing(tx, { statementId, closesOn }, world));
  return { world, vin, fleetId, act, draft, close, closing, gated };
}

/** A charge whose register was reset: its bill is held. */
async function heldCharge(world: World, token: string, minute: number): Promise<ReturnType<typeof speaker>> {
  const { chargePointId } = await addPoint(world);
  const say = speaker(chargePointId);
  const ref = `v201:held${minute}`;
  await world.apply([say.started(at(minute), ref, 50_000n, token), say.read(at(minute + 10), ref, 55_000n), say.read(at(minute + 11), ref, 200n), say.ended(at(minute + 20), ref, 3_200n)]);
  return say;
}

describe('a settlement statement', () => {
  it('C-21 is closed when no bill of it is open any more: until then it is blocked, and counts down', async () => {
    const { world, vin, act, draft, close, closing, gated } = await busCompany();
    await charge(world, { from: 0, token: vin });
    await heldCharge(world, vin, 100);
    await heldCharge(world, (await addMember(world, 100)).token, 200);
    await deliver(test, world);
    const { statementId } = await draft(T0_DAY, T0_DAY);
    assert.equal(codeOf(await close(statementId)), 'statement_not_closing');
    assert.equal(codeOf(await closing(statementId, '2026-03-01')), 'statement_closing_day_past');
    value(await closing(statementId, '2026-03-05'));
    const statement = (await act((tx) => findStatement(tx, statementId)))!;
    assert.deepEqual((await act((tx) => openBillsOf(tx, statement, openBillsOfCharging))).map(({ causes }) => causes), [['meter_register_reset']], 'only the bus company\'s own');
    assert.deepEqual(await close(statementId), { ok: false, error: { code: 'statement_blocked', openBills: 1 } });
    // Whoever owns abnormal bills says that it was dealt with.
    const closed = value(await act((tx) => closeStatement(tx, { statementId, closedBy: 'usr_a', waiver: null }, { ...gated, openAbnormalBills: () => Promise.resolve([]) })));
    assert.deepEqual([closed.state, closed.figures?.total.billCount, closed.figures?.total.totalMinor, closed.figures?.total.heldCount, closed.waived], ['closed', 1n, 1_900n, 1n, null]);
    assert.match(closed.sha256!, /^[0-9a-f]{64}$/);
    assert.deepEqual(await wrong(world), []);
  });

  it('C-21 is closed in spite of open bills only by a waiver with its reason, which keeps what was open', async () => {
    const { world, vin, draft, close, closing } = await busCompany();
    await heldCharge(world, vin, 100);
    await deliver(test, world);
    const { statementId } = await draft(T0_DAY, T0_DAY);
    value(await closing(statementId, '2026-03-03'));
    const waived = value(await close(statementId, 'the customer agreed by telephone'));
    assert.deepEqual([waived.state, waived.waiverReason, waived.waived?.map(({ causes }) => causes)], ['waived', 'the customer agreed by telephone', [['meter_register_reset']]]);
    assert.equal(codeOf(await close(statementId, 'again')), 'statement_not_open');
  });

  it('C-21 is not waived when nothing is open, nor closed before its days are over', async () => {
    const { world, vin, draft, close, closing } = await busCompany();
    await charge(world, { from: 0, token: vin });
    const [done, running] = [await draft(T0_DAY, T0_DAY), await draft('2026-03-03', '2026-03-31')];
    value(await closing(done.statementId, '2026-03-05'));
    value(await closing(running.statementId, '2026-04-05'));
    assert.equal(codeOf(await close(done.statementId, 'just so')), 'statement_nothing_to_waive');
    assert.equal(codeOf(await close(running.statementId)), 'statement_period_not_over');
    assert.equal(value(await close(done.statementId)).figures?.total.totalMinor, 1_900n, 'what was issued and not told of yet is in it');
  });

  it('C-07 C-21 stays as it was: a correction that arrives later is in the next statement, once', async () => {
    const { world, vin, act, draft, close, closing } = await busCompany();
    const session = await charge(world, { from: 594, token: vin });
    await deliver(test, world);
    const first = await draft(T0_DAY, T0_DAY);
    value(await closing(first.statementId, '2026-03-05'));
    const before = value(await close(first.statementId));
    await lateReading(world, session, { minute: 3, registerWh: 54_000n });
    await charge(world, { from: 24 * 60, token: vin });
    await deliver(test, world);
    world.clock.advance(2 * MS_PER_DAY);
    const second = await draft('2026-03-03', '2026-03-03'), third = await draft('2026-03-04', '2026-03-04');
    const preview = await act((tx) => sumStatement(tx, second));
    for (const { statementId } of [second, third]) value(await closing(statementId, '2026-03-08'));
    const next = value(await close(second.statementId));
    assert.deepEqual(next.figures, preview);
    assert.notEqual(next.figures?.adjustments.totalMinor, 0n);
    assert.equal(next.figures!.total.totalMinor, 1_900n + next.figures!.adjustments.totalMinor);
    assert.deepEqual(await act((tx) => findStatement(tx, first.statementId)), before);
    assert.equal(value(await close(third.statementId)).figures?.movements, 0n);
    assert.deepEqual(await wrong(world), []);
    await assert.rejects(act((tx) => tx.execute(`update reporting.statement set sha256 = null where operator_id = $1 and statement_id = $2`, [world.operatorId, first.statementId])), /append_only/);
  });

  it('C-21 settles what its figures say: what is counted while it closes is in it as a whole, or in the next one', async () => {
    const { world, vin, act, draft, closing, gated } = await busCompany();
    await charge(world, { from: 0, token: vin });
    await deliver(test, world);
    const { statementId } = await draft(T0_DAY, T0_DAY);
    value(await closing(statementId, '2026-03-05'));
    // A bill that is issued and counted between the two looks that closing takes; whoever has to wait for that gives up.
    const meanwhile = async () => {
      await charge(world, { from: 60, token: vin });
      const issued = await billIds(world);
      await act(async (tx) => {
        await tx.execute(`set local lock_timeout = '300ms'`);
        await recordMovements(tx, issued, world);
      }).catch((error: unknown) => assert.equal(sqlState(error), '55P03'));
    };
    const closed = value(await act((tx) => closeStatement({
      ...tx, execute: async (...of: Parameters<Tx['execute']>) => {
        if (String(of[0]).includes('insert into reporting.statement_movement')) await meanwhile();
        return tx.execute(...of);
      },
    }, { statementId, closedBy: 'usr_a', waiver: null }, { ...gated, openAbnormalBills: () => Promise.resolve([]) })));
    const [settled] = await act((tx) => tx.query<{ count: bigint }>('select count(*) as count from reporting.statement_movement where operator_id = $1 and statement_id = $2', [world.operatorId, statementId]));
    assert.equal(settled?.count, closed.figures?.movements);
  });

  it('is for a subject that exists, over days that no other statement of it has; withdrawn, its days are free again', async () => {
    const { world, act, draft, fleetId } = await busCompany();
    const attempt = (of: object) => act((tx) => createStatement(tx, { subjectKind: 'fleet', subjectId: fleetId, firstOn: T0_DAY, lastOn: T0_DAY, madeBy: 'usr_a', ...of }, world));
    assert.equal(codeOf(await attempt({ lastOn: '2026-03-01' })), 'statement_span_invalid');
    assert.equal(codeOf(await attempt({ subjectKind: 'department' })), 'statement_subject_not_found');
    const { statementId } = await draft('2026-03-01', '2026-03-31');
    assert.equal(codeOf(await attempt({})), 'statement_overlaps');
    const department = value(await act((tx) => createDepartment(tx, { name: 'D' })));
    assert.equal(codeOf(await attempt({ subjectKind: 'department', subjectId: department })), 'ok');
    value(await act((tx) => withdrawStatement(tx, statementId)));
    assert.equal(codeOf(await act((tx) => withdrawStatement(tx, statementId))), 'statement_not_open');
    assert.equal(codeOf(await attempt({})), 'ok');
  });
});
