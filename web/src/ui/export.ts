import type { Column } from './data-table.tsx';
import type { PageOf } from './keyset.ts';

/** More than a person reads in a spreadsheet, and few enough for the browser's memory. */
export const EXPORT_ROWS_MAX = 10_000;

/** Saves exactly what the list shows (its filter and columns) as CSV that spreadsheets open with the right characters. */
export async function exportRows<Row>(name: string, columns: readonly Column<Row>[], loadPage: (cursor: string | undefined) => Promise<PageOf<Row>>): Promise<{ cut: boolean }> {
  const cells = columns.filter((column) => column.text);
  const lines = [cells.map((column) => quoted(column.unit ? `${column.title} (${column.unit})` : column.title)).join(',')];
  let cursor: string | undefined;
  do {
    const page = await loadPage(cursor);
    for (const row of page.items) lines.push(cells.map((column) => quoted(column.text!(row))).join(','));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && lines.length <= EXPORT_ROWS_MAX);
  save(`${name}-${new Date().toISOString().slice(0, 10)}.csv`, `\uFEFF${lines.join('\r\n')}\r\n`);
  return { cut: cursor !== undefined };
}

/** A cell that begins like a formula is kept from becoming one; a true minus is written as a hyphen so that figures stay figures. */
function quoted(text: string): string {
  const plain = text.replace(/^\u2212/, '-');
  const safe = /^[=+@\t\r]/.test(plain) || (plain.startsWith('-') && !/^-[\d,.]+$/.test(plain)) ? `'${plain}` : plain;
  return `"${safe.replaceAll('"', '""')}"`;
}

function save(fileName: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'text/csv;charset=utf-8' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: fileName });
  link.click();
  URL.revokeObjectURL(url);
}
