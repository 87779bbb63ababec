import { Readable } from 'node:stream';
import { Type, type Static } from 'typebox';
import { assert, type OperatorId } from '../../../kernel/index.ts';
import { loadActorNames, recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { API_PREFIX, Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantToJson, NullOr, orNull, Page, pageQuery, principalOf, scopeOf, toPage, type Api } from '../../../platform/http/index.ts';
import { exportContent, requestExport } from '../commands/write-exports.ts';
import { DIMENSIONS } from '../domain/dimension.ts';
import { parsePeriod } from '../domain/period.ts';
import { STATEMENT_PARTS, type StatementPart } from '../domain/statement.ts';
import { FORMATS, LANGUAGES } from '../files/words.ts';
import type { ExportSubject } from '../queries/sheet-parameters.ts';
import { findExport, listExports, type Export } from '../store/exports.ts';
import { narrowingOf, narrowingQuery, PeriodJson } from './schemas.ts';

const tag = 'report exports';
const ExportJson = Type.Object({
  exportId: IdJson('exp'), subject: Type.Enum(['report', 'bills', 'statement'], { title: 'ExportSubject' }), format: Type.Enum([...FORMATS], { title: 'ExportFormat' }), language: Type.Enum([...LANGUAGES], { title: 'ExportLanguage' }),
  state: Type.Enum(['waiting', 'running', 'done', 'failed'], { title: 'ExportState' }), rowsDone: Type.Integer(), rowsTotal: NullOr(Type.Integer()), bytes: Type.Integer(), sha256: NullOr(Type.String()), failure: NullOr(Type.String()), fileName: Type.String(),
  requestedBy: Type.String(), requestedAt: InstantJson, doneAt: NullOr(InstantJson),
}, { title: 'ReportExport' });
const TYPE_OF = { csv: 'text/csv; charset=utf-8', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', pdf: 'application/pdf' } as const;

export type ExportOptions = { readonly nameActors: NameActors; /** Told when somebody asked for a file, so that it need not wait for the next minute. */ readonly wake?: (operatorId: OperatorId) => void };

export function registerExports(api: Api, options: ExportOptions): void {
  registerAsking(api, options);
  registerReading(api, options);
  registerDownload(api);
}

function registerAsking(api: Api, { nameActors, wake }: ExportOptions): void {
  api.route({
    method: 'POST', path: '/report-exports', operationId: 'requestReportExport', tag, summary: 'Ask for a file of a report, of the bills behind it, or of a statement', permission: 'reports:read', audience: 'operator', status: 202,
    body: Body({
      subject: Type.Enum(['report', 'bills', 'statement']), format: Type.Enum([...FORMATS]), language: Type.Enum([...LANGUAGES]), period: Type.Optional(PeriodJson), statementId: Type.Optional(IdJson('sst')), groupBy: Type.Optional(Type.Enum([...DIMENSIONS])), ...narrowingQuery,
    }),
    response: ExportJson, errors: ['report_period_unknown', 'export_subject_not_found', 'export_format_not_for_bills'],
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'an act over HTTP has somebody who is logged in');
      const { format, language } = call.body;
      const e = orProblem(await requestExport(tx, { ...subjectOf(call.body, scopeOf(call.principal, 'members:read') === 'operator'), format, language, requestedBy: call.actor.id }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'reporting.request_export', subject: { kind: 'export', id: e.exportId }, after: { subject: e.subject, format, language, parameters: e.parameters } }, call);
      if (wake) tx.afterCommit(() => { wake(call.principal.operatorId); });
      return toJson(e, (await loadActorNames(tx, nameActors, [e.requestedBy])).nameOrKept);
    },
  });
}

type Asked = { subject: 'report' | 'bills' | 'statement'; period?: string; statementId?: string; groupBy?: (typeof DIMENSIONS)[number] } & Parameters<typeof narrowingOf>[0];

function subjectOf(body: Asked, plates: boolean): ExportSubject {
  if (body.subject === 'statement') {
    const groupBy = (STATEMENT_PARTS as readonly string[]).includes(body.groupBy ?? '') ? body.groupBy as StatementPart : 'day';
    return { subject: 'statement', parameters: { statementId: idFromJson('sst', body.statementId ?? '', 'export_subject_not_found'), groupBy, plates } };
  }
  const period = parsePeriod(body.period ?? '');
  if (period === null) throw problem('report_period_unknown');
  const narrowing = narrowingOf(body, 'operator');
  return body.subject === 'bills' ? { subject: 'bills', parameters: { firstOn: period.firstOn, lastOn: period.lastOn, narrowing } } : { subject: 'report', parameters: { period: body.period!, groupBy: body.groupBy ?? 'station', narrowing, plates } };
}

