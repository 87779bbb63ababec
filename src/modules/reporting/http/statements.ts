import { Type, type Static } from 'typebox';
import { assert, encodeId, type Clock, type IdPrefix } from '../../../kernel/index.ts';
import { loadActorNames, recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantToJson, NullOr, orNull, Page, pageQuery, toPage, type Api, type Call, type Principal } from '../../../platform/http/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { closeStatement, createStatement, openBillsOf, startClosing, subjectNames, withdrawStatement, type OpenAbnormalBills } from '../commands/statements.ts';
import { dayAt, daysBetween } from '../domain/period.ts';
import { everyPart, STATEMENT_PARTS, STATEMENT_STATES, SUBJECT_KINDS, type Statement, type SubjectKind } from '../domain/statement.ts';
import { findStatement, listStatements, sumStatement } from '../store/statements.ts';
import { DayJson, FiguresJson, figuresJson, KeyedJson, keyedJson } from './schemas.ts';

export type StatementOptions = { readonly nameActors: NameActors; readonly openAbnormalBills: OpenAbnormalBills };
const tag = 'settlement statements';
/** How many open bills the detail lists; all are counted. */
export const OPEN_BILLS_SHOWN_MAX = 200;
const PREFIX: Readonly<Record<SubjectKind, IdPrefix>> = { fleet: 'flt', department: 'dept', sub_operator: 'sub' };
const params = Type.Object({ statementId: Type.String() });
const Reason = Type.String({ minLength: 1, maxLength: 500 });
const Kind = Type.Enum([...SUBJECT_KINDS], { title: 'StatementSubjectKind' });
const WaivedBill = Type.Object({ sessionId: IdJson('chg'), billId: IdJson('bill'), causes: Type.Array(Type.String()) }, { title: 'WaivedBill' });
const StatementJson = Type.Object({
  statementId: IdJson('sst'), subjectKind: Kind, subjectId: Type.String(), subjectName: NullOr(Type.String()), firstOn: DayJson, lastOn: DayJson, state: Type.Enum([...STATEMENT_STATES], { title: 'StatementState' }), currency: Type.String(),
  closesOn: NullOr(DayJson), daysLeft: NullOr(Type.Integer({ description: 'Until the closing day; negative when it has passed.' })), madeBy: Type.String(), madeAt: InstantJson, closedBy: NullOr(Type.String()), closedAt: NullOr(InstantJson),
  waiverReason: NullOr(Type.String()), waived: NullOr(Type.Array(WaivedBill)), sha256: NullOr(Type.String()), total: NullOr(FiguresJson),
}, { title: 'SettlementStatement' });
const OpenBill = Type.Object({ sessionId: IdJson('chg'), billId: IdJson('bill'), causes: Type.Array(Type.String()), since: InstantJson, dueAt: NullOr(InstantJson) }, { title: 'OpenAbnormalBill' });
const DetailJson = Type.Object({
  ...StatementJson.properties, total: FiguresJson, adjustments: FiguresJson,
  parts: Type.Object(everyPart(() => Type.Array(KeyedJson))), openBills: Type.Object({ count: Type.Integer(), items: Type.Array(OpenBill) }),
}, { title: 'SettlementStatementDetail' });

export function registerStatements(api: Api, options: StatementOptions): void {
  registerList(api, options);
  registerMaking(api, options);
  registerClosing(api, options);
}

function registerList(api: Api, options: StatementOptions): void {
  api.route({
    method: 'GET', path: '/settlement-statements', operationId: 'listStatements', tag, summary: 'Settlement statements, newest first', description: 'Figures of those that are not closed are in the detail.', permission: 'reports:read', audience: 'operator', subOperatorScoped: true,
    query: Type.Object({ ...pageQuery, subjectKind: Type.Optional(Kind), state: Type.Optional(Type.Enum([...STATEMENT_STATES])) }), response: Page(StatementJson), errors: ['cursor_invalid'],
    handler: async (tx, { query, subOperators, clock }) => {
      const after = decodeCursor(query.cursor, ['number', 'uuid']);
      const rows = await listStatements(tx, { subjectKind: query.subjectKind, state: query.state, subOperators }, { after, limit: query.limit + 1 });
      const toJson = await jsonOf(tx, rows, { options, clock });
      return toPage(rows, query.limit, toJson, (row) => [row.madeAt, row.statementId]);
    },
  });
  api.route({
    method: 'GET', path: '/settlement-statements/:statementId', operationId: 'getStatement', tag, summary: 'One statement with its figures, and the open abnormal bills that stand against closing it', permission: 'reports:read', audience: 'operator', subOperatorScoped: true,
    params, response: DetailJson, errors: ['statement_not_found'],
    handler: async (tx, call) => detailOf(tx, await visible(tx, call), { options, clock: call.clock, principal: call.principal }),
  });
}

