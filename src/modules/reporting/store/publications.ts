import type { Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { DIMENSIONS, type Dimension } from '../domain/dimension.ts';
import { figuresFromJson, figuresToJson, NOTHING, type Figures, type Measure } from '../domain/measures.ts';
import type { Day, Period } from '../domain/period.ts';
import type { Keyed } from '../domain/canonical.ts';
import { onlyOperator } from '../only-operator.ts';

export type Publication = Period & {
  readonly publicationId: string; readonly currency: string; readonly abnormalBills: 'hold' | 'settle_first'; readonly movements: bigint; readonly sha256: string;
  readonly publishedBy: string; readonly approvedBy: string | null; readonly publishedAt: Instant;
};
const COLUMNS = `publication_id as "publicationId", kind, first_on::text as "firstOn", last_on::text as "lastOn", currency, abnormal_bills as "abnormalBills", movements, sha256, published_by as "publishedBy", approved_by as "approvedBy",
  published_at as "publishedAt"`;

export async function findPublication(tx: Tx, { kind, firstOn }: Pick<Period, 'kind' | 'firstOn'>): Promise<Publication | null> {
  const [row] = await tx.query<Publication>(`select ${COLUMNS} from reporting.publication where operator_id = $1 and kind = $2 and first_on = $3::date`, [onlyOperator(tx), kind, firstOn]);
  return row ?? null;
}

/** Newest first, by keyset of the first day. */
export const listPublications = (tx: Tx, of: { readonly kind: Period['kind']; readonly before: Day | null; readonly limit: number }): Promise<Publication[]> => tx.query<Publication>(
  `select ${COLUMNS} from reporting.publication p where p.operator_id = $1 and p.kind = $2 and ($3::date is null or p.first_on < $3::date) order by p.first_on desc limit $4`, [onlyOperator(tx), of.kind, of.before, of.limit]);

export type StoredFigures = { readonly total: Figures; readonly byDimension: ReadonlyMap<Dimension, readonly Keyed[]> };

/** The figures as they were published; of one dimension and the total where that is enough. */
export async function publishedFigures(tx: Tx, publicationId: string, only?: Dimension): Promise<StoredFigures> {
  const rows = await tx.query<{ dimension: Dimension | 'total'; key: string; figures: Record<Measure, string> }>(
    `select dimension, key, figures from reporting.publication_figure where operator_id = $1 and publication_id = $2 and ($3::text is null or dimension = any(array['total', $3::text])) order by dimension, key collate "C"`, [onlyOperator(tx), publicationId, only ?? null]);
  const total = rows.find(({ dimension }) => dimension === 'total');
  return {
    total: total ? figuresFromJson(total.figures) : NOTHING,
    byDimension: new Map(DIMENSIONS.map((dimension) => [dimension, rows.filter((row) => row.dimension === dimension).map(({ key, figures }) => ({ key, figures: figuresFromJson(figures) }))])),
  };
}

/** Keeps the figures and freezes those days that are not frozen yet. */
export async function insertPublication(tx: Tx, publication: Publication, figures: StoredFigures): Promise<void> {
  const operatorId = onlyOperator(tx);
  const p = publication;
  await tx.execute(
    `insert into reporting.publication (operator_id, publication_id, kind, first_on, last_on, currency, abnormal_bills, movements, sha256, published_by, approved_by, published_at)
     values ($1, $2, $3, $4::date, $5::date, $6, $7, $8, $9, $10, $11, $12)`,
    [operatorId, p.publicationId, p.kind, p.firstOn, p.lastOn, p.currency, p.abnormalBills, p.movements, p.sha256, p.publishedBy, p.approvedBy, sqlTimestamp(p.publishedAt)]);
  const rows = [{ dimension: 'total', key: '', figures: figures.total }, ...DIMENSIONS.flatMap((dimension) => (figures.byDimension.get(dimension) ?? []).map((each) => ({ dimension, ...each })))];
  await tx.execute(
    `insert into reporting.publication_figure (operator_id, publication_id, dimension, key, figures) select $1, $2, * from unnest($3::text[], $4::text[], $5::jsonb[])`,
    [operatorId, p.publicationId, rows.map(({ dimension }) => dimension), rows.map(({ key }) => key), rows.map((row) => JSON.stringify(figuresToJson(row.figures)))]);
  await tx.execute(
    `insert into reporting.frozen_day (operator_id, day, publication_id) select $1, d::date, $2 from generate_series($3::date, $4::date, interval '1 day') d on conflict do nothing`,
    [operatorId, p.publicationId, p.firstOn, p.lastOn]);
}

export type ReportPolicy = { readonly version: number; readonly publishFourEyes: boolean };
export async function loadReportPolicy(tx: Tx): Promise<ReportPolicy> {
  const [row] = await tx.query<ReportPolicy>('select version, publish_four_eyes as "publishFourEyes" from reporting.policy p where operator_id = $1 order by p.version desc limit 1', [onlyOperator(tx)]);
  return row ?? { version: 0, publishFourEyes: false };
}
export async function insertReportPolicy(tx: Tx, policy: ReportPolicy, of: { readonly changedBy: string; readonly at: Instant }): Promise<void> {
  await tx.execute('insert into reporting.policy (operator_id, version, publish_four_eyes, changed_by, recorded_at) values ($1, $2, $3, $4, $5)', [onlyOperator(tx), policy.version, policy.publishFourEyes, of.changedBy, sqlTimestamp(of.at)]);
}
