import { Type } from 'typebox';
import { instant, money, type CurrencyCode } from '../../../kernel/index.ts';
import { actorIdOf, loadActorNames, recordAct, type ActorNames, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantFromJson, instantToJson, MoneyJson, moneyToJson, NullOr, orNull, Page, pageQuery, toPage, type Api } from '../../../platform/http/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { merchantAccountExists } from '../store/notify-probes.ts';
import { listRuns, loadRun, RUN_STATES, type RecoveryRun } from '../store/recovery-runs.ts';
import { changeRecoveryRun, RECOVERY_SPAN_DAYS_MAX, requestRecoveryRun } from '../recovery/request-run.ts';

const tag = 'payments';
const REASON_LENGTH_MAX = 500;
const params = Type.Object({ runId: IdJson('run') });
const Run = Type.Object({
  runId: IdJson('run'), state: Type.Enum([...RUN_STATES], { title: 'RecoveryRunState' }), from: InstantJson, to: InstantJson, merchantAccountId: NullOr(IdJson('mch')), reason: NullOr(Type.String()),
  requestedBy: Type.String(), requestedAt: InstantJson, movedAt: InstantJson, finishedAt: NullOr(InstantJson), lastError: NullOr(Type.String()),
  candidates: Type.Integer({ description: 'Attempts to ask about, counted when the run was asked for; some may be paid before their turn.' }), asked: Type.Integer(),
  recovered: Type.Integer({ description: 'Paid at the channel, and booked by this run.' }), recoveredAmount: MoneyJson,
  closed: Type.Integer({ description: 'A final answer without money, or paid meanwhile.' }), stillOpen: Type.Integer(), unanswered: Type.Integer({ description: 'The channel gave no answer; the schedule goes on asking.' }),
}, { title: 'RecoveryRun' });

export function registerRecoveryRoutes(api: Api, { nameActors }: { nameActors: NameActors }): void {
  registerReading(api, nameActors);
  registerRequest(api, nameActors);
  registerChanges(api, nameActors);
}

function registerReading(api: Api, nameActors: NameActors): void {
  api.route({
    method: 'GET', path: '/payment-recovery-runs', operationId: 'listRecoveryRuns', tag, summary: 'Searches for lost payments, newest first, with their progress',
    permission: 'payments:read', audience: 'operator', query: Type.Object({ ...pageQuery }), response: Page(Run),
    handler: async (tx, call) => {
      const { limit } = call.query, cursor = decodeCursor(call.query.cursor, ['number', 'uuid']);
      const runs = await listRuns(tx, call.principal.operatorId, { after: cursor === null ? null : { requestedAt: instant(cursor[0]), runId: cursor[1] }, countMax: limit + 1 });
      const toJson = await runsToJson(tx, nameActors, runs);
      return toPage(runs, limit, toJson, (run) => [run.requestedAt, run.runId]);
    },
  });
  api.route({
    method: 'GET', path: '/payment-recovery-runs/:runId', operationId: 'getRecoveryRun', tag, summary: 'One search for lost payments, with its progress',
    permission: 'payments:read', audience: 'operator', params, response: Run, errors: ['recovery_run_not_found'],
    handler: async (tx, call) => {
      const run = await loadRun(tx, call.principal.operatorId, idFromJson('run', call.params.runId, 'recovery_run_not_found'));
      if (run === null) throw problem('recovery_run_not_found');
      return (await runsToJson(tx, nameActors, [run]))(run);
    },
  });
}

