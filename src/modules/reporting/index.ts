/** The door of `reporting`: what bills add to reports, published periods, settlement statements, export files. */
export { catchUp, rebuildMovements, recordMovements, reportingSubscriber } from './commands/record-movements.ts';
export { mayPublish, publishPeriod, type PublishRejection } from './commands/publish-period.ts';
export { auditReporting, type ReportingAuditCheck } from './queries/audit.ts';
export { listAdjustments, listBillsToReview, readReport, type Adjustment, type BillToReview, type Narrowing, type Report } from './queries/read-report.ts';
export { figuresBy, sumFigures, wholeReport, type Filter } from './queries/figures.ts';
export { DIMENSIONS, type Dimension } from './domain/dimension.ts';
export { MEASURES, type Figures, type Measure } from './domain/measures.ts';
export { parsePeriod, type Period } from './domain/period.ts';
export { findPublication, publishedFigures, type Publication } from './store/publications.ts';
export { closeStatement, createStatement, openBillsOf, openBillsOfCharging, startClosing, withdrawStatement, type CloseRejection, type CreateStatementRejection, type OpenAbnormalBills, type StartClosingRejection } from './commands/statements.ts';
export type { OpenAbnormalBill, Statement, StatementFigures, SubjectKind } from './domain/statement.ts';
export { findStatement, listStatements, sumStatement } from './store/statements.ts';
export { exportContent, requestExport, writeExports, writeExportsJob, type RequestExportRejection } from './commands/write-exports.ts';
export { findExport, listExports, type Export } from './store/exports.ts';
export { registerReportingRoutes, type ReportingOptions } from './http/index.ts';
export { publishPeriodApproval } from './http/reports.ts';
