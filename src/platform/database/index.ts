export { connectDatabase, constraintOf, isRetryable, OPERATORS_PER_TRANSACTION_MAX, sqlState, TRANSACTION_ATTEMPTS_MAX, type DatabaseOptions, type DatabaseUrls } from './connect.ts';
export { isProgramFault } from './fault.ts';
export { migrate, MigrationFault, readMigrations, type Migration } from './migrate.ts';
export { DATABASE_ROLES, ensureRoles, rolePassword, roleUrls, type DatabaseRole } from './roles.ts';
export { sqlTimestamp, type Database, type OperatorDatabase, type Queryable, type Row, type Statement, type Tx } from './types.ts';
