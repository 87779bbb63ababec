import { Readable } from 'node:stream';
import { Type, type Static } from 'typebox';
import { instant, type OperatorId } from '../../../kernel/index.ts';
import { actorIdOf, loadActorNames, recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { API_PREFIX, Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantToJson, NullOr, orNull, Page, pageQuery, principalOf, toPage, WattHoursJson, type Api } from '../../../platform/http/index.ts';
import { readFile } from '../../../platform/stored-files/index.ts';
import { loadRules } from '../../charging/index.ts';
import { bringAgain, startImport, uploadTable } from '../commands/import-table.ts';
import { previewTable, PREVIEW_ROWS_MAX, proposeForFile, type GivenForm, type PreviewedRow } from '../commands/preview-table.ts';
import { MAPPED_FIELDS, type GivenColumns } from '../domain/propose-mapping.ts';
import { IMPORT_STATES, listImports, loadImport, type SessionImport } from '../store/imports.ts';
import { rowsAsCsv } from '../queries/rows-as-csv.ts';
import { listRows, summariseImport, type ImportedRow } from '../store/rows.ts';
import { parseMapping, SessionTableFault, type SessionTableMapping } from '../table/index.ts';

const tag = 'imports';
/** A larger table comes in by the command line, which streams it. */
export const UPLOAD_BYTES_MAX = 50_000_000;
const Count = Type.Integer({ minimum: 0 });
const Mapping = Type.Unsafe<SessionTableMapping>(Type.Object({}, { additionalProperties: true, title: 'SessionTableMapping', description: 'How the table is read: see docs/reference/session-tables.md.' }));
const ImportJson = Type.Object({
  importId: IdJson('imp'), fileName: Type.String(), sha256: Type.String(), state: Type.Enum([...IMPORT_STATES], { title: 'ImportState' }), mapping: NullOr(Mapping), rulesVersion: NullOr(Type.Integer()), rowsRead: Count, rowsJudged: Count,
  failure: NullOr(Type.Object({ code: Type.String(), message: Type.String() })), requestedBy: Type.String(), requestedAt: InstantJson, finishedAt: NullOr(InstantJson),
}, { title: 'SessionImport' });
const FlagJson = Type.Object({ code: NullOr(Type.Integer()), cause: Type.String(), data: Type.Record(Type.String(), Type.Unknown()) }, { title: 'ImportedFlag' });
const RowJson = Type.Object({
  rowNumber: Count, cells: Type.Array(Type.String()), chargePoint: NullOr(Type.String()), name: NullOr(Type.String()), connector: Type.Integer(), startedAt: NullOr(InstantJson), endedAt: NullOr(InstantJson), energyWh: NullOr(WattHoursJson),
  refused: NullOr(Type.String()), problems: Type.Array(Type.Object({ code: Type.String(), text: NullOr(Type.String()) }), { description: 'What is odd about how the row is written, with the text that could not be read.' }), flags: Type.Array(FlagJson), believedStartedAt: NullOr(InstantJson), believedEndedAt: NullOr(InstantJson),
}, { title: 'ImportedRow', description: 'A row as it came, and what the rules say about it. Refused rows have no flags.' });
const Cause = Type.Object({ code: NullOr(Type.Integer()), cause: Type.String(), rows: Count });
const Refusal = Type.Object({ code: Type.String(), rows: Count });
const SummaryJson = Type.Object({
  rows: Count, judged: Count, clean: Count, chargePoints: Count, energyWh: WattHoursJson, firstStartAt: NullOr(InstantJson), lastStartAt: NullOr(InstantJson), causes: Type.Array(Cause), refused: Type.Array(Refusal),
}, { title: 'ImportSummary' });
const PreviewJson = Type.Object({
  rowsRead: Count, whole: Type.Boolean({ description: 'False: the file goes on.' }), clean: Count, first: Type.Array(RowJson),
  causes: Type.Array(Type.Intersect([Cause, Type.Object({ samples: Type.Array(RowJson) })])), refused: Type.Array(Type.Intersect([Refusal, Type.Object({ samples: Type.Array(RowJson) })])),
}, { title: 'ImportPreview' });
const ProposalJson = Type.Object({
  mapping: NullOr(Mapping), columns: Type.Record(Type.String(), Type.String()),
  confidence: Type.Record(Type.String(), Type.Enum(['given', 'sure', 'likely', 'guess']), { description: 'By what the column is called; "given" where the caller said so.' }),
  doubts: Type.Array(Type.String()), header: Type.Array(Type.String()), samples: Type.Array(Type.Array(Type.String()), { description: 'The first different texts of each column, in the order of the header.' }),
  file: Type.Object({ encoding: Type.Optional(Type.String()), delimiter: Type.Optional(Type.String()), skipLines: Type.Optional(Type.Integer()) }, { description: 'How the file is cut into columns; a workbook has neither encoding nor delimiter.' }),
}, { title: 'MappingProposal', description: '`mapping` is null while something is missing that cannot be done without: see the doubts.' });
const FormJson = Type.Object({ encoding: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })), delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 4 })), skipLines: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })) },
  { additionalProperties: false, description: 'Where somebody knows better how the text is cut into columns.' });
