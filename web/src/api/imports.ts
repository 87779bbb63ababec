import { api, keyed, pageAt, unwrap } from './client.ts';
import type { components, operations } from './contract.ts';
import { ProblemError, problemFromResponse } from './problem.ts';
import { currentLanguage } from '../app/preferences.ts';

export type SessionImport = components['schemas']['SessionImport'];
export type ImportState = SessionImport['state'];
export type ImportStory = components['schemas']['SessionImportStory'];
export type ImportSummary = components['schemas']['ImportSummary'];
export type ImportedRow = components['schemas']['ImportedRow'];
export type ImportPreview = components['schemas']['ImportPreview'];
export type Proposal = components['schemas']['MappingProposal'];
export type Confidence = 'given' | 'sure' | 'likely' | 'guess';
export type RowsShown = NonNullable<NonNullable<operations['listImportedSessions']['parameters']['query']>['which']>;

export type DurationUnit = 'h:mm:ss' | 'h:mm' | 's' | 'min' | 'h';
export type TimeFormat = string | { readonly format: string; readonly swapDayAndMonth: 'when_both_fit' };
/** How a table is read (docs/reference/session-tables.md): the parts that the console shows and changes. */
export type Mapping = {
  readonly title: string;
  readonly file?: { readonly encoding?: string; readonly delimiter?: string; readonly skipLines?: number };
  readonly chargePoint: { readonly columns: readonly string[] };
  readonly name?: { readonly columns: readonly string[] };
  readonly externalId?: { readonly columns: readonly string[] };
  readonly connector?: { readonly column: string; readonly names?: Readonly<Record<string, number>> } | { readonly constant: number } | { readonly byOverlap: number };
  readonly time: { readonly formats: readonly TimeFormat[]; readonly zone: string; readonly writtenOffset?: 'honour' | 'ignore'; readonly notBefore?: string };
  readonly start: { readonly columns: readonly string[] };
  readonly end?: { readonly columns: readonly string[] };
  readonly energy: { readonly column: string; readonly unit: 'Wh' | 'kWh' | 'MWh'; readonly decimalMark?: '.' | ',' };
  readonly duration?: { readonly column: string; readonly unit: DurationUnit };
  readonly chargingTime?: { readonly column: string; readonly unit: DurationUnit };
};
export const MAPPED_FIELDS = ['chargePoint', 'name', 'externalId', 'connector', 'startDate', 'startTime', 'endDate', 'endTime', 'energy', 'duration', 'chargingTime'] as const;
export type MappedField = (typeof MAPPED_FIELDS)[number];
/** Columns that a person has chosen; null: no column is that. */
export type GivenColumns = Readonly<Partial<Record<MappedField, string | null>>>;

/** How the text is cut into columns, where somebody knows better than its looks. */
export type FileForm = { readonly encoding?: string; readonly delimiter?: string; readonly skipLines?: number };

/** The server takes so much over HTTP; larger tables come in by `kirchhoff import sessions`, which streams. */
export const UPLOAD_BYTES_MAX = 50_000_000;
const FILE_NAME_LENGTH_MAX = 200;

/** Sends a file as it is, telling how much of it has gone: `fetch` cannot say that. */
export function uploadTable(file: File, onProgress: (share: number) => void): { readonly done: Promise<SessionImport>; readonly abort: () => void } {
  const request = new XMLHttpRequest();
  const done = new Promise<SessionImport>((resolve, reject) => {
    request.upload.onprogress = (event) => { if (event.lengthComputable) onProgress(event.loaded / event.total); };
    request.onerror = () => reject(new TypeError('the connection was lost'));
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'));
    request.onload = () => {
      const body: unknown = readJson(request.responseText);
      if (request.status === 201) resolve(body as SessionImport);
      else reject(new ProblemError(problemFromResponse(new Response(null, { status: request.status >= 200 && request.status <= 599 ? request.status : 500 }), body)));
    };
  });
  request.open('POST', `/api/v1/session-imports?fileName=${encodeURIComponent(file.name.slice(-FILE_NAME_LENGTH_MAX))}`);
  request.setRequestHeader('content-type', 'application/octet-stream');
  request.setRequestHeader('x-kirchhoff-console', '1');
  request.setRequestHeader('accept-language', currentLanguage() === 'zh' ? 'zh-CN' : 'en');
  request.send(file);
  return { done, abort: () => request.abort() };
}

function readJson(text: string): unknown {
  try { return JSON.parse(text); } catch { return null; }
}

const at = (importId: string) => ({ params: { path: { importId } } });
export const loadImports = (cursor: string | undefined) => unwrap(api.GET('/api/v1/session-imports', { params: { query: pageAt(cursor, 50) } }));
export const loadImport = (importId: string): Promise<ImportStory> => unwrap(api.GET('/api/v1/session-imports/{importId}', at(importId)));
/** What the columns seem to be; those that a person has chosen stand. */
export const proposeMapping = (importId: string, columns: GivenColumns, file: FileForm): Promise<Proposal> => unwrap(api.POST('/api/v1/session-imports/{importId}/proposal', { ...at(importId), body: { columns, file } }));
export const previewImport = (importId: string, mapping: Mapping): Promise<ImportPreview> => unwrap(api.POST('/api/v1/session-imports/{importId}/preview', { ...at(importId), body: { mapping: mapping as unknown as Record<string, never> } }));
export const startImport = ({ importId, mapping }: { importId: string; mapping: Mapping }): Promise<SessionImport> => unwrap(api.POST('/api/v1/session-imports/{importId}/start', { ...at(importId), body: { mapping: mapping as unknown as Record<string, never> } }));
export const bringAgain = ({ importId }: { importId: string }, key: string): Promise<SessionImport> => unwrap(api.POST('/api/v1/session-imports/{importId}/again', { params: { path: { importId }, ...keyed(key) } }));
export const loadRows = (importId: string, which: RowsShown, cause: string | undefined, cursor: string | undefined) =>
  unwrap(api.GET('/api/v1/session-imports/{importId}/rows', { params: { path: { importId }, query: { which, ...pageAt(cursor), ...(cause ? { cause } : {}) } } }));
export const rowsAddress = (importId: string, which: RowsShown): string => `/api/v1/session-imports/${importId}/files/${which}`;
