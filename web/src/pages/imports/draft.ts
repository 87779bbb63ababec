import { MAPPED_FIELDS, type DurationUnit, type GivenColumns, type MappedField, type Mapping, type Proposal, type TimeFormat } from '../../api/imports.ts';

/** What a person says about values; what is not said stays as it was proposed. */
export type ValueEdits = {
  readonly formats?: readonly TimeFormat[]; readonly zone?: string; readonly writtenOffset?: 'honour' | 'ignore'; readonly unit?: Mapping['energy']['unit']; readonly decimalMark?: '.' | ',';
  readonly durationUnit?: DurationUnit; readonly connectors?: number;
};

/** The proposal with what a person changed, or null while something is missing. */
export function draftMapping(proposal: Proposal, edits: ValueEdits, about: { readonly title: string; readonly zone: string }): Mapping | null {
  const base = proposal.mapping === null ? fromColumns(proposal, edits, about) : proposal.mapping as unknown as Mapping;
  if (base === null) return null;
  const { formats, zone, writtenOffset, unit, decimalMark, durationUnit, connectors } = edits;
  const { connector } = base;
  return {
    ...base,
    time: { ...base.time, ...(formats && formats.length > 0 ? { formats } : {}), ...(zone ? { zone } : {}), ...(writtenOffset ? { writtenOffset } : {}) },
    energy: { ...base.energy, ...(unit ? { unit } : {}), ...(decimalMark ? { decimalMark } : {}) },
    ...(base.duration && durationUnit ? { duration: { ...base.duration, unit: durationUnit } } : {}),
    ...(connectors !== undefined && (connector === undefined || !('column' in connector)) ? { connector: { byOverlap: connectors } } : {}),
  };
}

/** Where the server knew the columns and not how the dates are written: from what the person says of them. */
function fromColumns({ columns, file }: Proposal, { formats, unit }: ValueEdits, { title, zone }: { readonly title: string; readonly zone: string }): Mapping | null {
  const { chargePoint, startTime, startDate, endTime, endDate, energy, duration, connector, name, externalId } = columns;
  if (!chargePoint || !startTime || !energy || (!endTime && !duration) || !formats || formats.length === 0) return null;
  const moment = (date: string | undefined, time: string) => ({ columns: date && date !== time ? [date, time] : [time] });
  return {
    title, file, chargePoint: { columns: [chargePoint] }, ...(name && name !== chargePoint ? { name: { columns: [name] } } : {}), ...(externalId ? { externalId: { columns: [externalId] } } : {}),
    connector: connector ? { column: connector } : { byOverlap: 2 }, time: { formats, zone, notBefore: '2010-01-01' }, start: moment(startDate, startTime), ...(endTime ? { end: moment(endDate, endTime) } : {}),
    energy: { column: energy, unit: unit ?? 'kWh' }, ...(!endTime && duration ? { duration: { column: duration, unit: 'min' as const } } : {}),
  };
}

/** What each column was taken for; a name that is the charge point's own column is not shown twice. */
export const fieldOf = ({ columns }: Proposal, column: string): MappedField | null => MAPPED_FIELDS.find((field) => columns[field] === column) ?? null;

/** `column` becomes `field`; what it was before is none now, and so is the column that was that field. */
export function choose(given: GivenColumns, proposal: Proposal, column: string, field: MappedField | null): GivenColumns {
  const before = MAPPED_FIELDS.filter((each) => proposal.columns[each] === column);
  return { ...given, ...Object.fromEntries(before.map((each) => [each, null])), ...(field === null ? {} : { [field]: column }) };
}
