import { Type, type Static } from 'typebox';
import { assert } from '../../../kernel/index.ts';
import type { ApprovalKind } from '../../../platform/approvals/index.ts';
import { loadActorNames, recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idToJson, InstantJson, instantToJson, NullOr, orNull, Page, pageQuery, toPage, type Api, type Call } from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { findBlockers, findPeriod, firstMonth, isOver, listPeriods, MONTH, monthBefore, monthOf, type Blocker, type ClosedPeriod, type Month } from './close-period.ts';
import { askForWork, findWork, latestWork, waive, WORK_STATES, type PeriodWork } from './period-work.ts';
import type { PeriodRules } from './work-periods.ts';

const tag = 'books';
const MonthJson = Type.String({ pattern: MONTH.source, examples: ['2026-03'] });
const params = Type.Object({ month: MonthJson });
const BlockerJson = Type.Object({ gate: Type.String(), about: Type.String(), count: Type.Integer(), examples: Type.Array(Type.String()) }, { title: 'PeriodBlocker' });
const Closed = Type.Object({
  month: MonthJson, closedBy: Type.String(), approvedBy: NullOr(Type.String()), reason: NullOr(Type.String()), waived: Type.Array(BlockerJson), closedAt: InstantJson,
}, { title: 'ClosedPeriod' });
const Work = Type.Object({
  purpose: Type.Enum(['check', 'close'], { title: 'PeriodWorkPurpose' }), state: Type.Enum([...WORK_STATES], { title: 'PeriodWorkState' }), stateAt: InstantJson, askedBy: Type.String(), askedAt: InstantJson, reason: NullOr(Type.String()),
  gatesTotal: Type.Integer(), gatesDone: Type.Integer(), gate: NullOr(Type.String({ description: 'What is asked now.' })), blockers: NullOr(Type.Array(BlockerJson, { description: 'What it found, once it has asked everything.' })),
  approvalId: NullOr(IdJson('apr')), approvedBy: NullOr(Type.String()), lastError: NullOr(Type.String()),
}, { title: 'PeriodWork', description: 'What was asked for last: waiting, checking (gatesDone of gatesTotal), then checked, blocked, awaiting_approval, closed or failed.' });
const Period = Type.Object({
  month: MonthJson, state: Type.Enum(['running', 'open', 'closing', 'closed'], { title: 'PeriodState' }),
  blockers: Type.Array(BlockerJson, { description: 'What stands against closing it: what answers at once is asked now, the audit of the books is told as the last work has found it.' }),
  work: NullOr(Work), closed: NullOr(Closed),
}, { title: 'AccountingPeriod' });

export type PeriodOptions = PeriodRules & { readonly nameActors: NameActors };

/** Accounting months: what stands against closing one, and closing it. */
export function registerPeriodRoutes(api: Api, options: PeriodOptions): void {
  api.route({
    method: 'GET', path: '/accounting-periods', operationId: 'listAccountingPeriods', tag, summary: 'Accounting months, newest first: running, open with what stands against closing, being closed, closed', permission: 'books:read', audience: 'operator',
    query: Type.Object({ ...pageQuery }), response: Page(Period),
    handler: async (tx, call) => {
      const cursor = decodeCursor(call.query.cursor, ['string']);
      if (cursor !== null && !MONTH.test(cursor[0])) throw problem('cursor_invalid');
      const timeZone = await options.timeZoneOf(tx), running = monthOf(call.clock.now(), timeZone), first = (await firstMonth(tx, timeZone)) ?? running;
      const months: Month[] = [];
      for (let month = cursor === null ? running : monthBefore(cursor[0]); month >= first && months.length <= call.query.limit; month = monthBefore(month)) months.push(month);
      const periods = await periodsToJson(tx, call, options, months);
      return toPage(months, call.query.limit, (month) => periods.get(month)!, (month) => [month]);
    },
  });
  api.route({
    method: 'GET', path: '/accounting-periods/:month', operationId: 'getAccountingPeriod', tag, summary: 'One accounting month: what stands against closing it, and how far closing is',
    permission: 'books:read', audience: 'operator', params, response: Period,
    handler: async (tx, call) => (await periodsToJson(tx, call, options, [call.params.month])).get(call.params.month)!,
  });
  registerAsking(api, options);
}

