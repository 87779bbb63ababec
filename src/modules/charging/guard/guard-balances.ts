import { CURRENCY_DECIMALS, MS_PER_HOUR, MS_PER_MINUTE, ok, refuse, type ChargePointId, type Clock, type CurrencyCode, type Instant, type MemberId, type Rate, type Result } from '../../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { rate, tariffsForAll, type TariffAssignment } from '../../tariffs/index.ts';
import { walletBalances } from '../../wallets/index.ts';
import { startWorking, type Working } from '../commands/working.ts';
import { derive } from '../domain/derive.ts';
import { EMPTY_CHAIN } from '../domain/register-chain.ts';
import { loadFacts } from '../store/facts.ts';
import { judgeBalance, type RunningCost } from './judge-balance.ts';
import { insertMemberTerms, insertStopRequest, loadMemberTerms, runningSessions, type MemberTerms, type RunningSession } from './store.ts';

export const MEMBERS_PER_GUARD_MAX = 200;
/** Until the next look: a minute for the job, half of one for the command and the car. */
export const GUARD_LOOKS_AHEAD_MS = 1.5 * MS_PER_MINUTE;
/** A stop that has not ended the session is asked for again after this long, so many times. */
export const STOP_AGAIN_AFTER_MS = 3 * MS_PER_MINUTE;
export const STOP_ATTEMPTS_MAX = 5;
/** Who asked, as the command's requester shows it. */
export const BALANCE_GUARD_ACTOR = 'rule:balance_threshold';

export type GuardOptions = {
  readonly clock: Clock;
  /** Queues the stop of a transaction with the charge point, in this transaction; registered at the composition root, because charging knows no protocol. */
  readonly stop: (tx: Tx, request: { readonly chargePointId: ChargePointId; readonly transactionRef: string; readonly requestedBy: string }) => Promise<Result<{ readonly commandId: string }, { readonly code: string }>>;
};

/**
 * Looks at all running sessions of an operator and asks those to stop whose member's money is nearly used up (C-20). What was drawn is settled by
 * the session's own end, as ever; what the wallet cannot pay becomes a receivable, never silence. Safe to run at the same time in several processes: an attempt is one row.
 * @returns how many stops were asked for.
 */
export async function guardBalances(odb: OperatorDatabase, options: GuardOptions): Promise<number> {
  let after: MemberId | null = null, stops = 0;
  try {
    do {
      const page = await odb.transaction((tx) => guardPage(tx, after, options));
      after = page.last;
      stops += page.stops;
    } while (after !== null);
  } catch (error) {
    // Another process guards these members at this moment: its stops stand, ours were undone with the transaction.
    if (!(error instanceof GuardRaced)) throw error;
  }
  return stops;
}

async function guardPage(tx: Tx, after: MemberId | null, options: GuardOptions): Promise<{ last: MemberId | null; stops: number }> {
  const { clock } = options;
  const working = startWorking(tx, clock);
  const running = await runningSessions(tx, after, MEMBERS_PER_GUARD_MAX);
  const byMember = Map.groupBy(running, ({ memberId }) => memberId);
  if (byMember.size === 0) return { last: null, stops: 0 };
  const members = [...byMember.keys()];
  const { currency } = await working.operator();
  const [policy, balances, terms, tariffs] = [
    await working.policy(), await walletBalances(tx, members, { clock }), new Map((await loadMemberTerms(tx, members)).map((each) => [each.memberId, each])),
    await tariffsForAll(tx, running.map(({ stationId, connectorId, startedAt }) => ({ stationId, connectorId, from: startedAt, to: clock.now() }))),
  ];
  const assignments = new Map(running.map(({ sessionId }, i) => [sessionId, tariffs[i]!]));
  let stops = 0;
  for (const [memberId, sessions] of byMember) {
    const own = terms.get(memberId);
    const funds = {
      availableMinor: balances.get(memberId)?.availableMinor ?? 0n, heldForSessionsMinor: sessions.reduce((sum, { holdState, holdMinor }) => sum + (holdState === 'held' ? holdMinor : 0n), 0n),
      overdraftMinor: own?.overdraftMinor ?? 0n, thresholdMinor: own?.balanceThresholdMinor ?? policy.balanceThresholdMinor,
    };
    // The most that can have been drawn comes from the live rows; only where that might be too much are the readings themselves looked at.
    if (!judgeBalance(funds, sessions.map((session) => mostCost(session, assignments.get(session.sessionId)!, currency))).stop) continue;
    const costs = await Promise.all(sessions.map((session) => provenCost(working, session, assignments.get(session.sessionId)!)));
    const verdict = judgeBalance(funds, costs);
    if (!verdict.stop) continue;
    for (const [i, session] of sessions.entries()) {
      const { costMinor, expectedMinor, energyWh } = costs[i]!;
      stops += await askToStop(tx, session, { ...funds, costMinor, expectedMinor, energyWh, fundsMinor: verdict.fundsMinor }, options) ? 1 : 0;
    }
  }
  return { last: members.at(-1)!, stops };
}

type Reckoned = RunningCost & { readonly energyWh: bigint };

/** The most that so much energy can cost at any hour of any tariff there, rounded up; minor units. */
function dearest(assignments: readonly TariffAssignment[], energyWh: bigint, currency: CurrencyCode): bigint {
  const costs = assignments.flatMap(({ tariff }) => tariff.periods.map(({ electricity, service }) => costAt(electricity, energyWh, currency) + costAt(service, energyWh, currency)));
  return costs.reduce((most, each) => (each > most ? each : most), 0n);
}

