export {
  loadSessionTable, mappingFile, MAPPINGS, parseMapping, readMapping, readSessionTable, SessionTableFault, shippedMapping, summarise, type SessionRow, type SessionTable, type SessionTableMapping,
  type SessionTableSummary, type TableSource,
} from './table/index.ts';
export { proposeForFile, previewTable, PREVIEW_ROWS_MAX, type PreviewedRow, type TablePreview } from './commands/preview-table.ts';
export { bringAgain, startImport, uploadTable, workImport, workImports, type ImportWork } from './commands/import-table.ts';
export type { GivenColumns, MappingConfidence, MappingDoubt, MappingProposal } from './domain/propose-mapping.ts';
export { judgeChargePoint, learnPowerW, type JudgeContext, type JudgedRow, type RowToJudge } from './domain/judge.ts';
export { IMPORT_STATES, listImports, loadImport, type SessionImport } from './store/imports.ts';
export { listRows, summariseImport, type ImportedRow, type ImportSummary } from './store/rows.ts';
export { registerImportRoutes, type ImportRouteOptions } from './http/imports.ts';
export { importTablesJob } from './jobs/import-tables.ts';
