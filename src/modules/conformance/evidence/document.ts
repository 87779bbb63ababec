/** The pack's document, A4 upright: score, comparison, and each kind of fault with what the protocol prescribes, what was counted and what it looked like. */
import PdfDocument from 'pdfkit';
import { toIso, type Instant } from '../../../kernel/index.ts';
import { loadFont } from '../../../platform/documents/index.ts';
import { FAULTS, type Fault } from '../domain/kind.ts';
import type { PartScore } from '../domain/score.ts';
import type { MakeDetail } from '../queries/makes.ts';
import { PRESCRIBED } from './prescribed.ts';
import { AMOUNTS_SAID, percent, pick, say, sayAmount, sayPart, type Language } from './words.ts';

const MARGIN = 40, EXAMPLE_LENGTH_MAX = 900;
export type DocumentExample = { readonly title: string; readonly detail: string; readonly lines: readonly string[] };
export type DocumentContent = { readonly detail: MakeDetail; readonly from: string; readonly to: string; readonly at: Instant; readonly examples: ReadonlyMap<Fault, readonly DocumentExample[]> };

export async function writeDocument(of: DocumentContent, language: Language): Promise<Buffer> {
  const doc = new PdfDocument({ size: 'A4', margin: MARGIN, bufferPages: true, info: { Title: say(language, 'title'), Producer: 'Kirchhoff', CreationDate: new Date(of.at) } });
  const chunks: Buffer[] = [];
  doc.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => { doc.on('end', resolve); doc.on('error', reject); });
  doc.registerFont('regular', await loadFont('regular'));
  doc.registerFont('bold', await loadFont('bold'));
  head(doc, of, language);
  scoreTable(doc, of.detail.make.parts, language);
  comparisons(doc, of.detail, language);
  for (const fault of FAULTS) if (of.detail.make.counts[fault] > 0n) faultSection(doc, fault, of, language);
  numberPages(doc, language);
  doc.end();
  await ended;
  return Buffer.concat(chunks);
}

type Doc = PDFKit.PDFDocument;
const heading = (doc: Doc, text: string): void => { if (doc.y > doc.page.height - 120) doc.addPage(); doc.moveDown(0.8).font('bold').fontSize(12).text(text, MARGIN).moveDown(0.3); };
const line = (doc: Doc, name: string, value: string): void => void doc.font('bold').fontSize(9).text(`${name}  `, MARGIN, doc.y, { continued: true }).font('regular').text(value);
const named = (language: Language, text: string | null): string => (text === null ? say(language, 'all') : text === '' ? say(language, 'unknown') : text);

function head(doc: Doc, { detail: { make }, from, to, at }: DocumentContent, language: Language): void {
  doc.font('bold').fontSize(17).text(say(language, 'title'), MARGIN, MARGIN).moveDown(0.4);
  line(doc, say(language, 'maker'), named(language, make.maker));
  line(doc, say(language, 'model'), named(language, make.model));
  line(doc, say(language, 'firmware'), named(language, make.firmware));
  line(doc, say(language, 'period'), `${from} – ${to}`);
  line(doc, say(language, 'points'), String(make.points));
  line(doc, say(language, 'written'), toIso(at));
  line(doc, say(language, 'score'), make.score === null ? '–' : `${make.score} / 100  (${say(language, 'lowest')} ${make.lowest})`);
  line(doc, say(language, 'confidence'), say(language, make.confidence));
  doc.moveDown(0.4).font('regular').fontSize(8).fillColor('#444444').text(`${say(language, 'method')} ${say(language, 'privacy')}`).fillColor('black');
  heading(doc, say(language, 'counts'));
  doc.font('regular').fontSize(9).text(AMOUNTS_SAID.map((amount) => `${sayAmount(language, amount)}: ${make.counts[amount]}`).join('   '));
}

