import type { Instant, SessionId } from '../../../kernel/index.ts';
import type { AnomalyRules } from './anomaly-rules.ts';
import { draftBill, type BillDraft, type Overlap } from './bill.ts';
import type { Price } from './correction.ts';
import { derive, type DerivedSession, type SessionContext } from './derive.ts';
import type { ChargePointFact } from './fact.ts';
import type { FlagCause } from './flag.ts';
import type { ChargingPolicy } from './policy.ts';
import type { Session } from './session.ts';

/** Everything that a bill follows from, but the rules. */
export type BacktestBill = {
  readonly session: Pick<Session, 'sessionId' | 'memberId' | 'tokenStatus' | 'connectorId'>;
  readonly facts: readonly ChargePointFact[];
  readonly context: SessionContext;
  /** By whatever time; the rules say which are tolerated. */
  readonly overlaps: readonly Overlap[];
  readonly price: Price;
  readonly policy: Pick<ChargingPolicy, 'abnormalBills'>;
  /** What was derived of these facts in this context already, by which rules. */
  readonly derived?: ReadonlyMap<AnomalyRules, DerivedSession>;
};

/** Bills of a cause, and what they charge, or propose where they are held. Energy in Wh, money in minor units. */
export type CauseSums = { readonly bills: number; readonly energyWh: bigint; readonly totalMinor: bigint };
export type CauseChange = { readonly cause: FlagCause; readonly before: CauseSums; readonly after: CauseSums; /** Bills that gain it, and that lose it. */ readonly appears: number; readonly vanishes: number };
export type BacktestTotals = { readonly held: number; readonly flagged: number; readonly chargedWh: bigint; readonly chargedMinor: bigint; readonly proposedWh: bigint; readonly proposedMinor: bigint };
export type SampleSide = { readonly state: BillDraft['state']; readonly causes: readonly FlagCause[]; readonly energyWh: bigint; readonly totalMinor: bigint };
export type BacktestSample = { readonly cause: FlagCause; readonly change: 'appears' | 'vanishes'; readonly sessionId: SessionId; readonly startedAt: Instant; readonly before: SampleSide; readonly after: SampleSide };
export type BacktestResult = {
  readonly bills: number;
  /** Bills that would come out differently in any figure or cause. */
  readonly changed: number;
  readonly before: BacktestTotals;
  readonly after: BacktestTotals;
  /** Only causes that some bill has, the most frequent first. */
  readonly causes: readonly CauseChange[];
  readonly samples: readonly BacktestSample[];
};

/** How one bill would come out differently. `differs`: flagged by both or by neither, with other causes or figures. */
export const BILL_CHANGES = ['newly_flagged', 'no_longer_flagged', 'differs'] as const;
export type BillChange = (typeof BILL_CHANGES)[number];
export type ChangedBill = { readonly change: BillChange; readonly sessionId: SessionId; readonly startedAt: Instant; readonly before: SampleSide; readonly after: SampleSide };

/** Bills that are named for each cause and direction; the counts are of all. */
export const SAMPLES_PER_CHANGE_MAX = 5;

type Sums = { bills: number; energyWh: bigint; totalMinor: bigint };
type Totals = { -readonly [K in keyof BacktestTotals]: BacktestTotals[K] };
type OfCause = { before: Sums; after: Sums; appears: number; vanishes: number };
/** What was counted so far: as large for a million bills as for ten. */
export type BacktestTally = { bills: number; changed: number; readonly before: Totals; readonly after: Totals; readonly causes: Map<FlagCause, OfCause>; readonly samples: BacktestSample[] };

const noTotals = (): Totals => ({ held: 0, flagged: 0, chargedWh: 0n, chargedMinor: 0n, proposedWh: 0n, proposedMinor: 0n });
const noSums = (): Sums => ({ bills: 0, energyWh: 0n, totalMinor: 0n });
export const startTally = (): BacktestTally => ({ bills: 0, changed: 0, before: noTotals(), after: noTotals(), causes: new Map(), samples: [] });

