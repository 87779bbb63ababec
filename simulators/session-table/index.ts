export { generateSessionTable, GENERATED_ROWS_MAX, SESSION_TABLE_FLAVOURS, type GenerateOptions, type SessionTableFlavour } from './generate.ts';
export { loadSessionTable, ROWS_MAX, summarise, type SessionTable, type SessionTableSummary } from './load.ts';
export { MAPPINGS, parseMapping, readMapping, SessionTableFault, shippedMapping, type SessionTableMapping } from './mapping.ts';
export { readSessionTable, RECORD_CHARS_MAX, type TableSource } from './read.ts';
export type { NotReplayableCode, ProblemCode, RowProblem, SessionRow } from './row.ts';
