import { assert, ok, refuse, wattHours, type Clock, type CorrectionId, type CurrencyCode, type MemberId, type Result, type SessionId, type WattHours } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { CORRECTION_REASON_LENGTH_MAX, differenceOf, evidenceDigestOf, needsSecondPerson, occupancyAfter, spreadEnergy, type Correction, type CorrectionThreshold, type Difference } from '../domain/correction.ts';
import { isHeld } from '../domain/flag.ts';
import type { EnergySource } from '../domain/repair-proposal.ts';
import type { Session } from '../domain/session.ts';
import { currentBills, type BillReason, type CurrentBill } from '../store/bills.ts';
import { correctionsOf, decidedBills, findCorrection, insertCorrection, loadCorrectionPolicy, setActiveCorrection, type BillFigures, type CorrectionRow } from '../store/corrections.ts';
import { insertOrphanLink } from '../orphans/store.ts';
import { lockSessions } from '../store/sessions.ts';
import { settleWithMeters } from './apply-facts.ts';
import { weigh, type Weighed } from './propose-corrections.ts';
import { rederiveSessions } from './rederive-sessions.ts';
import { startWorking, type Working } from './working.ts';

export type CorrectBill = {
  /** The correction's own id: the same command again answers what it did. */
  readonly commandId: string;
  readonly sessionId: SessionId;
  readonly source: EnergySource;
  /** What a person types; of another source, what they saw, and then it must still be that. */
  readonly energyWh?: bigint | null;
  /** Of the proposal that was seen; null accepts whatever is offered now. */
  readonly evidenceDigest?: string | null;
  /** What it was seen to cost; refused where its price has changed since. */
  readonly totalMinor?: bigint | null;
  /** Written for the member to read. 1 to 500 characters. */
  readonly reason: string;
  readonly decidedBy: 'policy' | 'person';
  readonly actor: string;
  /** The second person, where one was asked. */
  readonly approval: { readonly approvalId: string; readonly approvedBy: string } | null;
};

/** In the order in which they are checked. */
export type CorrectionRejection =
  | { readonly code: 'correction_command_reused' }
  | { readonly code: 'session_not_found' }
  | { readonly code: 'session_not_ended' }
  | { readonly code: 'correction_reason_missing'; readonly lengthMax: number }
  | { readonly code: 'bill_corrected_already'; readonly correctionId: CorrectionId }
  | { readonly code: 'bill_not_abnormal' }
  | { readonly code: 'correction_evidence_changed'; readonly evidenceDigest: string }
  | { readonly code: 'correction_source_not_offered'; readonly offered: readonly EnergySource[] }
  | { readonly code: 'correction_energy_invalid' }
  | { readonly code: 'correction_above_power'; readonly energyWh: string; readonly energyWhMax: string }
  | { readonly code: 'correction_outside_registers'; readonly energyWh: string; readonly energyWhMax: string }
  | { readonly code: 'correction_not_priceable'; readonly refusal: string }
  | { readonly code: 'correction_without_payer' }
  | CorrectionNeedsSecondPerson;
export type CorrectionNeedsSecondPerson = {
  readonly code: 'correction_needs_second_person'; readonly differenceMinor: string; readonly differenceWh: string; readonly aboveMinor: string; readonly aboveWh: string;
  /** What the second person is asked for: approving it is refused where it has changed meanwhile. */
  readonly evidenceDigest: string; readonly totalMinor: string;
};

export type CorrectedBill = {
  readonly correctionId: CorrectionId; readonly sessionId: SessionId; readonly memberId: MemberId | null; readonly currency: CurrencyCode;
  readonly before: BillFigures; readonly after: BillFigures;
};

/**
 * Decides what an abnormal session drew, and makes the bill that follows: the next version, with wallet, receivable, coupons, revenue and
 * energy in the caller's transaction. The same command again changes nothing. Of two at the same bill one wins and the other is refused.
 * Nobody gets above the limits of power and registers; above the operator's threshold only with a second person.
 */
