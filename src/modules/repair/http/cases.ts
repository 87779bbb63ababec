import { Type } from 'typebox';
import { assert, instant, type RepairCaseId, type UserId } from '../../../kernel/index.ts';
import { loadActorNames, recordAct } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantFromJson, instantToJson, moneyToJson, MoneyJson, NullOr, orNull, Page, pageQuery, toPage, WattHoursJson, wattHoursFromJson, wattHoursToJson, type Api, type Call } from '../../../platform/http/index.ts';
import { money } from '../../../kernel/index.ts';
import { applyCase, assignCase, dismissCase, reopenCase, revertCase } from '../commands/decide-case.ts';
import type { RepairCase } from '../domain/case.ts';
import { countCases, GROUP_BY, listCases, loadCase, type GroupBy } from '../queries/cases.ts';
import { caseEvents } from '../store/cases.ts';
import type { By } from '../subject.ts';
import { CaseDetailJson, CaseJson, CaseStateJson, caseToJson, eventToJson, proposalToJson, ReasonJson, SourceJson, type CaseNames, type RepairSurroundings } from './schemas.ts';

const tag = 'repair';
const params = Type.Object({ caseId: IdJson('rpc') });
const Text = Type.String({ minLength: 1, maxLength: 200 });
const Count = Type.Integer({ minimum: 0 });
const Counts = Type.Object({
  toDo: Count, overdue: Count, atStake: MoneyJson, oldestOpenedAt: NullOr(InstantJson), ages: Type.Object({ underDay: Count, underWeek: Count, underMonth: Count, older: Count }),
  states: Type.Array(Type.Object({ state: CaseStateJson, cases: Count })),
  groups: Type.Array(Type.Object({ key: NullOr(Type.String()), cases: Count, proposed: Count, overdue: Count, atStake: MoneyJson, atStakeWh: WattHoursJson, proposedTotal: MoneyJson, proposedWh: WattHoursJson })),
}, { title: 'RepairCaseCounts', description: 'Of open cases; states count all.' });

export function registerCaseRoutes(api: Api, around: RepairSurroundings): void {
  registerReading(api, around);
  registerCounts(api, around);
  registerDeciding(api, around);
  registerLookingAfter(api, around);
}

function registerReading(api: Api, around: RepairSurroundings): void {
  api.route({
    method: 'GET', path: '/repair-cases', operationId: 'listRepairCases', tag, summary: 'Abnormal bills that are looked after, the soonest due first', permission: 'repair:read', audience: 'operator', subOperatorScoped: true,
    query: Type.Object({
      ...pageQuery, state: Type.Optional(CaseStateJson), toDo: Type.Optional(Type.Boolean({ description: 'Only cases that ask for something.' })), overdue: Type.Optional(Type.Boolean()),
      cause: Type.Optional(Text), maker: Type.Optional(Text), model: Type.Optional(Text), firmware: Type.Optional(Text), stationId: Type.Optional(IdJson('sta')), chargePointId: Type.Optional(IdJson('cp')),
      ownerId: Type.Optional(IdJson('usr')), sessionId: Type.Optional(IdJson('chg')),
    }),
    response: Page(CaseJson), errors: ['cursor_invalid', 'repair_case_not_found'],
    handler: async (tx, call) => {
      const { limit, cursor, stationId, chargePointId, ownerId, sessionId, ...filter } = call.query;
      const after = decodeCursor(cursor, ['number', 'uuid']);
      const id = (prefix: 'sta' | 'cp' | 'usr' | 'chg', text: string | undefined) => (text === undefined ? undefined : idFromJson(prefix, text, 'repair_case_not_found'));
      const rows = await listCases(
        tx, { ...filter, stationId: id('sta', stationId), chargePointId: id('cp', chargePointId), ownerId: id('usr', ownerId) as UserId | undefined, subjectId: id('chg', sessionId), seen: await around.placesSeen(tx, call.subOperators) },
        { after: after === null ? null : { at: instant(after[0]), caseId: after[1] }, limit: limit + 1 }, call.clock.now());
      const names = await namesOf(tx, rows, around, []);
      return toPage(rows, limit, (row) => caseToJson(row, names), (row) => [row.dueAt, row.caseId]);
    },
  });
  api.route({
    method: 'GET', path: '/repair-cases/:caseId', operationId: 'getRepairCase', tag, summary: 'One case with everything that may be true, side by side, and what happened to it', permission: 'repair:read', audience: 'operator', subOperatorScoped: true,
    params, response: CaseDetailJson, errors: ['repair_case_not_found'],
    handler: async (tx, call) => {
      const found = await loadCase(tx, idFromJson<RepairCaseId>('rpc', call.params.caseId, 'repair_case_not_found'), await around.placesSeen(tx, call.subOperators));
      if (found === null) throw problem('repair_case_not_found');
      return detail(tx, found, around, call);
    },
  });
}

