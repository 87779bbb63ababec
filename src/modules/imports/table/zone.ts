const formatters = new Map<string, Intl.DateTimeFormat>();

export function isZone(zone: string): boolean {
  try {
    return /^[A-Za-z]/.test(zone) && formatterOf(zone) !== undefined;
  } catch {
    return false;
  }
}

const QUARTER_MS = 900_000;
const known = new Map<string, Map<number, number>>();

/** Wall clock minus UTC at an instant, in milliseconds. Clocks change on the quarter hour, so each quarter is asked once. */
export function zoneOffsetMs(epochMs: number, zone: string): number {
  let offsets = known.get(zone);
  if (!offsets) known.set(zone, offsets = new Map());
  const quarter = Math.floor(epochMs / QUARTER_MS);
  let offset = offsets.get(quarter);
  if (offset === undefined) offsets.set(quarter, offset = askOffsetMs(quarter * QUARTER_MS, zone));
  return offset;
}

function askOffsetMs(epochMs: number, zone: string): number {
  const second = Math.floor(epochMs / 1000) * 1000;
  const parts: Record<string, string> = {};
  for (const part of formatterOf(zone).formatToParts(second)) parts[part.type] = part.value;
  return Date.UTC(Number(parts.year), Number(parts.month) - 1, Number(parts.day), Number(parts.hour), Number(parts.minute), Number(parts.second)) - second;
}

/**
 * The instants at which a zone's wall clock shows this time (`wallMs`: the wall clock as if it were UTC): one, two in the hour that
 * autumn repeats, none in the hour that spring skips.
 */
export function instantsOf(wallMs: number, zone: string): number[] {
  const offsets = new Set([zoneOffsetMs(wallMs - 86_400_000, zone), zoneOffsetMs(wallMs + 86_400_000, zone)]);
  return [...offsets].map((offset) => wallMs - offset).filter((instant) => instant + zoneOffsetMs(instant, zone) === wallMs).sort((a, b) => a - b);
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
    formatters.set(zone, formatter);
  }
  return formatter;
}
