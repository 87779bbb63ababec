/** A printable table, A4 across, in Noto Sans SC (OFL-1.1), of which only the glyphs that occur are embedded. */
import { setImmediate as breathe } from 'node:timers/promises';
import PdfDocument from 'pdfkit';
import { loadFont } from '../../../platform/documents/index.ts';
import { say, type Language } from './words.ts';
import type { Row, Sheet } from './sheet.ts';

/** A document for reading; longer tables are for CSV and XLSX. */
export const PDF_ROWS_MAX = 2_000;

const MARGIN = 32, LINE = 13, SIZE = 7.5, ROWS_BETWEEN_BREATHS = 20;

export async function writePdf(sheet: Sheet, rows: readonly Row[], language: Language): Promise<Buffer> {
  const doc = new PdfDocument({ size: 'A4', layout: 'landscape', margin: MARGIN, bufferPages: true, info: { Title: sheet.title, Producer: 'Kirchhoff' } });
  const chunks: Buffer[] = [];
  doc.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => { doc.on('end', resolve); doc.on('error', reject); });
  doc.registerFont('regular', await loadFont('regular'));
  doc.registerFont('bold', await loadFont('bold'));
  doc.font('bold').fontSize(15).text(sheet.title, MARGIN, MARGIN).moveDown(0.4);
  for (const [name, value] of sheet.preface) {
    doc.font('bold').fontSize(8).text(`${name}  `, { continued: true }).font('regular').text(value);
  }
  doc.moveDown(0.6);
  await table(doc, sheet, rows);
  numberPages(doc, language);
  doc.end();
  await ended;
  return Buffer.concat(chunks);
}

async function table(doc: PDFKit.PDFDocument, { columns, footer }: Sheet, rows: readonly Row[]): Promise<void> {
  const usable = doc.page.width - 2 * MARGIN;
  const all = columns.reduce((sum, { width }) => sum + width, 0);
  const widths = columns.map(({ width }) => (usable * width) / all);
  let y = doc.y;
  const line = (row: Row, bold: boolean): void => {
    let x = MARGIN;
    doc.font(bold ? 'bold' : 'regular').fontSize(SIZE);
    for (const [i, text] of row.entries()) {
      const width = widths[i]!;
      if (text !== '') doc.text(text, x + 2, y + 2, { width: width - 4, height: LINE - 2, align: columns[i]!.decimals === null ? 'left' : 'right', lineBreak: false, ellipsis: true });
      x += width;
    }
    y += LINE;
    doc.moveTo(MARGIN, y).lineTo(MARGIN + usable, y).lineWidth(bold ? 0.8 : 0.2).strokeColor('#888888').stroke();
  };
  const head = (): void => line(columns.map(({ title }) => title), true);
  const room = (): void => {
    if (y + LINE <= doc.page.height - MARGIN - LINE) return;
    doc.addPage();
    y = MARGIN;
    head();
  };
  head();
  for (const [i, row] of rows.entries()) {
    room();
    line(row, false);
    // Laying out keeps the processor; others get their turn in between.
    if (i % ROWS_BETWEEN_BREATHS === 0) await breathe();
  }
  for (const row of footer) { room(); line(row, true); }
}

function numberPages(doc: PDFKit.PDFDocument, language: Language): void {
  const { start, count } = doc.bufferedPageRange();
  for (let i = 0; i < count; i++) {
    doc.switchToPage(start + i);
    // Below the margin, where text would open another page.
    doc.page.margins.bottom = 0;
    doc.font('regular').fontSize(7).fillColor('#444444').text(`Kirchhoff · ${say(language, 'page')} ${i + 1} / ${count}`, MARGIN, doc.page.height - MARGIN + 6, { width: doc.page.width - 2 * MARGIN, align: 'right', lineBreak: false });
    doc.fillColor('black');
  }
}