function row(doc: Doc, cells: readonly string[], bold: boolean): void {
  const widths = [170, 60, 70, 60, 95, 55];
  if (doc.y > doc.page.height - MARGIN - 24) doc.addPage();
  const y = doc.y;
  let x = MARGIN;
  doc.font(bold ? 'bold' : 'regular').fontSize(8.5);
  for (const [i, cell] of cells.entries()) { doc.text(cell, x + 2, y, { width: widths[i]! - 4, height: 12, align: i === 0 ? 'left' : 'right', lineBreak: false, ellipsis: true }); x += widths[i]!; }
  doc.y = y + 14;
  doc.moveTo(MARGIN, doc.y - 2).lineTo(x, doc.y - 2).lineWidth(bold ? 0.8 : 0.2).strokeColor('#888888').stroke();
}

function scoreTable(doc: Doc, parts: readonly PartScore[], language: Language): void {
  heading(doc, say(language, 'summary'));
  row(doc, (['part', 'faults', 'chances', 'rate', 'range', 'points100'] as const).map((word) => say(language, word)), true);
  for (const { part, faults, chances, rate, interval, points } of parts) {
    row(doc, [sayPart(language, part), String(faults), String(chances), chances === 0 ? '–' : percent(rate), chances === 0 ? '–' : `${percent(interval.low)} – ${percent(interval.high)}`, points === null ? '–' : String(points)], false);
  }
  doc.x = MARGIN;
}

function comparisons(doc: Doc, { fleet, firmwares }: MakeDetail, language: Language): void {
  if (fleet !== null) {
    heading(doc, say(language, 'fleet'));
    for (const { part, before, after, verdict } of fleet.comparison) line(doc, sayPart(language, part), `${percent(after.rate)} (${say(language, 'elsewhere')} ${percent(before.rate)})${verdict === 'no_difference_shown' ? ` · ${say(language, verdict)}` : ''}`);
  }
  if (firmwares.length < 2) return;
  heading(doc, say(language, 'firmwares'));
  for (const { firmware, score, since } of firmwares) {
    line(doc, named(language, firmware), score === null ? '–' : String(score));
    for (const { part, before, after, verdict } of since?.changes ?? []) if (verdict !== 'no_difference_shown') doc.font('regular').fontSize(8.5).text(`${sayPart(language, part)}: ${say(language, verdict)}, ${percent(before.rate)} ${say(language, 'to')} ${percent(after.rate)}`, MARGIN + 14).text('', MARGIN);
  }
}

function faultSection(doc: Doc, fault: Fault, { detail, examples }: DocumentContent, language: Language): void {
  const { title, clauses, rule } = PRESCRIBED[fault];
  heading(doc, `${pick(language, title)}: ${detail.make.counts[fault]}`);
  line(doc, say(language, 'prescribes'), `${pick(language, rule)} [${clauses.join('; ')}]`);
  const shown = examples.get(fault) ?? [];
  doc.moveDown(0.3).font('bold').fontSize(9).text(say(language, 'examples'), MARGIN);
  if (shown.length === 0) doc.font('regular').fontSize(8.5).text(say(language, 'noExamples'));
  for (const example of shown) {
    doc.moveDown(0.2).font('bold').fontSize(8).text(example.title).font('regular');
    if (example.detail !== '') doc.fontSize(8).text(example.detail);
    for (const each of example.lines) doc.fontSize(7).fillColor('#333333').text(each.slice(0, EXAMPLE_LENGTH_MAX)).fillColor('black');
  }
}

function numberPages(doc: Doc, language: Language): void {
  const { start, count } = doc.bufferedPageRange();
  for (let i = 0; i < count; i++) {
    doc.switchToPage(start + i);
    doc.page.margins.bottom = 0;
    doc.font('regular').fontSize(7).fillColor('#444444').text(`Kirchhoff · ${say(language, 'page')} ${i + 1} / ${count}`, MARGIN, doc.page.height - MARGIN + 8, { width: doc.page.width - 2 * MARGIN, align: 'right', lineBreak: false }).fillColor('black');
  }
}
