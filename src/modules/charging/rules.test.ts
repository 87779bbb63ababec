import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { addMs, MS_PER_HOUR, MS_PER_MINUTE } from '../../kernel/index.ts';
import { NO_ORIGIN, SYSTEM_ACTOR } from '../../platform/audit-log/index.ts';
import { resultOf } from './domain/backtest.ts';
import {
  backtest, changeRules, DEFAULT_RULES, listRuleSets, loadRules, loadSessionStory, proposeCorrections, rederiveSessions, requestBacktest, runBacktest, sessionOutcomes, sweepSilentSessions, workBacktest, type BacktestResult,
  type ChargePointFact,
} from './index.ts';
import { addMember, addPoint, at, auditWorld, createWorld, speaker, type World } from './world.fixture.ts';

const test = await openTestDatabase();
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) assert.deepEqual(await auditWorld(world), []);
});

async function live(maxPowerW = 60_000n) {
  const world = await createWorld(test.database);
  worlds.push(world);
  const { token } = await addMember(world, 500);
  const point = await addPoint(world, { maxPowerW });
  const say = speaker(point.chargePointId);
  const outcomes = async () => (await world.odb.transaction((tx) => sessionOutcomes(tx))).sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
  const status = (minute: number, reported: string): ChargePointFact => {
    const { kind: _kind, registerWh: _wh, powerW: _w, socPercent: _soc, context: _context, seqNo: _seq, offline: _offline, ...origin } = say.read(at(minute), null, null);
    return { ...origin, kind: 'status', status: reported, errorCode: null };
  };
  const change = (thresholds: object, fromVersion = 0, reason = 'tried on the past') =>
    world.odb.transaction((tx) => changeRules(tx, { thresholds, fromVersion, reason, actor: SYSTEM_ACTOR, from: NO_ORIGIN }, { clock: world.clock }));
  const sweep = (minute: number) => world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: { now: () => at(minute) } }));
  const charge = async (name: string, from: number, hours = 1): Promise<void> =>
    world.apply([say.started(at(from), `v201:${name}`, 1_000n + BigInt(from) * 100n, token), say.read(at(from + 30), `v201:${name}`, 6_000n + BigInt(from) * 100n), say.ended(at(from + hours * 60), `v201:${name}`, 6_000n + BigInt(from) * 100n)]);
  return { world, token, say, outcomes, status, change, sweep, charge, ...point };
}

