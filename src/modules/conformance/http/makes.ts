import { Readable } from 'node:stream';
import { Type, type Static } from 'typebox';
import type { Clock, OperatorId } from '../../../kernel/index.ts';
import { actorIdOf, loadActorNames, recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { API_PREFIX, Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantToJson, NullOr, orNull, Page, pageQuery, principalOf, toPage, WattHoursJson, wattHoursToJson, type Api } from '../../../platform/http/index.ts';
import { readFile } from '../../../platform/stored-files/index.ts';
import { AMOUNTS, FAULTS, type Amount } from '../domain/kind.ts';
import { maskDetail } from '../domain/mask.ts';
import { PARTS, type Comparison, type Score } from '../domain/score.ts';
import { PRESCRIBED } from '../evidence/prescribed.ts';
import { identitiesOf, shownFrames } from '../evidence/show-frames.ts';
import { fileStem, requestPack } from '../evidence/write-packs.ts';
import { exampleKey, LEVELS, listExamples, listMakes, makeDetail, rankOf, type Days, type MakeScore } from '../queries/makes.ts';
import { findPack, listPacks, PACK_STEPS, type Pack } from '../store/packs.ts';

const tag = 'makes of charge points';
const DAYS_DEFAULT = 90, MS_PER_DAY = 86_400_000;
const DayJson = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', title: 'Day' });
const NameJson = Type.String({ maxLength: 200, description: 'As stations name themselves; empty for those that say nothing.' });
const daysQuery = { from: Type.Optional(DayJson), to: Type.Optional(DayJson) };
const makeQuery = { maker: NameJson, model: Type.Optional(NameJson), firmware: Type.Optional(NameJson) };
const RateJson = Type.Object({ low: Type.Number(), high: Type.Number() });
const PartJson = Type.Enum([...PARTS], { title: 'ConformancePart' });
const PartScoreJson = Type.Object({ part: PartJson, weight: Type.Integer(), faults: Type.Integer(), chances: Type.Integer(), rate: Type.Number(), interval: RateJson, points: NullOr(Type.Number()) }, { title: 'ConformancePartScore' });
const score = {
  score: NullOr(Type.Number({ description: '0 to 100, by what the traffic proves; null without traffic.' })), lowest: NullOr(Type.Number({ description: 'As low as it may truly be.' })), confidence: Type.Enum(['none', 'low', 'medium', 'high'], { title: 'ConformanceConfidence' }),
  parts: Type.Array(PartScoreJson), weakest: NullOr(PartJson),
};
const CountsJson = Type.Object(Object.fromEntries(AMOUNTS.filter((amount) => !amount.endsWith('Wh')).map((amount) => [amount, Type.Integer()])), { title: 'ConformanceCounts' });
const MakeJson = Type.Object({
  maker: NameJson, model: NullOr(NameJson), firmware: NullOr(NameJson), points: Type.Integer(), pointDays: Type.Integer(), firstSeenOn: DayJson, lastSeenOn: DayJson, energyWh: WattHoursJson, unexplainedWhMax: WattHoursJson, counts: CountsJson, ...score,
}, { title: 'MakeScore' });
const side = Type.Object({ faults: Type.Integer(), chances: Type.Integer(), rate: Type.Number() });
const ComparisonJson = Type.Object({ part: PartJson, before: side, after: side, difference: RateJson, verdict: Type.Enum(['fell', 'rose', 'no_difference_shown'], { title: 'ConformanceVerdict' }) }, { title: 'ConformanceComparison' });
const DetailJson = Type.Object({
  from: DayJson, to: DayJson, make: MakeJson, parts: Type.Array(MakeJson),
  fleet: NullOr(Type.Object({ ...score, points: Type.Integer(), comparison: Type.Array(ComparisonJson, { description: 'before: the rest of the fleet; after: this make.' }) })),
  firmwares: Type.Array(Type.Object({ make: MakeJson, since: NullOr(Type.Object({ firmware: NameJson, changes: Type.Array(ComparisonJson) })) }), { description: 'In the order in which they appeared.' }),
}, { title: 'MakeDetail' });
const FaultJson = Type.Enum([...FAULTS], { title: 'ConformanceFault' });
const FrameJson = Type.Object({ sequence: Type.String(), receivedAt: Type.String(), connection: Type.String(), direction: Type.Enum(['in', 'out']), protocol: Type.String(), frame: Type.String(), reply: NullOr(Type.String()), violation: NullOr(Type.String()) }, { title: 'MaskedFrame' });
const ExampleJson = Type.Object({ fault: FaultJson, chargePointId: IdJson('cp'), chargePoint: Type.String(), countedOn: DayJson, sessionId: NullOr(IdJson('chg')), detail: Type.String(), causes: Type.Array(Type.String()), frame: NullOr(FrameJson) }, { title: 'ConformanceExample' });
const PackJson = Type.Object({
  packId: IdJson('evp'), maker: NameJson, model: NullOr(NameJson), firmware: NullOr(NameJson), from: DayJson, to: DayJson, language: Type.Enum(['zh', 'en'], { title: 'EvidenceLanguage' }), state: Type.Enum(['waiting', 'running', 'done', 'failed'], { title: 'EvidenceState' }),
  step: Type.Enum([...PACK_STEPS], { title: 'EvidenceStep' }), itemsDone: Type.Integer(), itemsTotal: NullOr(Type.Integer()), frames: Type.Integer(), archiveBytes: NullOr(Type.Integer()), archiveSha256: NullOr(Type.String()), documentSha256: NullOr(Type.String()),
  failure: NullOr(Type.String()), fileName: Type.String(), requestedBy: Type.String(), requestedAt: InstantJson, doneAt: NullOr(InstantJson),
}, { title: 'EvidencePack' });

export type MakeRouteOptions = { readonly nameActors: NameActors; /** Told when somebody asked for a pack, so that it need not wait for the next minute. */ readonly wake?: (operatorId: OperatorId) => void };

export function registerMakeRoutes(api: Api, options: MakeRouteOptions): void {
  registerScores(api);
  registerPacks(api, options);
  registerContent(api);
}

const isDay = (text: string): boolean => !Number.isNaN(Date.parse(text)) && new Date(Date.parse(text)).toISOString().startsWith(text);
function daysOf({ from, to }: { readonly from?: string; readonly to?: string }, clock: Clock): Days {
  const until = to ?? new Date(clock.now() + MS_PER_DAY).toISOString().slice(0, 10);
  if (!isDay(until)) throw problem('evidence_period_invalid');
  const since = from ?? new Date(Date.parse(until) - DAYS_DEFAULT * MS_PER_DAY).toISOString().slice(0, 10);
  if (!isDay(since) || since > until) throw problem('evidence_period_invalid');
  return { from: since, to: until };
}

const scoreToJson = ({ score: value, lowest, confidence, parts, weakest }: Score) => ({ score: value, lowest, confidence, parts: parts.map((part) => ({ ...part, interval: { ...part.interval } })), weakest });
const makeToJson = (make: MakeScore): Static<typeof MakeJson> => ({
  maker: make.maker, model: make.model, firmware: make.firmware, points: make.points, pointDays: make.pointDays, firstSeenOn: make.firstSeenOn, lastSeenOn: make.lastSeenOn, energyWh: wattHoursToJson(make.counts.energyWh), unexplainedWhMax: wattHoursToJson(make.counts.unexplainedWh),
  counts: Object.fromEntries(AMOUNTS.filter((amount) => !amount.endsWith('Wh')).map((amount: Amount) => [amount, Number(make.counts[amount])])), ...scoreToJson(make),
});
const comparisonToJson = (each: Comparison) => ({ ...each, before: { ...each.before }, after: { ...each.after }, difference: { ...each.difference } });

function registerScores(api: Api): void {
  api.route({
    method: 'GET', path: '/makes', operationId: 'listMakes', tag, summary: 'How makes of charge points keep to the protocol, the worst first', permission: 'makes:read', audience: 'operator', response: Page(MakeJson), errors: ['cursor_invalid', 'evidence_period_invalid'],
    query: Type.Object({ ...pageQuery, ...daysQuery, level: Type.Optional(Type.Enum([...LEVELS], { title: 'MakeLevel' })) }),
    handler: async (tx, { query, clock }) => {
      const rows = await listMakes(tx, query.level ?? 'model', daysOf(query, clock), { after: decodeCursor(query.cursor, ['number', 'string']), limit: query.limit + 1 });
      return toPage(rows, query.limit, makeToJson, rankOf);
    },
  });
  api.route({
    method: 'GET', path: '/makes/detail', operationId: 'getMake', tag, summary: 'One maker, model or firmware: its score, beside the fleet, and its firmwares beside each other', permission: 'makes:read', audience: 'operator', query: Type.Object({ ...makeQuery, ...daysQuery }), response: DetailJson,
    errors: ['make_not_found', 'evidence_period_invalid'],
    handler: async (tx, { query, clock }) => {
      const days = daysOf(query, clock), detail = await makeDetail(tx, filterOf(query), days);
      if (detail === null) throw problem('make_not_found');
      const { fleet } = detail;
      return {
        ...days, make: makeToJson(detail.make), parts: detail.parts.map(makeToJson), fleet: fleet === null ? null : { ...scoreToJson(fleet.score), points: fleet.points, comparison: fleet.comparison.map(comparisonToJson) },
        firmwares: detail.firmwares.map((each) => ({ make: makeToJson(each), since: each.since === null ? null : { firmware: each.since.firmware, changes: each.since.changes.map(comparisonToJson) } })),
      };
    },
  });
  api.route({
    method: 'GET', path: '/makes/examples', operationId: 'listMakeExamples', tag, summary: 'Frames or sessions that show a fault, with what identifies people blotted out', permission: 'makes:read', audience: 'operator', query: Type.Object({ ...pageQuery, ...makeQuery, ...daysQuery, fault: FaultJson }), response: Page(ExampleJson),
    errors: ['cursor_invalid', 'evidence_period_invalid'],
    handler: async (tx, { query, clock }) => {
      const after = decodeCursor(query.cursor, ['string', 'string']);
      if (after !== null && (!isDay(after[0]) || !/^(\d{1,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.test(after[1]))) throw problem('cursor_invalid');
      const rows = await listExamples(tx, { ...filterOf(query), ...daysOf(query, clock), fault: query.fault }, { after, limit: query.limit + 1 });
      const identities = await identitiesOf(tx, rows.map(({ chargePointId }) => chargePointId)), frames = await shownFrames(tx, rows.flatMap(({ sequence }) => (sequence === null ? [] : [sequence])));
      return toPage(rows, query.limit, (row): Static<typeof ExampleJson> => {
        const shown = row.sequence === null ? undefined : frames.get(row.sequence);
        const { chargePoint: _of, ...frame } = shown ?? { chargePoint: '' };
        return { fault: row.fault, chargePointId: idToJson('cp', row.chargePointId), chargePoint: identities.get(row.chargePointId) ?? '', countedOn: row.countedOn, sessionId: orNull(row.sessionId, (id) => idToJson('chg', id)), detail: maskDetail(row.detail), causes: [...row.causes], frame: shown === undefined ? null : frame as Static<typeof FrameJson> };
      }, exampleKey);
    },
  });
  const TextJson = Type.Object({ en: Type.String(), zh: Type.String() });
  api.route({
    method: 'GET', path: '/makes/prescriptions', operationId: 'listPrescriptions', tag, summary: 'What the protocols prescribe where each kind of fault occurs', permission: 'makes:read', audience: 'operator', query: Type.Object({}),
    response: Type.Object({ items: Type.Array(Type.Object({ fault: FaultJson, title: TextJson, clauses: Type.Array(Type.String()), rule: TextJson }, { title: 'Prescription' })) }),
    handler: () => Promise.resolve({ items: FAULTS.map((fault) => { const { title, clauses, rule } = PRESCRIBED[fault]; return { fault, title: { ...title }, clauses: [...clauses], rule: { ...rule } }; }) }),
  });
}

const filterOf = ({ maker, model, firmware }: { readonly maker: string; readonly model?: string | null; readonly firmware?: string | null }) => ({ maker, model: model ?? null, firmware: model === undefined || model === null ? null : firmware ?? null });

function registerPacks(api: Api, { nameActors, wake }: MakeRouteOptions): void {
  api.route({
    method: 'POST', path: '/evidence-packs', operationId: 'requestEvidencePack', tag, summary: 'Ask for the evidence against a make: a document and the raw frames', permission: 'makes:export', audience: 'operator', status: 202, response: PackJson, errors: ['make_not_found', 'evidence_period_invalid', 'too_many_evidence_packs'],
    body: Body({ maker: NameJson, model: NullOr(NameJson), firmware: NullOr(NameJson), from: DayJson, to: DayJson, language: Type.Enum(['zh', 'en']) }),
    handler: async (tx, call) => {
      const { body } = call, days = daysOf(body, call.clock);
      const pack = orProblem(await requestPack(tx, { ...filterOf(body), ...days, packId: call.commandId, language: body.language, requestedBy: actorIdOf(call.actor) }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'conformance.request_evidence', subject: { kind: 'evidence_pack', id: pack.packId }, after: { maker: pack.maker, model: pack.model, firmware: pack.firmware, ...days, language: pack.language } }, call);
      if (wake) tx.afterCommit(() => { wake(call.principal.operatorId); });
      return packToJson(pack, (await loadActorNames(tx, nameActors, [pack.requestedBy])).nameOrKept);
    },
  });
  api.route({
    method: 'GET', path: '/evidence-packs', operationId: 'listEvidencePacks', tag, summary: 'Packs that were asked for, newest first, with their progress', permission: 'makes:read', audience: 'operator', query: Type.Object({ ...pageQuery }), response: Page(PackJson), errors: ['cursor_invalid'],
    handler: async (tx, { query }) => {
      const rows = await listPacks(tx, { after: decodeCursor(query.cursor, ['number', 'uuid']), limit: query.limit + 1 }), { nameOrKept } = await loadActorNames(tx, nameActors, rows.map(({ requestedBy }) => requestedBy));
      return toPage(rows, query.limit, (row) => packToJson(row, nameOrKept), (row) => [row.requestedAt, row.packId]);
    },
  });
  api.route({
    method: 'GET', path: '/evidence-packs/:packId', operationId: 'getEvidencePack', tag, summary: 'One pack and its progress', permission: 'makes:read', audience: 'operator', params: Type.Object({ packId: Type.String() }), response: PackJson, errors: ['evidence_pack_not_found'],
    handler: async (tx, { params }) => {
      const pack = await findPack(tx, idFromJson('evp', params.packId, 'evidence_pack_not_found'));
      if (pack === null) throw problem('evidence_pack_not_found');
      return packToJson(pack, (await loadActorNames(tx, nameActors, [pack.requestedBy])).nameOrKept);
    },
  });
}

/** The bytes themselves, read piece by piece as fast as the other side takes them. */
function registerContent(api: Api): void {
  api.server.get<{ Params: { packId: string; file: string } }>(`${API_PREFIX}/evidence-packs/:packId/:file`, {
    config: { audience: 'operator', permission: 'makes:export', subOperatorScoped: false },
    schema: {
      operationId: 'downloadEvidencePack', tags: [tag], summary: 'Download a finished pack: the document, or everything', 'x-audience': 'operator', 'x-permission': 'makes:export', security: [{ session: [] }, { apiKey: [] }],
      params: Type.Object({ packId: Type.String(), file: Type.Enum(['document', 'archive']) }), produces: ['application/pdf', 'application/zip'], response: { 200: Type.String({ format: 'binary' }) },
    },
  }, async (request, reply) => {
    const database = api.options.database.forOperator(principalOf(request).operatorId), { packId, file } = request.params;
    const pack = await database.transaction((tx) => findPack(tx, idFromJson('evp', packId, 'evidence_pack_not_found')));
    if (pack === null) throw problem('evidence_pack_not_found');
    const [fileId, sha256] = file === 'document' ? [pack.documentFileId, pack.documentSha256] : [pack.archiveFileId, pack.archiveSha256];
    if (pack.state !== 'done' || fileId === null || sha256 === null) throw problem('evidence_pack_not_done');
    const [type, extension] = file === 'document' ? ['application/pdf', 'pdf'] : ['application/zip', 'zip'];
    return reply.type(type).header('content-disposition', `attachment; filename="evidence.${extension}"; filename*=UTF-8''${encodeURIComponent(`${fileStem(pack)}.${extension}`)}`).header('cache-control', 'private, no-store')
      .header('digest', `sha-256=${Buffer.from(sha256, 'hex').toString('base64')}`).send(Readable.from(readFile(database, fileId)));
  });
}

const packToJson = (pack: Pack, nameOf: (id: string) => string): Static<typeof PackJson> => ({
  packId: idToJson('evp', pack.packId), maker: pack.maker, model: pack.model, firmware: pack.firmware, from: pack.from, to: pack.to, language: pack.language, state: pack.state, step: pack.step, itemsDone: Number(pack.itemsDone), itemsTotal: pack.itemsTotal === null ? null : Number(pack.itemsTotal),
  frames: Number(pack.frames), archiveBytes: pack.archiveBytes === null ? null : Number(pack.archiveBytes), archiveSha256: pack.archiveSha256, documentSha256: pack.documentSha256, failure: pack.failure, fileName: `${fileStem(pack)}.zip`, requestedBy: nameOf(pack.requestedBy),
  requestedAt: instantToJson(pack.requestedAt), doneAt: orNull(pack.doneAt, instantToJson),
});