function registerMaking(api: Api, options: StatementOptions): void {
  api.route({
    method: 'POST', path: '/settlement-statements', operationId: 'createStatement', tag, summary: 'Draft a statement of a fleet, department or sub-operator over days', permission: 'statements:close', audience: 'operator', status: 201,
    body: Body({ subjectKind: Kind, subjectId: Type.String(), firstOn: DayJson, lastOn: DayJson }), response: DetailJson, errors: ['statement_span_invalid', 'statement_subject_not_found', 'statement_overlaps'],
    handler: async (tx, call) => {
      const { subjectKind, firstOn, lastOn } = call.body;
      const subjectId = idFromJson(PREFIX[subjectKind], call.body.subjectId, 'statement_subject_not_found');
      const statement = orProblem(await createStatement(tx, { subjectKind, subjectId, firstOn, lastOn, madeBy: idOf(call) }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'reporting.create_statement', subject: { kind: 'statement', id: statement.statementId }, after: { subjectKind, subjectId, firstOn, lastOn } }, call);
      return detailOf(tx, statement, { options, clock: call.clock, principal: call.principal });
    },
  });
  api.route({
    method: 'POST', path: '/settlement-statements/:statementId/withdrawal', operationId: 'withdrawStatement', tag, summary: 'Withdraw a statement that is not closed; its days are free again', idempotency: 'natural', permission: 'statements:close', audience: 'operator',
    params, body: Body({ reason: Reason }), response: DetailJson, errors: ['statement_not_found', 'statement_not_open'],
    handler: async (tx, call) => {
      const statement = orProblem(await withdrawStatement(tx, statementIdOf(call)));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'reporting.withdraw_statement', subject: { kind: 'statement', id: statement.statementId }, reason: call.body.reason }, call);
      return detailOf(tx, statement, { options, clock: call.clock, principal: call.principal });
    },
  });
}

function registerClosing(api: Api, options: StatementOptions): void {
  api.route({
    method: 'POST', path: '/settlement-statements/:statementId/closing', operationId: 'startClosingStatement', tag, summary: 'Say on which day a statement closes: the countdown to it', idempotency: 'natural', permission: 'statements:close', audience: 'operator',
    params, body: Body({ closesOn: DayJson }), response: DetailJson, errors: ['statement_not_found', 'statement_not_open', 'statement_closing_day_past'],
    handler: async (tx, call) => {
      const statement = orProblem(await startClosing(tx, { statementId: statementIdOf(call), closesOn: call.body.closesOn }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'reporting.start_closing_statement', subject: { kind: 'statement', id: statement.statementId }, after: { closesOn: call.body.closesOn } }, call);
      return detailOf(tx, statement, { options, clock: call.clock, principal: call.principal });
    },
  });
  const errors = ['statement_not_found', 'statement_not_open', 'statement_not_closing', 'statement_period_not_over'] as const;
  api.route({
    method: 'POST', path: '/settlement-statements/:statementId/close', operationId: 'closeStatement', tag, summary: 'Close a statement for good', description: 'Refused while a bill of it is an open abnormal one.', permission: 'statements:close', audience: 'operator',
    params, response: DetailJson, errors: [...errors, 'statement_blocked'], handler: (tx, call) => close(tx, call, { options, reason: null }),
  });
  api.route({
    method: 'POST', path: '/settlement-statements/:statementId/waiver', operationId: 'waiveStatement', tag, summary: 'Close a statement in spite of open abnormal bills, and say why', permission: 'statements:close', audience: 'operator',
    params, body: Body({ reason: Reason }), response: DetailJson, errors: [...errors, 'statement_nothing_to_waive'], handler: (tx, call) => close(tx, call, { options, reason: call.body.reason }),
  });
}

