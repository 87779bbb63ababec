export { OFFENDING_MAX, type AuditChecks, type AuditFinding } from './finding.ts';
export { auditPlatform } from './platform-checks.ts';
export { runChecks, type AuditReport } from './run-checks.ts';
