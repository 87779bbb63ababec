import type { Tx } from '../../../platform/database/index.ts';
import { addDays, parsePeriod, periodName, type Day, type Period } from '../domain/period.ts';
import { onlyOperator } from '../only-operator.ts';
import { listPublications, type Publication } from '../store/publications.ts';

const before = (period: Period): Period => { const day = addDays(period.firstOn, -1); return parsePeriod(period.kind === 'day' ? day : day.slice(0, 7))!; };

/** Days or months from today's back to the first in which anything counts, newest first, with their publications. @param of.before the name of the one before. */
export async function recentPeriods(tx: Tx, of: { readonly kind: Period['kind']; readonly today: Day; readonly before: string | null; readonly limit: number }): Promise<{ period: Period; publication: Publication | null }[]> {
  const [row] = await tx.query<{ first: Day | null }>('select min(counts_on)::text as first from reporting.bill_movement where operator_id = $1', [onlyOperator(tx)]);
  const first = row?.first ?? null;
  const given = of.before === null ? null : parsePeriod(of.before);
  const periods: Period[] = [];
  for (let period = given === null ? parsePeriod(of.kind === 'day' ? of.today : of.today.slice(0, 7))! : before(given); periods.length < of.limit && first !== null && period.lastOn >= first; period = before(period)) periods.push(period);
  if (periods.length === 0) return [];
  const publications = new Map((await listPublications(tx, { kind: of.kind, before: addDays(periods[0]!.firstOn, 1), limit: of.limit })).map((publication) => [periodName(publication), publication]));
  return periods.map((period) => ({ period, publication: publications.get(periodName(period)) ?? null }));
}
