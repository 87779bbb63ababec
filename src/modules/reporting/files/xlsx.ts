/**
 * A workbook of one sheet, written from front to back in pieces that can be kept one by one: the archive's last entry is the sheet, its stream is cut at flush points, and what has to be known of it at the
 * end (three numbers) travels with the progress. So a killed export goes on, and a million rows take no memory. ECMA-376 part 1; APPNOTE.TXT 4.3 to 4.5.
 */
import { crc32, constants, deflateRawSync } from 'node:zlib';
import { assert } from '../../../kernel/index.ts';
import type { Row, Sheet, SheetColumn } from './sheet.ts';

export const XLSX_ROWS_MAX = 1_048_576 - 100;
/** Of the sheet so far: its checksum, and its length before and after compression; `line` is the next row's number. */
export type XlsxProgress = { readonly crc: number; readonly plain: number; readonly packed: number; readonly line: number };

const UINT32_MAX = 0xffff_ffff;
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main', RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships', PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const SHEET_NAME = 'xl/worksheets/sheet1.xml';
/** What XML 1.0 has no way to write. */
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const escape = (text: string): string => text.replace(UNWRITABLE, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const STYLES = `${XML}<styleSheet xmlns="${MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="#,##0.00"/><numFmt numFmtId="165" formatCode="#,##0.000"/></numFmts>
<fonts count="2"><font><sz val="10"/><name val="Arial"/></font><font><b/><sz val="10"/><name val="Arial"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="8"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>
<xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="3" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/><xf numFmtId="164" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/><xf numFmtId="165" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;
const styleOf = (decimals: number, bold: boolean): number => (bold ? 5 : 2) + (decimals === 0 ? 0 : decimals === 2 ? 1 : 2);

const fixedEntries = (sheet: Sheet): readonly (readonly [name: string, content: string])[] => [
  ['[Content_Types].xml', `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/${SHEET_NAME}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`],
  ['_rels/.rels', `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
  ['xl/workbook.xml', `${XML}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets><sheet name="${escape(sheet.title.replaceAll(/[[\]:*?/\\]/g, ' ').slice(0, 31))}" sheetId="1" r:id="rId1"/></sheets></workbook>`],
  ['xl/_rels/workbook.xml.rels', `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${RELATIONS}/styles" Target="styles.xml"/></Relationships>`],
  ['xl/styles.xml', STYLES],
];

/** A to Z, AA to ZZ: a table has no more columns. */
const columnName = (index: number): string => (index < 26 ? '' : String.fromCharCode(64 + Math.floor(index / 26))) + String.fromCharCode(65 + (index % 26));

function rowXml(line: number, row: Row, columns: readonly SheetColumn[], bold: boolean): string {
  let xml = `<row r="${line}">`;
  for (let i = 0; i < row.length; i++) {
    const text = row[i]!, decimals = columns[i]?.decimals ?? null;
    if (text === '') continue;
    const at = `${columnName(i)}${line}`;
    if (decimals === null) xml += `<c r="${at}"${bold ? ' s="1"' : ''} t="inlineStr"><is><t xml:space="preserve">${escape(text)}</t></is></c>`;
    else xml += `<c r="${at}" s="${styleOf(decimals, bold)}"><v>${text}</v></c>`;
  }
  return `${xml}</row>`;
}
const TEXT: readonly SheetColumn[] = [];

function pack(progress: XlsxProgress, xml: string, lines: number, last = false): { readonly bytes: Buffer; readonly progress: XlsxProgress } {
  const plain = Buffer.from(xml);
  const bytes = deflateRawSync(plain, { level: 6, finishFlush: last ? constants.Z_FINISH : constants.Z_FULL_FLUSH });
  return { bytes, progress: { crc: crc32(plain, progress.crc), plain: progress.plain + plain.length, packed: progress.packed + bytes.length, line: progress.line + lines } };
}