const COLUMN_LENGTH_MAX = 200;
const GivenJson = Type.Object(Object.fromEntries(MAPPED_FIELDS.map((field) => [field, Type.Optional(NullOr(Type.String({ maxLength: COLUMN_LENGTH_MAX })))])), { additionalProperties: false, description: 'Columns that somebody has chosen; null: no column is that. Others are looked for.' });
const params = Type.Object({ importId: IdJson('imp') });

export type ImportRouteOptions = { readonly nameActors: NameActors; readonly timeZoneOf: (tx: Tx) => Promise<string>; /** Told when an import was started, so that it need not wait for the next minute. */ readonly wake?: (operatorId: OperatorId) => void };

export function registerImportRoutes(api: Api, options: ImportRouteOptions): void {
  registerUpload(api, options);
  registerMapping(api, options);
  registerStarting(api, options);
  registerReading(api, options);
  registerRowsFile(api);
}

const importIdOf = (text: string): string => idFromJson('imp', text, 'import_not_found');
async function importOf(tx: Tx, text: string): Promise<SessionImport> {
  const found = await loadImport(tx, importIdOf(text));
  if (found === null) throw problem('import_not_found');
  return found;
}
const isoOf = (at: number | null): string | null => (at === null ? null : instantToJson(instant(at)));

async function toJson(tx: Tx, imports: readonly SessionImport[], nameActors: NameActors): Promise<Static<typeof ImportJson>[]> {
  const { nameOrKept } = await loadActorNames(tx, nameActors, imports.map(({ requestedBy }) => requestedBy));
  return imports.map((of) => ({
    importId: idToJson('imp', of.importId), fileName: of.fileName, sha256: of.digest, state: of.state, mapping: of.mapping, rulesVersion: of.rulesVersion, rowsRead: Number(of.rowsRead), rowsJudged: Number(of.rowsJudged),
    failure: of.failureCode === null ? null : { code: of.failureCode, message: of.failure ?? '' }, requestedBy: nameOrKept(of.requestedBy), requestedAt: instantToJson(of.requestedAt), finishedAt: orNull(of.finishedAt, instantToJson),
  }));
}

