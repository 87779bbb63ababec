import { MS_PER_DAY } from '../../../kernel/index.ts';
import { instantsOf, zoneOffsetMs } from './zone.ts';

export type Times = { readonly startAt: number; readonly endAt: number };

/**
 * The times that were meant where an export exchanged day and month in one of them: one exchange must make sense. Where both do, the one
 * that lies with its neighbours in the file is believed; without neighbours nobody can say. Both at once is tried last, because two wrong
 * dates are less likely than one. Pure.
 * @param fits whether start, end, energy and what else is stated agree.
 * @param near starts of the rows before and after it in the file.
 */
export function believedTimes({ startAt, endAt }: Times, zone: string, fits: (times: Times) => boolean, near: readonly number[]): Times | null {
  const [start, end] = [exchanged(startAt, zone), exchanged(endAt, zone)];
  const one = [...(start === null ? [] : [{ startAt: start, endAt }]), ...(end === null ? [] : [{ startAt, endAt: end }])].filter(fits);
  if (one.length === 1) return one[0]!;
  if (one.length === 2) return nearest(one[0]!, one[1]!, near);
  const both = start !== null && end !== null && one.length === 0 ? { startAt: start, endAt: end } : null;
  return both !== null && fits(both) ? both : null;
}

function nearest(a: Times, b: Times, near: readonly number[]): Times | null {
  if (near.length === 0) return null;
  const [toA, toB] = [a, b].map(({ startAt }) => Math.min(...near.map((each) => Math.abs(each - startAt)))) as [number, number];
  return toA * 2 < toB ? a : toB * 2 < toA ? b : null;
}

/** The instant with day and month of its wall clock exchanged. @returns null when that is no other date. */
function exchanged(at: number, zone: string): number | null {
  const wallMs = at + zoneOffsetMs(at, zone);
  const date = new Date(wallMs);
  const [day, month] = [date.getUTCDate(), date.getUTCMonth() + 1];
  if (day > 12 || day === month) return null;
  const wanted = Date.UTC(date.getUTCFullYear(), day - 1, month) + (((wallMs % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY);
  return instantsOf(wanted, zone)[0] ?? null;
}
