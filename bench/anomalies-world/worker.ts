/** Judges blocks of connectors and answers with counters. Blocks are handed out one by one, so that no thread waits for another. */
import { parentPort, workerData } from 'node:worker_threads';
import { runBlock } from './run-block.ts';
import type { YearOptions } from './connector-year.ts';

const options = workerData as YearOptions;
parentPort!.on('message', (number: number | null) => {
  if (number === null) parentPort!.close();
  else parentPort!.postMessage(runBlock(number, options));
});
