import { formatDate } from '../../format/time.ts';

export const MONTHS_SHOWN = 13;

/** The months up to the one that runs, newest first, on the operator's calendar. */
export function recentMonths(now: number, timeZone: string): readonly string[] {
  const [year = 0, month = 1] = formatDate(now, timeZone).split('-').map(Number);
  return Array.from({ length: MONTHS_SHOWN }, (_, back) => {
    const at = year * 12 + (month - 1) - back;
    return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
  });
}
