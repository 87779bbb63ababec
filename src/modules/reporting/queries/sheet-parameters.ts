/** What a file is asked to be of. */
import type { Clock } from '../../../kernel/index.ts';
import type { Dimension } from '../domain/dimension.ts';
import type { StatementPart } from '../domain/statement.ts';
import type { Format, Language } from '../files/words.ts';
import type { Narrowing } from './read-report.ts';

export type ReportParameters = { readonly period: string; readonly groupBy: Dimension; readonly narrowing: Narrowing; readonly plates: boolean };
export type BillsParameters = { readonly firstOn: string; readonly lastOn: string; readonly narrowing: Narrowing };
export type StatementParameters = { readonly statementId: string; readonly groupBy: StatementPart; readonly plates: boolean };
export type ExportSubject =
  | { readonly subject: 'report'; readonly parameters: ReportParameters }
  | { readonly subject: 'bills'; readonly parameters: BillsParameters }
  | { readonly subject: 'statement'; readonly parameters: StatementParameters };
export type SheetOptions = { readonly language: Language; readonly format: Format; readonly clock: Clock };
