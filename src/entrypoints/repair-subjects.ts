import { assert, ok, refuse, type ChargePointId, type CorrectionId, type SessionId } from '../kernel/index.ts';
import { billStandings, correctBill, heldSessions, proposeCorrections, revertCorrection, type BillStanding, type CorrectionProposal, type EnergySource } from '../modules/charging/index.ts';
import { chargePointMakes, loadChargePoints, type Make } from '../modules/locations/index.ts';
import { applyCase, repairSubjects, syncCases, type By, type Choice, type RepairSubject, type SubjectProposal, type SubjectStanding } from '../modules/repair/index.ts';
import { requestApproval, type ApprovalKind } from '../platform/approvals/index.ts';
import { actorIdOf, recordAct } from '../platform/audit-log/index.ts';
import type { Tx } from '../platform/database/index.ts';
import { announce } from '../platform/live-updates/index.ts';
import type { Subscriber } from '../platform/outbox/index.ts';
import { CHARGING_EVENTS } from '../modules/charging/events.ts';

const KIND = 'charging_bill';
const CORRECT_BILL = 'charging.correct_bill';
const sessions = (ids: readonly string[]): readonly SessionId[] => ids as readonly SessionId[];

/** Charging bills as something that can be repaired; a subject is a session, because its bill has versions. */
const chargingBills: RepairSubject = {
  kind: KIND,
  async describe(tx, ids) {
    const standings = await billStandings(tx, sessions(ids));
    const makes = await chargePointMakes(tx, [...new Set(standings.map(({ chargePointId }) => chargePointId))]);
    return new Map(standings.map((standing) => [standing.sessionId as string, standingOf(standing, makes)]));
  },
  async propose(tx, ids, context) {
    return new Map([...(await proposeCorrections(tx, sessions(ids), context))].map(([sessionId, proposal]) => [sessionId as string, proposalOf(proposal)]));
  },
  apply: (tx, subjectId, choice, by, context) => applyToBill(tx, subjectId as SessionId, { choice, by }, context),
  async revert(tx, subjectId, { referenceId, reason }, by, { clock }) {
    const undone = await revertCorrection(tx, { correctionId: referenceId as CorrectionId, reason, actor: actorIdOf(by.actor) }, { clock });
    if (!undone.ok) return undone;
    await recordAct(tx, { actor: by.actor, from: by.from, act: 'charging.revert_correction', subject: { kind: 'session', id: subjectId }, before: { ...undone.value.before }, after: { ...undone.value.after }, reason }, { clock });
    return ok(null);
  },
  inDoubt: (tx, { after, countMax }) => heldSessions(tx, { after: after as SessionId | null, countMax }),
};

/** Everything that can be repaired. One line an owner. */
export const REPAIR_SUBJECTS = repairSubjects([chargingBills]);

function standingOf(bill: BillStanding, makes: ReadonlyMap<ChargePointId, Make>): SubjectStanding {
  const holding = bill.flags.filter(({ effect }) => effect === 'hold');
  return {
    standing: bill.correctionId !== null ? 'repaired' : bill.inDoubt ? 'in_doubt' : 'clean', referenceId: bill.correctionId, putBack: bill.putBack,
    codes: [...new Set(bill.flags.flatMap(({ code }) => (code === null ? [] : [code])))], causes: [...new Set(bill.flags.map(({ cause }) => cause))],
    primaryCause: (holding[0] ?? bill.flags[0])?.cause ?? 'none', stationId: bill.stationId, chargePointId: bill.chargePointId,
    ...(makes.get(bill.chargePointId) ?? { maker: null, model: null, firmware: null }), currency: bill.currency, atStakeMinor: bill.totalMinor, atStakeWh: bill.energyWh,
    chargedMinor: bill.chargedMinor, chargedWh: bill.chargedWh, beganAt: bill.startedAt, occurredAt: bill.endedAt,
  };
}

const proposalOf = ({ candidates, priced, primaryCause, chosen, automatic, why, evidenceDigest, bounds }: CorrectionProposal): SubjectProposal => ({
  primaryCause, chosen, automatic, why, evidenceDigest, energyWhMax: bounds.upperWh,
  candidates: candidates.map(({ source, energyWh, lowerWh, upperWh, confidence, evidence }, i) => ({ source, energyWh, lowerWh, upperWh, confidence, evidence, amountMinor: priced[i]!.totalMinor, refusal: priced[i]!.refusal })),
});

type Act = { readonly choice: Choice; readonly by: By & { readonly caseId: string } };

