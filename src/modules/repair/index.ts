/** The door of `repair`: cases of what is abnormal, who decides them, and what is repaired without a person. */
export { CASE_STATES, CLOSED_STATES, CONFIDENCES, isClosed, type CaseEvent, type CaseState, type RepairCase } from './domain/case.ts';
export { defaultRepairPolicy, type AutomaticRule, type RepairPolicy } from './domain/policy.ts';
export {
  repairSubjects, SUBJECTS_MAX,
  type Applied, type By, type Choice, type Evidence, type RepairSubject, type RepairSubjects, type SubjectCandidate, type SubjectProposal, type SubjectRejection, type SubjectStanding,
} from './subject.ts';
export { syncCases } from './commands/sync-cases.ts';
export { applyCase, assignCase, dismissCase, reopenCase, revertCase, type ApplyCase, type CaseRejection } from './commands/decide-case.ts';
export { AUTOMATIC_PAGE, repairAutomatically, type AutomaticSummary } from './commands/automatic.ts';
export { BULK_PAGE, pauseBulk, previewBulk, previewRevert, startBulk, workBulk, type BulkRejection } from './commands/bulk.ts';
export { changeRepairPolicy } from './commands/change-policy.ts';
export { loadRepairPolicy } from './store/policy.ts';
export { groupsOf, listItems, listRuns, loadRun, type BulkFilter, type BulkGroup, type BulkItem, type BulkRun } from './store/bulk.ts';
export { caseEvents } from './store/cases.ts';
export { casesOf, countCases, listCases, loadCase, type CaseCounts, type CaseFilter, type CaseGroup, type PlacesSeen } from './queries/cases.ts';
export { auditRepair, type RepairAuditCheck } from './queries/audit.ts';
export { registerRepairRoutes, type RepairSurroundings } from './http/index.ts';
