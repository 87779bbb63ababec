import type { Instant, SessionId } from '../../../kernel/index.ts';
import { constraintOf, sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { figuresOf, NOTHING, SUMS, type Figures } from '../domain/measures.ts';
import type { Day } from '../domain/period.ts';
import { everyPart, STATEMENT_PARTS, statementFiguresFromJson, statementFiguresToJson, type Statement, type StatementFigures, type StatementFiguresJson, type StatementPart, type SubjectKind } from '../domain/statement.ts';
import { onlyOperator } from '../only-operator.ts';

const COLUMNS = `statement_id as "statementId", subject_kind as "subjectKind", subject_id as "subjectId", first_on::text as "firstOn", last_on::text as "lastOn", state, currency, closes_on::text as "closesOn", made_by as "madeBy",
  made_at as "madeAt", closed_by as "closedBy", closed_at as "closedAt", waiver_reason as "waiverReason", waived, figures, sha256`;
type Row = Omit<Statement, 'figures'> & { readonly figures: StatementFiguresJson | null };
const fromRow = (row: Row): Statement => ({ ...row, figures: row.figures && statementFiguresFromJson(row.figures) });

/** @param lock until the end of the transaction nobody else changes it. */
export async function findStatement(tx: Tx, statementId: string, { lock = false } = {}): Promise<Statement | null> {
  const [row] = await tx.query<Row>(`select ${COLUMNS} from reporting.statement where operator_id = $1 and statement_id = $2${lock ? ' for update' : ''}`, [onlyOperator(tx), statementId]);
  return row ? fromRow(row) : null;
}

export type StatementFilter = { readonly subjectKind?: SubjectKind | undefined; readonly subjectId?: string | undefined; readonly state?: Statement['state'] | undefined; readonly subOperators?: 'operator' | readonly string[] };

/** Newest first. */
export async function listStatements(tx: Tx, filter: StatementFilter, page: { readonly after: readonly [madeAt: number, statementId: string] | null; readonly limit: number }): Promise<Statement[]> {
  const rows = await tx.query<Row>(
    `select ${COLUMNS} from reporting.statement s where s.operator_id = $1 and ($2::text is null or s.subject_kind = $2) and ($3::uuid is null or s.subject_id = $3) and ($4::text is null or s.state = $4)
       and ($5::uuid[] is null or (s.subject_kind = 'sub_operator' and s.subject_id = any($5))) and ($6::timestamptz is null or (s.made_at, s.statement_id) < ($6, $7::uuid))
     order by s.made_at desc, s.statement_id desc limit $8`,
    [onlyOperator(tx), filter.subjectKind ?? null, filter.subjectId ?? null, filter.state ?? null, filter.subOperators === undefined || filter.subOperators === 'operator' ? null : filter.subOperators,
      page.after === null ? null : sqlTimestamp(page.after[0] as Instant), page.after?.[1] ?? null, page.limit]);
  return rows.map(fromRow);
}

/** @returns false when another statement of the subject has one of its days. */
export async function insertStatement(tx: Tx, s: Pick<Statement, 'statementId' | 'subjectKind' | 'subjectId' | 'firstOn' | 'lastOn' | 'currency' | 'madeBy' | 'madeAt'>): Promise<boolean> {
  await tx.execute('savepoint statement');
  try {
    await tx.execute(
      `insert into reporting.statement (operator_id, statement_id, subject_kind, subject_id, first_on, last_on, state, currency, made_by, made_at) values ($1, $2, $3, $4, $5::date, $6::date, 'draft', $7, $8, $9)`,
      [onlyOperator(tx), s.statementId, s.subjectKind, s.subjectId, s.firstOn, s.lastOn, s.currency, s.madeBy, sqlTimestamp(s.madeAt)]);
    return true;
  } catch (error) {
    if (constraintOf(error) !== 'statement_one_for_a_day') throw error;
    await tx.execute('rollback to savepoint statement');
    return false;
  }
}

export async function updateStatement(tx: Tx, statementId: string, to: { readonly state: 'closing'; readonly closesOn: Day } | { readonly state: 'withdrawn' }): Promise<void> {
  await tx.execute('update reporting.statement set state = $3, closes_on = coalesce($4::date, closes_on) where operator_id = $1 and statement_id = $2', [onlyOperator(tx), statementId, to.state, to.state === 'closing' ? to.closesOn : null]);
}

export async function settleStatement(tx: Tx, s: Statement, of: { readonly figures: StatementFigures; readonly sha256: string; readonly closedBy: string; readonly at: Instant; readonly waiver: { readonly reason: string; readonly waived: Statement['waived'] } | null }): Promise<void> {
  const { sql, values } = selected(tx, s);
  await tx.execute(
    `insert into reporting.statement_movement (operator_id, subject_kind, bill_id, sign, statement_id) select m.operator_id, $${values.length + 1}, m.bill_id, m.sign, $${values.length + 2}::uuid from reporting.bill_movement m where ${sql}`,
    [...values, s.subjectKind, s.statementId]);
  await tx.execute(
    `update reporting.statement set state = $3, closed_by = $4, closed_at = $5, figures = $6, sha256 = $7, waiver_reason = $8, waived = $9 where operator_id = $1 and statement_id = $2`,
    [onlyOperator(tx), s.statementId, of.waiver === null ? 'closed' : 'waived', of.closedBy, sqlTimestamp(of.at), JSON.stringify(statementFiguresToJson(of.figures)), of.sha256, of.waiver?.reason ?? null,
      of.waiver === null ? null : JSON.stringify(of.waiver.waived)]);
}

/** Statements of one subject are closed one after the other, so that a late correction is in one of them. */
export async function lockSubject(tx: Tx, { subjectKind, subjectId }: Pick<Statement, 'subjectKind' | 'subjectId'>): Promise<void> {
  await tx.execute(`select pg_advisory_xact_lock(hashtextextended('reporting.statement/' || $1, 0))`, [`${onlyOperator(tx)}/${subjectKind}/${subjectId}`]);
}

const SUBJECT_COLUMN: Readonly<Record<SubjectKind, string>> = { fleet: 'fleet_id', department: 'department_id', sub_operator: 'sub_operator_id' };

/** What a statement that is not closed would settle: the movements of its days, and those that came late for days of statements that are closed; none that is settled already. */
export function selected(tx: Tx, s: Pick<Statement, 'subjectKind' | 'subjectId' | 'firstOn' | 'lastOn'>): { readonly sql: string; readonly values: unknown[] } {
  return {
    values: [onlyOperator(tx), s.subjectId, s.firstOn, s.lastOn],
    sql: `m.operator_id = $1 and m.${SUBJECT_COLUMN[s.subjectKind]} = $2::uuid and m.service_on <= $4::date
      and (m.service_on >= $3::date or exists (select 1 from reporting.statement c where c.operator_id = $1 and c.subject_kind = '${s.subjectKind}' and c.subject_id = $2::uuid and c.state in ('closed', 'waived')
        and m.service_on between c.first_on and c.last_on))
      and not exists (select 1 from reporting.statement_movement x where x.operator_id = $1 and x.subject_kind = '${s.subjectKind}' and x.bill_id = m.bill_id and x.sign = m.sign)`,
  };
}

const KEY_OF: Readonly<Record<StatementPart, string>> = { day: 'm.service_on::text', station: 'm.station_id::text', vehicle: 'm.vehicle_id::text', start_mode: 'm.start_mode' };

/** The figures of a statement as they are now. */
export async function sumStatement(tx: Tx, s: Pick<Statement, 'subjectKind' | 'subjectId' | 'firstOn' | 'lastOn'>): Promise<StatementFigures> {
  const { sql, values } = selected(tx, s);
  const rows = await tx.query<Figures & { part: string; key: string; movements: bigint }>(
    `with s as materialized (select m.* from reporting.bill_movement m where ${sql})
     select 'total' as part, '' as key, count(*) as movements, ${SUMS} from s m
     union all select 'adjustments', '', count(*), ${SUMS} from s m where m.service_on < $3::date
     ${STATEMENT_PARTS.map((part) => `union all select '${part}', coalesce(${KEY_OF[part]}, ''), count(*), ${SUMS} from s m group by 2`).join('\n')}
     order by 1, 2`, values);
  const one = (part: string): Figures => { const row = rows.find((each) => each.part === part); return row ? figuresOf(row) : NOTHING; };
  return {
    movements: rows.find(({ part }) => part === 'total')?.movements ?? 0n, total: one('total'), adjustments: one('adjustments'),
    parts: everyPart((part) => rows.filter((row) => row.part === part).map((row) => ({ key: row.key, figures: figuresOf(row) })).sort((a, b) => (a.key < b.key ? -1 : 1))),
  };
}

export const SESSIONS_TO_REVIEW_MAX = 10_000;
/** The sessions of a statement that is not closed whose bills were held, or settled before review, when they were counted last. */
export async function sessionsToReview(tx: Tx, s: Pick<Statement, 'subjectKind' | 'subjectId' | 'firstOn' | 'lastOn'>): Promise<SessionId[]> {
  const { sql, values } = selected(tx, s);
  const rows = await tx.query<{ sessionId: SessionId }>(
    `select m.session_id as "sessionId" from reporting.bill_movement m where ${sql} group by m.session_id having sum(m.held_count) > 0 or sum(m.doubt_count) > 0 order by m.session_id limit ${SESSIONS_TO_REVIEW_MAX}`, values);
  return rows.map(({ sessionId }) => sessionId);
}