/** A correction above the operator's threshold becomes a request to a second person; a policy never makes one. */
async function applyToBill(tx: Tx, sessionId: SessionId, { choice, by }: Act, context: Parameters<RepairSubject['apply']>[4]): ReturnType<RepairSubject['apply']> {
  const { commandId, energyWh, evidenceDigest, amountMinor = null, reason } = choice;
  const source = choice.source as EnergySource;
  const actor = by.decidedBy === 'policy' ? 'policy' : actorIdOf(by.actor);
  const made = await correctBill(tx, { commandId, sessionId, source, energyWh, evidenceDigest, totalMinor: amountMinor, reason, decidedBy: by.decidedBy, actor, approval: by.approval }, context);
  if (made.ok) {
    const { before, after } = made.value;
    await recordAct(tx, {
      actor: by.approval ? { kind: 'user', id: by.approval.approvedBy } : by.actor, from: by.from, act: 'charging.correct_bill', subject: { kind: 'session', id: sessionId }, before: { ...before },
      after: { ...after, source, correctionId: made.value.correctionId, askedBy: actor, decidedBy: by.decidedBy }, reason,
    }, context);
    return ok({ state: 'applied', referenceId: made.value.correctionId });
  }
  if (made.error.code !== 'correction_needs_second_person' || by.decidedBy === 'policy') return refuse(made.error);
  const { differenceMinor, aboveMinor, differenceWh, aboveWh, evidenceDigest: shown, totalMinor } = made.error;
  const approvalId = await requestApproval(tx, {
    kind: CORRECT_BILL, payload: { caseId: by.caseId, commandId, source, energyWh, evidenceDigest: shown, amountMinor: totalMinor }, subject: { kind: 'session', id: sessionId }, reason,
    rule: `a correction by more than ${aboveMinor} minor units or ${aboveWh} Wh needs a second person; this one is by ${differenceMinor} and ${differenceWh}`, requestedBy: by.actor, from: by.from,
  }, context);
  announce(tx, 'approvals');
  return ok({ state: 'awaiting_approval', approvalId });
}

/** What approving does: the case is applied in the name of whoever asked, with the second person beside it. */
export const correctBillApproval: ApprovalKind = {
  kind: CORRECT_BILL,
  async apply(tx, { approvalId, payload, requestedBy, reason, decidedBy }, { clock, from }) {
    const { caseId, commandId, source, energyWh, evidenceDigest, amountMinor } = payload as { caseId: string; commandId: string; source: string; energyWh: string | null; evidenceDigest: string | null; amountMinor?: string };
    const applied = await applyCase(
      tx, { caseId: caseId as Parameters<typeof applyCase>[1]['caseId'], commandId, source, energyWh: energyWh === null ? null : BigInt(energyWh), evidenceDigest, amountMinor: amountMinor === undefined ? null : BigInt(amountMinor), reason },
      { actor: { kind: 'user', id: requestedBy }, from, decidedBy: 'person', approval: { approvalId, approvedBy: decidedBy } }, { subjects: REPAIR_SUBJECTS, clock });
    return applied.ok ? ok({ caseId, correctionId: applied.value.referenceId }) : refuse(applied.error);
  },
};

export const REPAIR_SUBSCRIBER = 'repair.cases';
const sessionOf = (payload: Readonly<Record<string, unknown>>): string => payload.sessionId as string;
/** A first bill with nothing odd about it opens no case and closes none. */
const concernsCases = ({ abnormal, state, version }: Readonly<Record<string, unknown>>): boolean => abnormal === true || state === 'held' || Number(version) > 1;

/** Cases hear of every bill. Delivered at least once: bringing them in line again changes nothing. */
export const repairSubscriber = (clock: Parameters<RepairSubject['apply']>[4]['clock']): Subscriber => {
  const handleMany: NonNullable<Subscriber['handleMany']> = async (tx, events) => {
    const ids = [...new Set(events.filter(({ payload }) => concernsCases(payload)).map(({ payload }) => sessionOf(payload)))];
    await syncCases(tx, chargingBills, ids, { clock });
  };
  return { name: REPAIR_SUBSCRIBER, types: [CHARGING_EVENTS.billIssued], handle: (tx, event) => handleMany(tx, [event]), handleMany };
};

/** What people call the places of cases. */
export async function nameRepairPlaces(tx: Tx, { chargePointIds }: { readonly chargePointIds: readonly string[] }): Promise<{ chargePoints: Map<string, string>; stations: Map<string, string> }> {
  const points = [...(await loadChargePoints(tx, chargePointIds as readonly ChargePointId[])).values()];
  return { chargePoints: new Map(points.map(({ chargePointId, identity }) => [chargePointId, identity])), stations: new Map(points.map(({ stationId, stationName }) => [stationId, stationName])) };
}

const UNDELIVERED_MAX = 100_000;
/** Sessions of bills that a subscriber has not heard of yet. */
export async function undeliveredBills(tx: Tx, subscriber: string): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ sessionId: string }>(
    `select o.payload ->> 'sessionId' as "sessionId" from platform.outbox o
     left join platform.outbox_cursor c on c.operator_id = o.operator_id and c.subscriber = $2
     where o.operator_id = $1 and o.type = $3 and (o.transaction_id, o.sequence) > (coalesce(c.transaction_id, '0'), coalesce(c.sequence, 0)) order by o.transaction_id, o.sequence limit ${UNDELIVERED_MAX}`,
    [tx.operatorIds[0], subscriber, CHARGING_EVENTS.billIssued]);
  return new Set(rows.map(({ sessionId }) => sessionId));
}

/** Subjects of events that the cases have not heard of yet. */
export function undeliveredSubjects(tx: Tx, subjectKind: string): Promise<ReadonlySet<string>> {
  assert(subjectKind === KIND, 'charging bills are what there is');
  return undeliveredBills(tx, REPAIR_SUBSCRIBER);
}