export async function correctBill(tx: Tx, act: CorrectBill, { clock }: { clock: Clock }): Promise<Result<CorrectedBill, CorrectionRejection>> {
  const working = startWorking(tx, clock);
  const [session] = await lockSessions(tx, [], [act.sessionId]);
  const known = await findCorrection(tx, act.commandId as CorrectionId);
  if (known) return sameCommand(known, act) ? ok(await outcomeOf(tx, known, (await working.operator()).currency)) : refuse({ code: 'correction_command_reused' });
  if (!session) return refuse({ code: 'session_not_found' });
  if (session.state !== 'ended') return refuse({ code: 'session_not_ended' });
  const reason = act.reason.trim();
  if (reason.length === 0 || reason.length > CORRECTION_REASON_LENGTH_MAX) return refuse({ code: 'correction_reason_missing', lengthMax: CORRECTION_REASON_LENGTH_MAX });
  const [weighed] = await weigh(working, [session]);
  const corrected = weighed?.current?.correctionId ?? null;
  if (corrected !== null) return refuse({ code: 'bill_corrected_already', correctionId: corrected });
  if (!weighed || !isHeld(weighed.evidence.flags)) return refuse({ code: 'bill_not_abnormal' });
  const chosen = choose(act, weighed);
  if (!chosen.ok) return chosen;
  const refused = await checkLimits(working, { act, weighed, chosen: chosen.value });
  if (refused) return refuse(refused);
  const before = weighed.current!;
  const { candidates, chosen: proposed, primaryCause, why, automatic, priced } = weighed.proposal;
  const earlier = (await correctionsOf(tx, [session.sessionId])).get(session.sessionId) ?? [];
  const row: CorrectionRow = {
    correctionId: act.commandId as CorrectionId, sessionId: session.sessionId, number: earlier.length + 1, kind: 'accept', reverts: null, billId: before.billId, ...chosen.value, evidenceDigest: evidenceDigestOf(weighed.derived, weighed.evidence.flags),
    proposal: { primaryCause, chosen: proposed, automatic, why, candidates: candidates.map(({ intervals: _places, ...candidate }, i) => ({ ...candidate, totalMinor: priced[i]!.totalMinor })) },
    decidedBy: act.decidedBy, actor: act.actor, reason, approvalId: act.approval?.approvalId ?? null, approvedBy: act.approval?.approvedBy ?? null, rulesVersion: weighed.rulesVersion, recordedAt: clock.now(),
  };
  await insertCorrection(tx, { ...row, accepted: chosen.value });
  const orphanId = act.source === 'device_bill' ? weighed.orphan?.orphan.sessionId ?? null : null;
  if (orphanId !== null) await insertOrphanLink(tx, { correctionId: row.correctionId, sessionId: session.sessionId, orphanSessionId: orphanId, evidence: { because: weighed.orphan!.because }, recordedAt: clock.now() });
  const after = await settleAgain(working, session, row.correctionId, 'corrected');
  if (orphanId !== null) await rederiveSessions(tx, [orphanId], { clock });
  assert(after.correctionId === row.correctionId, 'a bill follows the correction that was just made');
  return ok(correctedBill(row, weighed.operator.currency, session.memberId, { before, after }));
}

type Chosen = Pick<Correction, 'source' | 'energyWh' | 'lowerWh' | 'upperWh' | 'intervals'>;

/** What was asked for, placed in time. Its bounds hold what is proven now, so that only new evidence contradicts it. */
function choose({ source, energyWh, evidenceDigest }: CorrectBill, { derived, proposal }: Weighed): Result<Chosen, CorrectionRejection> {
  const span = { from: derived.startedAt, to: derived.endedAt! };
  if (evidenceDigest && evidenceDigest !== proposal.evidenceDigest) return refuse({ code: 'correction_evidence_changed', evidenceDigest: proposal.evidenceDigest });
  if (source === 'typed') {
    if (energyWh === null || energyWh === undefined || energyWh < 0n || energyWh > TYPED_WH_MAX) return refuse({ code: 'correction_energy_invalid' });
    const typed = wattHours(energyWh);
    return ok({ source, energyWh: typed, ...boundsAround([typed, derived.energyWh]), intervals: spreadEnergy(typed, derived.intervals, span) });
  }
  const candidate = proposal.candidates.find((each) => each.source === source);
  if (!candidate) return refuse({ code: 'correction_source_not_offered', offered: proposal.candidates.map((each) => each.source) });
  if (energyWh !== null && energyWh !== undefined && energyWh !== candidate.energyWh) return refuse({ code: 'correction_evidence_changed', evidenceDigest: proposal.evidenceDigest });
  return ok({
    source, energyWh: candidate.energyWh, ...boundsAround([candidate.lowerWh, candidate.upperWh, candidate.energyWh, derived.energyWh]),
    intervals: spreadEnergy(candidate.energyWh, candidate.intervals, span),
  });
}

