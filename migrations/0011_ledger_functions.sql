-- Ledger: prefetch and write of a flush, two calls for any number of transfers. Locks: none on existing tables.
-- The rules are in the program (src/modules/ledger/domain); these functions read, lock and write sets; every key carries its operator.
--
-- Plans. They are cached per connection, also those made while the tables are nearly empty, so a plan must not depend on sizes: keys are looked up in a
-- lateral sub-query with `offset 0` (one index search a key, never a join that reads all of an operator's rows), rows are changed through `on conflict`
-- (which knows no plan but the primary key), and arrays come through `(select …)`, which hides their length: otherwise a plan made for the five keys
-- of one call always looks cheaper than the cached one, and every call plans anew. (`set enable_seqscan = off` on a function costs more than its work.)

-- Lets no flush of the operators run while an account is being closed: flushes share a lock, a closing has it alone. It waits by asking again and again,
-- because a queued exclusive lock would make every later flush queue behind it; only after two seconds of asking does it queue.
create function ledger.enter_closing(operators uuid[]) returns void
  language plpgsql
  as $$
declare
  entrant uuid;
  attempts integer := 0;
begin
  foreach entrant in array operators loop
    while not pg_try_advisory_xact_lock(1262830412, hashtext(entrant::text)) loop
      attempts := attempts + 1;
      if attempts > 400 then perform pg_advisory_xact_lock(1262830412, hashtext(entrant::text)); end if;
      perform pg_sleep(0.005);
    end loop;
  end loop;
end $$;

create type ledger.prefetched as (kind text, operator_id uuid, id uuid, flags integer, ledger bigint, code integer, closed boolean, n1 bigint, n2 bigint, n3 bigint,
  n4 bigint, n5 bigint, debit_account_id uuid, credit_account_id uuid, pending_id uuid, user_data_128 uuid, status text, refused boolean);

-- Everything that a flush must know. Keys come in order of (operator, id), and rows are locked in that order: pending transfers, then limited accounts, then
-- the unlimited ones whose balances are wanted exactly. Each statement has a snapshot of its own, so what comes after a lock sees what the lock waited for.
-- kind: 'd' an operator with lapsed pending transfers, to be expired first (then nothing else is returned); 'a' an account (n1..n4 its balances where
-- they count, n5 = 1 when it is watched); 't' a transfer.
create function ledger.prefetch_transfers(
    operators uuid[], closing boolean, now_ns bigint, account_operators uuid[], account_ids uuid[], exact_operators uuid[], exact_ids uuid[],
    transfer_operators uuid[], transfer_ids uuid[], pending_operators uuid[], pending_ids uuid[])
  returns setof ledger.prefetched
  language plpgsql rows 64
  as $$
#variable_conflict use_column
begin
  return query select 'd', p.operator_id, null::uuid, null::integer, null::bigint, null::integer, null::boolean, null::bigint, null::bigint, null::bigint, null::bigint, null::bigint,
      null::uuid, null::uuid, null::uuid, null::uuid, null::text, null::boolean
    from unnest((select operators)) o (operator_id) cross join lateral (select x.operator_id from ledger.pending_transfer x
      where x.operator_id = o.operator_id and x.status = 'pending' and x.expires_at_ns <= now_ns order by x.expires_at_ns limit 1) p;
  if found then return; end if;
  if closing then
    perform ledger.enter_closing(operators);
  else
    perform pg_advisory_xact_lock_shared(1262830412, hashtext(o::text)) from unnest((select operators)) o;
  end if;

  if cardinality(pending_ids) > 0 then
    perform 1 from unnest((select pending_operators), (select pending_ids)) k (operator_id, id)
      cross join lateral (select 1 from ledger.pending_transfer x where x.operator_id = k.operator_id and x.id = k.id for update) p;
    -- The accounts of what is to be posted or voided, which the events need not name.
    select array_agg(s.operator_id order by s.operator_id, s.id), array_agg(s.id order by s.operator_id, s.id) into account_operators, account_ids from (
      select t.operator_id, side.id from unnest((select pending_operators), (select pending_ids)) k (operator_id, id)
        cross join lateral (select x.* from ledger.transfer x where x.operator_id = k.operator_id and x.id = k.id offset 0) t
        cross join lateral (values (t.debit_account_id), (t.credit_account_id)) side (id)
        where t.flags & 2 <> 0 and t.refused_as is null
      union select * from unnest((select account_operators), (select account_ids))) s;
  end if;

  -- One pass: an unlimited account is read, a limited one is locked and read as it is after the wait for its lock.
  return query select 'a', a.operator_id, a.id, a.flags, a.ledger, a.code, a.closed, a.n1, a.n2, a.n3, a.n4, a.n5,
      null::uuid, null::uuid, null::uuid, null::uuid, null::text, null::boolean
    from unnest((select account_operators), (select account_ids)) k (operator_id, id)
    cross join lateral (
      select u.operator_id, u.id, u.flags, u.ledger, u.code, u.closed, null::bigint as n1, null::bigint as n2, null::bigint as n3, null::bigint as n4, u.watched::integer::bigint as n5
        from (select x.* from ledger.account x where x.operator_id = k.operator_id and x.id = k.id and x.flags & 6 = 0 offset 0) u
      union all
      select l.operator_id, l.id, l.flags, l.ledger, l.code, l.closed, l.debits_pending, l.debits_posted, l.credits_pending, l.credits_posted, 0
        from (select x.* from ledger.account x where x.operator_id = k.operator_id and x.id = k.id and x.flags & 6 <> 0 for update) l) a;

  if cardinality(exact_ids) > 0 then
    perform 1 from unnest((select exact_operators), (select exact_ids)) k (operator_id, id)
      cross join lateral (select 1 from ledger.account x where x.operator_id = k.operator_id and x.id = k.id and x.flags & 6 = 0 for update) a;
    return query select 'a', a.operator_id, a.id, a.flags, a.ledger, a.code, a.closed, b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted, 0::bigint,
        null::uuid, null::uuid, null::uuid, null::uuid, null::text, null::boolean
      from unnest((select exact_operators), (select exact_ids)) k (operator_id, id)
      cross join lateral (select x.*, x as account from ledger.account x where x.operator_id = k.operator_id and x.id = k.id and x.flags & 6 = 0 offset 0) a
      cross join lateral ledger.balances_of(a.account) b;
  end if;

  if cardinality(transfer_ids) + cardinality(pending_ids) > 0 then
    return query select 't', t.operator_id, t.id, t.flags, t.ledger, t.code, null::boolean, t.amount, t.timestamp_ns, t.timeout, t.user_data_64, t.user_data_32,
        t.debit_account_id, t.credit_account_id, t.pending_id, t.user_data_128, p.status, t.refused_as is not null
      from unnest((select transfer_operators || pending_operators), (select transfer_ids || pending_ids)) k (operator_id, id)
      cross join lateral (select x.* from ledger.transfer x where x.operator_id = k.operator_id and x.id = k.id offset 0) t
      left join lateral (select x.status from ledger.pending_transfer x where x.operator_id = k.operator_id and x.id = k.id offset 0) p on true;
  end if;
end $$;

-- Writes what a flush decided: all of it, or nothing and false when an id was taken meanwhile (then the flush runs again and sees it).
-- The transaction has its number before the first sequence value is drawn: ledger.stable_sequence() relies on it.
create function ledger.write_transfers(
    t_operator uuid[], t_id uuid[], t_debit uuid[], t_credit uuid[], t_amount bigint[], t_pending_delta bigint[], t_posted_delta bigint[], t_timestamp bigint[],
    t_ledger bigint[], t_code integer[], t_flags integer[], t_timeout bigint[], t_pending_id uuid[], t_user_128 uuid[], t_user_64 bigint[], t_user_32 bigint[],
    t_refused text[], t_pending_status text[],
    p_operator uuid[], p_id uuid[], p_status text[],
    l_operator uuid[], l_id uuid[], l_closed boolean[], l_debits_pending bigint[], l_debits_posted bigint[], l_credits_pending bigint[], l_credits_posted bigint[],
    u_operator uuid[], u_id uuid[], u_closed boolean[], u_watched boolean[])
  returns boolean
  language plpgsql
  as $$
begin
  perform pg_current_xact_id();
  insert into ledger.transfer (operator_id, id, debit_account_id, credit_account_id, amount, pending_delta, posted_delta, timestamp_ns,
      ledger, code, flags, timeout, pending_id, user_data_128, user_data_64, user_data_32, refused_as)
    select * from unnest((select t_operator), t_id, t_debit, t_credit, t_amount, t_pending_delta, t_posted_delta, t_timestamp,
      t_ledger, t_code, t_flags, t_timeout, t_pending_id, t_user_128, t_user_64, t_user_32, t_refused);
  if cardinality(t_pending_status) > 0 then
    insert into ledger.pending_transfer (operator_id, id, status, expires_at_ns)
      select n.operator_id, n.id, n.status, case when n.timeout > 0 then n.timestamp_ns - n.timestamp_ns % 1000000 + n.timeout * 1000000000 end
        from unnest((select t_operator), t_id, t_pending_status, t_timestamp, t_timeout) n (operator_id, id, status, timestamp_ns, timeout) where n.status is not null;
  end if;
  if cardinality(p_id) > 0 then
    insert into ledger.pending_transfer (operator_id, id, status) select * from unnest((select p_operator), p_id, p_status)
      on conflict (operator_id, id) do update set status = excluded.status;
  end if;
  -- Limited accounts, locked by the prefetch: every row conflicts, the values that are not in the `set` list are never stored.
  if cardinality(l_id) > 0 then
    insert into ledger.account as a (operator_id, id, flags, ledger, code, timestamp_ns, closed, debits_pending, debits_posted, credits_pending, credits_posted)
      select n.operator_id, n.id, 0, 1, 1, 0, n.closed, n.debits_pending, n.debits_posted, n.credits_pending, n.credits_posted
        from unnest((select l_operator), l_id, l_closed, l_debits_pending, l_debits_posted, l_credits_pending, l_credits_posted)
          n (operator_id, id, closed, debits_pending, debits_posted, credits_pending, credits_posted)
      on conflict (operator_id, id) do update set closed = excluded.closed, debits_pending = excluded.debits_pending,
        debits_posted = excluded.debits_posted, credits_pending = excluded.credits_pending, credits_posted = excluded.credits_posted;
  end if;
  -- Unlimited accounts, rarely: closed, opened again, or to be watched from now on.
  if cardinality(u_id) > 0 then
    insert into ledger.account as a (operator_id, id, flags, ledger, code, timestamp_ns, closed, watched)
      select n.operator_id, n.id, 0, 1, 1, 0, n.closed, n.watched from unnest((select u_operator), u_id, u_closed, u_watched) n (operator_id, id, closed, watched)
      on conflict (operator_id, id) do update set closed = excluded.closed, watched = a.watched or excluded.watched;
  end if;
  return true;
exception when unique_violation then
  return false;
end $$;

-- Releases pending transfers that lapsed (all, or of those named): writes the expiry facts, settles the state, gives limited accounts their balance back
-- (in order of id) and opens accounts that a lapsed closing had closed.
create function ledger.expire_transfers(operator uuid, ids uuid[], now_ns bigint, first_timestamp_ns bigint, count_max integer)
  returns table (pending_id uuid, timestamp_ns bigint)
  language plpgsql
  as $$
#variable_conflict use_column
declare
  due uuid[];
  side record;
begin
  perform pg_advisory_xact_lock_shared(1262830412, hashtext(operator::text));
  perform pg_current_xact_id();
  select array_agg(p.id order by p.expires_at_ns, p.id) into due from (
    select x.id, x.expires_at_ns from ledger.pending_transfer x
      where x.operator_id = operator and x.status = 'pending' and x.expires_at_ns <= now_ns and (cardinality(ids) = 0 or x.id = any (ids))
      order by x.expires_at_ns, x.id limit count_max for update) p;
  if due is null then return; end if;
  insert into ledger.expiry (operator_id, pending_id, debit_account_id, credit_account_id, pending_delta, ledger, timestamp_ns)
    select operator, t.id, t.debit_account_id, t.credit_account_id, -t.pending_delta, t.ledger, first_timestamp_ns + d.position - 1
      from unnest((select due)) with ordinality d (id, position)
      cross join lateral (select x.* from ledger.transfer x where x.operator_id = operator and x.id = d.id offset 0) t order by d.position;
  insert into ledger.pending_transfer (operator_id, id, status) select operator, d, 'expired' from unnest((select due)) d
    on conflict (operator_id, id) do update set status = excluded.status;
  for side in
    select s.id, sum(s.debits)::bigint as debits, sum(s.credits)::bigint as credits, bool_or(s.opens) as opens
      from unnest((select due)) d (id)
      cross join lateral (select x.* from ledger.transfer x where x.operator_id = operator and x.id = d.id offset 0) t
      cross join lateral (values (t.debit_account_id, t.amount, 0::bigint, t.flags & 64 <> 0), (t.credit_account_id, 0::bigint, t.amount, t.flags & 128 <> 0)) s (id, debits, credits, opens)
      group by s.id order by s.id
  loop
    update ledger.account a
      set debits_pending = a.debits_pending - case when a.flags & 6 <> 0 then side.debits else 0 end,
          credits_pending = a.credits_pending - case when a.flags & 6 <> 0 then side.credits else 0 end,
          closed = a.closed and not side.opens
      where a.operator_id = operator and a.id = side.id and (a.flags & 6 <> 0 or side.opens);
  end loop;
  return query select e.pending_id, e.timestamp_ns from unnest((select due)) d (id)
    cross join lateral (select x.* from ledger.expiry x where x.operator_id = operator and x.pending_id = d.id offset 0) e order by e.sequence;
end $$;

-- Writes new accounts; false when an id was taken meanwhile.
create function ledger.write_accounts(operator uuid, a_id uuid[], a_flags integer[], a_ledger bigint[], a_code integer[],
    a_user_128 uuid[], a_user_64 bigint[], a_user_32 bigint[], a_timestamp bigint[])
  returns boolean
  language plpgsql
  as $$
begin
  insert into ledger.account (operator_id, id, flags, ledger, code, user_data_128, user_data_64, user_data_32, timestamp_ns, closed)
    select operator, n.id, n.flags & ~32, n.ledger, n.code, n.user_128, n.user_64, n.user_32, n.timestamp_ns, n.flags & 32 <> 0
      from unnest(a_id, a_flags, a_ledger, a_code, a_user_128, a_user_64, a_user_32, a_timestamp) n (id, flags, ledger, code, user_128, user_64, user_32, timestamp_ns);
  return true;
exception when unique_violation then
  return false;
end $$;
