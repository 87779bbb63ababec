import { Type } from 'typebox';
import { assert, encodeId } from '../../../kernel/index.ts';
import { requestApproval, type ApprovalKind } from '../../../platform/approvals/index.ts';
import { loadActorNames, recordAct, type Actor, type ActOrigin, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { Body, decodeCursor, IdJson, idToJson, NullOr, orNull, Page, pageQuery, toPage, wattHoursToJson, WattHoursJson, IntegerJson, type Api } from '../../../platform/http/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { mayPublish, publishPeriod } from '../commands/publish-period.ts';
import { dayAt, parsePeriod, periodName, stateOf, type Period } from '../domain/period.ts';
import { recentPeriods } from '../queries/periods.ts';
import { listAdjustments, listBillsToReview, readReport } from '../queries/read-report.ts';
import { insertReportPolicy, loadReportPolicy, type Publication } from '../store/publications.ts';
import { AbnormalBillsJson, DayJson, FiguresJson, figuresJson, GroupByJson, KeyedJson, keyedJson, narrowingOf, narrowingQuery, PeriodJson, PublicationJson, publicationJson, ReportStateJson } from './schemas.ts';

export const tag = 'reports';
const params = Type.Object({ period: PeriodJson });
const periodOf = (text: string): Period => { const period = parsePeriod(text); if (period === null) throw problem('report_period_unknown'); return period; };

export function registerReports(api: Api, { nameActors }: { readonly nameActors: NameActors }): void {
  registerReport(api, nameActors);
  registerDetails(api);
  registerPeriods(api, nameActors);
  registerPublishing(api, nameActors);
  registerPolicy(api);
}

function registerReport(api: Api, nameActors: NameActors): void {
  api.route({
    method: 'GET', path: '/reports/:period', operationId: 'getReport', tag, summary: 'The report of a day or a month, by station, sub-operator, department, fleet, vehicle, start mode or day',
    description: 'A published one is as it was published. Bills count in the day on which charging ended at the station; what comes after that day was published counts in an open one, as an adjustment. `adjustments` is what of the total adjusts earlier days, `laterAdjustments` what has come since this period was published.',
    permission: 'reports:read', audience: 'operator', subOperatorScoped: true, params, query: Type.Object({ ...pageQuery, groupBy: Type.Optional(GroupByJson), ...narrowingQuery }),
    response: Type.Object({
      period: PeriodJson, firstOn: DayJson, lastOn: DayJson, state: ReportStateJson, currency: Type.String(), abnormalBills: AbnormalBillsJson, groupBy: GroupByJson, total: FiguresJson,
      adjustments: FiguresJson,
      laterAdjustments: FiguresJson,
      publication: NullOr(PublicationJson), ...Page(KeyedJson).properties,
    }, { title: 'Report' }),
    errors: ['report_period_unknown', 'cursor_invalid'],
    handler: async (tx, { params: path, query, clock, principal, subOperators }) => {
      const period = periodOf(path.period), dimension = query.groupBy ?? 'station';
      const after = decodeCursor(query.cursor, ['string']);
      const report = await readReport(tx, { period, dimension, narrowing: narrowingOf(query, subOperators), page: { after: after?.[0] ?? null, limit: query.limit + 1 } }, { clock });
      const page = toPage(report.rows, query.limit, (row) => row, (row) => [row.key]);
      return {
        period: periodName(period), firstOn: period.firstOn, lastOn: period.lastOn, state: report.state, currency: report.currency, abnormalBills: report.abnormalBills, groupBy: dimension,
        total: figuresJson(report.total), adjustments: figuresJson(report.adjustments), laterAdjustments: figuresJson(report.laterAdjustments),
        publication: report.publication && publicationJson(report.publication, await namer(tx, nameActors, [report.publication])), items: await keyedJson(tx, page.items, { dimension, principal, clock }), nextCursor: page.nextCursor,
      };
    },
  });
}

function registerDetails(api: Api): void {
  const Adjustment = Type.Object({
    billId: IdJson('bill'), sign: Type.Integer({ description: '1: counted; -1: taken back.' }), sessionId: IdJson('chg'), adjustsOn: DayJson, countsOn: DayJson, causedBy: IdJson('bill'),
    reason: Type.String({ description: 'Why the version that caused it was made.' }), correctionId: NullOr(IdJson('cor')), figures: FiguresJson,
  }, { title: 'ReportAdjustment' });
  api.route({
    method: 'GET', path: '/reports/:period/adjustments', operationId: 'listReportAdjustments', tag, summary: 'What adjusts published days, bill by bill, with the reason', permission: 'reports:read', audience: 'operator', subOperatorScoped: true, params,
    query: Type.Object({ ...pageQuery, which: Type.Optional(Type.Enum(['counted', 'later'], { description: 'counted: what counts in this period and adjusts earlier days. later: what adjusts this period and counts after it.' })), ...narrowingQuery }),
    response: Page(Adjustment), errors: ['report_period_unknown', 'cursor_invalid'],
    handler: async (tx, { params: path, query, subOperators }) => {
      const after = decodeCursor(query.cursor, ['uuid', 'number']);
      const rows = await listAdjustments(tx, { period: periodOf(path.period), which: query.which ?? 'counted', narrowing: narrowingOf(query, subOperators), after: after && { billId: after[0], sign: after[1] }, limit: query.limit + 1 });
      return toPage(rows, query.limit, (row) => ({
        ...row, billId: encodeId('bill', row.billId), sessionId: encodeId('chg', row.sessionId), causedBy: encodeId('bill', row.causedBy), correctionId: orNull(row.correctionId, (id) => encodeId('cor', id)), figures: figuresJson(row.figures),
      }), (row) => [row.billId, row.sign]);
    },
  });
  const ToReview = Type.Object({
    sessionId: IdJson('chg'), held: Type.Boolean({ description: 'false: settled before review.' }), heldWh: WattHoursJson, heldMinor: IntegerJson, doubtMinor: IntegerJson,
    open: NullOr(Type.Object({ billId: IdJson('bill'), causes: Type.Array(Type.String()) })),
  }, { title: 'ReportBillToReview' });
  api.route({
    method: 'GET', path: '/reports/:period/bills-to-review', operationId: 'listReportBillsToReview', tag, summary: 'The held bills and the bills in doubt behind a report, with what they propose', permission: 'reports:read', audience: 'operator', subOperatorScoped: true, params,
    query: Type.Object({ ...pageQuery, ...narrowingQuery }), response: Page(ToReview), errors: ['report_period_unknown', 'cursor_invalid'],
    handler: async (tx, { params: path, query, subOperators }) => {
      const after = decodeCursor(query.cursor, ['uuid']);
      const rows = await listBillsToReview(tx, { period: periodOf(path.period), narrowing: narrowingOf(query, subOperators), after: after?.[0] ?? null, limit: query.limit + 1 });
      return toPage(rows, query.limit, (row) => ({
        sessionId: encodeId('chg', row.sessionId), held: row.held, heldWh: wattHoursToJson(row.heldWh), heldMinor: String(row.heldMinor), doubtMinor: String(row.doubtMinor),
        open: row.open && { billId: encodeId('bill', row.open.billId), causes: [...row.open.causes] },
      }), (row) => [row.sessionId]);
    },
  });
}

function registerPeriods(api: Api, nameActors: NameActors): void {
  const Item = Type.Object({ period: PeriodJson, firstOn: DayJson, lastOn: DayJson, state: ReportStateJson, publication: NullOr(PublicationJson) }, { title: 'ReportPeriod' });
  api.route({
    method: 'GET', path: '/report-periods', operationId: 'listReportPeriods', tag, summary: 'Days or months back to the first bill, newest first, and which are published', permission: 'reports:read', audience: 'operator',
    query: Type.Object({ ...pageQuery, kind: Type.Optional(Type.Enum(['day', 'month'])) }), response: Page(Item), errors: ['cursor_invalid'],
    handler: async (tx, { query, clock }) => {
      const cursor = decodeCursor(query.cursor, ['string']);
      if (cursor !== null && parsePeriod(cursor[0]) === null) throw problem('cursor_invalid');
      const today = dayAt(clock.now(), (await loadOperator(tx)).timeZone);
      const rows = await recentPeriods(tx, { kind: query.kind ?? 'month', today, before: cursor?.[0] ?? null, limit: query.limit + 1 });
      const nameOf = await namer(tx, nameActors, rows.flatMap(({ publication }) => publication ?? []));
      return toPage(rows, query.limit, ({ period, publication }) => ({
        period: periodName(period), firstOn: period.firstOn, lastOn: period.lastOn, state: stateOf(period, { today, published: publication !== null }), publication: publication && publicationJson(publication, nameOf),
      }), ({ period }) => [periodName(period)]);
    },
  });
}

function registerPublishing(api: Api, nameActors: NameActors): void {
  api.route({
    method: 'POST', path: '/report-periods/:period/publication', operationId: 'publishReport', tag, summary: 'Publish a day or a month that is over: its figures never change again',
    description: 'Where the operator wants two persons for it, a request for approval is made instead.', permission: 'reports:publish', audience: 'operator', params, status: 201,
    body: Body({ reason: Type.Optional(NullOr(Type.String({ maxLength: 500 }))) }),
    response: Type.Object({ state: Type.Enum(['published', 'awaiting_approval'], { title: 'ReportPublishState' }), publication: NullOr(PublicationJson), approvalId: NullOr(IdJson('apr')) }, { title: 'ReportPublish' }),
    errors: ['report_period_unknown', 'report_period_not_over', 'report_published_already'],
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'an act over HTTP has somebody who is logged in');
      const period = periodOf(call.params.period), name = periodName(period);
      if ((await loadReportPolicy(tx)).publishFourEyes) {
        orProblem(await mayPublish(tx, period, call));
        const approvalId = await requestApproval(tx, {
          kind: 'reporting.publish_period', payload: { period: name }, subject: { kind: 'report_period', id: name }, reason: call.body.reason?.trim() || name, rule: 'publishing a report needs a second person', requestedBy: call.actor, from: call.from,
        }, call);
        announce(tx, 'approvals');
        return { state: 'awaiting_approval' as const, publication: null, approvalId: idToJson('apr', approvalId) };
      }
      const publication = orProblem(await publishPeriod(tx, { period, publishedBy: call.actor.id, approvedBy: null }, call));
      await record(tx, publication, call);
      return { state: 'published' as const, publication: publicationJson(publication, await namer(tx, nameActors, [publication])), approvalId: null };
    },
  });
}

