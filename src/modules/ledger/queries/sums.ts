/** Sums of what was booked, by transfer code: what audits compare with their own records. They read every transfer that they are asked about. */
import { inTx, operatorOf, type LedgerHandle, type LedgerOptions } from '../handle.ts';
import { bigIntOfUuid, sqlArray, sqlUuid } from '../store/sql-array.ts';

export type CodeSum = { readonly code: number; readonly ledger: number; readonly transfers: number; readonly postedMinor: bigint; readonly pendingMinor: bigint };

/** How many transfers of these codes there are and what they moved; what is pending is what is still held. */
export async function sumsByCode(handle: LedgerHandle, codes: readonly number[], options: LedgerOptions): Promise<CodeSum[]> {
  const operatorId = operatorOf(handle, options);
  return inTx(handle, (tx) => tx.query<CodeSum>(
    `select t.code, t.ledger::int as ledger, count(*)::int as transfers, sum(t.posted_delta)::bigint as "postedMinor", sum(t.pending_delta)::bigint as "pendingMinor"
     from ledger.transfer t where t.operator_id = $1 and t.code = any($2::int[]) and t.refused_as is null group by t.code, t.ledger order by t.ledger, t.code`, [operatorId, codes]));
}

export type AccountSum = {
  readonly accountId: bigint; readonly code: number; readonly debitsPosted: bigint; readonly creditsPosted: bigint; readonly debitsPending: bigint; readonly creditsPending: bigint;
};

/** What moved these accounts, by transfer code. Pending amounts that lapsed are not taken off; accounts audited by it have holds without a timeout. */
export async function accountSumsByCode(handle: LedgerHandle, accountIds: readonly bigint[], options: LedgerOptions): Promise<AccountSum[]> {
  const operatorId = operatorOf(handle, options);
  const rows = await inTx(handle, (tx) => tx.query<Omit<AccountSum, 'accountId'> & { account: string }>(
    `select m.account, m.code, sum(m.dd)::bigint as "debitsPosted", sum(m.cd)::bigint as "creditsPosted", sum(m.dp)::bigint as "debitsPending", sum(m.cp)::bigint as "creditsPending" from (
       -- What the index by account names…
       select i.account_id as account, t.code, case when t.debit_account_id = i.account_id then t.posted_delta else 0 end as dd, case when t.debit_account_id = i.account_id then t.pending_delta else 0 end as dp,
           case when t.credit_account_id = i.account_id then t.posted_delta else 0 end as cd, case when t.credit_account_id = i.account_id then t.pending_delta else 0 end as cp
         from (select distinct k.id from unnest($2::uuid[]) k (id)) k
         cross join lateral (select x.account_id, x.sequence from ledger.account_movement x where x.operator_id = $1::uuid and x.account_id = k.id and not x.expired offset 0) i
         cross join lateral (select x.* from ledger.transfer x where x.operator_id = $1::uuid and x.sequence > 0 and x.sequence = i.sequence offset 0) t
       union all
       -- …and what it does not cover yet.
       select s.account, t.code, s.dd, s.dp, s.cd, s.cp
         from (select x.* from ledger.transfer x where x.operator_id = $1::uuid and x.sequence > 0
           and x.sequence > (select coalesce(max(c.indexed_sequence), 0) from ledger.checkpoint c where c.operator_id = $1::uuid)
           and x.refused_as is null and (x.debit_account_id = any ($2::uuid[]) or x.credit_account_id = any ($2::uuid[])) order by x.sequence offset 0) t
         cross join lateral (values (t.debit_account_id, t.posted_delta, t.pending_delta, 0::bigint, 0::bigint), (t.credit_account_id, 0::bigint, 0::bigint, t.posted_delta, t.pending_delta))
           s (account, dd, dp, cd, cp) where s.account = any ($2::uuid[])) m
     group by m.account, m.code`, [operatorId, sqlArray(accountIds.map(sqlUuid))]));
  return rows.map(({ account, ...sums }) => ({ ...sums, accountId: bigIntOfUuid(account) }));
}

export type DaySum = { readonly accountId: bigint; readonly day: string; readonly debitsPosted: bigint; readonly creditsPosted: bigint };

/** What moved these accounts, by the day on which it was booked, on the wall clock of a zone (`2026-03-31`). Reads every movement of the accounts. */
export async function accountSumsByDay(handle: LedgerHandle, accountIds: readonly bigint[], { timeZone, ...options }: LedgerOptions & { readonly timeZone: string }): Promise<DaySum[]> {
  const operatorId = operatorOf(handle, options);
  // The day of a millisecond: whoever compares has the time of a transfer in milliseconds.
  const rows = await inTx(handle, (tx) => tx.query<Omit<DaySum, 'accountId'> & { account: string }>(
    `select m.account, ((to_timestamp((m.at / 1000000) / 1000.0) at time zone $3)::date)::text as day, sum(m.dd)::bigint as "debitsPosted", sum(m.cd)::bigint as "creditsPosted" from (
       select i.account_id as account, t.timestamp_ns as at, case when t.debit_account_id = i.account_id then t.posted_delta else 0 end as dd, case when t.credit_account_id = i.account_id then t.posted_delta else 0 end as cd
         from (select distinct k.id from unnest($2::uuid[]) k (id)) k
         cross join lateral (select x.account_id, x.sequence from ledger.account_movement x where x.operator_id = $1::uuid and x.account_id = k.id and not x.expired offset 0) i
         cross join lateral (select x.* from ledger.transfer x where x.operator_id = $1::uuid and x.sequence > 0 and x.sequence = i.sequence offset 0) t
       union all
       select s.account, t.timestamp_ns, s.dd, s.cd
         from (select x.* from ledger.transfer x where x.operator_id = $1::uuid and x.sequence > 0
           and x.sequence > (select coalesce(max(c.indexed_sequence), 0) from ledger.checkpoint c where c.operator_id = $1::uuid)
           and x.refused_as is null and (x.debit_account_id = any ($2::uuid[]) or x.credit_account_id = any ($2::uuid[])) order by x.sequence offset 0) t
         cross join lateral (values (t.debit_account_id, t.posted_delta, 0::bigint), (t.credit_account_id, 0::bigint, t.posted_delta)) s (account, dd, cd) where s.account = any ($2::uuid[])) m
     group by m.account, 2`, [operatorId, sqlArray(accountIds.map(sqlUuid)), timeZone]));
  return rows.map(({ account, ...sums }) => ({ ...sums, accountId: bigIntOfUuid(account) }));
}
