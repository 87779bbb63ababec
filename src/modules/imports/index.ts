export {
  loadSessionTable, mappingFile, MAPPINGS, parseMapping, readMapping, readSessionTable, SessionTableFault, shippedMapping, summarise, type SessionRow, type SessionTable, type SessionTableMapping,
  type SessionTableSummary, type TableSource,
} from './table/index.ts';