const rowToJson = (row: ImportedRow): Static<typeof RowJson> => ({
  rowNumber: row.rowNumber, cells: [...row.record], chargePoint: row.chargePoint, name: row.name, connector: row.connector, startedAt: orNull(row.startedAt, instantToJson), endedAt: orNull(row.endedAt, instantToJson),
  energyWh: orNull(row.energyWh, String), refused: row.refusedCode, problems: row.problems.map(({ code, text }) => ({ code, text: text ?? null })), flags: (row.flags ?? []).map(({ code, cause, data }) => ({ code, cause, data })),
  believedStartedAt: orNull(row.believedStartedAt, instantToJson), believedEndedAt: orNull(row.believedEndedAt, instantToJson),
});
const previewedToJson = ({ row, record, judged }: PreviewedRow): Static<typeof RowJson> => ({
  rowNumber: row.rowNumber, cells: [...record], chargePoint: row.chargePointKey, name: row.chargePointName, connector: judged?.connector ?? row.connector, startedAt: isoOf(row.startAt), endedAt: isoOf(row.endAt),
  energyWh: orNull(row.energyWh, String), refused: row.notReplayable, problems: row.problems.map(({ code, text }) => ({ code, text: text ?? null })), flags: (judged?.flags ?? []).map(({ code, cause, data }) => ({ code, cause, data })),
  believedStartedAt: isoOf(judged?.believed?.startAt ?? null), believedEndedAt: isoOf(judged?.believed?.endAt ?? null),
});

/** What a file or a mapping says no to becomes one answer with the reason. */
async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SessionTableFault)) throw error;
    throw problem('table_unreadable', { detail: error.message, data: { reason: error.code } });
  }
}

function registerUpload(api: Api, { nameActors }: ImportRouteOptions): void {
  api.uploadRoute({
    method: 'POST', path: '/session-imports', operationId: 'uploadSessionTable', tag, summary: 'Bring a table of charging sessions (CSV or XLSX)',
    description: 'The file is kept as it is; nothing is read of it yet. Ask for a proposal of how to read it, try that, and start.',
    permission: 'imports:run', audience: 'operator', bodyBytesMax: UPLOAD_BYTES_MAX, status: 201, response: ImportJson, query: Type.Object({ fileName: Type.String({ minLength: 1, maxLength: 255 }) }),
    handler: async (call) => call.operator.transaction(async (tx) => {
      const uploaded = await uploadTable(tx, { fileName: call.query.fileName, content: [call.body], requestedBy: actorIdOf(call.actor) }, call);
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'imports.upload', subject: { kind: 'import', id: uploaded.importId }, after: { fileName: uploaded.fileName, sha256: uploaded.digest, bytes: call.body.length } }, call);
      return (await toJson(tx, [uploaded], nameActors))[0]!;
    }),
  });
}

