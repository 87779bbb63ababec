import type { BillId, ConnectorId, CorrectionId, CurrencyCode, Instant, MemberId, SessionId, TariffId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { PeriodKind } from '../../tariffs/index.ts';
import { derive, openingOf, type DerivedSession, type SessionContext } from '../domain/derive.ts';
import type { ChargePointFact } from '../domain/fact.ts';
import type { Flag } from '../domain/flag.ts';
import { EMPTY_CHAIN, type RegisterChain } from '../domain/register-chain.ts';
import { believedAt } from '../domain/session-facts.ts';
import { loadClosures, type BillReason } from '../store/bills.ts';
import { loadCircumstances, sessionContext } from '../store/circumstances.ts';
import { correctionsOf } from '../store/corrections.ts';
import { loadFacts } from '../store/facts.ts';
import { registersBefore } from '../store/meters.ts';
import { loadRules } from '../store/rules.ts';
import { onlyOperator } from '../store/sessions.ts';
import { tellCorrection, type CorrectionStory } from './correction-story.ts';
import { tracePostings, type TracedPosting } from './postings.ts';
import { sessionSeen, type PlacesSeen } from './seen.ts';
import { SESSION_COLUMNS, SESSION_TABLES, type SessionRow } from './sessions.ts';

export const READINGS_MAX = 2_000;
export type ReadingPoint = {
  readonly at: Instant; readonly registerWh: bigint | null; readonly powerW: bigint | null; readonly role: 'start' | 'read' | 'end';
  /** false: set aside as a dip, or what a reset left behind. */
  readonly counted: boolean;
  /** Drawn since the start, as far as readings prove it. */
  readonly energyWh: bigint | null;
};
export type PrintedLine = {
  readonly charged: boolean; readonly kind: 'electricity' | 'service' | 'occupancy'; readonly periodKind: PeriodKind | null; readonly tariffId: TariffId; readonly from: Instant; readonly to: Instant;
  readonly energyWh: bigint | null; readonly minutes: number | null; readonly rateValue: bigint; readonly rateScale: number; readonly amountMinor: bigint;
};
export type BillVersion = {
  readonly billId: BillId; readonly version: number; readonly reason: BillReason; readonly state: 'settled' | 'held'; readonly currency: CurrencyCode; readonly energyWh: bigint;
  readonly totalMinor: bigint; readonly proposedEnergyWh: bigint | null; readonly proposedTotalMinor: bigint | null; readonly fromCouponMinor: bigint; readonly fromHoldMinor: bigint; readonly fromWalletMinor: bigint;
  readonly receivableMinor: bigint; readonly flags: readonly Flag[]; readonly recordedAt: Instant; readonly lines: readonly PrintedLine[];
  /** What a decision changed against the version before, for the member; null where none did. */
  readonly correction: CorrectionStory | null;
  /** What this version booked: every figure above is in one of these transfers. */
  readonly postings: readonly TracedPosting[];
};
export type SessionStory = SessionRow & {
  readonly startActor: string | null; readonly startDevice: string | null; readonly startIp: string | null; readonly holdMinor: bigint;
  readonly holdState: 'none' | 'held' | 'posted' | 'voided'; readonly stopReason: string | null; readonly offline: boolean; readonly readings: readonly ReadingPoint[];
  readonly flags: readonly Flag[];
  /** Newest first; the first is the current one. */
  readonly versions: readonly BillVersion[];
  readonly frameSequences: readonly bigint[];
};

/** Everything that is known of one session: derived anew from its facts, with every version of its bill. @returns null when there is none to be seen. */
export async function loadSessionStory(tx: Tx, sessionId: SessionId, places: PlacesSeen = 'operator'): Promise<SessionStory | null> {
  const seen = sessionSeen(places, 3);
  const [row] = await tx.query<SessionRow & Pick<SessionStory, 'startActor' | 'startDevice' | 'startIp' | 'holdMinor' | 'holdState'> & { maxPowerW: bigint; startRepeated: boolean; connectorId: ConnectorId | null }>(
    `select ${SESSION_COLUMNS}, s.start_actor as "startActor", s.start_device as "startDevice", s.start_ip as "startIp", s.hold_minor as "holdMinor",
       s.hold_state as "holdState", s.max_power_w as "maxPowerW", s.start_repeated as "startRepeated",
       s.connector_id as "connectorId"
     from ${SESSION_TABLES} where s.operator_id = $1 and s.session_id = $2${seen.sql}`, [onlyOperator(tx), sessionId, ...seen.values]);
  if (!row) return null;
  const facts = (await loadFacts(tx, [sessionId])).get(sessionId) ?? [];
  const closure = (await loadClosures(tx, [sessionId])).get(sessionId) ?? null;
  const { rules } = await loadRules(tx);
  const closed = { ...row, closureKind: closure?.kind ?? null, closureAt: closure?.at ?? null };
  const around = (await loadCircumstances(tx, [closed])).get(sessionId);
  const contextOf = (before: RegisterChain): SessionContext => sessionContext(closed, before, rules, around);
  const { connectorId, maxPowerW } = row;
  const before = (await registersBefore(tx, [{ sessionId, connectorId, maxPowerW, opening: openingOf(derive(facts, contextOf(EMPTY_CHAIN)), rules) }])).get(sessionId);
  const derived = derive(facts, contextOf(before ?? EMPTY_CHAIN));
  const versions = await billVersions(tx, sessionId, row.connectorId);
  return {
    ...row, stopReason: derived.stopReason, offline: derived.offline, readings: readingPoints(facts, derived), flags: versions[0]?.flags ?? derived.flags, versions,
    frameSequences: [...new Set(facts.map((fact) => fact.frameSequence))].sort((a, b) => (a < b ? -1 : 1)),
  };
}

async function billVersions(tx: Tx, sessionId: SessionId, connectorId: ConnectorId | null): Promise<BillVersion[]> {
  const bills = await tx.query<Omit<BillVersion, 'lines' | 'postings' | 'correction'> & { memberId: MemberId | null; correctionId: CorrectionId | null }>(
    `select bill_id as "billId", version, reason, state, currency, energy_wh as "energyWh", total_minor as "totalMinor", proposed_energy_wh as "proposedEnergyWh",
       proposed_total_minor as "proposedTotalMinor", from_coupon_minor as "fromCouponMinor", from_hold_minor as "fromHoldMinor", from_wallet_minor as "fromWalletMinor", receivable_minor as "receivableMinor", flags,
       recorded_at as "recordedAt", member_id as "memberId", correction_id as "correctionId"
     from charging.bill where operator_id = $1 and session_id = $2 order by version desc`, [onlyOperator(tx), sessionId]);
  const lines = await tx.query<PrintedLine & { billId: BillId }>(
    `select bill_id as "billId", charged, kind, period_kind as "periodKind", tariff_id as "tariffId", from_at as "from", to_at as "to", energy_wh as "energyWh", minutes,
       rate_value as "rateValue", rate_scale as "rateScale", amount_minor as "amountMinor"
     from charging.bill_line where operator_id = $1 and bill_id = any($2::uuid[]) order by bill_id, line_number`, [onlyOperator(tx), bills.map((bill) => bill.billId)]);
  const byBill = Map.groupBy(lines, (line) => line.billId);
  const postings = await tracePostings(tx, bills, connectorId);
  const corrections = bills.length < 2 ? [] : (await correctionsOf(tx, [sessionId])).get(sessionId) ?? [];
  return bills.map(({ memberId: _payer, ...bill }, i) => ({ ...bill, correction: tellCorrection(bill, bills[i + 1], corrections), lines: byBill.get(bill.billId) ?? [], postings: postings.get(bill.billId) ?? [] }));
}

/** Registers as they were judged, with the power measured at the same moment; thinned evenly beyond `READINGS_MAX`. */
function readingPoints(facts: readonly ChargePointFact[], derived: DerivedSession): ReadingPoint[] {
  const powerAt = new Map<number, bigint>();
  for (const fact of facts) if (fact.kind === 'register_read' && fact.powerW !== null) powerAt.set(believedAt(fact), fact.powerW);
  let next = 0;
  let energyWh = 0n;
  const points: ReadingPoint[] = derived.readings.map((reading) => {
    for (; next < derived.intervals.length && derived.intervals[next]!.to <= reading.at; next++) energyWh += derived.intervals[next]!.energy;
    return { at: reading.at, registerWh: reading.registerWh, powerW: powerAt.get(reading.at) ?? null, role: reading.role, counted: reading.counted, energyWh: reading.counted ? energyWh : null };
  });
  const registered = new Set(points.map((point) => point.at));
  for (const [at, powerW] of powerAt) {
    if (!registered.has(at as Instant)) points.push({ at: at as Instant, registerWh: null, powerW, role: 'read', counted: true, energyWh: null });
  }
  points.sort((a, b) => a.at - b.at);
  const stride = Math.ceil(points.length / READINGS_MAX);
  return stride <= 1 ? points : points.filter((point, i) => i % stride === 0 || point.role !== 'read' || !point.counted);
}
