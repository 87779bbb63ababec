import type { Fleet } from '../../api/fleets.ts';

export type PastedRow = { readonly line: number; readonly vin: string | null; readonly plate: string | null; readonly fleetId: string | null; /** A fleet that nobody made yet. */ readonly unknownFleet: string | null };
/** One request a row, so no more than somebody waits for. */
export const PASTED_ROWS_MAX = 500;

const isHeading = (cells: readonly string[]): boolean => cells.some((cell) => /^(vin|车架号|车牌号?|plate|licen[cs]e plate|车队|fleet)$/i.test(cell));
/** A VIN is Latin letters and digits, 11 characters at least; a plate is shorter or begins with a Chinese character. */
const looksLikeVin = (text: string): boolean => /^[0-9A-Za-z-]{11,}$/.test(text.replaceAll(/\s/g, ''));

/** Rows out of a spreadsheet: VIN, plate and the fleet's name in any order, parted by tabs, commas or semicolons. A heading is left out. */
export function readPastedRows(text: string, fleets: readonly Fleet[]): readonly PastedRow[] {
  const byName = new Map(fleets.map((fleet) => [fleet.name.trim().toLowerCase(), fleet.fleetId]));
  return text.split(/\r?\n/).flatMap((raw, index): PastedRow[] => {
    const cells = raw.split(/[\t,;，；]/).map((cell) => cell.trim()).filter((cell) => cell !== '');
    if (cells.length === 0 || (index === 0 && isHeading(cells))) return [];
    const fleet = cells.find((cell) => byName.has(cell.toLowerCase()));
    const rest = cells.filter((cell) => cell !== fleet);
    const vin = rest.find(looksLikeVin) ?? null;
    const [plate = null, unknownFleet = null] = rest.filter((cell) => cell !== vin);
    return [{ line: index + 1, vin, plate, fleetId: fleet === undefined ? null : byName.get(fleet.toLowerCase()) ?? null, unknownFleet }];
  }).slice(0, PASTED_ROWS_MAX);
}