function registerCounts(api: Api, { currencyOf, placesSeen }: RepairSurroundings): void {
  api.route({
    method: 'GET', path: '/repair-case-counts', operationId: 'countRepairCases', tag, summary: 'What there is to repair: how much, how old, and what it has in common', permission: 'repair:read', audience: 'operator', subOperatorScoped: true,
    query: Type.Object({ groupBy: Type.Enum(Object.keys(GROUP_BY) as GroupBy[], { title: 'RepairGroupBy', default: 'cause' }) }), response: Counts,
    handler: async (tx, call) => {
      const { currency: _ofCases, atStakeMinor, oldestOpenedAt, groups, ...counts } = await countCases(tx, call.query.groupBy, call.clock.now(), await placesSeen(tx, call.subOperators));
      const currency = await currencyOf(tx);
      const amount = (minor: bigint) => moneyToJson(money(minor, currency));
      return {
        ...counts, states: [...counts.states], atStake: amount(atStakeMinor), oldestOpenedAt: orNull(oldestOpenedAt, instantToJson),
        groups: groups.map(({ key, atStakeMinor: minor, atStakeWh, proposedMinor, proposedWh, ...group }) => ({
          ...group, key: keyToJson(call.query.groupBy, key), atStake: amount(minor), atStakeWh: wattHoursToJson(atStakeWh), proposedTotal: amount(proposedMinor), proposedWh: wattHoursToJson(proposedWh),
        })),
      };
    },
  });
}

/** Ids leave the server in the form in which a filter takes them. */
const keyToJson = (groupBy: GroupBy, key: string | null): string | null => orNull(key, (id) => (groupBy === 'station' ? idToJson('sta', id) : groupBy === 'owner' ? idToJson('usr', id) : id));

const REFUSALS = [
  'repair_case_not_found', 'repair_case_closed', 'repair_case_not_closed', 'repair_case_awaits_approval', 'repair_case_nothing_proposed', 'repair_reason_missing', 'session_not_found', 'session_not_ended', 'bill_not_abnormal',
  'bill_corrected_already', 'correction_command_reused', 'correction_not_found', 'correction_superseded', 'correction_reason_missing', 'correction_evidence_changed', 'correction_source_not_offered', 'correction_energy_invalid',
  'correction_above_power', 'correction_outside_registers', 'correction_not_priceable', 'correction_without_payer', 'correction_needs_second_person',
] as const;

function registerDeciding(api: Api, around: RepairSurroundings): void {
  api.route({
    method: 'POST', path: '/repair-cases/:caseId/application', operationId: 'applyRepairCase', tag, summary: 'Accept what is proposed, another of the candidates, or a typed figure',
    description: 'The bill, the wallet and the books follow in the same transaction. Above the threshold it waits for another person.', permission: 'repair:apply', audience: 'operator', params,
    body: Body({
      source: NullOr(SourceJson), energyWh: NullOr(WattHoursJson), evidenceDigest: NullOr(Type.String({ maxLength: 64, description: 'Of the proposal that was seen; refused where the facts have changed since.' })), reason: ReasonJson,
    }),
    response: CaseDetailJson, errors: REFUSALS,
    handler: async (tx, call) => {
      const { source, energyWh, evidenceDigest, reason } = call.body;
      const applied = orProblem(await applyCase(
        tx, { caseId: caseOf(call), commandId: call.commandId, source, energyWh: orNull(energyWh, wattHoursFromJson), evidenceDigest, reason }, byOf(call), { subjects: around.subjects, clock: call.clock }));
      return detail(tx, applied, around, call);
    },
  });
  api.route({
    method: 'POST', path: '/repair-cases/:caseId/revert', operationId: 'revertRepairCase', tag, summary: 'Undo a repair: everything is as it was, and the case is open again', permission: 'repair:apply', audience: 'operator', params,
    body: Body({ reason: ReasonJson }), response: CaseDetailJson, errors: REFUSALS,
    handler: async (tx, call) => detail(tx, orProblem(await revertCase(tx, { caseId: caseOf(call), reason: call.body.reason }, byOf(call), { subjects: around.subjects, clock: call.clock })), around, call),
  });
}

