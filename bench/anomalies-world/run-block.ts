import { blockOf, CONNECTORS_PER_BLOCK, connectorYear, type YearOptions } from './connector-year.ts';
import { EQUAL_TABLE, FIELD_BILLS_A_YEAR, FIELD_TABLE } from './faults.ts';
import { ConnectorPlatform } from './platform.ts';
import { count, emptyScore, type Score } from './score.ts';

/** `field`: as often as one operator's table says, of a million bills a year. `equal`: each fault as often as any other, far more often than it happens. */
export const YEARS = {
  field: (seed: number): YearOptions => ({ seed, sessionsPerConnector: 500, table: FIELD_TABLE, faultShare: FIELD_BILLS_A_YEAR / 1_000_000 }),
  equal: (seed: number): YearOptions => ({ seed, sessionsPerConnector: 500, table: EQUAL_TABLE, faultShare: 0.25 }),
} as const;
export const SESSIONS_PER_BLOCK = CONNECTORS_PER_BLOCK * 500;

/** One block of connectors, from the first fact to the last proposal. Equal for equal options and number. */
export function runBlock(number: number, options: YearOptions, connectors: number = CONNECTORS_PER_BLOCK): Score {
  const score = emptyScore();
  const block = blockOf(options);
  for (let place = 0; place < connectors; place++) {
    const platform = new ConnectorPlatform((judged, early) => count(score, judged, early));
    for (const told of connectorYear(number * CONNECTORS_PER_BLOCK + place, block)) platform.take(told);
    platform.end();
  }
  return score;
}
