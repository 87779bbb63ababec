/** The door of `reconciliation`: channel statements against payments and refunds. */
export { importStatement, STATEMENT_BYTES_MAX, type ImportedStatement, type StatementToImport } from './commands/import-statement.ts';
export { reconcileDay, type DayToReconcile } from './commands/reconcile-day.ts';
export { BREAK_KINDS, type BreakKind } from './domain/match.ts';
export { businessDateOf, businessDay } from './domain/business-day.ts';
export { StatementUnreadable } from './domain/line.ts';
export { type DayReport } from './store/runs.ts';
export { type StatementFormat, type StoredStatement } from './store/statements.ts';
export { fetchStatement, settleDay, type Day, type DayOptions, type FetchRejection } from './commands/settle-day.ts';
export { checkFundFlow, type FundFlow } from './commands/check-fund-flow.ts';
export { setFeeRate } from './store/fee-contracts.ts';
export { reconcileDaysJob, requestReadyDays, workDay, type ReconcileOptions } from './jobs/reconcile-days.ts';
export { registerReconciliationRoutes } from './http/reconciliation.ts';
export { writeOffApproval } from './http/ending.ts';
export { auditReconciliation, type ReconciliationAuditCheck } from './queries/audit.ts';
export { openBreaksUntil } from './store/breaks.ts';
export { bookPosting, closeMonth, type PostingToBook } from './store/postings.ts';
