import type { BillId, Clock, CurrencyCode, SessionId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { billsInDoubt, loadPolicy } from '../../charging/index.ts';
import { loadOperator } from '../../parties/index.ts';
import type { Keyed } from '../domain/canonical.ts';
import type { Dimension } from '../domain/dimension.ts';
import { figuresOf, MEASURES, columnOf, NOTHING, SUMS, type Figures } from '../domain/measures.ts';
import { dayAt, stateOf, type Day, type Period, type PeriodState } from '../domain/period.ts';
import { findPublication, publishedFigures, type Publication } from '../store/publications.ts';
import { conditionOf, FIGURE_ROWS_MAX, figuresBy, sumFigures, type FigurePage, type Filter } from './figures.ts';

export type Narrowing = Omit<Filter, 'firstOn' | 'lastOn'>;
export type Report = {
  readonly period: Period; readonly state: PeriodState; readonly currency: CurrencyCode;
  /** What the operator does with bills in doubt; of a published period, what it did then. */
  readonly abnormalBills: 'hold' | 'settle_first';
  readonly total: Figures;
  /** Of the total: what adjusts days that had been published before. */
  readonly adjustments: Figures;
  /** What has come since this period was published and counts elsewhere. */
  readonly laterAdjustments: Figures;
  /** Of the page that was asked for; without one the first `FIGURE_ROWS_MAX`, and one more where there are more. */
  readonly rows: readonly Keyed[];
  readonly publication: Publication | null;
};

const isNarrow = (narrowing: Narrowing): boolean => Object.entries(narrowing).some(([name, value]) => value !== undefined && !(name === 'subOperators' && value === 'operator'));

/** A report of a day or month by one dimension. A published one is read as it was published; narrowed, from the movements of its days, which cannot change either. */
export async function readReport(tx: Tx, of: { readonly period: Period; readonly dimension: Dimension; readonly narrowing: Narrowing; readonly page?: FigurePage }, { clock }: { readonly clock: Clock }): Promise<Report> {
  const { period, dimension, narrowing, page = { after: null, limit: FIGURE_ROWS_MAX + 1 } } = of;
  const { currency, timeZone } = await loadOperator(tx);
  const publication = await findPublication(tx, period);
  const filter: Filter = { ...narrowing, firstOn: period.firstOn, lastOn: period.lastOn };
  const stored = publication === null || isNarrow(narrowing) ? null : await publishedFigures(tx, publication.publicationId, dimension);
  const sums = await sumFigures(tx, filter);
  return {
    period, currency, publication, state: stateOf(period, { today: dayAt(clock.now(), timeZone), published: publication !== null }),
    abnormalBills: publication?.abnormalBills ?? (await loadPolicy(tx, currency)).abnormalBills,
    total: stored?.total ?? sums.total, adjustments: sums.adjustments, laterAdjustments: publication === null ? NOTHING : await sumLater(tx, filter),
    rows: stored?.byDimension.get(dimension)?.filter(({ key }) => page.after === null || key > page.after).slice(0, page.limit) ?? await figuresBy(tx, dimension, filter, page),
  };
}

async function sumLater(tx: Tx, filter: Filter): Promise<Figures> {
  const { sql, values } = conditionOf(tx, filter, 'adjusts_on');
  // What one day of a month adjusts in another day of it is in the month already.
  const [row] = await tx.query<Figures>(`select ${SUMS} from reporting.bill_movement m where ${sql} and m.adjusts_on is not null and m.counts_on > $3::date`, values);
  return figuresOf(row!);
}

export type Adjustment = {
  readonly billId: BillId; readonly sign: number; readonly sessionId: SessionId; readonly adjustsOn: Day; readonly countsOn: Day;
  /** The version that made it, and why that was made. */
  readonly causedBy: BillId; readonly reason: string; readonly correctionId: string | null; readonly figures: Figures;
};

/** What adjusts published days, row by row: of what counts in a period, or of what was published as this period and has come since. In the order of bills. */
export async function listAdjustments(tx: Tx, of: { readonly period: Period; readonly which: 'counted' | 'later'; readonly narrowing: Narrowing; readonly after: { readonly billId: string; readonly sign: number } | null; readonly limit: number }): Promise<Adjustment[]> {
  const { sql, values } = conditionOf(tx, { ...of.narrowing, firstOn: of.period.firstOn, lastOn: of.period.lastOn }, of.which === 'counted' ? 'counts_on' : 'adjusts_on');
  const n = values.length;
  const rows = await tx.query<Omit<Adjustment, 'figures'> & Figures>(
    `select m.bill_id as "billId", m.sign::int as sign, m.session_id as "sessionId", m.adjusts_on::text as "adjustsOn", m.counts_on::text as "countsOn", m.caused_by as "causedBy", m.reason, m.correction_id as "correctionId",
       ${MEASURES.map((measure) => `m.${columnOf(measure)}::bigint as "${measure}"`).join(', ')}
     from reporting.bill_movement m where ${sql} and m.adjusts_on is not null${of.which === 'later' ? ' and m.counts_on > $3::date' : ''} and ($${n + 1}::uuid is null or (m.bill_id, m.sign) > ($${n + 1}::uuid, $${n + 2}::smallint))
     order by m.bill_id, m.sign limit $${n + 3}`, [...values, of.after?.billId ?? null, of.after?.sign ?? null, of.limit]);
  return rows.map((row) => ({
    billId: row.billId, sign: row.sign, sessionId: row.sessionId, adjustsOn: row.adjustsOn, countsOn: row.countsOn, causedBy: row.causedBy, reason: row.reason, correctionId: row.correctionId, figures: figuresOf(row),
  }));
}

export type BillToReview = {
  readonly sessionId: SessionId; readonly held: boolean; readonly heldWh: bigint; readonly heldMinor: bigint; readonly doubtMinor: bigint;
  /** As it stands now; null when it was dealt with since the period was published. */
  readonly open: { readonly billId: BillId; readonly causes: readonly string[] } | null;
};

/** The sessions behind the held bills and the bills in doubt of a period (C-12): each with what it proposes and why it waits. In the order of sessions. */
export async function listBillsToReview(tx: Tx, of: { readonly period: Pick<Period, 'firstOn' | 'lastOn'>; readonly narrowing: Narrowing; readonly after: string | null; readonly limit: number }): Promise<BillToReview[]> {
  const { sql, values } = conditionOf(tx, { ...of.narrowing, firstOn: of.period.firstOn, lastOn: of.period.lastOn });
  const n = values.length;
  const rows = await tx.query<Omit<BillToReview, 'open'>>(
    `select m.session_id as "sessionId", sum(m.held_count) > 0 as held, sum(m.held_wh)::bigint as "heldWh", sum(m.held_minor)::bigint as "heldMinor", sum(m.doubt_minor)::bigint as "doubtMinor" from reporting.bill_movement m
     where ${sql} and (m.held_count <> 0 or m.doubt_count <> 0) and ($${n + 1}::uuid is null or m.session_id > $${n + 1}::uuid) group by m.session_id having sum(m.held_count) > 0 or sum(m.doubt_count) > 0
     order by m.session_id limit $${n + 2}`, [...values, of.after, of.limit]);
  const open = new Map((await billsInDoubt(tx, rows.map(({ sessionId }) => sessionId))).map((bill) => [bill.sessionId, { billId: bill.billId, causes: bill.causes }]));
  return rows.map((row) => ({ ...row, open: open.get(row.sessionId) ?? null }));
}
