/** The job that closes accounting months: every gate is asked in a transaction of its own, with progress; only the closing itself is alone with everybody who books. */
import { addMs, MS_PER_MINUTE, type Clock } from '../../../kernel/index.ts';
import { requestApproval } from '../../../platform/approvals/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { forEachOperator, type Job } from '../../../platform/jobs/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { askGate, closePeriod, findBlockers, findPeriod, lockPeriods, type Blocker, type ClosedPeriod, type PeriodClosed, type PeriodGate } from './close-period.ts';
import { claimWork, endWork, noteProgress, type PeriodWork } from './period-work.ts';

export type PeriodRules = { readonly gates: readonly PeriodGate[]; readonly closed: readonly PeriodClosed[]; readonly timeZoneOf: (tx: Tx) => Promise<string> };

/** A process that dies over a month is followed by another after this long; every step of progress puts it off. */
const LEASE_MS = 15 * MS_PER_MINUTE;
export const TRIES_MAX = 5;
/** A gate that audits the books reads everything an operator ever booked. */
const GATE_SECONDS_MAX = 3_600;

/** Works one month that waits. @returns false when none does. */
export async function workPeriod(odb: OperatorDatabase, rules: PeriodRules, { clock }: { readonly clock: Clock }): Promise<boolean> {
  const until = () => addMs(clock.now(), LEASE_MS);
  const work = await odb.transaction((tx) => claimWork(tx, { at: clock.now(), until: until() }));
  if (work === null) return false;
  try {
    const slow = await askAll(odb, work, rules, { clock, until });
    if (slow !== null) await odb.transaction((tx) => finish(tx, work, { slow, rules }, clock));
  } catch (error) {
    const lastError = error instanceof Error ? error.message : String(error);
    await odb.transaction((tx) => endWork(tx, work, { state: work.tries >= TRIES_MAX ? 'failed' : 'waiting', blockers: null, lastError }, clock.now()));
    throw error;
  }
  return true;
}

class Taken extends Error {}

/** @returns what the slow gates have against it; null when another process has taken the work. */
async function askAll(odb: OperatorDatabase, work: PeriodWork, { gates, timeZoneOf }: PeriodRules, { clock, until }: { readonly clock: Clock; readonly until: () => ReturnType<Clock['now']> }): Promise<readonly Blocker[] | null> {
  const timeZone = await odb.transaction(timeZoneOf), slow: Blocker[] = [];
  const note = async (gatesDone: number, gate: string): Promise<void> => {
    const mine = await odb.transaction(async (tx) => { announce(tx, 'ledger.books'); return noteProgress(tx, work, { gatesDone, gate, until: until() }); });
    if (!mine) throw new Taken();
  };
  try {
    for (const [index, gate] of gates.entries()) {
      await note(index, gate.gate);
      const found = await odb.transaction(async (tx) => {
        await tx.execute('set transaction isolation level repeatable read, read only');
        await tx.execute(`set local statement_timeout = '${GATE_SECONDS_MAX}s'`);
        return askGate(tx, gate, work.month, { timeZone, clock, progress: () => note(index, gate.gate) });
      });
      if (gate.slow === true && found !== null) slow.push(found);
    }
    return slow;
  } catch (error) {
    if (error instanceof Taken) return null;
    throw error;
  }
}

/** Ends the work: in this transaction nobody books with a business date, and what answers at once is asked again. */
async function finish(tx: Tx, work: PeriodWork, { slow, rules }: { readonly slow: readonly Blocker[]; readonly rules: PeriodRules }, clock: Clock): Promise<void> {
  const timeZone = await rules.timeZoneOf(tx), at = clock.now();
  announce(tx, 'ledger.books');
  await lockPeriods(tx);
  const blockers = [...await findBlockers(tx, work.month, { ...rules, timeZone, clock }), ...slow];
  if (work.purpose === 'check') return void await endWork(tx, work, { state: 'checked', blockers }, at);
  if (await findPeriod(tx, work.month)) return void await endWork(tx, work, { state: 'closed', blockers: [] }, at);
  const waiver = work.approvedBy === null ? null : { approvedBy: work.approvedBy, reason: work.reason!, waived: work.waived! };
  const closed = await closePeriod(tx, { month: work.month, closedBy: work.askedBy, waiver, slow }, { ...rules, timeZone, clock });
  if (closed.ok) {
    await record(tx, closed.value, work, clock);
    return void await endWork(tx, work, { state: 'closed', blockers }, at);
  }
  if (closed.error.code !== 'period_blocked') return void await endWork(tx, work, { state: 'failed', blockers, lastError: closed.error.code }, at);
  if (work.reason === null || waiver !== null) return void await endWork(tx, work, { state: 'blocked', blockers }, at);
  const approvalId = await requestApproval(tx, {
    kind: 'ledger.close_period', payload: { closeId: work.closeId, month: work.month, waived: blockers }, subject: { kind: 'accounting_period', id: work.month }, reason: work.reason,
    rule: 'closing a month with something against it needs a second person', requestedBy: { kind: work.askedByKind, id: work.askedBy }, from: work.askedFrom,
  }, { clock });
  announce(tx, 'approvals');
  await endWork(tx, work, { state: 'awaiting_approval', blockers, approvalId }, at);
}

async function record(tx: Tx, closed: ClosedPeriod, work: PeriodWork, clock: Clock): Promise<void> {
  await recordAct(tx, {
    actor: { kind: work.askedByKind, id: work.askedBy }, from: work.askedFrom, act: 'ledger.close_period', subject: { kind: 'accounting_period', id: closed.month },
    after: { closedBy: closed.closedBy, approvedBy: closed.approvedBy, waived: closed.waived.map(({ gate, count }) => ({ gate, count })) }, reason: closed.reason,
  }, { clock });
}

export const closePeriodsJob = (rules: PeriodRules): Job => ({
  name: 'close_periods', about: 'Asks everything that may stand against closing an accounting month, and closes it.', cron: '* * * * *', everyMs: MS_PER_MINUTE,
  run: async (context) => {
    let months = 0;
    const operators = await forEachOperator(context, async (operatorId) => {
      while (await workPeriod(context.database.forOperator(operatorId), rules, context)) months++;
    });
    return { operators, months };
  },
});
