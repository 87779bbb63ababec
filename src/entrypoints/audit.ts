import { formatKilowattHours, type OperatorId } from '../kernel/index.ts';
import { findOperatorByCode, listOperators } from '../modules/parties/index.ts';
import { runChecks, type AuditFinding, type AuditReport } from '../platform/books-audit/index.ts';
import type { Database } from '../platform/database/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { AUDIT_CHECKS } from './audit-checks.ts';
import { configFor, type Command } from './command.ts';
import { EXIT, type Io } from './io.ts';
import { openSystem } from './open-system.ts';
import { UsageFault, type Parsed } from './options.ts';

export const auditCommand: Command = {
  name: 'audit',
  summary: 'Proves that the books balance: every invariant, one line each, for every operator.',
  detail: 'Reads one consistent moment of the running program, or of a stopped one; changes nothing.',
  options: [
    { name: 'operator', value: 'CODE', about: 'Only this operator.' },
    { name: 'json', about: 'Print one JSON object.' },
  ],
  exitCodes: { 0: 'every check holds', 1: 'a check failed; what is wrong is listed by id' },
  examples: ['kirchhoff audit', 'kirchhoff audit --operator demo --json'],
  run: async (parsed, io) => {
    const { config } = configFor(io);
    const system = await openSystem({ config, logger: silentLogger, as: 'command', name: 'audit' });
    try {
      return await audit(system.database, parsed, io);
    } finally {
      await system.close();
    }
  },
};

async function audit(database: Database, parsed: Parsed, io: Io): Promise<number> {
  const report = await runAudit(database, await operatorNamed(database, parsed.text('operator')));
  io.out(parsed.has('json') ? auditJson(report) : auditText(report));
  return report.ok ? EXIT.ok : EXIT.failed;
}

async function operatorNamed(database: Database, code: string | undefined): Promise<OperatorId | undefined> {
  if (code === undefined) return undefined;
  const operatorId = await findOperatorByCode(database, code);
  if (operatorId === null) throw new UsageFault(`there is no operator with the code ${code}`);
  return operatorId;
}

/** Every invariant of every module, for one operator or all of them. Also what the console's books page shows. */
export async function runAudit(database: Database, operatorId?: OperatorId): Promise<AuditReport> {
  const operators = operatorId === undefined ? (await listOperators(database, 'audit the books')).map((operator) => operator.operatorId) : [operatorId];
  return runChecks(database, { operators, checks: AUDIT_CHECKS });
}

export function auditText(report: AuditReport): string {
  const width = Math.max(0, ...report.findings.map((finding) => finding.check.length));
  const lines = report.findings.flatMap((finding) => [
    `${finding.failed === 0 ? 'ok    ' : 'FAILED'}  ${finding.check.padEnd(width)}  ${String(finding.checked).padStart(9)} checked  ${finding.about}`,
    ...figureLines(finding),
    ...(finding.failed === 0 ? [] : [`          ${finding.failed} wrong:`, ...finding.offending.map((id, index) => `            ${id}  ${finding.details?.[index] ?? ''}`.trimEnd())]),
  ]);
  const failed = report.findings.filter((finding) => finding.failed > 0).length;
  const verdict = report.findings.length === 0 ? 'There is nothing to audit yet.'
    : failed === 0 ? `The books balance: ${report.findings.length} checks over ${report.operators} operator${report.operators === 1 ? '' : 's'}.`
      : `The books do NOT balance: ${failed} of ${report.findings.length} checks failed.`;
  return [...lines, '', verdict].join('\n');
}

/** Figures whose names end in Wh are shown in kWh; the last is what nobody could explain. */
const figureLines = ({ figures }: AuditFinding): string[] => (figures === undefined ? []
  : [`          ${Object.entries(figures).map(([name, value]) => (name.endsWith('Wh') ? `${name.slice(0, -2)} ${formatKilowattHours(value)} kWh` : `${name} ${value}`)).join(' · ')}`]);

export const auditJson = (report: AuditReport): string =>
  JSON.stringify(report, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