describe('rules of an operator', () => {
  it('are the program\'s until they are changed; a change is a version with a reason, and stands in the audit log', async () => {
    const { world, change } = await live();
    assert.deepEqual(await world.odb.transaction((tx) => loadRules(tx)), { version: 0, rules: DEFAULT_RULES });
    const changed = await change({ sessionDurationMaxMs: 6 * MS_PER_HOUR, edgeWhMax: '250' });
    assert.deepEqual(changed, { ok: true, value: { version: 1, rules: { ...DEFAULT_RULES, sessionDurationMaxMs: 6 * MS_PER_HOUR, edgeWhMax: 250n } } });
    assert.deepEqual((await world.odb.transaction((tx) => loadRules(tx))).rules.edgeWhMax, 250n);
    assert.deepEqual((await change({ edgeWhMax: 100 }, 1)).ok, true);
    const sets = await world.odb.transaction((tx) => listRuleSets(tx));
    assert.deepEqual(sets.map(({ version, rules, reason }) => [version, rules.edgeWhMax, rules.sessionDurationMaxMs, reason]), [[2, 100n, 6 * MS_PER_HOUR, 'tried on the past'], [1, 250n, 6 * MS_PER_HOUR, 'tried on the past']]);
    const acts = await world.odb.transaction((tx) => tx.query<{ act: string; before: object; after: object; reason: string }>('select act, before, after, reason from platform.audit_entry where operator_id = $1 order by recorded_at, entry_id', [world.operatorId]));
    assert.deepEqual(acts[0], { act: 'charging.change_rules', before: { version: 0, sessionDurationMaxMs: 48 * MS_PER_HOUR, edgeWhMax: '100' }, after: { version: 1, sessionDurationMaxMs: 6 * MS_PER_HOUR, edgeWhMax: '250' }, reason: 'tried on the past' });
  });

  it('are refused where they make no sense, change nothing, have no reason, or were decided on others than those in force', async () => {
    const { change } = await live();
    const code = async (...of: Parameters<typeof change>) => { const result = await change(...of); return result.ok ? 'ok' : result.error.code; };
    assert.deepEqual([await code({ nonsense: 1 }), await code({ edgeWhMax: 'much' }), await code({ edgeWhMax: 10_001 }), await code({ edgeWhMax: 100 }), await code({ edgeWhMax: 200 }, 0, ' '), await code({ edgeWhMax: 200 }, 3), await code({ edgeWhMax: 1.5 })],
      ['unknown_rule', 'rule_not_whole', 'rule_out_of_limits', 'rules_unchanged', 'rules_reason_missing', 'rules_changed_meanwhile', 'rule_not_whole']);
    assert.deepEqual([await code({ edgeWhMax: 200 }), await code({ edgeWhMax: 300 })], ['ok', 'rules_changed_meanwhile']);
  });

  it('judge what ends from then on; a bill that was made before stays as it is and names the rules it was made by', async () => {
    const { world, charge, change, outcomes } = await live();
    await charge('before', 0, 8);
    assert.equal((await change({ sessionDurationMaxMs: 6 * MS_PER_HOUR })).ok, true);
    await charge('after', 600, 8);
    const [before, after] = await outcomes();
    assert.deepEqual([before!.flagCauses, after!.flagCauses], [[], ['session_too_long']]);
    const versions = () => world.odb.transaction((tx) => tx.query<{ version: number; rulesVersion: number; reason: string }>('select version, rules_version as "rulesVersion", reason from charging.bill where operator_id = $1 order by recorded_at, version', [world.operatorId]));
    assert.deepEqual((await versions()).map(({ rulesVersion }) => rulesVersion), [0, 1]);
    await world.odb.transaction((tx) => rederiveSessions(tx, [before!.sessionId], { clock: world.clock }));
    assert.deepEqual((await versions()).map(({ rulesVersion, reason }) => `${rulesVersion} ${reason}`).sort(), ['0 ended', '1 ended', '1 rederived'], 'who asks for it to be judged again gets the rules in force');
  });

  it('that do not concern a bill leave it alone: the same facts give the same bill', async () => {
    const { world, charge, change, outcomes } = await live();
    await charge('a', 0);
    await change({ duplicateStartMs: 5 * MS_PER_MINUTE });
    const { sessionId } = (await outcomes())[0]!;
    await world.odb.transaction((tx) => rederiveSessions(tx, [sessionId], { clock: world.clock }));
    assert.equal((await world.odb.transaction((tx) => loadSessionStory(tx, sessionId)))?.versions.length, 1);
  });
});

