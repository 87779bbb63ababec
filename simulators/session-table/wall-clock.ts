const formatters = new Map<string, Intl.DateTimeFormat>();

/** Wall clock minus UTC at an instant, in whole hours' worth of milliseconds: enough for the two towns whose tables are invented. */
export function wallClockOffsetMs(epochMs: number, zone: string): number {
  let formatter = formatters.get(zone);
  if (!formatter) formatters.set(zone, formatter = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }));
  const minute = Math.floor(epochMs / 60_000) * 60_000;
  return Date.parse(`${formatter.format(minute).replace(' ', 'T')}:00Z`) - minute;
}
