/**
 * The conformance score: 0 to 100, from counts alone.
 *
 * Each part is a rate of faults among chances to commit one. What counts is what the traffic proves: the lower end of Wilson's 95 % interval of that rate, with a
 * hundred faultless chances granted to everybody, so that one fault in three sessions condemns nobody, and a thousand in three thousand do. A part has 100 points at a
 * rate of 0 and none at its `worst` rate or above, on a straight line between. The score is the mean of the parts that had chances, by weight. The same with the upper
 * end of the intervals, and nothing granted, is the least that the score may truly be; the distance between the two is how much is not known.
 */
import type { Amount, Counts } from './kind.ts';

/** 1.96 standard errors: 95 %. */
const Z = 1.959964;
export type Interval = { readonly low: number; readonly high: number };

/** Wilson's score interval of a proportion; 0 to 1 where nothing was tried. */
export function wilson(faults: number, chances: number): Interval {
  if (chances <= 0) return { low: 0, high: 1 };
  const p = Math.min(1, faults / chances), z2 = Z * Z;
  const centre = (p + z2 / (2 * chances)) / (1 + z2 / chances);
  const half = (Z / (1 + z2 / chances)) * Math.sqrt((p * (1 - p)) / chances + z2 / (4 * chances * chances));
  return { low: p === 0 ? 0 : Math.max(0, centre - half), high: p === 1 ? 1 : Math.min(1, centre + half) };
}

export const PARTS = ['bills', 'registers', 'clock', 'completeness', 'messages', 'order', 'answers', 'stops', 'stability'] as const;
export type Part = (typeof PARTS)[number];
/** Faultless chances that are granted before anybody is judged: they weigh much against three sessions and nothing against three thousand. */
export const GOOD_FAITH = 100;
type Rule = { readonly weight: number; readonly worst: number; readonly faults: readonly Amount[]; readonly chances: Amount | 'pointHours' };
/** `worst`: the rate at which a part is worth nothing. Stability weighs least, because networks and power cuts interrupt good stations too. */
export const RULES: Readonly<Record<Part, Rule>> = {
  bills: { weight: 25, worst: 0.05, faults: ['lostBills', 'orphans'], chances: 'sessions' },
  registers: { weight: 20, worst: 0.05, faults: ['registers'], chances: 'sessions' },
  clock: { weight: 10, worst: 0.05, faults: ['clock'], chances: 'sessions' },
  completeness: { weight: 10, worst: 0.05, faults: ['duplicates', 'missingEvents'], chances: 'sessions' },
  messages: { weight: 10, worst: 0.05, faults: ['malformed', 'schemaBreaks', 'unknownActions', 'unprocessable'], chances: 'frames' },
  order: { weight: 10, worst: 0.02, faults: ['outOfOrder', 'repeated'], chances: 'calls' },
  answers: { weight: 5, worst: 0.2, faults: ['wrongAnswers', 'noAnswers'], chances: 'commands' },
  stops: { weight: 5, worst: 0.1, faults: ['stopsNotFollowed'], chances: 'stops' },
  stability: { weight: 5, worst: 0.25, faults: ['boots', 'reconnects'], chances: 'pointHours' },
};
const HOURS_PER_DAY = 24;

/** What was counted, and on how many days of how many charge points. */
export type Traffic = { readonly counts: Counts; readonly pointDays: number };
export type PartScore = { readonly part: Part; readonly weight: number; readonly faults: number; readonly chances: number; readonly rate: number; readonly interval: Interval; /** 0 to 100 at what is proven; null without chances. */ readonly points: number | null };
export type Confidence = 'none' | 'low' | 'medium' | 'high';
export type Score = {
  /** Null where there was no traffic to judge. */
  readonly score: number | null; /** As low as it may truly be. */ readonly lowest: number | null;
  readonly confidence: Confidence; readonly parts: readonly PartScore[];
  /** The part that costs most, if any costs a point. */
  readonly weakest: Part | null;
};

