import { instant, type Instant } from '../../../kernel/index.ts';
import { inTx, operatorOf, type LedgerHandle, type LedgerOptions } from '../handle.ts';
import { bigIntOfUuid, sqlArray, sqlUuid } from '../store/sql-array.ts';

/** The last movement of each account, a hold included: by the index by account, and of what it does not cover yet. */
const LAST_MOVED = {
  name: 'ledger_last_moved',
  text: `with tail as materialized (
      select x.timestamp_ns, x.debit_account_id, x.credit_account_id from ledger.transfer x where x.operator_id = $1::uuid and x.sequence > 0
        and x.sequence > (select coalesce(max(c.indexed_sequence), 0) from ledger.checkpoint c where c.operator_id = $1::uuid)
        and x.refused_as is null and (x.debit_account_id = any ($2::uuid[]) or x.credit_account_id = any ($2::uuid[])) order by x.sequence offset 0)
    select k.id as account, greatest(i.timestamp_ns, t.timestamp_ns) as at from unnest($2::uuid[]) k (id)
    left join lateral (select x.timestamp_ns from (select m.sequence from ledger.account_movement m where m.operator_id = $1::uuid and m.account_id = k.id and not m.expired order by m.sequence desc limit 1) m
      cross join lateral (select y.timestamp_ns from ledger.transfer y where y.operator_id = $1::uuid and y.sequence > 0 and y.sequence = m.sequence offset 0) x) i on true
    left join lateral (select max(y.timestamp_ns) as timestamp_ns from tail y where y.debit_account_id = k.id or y.credit_account_id = k.id) t on true`,
};

/** When each of these accounts last moved; one that never has is missing. */
export async function lastMovedAt(handle: LedgerHandle, ids: readonly bigint[], options: LedgerOptions): Promise<Map<bigint, Instant>> {
  const operatorId = operatorOf(handle, options);
  const rows = await inTx(handle, (tx) => tx.query<{ account: string; at: bigint | null }>(LAST_MOVED, [operatorId, sqlArray(ids.map(sqlUuid))]));
  return new Map(rows.flatMap(({ account, at }) => (at === null ? [] : [[bigIntOfUuid(account), instant(Number(at / 1_000_000n))] as const])));
}
