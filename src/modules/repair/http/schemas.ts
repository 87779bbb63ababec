import { Type, type Static } from 'typebox';
import { money, type CurrencyCode, type OperatorId } from '../../../kernel/index.ts';
import type { ActorNames, NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { IdJson, idToJson, InstantJson, instantToJson, MoneyJson, moneyToJson, NullOr, orNull, WattHoursJson, wattHoursToJson } from '../../../platform/http/index.ts';
import { CASE_STATES, CONFIDENCES, type CaseEvent, type RepairCase } from '../domain/case.ts';
import { BULK_ITEM_STATES, BULK_STATES, type BulkGroup, type BulkItem, type BulkRun } from '../store/bulk.ts';
import type { PlacesSeen } from '../queries/cases.ts';
import type { RepairSubjects, SubjectCandidate, SubjectProposal, SubjectStanding } from '../subject.ts';

/** What repair takes from the composition root: it knows no other module. */
export type RepairSurroundings = {
  readonly subjects: RepairSubjects; readonly nameActors: NameActors; readonly currencyOf: (tx: Tx) => Promise<CurrencyCode>;
  /** Stations and charge points by what people call them. */
  /** When which stations were run by the sub-operators that a role is limited to. */
  readonly placesSeen: (tx: Tx, subOperators: 'operator' | readonly string[]) => Promise<PlacesSeen>;
  /** Told when somebody lets a bulk run begin, so that it need not wait for the next minute. */
  readonly wake?: (operatorId: OperatorId) => void;
  readonly namePlaces: (tx: Tx, ids: { readonly chargePointIds: readonly string[] }) => Promise<{ readonly chargePoints: ReadonlyMap<string, string>; readonly stations: ReadonlyMap<string, string> }>;
};
export type CaseNames = Awaited<ReturnType<RepairSurroundings['namePlaces']>> & { readonly actors: ActorNames };

const Integer = Type.Integer();
const Text = Type.String();
export const CaseStateJson = Type.Enum([...CASE_STATES], { title: 'RepairCaseState' });
export const ConfidenceJson = Type.Enum([...CONFIDENCES], { title: 'RepairConfidence' });
export const SourceJson = Type.String({ pattern: '^[a-z_]{1,40}$', title: 'EnergySource', description: 'device_bill | platform_count | registers | estimate | typed' });
export const ReasonJson = Type.String({ minLength: 1, maxLength: 500, description: 'Why. Of a repair, the member reads it.' });
export const EvidenceJson = Type.Object({ key: Text, data: Type.Record(Type.String(), Type.Unknown()) }, { title: 'RepairEvidence', description: 'What it rests on: the console says it in words. Energy in Wh as decimal strings, instants in milliseconds since 1970.' });

export const CaseJson = Type.Object({
  caseId: IdJson('rpc'), subjectKind: Text, sessionId: NullOr(IdJson('chg')), state: CaseStateJson, codes: Type.Array(Integer), causes: Type.Array(Text), primaryCause: Text,
  stationId: NullOr(IdJson('sta')), stationName: NullOr(Text), chargePointId: NullOr(IdJson('cp')), chargePointIdentity: NullOr(Text), maker: NullOr(Text), model: NullOr(Text), firmware: NullOr(Text),
  atStake: MoneyJson, atStakeWh: WattHoursJson, proposal: NullOr(Type.Object({ source: SourceJson, energyWh: WattHoursJson, total: NullOr(MoneyJson), confidence: ConfidenceJson, automatic: Type.Boolean() })),
  occurredAt: InstantJson, openedAt: InstantJson, dueAt: InstantJson, closedAt: NullOr(InstantJson), ownerId: NullOr(IdJson('usr')), ownerName: NullOr(Text), approvalId: NullOr(IdJson('apr')), correctionId: NullOr(IdJson('cor')),
}, { title: 'RepairCase' });
export const CandidateJson = Type.Object({
  source: SourceJson, energyWh: WattHoursJson, lowerWh: WattHoursJson, upperWh: WattHoursJson, confidence: ConfidenceJson, total: NullOr(MoneyJson), refusal: NullOr(Text), evidence: Type.Array(EvidenceJson),
}, { title: 'RepairCandidate', description: 'One of the things that may be true. `total` is null where it has no price, and `refusal` says why.' });
export const ProposalJson = Type.Object({
  chosen: NullOr(SourceJson), automatic: Type.Boolean(), why: EvidenceJson, evidenceDigest: Text, energyWhMax: WattHoursJson, candidates: Type.Array(CandidateJson),
}, { title: 'RepairProposal' });
const EventJson = Type.Object({
  eventNumber: Integer, kind: Text, fromState: NullOr(CaseStateJson), toState: CaseStateJson, actor: Text, reason: NullOr(Text), data: Type.Record(Type.String(), Type.Unknown()), recordedAt: InstantJson,
}, { title: 'RepairCaseEvent' });
export const CaseDetailJson = Type.Object({ ...CaseJson.properties, candidates: NullOr(ProposalJson), events: Type.Array(EventJson) }, { title: 'RepairCaseDetail' });

const amount = (minor: bigint, currency: CurrencyCode) => moneyToJson(money(minor, currency));

export function caseToJson(of: RepairCase, names: CaseNames): Static<typeof CaseJson> {
  return {
    caseId: idToJson('rpc', of.caseId), subjectKind: of.subjectKind, sessionId: of.subjectKind === 'charging_bill' ? idToJson('chg', of.subjectId) : null, state: of.state, codes: [...of.codes], causes: [...of.causes],
    primaryCause: of.primaryCause, stationId: orNull(of.stationId, (id) => idToJson('sta', id)), stationName: orNull(of.stationId, (id) => names.stations.get(id) ?? null),
    chargePointId: orNull(of.chargePointId, (id) => idToJson('cp', id)), chargePointIdentity: orNull(of.chargePointId, (id) => names.chargePoints.get(id) ?? null), maker: of.maker, model: of.model, firmware: of.firmware,
    atStake: amount(of.atStakeMinor, of.currency), atStakeWh: wattHoursToJson(of.atStakeWh),
    proposal: of.proposedSource === null ? null : {
      source: of.proposedSource, energyWh: wattHoursToJson(of.proposedWh!), total: orNull(of.proposedMinor, (minor) => amount(minor, of.currency)), confidence: of.confidence!, automatic: of.automatic,
    },
    occurredAt: instantToJson(of.occurredAt), openedAt: instantToJson(of.openedAt), dueAt: instantToJson(of.dueAt), closedAt: orNull(of.closedAt, instantToJson), ownerId: orNull(of.ownerId, (id) => idToJson('usr', id)),
    ownerName: orNull(of.ownerId, names.actors.name), approvalId: orNull(of.approvalId, (id) => idToJson('apr', id)), correctionId: orNull(of.referenceId, (id) => idToJson('cor', id)),
  };
}

export const eventToJson = (of: CaseEvent, { actors }: CaseNames): Static<typeof EventJson> => ({
  eventNumber: of.eventNumber, kind: of.kind, fromState: of.fromState, toState: of.toState, actor: actors.nameOrKept(of.actor), reason: of.reason, data: { ...of.data }, recordedAt: instantToJson(of.recordedAt),
});

export const proposalToJson = (of: SubjectProposal, currency: CurrencyCode): Static<typeof ProposalJson> => ({
  chosen: of.chosen, automatic: of.automatic, why: { key: of.why.key, data: { ...of.why.data } }, evidenceDigest: of.evidenceDigest, energyWhMax: wattHoursToJson(of.energyWhMax),
  candidates: of.candidates.map((each) => candidateToJson(each, currency)),
});

const candidateToJson = (of: SubjectCandidate, currency: CurrencyCode): Static<typeof CandidateJson> => ({
  source: of.source, energyWh: wattHoursToJson(of.energyWh), lowerWh: wattHoursToJson(of.lowerWh), upperWh: wattHoursToJson(of.upperWh), confidence: of.confidence,
  total: orNull(of.amountMinor, (minor) => amount(minor, currency)), refusal: of.refusal, evidence: of.evidence.map(({ key, data }) => ({ key, data: { ...data } })),
});

export const FilterJson = Type.Object({
  cause: NullOr(Text), maker: NullOr(Text), model: NullOr(Text), firmware: NullOr(Text), stationId: NullOr(IdJson('sta')), confidence: NullOr(ConfidenceJson), amountMax: NullOr(MoneyJson),
}, { title: 'BulkRepairFilter', description: 'What the cases have in common; null does not narrow.', additionalProperties: false });
export const RunJson = Type.Object({
  runId: IdJson('blk'), state: Type.Enum([...BULK_STATES], { title: 'BulkRepairState' }), filter: FilterJson, reason: Text, items: Integer, total: MoneyJson, totalWh: WattHoursJson,
  applied: Integer, awaitingApproval: Integer, refused: Integer, skipped: Integer, previewedBy: Text, previewedAt: InstantJson, startedBy: NullOr(Text), startedAt: NullOr(InstantJson), endedAt: NullOr(InstantJson),
  reverts: NullOr(IdJson('blk')), revertedBy: NullOr(IdJson('blk')),
}, { title: 'BulkRepair', description: 'reverts: the run whose repairs this one puts back. revertedBy: the newest run that puts this one back.' });
const GroupJson = Type.Object({ cause: Text, maker: NullOr(Text), firmware: NullOr(Text), stationId: NullOr(IdJson('sta')), items: Integer, total: MoneyJson, totalWh: WattHoursJson }, { title: 'BulkRepairGroup' });
export const RunDetailJson = Type.Object({
  ...RunJson.properties, groups: Type.Array(GroupJson), lastWorkedAt: NullOr(InstantJson), mayStart: NullOr(Type.Enum(['yes', 'empty', 'done', 'second_person'], { title: 'BulkRepairMayStart' })),
  fourEyesAbove: MoneyJson,
}, { title: 'BulkRepairDetail', description: 'mayStart: whether whoever asks could start it now; null for API clients, who start none.' });
export const ItemJson = Type.Object({
  itemNumber: Integer, caseId: IdJson('rpc'), sessionId: NullOr(IdJson('chg')), cause: NullOr(Text), stationName: NullOr(Text), chargePointIdentity: NullOr(Text), occurredAt: NullOr(InstantJson),
  source: SourceJson, confidence: NullOr(ConfidenceJson), energyWh: WattHoursJson, total: MoneyJson, chargedWh: NullOr(WattHoursJson), charged: NullOr(MoneyJson), state: Type.Enum([...BULK_ITEM_STATES], { title: 'BulkRepairItemState' }), code: NullOr(Text),
  correctionId: NullOr(IdJson('cor')), workedAt: NullOr(InstantJson),
}, { title: 'BulkRepairItem', description: 'energyWh and total are what was proposed when the run was previewed; charged is how the bill stands now.' });

/** As it was asked for: names and ids of the outside. */
function filterToJson({ filter, currency }: BulkRun): Static<typeof FilterJson> {
  const text = (key: string): string | null => (typeof filter[key] === 'string' ? filter[key] : null);
  return {
    cause: text('primaryCause'), maker: text('maker'), model: text('model'), firmware: text('firmware'), stationId: orNull(text('stationId'), (id) => idToJson('sta', id)),
    confidence: CONFIDENCES.find((each) => each === filter.confidence) ?? null, amountMax: orNull(text('amountMinorMax'), (minor) => amount(BigInt(minor), currency)),
  };
}

export const runToJson = (of: BulkRun, actors: ActorNames): Static<typeof RunJson> => ({
  runId: idToJson('blk', of.runId), state: of.state, filter: filterToJson(of), reason: of.reason, items: of.items, total: amount(of.totalMinor, of.currency), totalWh: wattHoursToJson(of.totalWh), applied: of.applied,
  awaitingApproval: of.awaitingApproval, refused: of.refused, skipped: of.skipped, previewedBy: actors.nameOrKept(of.previewedBy), previewedAt: instantToJson(of.previewedAt),
  startedBy: orNull(of.startedBy, actors.nameOrKept), startedAt: orNull(of.startedAt, instantToJson), endedAt: orNull(of.endedAt, instantToJson), reverts: orNull(of.reverts, (id) => idToJson('blk', id)), revertedBy: orNull(of.revertedBy, (id) => idToJson('blk', id)),
});
export const groupToJson = (of: BulkGroup, currency: CurrencyCode): Static<typeof GroupJson> => ({
  cause: of.primaryCause, maker: of.maker, firmware: of.firmware, stationId: orNull(of.stationId, (id) => idToJson('sta', id)), items: of.items, total: amount(of.totalMinor, currency), totalWh: wattHoursToJson(of.totalWh),
});
export type ItemAround = { readonly currency: CurrencyCode; readonly of: RepairCase | null; readonly standing: SubjectStanding | null } & Omit<CaseNames, 'actors'>;
export const itemToJson = (of: BulkItem, { currency, of: its, standing, stations, chargePoints }: ItemAround): Static<typeof ItemJson> => ({
  itemNumber: of.itemNumber, caseId: idToJson('rpc', of.caseId), sessionId: its?.subjectKind === 'charging_bill' ? idToJson('chg', its.subjectId) : null, cause: its?.primaryCause ?? null, confidence: its?.confidence ?? null,
  stationName: stations.get(its?.stationId ?? '') ?? null, chargePointIdentity: chargePoints.get(its?.chargePointId ?? '') ?? null, occurredAt: orNull(its?.occurredAt ?? null, instantToJson),
  chargedWh: orNull(standing?.chargedWh ?? null, wattHoursToJson), charged: orNull(standing?.chargedMinor ?? null, (minor) => amount(minor, currency)), source: of.proposedSource, energyWh: wattHoursToJson(of.proposedWh), total: amount(of.proposedMinor, currency), state: of.state, code: of.code,
  correctionId: orNull(of.referenceId, (id) => idToJson('cor', id)), workedAt: orNull(of.workedAt, instantToJson),
});
