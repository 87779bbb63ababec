-- Ledger: what row-level security and the locks cost a flush of many operators. Locks: ledger.account exclusively, for an instant.

-- The same rows as before. As a bare `= any` the list of operators becomes a condition of the index, and PostgreSQL sorts it and merges it with the key anew for every account that is
-- looked up; `is true` makes it what it is meant to be, a check of the row that was found. Every query of this table names its operator or reads all of them.
alter policy tenant on ledger.account using ((operator_id = any ((select platform.current_operators())::uuid[])) is true);

-- As in 0019, but nothing goes through text on its way into a variable.
create or replace function ledger.book_simple(
    tenant text, operators uuid[], first_timestamp_ns bigint,
    t_operator uuid[], t_id uuid[], t_debit uuid[], t_credit uuid[], t_amount bigint[], t_ledger bigint[], t_code integer[],
    t_user_128 uuid[], t_user_64 bigint[], t_user_32 bigint[],
    l_operator uuid[], l_id uuid[], l_debits bigint[], l_credits bigint[],
    u_operator uuid[], u_id uuid[], u_ledger bigint[], u_debits bigint[], u_credits bigint[])
  returns integer[]
  language plpgsql
  as $$
declare
  entrant uuid;
  ignored text;
  drawn xid8;
  usable integer;
  changed integer;
  limited integer[] := '{}';
begin
  if tenant is not null then ignored := set_config('kirchhoff.operators', tenant, true); end if;
  -- As in prefetch_transfers. What follows sees whatever a closing committed before it let go of the lock.
  foreach entrant in array operators loop
    if pg_advisory_xact_lock_shared(1262830412, hashtext(entrant::text)) is null then end if; -- Takes it; `void` in a variable would go through text.
  end loop;
  -- Nearly always null: no statement is needed then. Read behind the lock, like everything that a closing changes.
  if pg_sequence_last_value('ledger.exception_sequence') is not null then
    perform 1 from unnest((select operators)) o (operator_id)
      cross join lateral (select 1 from ledger.exceptional_operator x where x.operator_id = o.operator_id offset 0) e;
    if found then
      perform 1 from unnest((select t_operator || t_operator), (select t_debit || t_credit)) k (operator_id, id)
        cross join lateral (select 1 from ledger.account x where x.operator_id = k.operator_id and x.id = k.id and (x.closed or x.watched or x.balances_set) offset 0) a;
      if found then return null; end if;
    end if;
  end if;
  if cardinality(u_id) > 0 then
    select count(*), coalesce(array_agg(k.position) filter (where a.flags & 6 <> 0), '{}') into usable, limited
      from unnest((select u_operator), (select u_id), (select u_ledger)) with ordinality k (operator_id, id, ledger, position)
      cross join lateral (select x.flags from ledger.account x where x.operator_id = k.operator_id and x.id = k.id
        and x.ledger = k.ledger and not x.closed and not x.watched and not x.balances_set offset 0) a;
    if usable <> cardinality(u_id) then return null; end if;
    if limited <> '{}' then
      select array_agg(m.operator_id order by m.operator_id, m.id), array_agg(m.id order by m.operator_id, m.id),
          array_agg(m.debits order by m.operator_id, m.id), array_agg(m.credits order by m.operator_id, m.id)
        into l_operator, l_id, l_debits, l_credits from (
          select * from unnest((select l_operator), (select l_id), (select l_debits), (select l_credits)) l (operator_id, id, debits, credits)
          union all
          select u.operator_id, u.id, u.debits, u.credits
            from unnest((select u_operator), (select u_id), (select u_debits), (select u_credits)) with ordinality u (operator_id, id, debits, credits, position)
            where u.position = any (limited)) m;
    end if;
  end if;
  drawn := pg_current_xact_id(); -- Before the first sequence number: ledger.stable_sequence() relies on it.
  begin
    if cardinality(l_id) > 0 then
      update ledger.account a set debits_posted = a.debits_posted + n.debits, credits_posted = a.credits_posted + n.credits
        from (select unnest((select l_operator)) as operator_id, unnest(l_id) as id, unnest(l_debits) as debits, unnest(l_credits) as credits offset 0) n
        where n.debits >= 0 and n.credits >= 0 and a.operator_id = n.operator_id and a.id = n.id
          and a.flags & 6 <> 0 and not a.closed and not a.watched and not a.balances_set
          and (a.flags & 2 = 0 or a.debits_pending + n.debits <= a.credits_posted - a.debits_posted)
          and (a.flags & 4 = 0 or a.credits_pending + n.credits <= a.debits_posted - a.credits_posted)
          and greatest(a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted) < 2305843009213693952;
      get diagnostics changed = row_count;
      if changed <> cardinality(l_id) then raise sqlstate 'LDG01'; end if;
    end if;
    insert into ledger.transfer (operator_id, id, debit_account_id, credit_account_id, amount, pending_delta, posted_delta, timestamp_ns,
        ledger, code, flags, user_data_128, user_data_64, user_data_32)
      select n.operator_id, n.id, n.debit, n.credit, n.amount, 0, n.amount, first_timestamp_ns + n.position, n.ledger, n.code, 0, n.user_128, n.user_64, n.user_32
        from (select unnest(t_operator) as operator_id, unnest(t_id) as id, unnest(t_debit) as debit, unnest(t_credit) as credit, unnest(t_amount) as amount,
            unnest(t_ledger) as ledger, unnest(t_code) as code, unnest(t_user_128) as user_128, unnest(t_user_64) as user_64, unnest(t_user_32) as user_32,
            generate_series(0, (select cardinality(t_id)) - 1) as position offset 0) n;
  exception when unique_violation or check_violation or numeric_value_out_of_range or sqlstate 'LDG01' then
    return null;
  end;
  return limited;
end $$;
