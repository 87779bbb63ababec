export { loadSessionTable, ROWS_MAX, summarise, type SessionTable, type SessionTableSummary } from './load.ts';
export { mappingFile, MAPPINGS, parseMapping, readMapping, SessionTableFault, shippedMapping, type SessionTableMapping } from './mapping.ts';
export { readSessionTable, RECORD_CHARS_MAX, type TableSource } from './read.ts';
export type { NotReplayableCode, ProblemCode, RowProblem, SessionRow } from './row.ts';
