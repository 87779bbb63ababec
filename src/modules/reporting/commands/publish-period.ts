import { ok, refuse, type Clock, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { loadPolicy } from '../../charging/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { hashFigures } from '../domain/canonical.ts';
import { dayAt, type Period } from '../domain/period.ts';
import { wholeReport } from '../queries/figures.ts';
import { lockPeriods } from '../store/movements.ts';
import { findPublication, insertPublication, type Publication } from '../store/publications.ts';
import { catchUp } from './record-movements.ts';

export type PublishRejection = { readonly code: 'report_period_not_over' } | { readonly code: 'report_published_already' };

/** Whether a period can be published now. */
export async function mayPublish(tx: Tx, period: Period, { clock }: { readonly clock: Clock }): Promise<Result<null, PublishRejection>> {
  const { timeZone } = await loadOperator(tx);
  if (dayAt(clock.now(), timeZone) <= period.lastOn) return refuse({ code: 'report_period_not_over' });
  if (await findPublication(tx, period)) return refuse({ code: 'report_published_already' });
  return ok(null);
}

/**
 * Publishes a day or a month that is over: its figures are kept with their hash, and its days take nothing any more. A month publishes those of its days that are not published yet; days that
 * are stay as they are. Alone with everybody who counts, so that nothing slips in while it is summed.
 */
export async function publishPeriod(tx: Tx, of: { readonly period: Period; readonly publishedBy: string; readonly approvedBy: string | null }, { clock }: { readonly clock: Clock }): Promise<Result<Publication, PublishRejection>> {
  await lockPeriods(tx, 'alone');
  const may = await mayPublish(tx, of.period, { clock });
  if (!may.ok) return may;
  await catchUp(tx, { clock });
  const { currency } = await loadOperator(tx);
  const report = await wholeReport(tx, of.period);
  const publication: Publication = {
    ...of.period, publicationId: newUuid(), currency, abnormalBills: (await loadPolicy(tx, currency)).abnormalBills, movements: report.movements, sha256: hashFigures({ ...of.period, currency, ...report }),
    publishedBy: of.publishedBy, approvedBy: of.approvedBy, publishedAt: clock.now(),
  };
  await insertPublication(tx, publication, report);
  announce(tx, 'reporting.reports');
  return ok(publication);
}
