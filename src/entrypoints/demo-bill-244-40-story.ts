import { addMs, instant, MS_PER_HOUR, MS_PER_MINUTE, toIso, type Clock, type MemberId, type OperatorId, type SessionId } from '../kernel/index.ts';
import { createUser } from '../modules/access/index.ts';
import { defaultPolicy, loadSessionStory, proposeCorrections, sessionOutcomes, setPolicy, sweepSilentSessions, type CorrectionProposal } from '../modules/charging/index.ts';
import { accountId, ENERGY_LEDGER, lookupAccounts, moneyLedger } from '../modules/ledger/index.ts';
import { createChargePoint, createStation } from '../modules/locations/index.ts';
import { startApplier, startGateway } from '../modules/ocpp-gateway/index.ts';
import { addCredential, createMember, createOperator } from '../modules/parties/index.ts';
import { applyCase, caseEvents, casesOf, revertCase, type By, type RepairCase } from '../modules/repair/index.ts';
import { assignTariff, createTariff } from '../modules/tariffs/index.ts';
import { topUpAtCashDesk, walletBalances } from '../modules/wallets/index.ts';
import { NO_ORIGIN } from '../platform/audit-log/index.ts';
import { manualClock, newUuid } from '../platform/clock/index.ts';
import type { Database, OperatorDatabase } from '../platform/database/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { deliverAll } from '../platform/outbox/index.ts';
import { REPAIR_SUBJECTS, repairSubscriber, undeliveredSubjects } from './repair-subjects.ts';
import { auditSummary, type AuditSummary } from './simulate-audit.ts';
import { kwh, LAST_WH, openStoryPoint, TRUE_FIRST_WH, type LivedTime, type StoryPoint } from './demo-bill-244-40-point.ts';

/** In minor units and Wh: what the member has, what was earned, and what was metered but is in no bill that charges. */
export type StoryBooks = { readonly walletMinor: bigint; readonly revenueMinor: bigint; readonly billedWh: bigint; readonly balanced: boolean };
export type StoryStep = { readonly at: string; readonly what: string; readonly evidence: readonly string[]; readonly books: StoryBooks };
export type StoryCheck = { readonly what: string; readonly holds: boolean };
export type StoryResult = {
  readonly steps: readonly StoryStep[]; readonly versions: readonly string[]; readonly caseTimeline: readonly string[]; readonly checks: readonly StoryCheck[]; readonly audit: AuditSummary; readonly good: boolean;
};

/** 14:40 in Shanghai. */
const BEGINS = instant(Date.UTC(2019, 9, 24, 6, 40));
/** What the operator entered: the cabinet's power. Its connectors deliver 64 kW. */
const ENTERED_POWER_W = 240_000n, TRUE_POWER_W = 64_000n;
const TOPPED_UP_MINOR = 50_000n, NAIVE_MINOR = 24_440n, TRUE_MINOR = 6_908n, TRUE_WH = BigInt(LAST_WH - TRUE_FIRST_WH);
const RATE = { electricity: { value: 12_000n, scale: 4 }, service: { value: 7_000n, scale: 4 } };
const DELIVERY_DEADLINE_MS = 60_000, DELIVERY_POLL_MS = 20;

type Story = {
  readonly database: Database; readonly odb: OperatorDatabase; readonly operatorId: OperatorId; readonly time: LivedTime; readonly memberId: MemberId; readonly by: By;
  readonly caughtUp: () => Promise<void>; readonly open: (identity: string) => Promise<StoryPoint>;
  readonly tell: (what: string, evidence: readonly string[]) => Promise<void>; readonly checks: StoryCheck[];
};

/**
 * Lives the bill over the wire, frame by frame: a register that says 0 before the charge and jumps, a link that is lost, a charge point that comes back idle, and a bill
 * that never comes. `onStep` is told each step as it happens; the books are audited at each.
 */
