import type { Language } from '../app/preferences.ts';
import { formatKwh } from '../format/number.ts';
import { formatDateTime, formatDuration } from '../format/time.ts';
import { isMessageKey, translate } from '../i18n/translate.ts';

/** Evidence as the server keeps it: instants end in `At` (or say start and end), energies in `Wh` or `WhMax`, durations in `Ms`; what is a word of ours is said in the reader's. */
export type EvidenceData = Readonly<Record<string, unknown>>;

export function formatEvidence(data: EvidenceData, timeZone: string, language: Language): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(data)) texts[key] = formatValue(key, value, timeZone, language);
  return texts;
}

/** The sentence of this key with its evidence in it. @returns null where there is no such sentence, or it speaks of what this evidence does not say. */
export function evidenceSentence(key: string, data: EvidenceData, timeZone: string, language: Language): string | null {
  if (!isMessageKey(key)) return null;
  const texts = formatEvidence(data, timeZone, language);
  const spokenOf = [...translate(language, key).matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  return spokenOf.every((name) => Object.hasOwn(texts, name)) ? translate(language, key, texts) : null;
}

function formatValue(key: string, value: unknown, timeZone: string, language: Language): string {
  if (value === null || value === undefined) return '?';
  const isInstant = key === 'at' || /(At|Start|End)$/.test(key);
  if (isInstant && (typeof value === 'number' || typeof value === 'string')) return formatDateTime(value, timeZone, true);
  if (/Wh(Max)?$/.test(key) && /^-?\d+$/.test(String(value))) return formatKwh(String(value));
  if (/Ms$/.test(key)) return formatDuration(Number(value), language);
  return Array.isArray(value) ? value.join(', ') : inWords(key, String(value), language);
}

/** Where words of one kind have their texts; others are `evidence.<name>.<word>`. */
const PREFIXES: Readonly<Record<string, string>> = { cause: 'flag', source: 'repair.source', refusal: 'repair.refused' };

/** `asked` as a person says it; several words of ours stand with spaces between them. */
function inWords(name: string, text: string, language: Language): string {
  const prefix = PREFIXES[name] ?? `evidence.${name}`;
  const words = text.split(' ').map((word) => { const key = `${prefix}.${word}`; return isMessageKey(key) ? translate(language, key) : null; });
  return words.every((word) => word !== null) ? words.join(language === 'zh' ? '、' : ', ') : text;
}
