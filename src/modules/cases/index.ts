/** The door of `cases`: what people report, what it concerns, and whether it came back. */
export {
  assignCase, commentCase, endQuietCases, makeKnown, noteHappening, observeCase, openCase, QUIET_RESOLUTION, reopenCase, resolveCase, resolvePasted,
  type CaseForm, type FoundRecord, type Happening, type RecordFinder, type ResolvedList,
} from './commands/work-case.ts';
export type { SubjectKind, SupportCase } from './domain/support-case.ts';
export { caseEvents, linksOf, listCases, loadCases, type CaseLink } from './store/cases.ts';
export { registerCaseRoutes as registerSupportCaseRoutes, type CaseRouteOptions } from './http/cases.ts';
export { endQuietCasesJob } from './jobs/end-quiet.ts';