function registerMapping(api: Api, { timeZoneOf }: ImportRouteOptions): void {
  const propose = async (operator: OperatorDatabase, importId: string, given: GivenColumns, form: GivenForm = {}): Promise<Static<typeof ProposalJson>> => {
    const { found, zone } = await operator.transaction(async (tx) => ({ found: await importOf(tx, importId), zone: await timeZoneOf(tx) }));
    const { mapping, columns, confidence, doubts, header, samples, file } = await readable(() => proposeForFile(readFile(operator, found.fileId), { title: found.fileName, zone, given, form }));
    const { encoding, delimiter, skipLines } = file;
    return {
      mapping, columns: { ...columns }, confidence: { ...confidence }, doubts: [...doubts], header: [...header], samples: samples.map((texts) => [...texts]),
      file: { ...(encoding === undefined ? {} : { encoding }), ...(delimiter === undefined ? {} : { delimiter }), ...(skipLines === undefined ? {} : { skipLines }) },
    };
  };
  api.routeWithoutTransaction({
    method: 'GET', path: '/session-imports/:importId/proposal', operationId: 'proposeSessionTableMapping', tag, summary: 'How the table could be read',
    description: 'Columns by their names and contents, dates by which way of reading them gives sessions that make sense. What nothing in the table tells is listed as a doubt.',
    permission: 'imports:run', audience: 'operator', params, response: ProposalJson, errors: ['import_not_found', 'table_unreadable'],
    handler: ({ operator, params: { importId } }) => propose(operator, importId, {}, {}),
  });
  api.routeWithoutTransaction({
    method: 'POST', path: '/session-imports/:importId/proposal', operationId: 'proposeSessionTableMappingFrom', tag, summary: 'How the table could be read, when these columns are what somebody says',
    description: 'Units, formats of dates and connectors follow from what stands in the chosen columns.',
    permission: 'imports:run', audience: 'operator', params, body: Body({ columns: GivenJson, file: Type.Optional(FormJson) }), response: ProposalJson, errors: ['import_not_found', 'table_unreadable'],
    handler: ({ operator, params: { importId }, body }) => propose(operator, importId, body.columns as GivenColumns, body.file),
  });
  api.routeWithoutTransaction({
    method: 'POST', path: '/session-imports/:importId/preview', operationId: 'previewSessionTable', tag, summary: 'Try a mapping without importing anything',
    description: `Reads the first ${PREVIEW_ROWS_MAX} rows and says what an import would find in them.`, permission: 'imports:run', audience: 'operator', params, body: Body({ mapping: Mapping }), response: PreviewJson,
    errors: ['import_not_found', 'table_unreadable'],
    handler: async ({ operator, params: { importId }, body }) => {
      const { found, rules } = await operator.transaction(async (tx) => ({ found: await importOf(tx, importId), rules: (await loadRules(tx)).rules }));
      const preview = await readable(() => previewTable(readFile(operator, found.fileId), parseMapping(body.mapping), rules));
      return {
        rowsRead: preview.rowsRead, whole: preview.whole, clean: preview.clean, first: preview.first.map(previewedToJson),
        causes: preview.causes.map(({ samples, ...rest }) => ({ ...rest, samples: samples.map(previewedToJson) })), refused: preview.refused.map(({ samples, ...rest }) => ({ ...rest, samples: samples.map(previewedToJson) })),
      };
    },
  });
}

function registerStarting(api: Api, { nameActors, wake }: ImportRouteOptions): void {
  api.route({
    method: 'POST', path: '/session-imports/:importId/again', operationId: 'bringSessionTableAgain', tag, summary: 'Another import of the same file, to read it by another mapping', status: 201,
    description: 'The import that is there stays as it is.', permission: 'imports:run', audience: 'operator', params, response: ImportJson, errors: ['import_not_found'],
    handler: async (tx, call) => {
      const of = await importOf(tx, call.params.importId);
      const brought = await bringAgain(tx, { importId: call.commandId, of, requestedBy: actorIdOf(call.actor) }, call);
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'imports.again', subject: { kind: 'import', id: brought.importId }, after: { fileName: brought.fileName, of: of.importId } }, call);
      return (await toJson(tx, [brought], nameActors))[0]!;
    },
  });
  api.route({
    method: 'POST', path: '/session-imports/:importId/start', operationId: 'startSessionImport', tag, summary: 'Import the table by this mapping', idempotency: 'natural', status: 202,
    description: 'Works in the background, page by page. The same bytes by the same mapping are imported once: then the answer is the import that has them.',
    permission: 'imports:run', audience: 'operator', params, body: Body({ mapping: Mapping }), response: ImportJson, errors: ['import_not_found', 'import_already_started', 'table_unreadable'],
    handler: async (tx, call) => {
      const { importId } = await importOf(tx, call.params.importId);
      const mapping = await readable(() => Promise.resolve().then(() => parseMapping(call.body.mapping)));
      const started = orProblem(await startImport(tx, { importId, mapping }));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'imports.start', subject: { kind: 'import', id: importId }, after: { mapping, importId: started.importId } }, call);
      if (wake) tx.afterCommit(() => { wake(call.principal.operatorId); });
      return (await toJson(tx, [started], nameActors))[0]!;
    },
  });
}

