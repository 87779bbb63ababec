import { addMs } from '../../../kernel/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { pageInSpan, type AttemptInSpan, type Place } from '../store/due-checks.ts';
import { holdRun, loadRun, moveRun, takeRun, type RecoveryRun, type RunCounts, type RunToWork } from '../store/recovery-runs.ts';
import type { AppliedView } from '../types.ts';
import { applyAnswers, askPage, type Answer } from './ask-page.ts';
import { checkOutcome, type RecoveryContext } from './due-checks.ts';

/**
 * Works one page of a clerk's run. What the channel said, the counts and the place in the span commit together, so that a process that ends in between is
 * followed by another at the same place, and nothing is counted twice (P-03).
 */
export async function workRun(context: RecoveryContext, run: RunToWork): Promise<'done' | 'more'> {
  const { database, clock, limits, ports, gates } = context;
  const odb = database.forOperator(run.operatorId);
  const taken = await odb.transaction(async (tx) => {
    const now = clock.now();
    const found = await takeRun(tx, run, { at: now, until: addMs(now, limits.leaseMs) });
    return found === null ? null : { run: found, page: await pageInSpan(tx, run.operatorId, found, { after: found.place, countMax: limits.pageMax }) };
  });
  if (taken === null) return 'done';
  const answers = await askPage(ports, gates, { operatorId: run.operatorId, attempts: taken.page });
  // The cursor can only pass what was asked: the page ends before the first that was not.
  const unasked = answers.findIndex(({ asked }) => !asked.wasAsked);
  return writePage(context, { run, taken: taken.run, answers: unasked < 0 ? answers : answers.slice(0, unasked), complete: unasked < 0, last: taken.page.length < limits.pageMax });
}

type Page = { readonly run: RunToWork; readonly taken: RecoveryRun; readonly answers: readonly Answer<AttemptInSpan>[]; readonly complete: boolean; readonly last: boolean };
async function writePage({ database, clock, limits, ports, metrics }: RecoveryContext, { run, taken, answers, complete, last }: Page): Promise<'done' | 'more'> {
  const finished = complete && last;
  const applied = await database.forOperator(run.operatorId).transaction(async (tx) => {
    const now = await loadRun(tx, run.operatorId, run.runId, { lock: true });
    const views = await applyAnswers(ports, tx, answers, { actor: taken.requestedBy, recoveredBy: `clerk:${taken.requestedBy}` });
    // Another process has gone on from the same place after our lease was over: it counts, we do not.
    if (now !== null && samePlace(now.place, taken.place) && (now.state === 'running' || now.state === 'paused')) {
      await moveRun(tx, run, { counts: count(answers, views), place: answers.at(-1)?.attempt ?? null, finished, at: clock.now() });
      if (!complete) await holdRun(tx, run, { until: addMs(clock.now(), limits.breakerPauseMs), error: 'the channel cannot be asked at the moment; the run goes on by itself' });
      announce(tx, 'payments.recovery');
      if (views.some(({ outcome }) => outcome !== 'unchanged')) announce(tx, 'payments.orders');
    }
    return views;
  });
  const now = clock.now();
  for (const [index, view] of applied.entries()) {
    metrics.checked(checkOutcome(view, answers[index]!.asked.observation.state), 1);
    if (view.outcome === 'credited' && view.order?.paidAt) metrics.paidToCredited('clerk', view.order.paidAt, now);
  }
  return finished || !complete ? 'done' : 'more';
}

const samePlace = (a: Place | null, b: Place | null): boolean => a?.createdAt === b?.createdAt && a?.orderId === b?.orderId && a?.attempt === b?.attempt;

function count(answers: readonly Answer<AttemptInSpan>[], views: readonly AppliedView[]): RunCounts {
  const counts = { asked: answers.length, recovered: 0, recoveredMinor: 0n, closed: 0, stillOpen: 0, unanswered: 0 };
  for (const [index, { attempt, asked }] of answers.entries()) {
    const view = views[index]!;
    if (view.outcome === 'credited' || view.outcome === 'surplus') {
      counts.recovered++;
      counts.recoveredMinor += asked.observation.state === 'paid' ? asked.observation.amountMinor : attempt.amountMinor;
    } else if (asked.observation.state === 'no_answer') counts.unanswered++;
    else if (view.attemptState !== null && ['paid', 'closed', 'failed', 'reversed'].includes(view.attemptState)) counts.closed++;
    else counts.stillOpen++;
  }
  return counts;
}
