import { Type } from 'typebox';
import { assert, instant, money } from '../../../kernel/index.ts';
import { loadActorNames, recordAct } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, instantToJson, moneyToJson, orNull, Page, pageQuery, toPage, type Api, type Call } from '../../../platform/http/index.ts';
import { casesById } from '../queries/cases.ts';
import { loadRepairPolicy } from '../store/policy.ts';
import type { SubjectStanding } from '../subject.ts';
import { needsSecondPerson, pauseBulk, previewBulk, previewRevert, startBulk } from '../commands/bulk.ts';
import { BULK_ITEM_STATES, groupsOf, lastWorkedAt, listItems, listRuns, loadRun, type BulkItem, type BulkRun } from '../store/bulk.ts';
import { FilterJson, groupToJson, ItemJson, itemToJson, ReasonJson, RunDetailJson, RunJson, runToJson, type RepairSurroundings } from './schemas.ts';

const tag = 'repair';
const params = Type.Object({ runId: IdJson('blk') });
const runOf = (text: string): string => idFromJson('blk', text, 'bulk_run_not_found');

export function registerBulkRoutes(api: Api, around: RepairSurroundings): void {
  registerReading(api, around);
  api.route({
    method: 'POST', path: '/bulk-repairs', operationId: 'previewBulkRepair', tag, summary: 'See what repairing all cases of one kind would do', description: 'Fixes the cases and what is proposed for each; nothing is repaired until it is started.',
    permission: 'repair:apply', audience: 'console', status: 201, body: Body({ filter: FilterJson, reason: ReasonJson }), response: RunDetailJson, errors: ['repair_reason_missing', 'currency_differs', 'bulk_run_not_found'],
    handler: async (tx, call) => {
      assert(call.actor.kind === 'user', 'a person previews a run');
      const { cause, maker, model, firmware, stationId, confidence, amountMax } = call.body.filter;
      const currency = await around.currencyOf(tx);
      if (amountMax !== null && amountMax.currency !== currency) throw problem('currency_differs', { data: { currency } });
      const filter = { primaryCause: cause, maker, model, firmware, stationId: orNull(stationId, (id) => idFromJson('sta', id, 'bulk_run_not_found')), confidence, amountMinorMax: orNull(amountMax, ({ amountMinor }) => BigInt(amountMinor)) };
      return detail(tx, call, around, orProblem(await previewBulk(tx, { runId: call.commandId, filter, reason: call.body.reason, currency, by: call.actor.id }, call)));
    },
  });
  api.route({
    method: 'POST', path: '/bulk-repairs/:runId/revert', operationId: 'previewBulkRevert', tag, summary: 'See what putting a run back would do', description: 'Fixes the repairs of the run that still count; nothing is put back until the new run is started.',
    permission: 'repair:apply', audience: 'console', status: 201, params, body: Body({ reason: ReasonJson }), response: RunDetailJson, errors: ['bulk_run_not_found', 'bulk_run_not_revertible', 'repair_reason_missing'],
    handler: async (tx, call) => {
      assert(call.actor.kind === 'user', 'a person previews a run');
      return detail(tx, call, around, orProblem(await previewRevert(tx, { runId: call.commandId, reverts: runOf(call.params.runId), reason: call.body.reason, by: call.actor.id }, call)));
    },
  });
  api.route({
    method: 'POST', path: '/bulk-repairs/:runId/start', operationId: 'startBulkRepair', tag, summary: 'Start a previewed run, or let a paused one go on', description: 'Worked in the background, page by page. Above the threshold it is another person than the one who previewed it.',
    permission: 'repair:approve', audience: 'console', idempotency: 'natural', params, response: RunDetailJson, errors: ['bulk_run_not_found', 'bulk_run_done', 'bulk_run_empty', 'bulk_run_needs_second_person'],
    handler: async (tx, call) => {
      assert(call.actor.kind === 'user', 'a person starts a run');
      const run = orProblem(await startBulk(tx, { runId: runOf(call.params.runId), by: call.actor.id }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'repair.start_bulk', subject: { kind: 'bulk_repair', id: run.runId }, after: { items: run.items, totalMinor: run.totalMinor, reverts: run.reverts }, reason: run.reason }, call);
      const { wake } = around;
      if (wake) tx.afterCommit(() => { wake(call.principal.operatorId); });
      return detail(tx, call, around, run);
    },
  });
  api.route({
    method: 'POST', path: '/bulk-repairs/:runId/pause', operationId: 'pauseBulkRepair', tag, summary: 'Stop a run after the page that is being worked', permission: 'repair:apply', audience: 'console', idempotency: 'natural', params,
    response: RunDetailJson, errors: ['bulk_run_not_found'],
    handler: async (tx, call) => {
      const run = orProblem(await pauseBulk(tx, { runId: runOf(call.params.runId) }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'repair.pause_bulk', subject: { kind: 'bulk_repair', id: run.runId }, after: { state: run.state } }, call);
      return detail(tx, call, around, run);
    },
  });
}

