import type { Instant } from '../../../kernel/index.ts';
import type { Tariff } from './tariff.ts';

/** A tariff version in force, half-open; `validTo` null is for good. */
export type TariffAssignment = { readonly tariff: Tariff; readonly validFrom: Instant; readonly validTo: Instant | null };

/**
 * What is in force in [from, to): the connector's own assignments, and the station's wherever the connector has none. The answer
 * is sorted, does not overlap and is not clipped at the ends further than the connector's own assignments demand.
 */
export function assignmentsInForce(own: readonly TariffAssignment[], station: readonly TariffAssignment[]): TariffAssignment[] {
  const result = [...own];
  for (const assignment of station) result.push(...without(assignment, own));
  return result.sort((a, b) => a.validFrom - b.validFrom);
}

/** The assignment whose validity holds this instant; the list must not overlap. */
export const assignmentAt = (assignments: readonly TariffAssignment[], at: Instant): TariffAssignment | undefined =>
  assignments.find((each) => each.validFrom <= at && (each.validTo === null || at < each.validTo));

function without(assignment: TariffAssignment, holes: readonly TariffAssignment[]): TariffAssignment[] {
  let pieces: TariffAssignment[] = [assignment];
  for (const hole of holes) pieces = pieces.flatMap((piece) => cut(piece, hole));
  return pieces;
}

function cut(piece: TariffAssignment, hole: TariffAssignment): TariffAssignment[] {
  const end = piece.validTo ?? Infinity;
  const holeEnd = hole.validTo ?? Infinity;
  if (hole.validFrom >= end || holeEnd <= piece.validFrom) return [piece];
  const parts: TariffAssignment[] = [];
  if (hole.validFrom > piece.validFrom) parts.push({ ...piece, validTo: hole.validFrom });
  if (hole.validTo !== null && hole.validTo < end) parts.push({ ...piece, validFrom: hole.validTo });
  return parts;
}