type StatementCall = Call<{ statementId: string }, unknown, unknown>;
const statementIdOf = ({ params: path }: StatementCall): string => idFromJson('sst', path.statementId, 'statement_not_found');
const idOf = ({ actor }: Pick<StatementCall, 'actor'>): string => { assert(actor.kind !== 'system', 'an act over HTTP has somebody who is logged in'); return actor.id; };

async function close(tx: Tx, call: StatementCall, { options, reason }: { readonly options: StatementOptions; readonly reason: string | null }): Promise<Static<typeof DetailJson>> {
  const closed = await closeStatement(tx, { statementId: statementIdOf(call), closedBy: idOf(call), waiver: reason === null ? null : { reason } }, { clock: call.clock, openAbnormalBills: options.openAbnormalBills });
  const statement = orProblem(closed);
  await recordAct(tx, {
    actor: call.actor, from: call.from, act: reason === null ? 'reporting.close_statement' : 'reporting.waive_statement', subject: { kind: 'statement', id: statement.statementId },
    after: { sha256: statement.sha256, waived: statement.waived?.length ?? 0 }, ...(reason === null ? {} : { reason }),
  }, call);
  return detailOf(tx, statement, { options, clock: call.clock, principal: call.principal });
}

/** The statement of the path; a role limited to sub-operators sees theirs. */
async function visible(tx: Tx, call: StatementCall): Promise<Statement> {
  const statement = await findStatement(tx, statementIdOf(call));
  const seen = statement !== null && (call.subOperators === 'operator' || (statement.subjectKind === 'sub_operator' && call.subOperators.includes(statement.subjectId)));
  if (!seen) throw problem('statement_not_found');
  return statement;
}

async function jsonOf(tx: Tx, rows: readonly Statement[], { options, clock }: { readonly options: StatementOptions; readonly clock: Clock }): Promise<(s: Statement) => Static<typeof StatementJson>> {
  const names = new Map<string, string>();
  for (const kind of new Set(rows.map(({ subjectKind }) => subjectKind))) for (const [id, name] of await subjectNames(tx, kind)) names.set(id, name);
  const { nameOrKept } = await loadActorNames(tx, options.nameActors, rows.flatMap(({ madeBy, closedBy }) => [madeBy, closedBy]));
  const today = dayAt(clock.now(), (await loadOperator(tx)).timeZone);
  return (s) => ({
    statementId: idToJson('sst', s.statementId), subjectKind: s.subjectKind, subjectId: encodeId(PREFIX[s.subjectKind], s.subjectId), subjectName: names.get(s.subjectId) ?? null, firstOn: s.firstOn, lastOn: s.lastOn, state: s.state, currency: s.currency,
    closesOn: s.closesOn, daysLeft: s.state === 'closing' && s.closesOn !== null ? daysBetween(today, s.closesOn) : null, madeBy: nameOrKept(s.madeBy), madeAt: instantToJson(s.madeAt), closedBy: orNull(s.closedBy, nameOrKept), closedAt: orNull(s.closedAt, instantToJson),
    waiverReason: s.waiverReason, waived: s.waived && s.waived.map(({ sessionId, billId, causes }) => ({ sessionId: encodeId('chg', sessionId), billId: encodeId('bill', billId), causes: [...causes] })), sha256: s.sha256,
    total: s.figures && figuresJson(s.figures.total),
  });
}

async function detailOf(tx: Tx, s: Statement, of: { readonly options: StatementOptions; readonly clock: Clock; readonly principal: Principal }): Promise<Static<typeof DetailJson>> {
  const figures = s.figures ?? await sumStatement(tx, s);
  const open = s.state === 'draft' || s.state === 'closing' ? await openBillsOf(tx, s, of.options.openAbnormalBills) : [];
  const parts = everyPart((): Static<typeof KeyedJson>[] => []);
  for (const part of STATEMENT_PARTS) parts[part] = await keyedJson(tx, figures.parts[part], { dimension: part, principal: of.principal, clock: of.clock });
  return {
    ...(await jsonOf(tx, [s], of))(s), total: figuresJson(figures.total), adjustments: figuresJson(figures.adjustments), parts,
    openBills: {
      count: open.length,
      items: open.slice(0, OPEN_BILLS_SHOWN_MAX).map((bill) => ({ sessionId: encodeId('chg', bill.sessionId), billId: encodeId('bill', bill.billId), causes: [...bill.causes], since: instantToJson(bill.since), dueAt: orNull(bill.dueAt, instantToJson) })),
    },
  };
}
