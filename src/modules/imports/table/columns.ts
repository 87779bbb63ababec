import { SessionTableFault, type ColumnName, type SessionTableMapping } from './mapping.ts';
import type { RowTexts } from './row.ts';

/** Markers of "nothing here" that exports use; a mapping may name its own instead. */
export const MISSING_TEXTS = ['', 'null', 'n/a', 'na', 'nan', 'none', '-', '--', '#n/a'] as const;

export type RecordReader = {
  /** How many cells a record must have so that every mapped column is in it. */
  readonly cellsMin: number;
  readonly texts: (record: readonly string[]) => RowTexts;
};

/** Finds the mapping's columns in the header. @throws SessionTableFault naming the column and what the file has instead. */
export function recordReader(mapping: SessionTableMapping, header: readonly string[]): RecordReader {
  const missing = new Set<string>((mapping.missing ?? MISSING_TEXTS).map((text) => text.trim().toLowerCase()).concat(''));
  let cellsMin = 0;
  const cell = (name: ColumnName | undefined): ((record: readonly string[]) => string | null) => {
    if (name === undefined) return () => null;
    const index = columnIndex(name, header);
    cellsMin = Math.max(cellsMin, index + 1);
    return (record) => {
      const text = (record[index] ?? '').trim();
      return missing.has(text.toLowerCase()) ? null : text;
    };
  };
  /** All parts or nothing where a time is put together; what there is where a name is. */
  const joined = (names: readonly ColumnName[] | undefined, separator: string, all: boolean) => {
    const parts = (names ?? []).map(cell);
    return (record: readonly string[]): string | null => {
      const found = parts.map((part) => part(record));
      if (all && found.includes(null)) return null;
      const texts = found.filter((text) => text !== null);
      return texts.length === 0 ? null : texts.join(separator);
    };
  };
  const { connector } = mapping;
  const read = {
    chargePoint: joined(mapping.chargePoint.columns, ' / ', true), name: joined(mapping.name?.columns, ', ', false), externalId: joined(mapping.externalId?.columns, ' / ', true),
    connector: cell(connector && 'column' in connector ? connector.column : undefined),
    start: joined(mapping.start.columns, ' ', true), startZone: cell(mapping.start.zoneColumn),
    end: joined(mapping.end?.columns, ' ', true), endZone: cell(mapping.end?.zoneColumn),
    energy: cell(mapping.energy.column), duration: cell(mapping.duration?.column), chargingTime: cell(mapping.chargingTime?.column),
  };
  const texts = (record: readonly string[]): RowTexts => ({
    chargePoint: read.chargePoint(record), name: read.name(record), externalId: read.externalId(record), connector: read.connector(record),
    start: read.start(record), startZone: read.startZone(record), end: read.end(record), endZone: read.endZone(record),
    energy: read.energy(record), duration: read.duration(record), chargingTime: read.chargingTime(record),
  });
  return { cellsMin, texts };
}

function columnIndex(name: ColumnName, header: readonly string[]): number {
  const names = typeof name === 'string' ? [name] : name;
  for (const sameName of [exactly, byLettersAndDigits]) {
    for (const wanted of names) {
      const found = header.flatMap((column, index) => (sameName(column, wanted) ? [index] : []));
      if (found.length === 1) return found[0]!;
      if (found.length > 1) throw new SessionTableFault('column_ambiguous', `the file has ${found.length} columns that could be "${wanted}": ${found.map((index) => `"${header[index]}"`).join(', ')}`);
    }
  }
  const hint = header.length === 1 ? '; a single column usually means another delimiter (file.delimiter)' : '';
  throw new SessionTableFault('column_not_found', `the file has no column "${names.join('" or "')}"; it has: ${header.map((column) => `"${column}"`).join(', ')}${hint}`);
}

const exactly = (column: string, wanted: string): boolean => column.trim() === wanted.trim();
const byLettersAndDigits = (column: string, wanted: string): boolean => plain(column) !== '' && plain(column) === plain(wanted);
const plain = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
