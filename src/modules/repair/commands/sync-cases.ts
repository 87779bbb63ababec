import { addMs, assert, MS_PER_DAY, type Clock, type RepairCaseId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { isClosed, type CaseEventKind, type CaseState, type RepairCase } from '../domain/case.ts';
import { lockCases } from '../store/cases.ts';
import { loadRepairPolicy } from '../store/policy.ts';
import { SUBJECTS_MAX, type RepairSubject, type SubjectProposal, type SubjectStanding } from '../subject.ts';
import { changeCases, type CaseChange } from './change-case.ts';

/**
 * Brings the cases of these subjects in line with what their owner says of them now: opens, closes and opens them again, and keeps the
 * proposal beside them. Doing it again changes nothing. At most `SUBJECTS_MAX` at once.
 */
export async function syncCases(tx: Tx, subject: RepairSubject, subjectIds: readonly string[], { clock }: { clock: Clock }): Promise<void> {
  assert(subjectIds.length <= SUBJECTS_MAX, `at most ${SUBJECTS_MAX} subjects at once`);
  if (subjectIds.length === 0) return;
  const known = new Map((await lockCases(tx, { subjectKind: subject.kind, subjectIds })).map((each) => [each.subjectId, each]));
  const standings = await subject.describe(tx, subjectIds);
  const doubtful = [...standings].filter(([, { standing }]) => standing === 'in_doubt').map(([id]) => id);
  const proposals = doubtful.length === 0 ? new Map<string, SubjectProposal>() : await subject.propose(tx, doubtful, { clock });
  const changes: CaseChange[] = [];
  for (const [subjectId, standing] of standings) {
    const { dueDays } = await loadRepairPolicy(tx, standing.currency);
    const change = nextOf(known.get(subjectId) ?? null, standing, proposals.get(subjectId) ?? null, { subjectKind: subject.kind, subjectId, dueDays, clock });
    if (change !== null) changes.push(change);
  }
  await changeCases(tx, changes, { clock });
}

type New = { readonly subjectKind: string; readonly subjectId: string; readonly dueDays: number; readonly clock: Clock };

/** What becomes of a case, given how its subject stands. @returns null where nothing does. */
function nextOf(from: RepairCase | null, standing: SubjectStanding, proposal: SubjectProposal | null, of: New): CaseChange | null {
  if (from === null && standing.standing === 'clean') return null;
  const now = of.clock.now();
  const known = from ?? {
    caseId: newUuid() as RepairCaseId, subjectKind: of.subjectKind, subjectId: of.subjectId, openedAt: now, dueAt: addMs(now, of.dueDays * MS_PER_DAY), closedAt: null, ownerId: null, approvalId: null,
    referenceId: null, eventCount: 0, changedAt: now,
  };
  const described = { ...known, ...figuresOf(standing, proposal, from) };
  const become = (state: CaseState, kind: CaseEventKind, change: Partial<RepairCase> = {}): CaseChange =>
    ({ from, to: { ...described, ...change, state }, happened: { kind, actor: 'system', data: { causes: standing.causes, source: described.proposedSource, energyWh: described.proposedWh } } });
  if (standing.standing === 'clean') return from?.state === 'resolved_by_facts' ? null : become('resolved_by_facts', 'resolved_by_facts', { referenceId: null });
  if (standing.standing === 'repaired') {
    return from?.state === 'applied' && from.referenceId === standing.referenceId ? null : become('applied', from === null ? 'opened' : 'applied', { referenceId: standing.referenceId });
  }
  const state: CaseState = standing.putBack ? 'reverted' : described.proposedSource === null ? 'open' : 'proposed';
  if (from === null) return become(state, 'opened');
  const same = from.evidenceDigest === described.evidenceDigest && sameFigures(from, described);
  if (from.state === 'dismissed' && same) return null;
  if (isClosed(from.state)) return become(state, standing.putBack ? 'reverted' : 'doubted_again', { dueAt: addMs(now, of.dueDays * MS_PER_DAY), referenceId: null });
  if (from.state === 'awaiting_approval' || from.state === state) return same ? null : become(from.state === 'awaiting_approval' ? from.state : state, 'proposal_changed');
  return become(state, 'proposal_changed');
}

type Figures = Omit<RepairCase, 'caseId' | 'subjectKind' | 'subjectId' | 'state' | 'openedAt' | 'dueAt' | 'closedAt' | 'ownerId' | 'approvalId' | 'referenceId' | 'eventCount' | 'changedAt'>;

function figuresOf(standing: SubjectStanding, proposal: SubjectProposal | null, from: RepairCase | null): Figures {
  const { codes, causes, stationId, chargePointId, maker, model, firmware, currency, beganAt, occurredAt } = standing;
  const chosen = proposal?.candidates.find(({ source }) => source === proposal.chosen) ?? null;
  const evidenceDigest = proposal?.evidenceDigest ?? null;
  // What a policy was refused for stays refused as long as the facts are the same.
  const refused = from !== null && !from.automatic && from.evidenceDigest !== null && from.evidenceDigest === evidenceDigest;
  return {
    codes, causes, primaryCause: proposal?.primaryCause ?? standing.primaryCause, stationId, chargePointId, maker, model, firmware, currency, beganAt, occurredAt, evidenceDigest,
    atStakeMinor: chosen?.amountMinor ?? standing.atStakeMinor, atStakeWh: chosen?.energyWh ?? standing.atStakeWh,
    proposedSource: chosen?.source ?? null, proposedWh: chosen?.energyWh ?? null, proposedMinor: chosen?.amountMinor ?? null, chargedMinor: standing.chargedMinor, confidence: chosen?.confidence ?? null,
    automatic: proposal !== null && proposal.automatic && chosen !== null && !refused && !standing.putBack,
  };
}

const sameFigures = (a: Figures, b: Figures): boolean =>
  a.proposedSource === b.proposedSource && a.proposedWh === b.proposedWh && a.proposedMinor === b.proposedMinor && a.chargedMinor === b.chargedMinor && a.atStakeMinor === b.atStakeMinor && a.primaryCause === b.primaryCause
  && a.causes.join() === b.causes.join() && a.firmware === b.firmware;
