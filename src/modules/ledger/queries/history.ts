import type { Instant } from '../../../kernel/index.ts';
import type { Balances } from '../domain/account.ts';
import { inTx, operatorOf, type LedgerHandle, type LedgerOptions } from '../handle.ts';
import { bigIntOfUuid, sqlArray, sqlUuid } from '../store/sql-array.ts';
import { expireBeforeReading } from './lookup.ts';

/** How many rows one call returns. */
export const HISTORY_ROWS_MAX = 8_190;
const TIMESTAMP_MAX = (1n << 63n) - 1n;

/** The four balances of an account as they stood after one movement; `timestamp` is that movement's, in nanoseconds. */
export type AccountBalance = Balances & { readonly accountId: bigint; readonly timestamp: bigint; readonly transferId: bigint; readonly expired: boolean };
export type HistoryOptions = LedgerOptions & { readonly timestampMin?: bigint; readonly timestampMax?: bigint; readonly limit?: number; readonly reversed?: boolean };

/** Every movement of an account with its signed parts, found by the two account indexes. */
const MOVEMENTS = `(
  select t.sequence, t.timestamp_ns, t.id as transfer_id, false as expired, t.pending_delta as dp, t.posted_delta as dd, 0::bigint as cp, 0::bigint as cd
    from ledger.transfer t where t.operator_id = $1::uuid and t.debit_account_id = k.id and t.refused_as is null
  union all select t.sequence, t.timestamp_ns, t.id, false, 0, 0, t.pending_delta, t.posted_delta
    from ledger.transfer t where t.operator_id = $1::uuid and t.credit_account_id = k.id and t.refused_as is null
  union all select e.sequence, e.timestamp_ns, e.pending_id, true, e.pending_delta, 0, 0, 0
    from ledger.expiry e where e.operator_id = $1::uuid and e.debit_account_id = k.id
  union all select e.sequence, e.timestamp_ns, e.pending_id, true, 0, 0, e.pending_delta, 0
    from ledger.expiry e where e.operator_id = $1::uuid and e.credit_account_id = k.id)`;

const HISTORY = (reversed: boolean) => ({
  name: `ledger_history_${reversed ? 'reversed' : 'forward'}`,
  text: `select h.* from unnest($2::uuid[]) with ordinality k (id, position)
    cross join lateral (select 1 from ledger.account a where a.operator_id = $1::uuid and a.id = k.id and a.flags & 8 <> 0 offset 0) a
    cross join lateral (
      select k.id as account_id, m.sequence, m.timestamp_ns, m.transfer_id, m.expired,
          (sum(m.dp) over w)::bigint as dp, (sum(m.dd) over w)::bigint as dd, (sum(m.cp) over w)::bigint as cp, (sum(m.cd) over w)::bigint as cd
        from ${MOVEMENTS} m window w as (order by m.sequence)) h
    where h.timestamp_ns between $3 and $4
    order by k.position, h.sequence ${reversed ? 'desc' : 'asc'} limit $5`,
});

/**
 * The history of accounts that have the `history` flag: one row per movement, with the balances after it. Accounts without the flag have no rows.
 * Limits: `HISTORY_ROWS_MAX` rows.
 * @returns rows in the order of `ids`, within an account in the order of booking (or the reverse).
 */
export async function accountHistory(handle: LedgerHandle, ids: readonly bigint[], options: HistoryOptions): Promise<AccountBalance[]> {
  const operatorId = operatorOf(handle, options);
  const limit = Math.min(options.limit ?? HISTORY_ROWS_MAX, HISTORY_ROWS_MAX);
  return inTx(handle, async (tx) => {
    await expireBeforeReading(tx, options, operatorId);
    const rows = await tx.query(HISTORY(options.reversed === true), [operatorId, sqlArray(ids.map(sqlUuid)), options.timestampMin ?? 0n, options.timestampMax ?? TIMESTAMP_MAX, limit]);
    return rows.map((row) => ({
      accountId: bigIntOfUuid(row.account_id as string), timestamp: row.timestamp_ns as bigint, transferId: bigIntOfUuid(row.transfer_id as string), expired: row.expired as boolean,
      debitsPending: row.dp as bigint, debitsPosted: row.dd as bigint, creditsPending: row.cp as bigint, creditsPosted: row.cd as bigint,
    }));
  });
}

const BALANCES_AT = {
  name: 'ledger_balances_at',
  text: `select k.id, coalesce(s.dp, 0)::bigint as dp, coalesce(s.dd, 0)::bigint as dd, coalesce(s.cp, 0)::bigint as cp, coalesce(s.cd, 0)::bigint as cd
    from unnest($2::uuid[]) with ordinality k (id, position)
    cross join lateral (select 1 from ledger.account a where a.operator_id = $1::uuid and a.id = k.id offset 0) a
    cross join lateral (select sum(m.dp) as dp, sum(m.dd) as dd, sum(m.cp) as cp, sum(m.cd) as cd from ${MOVEMENTS} m where m.timestamp_ns <= $3) s
    order by k.position`,
};

/**
 * The balances of any accounts as recorded by the end of the millisecond `at`: the sum of the movements until then. Unlike `accountHistory` it needs no flag;
 * it reads every movement of the account, so it is for statements and audits.
 * @returns the accounts that exist, in the order of `ids`.
 */
export async function balancesAt(handle: LedgerHandle, ids: readonly bigint[], at: Instant, options: Partial<LedgerOptions> = {}): Promise<(Balances & { readonly id: bigint })[]> {
  const operatorId = operatorOf(handle, options);
  const rows = await inTx(handle, (tx) => tx.query(BALANCES_AT, [operatorId, sqlArray(ids.map(sqlUuid)), BigInt(at) * 1_000_000n + 999_999n]));
  return rows.map((row) => ({
    id: bigIntOfUuid(row.id as string), debitsPending: row.dp as bigint, debitsPosted: row.dd as bigint, creditsPending: row.cp as bigint, creditsPosted: row.cd as bigint,
  }));
}

/** The balances of one account as recorded by the end of the millisecond `at`, or null when there is no such account. */
export async function balanceAt(handle: LedgerHandle, id: bigint, at: Instant, options: Partial<LedgerOptions> = {}): Promise<Balances | null> {
  const [found] = await balancesAt(handle, [id], at, options);
  if (found === undefined) return null;
  const { debitsPending, debitsPosted, creditsPending, creditsPosted } = found;
  return { debitsPending, debitsPosted, creditsPending, creditsPosted };
}
