import { addMs } from '../../../kernel/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import type { AttemptState } from '../domain/order.ts';
import type { Turn } from '../inbox/turns.ts';
import { pageInSpan, type AttemptInSpan, type Place } from '../store/due-checks.ts';
import { holdRun, loadRun, moveRun, takeRun, type RecoveryRun, type RunCounts, type RunToWork } from '../store/recovery-runs.ts';
import { page, workThrough, type Worked } from '../work-through.ts';
import { askOne, writeAnswers, type Answered, type Result } from './ask-channel.ts';
import { measure, type RecoveryContext } from './due-checks.ts';

/** How far a run has been read, how far it has been written, and why it does not go on. */
type Going = { readTo: Place | null; writtenTo: Place | null; shut: boolean; over: boolean };

/**
 * Works a clerk's run, pages ahead of what is written, and writes in the order of the span. What the channel said, the counts and the place in the span commit together, so that
 * a process that ends in between is followed by another at the same place, and nothing is counted twice (P-03).
 */
export async function workRun(context: RecoveryContext, run: RunToWork, turn: Turn): Promise<'done' | 'more'> {
  const { database, clock, limits } = context;
  const odb = database.forOperator(run.operatorId);
  const taken = await odb.transaction((tx) => takeRun(tx, run, { at: clock.now(), until: addMs(clock.now(), limits.leaseMs) }));
  if (taken === null) return 'done';
  const going: Going = { readTo: taken.place, writtenTo: taken.place, shut: false, over: false };
  const by = { actor: taken.requestedBy, recoveredBy: `clerk:${taken.requestedBy}` as const };
  const worked = await workThrough<AttemptInSpan, Answered<AttemptInSpan>>({
    take: async (countMax) => {
      const items = await odb.transaction((tx) => pageInSpan(tx, run.operatorId, taken, { after: going.readTo, countMax }));
      going.readTo = items.at(-1) ?? going.readTo;
      return page(items, countMax);
    },
    work: (attempt, stopped) => askOne(context, run.operatorId, attempt, { by, leaseUntil: null, stopped, shut: () => { going.shut = true; } }),
    write: (answered) => writePage(context, odb, { run, going, answered }),
    goOn: (count) => count < limits.attemptsPerTurnMax || !turn.othersWait(),
    leave: () => going.shut || going.over || turn.closing(),
  }, { aheadMax: limits.pageMax, pageMax: limits.pageMax, lingerMs: limits.lingerMs, lookAgainMs: null, inOrder: true });
  if (!worked.aborted && !going.over) await letGo(context, odb, { run, going, worked });
  // The run has gone on; its schedule asks about those again.
  if (worked.faults.length > 0) throw worked.faults[0];
  return worked.complete || going.shut || going.over ? 'done' : 'more';
}

type Page = { readonly run: RunToWork; readonly going: Going; readonly answered: readonly Answered<AttemptInSpan>[] };
async function writePage(context: RecoveryContext, odb: OperatorDatabase, { run, going, answered }: Page): Promise<readonly unknown[]> {
  const { clock, limits, ports } = context;
  const place = answered.at(-1)!.attempt;
  let goesOn = false;
  const { results, faults } = await writeAnswers(odb, ports, answered, async (tx, applied) => {
    const current = await loadRun(tx, run.operatorId, run.runId, { lock: true });
    const ours = isOurs(current, going);
    goesOn = ours && current?.state === 'running';
    if (!ours) return;
    await moveRun(tx, run, { counts: count(applied), place, finished: false, at: clock.now(), leaseUntil: goesOn ? addMs(clock.now(), limits.leaseMs) : null });
    announce(tx, 'payments.recovery');
  });
  going.writtenTo = place;
  if (!goesOn) going.over = true;
  measure(context, results, 'clerk');
  return faults;
}

/** Gives the run free for the next turn, for later, or for good. */
async function letGo({ clock, limits }: RecoveryContext, odb: OperatorDatabase, { run, going, worked }: Pick<Page, 'run' | 'going'> & { readonly worked: Worked<AttemptInSpan> }): Promise<void> {
  await odb.transaction(async (tx) => {
    if (!isOurs(await loadRun(tx, run.operatorId, run.runId, { lock: true }), going)) return;
    await moveRun(tx, run, { counts: count([]), place: null, finished: worked.complete, at: clock.now(), leaseUntil: null });
    if (going.shut) await holdRun(tx, run, { until: addMs(clock.now(), limits.breakerPauseMs), error: 'the channel cannot be asked at the moment; the run goes on by itself' });
    announce(tx, 'payments.recovery');
  });
}

/** Another process has gone on from the same place after our lease was over: it counts, we do not. */
const isOurs = (current: RecoveryRun | null, { writtenTo }: Going): boolean => current !== null && samePlace(current.place, writtenTo) && (current.state === 'running' || current.state === 'paused');
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
