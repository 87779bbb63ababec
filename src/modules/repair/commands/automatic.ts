import { addMs, assert, MS_PER_MINUTE, type Clock, type CurrencyCode } from '../../../kernel/index.ts';
import { NO_ORIGIN, SYSTEM_ACTOR } from '../../../platform/audit-log/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type OperatorDatabase, type Tx } from '../../../platform/database/index.ts';
import { loadApprovals } from '../../../platform/approvals/index.ts';
import type { RepairCase } from '../domain/case.ts';
import { isAutomatic, type RepairPolicy } from '../domain/policy.ts';
import { CASE_COLUMNS, lockCases, onlyOperator } from '../store/cases.ts';
import { loadRepairPolicy } from '../store/policy.ts';
import type { By, RepairSubjects } from '../subject.ts';
import { aroundFaults, REPAIR_FAILED, type OnFault } from './around-faults.ts';
import { changeCases } from './change-case.ts';
import { applyCase } from './decide-case.ts';
import { syncCases } from './sync-cases.ts';

/** Cases that one transaction repairs: few enough that a deadlock costs little. */
export const AUTOMATIC_PAGE = 20;
type Context = { readonly subjects: RepairSubjects; readonly clock: Clock; readonly onFault?: OnFault };
/** Of one operator, whose policy is in this currency. */
type OfOperator = Context & { readonly currency: CurrencyCode };
type Page = { readonly applied: number; readonly refused: number; /** There may be another one. */ readonly more: boolean };
export type AutomaticSummary = { readonly checked: number; readonly applied: number; readonly refused: number; readonly lapsed: number };
/** Open cases are compared with their subjects again after this long, at most so many at a time. */
const CHECK_AFTER_MS = 15 * MS_PER_MINUTE, CHECK_PAGE = 100, CHECK_PAGES_MAX = 10;
const POLICY: By = { actor: SYSTEM_ACTOR, from: NO_ORIGIN, decidedBy: 'policy', approval: null };

/**
 * Accepts what the operator's policy accepts without a person, page by page, each page in its own transaction. What is refused is left to
 * people and not tried again on the same facts. Before that, open cases are compared with their subjects again (what a connector shows later may prove
 * more), and cases whose request to a second person was refused or has lapsed are put back.
 */
export async function repairAutomatically(odb: OperatorDatabase, context: OfOperator): Promise<AutomaticSummary> {
  let [applied, refused] = [0, 0];
  const lapsed = await odb.transaction((tx) => putBackLapsed(tx, context));
  const checked = await checkAgain(odb, context);
  for (;;) {
    const page = await aroundFaults(AUTOMATIC_PAGE, (size) => odb.transaction((tx) => repairPage(tx, size, context)), (error) => odb.transaction((tx) => passOver(tx, error, context)));
    applied += page.applied;
    refused += page.refused;
    if (!page.more) return { checked, applied, refused, lapsed };
  }
}

async function checkAgain(odb: OperatorDatabase, { subjects, clock }: Context): Promise<number> {
  let checked = 0;
  for (let page = 0; page < CHECK_PAGES_MAX; page++) {
    const count = await odb.transaction(async (tx) => {
      const stale = await tx.query<{ caseId: string; subjectKind: string; subjectId: string }>(
        `select case_id as "caseId", subject_kind as "subjectKind", subject_id as "subjectId" from repair.repair_case
         where operator_id = $1 and closed_at is null and (checked_at is null or checked_at <= $2) order by checked_at nulls first, case_id limit ${CHECK_PAGE} for update skip locked`,
        [onlyOperator(tx), sqlTimestamp(addMs(clock.now(), -CHECK_AFTER_MS))]);
      for (const [kind, of] of Map.groupBy(stale, ({ subjectKind }) => subjectKind)) {
        const subject = subjects.get(kind);
        if (subject) await syncCases(tx, subject, of.map(({ subjectId }) => subjectId), { clock });
      }
      await tx.execute('update repair.repair_case set checked_at = $3 where operator_id = $1 and case_id = any($2::uuid[])', [onlyOperator(tx), stale.map(({ caseId }) => caseId), sqlTimestamp(clock.now())]);
      return stale.length;
    });
    checked += count;
    if (count < CHECK_PAGE) break;
  }
  return checked;
}