export const faultsOf = (part: Part, { counts }: Traffic): number => RULES[part].faults.reduce((sum, amount) => sum + Number(counts[amount]), 0);
export function chancesOf(part: Part, { counts, pointDays }: Traffic): number {
  const { chances } = RULES[part];
  return chances === 'pointHours' ? pointDays * HOURS_PER_DAY : Number(counts[chances]);
}

const pointsAt = (rate: number, worst: number): number => 100 * (1 - Math.min(1, rate / worst));
const round1 = (value: number): number => Math.round(value * 10) / 10;

function scorePart(part: Part, traffic: Traffic): PartScore & { readonly proven: number; readonly pessimistic: number } {
  const chances = chancesOf(part, traffic), faults = Math.min(faultsOf(part, traffic), chances), { weight, worst } = RULES[part];
  const interval = wilson(faults, chances), proven = wilson(faults, chances + GOOD_FAITH).low;
  return {
    part, weight, faults: faultsOf(part, traffic), chances, rate: chances === 0 ? 0 : faults / chances, interval, points: chances === 0 ? null : round1(pointsAt(proven, worst)),
    proven, pessimistic: pointsAt(interval.high, worst),
  };
}

/** Differences between the score and the least it may be: within ten points it is known well, within thirty roughly. */
const HIGH_WITHIN = 10, MEDIUM_WITHIN = 30;

export function scoreOf(traffic: Traffic): Score {
  const all = PARTS.map((part) => scorePart(part, traffic));
  const judged = all.filter(({ chances }) => chances > 0);
  const parts = all.map(({ pessimistic: _pessimistic, proven: _proven, ...part }) => part);
  if (judged.length === 0 || traffic.counts.frames + traffic.counts.sessions === 0n) return { score: null, lowest: null, confidence: 'none', parts, weakest: null };
  const weight = judged.reduce((sum, part) => sum + part.weight, 0);
  const mean = (pick: (part: (typeof judged)[number]) => number): number => round1(judged.reduce((sum, part) => sum + part.weight * pick(part), 0) / weight);
  const score = mean((part) => pointsAt(part.proven, RULES[part.part].worst)), lowest = Math.min(score, mean((part) => part.pessimistic));
  const costly = judged.toSorted((a, b) => b.weight * (100 - b.points!) - a.weight * (100 - a.points!))[0]!;
  // Without sessions the parts that weigh most are not judged at all.
  const confidence = traffic.counts.sessions === 0n ? 'low' : score - lowest <= HIGH_WITHIN ? 'high' : score - lowest <= MEDIUM_WITHIN ? 'medium' : 'low';
  return { score, lowest, confidence, parts, weakest: costly.points! < 100 ? costly.part : null };
}

export type Verdict = 'fell' | 'rose' | 'no_difference_shown';
export type Comparison = { readonly part: Part; readonly before: { readonly faults: number; readonly chances: number; readonly rate: number }; readonly after: { readonly faults: number; readonly chances: number; readonly rate: number }; readonly difference: Interval; readonly verdict: Verdict };

/**
 * Whether a rate of faults fell or rose from one traffic to another: Newcombe's interval of the difference of two proportions, made of their Wilson intervals. A
 * difference is shown when 0 lies outside of it. Parts without chances on either side are left out.
 */
export function compare(before: Traffic, after: Traffic): Comparison[] {
  return PARTS.flatMap((part) => {
    const side = (traffic: Traffic) => {
      const chances = chancesOf(part, traffic), faults = faultsOf(part, traffic);
      return { faults, chances, rate: chances === 0 ? 0 : Math.min(1, faults / chances), interval: wilson(Math.min(faults, chances), chances) };
    };
    const a = side(before), b = side(after);
    if (a.chances === 0 || b.chances === 0) return [];
    const d = b.rate - a.rate;
    const difference = { low: d - Math.hypot(b.rate - b.interval.low, a.interval.high - a.rate), high: d + Math.hypot(b.interval.high - b.rate, a.rate - a.interval.low) };
    const verdict: Verdict = difference.high < 0 ? 'fell' : difference.low > 0 ? 'rose' : 'no_difference_shown';
    const plain = ({ faults, chances, rate }: typeof a) => ({ faults, chances, rate });
    return [{ part, before: plain(a), after: plain(b), difference, verdict }];
  });
}
