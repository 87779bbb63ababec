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

/**
 * The operator's movements that the index by account does not cover yet, of the accounts asked for: one search of the index by sequence, whatever the number of
 * accounts. `order by … offset 0` binds the plan to that index.
 */
const TAIL = `tail as materialized (
  select t.* from (select x.sequence, x.timestamp_ns, x.id as transfer_id, false as expired, x.debit_account_id, x.credit_account_id, x.pending_delta, x.posted_delta
    from ledger.transfer x where x.operator_id = $1::uuid and x.sequence > 0 and x.sequence > (select coalesce(max(c.indexed_sequence), 0) from ledger.checkpoint c where c.operator_id = $1::uuid)
      and x.refused_as is null and (x.debit_account_id = any ($2::uuid[]) or x.credit_account_id = any ($2::uuid[])) order by x.sequence offset 0) t
  union all
  select e.* from (select x.sequence, x.timestamp_ns, x.pending_id, true, x.debit_account_id, x.credit_account_id, x.pending_delta, 0::bigint
    from ledger.expiry x where x.operator_id = $1::uuid and x.sequence > 0 and x.sequence > (select coalesce(max(c.indexed_sequence), 0) from ledger.checkpoint c where c.operator_id = $1::uuid)
      and (x.debit_account_id = any ($2::uuid[]) or x.credit_account_id = any ($2::uuid[])) order by x.sequence offset 0) e)`;

/** Every movement of the account `k.id` with its signed parts: those that the index by account names, and those of the tail. */
const MOVEMENTS = `(
  select m.sequence, m.timestamp_ns, m.transfer_id, m.expired,
      case when m.debit_account_id = k.id then m.pending_delta else 0 end as dp, case when m.debit_account_id = k.id then m.posted_delta else 0 end as dd,
      case when m.credit_account_id = k.id then m.pending_delta else 0 end as cp, case when m.credit_account_id = k.id then m.posted_delta else 0 end as cd
    from (
      select t.* from ledger.account_movement i
        cross join lateral (select x.sequence, x.timestamp_ns, x.id as transfer_id, false as expired, x.debit_account_id, x.credit_account_id, x.pending_delta, x.posted_delta
          from ledger.transfer x where x.operator_id = $1::uuid and x.sequence > 0 and x.sequence = i.sequence offset 0) t
        where i.operator_id = $1::uuid and i.account_id = k.id and not i.expired
      union all
      select e.* from ledger.account_movement i
        cross join lateral (select x.sequence, x.timestamp_ns, x.pending_id, true, x.debit_account_id, x.credit_account_id, x.pending_delta, 0::bigint
          from ledger.expiry x where x.operator_id = $1::uuid and x.sequence > 0 and x.sequence = i.sequence offset 0) e
        where i.operator_id = $1::uuid and i.account_id = k.id and i.expired
      union all
      select * from tail where tail.debit_account_id = k.id or tail.credit_account_id = k.id) m)`;

const HISTORY = (reversed: boolean) => ({
  name: `ledger_history_${reversed ? 'reversed' : 'forward'}`,
  text: `with ${TAIL} select h.* from unnest($2::uuid[]) with ordinality k (id, position)
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
  text: `with ${TAIL} select k.id, coalesce(s.dp, 0)::bigint as dp, coalesce(s.dd, 0)::bigint as dd, coalesce(s.cp, 0)::bigint as cp, coalesce(s.cd, 0)::bigint as cd
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
