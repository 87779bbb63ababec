import type { Row, Sheet, SheetColumn } from './sheet.ts';

const BOM = '﻿', END = '\r\n';

/** RFC 4180, with a mark by which spreadsheets know UTF-8. Text that a spreadsheet would run as a formula is shown as text. */
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const ODD = /[",\r\n]|^[=+\-@\t]/;
const cell = (text: string, { decimals }: Pick<SheetColumn, 'decimals'>): string => (decimals !== null || !ODD.test(text) ? text : quoted(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text));

export const csvHead = ({ preface, columns }: Sheet): string =>
  BOM + preface.map(([name, value]) => [name, value].map((text) => cell(text, { decimals: null })).join(',') + END).join('') + (preface.length > 0 ? END : '') + columns.map(({ title }) => quoted(title)).join(',') + END;

export function csvRows(columns: readonly SheetColumn[], rows: readonly Row[]): string {
  let text = '';
  for (const row of rows) {
    for (let i = 0; i < columns.length; i++) text += (i === 0 ? '' : ',') + cell(row[i]!, columns[i]!);
    text += END;
  }
  return text;
}