function registerRequest(api: Api, nameActors: NameActors): void {
  api.route({
    method: 'POST', path: '/payment-recovery-runs', operationId: 'createRecoveryRun', tag, summary: 'Ask the channels about all unpaid orders of a span',
    description: `Orders that expired or were closed are asked about as well. Works in the background within the channels' rate limits; a span is at most ${RECOVERY_SPAN_DAYS_MAX} days.`,
    permission: 'payments:recover', audience: 'operator', status: 202, response: Run, errors: ['recovery_span_invalid', 'recovery_runs_too_many', 'merchant_account_not_found'],
    body: Body({ from: InstantJson, to: InstantJson, merchantAccountId: Type.Optional(NullOr(IdJson('mch'))), reason: Type.Optional(NullOr(Type.String({ maxLength: REASON_LENGTH_MAX }))) }),
    handler: async (tx, call) => {
      const { body, principal: { operatorId } } = call;
      const merchantAccountId = orNull(body.merchantAccountId ?? null, (id) => idFromJson('mch', id, 'merchant_account_not_found'));
      if (merchantAccountId !== null && !await merchantAccountExists(tx, operatorId, merchantAccountId)) throw problem('merchant_account_not_found');
      const run = orProblem(await requestRecoveryRun(tx, operatorId, {
        commandId: call.commandId, from: instantFromJson(body.from), to: instantFromJson(body.to), merchantAccountId, requestedBy: actorIdOf(call.actor), reason: body.reason?.trim() || null,
      }, call));
      await recordAct(tx, {
        actor: call.actor, from: call.from, act: 'payments.request_recovery', subject: { kind: 'recovery_run', id: run.runId }, reason: run.reason,
        after: { from: body.from, to: body.to, merchantAccountId, candidates: run.candidates },
      }, call);
      return (await runsToJson(tx, nameActors, [run]))(run);
    },
  });
}

const CHANGES = [
  { verb: 'pause', to: 'paused', operationId: 'pauseRecoveryRun', summary: 'Let a search rest; the page under way is still written' },
  { verb: 'resume', to: 'running', operationId: 'resumeRecoveryRun', summary: 'Let a search go on where it rested' },
  { verb: 'cancel', to: 'cancelled', operationId: 'cancelRecoveryRun', summary: 'End a search; what it found stands' },
] as const;
function registerChanges(api: Api, nameActors: NameActors): void {
  for (const { verb, to, operationId, summary } of CHANGES) {
    api.route({
      method: 'POST', path: `/payment-recovery-runs/:runId/${verb}`, operationId, tag, summary, idempotency: 'natural',
      permission: 'payments:recover', audience: 'operator', params, response: Run, errors: ['recovery_run_not_found', 'recovery_run_over'],
      handler: async (tx, call) => {
        const runId = idFromJson('run', call.params.runId, 'recovery_run_not_found');
        const run = orProblem(await changeRecoveryRun(tx, call.principal.operatorId, { runId, to }, call));
        await recordAct(tx, { actor: call.actor, from: call.from, act: `payments.${verb}_recovery`, subject: { kind: 'recovery_run', id: runId }, after: { state: run.state, asked: run.asked } }, call);
        return (await runsToJson(tx, nameActors, [run]))(run);
      },
    });
  }
}

async function runsToJson(tx: Tx, nameActors: NameActors, runs: readonly RecoveryRun[]) {
  const { currency } = await loadOperator(tx);
  const names = await loadActorNames(tx, nameActors, runs.map((run) => run.requestedBy));
  return (run: RecoveryRun) => runToJson(run, currency, names);
}
const runToJson = ({ runId, merchantAccountId, ...run }: RecoveryRun, currency: CurrencyCode, names: ActorNames) => ({
  runId: idToJson('run', runId), state: run.state, from: instantToJson(run.from), to: instantToJson(run.to), merchantAccountId: orNull(merchantAccountId, (id) => idToJson('mch', id)), reason: run.reason,
  requestedBy: names.nameOrKept(run.requestedBy), requestedAt: instantToJson(run.requestedAt), movedAt: instantToJson(run.movedAt), finishedAt: orNull(run.finishedAt, instantToJson),
  lastError: run.lastError, candidates: run.candidates, asked: run.asked, recovered: run.recovered, recoveredAmount: moneyToJson(money(run.recoveredMinor, currency)), closed: run.closed,
  stillOpen: run.stillOpen, unanswered: run.unanswered,
});
