import { assert, type OperatorId } from '../../kernel/index.ts';
import type { Database, Tx } from '../database/index.ts';
import { OFFENDING_MAX, type AuditChecks, type AuditFinding } from './finding.ts';

export type AuditReport = { readonly ok: boolean; readonly operators: number; readonly findings: readonly AuditFinding[] };

/** One check may take so long: an audit reads everything an operator ever booked, which no request of a person does. */
const CHECK_SECONDS_MAX = 3_600;

/**
 * Runs every check for each operator, each operator in one snapshot (REPEATABLE READ, read only): the books are looked at as they stood at
 * one moment, while the program goes on. Every check reads whole tables, so joins are hashed or merged even where missing statistics make a nested
 * loop look cheap (fresh data that was never analysed). Findings of the same check are summed over operators, in the order of the checks.
 */
export async function runChecks(database: Database, of: { readonly operators: readonly OperatorId[]; readonly checks: readonly AuditChecks[] }): Promise<AuditReport> {
  const byCheck = new Map<string, AuditFinding>();
  for (const operatorId of of.operators) {
    const findings = await database.forOperator(operatorId).transaction(async (tx) => {
      await tx.execute('set transaction isolation level repeatable read, read only');
      await tx.execute(`set local statement_timeout = '${CHECK_SECONDS_MAX}s'; set local enable_nestloop = off`);
      return runAll(tx, of.checks);
    });
    for (const finding of findings) byCheck.set(finding.check, merge(byCheck.get(finding.check), finding));
  }
  const findings = [...byCheck.values()];
  return { ok: findings.every((finding) => finding.failed === 0), operators: of.operators.length, findings };
}

async function runAll(tx: Tx, checks: readonly AuditChecks[]): Promise<AuditFinding[]> {
  const findings: AuditFinding[] = [];
  for (const check of checks) findings.push(...await check(tx));
  for (const finding of findings) assert(finding.failed >= finding.offending.length || finding.failed === 0, `${finding.check} lists more than it counts`);
  return findings;
}

function merge(sum: AuditFinding | undefined, next: AuditFinding): AuditFinding {
  const figures: Record<string, bigint> = { ...sum?.figures };
  for (const [name, value] of Object.entries(next.figures ?? {})) figures[name] = (figures[name] ?? 0n) + value;
  return {
    check: next.check, about: next.about, checked: (sum?.checked ?? 0) + next.checked, failed: (sum?.failed ?? 0) + next.failed,
    offending: [...(sum?.offending ?? []), ...next.offending].slice(0, OFFENDING_MAX),
    ...(sum?.details || next.details ? { details: [...(sum?.details ?? []), ...(next.details ?? [])].slice(0, OFFENDING_MAX) } : {}),
    ...(Object.keys(figures).length > 0 ? { figures } : {}),
  };
}
