import { blockOf, CONNECTORS_PER_BLOCK, connectorYear, type YearOptions } from './connector-year.ts';
import { EQUAL_TABLE, FIELD_BILLS_A_YEAR, FIELD_TABLE } from './faults.ts';
import { reported, type Reported } from './facts.ts';
import { ConnectorPlatform } from './platform.ts';
import { count, emptyScore, type Score } from './score.ts';
import type { Told } from './told.ts';

/** `field`: as often as one operator's table says, of a million bills a year. `equal`: each fault as often as any other, far more often than it happens. */
export const YEARS = {
  field: (seed: number): YearOptions => ({ seed, sessionsPerConnector: 500, table: FIELD_TABLE, faultShare: FIELD_BILLS_A_YEAR / 1_000_000 }),
  equal: (seed: number): YearOptions => ({ seed, sessionsPerConnector: 500, table: EQUAL_TABLE, faultShare: 0.25 }),
} as const;
export const SESSIONS_PER_BLOCK = CONNECTORS_PER_BLOCK * 500;

/** Processor time of the thread: what the making of sessions took, and what the judging of them. */
export type Spent = { makingMs: number; judgingMs: number };
/** So many sessions are made before they are judged: enough that looking at the clock costs nothing, few enough to be gone before memory is tidied. */
const SESSIONS_AT_ONCE = 5;

/** One block of connectors, from the first fact to the last proposal. Equal for equal options and number. */
export function runBlock(number: number, options: YearOptions, connectors: number = CONNECTORS_PER_BLOCK, spent: Spent = { makingMs: 0, judgingMs: 0 }): Score {
  const score = emptyScore();
  const block = blockOf(options);
  for (let place = 0; place < connectors; place++) {
    const platform = new ConnectorPlatform((judged, early) => count(score, judged, early));
    const year = connectorYear(number * CONNECTORS_PER_BLOCK + place, block);
    for (let made = makeSome(year, spent); made.length > 0; made = makeSome(year, spent)) {
      const startedAt = threadMs();
      for (const each of made) platform.take(each);
      spent.judgingMs += threadMs() - startedAt;
    }
    const startedAt = threadMs();
    platform.end();
    spent.judgingMs += threadMs() - startedAt;
  }
  return score;
}

function makeSome(year: Iterator<Told>, spent: Spent): Reported[] {
  const startedAt = threadMs();
  const made: Reported[] = [];
  for (let next = year.next(); !next.done; next = year.next()) {
    made.push(reported(next.value));
    if (made.length === SESSIONS_AT_ONCE) break;
  }
  spent.makingMs += threadMs() - startedAt;
  return made;
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
