import type { Language } from '../app/preferences.ts';
import { formatKwh } from '../format/number.ts';
import { formatDateTime, formatDuration } from '../format/time.ts';

/** Evidence of a flag as the server keeps it: instants end in `At` (or say start and end), energies in `Wh` or `WhMax`, durations in `Ms`. */
export type EvidenceData = Readonly<Record<string, unknown>>;

export function formatEvidence(data: EvidenceData, timeZone: string, language: Language): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(data)) texts[key] = formatValue(key, value, timeZone, language);
  return texts;
}

function formatValue(key: string, value: unknown, timeZone: string, language: Language): string {
  if (value === null || value === undefined) return '?';
  const isInstant = /(At|statedStart|statedEnd)$/.test(key);
  if (isInstant && (typeof value === 'number' || typeof value === 'string')) return formatDateTime(value, timeZone, true);
  if (/Wh(Max)?$/.test(key) && /^-?\d+$/.test(String(value))) return formatKwh(String(value));
  if (/Ms$/.test(key)) return formatDuration(Number(value), language);
  return Array.isArray(value) ? value.join(', ') : String(value);
}