function registerAsking(api: Api, options: PeriodOptions): void {
  for (const [purpose, operationId, permission, summary, description] of [
    ['close', 'closeAccountingPeriod', 'books:close', 'Begin to close an accounting month for good', 'A job asks every gate, the audit of the books among them, and closes the month when nothing stands against it. Else give a reason: another person waives what stands against it by approving. Look at the month to see how far it is.'],
    ['check', 'checkAccountingPeriod', 'books:read', 'Begin to find out what stands against closing an accounting month', 'A job asks every gate, the audit of the books among them, and changes nothing. Look at the month to see how far it is.'],
  ] as const) {
    api.route({
      method: 'POST', path: `/accounting-periods/:month/${purpose}`, operationId, tag, summary, description, permission, audience: 'operator', params, status: 202, response: Period,
      body: Body(purpose === 'close' ? { reason: Type.Optional(NullOr(Type.String({ maxLength: 500 }))) } : {}), errors: ['period_not_over', 'period_closed_already', 'period_work_under_way'],
      handler: async (tx, call) => {
        const { month } = call.params, reason = 'reason' in call.body && typeof call.body.reason === 'string' ? call.body.reason.trim() || null : null;
        assert(call.actor.kind !== 'system', 'an act over HTTP has somebody who is logged in');
        if (!isOver(month, { clock: call.clock, timeZone: await options.timeZoneOf(tx) })) throw problem('period_not_over');
        if (await findPeriod(tx, month)) throw problem('period_closed_already');
        const asked = await askForWork(tx, { month, purpose, askedByKind: call.actor.kind, askedBy: call.actor.id, askedFrom: call.from, reason, gatesTotal: options.gates.length, at: call.clock.now() });
        if (asked === null) throw problem('period_work_under_way');
        if (purpose === 'close') await recordAct(tx, { actor: call.actor, from: call.from, act: 'ledger.ask_to_close_period', subject: { kind: 'accounting_period', id: month }, after: { month }, reason }, call);
        announce(tx, 'ledger.books');
        return (await periodsToJson(tx, call, options, [month])).get(month)!;
      },
    });
  }
}

/** What approving does: what was found is waived, and the job goes on; it closes the month with what both have seen against it. */
export const periodCloseApproval: ApprovalKind = {
  kind: 'ledger.close_period',
  async apply(tx, { payload, decidedBy }, { clock }) {
    const work = typeof payload.closeId === 'string' ? await findWork(tx, payload.closeId, { lock: true }) : null;
    if (work?.state !== 'awaiting_approval' || !(await waive(tx, work, { approvedBy: decidedBy, at: clock.now() }))) return { ok: false, error: { code: 'period_close_superseded' } };
    announce(tx, 'ledger.books');
    return { ok: true, value: { month: work.month } };
  },
};

const UNDER_WAY: ReadonlySet<PeriodWork['state']> = new Set(['waiting', 'checking', 'awaiting_approval']);

async function periodsToJson(tx: Tx, call: Pick<Call<unknown, unknown, unknown>, 'clock'>, options: PeriodOptions, months: readonly Month[]): Promise<Map<Month, Static<typeof Period>>> {
  const timeZone = await options.timeZoneOf(tx), works = await latestWork(tx, months), newest = months[0];
  const closed = new Map(newest === undefined ? [] : (await listPeriods(tx, { through: newest, countMax: months.length })).map((period) => [period.month, period]));
  const { nameOrKept: nameOf } = await loadActorNames(tx, options.nameActors, [...[...works.values()].flatMap(({ askedBy, approvedBy }) => [askedBy, approvedBy]), ...[...closed.values()].flatMap(({ closedBy, approvedBy }) => [closedBy, approvedBy])]);
  const periods = new Map<Month, Static<typeof Period>>();
  for (const month of months) {
    const work = works.get(month) ?? null, period = closed.get(month) ?? null, over = isOver(month, { clock: call.clock, timeZone });
    const state = period !== null ? 'closed' as const : !over ? 'running' as const : work?.purpose === 'close' && UNDER_WAY.has(work.state) ? 'closing' as const : 'open' as const;
    const slow = new Set(options.gates.filter((gate) => gate.slow === true).map(({ gate }) => gate));
    const blockers = period !== null || !over ? [] : [...await findBlockers(tx, month, { ...options, timeZone, clock: call.clock }), ...(work?.blockers ?? []).filter(({ gate }) => slow.has(gate))];
    periods.set(month, { month, state, blockers: blockersToJson(blockers), work: orNull(work, (one) => workToJson(one, nameOf)), closed: orNull(period, (one) => closedToJson(one, nameOf)) });
  }
  return periods;
}

const blockersToJson = (blockers: readonly Blocker[]): Static<typeof BlockerJson>[] => blockers.map(({ examples, ...blocker }) => ({ ...blocker, examples: [...examples] }));
const closedToJson = (row: ClosedPeriod, nameOf: (id: string) => string): Static<typeof Closed> =>
  ({ ...row, closedBy: nameOf(row.closedBy), approvedBy: orNull(row.approvedBy, nameOf), waived: blockersToJson(row.waived), closedAt: instantToJson(row.closedAt) });
const workToJson = (work: PeriodWork, nameOf: (id: string) => string): Static<typeof Work> => ({
  purpose: work.purpose, state: work.state, stateAt: instantToJson(work.stateAt), askedBy: nameOf(work.askedBy), askedAt: instantToJson(work.askedAt), reason: work.reason, gatesTotal: work.gatesTotal, gatesDone: work.gatesDone,
  gate: work.gate, blockers: orNull(work.blockers, blockersToJson), approvalId: orNull(work.approvalId, (id) => idToJson('apr', id)), approvedBy: orNull(work.approvedBy, nameOf), lastError: work.lastError,
});
