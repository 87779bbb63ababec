export { generateSessionTable, GENERATED_ROWS_MAX, SESSION_TABLE_FLAVOURS, type GenerateOptions, type SessionTableFlavour } from './generate.ts';