/** The file's beginning: everything but the rows. */
export function xlsxHead(sheet: Sheet): { readonly bytes: Buffer; readonly progress: XlsxProgress } {
  const files = fixedEntries(sheet).flatMap(([name, content]) => { const bytes = Buffer.from(content); return [localHeader(name, { method: 0, crc: crc32(bytes), size: bytes.length }), bytes]; });
  const columns = sheet.columns.map(({ width }, i) => `<col min="${i + 1}" max="${i + 1}" width="${width}" customWidth="1"/>`).join('');
  const rows = [...sheet.preface.map((line) => [...line]), ...(sheet.preface.length > 0 ? [[]] : [])];
  const xml = `${XML}<worksheet xmlns="${MAIN}"><cols>${columns}</cols><sheetData>${rows.map((row, i) => rowXml(i + 1, row, TEXT, false)).join('')}${rowXml(rows.length + 1, sheet.columns.map(({ title }) => title), TEXT, true)}`;
  const first = pack({ crc: 0, plain: 0, packed: 0, line: 1 }, xml, rows.length + 1);
  return { bytes: Buffer.concat([...files, localHeader(SHEET_NAME, null), first.bytes]), progress: first.progress };
}

export function xlsxRows(progress: XlsxProgress, columns: readonly SheetColumn[], rows: readonly Row[]): { readonly bytes: Buffer; readonly progress: XlsxProgress } {
  let xml = '';
  for (let i = 0; i < rows.length; i++) xml += rowXml(progress.line + i, rows[i]!, columns, false);
  return pack(progress, xml, rows.length);
}

/** The last rows, and the archive's directory. */
export function xlsxTail(progress: XlsxProgress, sheet: Sheet): Buffer {
  const xml = sheet.footer.map((row, i) => rowXml(progress.line + i, row, sheet.columns, true)).join('');
  const { bytes, progress: whole } = pack(progress, `${xml}</sheetData></worksheet>`, sheet.footer.length, true);
  assert(whole.plain <= UINT32_MAX && whole.packed <= UINT32_MAX, 'a sheet is smaller than four gigabytes');
  const descriptor = Buffer.alloc(16);
  for (const [i, value] of [0x08074b50, whole.crc, whole.packed, whole.plain].entries()) descriptor.writeUInt32LE(value, i * 4);
  let offset = 0;
  const directory = fixedEntries(sheet).map(([name, content]) => {
    const file = Buffer.from(content);
    const entry = directoryEntry(name, { method: 0, crc: crc32(file), packed: file.length, plain: file.length, offset });
    offset += 30 + Buffer.byteLength(name) + file.length;
    return entry;
  });
  directory.push(directoryEntry(SHEET_NAME, { method: 8, crc: whole.crc, packed: whole.packed, plain: whole.plain, offset }));
  const at = offset + 30 + SHEET_NAME.length + whole.packed + descriptor.length;
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([bytes, descriptor, ...directory, end]);
}

const UTF8 = 0x0800, SIZES_FOLLOW = 0x0008, VERSION = 20, FIRST_DAY = 0x21;

/** @param known null where checksum and sizes follow the content. */
function localHeader(name: string, known: { readonly method: number; readonly crc: number; readonly size: number } | null): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(VERSION, 4);
  header.writeUInt16LE(UTF8 | (known ? 0 : SIZES_FOLLOW), 6);
  header.writeUInt16LE(known ? known.method : 8, 8);
  header.writeUInt16LE(FIRST_DAY, 12);
  header.writeUInt32LE(known?.crc ?? 0, 14);
  header.writeUInt32LE(known?.size ?? 0, 18);
  header.writeUInt32LE(known?.size ?? 0, 22);
  header.writeUInt16LE(Buffer.byteLength(name), 26);
  return Buffer.concat([header, Buffer.from(name)]);
}

function directoryEntry(name: string, of: { readonly method: number; readonly crc: number; readonly packed: number; readonly plain: number; readonly offset: number }): Buffer {
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(VERSION, 4);
  entry.writeUInt16LE(VERSION, 6);
  entry.writeUInt16LE(UTF8 | (of.method === 8 ? SIZES_FOLLOW : 0), 8);
  entry.writeUInt16LE(of.method, 10);
  entry.writeUInt16LE(FIRST_DAY, 14);
  entry.writeUInt32LE(of.crc, 16);
  entry.writeUInt32LE(of.packed, 20);
  entry.writeUInt32LE(of.plain, 24);
  entry.writeUInt16LE(Buffer.byteLength(name), 28);
  entry.writeUInt32LE(of.offset, 42);
  return Buffer.concat([entry, Buffer.from(name)]);
}