function registerReading(api: Api, around: RepairSurroundings): void {
  api.route({
    method: 'GET', path: '/bulk-repairs', operationId: 'listBulkRepairs', tag, summary: 'Bulk repairs, newest first', permission: 'repair:read', audience: 'operator', query: Type.Object(pageQuery), response: Page(RunJson), errors: ['cursor_invalid'],
    handler: async (tx, call) => {
      const before = decodeCursor(call.query.cursor, ['number', 'uuid']);
      const rows = await listRuns(tx, { before: before === null ? null : { at: instant(before[0]), runId: before[1] }, limit: call.query.limit + 1 });
      const actors = await loadActorNames(tx, around.nameActors, rows.flatMap(({ previewedBy, startedBy }) => [previewedBy, startedBy]));
      return toPage(rows, call.query.limit, (row) => runToJson(row, actors), (row) => [row.previewedAt, row.runId]);
    },
  });
  api.route({
    method: 'GET', path: '/bulk-repairs/:runId', operationId: 'getBulkRepair', tag, summary: 'A bulk repair: how far it is, and what its cases have in common', permission: 'repair:read', audience: 'operator', params, response: RunDetailJson, errors: ['bulk_run_not_found'],
    handler: async (tx, call) => {
      const run = await loadRun(tx, runOf(call.params.runId));
      if (run === null) throw problem('bulk_run_not_found');
      return detail(tx, call, around, run);
    },
  });
  api.route({
    method: 'GET', path: '/bulk-repairs/:runId/items', operationId: 'listBulkRepairItems', tag, summary: 'What became of each case of a bulk repair', permission: 'repair:read', audience: 'operator', params,
    query: Type.Object({ ...pageQuery, state: Type.Optional(Type.Enum([...BULK_ITEM_STATES])) }), response: Page(ItemJson), errors: ['cursor_invalid', 'bulk_run_not_found'],
    handler: async (tx, call) => {
      const run = await loadRun(tx, runOf(call.params.runId));
      if (run === null) throw problem('bulk_run_not_found');
      const after = decodeCursor(call.query.cursor, ['number']);
      const rows = await listItems(tx, { runId: run.runId, state: call.query.state ?? null, after: after?.[0] ?? 0, limit: call.query.limit + 1 });
      const toJson = await itemsToJson(tx, run, around, rows.slice(0, call.query.limit));
      return toPage(rows, call.query.limit, toJson, (row) => [row.itemNumber]);
    },
  });
}

async function detail(tx: Tx, call: Pick<Call<unknown, unknown, unknown>, 'actor'>, { nameActors }: RepairSurroundings, run: BulkRun) {
  const actors = await loadActorNames(tx, nameActors, [run.previewedBy, run.startedBy]);
  const { bulkFourEyesAboveMinor } = await loadRepairPolicy(tx, run.currency);
  return {
    ...runToJson(run, actors), groups: (await groupsOf(tx, run.runId)).map((group) => groupToJson(group, run.currency)), lastWorkedAt: orNull(await lastWorkedAt(tx, run), instantToJson),
    mayStart: call.actor.kind === 'user' ? mayStart(run, { by: call.actor.id, bulkFourEyesAboveMinor }) : null, fourEyesAbove: moneyToJson(money(bulkFourEyesAboveMinor, run.currency)),
  };
}

/** As `startBulk` would answer. */
const mayStart = (run: BulkRun, { by, bulkFourEyesAboveMinor }: { readonly by: string; readonly bulkFourEyesAboveMinor: bigint }): 'yes' | 'empty' | 'done' | 'second_person' =>
  (run.state === 'done' ? 'done' : run.items === 0 ? 'empty' : needsSecondPerson(run, by, bulkFourEyesAboveMinor) ? 'second_person' : 'yes');

/** Items with the cases they are of, where these are, and what is charged for them now. */
async function itemsToJson(tx: Tx, run: BulkRun, { subjects, namePlaces }: RepairSurroundings, items: readonly BulkItem[]): Promise<(item: BulkItem) => ReturnType<typeof itemToJson>> {
  const cases = await casesById(tx, items.map(({ caseId }) => caseId));
  const standings = new Map<string, SubjectStanding>();
  for (const [kind, of] of Map.groupBy(cases.values(), ({ subjectKind }) => subjectKind)) {
    for (const [id, standing] of await subjects.get(kind)!.describe(tx, of.map(({ subjectId }) => subjectId))) standings.set(`${kind} ${id}`, standing);
  }
  const places = await namePlaces(tx, { chargePointIds: [...new Set([...cases.values()].flatMap(({ chargePointId }) => (chargePointId === null ? [] : [chargePointId])))] });
  return (item) => {
    const of = cases.get(item.caseId) ?? null;
    return itemToJson(item, { ...places, currency: run.currency, of, standing: of && (standings.get(`${of.subjectKind} ${of.subjectId}`) ?? null) });
  };
}