/** More than any charge point delivers in a session that is believed; what is plausible for this one is checked after it. */
const TYPED_WH_MAX = 1_000_000_000n;
const boundsAround = (values: readonly WattHours[]): { lowerWh: WattHours; upperWh: WattHours } =>
  ({ lowerWh: values.reduce((a, b) => (b < a ? b : a)), upperWh: values.reduce((a, b) => (b > a ? b : a)) });

async function checkLimits(working: Working, { act, weighed, chosen }: { readonly act: CorrectBill; readonly weighed: Weighed; readonly chosen: Chosen }): Promise<CorrectionRejection | null> {
  const { session, derived, proposal: { bounds, candidates, priced, evidenceDigest }, price, operator, current } = weighed;
  const { energyWh, intervals } = chosen;
  if (energyWh > bounds.byPowerWh) return { code: 'correction_above_power', energyWh: String(energyWh), energyWhMax: String(bounds.byPowerWh) };
  // What registers span, and what can have been drawn where they were not seen.
  const spanned = act.source === 'device_bill' && weighed.orphan !== undefined ? null : candidates.find(({ source }) => source === 'registers')?.upperWh ?? null;
  const byRegistersWh = [bounds.byRegistersWh, spanned].reduce((a, b) => (a === null || (b !== null && b < a) ? b : a));
  if (byRegistersWh !== null && energyWh > byRegistersWh) return { code: 'correction_outside_registers', energyWh: String(energyWh), energyWhMax: String(byRegistersWh) };
  if (energyWh > 0n && session.connectorId === null) return { code: 'correction_not_priceable', refusal: 'connector_unknown' };
  const rated = price(energyWh, intervals, occupancyAfter(derived.occupancy, intervals));
  if (!rated.ok) return { code: 'correction_not_priceable', refusal: rated.error.code };
  const { totalMinor } = rated.value;
  if (session.memberId === null && totalMinor > 0n) return { code: 'correction_without_payer' };
  const shownMinor = priced[candidates.findIndex(({ source }) => source === act.source)]?.totalMinor ?? totalMinor;
  if (act.totalMinor !== undefined && act.totalMinor !== null && act.totalMinor !== shownMinor) return { code: 'correction_evidence_changed', evidenceDigest };
  if (act.approval !== null) return null;
  const threshold = await loadCorrectionPolicy(working.tx, operator.currency);
  const difference = differenceOf(current!, { totalMinor, energyWh });
  return needsSecondPerson(difference, threshold) ? { ...secondPerson(difference, threshold), evidenceDigest, totalMinor: String(shownMinor) } : null;
}

const secondPerson = ({ minor, wh }: Difference, { aboveMinor, aboveWh }: CorrectionThreshold): Omit<CorrectionNeedsSecondPerson, 'evidenceDigest' | 'totalMinor'> =>
  ({ code: 'correction_needs_second_person', differenceMinor: String(minor), differenceWh: String(wh), aboveMinor: String(aboveMinor), aboveWh: String(aboveWh) });

/** The locked session with another active correction, and the bill that follows. */
export async function settleAgain(working: Working, session: Session, correctionId: CorrectionId | null, reason: BillReason): Promise<CurrentBill> {
  await setActiveCorrection(working.tx, session.sessionId, correctionId);
  const changed = { ...session, correctionId };
  await settleWithMeters(working, [changed], [], new Map([[session.sessionId, changed]]), reason);
  const current = (await currentBills(working.tx, [session.sessionId])).get(session.sessionId);
  assert(current, 'an ended session has a bill');
  return current;
}

export const correctedBill = ({ correctionId, sessionId }: Pick<CorrectionRow, 'correctionId' | 'sessionId'>, currency: CurrencyCode, memberId: MemberId | null, { before, after }: { before: CurrentBill; after: CurrentBill }): CorrectedBill => {
  const figures = ({ billId, state, energyWh, totalMinor }: CurrentBill): BillFigures => ({ billId, state, energyWh, totalMinor });
  return { correctionId, sessionId, memberId, currency, before: figures(before), after: figures(after) };
};

const sameCommand = (known: CorrectionRow, act: CorrectBill): boolean =>
  known.kind === 'accept' && known.sessionId === act.sessionId && known.source === act.source && (act.source !== 'typed' || known.energyWh === act.energyWh);

/** What a correction did when it was made: the version it was decided on, and the one that it made of it. */
export async function outcomeOf(tx: Tx, row: CorrectionRow, currency: CurrencyCode): Promise<CorrectedBill> {
  const { before, after, memberId } = await decidedBills(tx, row);
  return { correctionId: row.correctionId, sessionId: row.sessionId, memberId, currency, before, after };
}
