import { addMs } from '../../../kernel/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import type { AttemptState } from '../domain/order.ts';
import { pageInSpan, type AttemptInSpan, type Place } from '../store/due-checks.ts';
import { holdRun, loadRun, moveRun, takeRun, type RecoveryRun, type RunCounts, type RunToWork } from '../store/recovery-runs.ts';
import { askPage, wasAnswered, writeAnswers, type Answered, type Result } from './ask-page.ts';
import { measure, type RecoveryContext } from './due-checks.ts';

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
  const { requestedBy } = taken.run;
  const answers = await askPage(ports, gates, { operatorId: run.operatorId, attempts: taken.page, by: { actor: requestedBy, recoveredBy: `clerk:${requestedBy}` } });
  // The cursor can only pass what was asked: what is written ends before the first that was not.
  const unasked = answers.findIndex(({ consulted }) => consulted === null);
  const answered = (unasked < 0 ? answers : answers.slice(0, unasked)).filter(wasAnswered);
  return writePage(context, { run, taken: taken.run, answered, complete: unasked < 0, last: taken.page.length < limits.pageMax });
}

type Page = { readonly run: RunToWork; readonly taken: RecoveryRun; readonly answered: readonly Answered<AttemptInSpan>[]; readonly complete: boolean; readonly last: boolean };
async function writePage(context: RecoveryContext, { run, taken, answered, complete, last }: Page): Promise<'done' | 'more'> {
  const { database, clock, limits, ports } = context;
  const finished = complete && last;
  const { results, faults } = await writeAnswers(database.forOperator(run.operatorId), ports, answered, async (tx, applied) => {
    const current = await loadRun(tx, run.operatorId, run.runId, { lock: true });
    // Another process has gone on from the same place after our lease was over: it counts, we do not.
    if (current !== null && samePlace(current.place, taken.place) && (current.state === 'running' || current.state === 'paused')) {
      await moveRun(tx, run, { counts: count(applied), place: answered.at(-1)?.attempt ?? null, finished, at: clock.now() });
      if (!complete) await holdRun(tx, run, { until: addMs(clock.now(), limits.breakerPauseMs), error: 'the channel cannot be asked at the moment; the run goes on by itself' });
      announce(tx, 'payments.recovery');
    }
  });
  measure(context, results, 'clerk');
  // The run has gone on; its schedule asks about those again.
  if (faults.length > 0) throw faults[0]!;
  return finished || !complete ? 'done' : 'more';
}

const samePlace = (a: Place | null, b: Place | null): boolean => a?.createdAt === b?.createdAt && a?.orderId === b?.orderId && a?.attempt === b?.attempt;

const OVER: ReadonlySet<AttemptState> = new Set(['paid', 'closed', 'failed', 'reversed']);
function count(results: readonly Result[]): RunCounts {
  const counts = { asked: results.length, recovered: 0, recoveredMinor: 0n, closed: 0, stillOpen: 0, unanswered: 0 };
  for (const { view, observed, paidMinor } of results) {
    if (view?.outcome === 'credited' || view?.outcome === 'surplus') {
      counts.recovered++;
      counts.recoveredMinor += paidMinor;
    } else if (observed === 'no_answer') counts.unanswered++;
    else if (view !== null && view.attemptState !== null && OVER.has(view.attemptState)) counts.closed++;
    else counts.stillOpen++;
  }
  return counts;
}
