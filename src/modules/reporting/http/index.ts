import type { Api } from '../../../platform/http/index.ts';
import { registerExports, type ExportOptions } from './exports.ts';
import { registerReports } from './reports.ts';
import { registerStatements, type StatementOptions } from './statements.ts';

export type ReportingOptions = StatementOptions & ExportOptions;

export function registerReportingRoutes(api: Api, options: ReportingOptions): void {
  registerReports(api, options);
  registerStatements(api, options);
  registerExports(api, options);
}
