import type { SessionId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { SESSION_OUTCOMES_PAGE_MAX, sessionOutcomes, sessionsToJudge } from '../../charging/index.ts';
import { FINDINGS_PER_POINT_AND_DAY_MAX, sessionCountOf } from '../commands/count.ts';
import { FRAME_FAULTS, SESSION_FAULTS } from '../domain/kind.ts';
import { onlyOperator } from '../only-operator.ts';
import { columnOf } from '../store/counting.ts';

export const CONFORMANCE_AUDIT_FAILURES_MAX = 100;
export type ConformanceAuditCheck = {
  readonly code: string; readonly about: string; readonly checked: number; readonly failures: readonly { readonly id: string; readonly detail: string }[]; readonly figures?: Readonly<Record<string, bigint>>;
};

/**
 * What must be true of the counts by which makes are judged, for the operator of this transaction. `undelivered` are the sessions of bills that are still
 * on their way: what these add is not known here yet, and is no failure.
 */
export async function auditConformance(tx: Tx, { undelivered }: { readonly undelivered: (tx: Tx) => Promise<ReadonlySet<string>> }): Promise<ConformanceAuditCheck[]> {
  return [await sessionsAreCounted(tx, await undelivered(tx)), await daysAreSums(tx), await findingsAreCounted(tx)];
}

type Counted = { readonly sessionId: SessionId; readonly due: boolean; readonly kinds: readonly string[]; readonly causes: readonly string[]; readonly energyWh: bigint; readonly unexplainedWh: bigint };

/** Every session that is over is counted once, by what its bill says now. */
async function sessionsAreCounted(tx: Tx, onTheirWay: ReadonlySet<string>): Promise<ConformanceAuditCheck> {
  const failures: { id: string; detail: string }[] = [];
  let [checked, waiting, after] = [0, 0n, null as SessionId | null];
  for (;;) {
    const page = await sessionOutcomes(tx, { after });
    const ids = page.flatMap(({ sessionId, state }) => (state === 'ended' ? [sessionId] : []));
    const rows = await tx.query<Counted>(
      `select session_id as "sessionId", due, kinds, causes, energy_wh as "energyWh", unexplained_wh as "unexplainedWh" from conformance.session_count where operator_id = $1 and session_id = any($2::uuid[])`, [onlyOperator(tx), ids]);
    const counted = new Map(rows.map((row) => [row.sessionId, row]));
    for (const session of await sessionsToJudge(tx, ids)) {
      const row = counted.get(session.sessionId);
      if (onTheirWay.has(session.sessionId) || row?.due === true) { waiting += 1n; continue; }
      const now = sessionCountOf(session, '');
      if (row === undefined) failures.push({ id: session.sessionId, detail: 'is over, and not counted' });
      else if (said(row) !== said(now)) failures.push({ id: session.sessionId, detail: `counted as ${said(row)}, is ${said(now)}` });
    }
    checked += ids.length;
    after = page.at(-1)?.sessionId ?? null;
    if (page.length < SESSION_OUTCOMES_PAGE_MAX) break;
  }
  return {
    code: 'conformance_sessions_are_counted', about: 'every session that is over is counted once for its charge point\'s make, by the causes and the energy of its bill', checked,
    failures: failures.slice(0, CONFORMANCE_AUDIT_FAILURES_MAX), figures: { on_their_way: waiting },
  };
}
const said = ({ kinds, causes, energyWh, unexplainedWh }: Pick<Counted, 'kinds' | 'causes' | 'energyWh' | 'unexplainedWh'>): string =>
  `${energyWh} Wh, ${unexplainedWh} unexplained, ${kinds.toSorted().join(' ') || 'no fault'} (${causes.toSorted().join(' ')})`;

/** What a day of a charge point says of sessions is what its sessions add up to. */
async function daysAreSums(tx: Tx): Promise<ConformanceAuditCheck> {
  const faults = SESSION_FAULTS.map((fault) => [columnOf(fault), `count(*) filter (where kinds @> '{${fault}}')`] as const);
  const amounts = [['sessions', 'count(*)'], ['abnormal_sessions', 'count(*) filter (where cardinality(kinds) > 0)'], ...faults, ['energy_wh', 'sum(energy_wh)'], ['unexplained_wh', 'sum(unexplained_wh)']] as const;
  return inSql(tx, {
    code: 'conformance_days_are_sums_of_sessions', about: "what is counted of a charge point's day is the sum of its sessions", count: 'select count(*) from conformance.point_day where operator_id = $1',
    failures: `select ${DAY_KEY} as id, concat_ws(', ', ${amounts.map(([column]) => `case when coalesce(d.${column}, 0) <> coalesce(s.${column}, 0) then format('${column} %s, sessions %s', coalesce(d.${column}, 0), coalesce(s.${column}, 0)) end`).join(', ')}) as detail
      from (select * from conformance.point_day where operator_id = $1) d full join (
        select make_id, counted_on, charge_point_id, ${amounts.map(([column, sum]) => `${sum} as ${column}`).join(', ')} from conformance.session_count where operator_id = $1 and make_id is not null group by make_id, counted_on, charge_point_id) s using (make_id, counted_on, charge_point_id)
      where ${amounts.map(([column]) => `coalesce(d.${column}, 0) <> coalesce(s.${column}, 0)`).join(' or ')}`,
  });
}

/** Of every kind of fault that a day counts as many frames are kept by name as were committed, up to the most that are kept. */
async function findingsAreCounted(tx: Tx): Promise<ConformanceAuditCheck> {
  const counted = FRAME_FAULTS.map((kind) => `('${kind}', d.${columnOf(kind)})`).join(', ');
  return inSql(tx, {
    code: 'conformance_findings_are_counted', about: 'every frame that is named as evidence is counted, and of every fault that is counted the first frames are named', count: 'select count(*) from conformance.finding where operator_id = $1',
    failures: `select ${DAY_KEY} || '/' || kind as id, format('counted %s, named %s', coalesce(c.counted, 0), coalesce(f.named, 0)) as detail
      from (select d.make_id, d.counted_on, d.charge_point_id, k.kind, k.counted from conformance.point_day d cross join lateral (values ${counted}) as k (kind, counted) where d.operator_id = $1 and k.counted > 0) c
      full join (select make_id, counted_on, charge_point_id, kind, count(*) as named from conformance.finding where operator_id = $1 group by 1, 2, 3, 4) f using (make_id, counted_on, charge_point_id, kind)
      where least(coalesce(c.counted, 0), ${FINDINGS_PER_POINT_AND_DAY_MAX}) <> coalesce(f.named, 0)`,
  });
}

const DAY_KEY = `make_id || '/' || counted_on || '/' || charge_point_id`;

async function inSql(tx: Tx, { code, about, count, failures }: { code: string; about: string; count: string; failures: string }): Promise<ConformanceAuditCheck> {
  const rows = await tx.query<{ checked: bigint; id: string | null; detail: string | null }>(
    `select c.count::bigint as checked, f.id, f.detail from (${count}) c left join (select * from (${failures}) f limit ${CONFORMANCE_AUDIT_FAILURES_MAX}) f on true`, [onlyOperator(tx)]);
  return { code, about, checked: Number(rows[0]!.checked), failures: rows.flatMap(({ id, detail }) => (id === null ? [] : [{ id, detail: detail ?? '' }])) };
}
