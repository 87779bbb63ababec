import { Type, type Static } from 'typebox';
import { instant } from '../../../kernel/index.ts';
import { actorIdOf, loadActorNames, recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantFromJson, instantToJson, NullOr, orNull, Page, pageQuery, toPage, type Api, type Call } from '../../../platform/http/index.ts';
import { assignCase, commentCase, makeKnown, observeCase, openCase, reopenCase, resolveCase, resolvePasted, type RecordFinder } from '../commands/work-case.ts';
import { PASTED_LENGTH_MAX } from '../domain/pasted-list.ts';
import { rankSimilar, SIMILAR_MAX } from '../domain/similar.ts';
import { CASE_EVENT_KINDS, CASE_STATES, NETWORK_STATES, OBSERVE_DAYS_MAX, SUBJECT_KINDS, TEXT_LENGTH_MAX, TITLE_LENGTH_MAX, type SubjectKind, type SupportCase } from '../domain/support-case.ts';
import { caseEvents, countCases, linksOf, listCases, loadCases, similarCandidates, type CaseLink } from '../store/cases.ts';

const tag = 'support cases';
const PREFIX = { session: 'chg', bill: 'bill', charge_point: 'cp', station: 'sta', member: 'mem', payment_order: 'pay', repair_case: 'rpc', support_case: 'sup' } as const satisfies Record<SubjectKind, string>;
const Text = Type.String({ minLength: 1, maxLength: TEXT_LENGTH_MAX });
const CaseJson = Type.Object({
  caseId: IdJson('sup'), number: Type.Integer(), title: Type.String(), state: Type.Enum([...CASE_STATES], { title: 'SupportCaseState' }), stationId: NullOr(IdJson('sta')), chargePointId: NullOr(IdJson('cp')), connector: NullOr(Type.Integer()),
  periodFrom: NullOr(InstantJson), periodTo: NullOr(InstantJson), networkState: Type.Enum([...NETWORK_STATES], { title: 'NetworkState' }), cause: NullOr(Type.String()), firstFinding: Type.String(), ownerId: NullOr(IdJson('usr')),
  owner: NullOr(Type.String()), observingUntil: NullOr(InstantJson), knownAnswer: NullOr(Type.String()), resolution: NullOr(Type.String({ description: '"rule:quiet": watched to the end, and it did not happen again.' })), timesReopened: Type.Integer(),
  openedBy: Type.String(), openedAt: InstantJson, changedAt: InstantJson,
}, { title: 'SupportCase' });
const RecordJson = Type.Object({ kind: Type.Enum([...SUBJECT_KINDS], { title: 'CaseSubject' }), id: Type.String(), label: Type.String() });
const LinkJson = Type.Intersect([RecordJson, Type.Object({ origin: Type.Enum(['person', 'pasted', 'recurrence']), linkedAt: InstantJson })], { title: 'SupportCaseLink' });
const EventJson = Type.Object({ sequence: Type.Integer(), kind: Type.Enum([...CASE_EVENT_KINDS], { title: 'SupportCaseEventKind' }), body: NullOr(Type.String()), data: Type.Record(Type.String(), Type.Unknown()), actor: Type.String(), recordedAt: InstantJson }, { title: 'SupportCaseEvent' });
const SimilarJson = Type.Object({ case: CaseJson, score: Type.Integer(), because: Type.Array(Type.String()) }, { title: 'SimilarCase' });
const StoryJson = Type.Object({ case: CaseJson, links: Type.Array(LinkJson), events: Type.Array(EventJson), similar: Type.Array(SimilarJson) }, { title: 'SupportCaseStory' });
const ResolvedJson = Type.Object({ found: Type.Array(Type.Intersect([RecordJson, Type.Object({ number: Type.String() })])), unknown: Type.Array(Type.String()) }, { title: 'ResolvedList' });
const params = Type.Object({ caseId: IdJson('sup') });

