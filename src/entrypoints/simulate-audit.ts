import type { OperatorId } from '../kernel/index.ts';
import { extendHashChain } from '../modules/ledger/index.ts';
import { auditText, runAudit } from './audit.ts';
import type { Platform } from './simulate-platform.ts';

export type AuditSummary = { readonly balanced: boolean; readonly lines: readonly string[] };

/**
 * Every invariant of the books of one operator, as `kirchhoff audit` prints it. The hash chain, which a job extends in a serving process, is
 * brought up to the last entry first, so that the audit verifies it over everything that was booked.
 */
export async function auditSummary(platform: Pick<Platform, 'database'>, operatorId: OperatorId): Promise<AuditSummary> {
  while ((await extendHashChain(platform.database.forOperator(operatorId))) > 0);
  const report = await runAudit(platform.database, operatorId);
  return { balanced: report.ok, lines: auditText(report).split('\n') };
}
