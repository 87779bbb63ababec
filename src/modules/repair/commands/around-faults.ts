import { isProgramFault } from '../../../platform/database/index.ts';

/** The code of what was passed over: the repair itself failed, and would fail again. */
export const REPAIR_FAILED = 'repair_failed';

/** Told of a case whose repair failed, and would again; the work goes on without it. */
export type OnFault = (error: Error, caseId: string) => void;

/**
 * Works the next items of an ordered list in one transaction of at most `sizeMax`. When one of them makes the transaction fail, and would again, fewer are taken until it
 * stands alone; then it is passed over, so that it keeps nobody waiting behind it. Faults of the surroundings are thrown: then nothing is the items' fault, and waiting is right.
 */
export async function aroundFaults<T>(sizeMax: number, work: (size: number) => Promise<T>, passOver: (error: Error) => Promise<T>): Promise<T> {
  for (let size = sizeMax; ; size = Math.max(1, size >> 1)) {
    try {
      return await work(size);
    } catch (error) {
      if (!isProgramFault(error)) throw error;
      if (size === 1) return passOver(error);
    }
  }
}