export async function playBill24440(database: Database, onStep: (step: StoryStep) => void): Promise<StoryResult> {
  const created = await createOperator(database, { code: `bill-${newUuid().slice(-12)}`, name: 'The bill of 244.40', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  if (!created.ok) throw new Error(created.error.code);
  const operatorId: OperatorId = created.value, odb = database.forOperator(operatorId);
  const clock = manualClock(BEGINS);
  const time: LivedTime = { now: clock.now, pass: (ms) => { clock.advance(ms); }, set: (at) => { clock.set(at); } };
  const { memberId, token, by } = await furnish(odb, time);
  const applier = startApplier({ database, clock: time, logger: silentLogger, only: (id) => id === operatorId });
  const gateway = await startGateway({ database, clock: time, logger: silentLogger, host: '127.0.0.1', port: 0, onFrames: (operators) => { applier.wake(operators); } });
  const points: StoryPoint[] = [], steps: StoryStep[] = [], checks: StoryCheck[] = [];
  const open = async (identity: string): Promise<StoryPoint> => {
    const point = await openStoryPoint({ url: `ws://127.0.0.1:${gateway.port}/ocpp`, identity, time, token });
    points.push(point);
    return point;
  };
  const tell: Story['tell'] = async (what, evidence) => {
    const step = { at: toIso(time.now()), what, evidence, books: await booksOf({ database, odb, operatorId, time, memberId }) };
    steps.push(step);
    onStep(step);
  };
  const story: Story = { database, odb, operatorId, time, memberId, by, caughtUp: () => applier.drain(), open, tell, checks };
  try {
    const sessionId = await chargedTooMuch(story);
    const repaired = await repairIt(story, sessionId);
    await sameUnderHold(story, sessionId);
    const audit = await auditSummary({ database }, operatorId);
    checks.push({ what: 'the books balanced at every step', holds: steps.every(({ books }) => books.balanced) });
    return { steps, ...(await timelineOf(story, sessionId, repaired)), checks, audit, good: audit.balanced && checks.every(({ holds }) => holds) };
  } finally {
    for (const point of points) point.close();
    await gateway.close();
    await applier.close();
  }
}

async function furnish(odb: OperatorDatabase, clock: Clock): Promise<{ memberId: MemberId; token: string; by: By }> {
  const token = newUuid().slice(-12);
  return odb.transaction(async (tx) => {
    const stationId = await createStation(tx, { name: 'East gate', timeZone: 'Asia/Shanghai' });
    for (const [name, maxPowerW] of [['one', ENTERED_POWER_W], ['two', TRUE_POWER_W]] as const) {
      await createChargePoint(tx, { stationId, identity: `${name}-${token}`, maxPowerW, connectors: [{ evseNumber: 1, maxPowerW }] });
    }
    const tariff = await createTariff(tx, { name: '1.90 per kWh', currency: 'CNY', occupancy: null, periods: [{ startMinute: 0, endMinute: 1440, kind: 'flat', ...RATE }] });
    if (!tariff.ok) throw new Error(tariff.error.code);
    const assigned = await assignTariff(tx, { tariffId: tariff.value.tariffId, stationId, validFrom: instant(0) });
    if (!assigned.ok) throw new Error(assigned.error.code);
    const memberId = await createMember(tx, { displayName: 'Lin' });
    await addCredential(tx, { memberId, kind: 'rfid', token });
    const topUp = await topUpAtCashDesk(tx, { commandId: newUuid(), memberId, amountMinor: TOPPED_UP_MINOR, actor: 'demo' }, { clock });
    if (!topUp.ok) throw new Error(topUp.error.code);
    const clerk = await createUser(tx, { logInName: 'wang', displayName: 'Wang', password: `demo ${newUuid()}`, roles: [{ role: 'owner' }] }, { clock });
    if (!clerk.ok) throw new Error(clerk.error.code);
    await setPolicy(tx, { ...defaultPolicy('CNY'), abnormalBills: 'settle_first' }, { clock });
    return { memberId, token, by: { actor: { kind: 'user', id: clerk.value }, from: NO_ORIGIN, decidedBy: 'person', approval: null } as const };
  }).then((made) => ({ ...made, token }));
}

/** The charge, its silence, and the first bill. */
async function live(story: Story, identity: string): Promise<{ point: StoryPoint; sessionId: SessionId }> {
  const { odb, caughtUp } = story;
  const known = new Set((await odb.transaction((tx) => sessionOutcomes(tx))).map(({ sessionId }) => sessionId));
  const point = await story.open(identity);
  await point.wakeUp();
  const started = await point.start();
  point.fallSilent();
  await point.comeBack(started);
  await caughtUp();
  const session = (await odb.transaction((tx) => sessionOutcomes(tx))).find(({ sessionId }) => !known.has(sessionId));
  if (session === undefined) throw new Error('the start has no session');
  return { point, sessionId: session.sessionId };
}

async function chargedTooMuch(story: Story): Promise<SessionId> {
  const { odb, tell } = story;
  const [identity] = await identitiesOf(odb);
  await tell(`Lin has ${yuan(TOPPED_UP_MINOR)}. One kWh costs 1.90. The operator settles first and adjusts later, and has entered the cabinet's 240 kW for a connector that delivers 64 kW.`, []);
  const { point, sessionId } = await live(story, identity!);
  await tell('A charge is lived over OCPP 1.6, frame by frame. Before it the register says 0; half a minute into it the meter answers, and the register is at 92.27. Then the link is lost. '
    + 'After 34 minutes the point is back with the register at 128.63, and idle. Its bill never comes.', point.sent.map(({ at, action, says }) => `${toIso(at).slice(11, 19)}  ${action.padEnd(18)} ${says}`));
  await endSilence(story);
  const before = (await storyOf(odb, sessionId))!;
  const [bill] = before.versions;
  story.checks.push({ what: `settled first: ${kwh(LAST_WH)} for ${yuan(NAIVE_MINOR)}, as the last register less the first says`, holds: bill?.state === 'settled' && bill.totalMinor === NAIVE_MINOR && bill.energyWh === BigInt(LAST_WH) });
  await tell(`Two hours of silence have passed: the session is closed by what is known, and settled first. With 240 kW entered, ${kwh(LAST_WH)} in 34 minutes is possible, and the last register less the first is what is charged: `
    + `${yuan(bill?.totalMinor ?? 0n)}. The bill is flagged, and a case is open.`, before.flags.map(({ code, cause, effect }) => `code ${code ?? '–'}, ${cause} (${effect})`));
  return sessionId;
}

async function repairIt(story: Story, sessionId: SessionId): Promise<RepairCase> {
  const { odb, by, time, tell, checks } = story;
  const context = { subjects: REPAIR_SUBJECTS, clock: time };
  const opened = await caseOf(story, sessionId);
  const proposal = await proposalOf(story, sessionId);
  checks.push({ what: `${kwh(TRUE_WH)} and ${yuan(TRUE_MINOR)} are proposed, from the registers`, holds: opened.proposedSource === 'registers' && opened.proposedWh === TRUE_WH && opened.proposedMinor === TRUE_MINOR });
  await tell(`The case proposes ${kwh(opened.proposedWh ?? 0n)} and ${yuan(opened.proposedMinor ?? 0n)}. Everything that may be true stands side by side, with its bounds and evidence:`, candidateLines(proposal));
  const confirm = await odb.transaction((tx) => applyCase(tx, { caseId: opened.caseId, commandId: newUuid(), source: 'typed', energyWh: BigInt(LAST_WH), evidenceDigest: null, reason: 'last register' }, by, context));
  checks.push({ what: `${kwh(LAST_WH)}, typed by hand, is refused: the registers do not allow it`, holds: !confirm.ok && confirm.error.code === 'correction_outside_registers' });
  await tell(`A clerk confirms ${kwh(LAST_WH)} by hand, as it was once confirmed. It is refused.`, [refusalOf(confirm)]);
  const accepted = await accept(story, opened, 'the register said 0 before the charge; it stood at 92.27');
  await checkWallet(story, TOPPED_UP_MINOR - TRUE_MINOR, `one click gives ${yuan(NAIVE_MINOR - TRUE_MINOR)} back`);
  await tell(`One click. The next version of the bill says ${yuan(TRUE_MINOR)}; ${yuan(NAIVE_MINOR - TRUE_MINOR)} are back in the wallet, in the same transaction. Lin is told what changed and why.`, await billLines(odb, sessionId));
  time.pass(MS_PER_MINUTE);
  const reverted = await odb.transaction((tx) => revertCase(tx, { caseId: accepted.caseId, reason: 'clicked on the wrong case' }, by, context));
  if (!reverted.ok) throw new Error(reverted.error.code);
  await checkWallet(story, TOPPED_UP_MINOR - NAIVE_MINOR, 'its opposite takes it again');
  await tell(`The clerk finds that it was the wrong case, and undoes it: its opposite is booked, with the reason, and the bill is what it was.`, await billLines(odb, sessionId));
  time.pass(MS_PER_MINUTE);
  const again = await accept(story, reverted.value, 'it was the right case after all');
  await checkWallet(story, TOPPED_UP_MINOR - TRUE_MINOR, 'and it can be accepted again');
  await tell('It was the right one after all, and is accepted again. Nothing of what happened is gone.', await billLines(odb, sessionId));
  return again;
}

/** The other half: the connector's true power is entered, and what is in doubt charges nothing. */
async function sameUnderHold(story: Story, first: SessionId): Promise<void> {
  const { odb, time, by, tell, checks } = story;
  await odb.transaction((tx) => setPolicy(tx, { ...defaultPolicy('CNY'), abnormalBills: 'hold' }, { clock: time }));
  const { sessionId } = await live(story, (await identitiesOf(odb))[1]!);
  await endSilence(story);
  const opened = await caseOf(story, sessionId);
  const [bill] = (await storyOf(odb, sessionId))!.versions;
  checks.push({ what: 'with the true power and the policy to hold, nothing is charged and the same is proposed', holds: first !== sessionId && bill?.state === 'held' && opened.proposedWh === TRUE_WH && opened.proposedMinor === TRUE_MINOR });
  const confirm = await odb.transaction((tx) => applyCase(tx, { caseId: opened.caseId, commandId: newUuid(), source: 'typed', energyWh: BigInt(LAST_WH), evidenceDigest: null, reason: 'last register' }, by, { subjects: REPAIR_SUBJECTS, clock: time }));
  checks.push({ what: `${kwh(LAST_WH)} is refused there as well: 64 kW do not deliver it in 34 minutes`, holds: !confirm.ok && confirm.error.code === 'correction_above_power' });
  await tell('The same frames at a connector whose true 64 kW are entered, at an operator that holds what is in doubt: nothing is charged, the same is proposed, and the estimate of old is refused for what it is.',
    [...candidateLines(await proposalOf(story, sessionId)), refusalOf(confirm)]);
  await accept(story, opened, 'the register said 0 before the charge; it stood at 92.27');
  await checkWallet(story, TOPPED_UP_MINOR - 2n * TRUE_MINOR, `and is charged ${yuan(TRUE_MINOR)} once accepted`);
  await tell('Accepted.', await billLines(odb, sessionId));
}

async function endSilence(story: Story): Promise<void> {
  story.time.pass(2 * MS_PER_HOUR + MS_PER_MINUTE);
  while ((await story.odb.transaction((tx) => sweepSilentSessions(tx, { clock: story.time }))) > 0);
  const deadline = performance.now() + DELIVERY_DEADLINE_MS;
  do {
    const { stuck } = await deliverAll({ database: story.database, operators: [story.operatorId], subscribers: [repairSubscriber(story.time)], logger: silentLogger });
    if (stuck > 0 || performance.now() > deadline) throw new Error('the case does not hear of the bill');
    if ((await story.odb.transaction((tx) => undeliveredSubjects(tx, 'charging_bill'))).size === 0) return;
    await new Promise((resolve) => setTimeout(resolve, DELIVERY_POLL_MS));
  } while (true);
}

async function accept({ odb, by, time }: Story, { caseId }: RepairCase, reason: string): Promise<RepairCase> {
  const applied = await odb.transaction((tx) => applyCase(tx, { caseId, commandId: newUuid(), source: null, energyWh: null, evidenceDigest: null, reason }, by, { subjects: REPAIR_SUBJECTS, clock: time }));
  if (!applied.ok) throw new Error(applied.error.code);
  return applied.value;
}

async function caseOf({ odb }: Story, sessionId: SessionId): Promise<RepairCase> {
  const found = (await odb.transaction((tx) => casesOf(tx, 'charging_bill', [sessionId]))).get(sessionId);
  if (found === undefined) throw new Error('an abnormal bill has a case');
  return found;
}
async function proposalOf({ odb, time }: Story, sessionId: SessionId): Promise<CorrectionProposal> {
  const found = (await odb.transaction((tx) => proposeCorrections(tx, [sessionId], { clock: time }))).get(sessionId);
  if (found === undefined) throw new Error('an abnormal bill has a proposal');
  return found;
}
const storyOf = (odb: OperatorDatabase, sessionId: SessionId) => odb.transaction((tx) => loadSessionStory(tx, sessionId));
const identitiesOf = (odb: OperatorDatabase): Promise<string[]> => odb.transaction(async (tx) =>
  (await tx.query<{ identity: string }>('select identity from locations.charge_point where operator_id = $1 order by identity', [odb.operatorId])).map(({ identity }) => identity));

async function checkWallet({ odb, memberId, time, checks }: Story, minor: bigint, what: string): Promise<void> {
  const balance = (await odb.transaction((tx) => walletBalances(tx, [memberId], { clock: time }))).get(memberId)?.availableMinor ?? 0n;
  checks.push({ what: `${what}: the wallet has ${yuan(minor)}`, holds: balance === minor });
}

async function booksOf({ database, odb, operatorId, time, memberId }: Pick<Story, 'database' | 'odb' | 'operatorId' | 'time' | 'memberId'>): Promise<StoryBooks> {
  const money = moneyLedger('CNY');
  const ids = [accountId('revenue_electricity', money, null), accountId('revenue_service', money, null), accountId('energy_billed', ENERGY_LEDGER, null)];
  const found = new Map((await lookupAccounts(odb, ids, { clock: time })).map((account) => [account.id, account.creditsPosted - account.debitsPosted]));
  const wallet = await odb.transaction((tx) => walletBalances(tx, [memberId], { clock: time }));
  const { balanced } = await auditSummary({ database }, operatorId);
  return { walletMinor: wallet.get(memberId)?.availableMinor ?? 0n, revenueMinor: (found.get(ids[0]!) ?? 0n) + (found.get(ids[1]!) ?? 0n), billedWh: -(found.get(ids[2]!) ?? 0n), balanced };
}

const candidateLines = ({ candidates, priced, chosen }: CorrectionProposal): string[] => candidates.flatMap((each, i) => [
  `${each.source === chosen ? '→' : ' '} ${each.source.padEnd(15)} ${kwh(each.energyWh).padStart(10)}  ${yuan(priced[i]!.totalMinor ?? 0n).padStart(8)}  ${each.confidence}, between ${kwh(each.lowerWh)} and ${kwh(each.upperWh)}`,
  ...(each.source === chosen ? each.evidence.map(({ key, data }) => `      ${key}: ${Object.entries(data).map(([name, value]) => `${name}=${name.endsWith('At') ? toIso(instant(Number(value))).slice(11, 19) : String(value)}`).join(' ')}`) : []),
]);
const refusalOf = (result: Awaited<ReturnType<typeof applyCase>>): string => (result.ok ? 'NOT REFUSED' : Object.entries(result.error).map(([name, value]) => `${name}=${String(value)}`).join(' '));
const billLines = async (odb: OperatorDatabase, sessionId: SessionId): Promise<string[]> => ((await storyOf(odb, sessionId))?.versions ?? []).toReversed()
  .map(({ version, reason, state, energyWh, totalMinor }) => `version ${version}  ${reason.padEnd(19)} ${state.padEnd(7)} ${kwh(energyWh).padStart(10)}  ${yuan(totalMinor).padStart(8)}`);

async function timelineOf({ odb }: Story, sessionId: SessionId, { caseId }: RepairCase): Promise<Pick<StoryResult, 'versions' | 'caseTimeline'>> {
  const happened = await odb.transaction((tx) => caseEvents(tx, caseId));
  return {
    versions: await billLines(odb, sessionId),
    caseTimeline: happened.map(({ recordedAt, kind, toState, reason }) => `${toIso(addMs(recordedAt, 0))}  ${kind.padEnd(10)} ${toState.padEnd(9)} ${reason ?? ''}`.trimEnd()),
  };
}

export const yuan = (minor: bigint): string => `¥${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;