/** The policy, and the oldest cases that it accepts as they are now, locked: none while it is off. */
async function dueCases(tx: Tx, size: number, { clock, currency }: OfOperator): Promise<{ readonly policy: RepairPolicy; readonly due: readonly RepairCase[] }> {
  const policy = await loadRepairPolicy(tx, currency);
  const due = !policy.enabled ? [] : await tx.query<RepairCase>(
    `select ${CASE_COLUMNS} from repair.repair_case c
     join jsonb_to_recordset($2::jsonb) as r (cause text, "amountMinorMax" bigint, "energyWhMax" bigint, "waitMs" bigint) on r.cause = c.primary_cause
     where c.operator_id = $1 and c.state = 'proposed' and c.automatic and c.proposed_minor <= r."amountMinorMax" and abs(c.proposed_minor - coalesce(c.charged_minor, 0)) <= r."amountMinorMax" and c.proposed_wh <= r."energyWhMax"
       and c.opened_at <= $3::timestamptz - make_interval(secs => r."waitMs" / 1000.0)
     order by c.opened_at, c.case_id limit $4 for update of c skip locked`,
    [onlyOperator(tx), JSON.stringify(policy.automatic, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)), sqlTimestamp(clock.now()), size]);
  return { policy, due };
}

async function repairPage(tx: Tx, size: number, context: OfOperator): Promise<Page> {
  const { policy, due } = await dueCases(tx, size, context);
  let [applied, refused] = [0, 0];
  for (const each of due.toSorted((a, b) => (a.subjectId < b.subjectId ? -1 : 1))) {
    assert(isAutomatic(policy, each, context.clock.now()), 'the policy accepts what it selects');
    const reason = `policy ${policy.version}: ${each.primaryCause}`;
    const result = await applyCase(tx, { caseId: each.caseId, commandId: newUuid(), source: each.proposedSource, energyWh: each.proposedWh, evidenceDigest: each.evidenceDigest, amountMinor: each.proposedMinor, reason }, POLICY, context);
    if (result.ok) {
      applied += 1;
      continue;
    }
    // What it was proposed for may be no more: then it is decided by what it is now, the next time.
    const from = result.error.code === 'correction_evidence_changed' ? await unlessOtherNow(tx, each, context) : each;
    if (from === null) continue;
    refused += 1;
    await changeCases(tx, [{ from, to: { ...from, automatic: false }, happened: { kind: 'automatic_refused', actor: 'policy', data: result.error } }], context);
  }
  return { applied, refused, more: due.length === size };
}

/** Leaves the next case, whose repair has failed, to people. */
async function passOver(tx: Tx, error: Error, context: OfOperator): Promise<Page> {
  const { due: [from] } = await dueCases(tx, 1, context);
  if (!from) return { applied: 0, refused: 0, more: false };
  context.onFault?.(error, from.caseId);
  await changeCases(tx, [{ from, to: { ...from, automatic: false }, happened: { kind: 'automatic_refused', actor: 'policy', data: { code: REPAIR_FAILED } } }], context);
  return { applied: 0, refused: 1, more: true };
}

/** Brings a case in line with its subject. @returns it as it is now; null when it says something else than what was decided on. */
async function unlessOtherNow(tx: Tx, { caseId, subjectKind, subjectId, state, proposedMinor, evidenceDigest }: RepairCase, context: Context): Promise<RepairCase | null> {
  await syncCases(tx, context.subjects.get(subjectKind)!, [subjectId], context);
  const [now] = await lockCases(tx, { caseIds: [caseId] });
  return now?.state === state && now.proposedMinor === proposedMinor && now.evidenceDigest === evidenceDigest ? now : null;
}

/** Cases that still wait for an approval that was refused, or that nobody decided in time. */
async function putBackLapsed(tx: Tx, { clock }: Context): Promise<number> {
  const waiting = await tx.query<RepairCase>(
    `select ${CASE_COLUMNS} from repair.repair_case c where c.operator_id = $1 and c.state = 'awaiting_approval' order by c.case_id limit 1000 for update skip locked`, [onlyOperator(tx)]);
  const lapsed: { each: RepairCase; state: string }[] = [];
  for (const each of waiting) {
    const [approval] = await loadApprovals(tx, { approvalId: each.approvalId! }, clock.now());
    if (approval?.state !== 'pending') lapsed.push({ each, state: approval?.state ?? 'gone' });
  }
  await changeCases(tx, lapsed.map(({ each, state }) => ({
    from: each, to: { ...each, state: each.proposedSource === null ? 'open' : 'proposed', automatic: false }, happened: { kind: 'approval_lapsed', actor: 'system', data: { approvalId: each.approvalId, state } },
  })), { clock });
  return lapsed.length;
}