describe('lost bills, with the charge point around them', () => {
  it('C-14 offline while charging, idle when it returned, bill never sent: told from one that is still silent, and repaired by the next register', async () => {
    const { world, say, token, outcomes, status, sweep } = await live();
    await world.apply([say.started(at(0), 'v201:a', 1_000n, token), say.read(at(10), 'v201:a', 9_000n), say.read(at(20), 'v201:a', 17_000n)]);
    assert.equal(await sweep(200), 1);
    assert.deepEqual((await outcomes())[0]!.flagCauses, ['stop_never_arrived_silent']);
    await world.apply([{ ...status(50, 'Available'), recordedAt: at(210) }]);
    assert.equal(await sweep(211), 1, 'it is derived again because its charge point is back');
    const [lost] = await outcomes();
    assert.deepEqual([lost!.flagCauses, lost!.proposedWh], [['bill_never_arrived'], 16_000n]);
    assert.equal(await sweep(212), 0);
    await world.apply([say.read(at(220), null, 36_500n)]);
    const proposal = (await world.odb.transaction((tx) => proposeCorrections(tx, [lost!.sessionId], { clock: world.clock }))).get(lost!.sessionId);
    assert.deepEqual([proposal?.primaryCause, proposal?.chosen, proposal?.automatic, proposal?.candidates.find(({ source }) => source === 'registers')?.energyWh], ['bill_never_arrived', 'registers', true, 35_500n]);
    await world.apply([say.ended(at(48), 'v201:a', 36_400n, { recordedAt: at(300) })]);
    assert.deepEqual((await outcomes()).map(({ billState, billedWh, flagCauses }) => [billState, billedWh, flagCauses]), [['settled', 35_400n, []]], 'a bill that comes after all reconciles it');
  });

  it('C-10 the bill of 244.40: register 0 in the heartbeat, a jump to 92.27, offline, idle, and 128.63 afterwards', async () => {
    const { world, say, token, outcomes, status, sweep } = await live(64_000n);
    await world.apply([say.read(at(-1), null, 0n), say.started(at(0), 'v201:a', 0n, token), say.read(at(0.5), 'v201:a', 92_270n)]);
    await world.apply([{ ...status(34, 'Available'), recordedAt: at(34) }, say.read(at(34.2), null, 128_630n)]);
    assert.equal(await sweep(300), 1);
    const [lost] = await outcomes();
    assert.deepEqual(lost!.flagCauses, ['bill_never_arrived', 'meter_register_zero_before_start']);
    const proposal = (await world.odb.transaction((tx) => proposeCorrections(tx, [lost!.sessionId], { clock: world.clock }))).get(lost!.sessionId);
    const chosen = proposal?.candidates.findIndex(({ source }) => source === proposal.chosen) ?? -1;
    assert.deepEqual([proposal?.chosen, proposal?.candidates[chosen]?.energyWh, proposal?.priced[chosen]?.totalMinor], ['registers', 36_360n, 6_908n]);
    assert.ok(proposal?.candidates.every(({ energyWh }) => energyWh < 60_000n));
  });

  it('C-13 the same start again with another number leaves an empty session, and nothing wrong with either', async () => {
    const { world, say, token, outcomes } = await live();
    await world.apply([say.started(at(0), 'v201:a', 5_000n, token)]);
    await world.apply([say.started(at(1), 'v201:b', 5_000n, token), say.ended(at(31), 'v201:b', 15_000n)]);
    assert.deepEqual((await outcomes()).map(({ billState, billedWh, flagCauses }) => [billState, billedWh, flagCauses]), [['settled', 0n, ['duplicate_start']], ['settled', 10_000n, []]]);
  });

  it('what a source states by itself is kept, and compared each time the session is derived', async () => {
    const { world, say, token, outcomes } = await live();
    await world.apply([say.started(at(0), 'v201:a', 0n, token), say.ended(at(30), 'v201:a', 10_000n, { stated: { energyWh: 12_000n, durationMs: 30 * MS_PER_MINUTE, amountMinor: 1_234n } })]);
    const { sessionId, flagCauses } = (await outcomes())[0]!;
    assert.deepEqual(flagCauses, ['stated_energy_differs']);
    await world.odb.transaction((tx) => rederiveSessions(tx, [sessionId], { clock: world.clock }));
    assert.equal((await world.odb.transaction((tx) => loadSessionStory(tx, sessionId)))?.versions.length, 1);
  });
});

