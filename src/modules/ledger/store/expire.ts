import type { Clock, OperatorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { bigIntOfUuid, sqlArray, sqlUuid } from './sql-array.ts';
import { nowNs, takeTimestamps } from './timestamp.ts';

/** How many lapsed transfers one statement releases. */
export const EXPIRE_BATCH_MAX = 1_000;
const EXPIRE = { name: 'ledger_expire', text: 'select * from ledger.expire_transfers($1,$2,$3,$4,$5)' };

export type Expired = { readonly id: bigint; readonly timestamp: bigint };

/** Releases what lapsed by now, all of it or of the pending transfers named. */
export async function expireDue(tx: Tx, operatorId: OperatorId, ids: readonly bigint[], clock: Clock): Promise<Expired[]> {
  const expired: Expired[] = [];
  for (;;) {
    const first = takeTimestamps(clock, EXPIRE_BATCH_MAX);
    const rows = await tx.query(EXPIRE, [operatorId, sqlArray(ids.map(sqlUuid)), nowNs(clock), first, EXPIRE_BATCH_MAX]);
    for (const row of rows) expired.push({ id: bigIntOfUuid(row.pending_id as string), timestamp: row.timestamp_ns as bigint });
    if (rows.length < EXPIRE_BATCH_MAX) return expired;
  }
}
