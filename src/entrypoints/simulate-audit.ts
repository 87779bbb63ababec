import type { OperatorId } from '../kernel/index.ts';
import { auditText, runAudit } from './audit.ts';
import type { Platform } from './simulate-platform.ts';

export type AuditSummary = { readonly balanced: boolean; readonly lines: readonly string[] };

/** Every invariant of the books of one operator, as `kirchhoff audit` prints it. */
export async function auditSummary(platform: Platform, operatorId: OperatorId): Promise<AuditSummary> {
  const report = await runAudit(platform.database, operatorId);
  return { balanced: report.ok, lines: auditText(report).split('\n') };
}
