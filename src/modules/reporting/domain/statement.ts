import { createHash } from 'node:crypto';
import type { BillId, CurrencyCode, Instant, SessionId } from '../../../kernel/index.ts';
import { figuresFromJson, figuresToJson, type Figures, type Measure } from './measures.ts';
import type { Keyed } from './canonical.ts';
import type { Day } from './period.ts';

export const SUBJECT_KINDS = ['fleet', 'department', 'sub_operator'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];
export const STATEMENT_STATES = ['draft', 'closing', 'closed', 'waived', 'withdrawn'] as const;
export type StatementState = (typeof STATEMENT_STATES)[number];
export const STATEMENT_DAYS_MAX = 400;

/** A bill that somebody has to look at before what it is in can be settled. */
export type OpenAbnormalBill = { readonly sessionId: SessionId; readonly billId: BillId; readonly causes: readonly string[]; readonly since: Instant; readonly dueAt: Instant | null };

/** By what a statement is broken down; the days are those on which charging ended. */
export const STATEMENT_PARTS = ['day', 'station', 'vehicle', 'start_mode'] as const;
export type StatementPart = (typeof STATEMENT_PARTS)[number];
export const everyPart = <T>(of: (part: StatementPart) => T): Record<StatementPart, T> => ({ day: of('day'), station: of('station'), vehicle: of('vehicle'), start_mode: of('start_mode') });
export type StatementFigures = {
  readonly movements: bigint; readonly total: Figures;
  /** Of the total: what corrects days of statements that were closed before. */
  readonly adjustments: Figures;
  readonly parts: Readonly<Record<StatementPart, readonly Keyed[]>>;
};
export type Statement = {
  readonly statementId: string; readonly subjectKind: SubjectKind; readonly subjectId: string; readonly firstOn: Day; readonly lastOn: Day; readonly state: StatementState; readonly currency: CurrencyCode;
  readonly closesOn: Day | null; readonly madeBy: string; readonly madeAt: Instant; readonly closedBy: string | null; readonly closedAt: Instant | null;
  readonly waiverReason: string | null;
  /** The bills that were open when it was closed in spite of them. */
  readonly waived: readonly { readonly sessionId: SessionId; readonly billId: BillId; readonly causes: readonly string[] }[] | null;
  /** As they were when it was closed; null before. */
  readonly figures: StatementFigures | null; readonly sha256: string | null;
};

type KeyedJson = { readonly key: string; readonly figures: Record<Measure, string> };
export type StatementFiguresJson = { readonly movements: string; readonly total: Record<Measure, string>; readonly adjustments: Record<Measure, string>; readonly parts: Readonly<Record<StatementPart, readonly KeyedJson[]>> };

export const statementFiguresToJson = ({ movements, total, adjustments, parts }: StatementFigures): StatementFiguresJson => ({
  movements: String(movements), total: figuresToJson(total), adjustments: figuresToJson(adjustments),
  parts: everyPart((part) => parts[part].map(({ key, figures }) => ({ key, figures: figuresToJson(figures) }))),
});
export const statementFiguresFromJson = ({ movements, total, adjustments, parts }: StatementFiguresJson): StatementFigures => ({
  movements: BigInt(movements), total: figuresFromJson(total), adjustments: figuresFromJson(adjustments),
  parts: everyPart((part) => parts[part].map(({ key, figures }) => ({ key, figures: figuresFromJson(figures) }))),
});

/** The SHA-256 of whose statement it is, of when, and of every figure in its order. */
export function hashStatement(of: Pick<Statement, 'subjectKind' | 'subjectId' | 'firstOn' | 'lastOn' | 'currency'>, figures: StatementFigures): string {
  const hash = createHash('sha256').update(`${of.subjectKind} ${of.subjectId} ${of.firstOn} ${of.lastOn} ${of.currency}\n`);
  const line = (name: string, key: string, each: Figures): void => void hash.update(`${name} ${key} ${Object.values(figuresToJson(each)).join(' ')}\n`);
  line('total', '', figures.total);
  line('adjustments', '', figures.adjustments);
  for (const part of STATEMENT_PARTS) for (const { key, figures: each } of figures.parts[part]) line(part, key, each);
  return hash.digest('hex');
}
