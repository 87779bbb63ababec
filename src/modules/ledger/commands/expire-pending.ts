import type { LedgerHandle, LedgerOptions } from '../handle.ts';
import { inTx, operatorOf } from '../handle.ts';
import { expireDue, type Expired } from '../store/expire.ts';

/**
 * Releases pending transfers whose timeout has passed by the clock: what they reserved is free again. Also done before every flush and look-up
 * of the operator, so that a lapsed hold never stands in anybody's way; as a job it does so when nobody asks.
 * @param ids only these pending transfers; none means all that lapsed.
 * @returns what was released, in order.
 */
export function expirePending(handle: LedgerHandle, options: LedgerOptions): Promise<Expired[]>;
export function expirePending(handle: LedgerHandle, ids: readonly bigint[], options: LedgerOptions): Promise<Expired[]>;
export async function expirePending(handle: LedgerHandle, idsOrOptions: readonly bigint[] | LedgerOptions, given?: LedgerOptions): Promise<Expired[]> {
  const [ids, options] = given === undefined ? [[], idsOrOptions as LedgerOptions] : [idsOrOptions as readonly bigint[], given];
  const operatorId = operatorOf(handle, options);
  return inTx(handle, (tx) => expireDue(tx, operatorId, ids, options.clock));
}
