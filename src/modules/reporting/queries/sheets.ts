/** What is written into files: a report, a statement, or the bills behind them, as a table. */
import { CURRENCY_DECIMALS, toIso, type CurrencyCode } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { loadOperator } from '../../parties/index.ts';
import type { Keyed } from '../domain/canonical.ts';
import type { Dimension } from '../domain/dimension.ts';
import { COUNTS, MEASURES, type Figures, type Measure } from '../domain/measures.ts';
import { parsePeriod, periodName } from '../domain/period.ts';
import { decimal, type Row, type Sheet, type SheetColumn } from '../files/sheet.ts';
import { say, sayIfKnown, type Word } from '../files/words.ts';
import { subjectNames } from '../commands/statements.ts';
import { findStatement, sumStatement } from '../store/statements.ts';
import { billsSheet } from './bills-sheet.ts';
import type { ExportSubject, ReportParameters, SheetOptions, StatementParameters } from './sheet-parameters.ts';
import { FIGURE_ROWS_MAX } from './figures.ts';
import { keyToJson, namesOf } from './names.ts';
import { readReport } from './read-report.ts';

/** @returns null when what it is of does not exist any more. */
export async function openSheet(tx: Tx, of: ExportSubject, options: SheetOptions): Promise<Sheet | null> {
  switch (of.subject) {
    case 'report': return reportSheet(tx, of.parameters, options);
    case 'bills': return billsSheet(tx, of.parameters, options);
    case 'statement': return statementSheet(tx, of.parameters, options);
  }
}

/** A page is as wide as paper is: prices by period are left to the other formats. */
const ON_PAPER: readonly Measure[] = ['billCount', 'heldCount', 'doubtCount', 'energyWh', 'sharpWh', 'peakWh', 'flatWh', 'valleyWh', 'electricityMinor', 'serviceMinor', 'occupancyMinor', 'totalMinor', 'heldMinor'];

export const decimalsOf = (measure: Measure, currency: CurrencyCode): number => ((COUNTS as readonly string[]).includes(measure) ? 0 : measure.endsWith('Wh') ? 3 : CURRENCY_DECIMALS[currency]);
export const figureCells = (figures: Figures, measures: readonly Measure[], currency: CurrencyCode): string[] => measures.map((measure) => decimal(String(figures[measure]), decimalsOf(measure, currency)));

function figureSheet(of: {
  readonly title: Word; readonly dimension: Dimension; readonly currency: CurrencyCode; readonly preface: Sheet['preface']; readonly rows: readonly Keyed[]; readonly names: ReadonlyMap<string, string>;
  readonly footer: readonly (readonly [Word, Figures])[];
}, { language, format }: SheetOptions): Sheet {
  const measures = format === 'pdf' ? ON_PAPER : MEASURES;
  const withId = format !== 'pdf' && !['day', 'start_mode'].includes(of.dimension);
  const columns: SheetColumn[] = [
    { title: say(language, of.dimension), decimals: null, width: 22 }, ...(withId ? [{ title: 'id', decimals: null, width: 34 }] : []),
    ...measures.map((measure) => ({ title: say(language, measure), decimals: decimalsOf(measure, of.currency), width: 13 })),
  ];
  const rows: Row[] = of.rows.map(({ key, figures }) => [
    of.names.get(key) ?? (key === '' ? say(language, 'none') : sayIfKnown(language, keyToJson(of.dimension, key)!)), ...(withId ? [keyToJson(of.dimension, key) ?? ''] : []), ...figureCells(figures, measures, of.currency),
  ]);
  return {
    title: say(language, of.title), preface: of.preface, columns, rowsTotal: rows.length, rowsMax: FIGURE_ROWS_MAX, footer: of.footer.map(([word, figures]) => [say(language, word), ...(withId ? [''] : []), ...figureCells(figures, measures, of.currency)]),
    page: (_tx, reached, limit) => { const from = Number(reached?.[0] ?? 0); return Promise.resolve({ rows: rows.slice(from, from + limit), reached: [from + Math.min(limit, rows.length - from)] }); },
  };
}

async function reportSheet(tx: Tx, of: ReportParameters, options: SheetOptions): Promise<Sheet | null> {
  const { language, clock } = options;
  const period = parsePeriod(of.period);
  if (period === null) return null;
  const { name } = await loadOperator(tx);
  const report = await readReport(tx, { period, dimension: of.groupBy, narrowing: of.narrowing }, { clock });
  const { publication, currency } = report;
  const names = await namesOf(tx, of.groupBy, { keys: report.rows.map(({ key }) => key), plates: of.plates, clock });
  return figureSheet({
    title: 'report', dimension: of.groupBy, currency, rows: report.rows, names,
    preface: [
      [say(language, 'subject'), name], [say(language, 'period'), periodName(period)], [say(language, 'by'), say(language, of.groupBy)],
      [say(language, 'state'), say(language, report.state === 'published' ? 'publishedState' : report.state)], [say(language, 'policy'), say(language, report.abnormalBills)], [say(language, 'currency'), currency],
      ...(publication ? [[say(language, 'published'), toIso(publication.publishedAt)] as const, [say(language, 'hash'), publication.sha256] as const] : [[say(language, 'made'), toIso(clock.now())] as const]),
    ],
    footer: [['total', report.total], ['adjustments', report.adjustments], ...(publication ? [['laterAdjustments', report.laterAdjustments] as const] : [])],
  }, options);
}

async function statementSheet(tx: Tx, of: StatementParameters, options: SheetOptions): Promise<Sheet | null> {
  const { language, clock } = options;
  const statement = await findStatement(tx, of.statementId);
  if (statement === null) return null;
  const figures = statement.figures ?? await sumStatement(tx, statement);
  const rows = figures.parts[of.groupBy];
  const names = await namesOf(tx, of.groupBy, { keys: rows.map(({ key }) => key), plates: of.plates, clock });
  const subject = (await subjectNames(tx, statement.subjectKind)).get(statement.subjectId) ?? '';
  return figureSheet({
    title: 'statement', dimension: of.groupBy, currency: statement.currency, rows, names,
    preface: [
      [say(language, 'subject'), `${say(language, statement.subjectKind)} ${subject}`], [say(language, 'period'), `${statement.firstOn} – ${statement.lastOn}`], [say(language, 'state'), say(language, statement.state)],
      [say(language, 'currency'), statement.currency],
      ...(statement.waiverReason === null ? [] : [[say(language, 'waiver'), `${statement.waiverReason} (${statement.waived?.length ?? 0})`] as const]),
      ...(statement.closedAt === null ? [[say(language, 'made'), toIso(clock.now())] as const] : [[say(language, 'closedAt'), toIso(statement.closedAt)] as const, [say(language, 'hash'), statement.sha256!] as const]),
    ],
    footer: [['total', figures.total], ['adjustments', figures.adjustments]],
  }, options);
}
