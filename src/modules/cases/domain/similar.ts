/** What is compared of two cases. */
export type Comparable = {
  readonly caseId: string; readonly number: number; readonly title: string; readonly firstFinding: string; readonly cause: string | null; readonly stationId: string | null; readonly chargePointId: string | null;
  readonly networkState: string; readonly isKnown: boolean; readonly make: string | null; readonly subjects: readonly string[];
};
export type Similar = { readonly caseId: string; readonly score: number; readonly because: readonly SimilarReason[] };
export type SimilarReason = 'same_cause' | 'same_charge_point' | 'same_make' | 'same_station' | 'same_records' | 'same_words' | 'same_network_state';

const WEIGHTS: Readonly<Record<SimilarReason, number>> = { same_cause: 4, same_charge_point: 4, same_records: 5, same_make: 3, same_station: 2, same_words: 2, same_network_state: 1 };
/** One weak likeness alone is none. */
export const SCORE_MIN = 4;
export const SIMILAR_MAX = 10;
const WORDS_SHARED_MIN = 0.3;

/** Cases like this one, the likest first; of equals the known ones, which have an answer, then the newest. Pure. */
export function rankSimilar(of: Comparable, others: readonly Comparable[]): Similar[] {
  const words = wordsOf(`${of.title} ${of.firstFinding}`), subjects = new Set(of.subjects);
  const known = new Map(others.map((other) => [other.caseId, other]));
  return others.filter(({ caseId }) => caseId !== of.caseId).map((other) => {
    const because: SimilarReason[] = [];
    if (of.cause !== null && of.cause === other.cause) because.push('same_cause');
    if (of.chargePointId !== null && of.chargePointId === other.chargePointId) because.push('same_charge_point');
    else if (of.make !== null && of.make === other.make) because.push('same_make');
    if (of.stationId !== null && of.stationId === other.stationId) because.push('same_station');
    if (other.subjects.some((subject) => subjects.has(subject))) because.push('same_records');
    if (shared(words, wordsOf(`${other.title} ${other.firstFinding}`)) >= WORDS_SHARED_MIN) because.push('same_words');
    if (of.networkState !== 'unknown' && of.networkState === other.networkState) because.push('same_network_state');
    return { caseId: other.caseId, because, score: because.reduce((sum, reason) => sum + WEIGHTS[reason], 0) };
  }).filter(({ score }) => score >= SCORE_MIN)
    .sort((a, b) => b.score - a.score || Number(known.get(b.caseId)!.isKnown) - Number(known.get(a.caseId)!.isKnown) || known.get(b.caseId)!.number - known.get(a.caseId)!.number).slice(0, SIMILAR_MAX);
}

/** Words of letters; of Chinese, pairs of characters, since it has no blanks. */
function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  for (const [run] of text.normalize('NFKC').toLowerCase().matchAll(/\p{Script=Han}+|[\p{L}\p{N}]{3,}/gu)) {
    if (/\p{Script=Han}/u.test(run)) for (let i = 0; i + 1 < run.length; i++) words.add(run.slice(i, i + 2));
    else words.add(run);
  }
  return words;
}

const shared = (a: ReadonlySet<string>, b: ReadonlySet<string>): number => {
  if (a.size === 0 || b.size === 0) return 0;
  let both = 0;
  for (const word of a) if (b.has(word)) both++;
  return both / Math.min(a.size, b.size);
};
