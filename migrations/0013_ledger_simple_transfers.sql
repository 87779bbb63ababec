-- Ledger: booking of simple transfers, one call for a whole flush. Locks: none on existing tables.

-- Books transfers that have no flags, no pending id and no timeout, with amounts below 2^40: all of them, or nothing and false. False says only that
-- this short way does not tell the outcome (a taken id, a limit, a closed, missing or watched account, another ledger): the caller then goes the general way,
-- which does. So everything here may be stricter than the rules, never laxer.
--   tenant      the operators, comma separated, for row-level security; null when the caller's transaction has said so already.
--   t_…         the transfers in order; user data are empty when there are none.
--   a_…         each account once, in order of (operator, id), with the sums of what the transfers debit and credit.
-- Limits. A transfer that only adds to the limited side keeps the limit or breaks it for all that follow, so the sum of an account's transfers within the limit
-- means each of them is. What the same flush moves to the other side is not counted, because it might have come later.
-- Lapsed holds are not released here: they only make limits stricter, and a closing that lapsed leaves its account closed. Both lead to false.
-- Plans: see 0011. The conditions on the sums are always true; they make the planner expect one account and so search the index for each. Keys are compared
-- as they come: an expression around them might leak in the planner's eyes, and under row-level security it then searches the index for every operator.
create function ledger.book_simple(
    tenant text, operators uuid[], first_timestamp_ns bigint,
    t_operator uuid[], t_id uuid[], t_debit uuid[], t_credit uuid[], t_amount bigint[], t_ledger bigint[], t_code integer[],
    t_user_128 uuid[], t_user_64 bigint[], t_user_32 bigint[],
    a_operator uuid[], a_id uuid[], a_ledger bigint[], a_debits bigint[], a_credits bigint[])
  returns boolean
  language plpgsql
  as $$
declare
  entrant uuid;
  ignored text;
  usable integer;
  limited integer;
  changed integer;
begin
  if tenant is not null then ignored := set_config('kirchhoff.operators', tenant, true); end if;
  -- As in prefetch_transfers. What follows sees whatever a closing committed before it let go of the lock.
  foreach entrant in array operators loop
    ignored := pg_advisory_xact_lock_shared(1262830412, hashtext(entrant::text));
  end loop;
  select count(*), count(*) filter (where a.flags & 6 <> 0) into usable, limited
    from unnest((select a_operator), (select a_id), (select a_ledger)) k (operator_id, id, ledger)
    cross join lateral (select x.flags from ledger.account x where x.operator_id = k.operator_id and x.id = k.id
      and x.ledger = k.ledger and not x.closed and not x.watched and not x.balances_set offset 0) a;
  if usable <> cardinality(a_id) then return false; end if;
  ignored := pg_current_xact_id(); -- Before the first sequence number: ledger.stable_sequence() relies on it.
  begin
    if limited > 0 then
      update ledger.account a set debits_posted = a.debits_posted + n.debits, credits_posted = a.credits_posted + n.credits
        from unnest((select a_operator), (select a_id), (select a_debits), (select a_credits)) n (operator_id, id, debits, credits)
        where n.debits >= 0 and n.credits >= 0 and a.operator_id = n.operator_id and a.id = n.id and a.flags & 6 <> 0 and not a.balances_set
          and (a.flags & 2 = 0 or a.debits_pending + n.debits <= a.credits_posted - a.debits_posted)
          and (a.flags & 4 = 0 or a.credits_pending + n.credits <= a.debits_posted - a.credits_posted)
          and greatest(a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted) < 2305843009213693952;
      get diagnostics changed = row_count;
      if changed <> limited then raise sqlstate 'LDG01'; end if;
    end if;
    insert into ledger.transfer (operator_id, id, debit_account_id, credit_account_id, amount, pending_delta, posted_delta, timestamp_ns,
        ledger, code, flags, user_data_128, user_data_64, user_data_32)
      select n.operator_id, n.id, n.debit, n.credit, n.amount, 0, n.amount, first_timestamp_ns + n.position - 1, n.ledger, n.code, 0, n.user_128, n.user_64, n.user_32
        from unnest((select t_operator), (select t_id), (select t_debit), (select t_credit), (select t_amount), (select t_ledger), (select t_code),
          (select t_user_128), (select t_user_64), (select t_user_32)) with ordinality
          n (operator_id, id, debit, credit, amount, ledger, code, user_128, user_64, user_32, position);
  exception when unique_violation or check_violation or numeric_value_out_of_range or sqlstate 'LDG01' then
    return false;
  end;
  return true;
end $$;
