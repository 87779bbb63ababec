/** Judges blocks of connectors and answers with counters. Blocks are handed out one by one, so that no thread waits for another. */
import { parentPort, workerData } from 'node:worker_threads';
import { CONNECTORS_PER_BLOCK, type YearOptions } from './connector-year.ts';
import { runBlock, type Spent } from './run-block.ts';
import type { Score } from './score.ts';

export type BlockDone = { readonly score: Score; readonly spent: Spent };

const options = workerData as YearOptions;
parentPort!.on('message', (number: number | null) => {
  if (number === null) parentPort!.close();
  else {
    const spent: Spent = { makingMs: 0, judgingMs: 0 };
    const score = runBlock(number, options, CONNECTORS_PER_BLOCK, spent);
    parentPort!.postMessage({ score, spent } satisfies BlockDone);
  }
});