/** What approving does: the period is published as it is then. */
export const publishPeriodApproval: ApprovalKind = {
  kind: 'reporting.publish_period',
  async apply(tx, { payload, requestedBy, decidedBy }, { clock, from }) {
    const published = await publishPeriod(tx, { period: periodOf(payload.period as string), publishedBy: requestedBy, approvedBy: decidedBy }, { clock });
    if (!published.ok) return published;
    await record(tx, published.value, { actor: { kind: 'user', id: decidedBy }, from, clock });
    return { ok: true, value: { period: payload.period, sha256: published.value.sha256 } };
  },
};

async function record(tx: Tx, p: Publication, { actor, from, clock }: { readonly actor: Actor; readonly from: ActOrigin; readonly clock: Parameters<typeof publishPeriod>[2]['clock'] }): Promise<void> {
  await recordAct(tx, { actor, from, act: 'reporting.publish_period', subject: { kind: 'report_period', id: periodName(p) }, after: { sha256: p.sha256, movements: String(p.movements), publishedBy: p.publishedBy, approvedBy: p.approvedBy } }, { clock });
}

function registerPolicy(api: Api): void {
  const Policy = Type.Object({ publishFourEyes: Type.Boolean({ description: 'Publishing takes two persons.' }) }, { title: 'ReportPolicy' });
  api.route({
    method: 'GET', path: '/report-policy', operationId: 'getReportPolicy', tag, summary: 'Whether publishing takes two persons', permission: 'reports:read', audience: 'operator', response: Policy,
    handler: async (tx) => ({ publishFourEyes: (await loadReportPolicy(tx)).publishFourEyes }),
  });
  api.route({
    method: 'PUT', path: '/report-policy', operationId: 'setReportPolicy', tag, summary: 'Say whether publishing takes two persons', permission: 'settings:write', audience: 'operator', body: Body(Policy.properties), response: Policy,
    handler: async (tx, call) => {
      const before = await loadReportPolicy(tx), { publishFourEyes } = call.body;
      if (before.publishFourEyes !== publishFourEyes) {
        await insertReportPolicy(tx, { version: before.version + 1, publishFourEyes }, { changedBy: call.actor.kind === 'system' ? 'system' : call.actor.id, at: call.clock.now() });
        await recordAct(tx, { actor: call.actor, from: call.from, act: 'reporting.set_policy', subject: { kind: 'report_policy', id: 'policy' }, before: { publishFourEyes: before.publishFourEyes }, after: { publishFourEyes } }, call);
        announce(tx, 'reporting.reports');
      }
      return { publishFourEyes };
    },
  });
}

const namer = async (tx: Tx, nameActors: NameActors, publications: readonly Publication[]): Promise<(id: string) => string> =>
  (await loadActorNames(tx, nameActors, publications.flatMap(({ publishedBy, approvedBy }) => [publishedBy, approvedBy]))).nameOrKept;
