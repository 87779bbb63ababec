/** What repair tells the others, in the past tense; payloads carry ids, amounts as decimal strings and instants as milliseconds. */
export const REPAIR_EVENTS = {
  /** { caseId, subjectKind, subjectId, primaryCause, state, again }: again is whether it had been closed before */
  caseOpened: 'repair.case.opened.v1',
  /** { caseId, subjectKind, subjectId, primaryCause, state, actor } */
  caseClosed: 'repair.case.closed.v1',
} as const;
