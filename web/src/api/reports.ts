import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components, operations } from './contract.ts';

export type Report = components['schemas']['Report'];
export type ReportFigures = components['schemas']['ReportFigures'];
export type ReportRow = components['schemas']['ReportRow'];
export type ReportPeriod = components['schemas']['ReportPeriod'];
export type ReportState = components['schemas']['ReportState'];
export type ReportPublication = components['schemas']['ReportPublication'];
export type ReportAdjustment = components['schemas']['ReportAdjustment'];
export type BillToReview = components['schemas']['ReportBillToReview'];
export type Dimension = components['schemas']['ReportDimension'];
export type PeriodKind = components['schemas']['ReportPeriodKind'];
export type ReportExport = components['schemas']['ReportExport'];
export type ExportFormat = components['schemas']['ExportFormat'];
export type ExportBody = operations['requestReportExport']['requestBody']['content']['application/json'];

export const DIMENSIONS: readonly Dimension[] = ['station', 'day', 'sub_operator', 'department', 'fleet', 'vehicle', 'start_mode'];
/** What narrows a report to a part of itself. */
export const NARROWING = ['stationId', 'subOperatorId', 'departmentId', 'fleetId', 'vehicleId', 'startMode'] as const;
export type Narrowing = { readonly [K in (typeof NARROWING)[number]]?: string };
export const START_MODES = ['card', 'app', 'qr', 'vin', 'station_password', 'remote_by_clerk', 'roaming', 'unknown'] as const;

const PERIODS_PER_PAGE = 31, ROWS_PER_PAGE = 200, EXPORTS_PER_PAGE = 50;
type ReportQuery = NonNullable<operations['getReport']['parameters']['query']>;

export const loadPeriods = (kind: PeriodKind, cursor: string | undefined) => unwrap(api.GET('/api/v1/report-periods', { params: { query: { kind, ...pageAt(cursor, PERIODS_PER_PAGE) } } }));
export const loadReport = (period: string, groupBy: Dimension, narrowing: Narrowing, cursor: string | undefined): Promise<Report> =>
  unwrap(api.GET('/api/v1/reports/{period}', { params: { path: { period }, query: { groupBy, ...narrowing, ...pageAt(cursor, ROWS_PER_PAGE) } as ReportQuery } }));
export const loadAdjustments = (period: string, which: 'counted' | 'later', narrowing: Narrowing, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/reports/{period}/adjustments', { params: { path: { period }, query: { which, ...narrowing, ...pageAt(cursor) } as ReportQuery } }));
export const loadBillsToReview = (period: string, narrowing: Narrowing, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/reports/{period}/bills-to-review', { params: { path: { period }, query: { ...narrowing, ...pageAt(cursor) } as ReportQuery } }));
export const publishReport = ({ period, reason }: { period: string; reason: string | null }, idempotencyKey: string) =>
  unwrap(api.POST('/api/v1/report-periods/{period}/publication', { params: { ...keyed(idempotencyKey), path: { period } }, body: { reason } }));
export const loadReportPolicy = () => unwrap(api.GET('/api/v1/report-policy'));

export const requestExport = (body: ExportBody, idempotencyKey: string): Promise<ReportExport> => unwrap(api.POST('/api/v1/report-exports', { params: keyed(idempotencyKey), body }));
export const loadExports = (cursor: string | undefined) => unwrap(api.GET('/api/v1/report-exports', { params: { query: pageAt(cursor, EXPORTS_PER_PAGE) } }));
export const exportAddress = (exportId: string): string => `/api/v1/report-exports/${exportId}/content`;
export const isWriting = ({ state }: Pick<ReportExport, 'state'>): boolean => state === 'waiting' || state === 'running';