function registerReading(api: Api, { nameActors }: ImportRouteOptions): void {
  api.route({
    method: 'GET', path: '/session-imports', operationId: 'listSessionImports', tag, summary: 'Imports, newest first', permission: 'imports:read', audience: 'operator', query: Type.Object(pageQuery), response: Page(ImportJson),
    handler: async (tx, { query: { limit, cursor } }) => {
      const at = decodeCursor(cursor, ['number', 'uuid']);
      const imports = await listImports(tx, { before: at === null ? null : { requestedAt: instant(at[0]), importId: at[1] }, countMax: limit + 1 });
      const json = new Map((await toJson(tx, imports, nameActors)).map((each, i) => [imports[i]!.importId, each]));
      return toPage(imports, limit, (each) => json.get(each.importId)!, (each) => [each.requestedAt, each.importId]);
    },
  });
  api.route({
    method: 'GET', path: '/session-imports/:importId', operationId: 'getSessionImport', tag, summary: 'One import: progress, and what was found', permission: 'imports:read', audience: 'operator', params,
    response: Type.Object({ import: ImportJson, summary: SummaryJson }, { title: 'SessionImportStory' }), errors: ['import_not_found'],
    handler: async (tx, call) => {
      const found = await importOf(tx, call.params.importId);
      const { refused, energyWh, rows, judged, clean, chargePoints, causes, firstStartAt, lastStartAt } = await summariseImport(tx, found.importId);
      return {
        import: (await toJson(tx, [found], nameActors))[0]!,
        summary: {
          rows: Number(rows), judged: Number(judged), clean: Number(clean), chargePoints: Number(chargePoints), energyWh: String(energyWh), firstStartAt: orNull(firstStartAt, instantToJson), lastStartAt: orNull(lastStartAt, instantToJson),
          causes: causes.map((each) => ({ ...each, rows: Number(each.rows) })), refused: Object.entries(refused).map(([code, count]) => ({ code, rows: Number(count) })),
        },
      };
    },
  });
  api.route({
    method: 'GET', path: '/session-imports/:importId/rows', operationId: 'listImportedSessions', tag, summary: 'Rows of an import in the order of the file', permission: 'imports:read', audience: 'operator', params, response: Page(RowJson),
    query: Type.Object({ ...pageQuery, which: Type.Enum(['all', 'flagged', 'refused'], { type: 'string', default: 'all' }), cause: Type.Optional(Type.String({ maxLength: 64 })) }), errors: ['import_not_found'],
    handler: async (tx, call) => {
      const { limit, which, cause } = call.query, cursor = decodeCursor(call.query.cursor, ['number']);
      const { importId } = await importOf(tx, call.params.importId);
      return toPage(await listRows(tx, importId, { which, cause: cause ?? null, after: cursor?.[0] ?? 0, countMax: limit + 1 }), limit, rowToJson, (row) => [row.rowNumber]);
    },
  });
}

const FILES = ['refused', 'flagged', 'all'] as const;

/** The rows as a file, written page by page as fast as the other side takes them. */
function registerRowsFile(api: Api): void {
  api.server.get<{ Params: { importId: string; which: (typeof FILES)[number] } }>(`${API_PREFIX}/session-imports/:importId/files/:which`, {
    config: { audience: 'operator', permission: 'imports:read', subOperatorScoped: false },
    schema: {
      operationId: 'downloadImportedRows', tags: [tag], summary: 'Rows of an import as CSV: the refused ones with their reasons, the odd ones, or all', 'x-audience': 'operator', 'x-permission': 'imports:read', security: [{ session: [] }, { apiKey: [] }],
      params: Type.Object({ importId: Type.String(), which: Type.Enum([...FILES]) }), produces: ['text/csv'], response: { 200: Type.String({ format: 'binary' }) },
    },
  }, async (request, reply) => {
    const database = api.options.database.forOperator(principalOf(request).operatorId), { importId, which } = request.params;
    const found = await database.transaction((tx) => importOf(tx, importId));
    const name = `${found.fileName.replace(/\.[a-z]{2,5}$/i, '')}-${which}.csv`;
    return reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="rows.csv"; filename*=UTF-8''${encodeURIComponent(name)}`).header('cache-control', 'private, no-store')
      .send(Readable.from(rowsAsCsv(database, found, which)));
  });
}