function registerReading(api: Api, { nameActors }: ExportOptions): void {
  api.route({
    method: 'GET', path: '/report-exports', operationId: 'listReportExports', tag, summary: 'Files that were asked for, newest first, with their progress', permission: 'reports:read', audience: 'operator', query: Type.Object({ ...pageQuery }), response: Page(ExportJson), errors: ['cursor_invalid'],
    handler: async (tx, { query }) => {
      const rows = await listExports(tx, { after: decodeCursor(query.cursor, ['number', 'uuid']), limit: query.limit + 1 });
      const { nameOrKept } = await loadActorNames(tx, nameActors, rows.map(({ requestedBy }) => requestedBy));
      return toPage(rows, query.limit, (row) => toJson(row, nameOrKept), (row) => [row.requestedAt, row.exportId]);
    },
  });
  api.route({
    method: 'GET', path: '/report-exports/:exportId', operationId: 'getReportExport', tag, summary: 'One file and its progress', permission: 'reports:read', audience: 'operator', params: Type.Object({ exportId: Type.String() }), response: ExportJson, errors: ['export_not_found'],
    handler: async (tx, { params }) => {
      const e = await findExport(tx, idFromJson('exp', params.exportId, 'export_not_found'));
      if (e === null) throw problem('export_not_found');
      return toJson(e, (await loadActorNames(tx, nameActors, [e.requestedBy])).nameOrKept);
    },
  });
}

/** The bytes themselves, read part by part as fast as the other side takes them. */
function registerDownload(api: Api): void {
  api.server.get<{ Params: { exportId: string } }>(`${API_PREFIX}/report-exports/:exportId/content`, {
    config: { audience: 'operator', permission: 'reports:read', subOperatorScoped: false },
    schema: {
      operationId: 'downloadReportExport', tags: [tag], summary: 'Download a finished file', 'x-audience': 'operator', 'x-permission': 'reports:read', security: [{ session: [] }, { apiKey: [] }], params: Type.Object({ exportId: Type.String() }),
      produces: Object.values(TYPE_OF), response: { 200: Type.String({ format: 'binary' }) },
    },
  }, async (request, reply) => {
    const principal = principalOf(request), { operatorId } = principal;
    const database = api.options.database.forOperator(operatorId);
    const e = await database.transaction((tx) => findExport(tx, idFromJson('exp', request.params.exportId, 'export_not_found')));
    if (e === null) throw problem('export_not_found');
    // Whose car stood where is for those who may see members, also in a file that somebody else has asked for.
    if (e.subject !== 'bills' && e.parameters.plates && scopeOf(principal, 'members:read') !== 'operator') throw problem('permission_missing', { detail: 'members:read', data: { permission: 'members:read' } });
    if (e.state !== 'done') throw problem('export_not_done');
    return reply.type(TYPE_OF[e.format]).header('content-length', String(e.bytes)).header('content-disposition', `attachment; filename="${fileName(e)}"`).header('cache-control', 'private, no-store').header('digest', `sha-256=${Buffer.from(e.sha256!, 'hex').toString('base64')}`)
      .send(Readable.from(exportContent(database, e)));
  });
}

function fileName(e: Export): string {
  const of = e.subject === 'report' ? e.parameters.period : e.subject === 'bills' ? `${e.parameters.firstOn}_${e.parameters.lastOn}` : idToJson('sst', e.parameters.statementId);
  return `${e.subject}_${of}.${e.format}`;
}

const toJson = (e: Export, nameOf: (id: string) => string): Static<typeof ExportJson> => ({
  exportId: idToJson('exp', e.exportId), subject: e.subject, format: e.format, language: e.language, state: e.state, rowsDone: Number(e.rowsDone), rowsTotal: e.rowsTotal === null ? null : Number(e.rowsTotal), bytes: Number(e.bytes), sha256: e.sha256,
  failure: e.failure, fileName: fileName(e), requestedBy: nameOf(e.requestedBy), requestedAt: instantToJson(e.requestedAt), doneAt: orNull(e.doneAt, instantToJson),
});