/** What would have become of bills under other rules. Pure; nothing is stored and no bill changes. */
export function backtest(bills: Iterable<BacktestBill>, oldRules: AnomalyRules, newRules: AnomalyRules): BacktestResult {
  const tally = startTally();
  for (const bill of bills) addToTally(tally, bill, oldRules, newRules);
  return resultOf(tally);
}

/** The bill of a session by these rules, from its evidence alone. @returns null while it is open. */
export function judgeBill({ session, facts, context, overlaps, price, policy, derived: known }: BacktestBill, rules: AnomalyRules): { readonly draft: BillDraft; readonly startedAt: Instant } | null {
  const derived = known?.get(rules) ?? derive(facts, { ...context, rules });
  if (derived.state !== 'ended') return null;
  const rated = price(derived.energyWh, derived.intervals, derived.occupancy);
  return { startedAt: derived.startedAt, draft: draftBill({ session, derived, rated, overlaps: overlaps.filter(({ overlapMs }) => overlapMs > rules.overlapToleranceMs), policy }) };
}

/** @returns the bill where it would come out differently, else null. */
export function addToTally(tally: BacktestTally, bill: BacktestBill, oldRules: AnomalyRules, newRules: AnomalyRules): ChangedBill | null {
  const [was, is] = [judgeBill(bill, oldRules), judgeBill(bill, newRules)];
  if (was === null || is === null) return null;
  tally.bills++;
  addTotals(tally.before, was.draft);
  addTotals(tally.after, is.draft);
  const [before, after] = [sideOf(was.draft), sideOf(is.draft)];
  const changed = was.draft.digest !== is.draft.digest;
  if (changed) tally.changed++;
  for (const cause of new Set([...before.causes, ...after.causes])) {
    const of = tally.causes.get(cause) ?? { before: noSums(), after: noSums(), appears: 0, vanishes: 0 };
    tally.causes.set(cause, of);
    const [had, has] = [before.causes.includes(cause), after.causes.includes(cause)];
    if (had) addSums(of.before, before);
    if (has) addSums(of.after, after);
    if (had === has) continue;
    const change = has ? 'appears' : 'vanishes';
    of[change]++;
    if (of[change] <= SAMPLES_PER_CHANGE_MAX) tally.samples.push({ cause, change, sessionId: bill.session.sessionId, startedAt: was.startedAt, before, after });
  }
  return changed ? { change: changeOf(before, after), sessionId: bill.session.sessionId, startedAt: was.startedAt, before, after } : null;
}

function changeOf(before: SampleSide, after: SampleSide): BillChange {
  const [had, has] = [before.causes.length > 0, after.causes.length > 0];
  return had === has ? 'differs' : has ? 'newly_flagged' : 'no_longer_flagged';
}

export function resultOf({ bills, changed, before, after, causes, samples }: BacktestTally): BacktestResult {
  const listed = [...causes].map(([cause, of]): CauseChange => ({ cause, ...of }));
  listed.sort((a, b) => Math.max(b.before.bills, b.after.bills) - Math.max(a.before.bills, a.after.bills) || (a.cause < b.cause ? -1 : 1));
  return { bills, changed, before, after, causes: listed, samples };
}

function addTotals(totals: Totals, { state, flags, energyWh, totalMinor, proposal }: BillDraft): void {
  if (state === 'held') totals.held++;
  if (flags.length > 0) totals.flagged++;
  totals.chargedWh += energyWh;
  totals.chargedMinor += totalMinor;
  totals.proposedWh += proposal?.energyWh ?? 0n;
  totals.proposedMinor += proposal?.totalMinor ?? 0n;
}

function addSums(sums: Sums, { energyWh, totalMinor }: SampleSide): void {
  sums.bills++;
  sums.energyWh += energyWh;
  sums.totalMinor += totalMinor;
}

const sideOf = ({ state, flags, energyWh, totalMinor, proposal }: BillDraft): SampleSide =>
  ({ state, causes: [...new Set(flags.map(({ cause }) => cause))], energyWh: proposal?.energyWh ?? energyWh, totalMinor: proposal?.totalMinor ?? totalMinor });