export type CaseRouteOptions = {
  readonly nameActors: NameActors; readonly finders: readonly RecordFinder[]; readonly causes: readonly string[];
  /** Maker, model and firmware of charge points, for telling like cases. */
  readonly makesOf: (tx: Tx, chargePointIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
};

export function registerCaseRoutes(api: Api, options: CaseRouteOptions): void {
  registerOpening(api, options);
  registerReading(api, options);
  registerWork(api, options);
}

const userOf = (id: string | null): string | null => orNull(id, (text) => idFromJson('usr', text, 'user_not_found'));
const caseIdOf = (text: string): string => idFromJson('sup', text, 'support_case_not_found');

async function toJson(tx: Tx, cases: readonly SupportCase[], nameActors: NameActors): Promise<Static<typeof CaseJson>[]> {
  const { nameOrKept } = await loadActorNames(tx, nameActors, cases.flatMap(({ owner, openedBy }) => [owner, openedBy]));
  return cases.map((of) => ({
    caseId: idToJson('sup', of.caseId), number: of.number, title: of.title, state: of.state, stationId: orNull(of.stationId, (id) => idToJson('sta', id)), chargePointId: orNull(of.chargePointId, (id) => idToJson('cp', id)), connector: of.connector,
    periodFrom: orNull(of.periodFrom, instantToJson), periodTo: orNull(of.periodTo, instantToJson), networkState: of.networkState, cause: of.cause, firstFinding: of.firstFinding, ownerId: orNull(of.owner, (id) => idToJson('usr', id)), owner: orNull(of.owner, nameOrKept),
    observingUntil: orNull(of.observingUntil, instantToJson), knownAnswer: of.knownAnswer, resolution: of.resolution, timesReopened: of.timesReopened, openedBy: nameOrKept(of.openedBy), openedAt: instantToJson(of.openedAt), changedAt: instantToJson(of.changedAt),
  }));
}
const recordToJson = ({ kind, subjectId, label }: Pick<CaseLink, 'kind' | 'subjectId' | 'label'>) => ({ kind, id: idToJson(PREFIX[kind], subjectId), label });

function registerOpening(api: Api, { nameActors, finders, causes }: CaseRouteOptions): void {
  api.route({
    method: 'POST', path: '/support-cases', operationId: 'openSupportCase', tag, summary: 'Open a case from the form', permission: 'cases:write', audience: 'operator', status: 201,
    description: 'Numbers of bills, sessions, payments and charge points in the pasted list are linked; what nobody knows is said. "Same as case 28" links case 28.',
    body: Body({
      title: Type.String({ minLength: 1, maxLength: TITLE_LENGTH_MAX }), stationId: NullOr(IdJson('sta')), chargePointId: NullOr(IdJson('cp')), connector: NullOr(Type.Integer({ minimum: 1, maximum: 1_000 })), periodFrom: NullOr(InstantJson), periodTo: NullOr(InstantJson),
      networkState: Type.Enum([...NETWORK_STATES]), cause: NullOr(Type.Enum([...causes])), firstFinding: Type.String({ maxLength: TEXT_LENGTH_MAX }), ownerId: NullOr(IdJson('usr')), pasted: Type.String({ maxLength: PASTED_LENGTH_MAX }),
    }),
    response: Type.Object({ case: CaseJson, unknown: Type.Array(Type.String()) }), errors: ['support_case_text_invalid'],
    handler: async (tx, call) => {
      const { body } = call;
      const opened = orProblem(await openCase(tx, {
        caseId: call.commandId, title: body.title, stationId: orNull(body.stationId, (id) => idFromJson('sta', id, 'station_not_found')), chargePointId: orNull(body.chargePointId, (id) => idFromJson('cp', id, 'charge_point_not_found')), connector: body.connector,
        periodFrom: orNull(body.periodFrom, instantFromJson), periodTo: orNull(body.periodTo, instantFromJson), networkState: body.networkState, cause: body.cause, firstFinding: body.firstFinding, owner: userOf(body.ownerId), openedBy: actorIdOf(call.actor), pasted: body.pasted,
      }, { clock: call.clock, finders }));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'cases.open', subject: { kind: 'support_case', id: opened.case.caseId }, after: { number: opened.case.number, title: opened.case.title } }, call);
      return { case: (await toJson(tx, [opened.case], nameActors))[0]!, unknown: [...opened.unknown] };
    },
  });
  api.route({
    method: 'POST', path: '/support-cases/pasted-list', operationId: 'resolvePastedList', tag, summary: 'What the numbers in a pasted text stand for', idempotency: 'natural', permission: 'cases:read', audience: 'operator', response: ResolvedJson,
    body: Body({ pasted: Type.String({ maxLength: PASTED_LENGTH_MAX }) }),
    handler: async (tx, { body }) => {
      const { found, unknown } = await resolvePasted(tx, body.pasted, finders);
      return { found: found.map((record) => ({ ...recordToJson(record), number: record.number })), unknown: [...unknown] };
    },
  });
}

function registerReading(api: Api, options: CaseRouteOptions): void {
  api.route({
    method: 'GET', path: '/support-cases', operationId: 'listSupportCases', tag, summary: 'Cases, the last touched first', permission: 'cases:read', audience: 'operator', response: Page(CaseJson),
    query: Type.Object({ ...pageQuery, state: Type.Optional(Type.Enum([...CASE_STATES])), ownerId: Type.Optional(IdJson('usr')), known: Type.Optional(Type.Boolean({ description: 'Only cases with an answer for whoever meets the same.' })), text: Type.Optional(Type.String({ maxLength: 200 })) }),
    handler: async (tx, { query }) => {
      const before = decodeCursor(query.cursor, ['number', 'uuid']);
      const rows = await listCases(tx, { state: query.state ?? null, owner: userOf(query.ownerId ?? null), known: query.known ?? null, text: query.text ?? null, before: before === null ? null : { changedAt: instant(before[0]), caseId: before[1] }, countMax: query.limit + 1 });
      const json = new Map((await toJson(tx, rows, options.nameActors)).map((each, i) => [rows[i]!.caseId, each]));
      return toPage(rows, query.limit, (row) => json.get(row.caseId)!, (row) => [row.changedAt, row.caseId]);
    },
  });
  api.route({
    method: 'GET', path: '/support-cases/counts', operationId: 'countSupportCases', tag, summary: 'How many cases are open, watched and resolved', permission: 'cases:read', audience: 'operator',
    response: Type.Object({ open: Type.Integer(), observing: Type.Integer(), resolved: Type.Integer(), known: Type.Integer({ description: 'Those with an answer for whoever meets the same.' }) }, { title: 'SupportCaseCounts' }),
    handler: (tx) => countCases(tx),
  });
  api.route({
    method: 'GET', path: '/support-cases/:caseId', operationId: 'getSupportCase', tag, summary: 'One case: what it is about, what was done, and cases like it', permission: 'cases:read', audience: 'operator', params, response: StoryJson, errors: ['support_case_not_found'],
    handler: (tx, { params: { caseId } }) => storyOf(tx, caseIdOf(caseId), options),
  });
}

