-- Ledger: balances of many accounts at once. Locks: none on existing tables.

-- As ledger.balances_of, for any number of an operator's accounts: their rows, and one pass over the operator's movements after the checkpoint instead of one an account.
-- Limited accounts need no pass at all.
create function ledger.balances_of_many(operator uuid, ids uuid[])
  returns table (id uuid, debits_pending bigint, debits_posted bigint, credits_pending bigint, credits_posted bigint)
  language plpgsql stable
  as $$
#variable_conflict use_column
declare
  folded bigint;
  unlimited uuid[];
begin
  select coalesce(max(c.sequence), 0) into folded from ledger.checkpoint c where c.operator_id = operator;
  -- An account that stands past the checkpoint (the test-only function puts it there) counts from its own place on.
  select array_agg(a.id) into unlimited from (select distinct k.id from unnest((select ids)) k (id)) k
    cross join lateral (select x.id from ledger.account x where x.operator_id = operator and x.id = k.id and x.flags & 6 = 0 and x.checkpoint_sequence <= folded offset 0) a;
  return query select a.id, b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted
    from (select distinct k.id from unnest((select ids)) k (id)) k
    cross join lateral (select x.id, x as account from ledger.account x where x.operator_id = operator and x.id = k.id and (x.flags & 6 <> 0 or x.checkpoint_sequence > folded) offset 0) a
    cross join lateral ledger.balances_of(a.account) b;
  if unlimited is null then return; end if;
  return query select a.id, (a.debits_pending + coalesce(s.dp, 0))::bigint, (a.debits_posted + coalesce(s.dd, 0))::bigint,
      (a.credits_pending + coalesce(s.cp, 0))::bigint, (a.credits_posted + coalesce(s.cd, 0))::bigint
    from unnest((select unlimited)) k (id)
    cross join lateral (select x.* from ledger.account x where x.operator_id = operator and x.id = k.id offset 0) a
    left join (
      select side.account_id, sum(side.dp) as dp, sum(side.dd) as dd, sum(side.cp) as cp, sum(side.cd) as cd from (
          (select x.debit_account_id, x.credit_account_id, x.pending_delta, x.posted_delta from ledger.transfer x
            where x.operator_id = operator and x.sequence > 0 and x.sequence > folded and x.refused_as is null
              and (x.debit_account_id = any (unlimited) or x.credit_account_id = any (unlimited)) order by x.sequence offset 0)
          union all
          (select x.debit_account_id, x.credit_account_id, x.pending_delta, 0::bigint from ledger.expiry x
            where x.operator_id = operator and x.sequence > 0 and x.sequence > folded
              and (x.debit_account_id = any (unlimited) or x.credit_account_id = any (unlimited)) order by x.sequence offset 0)) m
        cross join lateral (values (m.debit_account_id, m.pending_delta, m.posted_delta, 0::bigint, 0::bigint), (m.credit_account_id, 0::bigint, 0::bigint, m.pending_delta, m.posted_delta))
          side (account_id, dp, dd, cp, cd)
        where side.account_id = any (unlimited) group by side.account_id) s on s.account_id = a.id;
end $$;
