import type { Tx } from '../../../platform/database/index.ts';
import { onlyOperator } from '../store/cases.ts';
import { SUBJECTS_MAX, type RepairSubject, type RepairSubjects } from '../subject.ts';
import { casesOf } from './cases.ts';

export const REPAIR_AUDIT_FAILURES_MAX = 100;
export type RepairAuditCheck = {
  readonly code: string; readonly about: string; readonly checked: number; readonly failures: readonly { readonly id: string; readonly detail: string }[]; readonly figures?: Readonly<Record<string, bigint>>;
};

/**
 * What must be true of cases, for the operator of this transaction. `undelivered` are the subjects of events that are still on their way:
 * what is said of these is not known here yet, and is no failure.
 */
export async function auditRepair(tx: Tx, { subjects, undelivered }: { readonly subjects: RepairSubjects; readonly undelivered: (tx: Tx, subjectKind: string) => Promise<ReadonlySet<string>> }): Promise<RepairAuditCheck[]> {
  const checks: RepairAuditCheck[] = [];
  for (const subject of subjects.values()) {
    const onTheirWay = await undelivered(tx, subject.kind);
    checks.push(await doubtIsInCases(tx, subject, onTheirWay), await appliedCasesAreRepaired(tx, subject, onTheirWay));
  }
  return [...checks, await eventsTellTheState(tx), await runsCountTheirItems(tx)];
}

/** What charges nothing because it is in doubt is looked after: in an open case, or dismissed by somebody. */
async function doubtIsInCases(tx: Tx, subject: RepairSubject, onTheirWay: ReadonlySet<string>): Promise<RepairAuditCheck> {
  const failures: { id: string; detail: string }[] = [];
  let [checked, waiting, after] = [0, 0n, null as string | null];
  for (;;) {
    const page = await subject.inDoubt(tx, { after, countMax: SUBJECTS_MAX });
    const cases = await casesOf(tx, subject.kind, page);
    for (const id of page) {
      const state = cases.get(id)?.state;
      if (onTheirWay.has(id)) waiting += 1n;
      else if (state === undefined || state === 'applied' || state === 'resolved_by_facts') failures.push({ id, detail: state === undefined ? 'in doubt, and in no case' : `in doubt, and its case is ${state}` });
    }
    checked += page.length;
    after = page.at(-1) ?? null;
    if (page.length < SUBJECTS_MAX) break;
  }
  return {
    code: `repair_${subject.kind}_in_doubt_has_case`, about: `every ${subject.kind.replaceAll('_', ' ')} that charges nothing because it is in doubt is in a case`, checked,
    failures: failures.slice(0, REPAIR_AUDIT_FAILURES_MAX), figures: { on_their_way: waiting },
  };
}

async function appliedCasesAreRepaired(tx: Tx, subject: RepairSubject, onTheirWay: ReadonlySet<string>): Promise<RepairAuditCheck> {
  const failures: { id: string; detail: string }[] = [];
  let [checked, after] = [0, null as string | null];
  for (;;) {
    const page = await tx.query<{ caseId: string; subjectId: string; referenceId: string }>(
      `select case_id as "caseId", subject_id as "subjectId", reference_id as "referenceId" from repair.repair_case
       where operator_id = $1 and subject_kind = $2 and state = 'applied' and ($3::uuid is null or case_id > $3) order by case_id limit $4`, [onlyOperator(tx), subject.kind, after, SUBJECTS_MAX]);
    const standings = await subject.describe(tx, page.map(({ subjectId }) => subjectId));
    for (const { caseId, subjectId, referenceId } of page) {
      const now = standings.get(subjectId);
      if (!onTheirWay.has(subjectId) && (now?.standing !== 'repaired' || now.referenceId !== referenceId)) failures.push({ id: caseId, detail: `applied ${referenceId}, its subject is ${now?.standing ?? 'gone'} by ${now?.referenceId ?? 'nothing'}` });
    }
    checked += page.length;
    after = page.at(-1)?.caseId ?? null;
    if (page.length < SUBJECTS_MAX) break;
  }
  return { code: `repair_applied_${subject.kind}_is_repaired`, about: `every applied case of a ${subject.kind.replaceAll('_', ' ')} names the repair that it follows`, checked, failures: failures.slice(0, REPAIR_AUDIT_FAILURES_MAX) };
}

async function eventsTellTheState(tx: Tx): Promise<RepairAuditCheck> {
  return inSql(tx, {
    code: 'repair_events_tell_the_state', about: 'the events of every case are numbered without gaps and end in its state', count: 'select count(*) from repair.repair_case where operator_id = $1',
    failures: `select c.case_id::text as id, format('state %s, events %s of %s, last %s', c.state, e.events, c.event_count, e.last) as detail from repair.repair_case c
      left join (select case_id, count(*) as events, max(event_number) as newest, (array_agg(to_state order by event_number desc))[1] as last from repair.case_event where operator_id = $1 group by case_id) e using (case_id)
      where c.operator_id = $1 and (e.events is distinct from c.event_count or e.newest is distinct from c.event_count or e.last is distinct from c.state)`,
  });
}

async function runsCountTheirItems(tx: Tx): Promise<RepairAuditCheck> {
  return inSql(tx, {
    code: 'repair_runs_count_their_items', about: "a bulk run's counts and sums are those of its items, and one that is done has none left", count: 'select count(*) from repair.bulk_run where operator_id = $1',
    failures: `select r.run_id::text as id, format('items %s of %s, applied %s of %s, left %s', coalesce(i.items, 0), r.items, coalesce(i.applied, 0), r.applied, coalesce(i.pending, 0)) as detail from repair.bulk_run r
      left join (select run_id, count(*) as items, sum(proposed_minor) as minor, count(*) filter (where state = 'applied') as applied, count(*) filter (where state = 'awaiting_approval') as awaiting,
          count(*) filter (where state = 'refused') as refused, count(*) filter (where state = 'skipped') as skipped, count(*) filter (where state = 'pending') as pending
        from repair.bulk_item where operator_id = $1 group by run_id) i using (run_id)
      where r.operator_id = $1 and (coalesce(i.items, 0) <> r.items or coalesce(i.minor, 0) <> r.total_minor or coalesce(i.applied, 0) <> r.applied or coalesce(i.awaiting, 0) <> r.awaiting_approval
        or coalesce(i.refused, 0) <> r.refused or coalesce(i.skipped, 0) <> r.skipped or (r.state = 'done' and coalesce(i.pending, 0) > 0))`,
  });
}

async function inSql(tx: Tx, { code, about, count, failures }: { code: string; about: string; count: string; failures: string }): Promise<RepairAuditCheck> {
  const rows = await tx.query<{ checked: bigint; id: string | null; detail: string | null }>(
    `select c.count::bigint as checked, f.id, f.detail from (${count}) c left join (select * from (${failures}) f limit ${REPAIR_AUDIT_FAILURES_MAX}) f on true`, [onlyOperator(tx)]);
  return { code, about, checked: Number(rows[0]!.checked), failures: rows.flatMap(({ id, detail }) => (id === null ? [] : [{ id, detail: detail ?? '' }])) };
}
