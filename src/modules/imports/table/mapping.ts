import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFormat } from './format.ts';
import { isZone } from './zone.ts';

/** A column's name, or the names it has in different editions of the same file. */
export type ColumnName = string | readonly string[];
export type MomentMapping = { readonly columns: readonly ColumnName[]; readonly zoneColumn?: ColumnName };
/** A pattern; as an object, one whose dates the export wrote with day and month exchanged wherever both fit. */
export type TimeFormat = string | { readonly format: string; readonly swapDayAndMonth: 'when_both_fit' };
export type TimeMapping = {
  readonly formats: readonly TimeFormat[];
  readonly zone: string;
  readonly writtenOffset?: 'honour' | 'ignore';
  readonly abbreviations?: Readonly<Record<string, string>>;
  readonly notBefore?: string;
};
export type ConnectorMapping =
  | { readonly column: ColumnName; readonly names?: Readonly<Record<string, number>> }
  | { readonly constant: number }
  | { readonly byOverlap: number };

export type DurationMapping = { readonly column: ColumnName; readonly unit: 'h:mm:ss' | 'h:mm' | 's' | 'min' | 'h'; readonly decimalMark?: '.' | ',' };

/** How to read a table of charging sessions; described field by field in mapping.schema.json. */
export type SessionTableMapping = {
  readonly title: string;
  readonly source?: string;
  readonly currency?: string;
  readonly file?: { readonly encoding?: string; readonly delimiter?: string; readonly skipLines?: number; readonly header?: readonly string[] };
  readonly missing?: readonly string[];
  readonly chargePoint: { readonly columns: readonly ColumnName[] };
  readonly name?: { readonly columns: readonly ColumnName[] };
  readonly externalId?: { readonly columns: readonly ColumnName[] };
  readonly connector?: ConnectorMapping;
  readonly time: TimeMapping;
  readonly start: MomentMapping;
  readonly end?: MomentMapping;
  readonly energy: { readonly column: ColumnName; readonly unit: 'Wh' | 'kWh' | 'MWh'; readonly decimalMark?: '.' | ',' };
  readonly duration?: DurationMapping;
  readonly chargingTime?: DurationMapping;
  readonly powerW?: number;
};

/** The mapping or the file as a whole cannot be used; each message says what to change. A bad row is not a fault: see `SessionRow`. */
export class SessionTableFault extends Error {
  override readonly name = 'SessionTableFault';
  readonly code: 'mapping_invalid' | 'column_not_found' | 'column_ambiguous' | 'encoding_wrong' | 'file_malformed' | 'table_too_long';
  constructor(code: SessionTableFault['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The mappings that ship with the program, by name. */
export const MAPPINGS = ['boulder', 'dundee'] as const;
export const shippedMapping = (name: (typeof MAPPINGS)[number]): Promise<SessionTableMapping> =>
  readMapping(new URL(`./mappings/${name}.json`, import.meta.url));

/** The file of a shipped mapping by its name, or the path as it is. */
export const mappingFile = (nameOrPath: string): string =>
  MAPPINGS.some((name) => name === nameOrPath) ? fileURLToPath(new URL(`./mappings/${nameOrPath}.json`, import.meta.url)) : resolve(nameOrPath);

export async function readMapping(file: string | URL): Promise<SessionTableMapping> {
  const text = await readFile(file, 'utf8');
  try {
    return parseMapping(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SessionTableFault('mapping_invalid', `${String(file)} is not valid JSON: ${error.message}`, { cause: error });
  }
}

const validate = new Ajv2020({ allErrors: true, strict: false })
  .compile<SessionTableMapping>(JSON.parse(readFileSync(new URL('./mapping.schema.json', import.meta.url), 'utf8')));

/** @throws SessionTableFault `mapping_invalid` naming every wrong field. */
export function parseMapping(input: unknown): SessionTableMapping {
  if (!validate(input)) {
    const wrong = (validate.errors ?? []).filter((error) => error.keyword !== 'oneOf' && error.keyword !== 'anyOf' || (validate.errors ?? []).length === 1);
    const lines = (wrong.length > 0 ? wrong : validate.errors ?? []).map((error) => `  ${error.instancePath || '/'} ${error.message}${detailOf(error.params)}`);
    throw new SessionTableFault('mapping_invalid', `the mapping cannot be used:\n${[...new Set(lines)].join('\n')}`);
  }
  const wrong = meaningless(input);
  if (wrong.length > 0) throw new SessionTableFault('mapping_invalid', `the mapping cannot be used:\n${wrong.map((line) => `  ${line}`).join('\n')}`);
  return input;
}

/** What a schema cannot see: zones, encodings and formats that do not exist. */
function meaningless(mapping: SessionTableMapping): string[] {
  const wrong: string[] = [];
  if (!isZone(mapping.time.zone)) wrong.push(`/time/zone ${mapping.time.zone} is not an IANA zone`);
  for (const [name, meaning] of Object.entries(mapping.time.abbreviations ?? {})) {
    if (meaning.includes('/') && !isZone(meaning)) wrong.push(`/time/abbreviations/${name} ${meaning} is not an IANA zone`);
  }
  mapping.time.formats.forEach((format, index) => {
    try {
      compileFormat(typeof format === 'string' ? format : format.format);
    } catch (error) {
      wrong.push(`/time/formats/${index} ${(error as Error).message}`);
    }
  });
  for (const moment of ['start', 'end'] as const) {
    if (mapping[moment]?.zoneColumn !== undefined && !mapping.time.abbreviations) wrong.push(`/${moment}/zoneColumn needs /time/abbreviations to say what the zones mean`);
  }
  try {
    new TextDecoder(mapping.file?.encoding ?? 'utf-8');
  } catch {
    wrong.push(`/file/encoding ${mapping.file?.encoding} is not an encoding`);
  }
  return wrong;
}

function detailOf(params: Record<string, unknown>): string {
  const { additionalProperty, allowedValues } = params as { additionalProperty?: string; allowedValues?: unknown[] };
  return additionalProperty !== undefined ? ` (${additionalProperty})` : allowedValues ? `: ${allowedValues.join(', ')}` : '';
}
