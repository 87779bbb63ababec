export { readCatalogue, type ObjectKind, type SchemaObject } from './catalogue.ts';
export { compareSchema, requireSchema, SchemaIncomplete, type SchemaFindings } from './check-schema.ts';
export { formatSchema, parseSchema, readSchemaFolder, SCHEMA_FOLDER } from './dump.ts';
