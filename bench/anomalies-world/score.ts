/** What was made of planted faults, counted. Counters only, so that scores of several workers add up. */
import { isHeld } from '../../src/modules/charging/domain/flag.ts';
import type { Judged } from './platform.ts';
import { trueWh } from './told.ts';

export type FaultCount = { bills: number; planted: number; named: number; held: number; automatic: number; outside: number; errorMaxWh: number };
export type Score = {
  sessions: number; facts: number; clean: number; falseCauses: number; cleanWrong: number;
  planted: number; named: number; primary: number; held: number; automatic: number; settled: number; errorMaxWh: number;
  /** Further from the truth than allowed: repaired ones, and those in which nothing was noticed that would be repaired. */
  outside: number; unnoticedOutside: number;
  byFault: Record<string, FaultCount>; falseByCause: Record<string, number>; extraByCause: Record<string, number>; whyNot: Record<string, number>;
  /** A few of what went wrong, for whoever mends it. */
  samples: string[];
};
export const emptyScore = (): Score => ({
  sessions: 0, facts: 0, clean: 0, falseCauses: 0, cleanWrong: 0, planted: 0, named: 0, primary: 0, held: 0, automatic: 0, settled: 0, errorMaxWh: 0, outside: 0, unnoticedOutside: 0,
  byFault: {}, falseByCause: {}, extraByCause: {}, whyNot: {}, samples: [],
});
const SAMPLES_MAX = 400;

/** A repaired bill is right within a hundredth or 0.1 kWh. */
export const isOutside = (errorWh: bigint, truth: bigint): boolean => errorWh > 100n && errorWh * 100n > truth;
/** A session in which nothing was drawn is said to be one; that is true of it and no false cause. */
const TRUE_OF_CLEAN = 'no_energy_drawn';

export function count(score: Score, { told, derived, flags, proposal, previous }: Judged, early: boolean): void {
  const truth = trueWh(told);
  const named = new Set<string>(flags.map(({ cause }) => cause));
  const causes = early ? told.late!.causes : told.causes;
  if (!early) score.sessions += 1;
  score.facts += early ? 0 : told.words.length;
  const held = isHeld(flags);
  const automatic = held && proposal?.automatic === true;
  const energyWh: bigint = automatic ? proposal.candidates.find(({ source }) => source === proposal.chosen)!.energyWh : derived.energyWh;
  const errorWh = energyWh > truth ? energyWh - truth : truth - energyWh;
  const settled = !held || automatic;
  const wrong = settled && isOutside(errorWh, truth);
  const name = `${told.planted.join('+') || (causes.length > 0 ? 'parked' : 'clean')}${early ? ' (before its bill)' : ''}`;
  const row = (score.byFault[name] ??= { bills: 0, planted: 0, named: 0, held: 0, automatic: 0, outside: 0, errorMaxWh: 0 });
  row.bills += 1;
  row.held += held ? 1 : 0;
  row.automatic += automatic ? 1 : 0;
  row.outside += wrong ? 1 : 0;
  if (settled) row.errorMaxWh = Math.max(row.errorMaxWh, Number(errorWh));
  if (causes.length === 0) return countClean(score, { named, truth, wrong, told, name, previous });
  score.held += held ? 1 : 0;
  score.automatic += automatic ? 1 : 0;
  score.settled += held ? 0 : 1;
  if (automatic) score.errorMaxWh = Math.max(score.errorMaxWh, Number(errorWh));
  if (wrong && automatic) score.outside += 1;
  if (wrong && !automatic) score.unnoticedOutside += 1;
  if (held && !automatic) score.whyNot[`${proposal?.why.key} ${name}`] = (score.whyNot[`${proposal?.why.key} ${name}`] ?? 0) + 1;
  const planted = new Set(causes.flatMap((cause) => cause.split('|')));
  const missed = causes.filter((cause) => !cause.split('|').some((each) => named.has(each)));
  score.planted += causes.length;
  row.planted += causes.length;
  score.named += causes.length - missed.length;
  row.named += causes.length - missed.length;
  if (proposal !== null && planted.has(proposal.primaryCause)) score.primary += 1;
  for (const cause of named) if (!planted.has(cause)) score.extraByCause[`${name}: ${cause}`] = (score.extraByCause[`${name}: ${cause}`] ?? 0) + 1;
  if (missed.length > 0 || wrong) sample(score, `${wrong ? 'OUTSIDE ' : ''}${name} missed [${missed.join()}] named [${[...named].join()}] truth ${truth} ${automatic ? `automatic ${proposal.chosen}` : 'billed'} ${energyWh} after [${previous.join()}] ${describe(told)}`);
}

function countClean(score: Score, { named, truth, wrong, told, name, previous }: { named: Set<string>; truth: bigint; wrong: boolean; told: Judged['told']; name: string; previous: readonly string[] }): void {
  score.clean += 1;
  if (truth === 0n) named.delete(TRUE_OF_CLEAN);
  if (wrong) score.cleanWrong += 1;
  score.falseCauses += named.size;
  for (const cause of named) score.falseByCause[cause] = (score.falseByCause[cause] ?? 0) + 1;
  if (named.size > 0 || wrong) sample(score, `${name} false [${[...named].join()}] truth ${truth} wrong ${wrong} after [${previous.join()}] ${describe(told)}`);
}

function sample(score: Score, line: string): void { if (score.samples.length < SAMPLES_MAX) score.samples.push(line); }

const describe = ({ station, startAt, endAt, startWh, words }: Judged['told']): string =>
  `(${station.version} ${station.maxPowerW} W, ${station.counts}, step ${station.stepWh}, reads ${station.readEveryMs}, ${Math.round((endAt - startAt) / 60_000)} min from ${new Date(startAt).toISOString()} at ${startWh}: ${words.slice(0, 6).map(({ at, registerWh }) => `${Math.round((at - startAt) / 1000)}s=${registerWh}`).join(' ')} … ${words.slice(-3).map(({ at, registerWh }) => `${Math.round((at - startAt) / 1000)}s=${registerWh}`).join(' ')})`;

export function addScore(into: Score, other: Score): void {
  for (const key of ['sessions', 'facts', 'clean', 'falseCauses', 'cleanWrong', 'planted', 'named', 'primary', 'held', 'automatic', 'settled', 'outside', 'unnoticedOutside'] as const) into[key] += other[key];
  into.errorMaxWh = Math.max(into.errorMaxWh, other.errorMaxWh);
  for (const key of ['falseByCause', 'extraByCause', 'whyNot'] as const) for (const [name, number] of Object.entries(other[key])) into[key][name] = (into[key][name] ?? 0) + number;
  for (const [name, counted] of Object.entries(other.byFault)) {
    const row = (into.byFault[name] ??= { bills: 0, planted: 0, named: 0, held: 0, automatic: 0, outside: 0, errorMaxWh: 0 });
    for (const key of ['bills', 'planted', 'named', 'held', 'automatic', 'outside'] as const) row[key] += counted[key];
    row.errorMaxWh = Math.max(row.errorMaxWh, counted.errorMaxWh);
  }
  into.samples.push(...other.samples.slice(0, SAMPLES_MAX - into.samples.length));
}
