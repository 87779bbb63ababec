/**
 * Finding a place whose name was almost right (C-17): other case, accents and punctuation, words in another order, a few wrong
 * letters, in a part of the name too, and the pinyin initials of a Chinese name. Runs in the program, because PostgreSQL's trigrams see nothing of Chinese
 * under the C locale; an operator's stations are thousands at most.
 */
export type NearMatch = { readonly how: 'same' | 'contained' | 'words' | 'initials' | 'near'; readonly score: number };

/** Below this share of common letter pairs two names are not near: "Marchbanks" and "Market Street" share 0.29. */
const NEAR_SHARE_MIN = 0.55;
/** A shorter query is near too many single words, "East" and "Eats", to say anything; a Chinese one says as much in three characters. */
const PART_LENGTH_MIN = 4, HAN_PART_LENGTH_MIN = 3;
/** Longer names are compared as a whole only. */
const NAME_PARTS_MAX = 12;

/** @returns how well a name answers a query, 0 < score ≤ 1, or null when it does not. */
export function nearName(query: string, name: string): NearMatch | null {
  const [wanted, given] = [plain(query), plain(name)];
  if (wanted === '' || given === '') return null;
  if (wanted === given) return { how: 'same', score: 1 };
  if (given.includes(wanted)) return { how: 'contained', score: 0.8 + 0.15 * (wanted.length / given.length) };
  const words = query.split(/[\s,/·-]+/).map(plain).filter((word) => word !== '');
  if (words.length > 1 && words.every((word) => given.includes(word))) return { how: 'words', score: 0.78 };
  if (/^[a-z]{2,}$/.test(wanted) && pinyinInitials(name).includes(wanted)) return { how: 'initials', score: 0.75 };
  const share = Math.max(pairShare(wanted, given), oneEditAway(wanted, given) ? 0.7 : 0);
  if (share >= NEAR_SHARE_MIN) return { how: 'near', score: 0.7 * share };
  const part = partShare(wanted, name);
  return part >= NEAR_SHARE_MIN ? { how: 'near', score: 0.6 * part } : null;
}

/** The best share that a run of neighbouring words of the name reaches: people type the half that they remember, and mistype it. */
function partShare(wanted: string, name: string): number {
  if ([...wanted].length < (/^\p{Script=Han}+$/u.test(wanted) ? HAN_PART_LENGTH_MIN : PART_LENGTH_MIN)) return 0;
  // A change of script is a border between words as well: 滨江公园Riverside.
  const parts = (name.match(/\p{Script=Han}+|[^\s\p{P}\p{Script=Han}]+/gu) ?? []).map(plain).filter((word) => word !== '');
  if (parts.length > NAME_PARTS_MAX) return 0;
  let best = 0;
  for (let first = 0; first < parts.length; first++) {
    let run = '';
    for (const word of parts.slice(first)) {
      run += word;
      best = Math.max(best, pairShare(wanted, run), oneEditAway(wanted, run) ? 0.7 : 0);
    }
  }
  return best;
}

/** Letters and digits only, lower case, without accents, full-width forms narrowed. */
export const plain = (text: string): string => text.normalize('NFKD').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '').normalize('NFC');

const INITIALS = 'abcdefghjklmnopqrstwxyz';
/** The first character of each initial in the order of pinyin; i, u and v begin no syllable. */
const FIRST_OF_INITIAL = [...'阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀'];
/** Characters that are read otherwise in names of places than the dictionary's first reading: Xiamen, Chongqing, Changsha, Chaoyang. */
const READING_IN_PLACES: Readonly<Record<string, string>> = { 厦: 'x', 重: 'c', 长: 'c', 朝: 'c' };
let collator: Intl.Collator | undefined;

/** "深圳北站" → "szbz"; other characters stay as they are. */
export function pinyinInitials(text: string): string {
  collator ??= new Intl.Collator('zh-Hans-u-co-pinyin');
  const order = collator;
  return [...plain(text)].map((char) => {
    if (!/\p{Script=Han}/u.test(char)) return char;
    if (READING_IN_PLACES[char]) return READING_IN_PLACES[char];
    const index = FIRST_OF_INITIAL.findLastIndex((first) => order.compare(first, char) <= 0);
    return INITIALS[index] ?? char;
  }).join('');
}

/** Dice's coefficient over pairs of neighbouring letters, each pair counted as often as it stands there. */
function pairShare(a: string, b: string): number {
  const [left, right] = [pairs(a), pairs(b)];
  if (left.length === 0 || right.length === 0) return 0;
  const rest = new Map<string, number>();
  for (const pair of left) rest.set(pair, (rest.get(pair) ?? 0) + 1);
  let common = 0;
  for (const pair of right) {
    const count = rest.get(pair) ?? 0;
    if (count > 0) common++;
    rest.set(pair, count - 1);
  }
  return (2 * common) / (left.length + right.length);
}

const pairs = (text: string): string[] => { const chars = [...text]; return chars.slice(1).map((char, i) => chars[i]! + char); };

/** One character wrong, missing or too many: what is left of short names, where letter pairs say little. */
function oneEditAway(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [[...a], [...b]] : [[...b], [...a]];
  if (long.length - short.length > 1 || long.length < 3) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start++;
  let end = 0;
  while (end < short.length - start && short[short.length - 1 - end] === long[long.length - 1 - end]) end++;
  return long.length - start - end <= 1;
}
