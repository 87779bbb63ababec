import { assert, ok, uuidToBigInt, wattHours, type BillId, type ConnectorId, type Instant, type MemberId, type SessionId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { appendEvents, type NewEvent } from '../../../platform/outbox/index.ts';
import { accountSpec, ENERGY_LEDGER, lookupTransfers, moneyLedger, type TransferEvent } from '../../ledger/index.ts';
import type { Operator } from '../../parties/index.ts';
import { rate, tariffsForAll, type RatedBill, type TariffAssignment } from '../../tariffs/index.ts';
import { membersWithCoupons, openWallets, planCoupons, recordCoupons, type BillToPlan, type PlannedCoupons } from '../../wallets/index.ts';
import { CHARGING_EVENTS } from '../events.ts';
import { draftBill, type BillDraft } from '../domain/bill.ts';
import { draftCorrected, type Correction, type Price } from '../domain/correction.ts';
import { derive, openingOf, type Closure, type DerivedSession, type SessionContext } from '../domain/derive.ts';
import type { ChargePointFact } from '../domain/fact.ts';
import { isClosedByEvidence, isHeld, isTimeInDoubt } from '../domain/flag.ts';
import { planBill, planOwed, planReversals, type PlannedBill, type PlannedPosting, type Posting } from '../domain/posting.ts';
import { EMPTY_CHAIN, type RegisterChain } from '../domain/register-chain.ts';
import { energyBounds } from '../domain/repair-proposal.ts';
import type { Session } from '../domain/session.ts';
import { linkedOrphan } from '../orphans/orphan-proposals.ts';
import { linkedOrphans } from '../orphans/store.ts';
import { currentBills, loadPostings, recordBills, type BillReason, type CurrentBill, type NewBill } from '../store/bills.ts';
import { loadCircumstances, sessionContext } from '../store/circumstances.ts';
import { activeCorrections } from '../store/corrections.ts';
import { loadFacts } from '../store/facts.ts';
import { registersBefore } from '../store/meters.ts';
import { findOverlaps } from '../store/overlaps.ts';
import { onlyOperator } from '../store/sessions.ts';
import { book, ensureAccounts } from './book.ts';
import { together } from './together.ts';
import type { Working } from './working.ts';

/** Sessions settled by one round of statements; more are settled in several rounds of the same transaction. */
export const SETTLE_SESSIONS_MAX = 400;

/** What a session was found to be, and the bill that follows; `current` is its bill so far. */
export type Derived = {
  readonly session: Session; readonly facts: readonly ChargePointFact[]; readonly context: SessionContext; readonly derived: DerivedSession; readonly closure: Closure | null;
  readonly current: CurrentBill | undefined; readonly correction: Correction | undefined;
};
export type Drafted = Derived & { readonly evidence: BillDraft; readonly draft: BillDraft };
type Drafts = { readonly drafted: readonly Drafted[]; readonly withCoupons: ReadonlySet<MemberId> };
type Planned = Drafted & { readonly billId: BillId; readonly reversals: readonly PlannedPosting[]; readonly plan: PlannedBill; fromWalletMinor: bigint; owed: PlannedPosting | null };

/**
 * Derives ended sessions from all their facts and settles what comes out: bill, payment, revenue and energy in the caller's
 * transaction, in one ledger batch. A session whose bill would come out the same is left alone; where it differs, the next version
 * reverses the last one's transfers and books its own. The sessions must be locked.
 * @param metered transfers that bring the connectors' meters up to date, booked in the same batch.
 * @param again why a next version is made, where one is.
 */
export async function settleSessions(working: Working, sessions: readonly Session[], metered: readonly TransferEvent[], again: BillReason = 'late_facts'): Promise<void> {
  let first = metered;
  for (let from = 0; from < Math.max(sessions.length, 1); from += SETTLE_SESSIONS_MAX) {
    await settleRound(working, sessions.slice(from, from + SETTLE_SESSIONS_MAX), first, again);
    first = [];
  }
}

async function settleRound(working: Working, sessions: readonly Session[], metered: readonly TransferEvent[], again: BillReason): Promise<void> {
  const operator = sessions.length > 0 || metered.length > 0 ? await working.operator() : null;
  if (operator === null) return;
  const { drafted, withCoupons } = await draftBills(working, operator, await deriveAll(working, sessions));
  const changed = drafted.filter(({ draft, current }) => draft.digest !== current?.digest);
  await clearSpoken(working, drafted);
  const { planned, coupons } = await planAll(working, operator, { drafted: changed, withCoupons });
  await bookAll(working, operator, planned, metered);
  await recordAll(working, operator, { planned, coupons }, again);
}

/** Ended sessions only, with their bills so far and the corrections that count. */
export async function deriveAll({ tx, rules: rulesInForce }: Working, sessions: readonly Session[]): Promise<Derived[]> {
  if (sessions.length === 0) return [];
  const ids = sessions.map((session) => session.sessionId);
  const [facts, circumstances, { rules }] = await together([loadFacts(tx, ids), loadCircumstances(tx, sessions), rulesInForce()]);
  const contextOf = (session: Session, before: RegisterChain): SessionContext => sessionContext(session, before, rules, circumstances.get(session.sessionId));
  const first = sessions.map((session) => derive(facts.get(session.sessionId) ?? [], contextOf(session, EMPTY_CHAIN)));
  const corrected = sessions.flatMap(({ correctionId }) => (correctionId === null ? [] : [correctionId]));
  const [before, current, corrections] = await together([
    registersBefore(tx, sessions.map(({ sessionId, connectorId, maxPowerW }, i) => ({ sessionId, connectorId, maxPowerW, opening: openingOf(first[i]!, rules) }))),
    currentBills(tx, sessions.filter((session) => session.currentBillId !== null).map((session) => session.sessionId)),
    activeCorrections(tx, corrected),
  ]);
  const linked = await linkedOrphans(tx, sessions.flatMap(({ sessionId }, i) => (first[i]!.flags.some(({ cause }) => cause === 'start_never_arrived') ? [sessionId] : [])));
  return sessions.flatMap((session, i) => {
    const chain = before.get(session.sessionId), endOf = linked.get(session.sessionId);
    const [said, context] = [facts.get(session.sessionId) ?? [], contextOf(session, chain ?? EMPTY_CHAIN)];
    const found = chain === undefined ? first[i]! : derive(said, context);
    const derived = endOf === undefined ? found : linkedOrphan(found, endOf);
    if (derived.state !== 'ended') return [];
    return [{ session, facts: said, context, derived, closure: context.closure, current: current.get(session.sessionId), correction: corrections.get(session.sessionId) }];
  });
}

/** The span in which a session has a price: its own, and where its correction places energy. */
const pricedSpan = ({ derived: { startedAt, endedAt }, correction }: Derived): { from: Instant; to: Instant } => {
  const [from, to] = [correction?.intervals[0]?.from ?? startedAt, correction?.intervals.at(-1)?.to ?? endedAt!];
  return { from: from < startedAt ? from : startedAt, to: to > endedAt! ? to : endedAt! };
};

export async function draftBills({ tx, policy, rules: rulesInForce }: Working, operator: Operator, derived: readonly Derived[]): Promise<Drafts> {
  if (derived.length === 0) return { drafted: [], withCoupons: new Set() };
  const spans = derived.map(({ session, derived: { startedAt, endedAt, energyWh, flags } }) =>
    ({ sessionId: session.sessionId, connectorId: session.connectorId, startedAt, endedAt: endedAt!, energyWh: energyWh as bigint, timeInDoubt: isTimeInDoubt(flags) }));
  const { rules } = await rulesInForce();
  const [overlaps, assignments, decided, withCoupons] = await together([
    findOverlaps(tx, spans, rules),
    tariffsForAll(tx, derived.map((each) => ({ stationId: each.session.stationId, connectorId: each.session.connectorId, ...pricedSpan(each) }))),
    policy(),
    membersWithCoupons(tx, derived.flatMap(({ session: { memberId }, derived: { energyWh } }) => (memberId === null || energyWh === 0n ? [] : [memberId]))),
  ]);
  const drafted = derived.map((each, i) => {
    const { session, derived: found, closure, context, correction } = each;
    const price = pricing(operator, session, assignments[i]!);
    const rated = price(found.energyWh, found.intervals, found.occupancy);
    const evidence = draftBill({ session, derived: found, rated, overlaps: overlaps.get(session.sessionId) ?? [], policy: decided });
    if (correction === undefined) return { ...each, evidence, draft: evidence };
    return { ...each, evidence, draft: draftCorrected(evidence, correction, { derived: found, closure, price, bounds: energyBounds({ derived: found, context, after: null, rules }) }) };
  });
  return { drafted, withCoupons };
}

/** What energy costs at the session's place. Without energy there is nothing to rate, and a missing tariff is not this session's fault. */
export function pricing({ currency }: Operator, { timeZone }: Session, assignments: readonly TariffAssignment[]): Price {
  const nothing: RatedBill = { currency, lines: [], electricityMinor: 0n, serviceMinor: 0n, occupancyMinor: 0n, totalMinor: 0n, energyWh: wattHours(0n) };
  return (energyWh, intervals, occupancy) => (energyWh === 0n ? ok(nothing) : rate({ currency, timeZone, assignments, energy: intervals.filter(({ energy }) => energy > 0n), occupancy }));
}

async function planAll({ tx, clock }: Working, operator: Operator, { drafted: changed, withCoupons }: Drafts): Promise<{ planned: Planned[]; coupons: PlannedCoupons }> {
  const previous = await loadPostings(tx, changed.flatMap(({ current }) => (current ? [current.billId] : [])));
  const paying = changed.flatMap(({ draft }) => (draft.memberId !== null && draft.totalMinor > 0n ? [draft.memberId] : []));
  await openWallets(tx, paying, operator.currency, { clock });
  const bills = changed.map((each) => ({ ...each, billId: newUuid() as BillId }));
  const coupons = await planCoupons(tx, bills.map((bill) => toDiscount(bill, operator)), withCoupons);
  const planned = bills.map((each) => {
    const { session, draft, current, billId } = each;
    const hold = session.holdState === 'held' && session.holdTransfer !== null ? { transferId: uuidToBigInt(session.holdTransfer), amountMinor: session.holdMinor } : null;
    return {
      ...each, reversals: planReversals(current ? previous.get(current.billId) ?? [] : [], session.sessionId, operator.currency),
      plan: planBill({ billId, sessionId: session.sessionId, connectorId: session.connectorId, currency: operator.currency, draft, hold, coupons: coupons.byBill.get(billId) ?? [] }),
      fromWalletMinor: 0n, owed: null,
    };
  });
  return { planned, coupons };
}

const toDiscount = ({ session, derived, current, draft, billId }: Drafted & { readonly billId: BillId }, { currency }: Operator): BillToPlan => ({
  billId, sessionId: session.sessionId, memberId: draft.memberId, currency, stationId: session.stationId, totalMinor: draft.totalMinor, endedAt: derived.endedAt!, isNextVersion: current !== undefined,
});

/** Two ledger batches at most: everything, and then what wallets turned out not to hold. */
async function bookAll({ tx, clock }: Working, operator: Operator, planned: Planned[], metered: readonly TransferEvent[]): Promise<void> {
  const money = moneyLedger(operator.currency);
  const connectors = [...new Set(planned.flatMap(({ session }) => (session.connectorId === null ? [] : [session.connectorId])))];
  if (planned.length > 0) {
    await ensureAccounts(tx, onlyOperator(tx), [
      ...(['revenue_electricity', 'revenue_service', 'revenue_occupancy', 'promotion_expense'] as const).map((kind) => accountSpec(kind, money, null)),
      ...energyAccounts(connectors),
    ], clock);
  }
  const clamped = planned.filter(({ plan }) => plan.fromWallet !== null);
  await book(tx, [
    ...metered,
    ...planned.flatMap(({ reversals, plan }) => [...reversals, ...plan.postings, ...(plan.fromWallet ? [plan.fromWallet] : [])].map(({ event }) => event)),
  ], clock);
  if (clamped.length === 0) return;
  const booked = new Map((await lookupTransfers(tx, clamped.map(({ plan }) => plan.fromWallet!.event.id), { clock })).map((transfer) => [transfer.id, transfer.amount]));
  for (const each of clamped) {
    const { payment, fromHoldMinor, fromWallet } = each.plan;
    assert(payment && fromWallet, 'a clamped payment was planned');
    each.fromWalletMinor = booked.get(fromWallet.event.id) ?? 0n;
    const owedMinor = payment.totalMinor - fromHoldMinor - each.fromWalletMinor;
    each.owed = owedMinor > 0n ? planOwed(payment, owedMinor) : null;
  }
  await book(tx, clamped.flatMap(({ owed }) => (owed ? [owed.event] : [])), clock);
}

export const energyAccounts = (connectorIds: readonly ConnectorId[]) => [
  accountSpec('grid_intake', ENERGY_LEDGER, null), accountSpec('energy_billed', ENERGY_LEDGER, null),
  ...connectorIds.map((connectorId) => accountSpec('connector_energy', ENERGY_LEDGER, connectorId)),
];

async function recordAll({ tx, clock, rules }: Working, operator: Operator, { planned, coupons }: { readonly planned: readonly Planned[]; readonly coupons: PlannedCoupons }, again: BillReason): Promise<void> {
  if (planned.length === 0) return;
  const { version: rulesVersion } = await rules();
  const bills = planned.map((each): NewBill => ({ ...newBill(each, operator, clock.now(), again), rulesVersion }));
  announce(tx, 'charging.sessions');
  announce(tx, 'charging.bills');
  if (planned.some(({ draft }) => draft.memberId !== null)) announce(tx, 'wallets.balances');
  const events = planned.flatMap(({ session, derived, draft }, i) => {
    const { billId, version, reason, previousBillId, startedAt, endedAt } = bills[i]!;
    const { sessionId, chargePointId } = session;
    const issued = {
      type: CHARGING_EVENTS.billIssued,
      payload: { billId, sessionId, version, reason, state: draft.state, memberId: draft.memberId, currency: operator.currency, totalMinor: draft.totalMinor, energyWh: draft.energyWh, previousBillId,
        abnormal: isHeld(draft.flags), correctionId: draft.correctionId },
    };
    const flags = draft.flags.map(({ code, cause }) => ({ code, cause }));
    const ended = { type: CHARGING_EVENTS.sessionEnded, payload: { sessionId, chargePointId, memberId: draft.memberId, startedAt, endedAt, energyWh: derived.energyWh, state: draft.state, flags } };
    return version === 1 ? [ended, issued] : [issued, ...correctedEvents(planned[i]!, bills[i]!)];
  });
  const settled = planned.map(({ session, derived, plan }, i) => ({
    ...bills[i]!, derivedEnergyWh: derived.energyWh as bigint,
    holdState: session.holdState !== 'held' ? session.holdState : plan.fromHoldMinor > 0n ? 'posted' as const : 'voided' as const, holdTransfer: session.holdTransfer,
  }));
  await together([recordBills(tx, settled), appendEvents(tx, events), recordCoupons(tx, settled, coupons, { clock })]);
}

/** Told where a bill follows a correction that the one before it did not, or no longer follows one. */
function correctedEvents({ session, draft, current, correction }: Planned, { billId, currency, reason }: NewBill): NewEvent[] {
  if (current === undefined || current.correctionId === draft.correctionId) return [];
  const change = draft.correctionId !== null ? 'corrected' : reason === 'correction_reverted' ? 'reverted' : draft.state === 'held' ? 'contradicted' : 'lapsed';
  return [{
    type: CHARGING_EVENTS.billCorrected,
    payload: {
      billId, sessionId: session.sessionId, memberId: draft.memberId, previousBillId: current.billId, correctionId: draft.correctionId ?? current.correctionId, change, currency,
      source: draft.correctionId === null ? null : correction?.source ?? null, oldTotalMinor: current.totalMinor, newTotalMinor: draft.totalMinor, oldEnergyWh: current.energyWh, newEnergyWh: draft.energyWh,
    },
  }];
}

function newBill(each: Planned, operator: Operator, recordedAt: NewBill['recordedAt'], again: BillReason): Omit<NewBill, 'rulesVersion'> {
  const { session, derived, closure, current, draft, plan, reversals } = each;
  const wallet: Posting[] = plan.fromWallet && each.fromWalletMinor > 0n ? [{ ...plan.fromWallet.posting, amount: each.fromWalletMinor }] : [];
  return {
    billId: each.billId, sessionId: session.sessionId, version: session.billVersion + 1, previousBillId: current?.billId ?? null,
    reason: current ? again : closure && isClosedByEvidence(derived.flags.map(({ cause }) => cause)) ? 'closed_by_evidence' : 'ended',
    currency: operator.currency, draft, startedAt: derived.startedAt, endedAt: derived.endedAt!, recordedAt,
    fromCouponMinor: plan.fromCouponMinor, fromHoldMinor: plan.fromHoldMinor, fromWalletMinor: each.fromWalletMinor, receivableMinor: each.owed?.posting.amount ?? 0n,
    postings: [...reversals, ...plan.postings].map(({ posting }) => posting).concat(wallet, each.owed ? [each.owed.posting] : []),
  };
}

async function clearSpoken({ tx }: Working, drafted: readonly Drafted[]): Promise<void> {
  const ids: SessionId[] = drafted.filter(({ session }) => session.state === 'ended').map(({ session }) => session.sessionId);
  if (ids.length === 0) return;
  await tx.execute('update charging.session set spoke_after_close = false where operator_id = $1 and session_id = any($2::uuid[]) and spoke_after_close', [onlyOperator(tx), ids]);
}