function registerLookingAfter(api: Api, around: RepairSurroundings): void {
  const context = (call: Pick<Call<unknown, unknown, unknown>, 'clock'>) => ({ subjects: around.subjects, clock: call.clock });
  for (const [path, operationId, summary, decide] of [
    ['dismissal', 'dismissRepairCase', 'Close a case without repairing it: the bill stays as it is', dismissCase], ['reopening', 'reopenRepairCase', 'Look at a dismissed case again', reopenCase],
  ] as const) {
    api.route({
      method: 'POST', path: `/repair-cases/:caseId/${path}`, operationId, tag, summary, permission: 'repair:apply', audience: 'operator', params, body: Body({ reason: ReasonJson }), response: CaseDetailJson, errors: REFUSALS,
      handler: async (tx, call) => {
        const decided = orProblem(await decide(tx, { caseId: caseOf(call), reason: call.body.reason }, byOf(call), context(call)));
        await recordAct(tx, { actor: call.actor, from: call.from, act: `repair.${operationId === 'dismissRepairCase' ? 'dismiss_case' : 'reopen_case'}`, subject: { kind: 'repair_case', id: decided.caseId }, after: { state: decided.state }, reason: call.body.reason }, call);
        return detail(tx, decided, around, call);
      },
    });
  }
  api.route({
    method: 'PUT', path: '/repair-cases/:caseId/owner', operationId: 'assignRepairCase', tag, summary: 'Say who looks after a case, and until when', permission: 'repair:apply', audience: 'operator', params,
    body: Body({ ownerId: NullOr(IdJson('usr')), dueAt: NullOr(InstantJson) }), response: CaseDetailJson, errors: REFUSALS,
    handler: async (tx, call) => {
      const { ownerId, dueAt } = call.body;
      const assigned = orProblem(await assignCase(tx, { caseId: caseOf(call), ownerId: orNull(ownerId, (id) => idFromJson<UserId>('usr', id, 'repair_case_not_found')), dueAt: orNull(dueAt, instantFromJson) }, byOf(call), context(call)));
      return detail(tx, assigned, around, call);
    },
  });
}

type Asked = Pick<Call<{ caseId: string }, unknown, unknown>, 'params' | 'actor' | 'from' | 'clock'>;
const caseOf = ({ params: { caseId } }: Asked): RepairCaseId => idFromJson<RepairCaseId>('rpc', caseId, 'repair_case_not_found');
function byOf({ actor, from }: Pick<Asked, 'actor' | 'from'>): By {
  assert(actor.kind !== 'system', 'an act over HTTP has somebody who is logged in');
  return { actor, from, decidedBy: 'person', approval: null };
}

async function detail(tx: Tx, found: RepairCase, around: RepairSurroundings, { clock }: Pick<Asked, 'clock'>) {
  const events = await caseEvents(tx, found.caseId);
  const names = await namesOf(tx, [found], around, events.map(({ actor }) => actor));
  const proposal = (await around.subjects.get(found.subjectKind)!.propose(tx, [found.subjectId], { clock })).get(found.subjectId);
  return { ...caseToJson(found, names), candidates: proposal === undefined ? null : proposalToJson(proposal, found.currency), events: events.map((event) => eventToJson(event, names)) };
}

async function namesOf(tx: Tx, cases: readonly RepairCase[], { nameActors, namePlaces }: RepairSurroundings, actors: readonly string[]): Promise<CaseNames> {
  const places = await namePlaces(tx, { chargePointIds: [...new Set(cases.flatMap(({ chargePointId }) => (chargePointId === null ? [] : [chargePointId])))] });
  return { ...places, actors: await loadActorNames(tx, nameActors, [...cases.map(({ ownerId }) => ownerId), ...actors]) };
}
