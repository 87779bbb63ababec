import { auditPlatform, type AuditChecks } from '../platform/books-audit/index.ts';

/** Every module's part of the audit, in the order in which it is printed. */
export const AUDIT_CHECKS: readonly AuditChecks[] = [auditPlatform];
