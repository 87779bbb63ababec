import { Type, type Static } from 'typebox';
import { assert } from '../../../kernel/index.ts';
import { requestApproval, type ApprovalKind } from '../../../platform/approvals/index.ts';
import { loadActorNames, recordAct, type Actor, type ActOrigin, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idToJson, InstantJson, instantToJson, NullOr, orNull, Page, pageQuery, toPage, type Api } from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { closePeriod, findBlockers, findPeriod, isOver, listPeriods, MONTH, type Blocker, type ClosedPeriod, type PeriodClosed, type PeriodGate } from './close-period.ts';

const tag = 'books';
const MonthJson = Type.String({ pattern: MONTH.source, examples: ['2026-03'] });
const params = Type.Object({ month: MonthJson });
const BlockerJson = Type.Object({ gate: Type.String(), about: Type.String(), count: Type.Integer(), examples: Type.Array(Type.String()) }, { title: 'PeriodBlocker' });
const Closed = Type.Object({
  month: MonthJson, closedBy: Type.String(), approvedBy: NullOr(Type.String()), reason: NullOr(Type.String()), waived: Type.Array(BlockerJson), closedAt: InstantJson,
}, { title: 'ClosedPeriod' });
const Period = Type.Object({
  month: MonthJson, state: Type.Enum(['running', 'open', 'closed'], { title: 'PeriodState' }), blockers: Type.Array(BlockerJson, { description: 'What stands against closing it now.' }), closed: NullOr(Closed),
}, { title: 'AccountingPeriod' });
const Answer = Type.Object({ state: Type.Enum(['closed', 'awaiting_approval'], { title: 'PeriodCloseState' }), closed: NullOr(Closed), approvalId: NullOr(IdJson('apr')), waived: Type.Array(BlockerJson) }, { title: 'PeriodClose' });

export type PeriodOptions = {
  readonly gates: readonly PeriodGate[]; readonly closed: readonly PeriodClosed[]; readonly timeZoneOf: (tx: Tx) => Promise<string>;
  readonly nameActors: NameActors;
};

/** Accounting months: what stands against closing one, and closing it. */
export function registerPeriodRoutes(api: Api, options: PeriodOptions): void {
  api.route({
    method: 'GET', path: '/accounting-periods', operationId: 'listAccountingPeriods', tag, summary: 'Accounting months that are closed, newest first', permission: 'books:read', audience: 'operator',
    query: Type.Object({ ...pageQuery }), response: Page(Closed),
    handler: async (tx, call) => {
      const cursor = decodeCursor(call.query.cursor, ['string']);
      if (cursor !== null && !MONTH.test(cursor[0])) throw problem('cursor_invalid');
      const rows = await listPeriods(tx, { before: cursor?.[0] ?? null, countMax: call.query.limit + 1 });
      return toPage(rows, call.query.limit, await namer(tx, options, rows), (row) => [row.month]);
    },
  });
  api.route({
    method: 'GET', path: '/accounting-periods/:month', operationId: 'getAccountingPeriod', tag, summary: 'One accounting month, and what stands against closing it',
    description: 'Asks every gate now, the audit of the books among them.', permission: 'books:read', audience: 'operator', params, response: Period,
    handler: async (tx, call) => {
      const { month } = call.params, timeZone = await options.timeZoneOf(tx), closed = await findPeriod(tx, month);
      const over = isOver(month, { clock: call.clock, timeZone });
      return {
        month, state: closed ? 'closed' as const : over ? 'open' as const : 'running' as const, blockers: closed || !over ? [] : blockersToJson(await findBlockers(tx, month, { ...options, timeZone, clock: call.clock })),
        closed: closed === null ? null : (await namer(tx, options, [closed]))(closed),
      };
    },
  });
  registerClosing(api, options);
}

function registerClosing(api: Api, options: PeriodOptions): void {
  api.route({
    method: 'POST', path: '/accounting-periods/:month/close', operationId: 'closeAccountingPeriod', tag, summary: 'Close an accounting month for good',
    description: 'With nothing against it it is closed now. Else give a reason: another person waives what stands against it by approving.', permission: 'books:close', audience: 'operator', params, status: 201, response: Answer,
    body: Body({ reason: Type.Optional(NullOr(Type.String({ maxLength: 500 }))) }), errors: ['period_not_over', 'period_closed_already', 'period_blocked'],
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'an act over HTTP has somebody who is logged in');
      const { month } = call.params, timeZone = await options.timeZoneOf(tx), reason = call.body.reason?.trim() || null;
      const tried = await closePeriod(tx, { month, closedBy: call.actor.id, waiver: null }, { ...options, timeZone, clock: call.clock });
      if (!tried.ok && tried.error.code === 'period_blocked' && reason !== null) {
        const { blockers } = tried.error;
        const approvalId = await requestApproval(tx, {
          kind: 'ledger.close_period', payload: { month, waived: blockers }, subject: { kind: 'accounting_period', id: month }, reason, rule: 'closing a month with something against it needs a second person', requestedBy: call.actor, from: call.from,
        }, call);
        announce(tx, 'approvals');
        return { state: 'awaiting_approval' as const, closed: null, approvalId: idToJson('apr', approvalId), waived: blockersToJson(blockers) };
      }
      const closed = orProblem(tried);
      await record(tx, closed, call);
      return { state: 'closed' as const, closed: (await namer(tx, options, [closed]))(closed), approvalId: null, waived: [] };
    },
  });
}

/** What approving does: the month is closed, with what both have seen against it. */
export const periodCloseApproval = (options: Pick<PeriodOptions, 'gates' | 'closed' | 'timeZoneOf'>): ApprovalKind => ({
  kind: 'ledger.close_period',
  async apply(tx, { payload, requestedBy, reason, decidedBy }, { clock, from }) {
    const closed = await closePeriod(tx, { month: payload.month as string, closedBy: requestedBy, waiver: { approvedBy: decidedBy, reason, waived: payload.waived as Blocker[] } }, { ...options, timeZone: await options.timeZoneOf(tx), clock });
    if (!closed.ok) return closed;
    await record(tx, closed.value, { actor: { kind: 'user', id: decidedBy }, from, clock });
    return { ok: true, value: { month: closed.value.month } };
  },
});

async function record(tx: Tx, closed: ClosedPeriod, { actor, from, clock }: { readonly actor: Actor; readonly from: ActOrigin; readonly clock: Parameters<typeof closePeriod>[2]['clock'] }): Promise<void> {
  await recordAct(tx, {
    actor, from, act: 'ledger.close_period', subject: { kind: 'accounting_period', id: closed.month }, after: { closedBy: closed.closedBy, approvedBy: closed.approvedBy, waived: closed.waived.map(({ gate, count }) => ({ gate, count })) }, reason: closed.reason,
  }, { clock });
  announce(tx, 'ledger.books');
}

const blockersToJson = (blockers: readonly Blocker[]): Static<typeof BlockerJson>[] => blockers.map(({ examples, ...blocker }) => ({ ...blocker, examples: [...examples] }));

async function namer(tx: Tx, { nameActors }: PeriodOptions, rows: readonly ClosedPeriod[]): Promise<(row: ClosedPeriod) => Static<typeof Closed>> {
  const { nameOrKept: nameOf } = await loadActorNames(tx, nameActors, rows.flatMap(({ closedBy, approvedBy }) => [closedBy, approvedBy]));
  return (row) => ({ ...row, closedBy: nameOf(row.closedBy), approvedBy: orNull(row.approvedBy, nameOf), waived: blockersToJson(row.waived), closedAt: instantToJson(row.closedAt) });
}