/** Rates are per kWh in major units. */
function costAt({ value, scale }: Rate, energyWh: bigint, currency: CurrencyCode): bigint {
  const divisor = 1_000n * 10n ** BigInt(scale);
  return (energyWh * value * 10n ** BigInt(CURRENCY_DECIMALS[currency]) + divisor - 1n) / divisor;
}

/** More than any wallet holds: forces a look at the readings. */
const COST_UNKNOWN_MINOR = 10n ** 15n;
const soon = ({ powerW, maxPowerW }: RunningSession): bigint => ((powerW ?? maxPowerW) * BigInt(GUARD_LOOKS_AHEAD_MS)) / BigInt(MS_PER_HOUR);

function mostCost(session: RunningSession, assignments: readonly TariffAssignment[], currency: CurrencyCode): RunningCost {
  const drawnWh = session.registerFirstWh === null || session.registerLastWh === null || session.registerLastWh < session.registerFirstWh ? null : session.registerLastWh - session.registerFirstWh;
  // A register that fell says nothing here: then the readings have to.
  return { costMinor: drawnWh === null ? (session.registerLastWh === null ? 0n : COST_UNKNOWN_MINOR) : dearest(assignments, drawnWh, currency), expectedMinor: dearest(assignments, soon(session), currency) };
}

/** What registers prove so far, priced as the bill would be. Evidence from before the session can only take energy away, so it is not asked for. */
async function provenCost({ tx, operator, rules }: Working, session: RunningSession, assignments: readonly TariffAssignment[]): Promise<Reckoned> {
  const facts = (await loadFacts(tx, [session.sessionId])).get(session.sessionId) ?? [];
  const derived = derive(facts, { maxPowerW: session.maxPowerW, closure: null, startRepeated: session.startRepeated, before: EMPTY_CHAIN, rules: (await rules()).rules, timeZone: session.timeZone });
  const energy = derived.intervals.filter((each) => each.energy > 0n);
  const rated = energy.length === 0 ? null : rate({ currency: (await operator()).currency, timeZone: session.timeZone, assignments, energy, occupancy: null });
  return { energyWh: derived.energyWh, costMinor: rated === null ? 0n : rated.ok ? rated.value.totalMinor : 0n, expectedMinor: dearest(assignments, soon(session), (await operator()).currency) };
}

type Reason = Reckoned & { readonly fundsMinor: bigint; readonly thresholdMinor: bigint; readonly overdraftMinor: bigint };

async function askToStop(tx: Tx, session: RunningSession, reason: Reason, { clock, stop }: GuardOptions): Promise<boolean> {
  const now = clock.now();
  if (session.attempts >= STOP_ATTEMPTS_MAX || (session.askedAt !== null && now - session.askedAt < STOP_AGAIN_AFTER_MS)) return false;
  const asked = await stop(tx, { chargePointId: session.chargePointId, transactionRef: session.transactionRef, requestedBy: BALANCE_GUARD_ACTOR });
  const { costMinor, expectedMinor, fundsMinor, thresholdMinor, overdraftMinor, energyWh } = reason;
  const isFirst = await insertStopRequest(tx, {
    sessionId: session.sessionId, attempt: session.attempts + 1, costMinor, expectedMinor, fundsMinor, thresholdMinor, overdraftMinor, energyWh, requestedAt: now,
    commandId: asked.ok ? asked.value.commandId : null, refused: asked.ok ? null : asked.error.code,
  });
  if (!isFirst) throw new GuardRaced();
  announce(tx, 'charging.sessions');
  return asked.ok;
}

class GuardRaced extends Error {
  override readonly name = 'GuardRaced';
}

export const TERMS_REASON_LENGTH_MAX = 500;
/** As much as one act by hand moves: what is agreed with one member stays a figure that somebody can answer for. Minor units. */
export const TERMS_MINOR_MAX = 100_000_000n;
export type TermsChange = { readonly memberId: MemberId; readonly basedOnVersion: number; readonly balanceThresholdMinor: bigint | null; readonly overdraftMinor: bigint; readonly reason: string; readonly changedBy: string; readonly at: Instant };
export type TermsRejection = { readonly code: 'member_terms_invalid' } | { readonly code: 'member_terms_changed_meanwhile' };

/** Agrees with one member on a threshold and an overdraft of their own. Every version stays; the newest counts. */
export async function changeMemberTerms(tx: Tx, change: TermsChange): Promise<Result<MemberTerms, TermsRejection>> {
  const { memberId, basedOnVersion, balanceThresholdMinor, overdraftMinor, changedBy, at } = change, reason = change.reason.trim();
  if ([balanceThresholdMinor ?? 0n, overdraftMinor].some((minor) => minor < 0n || minor > TERMS_MINOR_MAX) || reason.length === 0 || reason.length > TERMS_REASON_LENGTH_MAX) return refuse({ code: 'member_terms_invalid' });
  const [now] = await loadMemberTerms(tx, [memberId]);
  const terms: MemberTerms = { memberId, version: basedOnVersion + 1, balanceThresholdMinor, overdraftMinor, reason, changedBy, recordedAt: at };
  if ((now?.version ?? 0) !== basedOnVersion || !(await insertMemberTerms(tx, terms))) return refuse({ code: 'member_terms_changed_meanwhile' });
  return ok(terms);
}