async function storyOf(tx: Tx, caseId: string, { nameActors, makesOf }: CaseRouteOptions): Promise<Static<typeof StoryJson>> {
  const [found] = await loadCases(tx, [caseId]);
  if (found === undefined) throw problem('support_case_not_found');
  const candidates = await similarCandidates(tx, found);
  const [links, makes] = [await linksOf(tx, [caseId, ...candidates.map((each) => each.caseId)]), await makesOf(tx, [found, ...candidates].flatMap(({ chargePointId }) => (chargePointId === null ? [] : [chargePointId])))];
  const byCase = Map.groupBy(links, (link) => link.caseId);
  const comparable = (of: SupportCase) => ({ ...of, isKnown: of.knownAnswer !== null, make: of.chargePointId === null ? null : makes.get(of.chargePointId) ?? null, subjects: (byCase.get(of.caseId) ?? []).map(({ kind, subjectId }) => `${kind}/${subjectId}`) });
  const similar = rankSimilar(comparable(found), candidates.map(comparable)).slice(0, SIMILAR_MAX);
  const events = await caseEvents(tx, caseId), { nameOrKept } = await loadActorNames(tx, nameActors, events.map(({ actor }) => actor));
  const like = await toJson(tx, similar.map(({ caseId: id }) => candidates.find((each) => each.caseId === id)!), nameActors);
  return {
    case: (await toJson(tx, [found], nameActors))[0]!, links: (byCase.get(caseId) ?? []).map((link) => ({ ...recordToJson(link), origin: link.origin, linkedAt: instantToJson(link.linkedAt) })),
    events: events.map((event) => ({ ...event, data: { ...event.data }, actor: nameOrKept(event.actor), recordedAt: instantToJson(event.recordedAt) })), similar: similar.map(({ score, because }, i) => ({ case: like[i]!, score, because: [...because] })),
  };
}

function registerWork(api: Api, options: CaseRouteOptions): void {
  const { finders } = options;
  type Done = ReturnType<typeof resolveCase>;
  const work = <B extends ReturnType<typeof Body>>(name: string, operationId: string, summary: string, body: B, decide: (tx: Tx, of: { caseId: string; actor: string }, call: Call<unknown, unknown, Static<B>>) => Done): void => api.route({
    method: 'POST', path: `/support-cases/:caseId/${name}`, operationId, tag, summary, permission: 'cases:write', audience: 'operator', params, body, response: StoryJson,
    errors: ['support_case_not_found', 'support_case_closed', 'support_case_not_closed', 'support_case_text_invalid', 'support_case_not_observed'],
    handler: async (tx, call) => {
      const caseId = caseIdOf(call.params.caseId);
      const done = orProblem(await decide(tx, { caseId, actor: actorIdOf(call.actor) }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: `cases.${name.replaceAll('-', '_')}`, subject: { kind: 'support_case', id: caseId }, after: { number: done.number, state: done.state } }, call);
      return storyOf(tx, caseId, options);
    },
  });
  work('comment', 'commentSupportCase', 'Say something; records and cases that it names are linked', Body({ body: Text }), (tx, of, { body, clock }) => commentCase(tx, { ...of, body: body.body }, { clock, finders }));
  work('observation', 'observeSupportCase', 'Watch it for some days: it opens again when the same happens', Body({ days: Type.Integer({ minimum: 1, maximum: OBSERVE_DAYS_MAX }), comment: NullOr(Text) }), (tx, of, { body, clock }) => observeCase(tx, { ...of, ...body }, { clock }));
  work('resolution', 'resolveSupportCase', 'End it, saying how', Body({ resolution: Text }), (tx, of, { body, clock }) => resolveCase(tx, { ...of, ...body }, { clock }));
  work('reopening', 'reopenSupportCase', 'Open it again', Body({ comment: Text }), (tx, of, { body, clock }) => reopenCase(tx, { ...of, ...body }, { clock }));
  work('owner', 'assignSupportCase', 'Give it to somebody', Body({ ownerId: NullOr(IdJson('usr')) }), (tx, of, { body, clock }) => assignCase(tx, { ...of, owner: userOf(body.ownerId) }, { clock }));
  work('known-answer', 'makeSupportCaseKnown', 'Keep the answer for whoever meets the same', Body({ answer: NullOr(Text) }), (tx, of, { body, clock }) => makeKnown(tx, { ...of, ...body }, { clock }));
}