describe('a back-test', () => {
  it('counts what other thresholds would have done, by cause, with energy and money, and changes nothing', async () => {
    const { world, charge, outcomes } = await live();
    for (const [i, hours] of [1, 3, 7, 9].entries()) await charge(`s${i}`, i * 700, hours);
    const before = await outcomes();
    const progress: string[] = [];
    const newRules = { ...DEFAULT_RULES, sessionDurationMaxMs: 6 * MS_PER_HOUR };
    const run = { oldRules: DEFAULT_RULES, newRules, from: null, to: null };
    const result = await runBacktest(world.odb, { ...run, onProgress: ({ done, of }) => void progress.push(`${done}/${of}`) });
    assert.ok(result);
    assert.deepEqual([result.bills, result.changed, result.before.held, result.after.held, progress], [4, 2, 0, 2, ['4/4']]);
    const [cause] = result.causes;
    assert.deepEqual([cause?.cause, cause?.before.bills, cause?.after.bills, cause?.appears, cause?.after.energyWh], ['session_too_long', 0, 2, 2, 10_000n]);
    assert.equal(result.before.chargedMinor - result.after.chargedMinor, result.after.proposedMinor, 'what is no longer charged is held back');
    assert.deepEqual(result.samples.map(({ change, before: was, after: is }) => [change, was.state, is.state]), [['appears', 'settled', 'held'], ['appears', 'settled', 'held']]);
    assert.deepEqual(await outcomes(), before);
    const half = await runBacktest(world.odb, { ...run, from: at(1_300), to: at(2_000) });
    assert.equal(half?.bills, 1);
    assert.equal(await runBacktest(world.odb, { ...run, signal: AbortSignal.abort() }), null);
  });

  it('of the same rules changes nothing, and of none is empty', async () => {
    const { world, charge } = await live();
    await charge('a', 0);
    const result = await runBacktest(world.odb, { oldRules: DEFAULT_RULES, newRules: DEFAULT_RULES, from: null, to: null });
    assert.deepEqual([result?.bills, result?.changed, result?.samples], [1, 0, []]);
    assert.deepEqual(backtest([], DEFAULT_RULES, DEFAULT_RULES), resultOf({ bills: 0, changed: 0, before: empty(), after: empty(), causes: new Map(), samples: [] }));
  });

  it('that was asked for is worked once, with its progress and result kept; what was left half done is worked anew', async () => {
    const { world, charge } = await live();
    await charge('a', 0, 7);
    const ask = (thresholds: object, from: number | null = null, to: number | null = null) => world.odb.transaction((tx) => requestBacktest(tx, { thresholds, from: from === null ? null : at(from), to: to === null ? null : at(to), requestedBy: 'somebody' }, { clock: world.clock }));
    const asked = await ask({ sessionDurationMaxMs: 6 * MS_PER_HOUR });
    assert.ok(asked.ok);
    assert.deepEqual([asked.value.state, asked.value.fromVersion, asked.value.result], ['waiting', 0, null]);
    await world.odb.transaction((tx) => tx.execute(`update charging.backtest set state = 'running', lease_until = to_timestamp($2 / 1000.0) where operator_id = $1`, [world.operatorId, world.clock.now() + 1_000]));
    assert.equal(await workBacktest(world.odb, { clock: world.clock }), null, 'somebody else is at it');
    const worked = await workBacktest(world.odb, { clock: { now: () => addMs(world.clock.now(), MS_PER_HOUR) } });
    const result = worked?.result as BacktestResult;
    assert.deepEqual([worked?.state, worked?.billsDone, worked?.billsOf, result.changed, result.causes[0]?.cause, result.causes[0]?.after.energyWh], ['done', 1, 1, 1, 'session_too_long', '5000']);
    const bills = await world.odb.transaction((tx) => tx.query<{ attempt: number }>('select attempt from charging.backtest_bill where operator_id = $1', [world.operatorId]));
    assert.deepEqual([worked?.attempt, worked?.newlyFlagged, bills.map(({ attempt }) => attempt)], [1, 1, [1]], 'the bill is named once');
    assert.equal(await workBacktest(world.odb, { clock: world.clock }), null);
    assert.deepEqual([(await ask({ nonsense: 1 })).ok, (await ask({}, 10, 5)).ok], [false, false]);
    const again = await ask({ sessionDurationMaxMs: 5 * MS_PER_HOUR });
    assert.ok(again.ok);
    const overtaken = async (clock: { now: () => ReturnType<typeof addMs> }) => workBacktest(world.odb, { clock });
    let others: Awaited<ReturnType<typeof overtaken>> = null;
    // The lease of the first runs out while it works: by then another has begun and finished it.
    const slow = { now: () => world.clock.now() };
    const original = world.odb.transaction.bind(world.odb);
    let calls = 0;
    const stalled = { ...world.odb, transaction: async (work: Parameters<typeof original>[0]) => { if (++calls === 4) others = await overtaken({ now: () => addMs(world.clock.now(), MS_PER_HOUR) }); return original(work); } } as typeof world.odb;
    const first = await workBacktest(stalled, { clock: slow });
    assert.deepEqual([first?.state, first?.attempt, (others as typeof first)?.attempt, first?.newlyFlagged], ['done', 2, 2, 1], 'the one that was overtaken has changed nothing');
    for (let i = 0; i < 5; i++) assert.equal((await ask({})).ok, true);
    assert.deepEqual(await ask({}), { ok: false, error: { code: 'too_many_backtests' } });
  });
});

const empty = () => ({ held: 0, flagged: 0, chargedWh: 0n, chargedMinor: 0n, proposedWh: 0n, proposedMinor: 0n });
