-- Ledger: prefetch and write of a flush, two calls for any number of transfers. Locks: none on existing tables.
-- Look-ups by key are forced (the `set enable_…` of each function): plans are cached per connection, and one made while the tables were small would
-- read all of an operator's rows for good.
-- The rules are in the program (src/modules/ledger/domain); these functions read, lock and write sets, in Citus-ready form: every key carries its operator.

-- Lets no flush of the operators run while an account is being closed. A closing waits by asking again and again, because a queued exclusive
-- lock would make every later flush queue behind it; only after two seconds of asking does it queue.
create function ledger.enter_flush(operators uuid[], closing boolean) returns void
  language plpgsql
  as $$
declare
  entrant uuid;
  attempts integer := 0;
begin
  foreach entrant in array operators loop
    if not closing then
      perform pg_advisory_xact_lock_shared(1262830412, hashtext(entrant::text));
    else
      while not pg_try_advisory_xact_lock(1262830412, hashtext(entrant::text)) loop
        attempts := attempts + 1;
        if attempts > 400 then perform pg_advisory_xact_lock(1262830412, hashtext(entrant::text)); end if;
        perform pg_sleep(0.005);
      end loop;
    end if;
  end loop;
end $$;

-- Everything that a flush must know. Locks pending transfers, then accounts, each in order of (operator, id): those with a limit, those that are
-- watched and those asked for exactly. Reads after locking, each statement with a snapshot of its own, so that it sees what the lock waited for.
-- kind: 'd' an operator with lapsed pending transfers, to be expired first (then nothing else is returned); 'a' an account; 't' a transfer.
create function ledger.prefetch_transfers(
    operators uuid[], closing boolean, now_ns bigint,
    account_operators uuid[], account_ids uuid[], account_exact boolean[],
    transfer_operators uuid[], transfer_ids uuid[], pending_operators uuid[], pending_ids uuid[])
  returns table (kind text, operator_id uuid, id uuid, flags integer, ledger bigint, code integer, closed boolean, n1 bigint, n2 bigint, n3 bigint, n4 bigint,
    n5 bigint, debit_account_id uuid, credit_account_id uuid, pending_id uuid, user_data_128 uuid, status text, refused boolean)
  language plpgsql
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off
  as $$
#variable_conflict use_column
declare
  more_operators uuid[];
  more_ids uuid[];
begin
  return query select 'd', p.operator_id, null::uuid, null::integer, null::bigint, null::integer, null::boolean, null::bigint, null::bigint, null::bigint, null::bigint, null::bigint,
      null::uuid, null::uuid, null::uuid, null::uuid, null::text, null::boolean
    from unnest(operators) o (operator_id) cross join lateral (select x.operator_id from ledger.pending_transfer x
      where x.operator_id = o.operator_id and x.status = 'pending' and x.expires_at_ns <= now_ns order by x.expires_at_ns limit 1) p;
  if found then return; end if;
  perform ledger.enter_flush(operators, closing);

  if cardinality(pending_ids) > 0 then
    perform 1 from unnest(pending_operators, pending_ids) k (operator_id, id)
      join ledger.pending_transfer p on p.operator_id = k.operator_id and p.id = k.id
      order by p.operator_id, p.id for update of p;
    select array_agg(s.operator_id), array_agg(s.id) into more_operators, more_ids from (
      select t.operator_id, side.id
        from unnest(pending_operators, pending_ids) k (operator_id, id)
        join ledger.transfer t on t.operator_id = k.operator_id and t.id = k.id
        cross join lateral (values (t.debit_account_id), (t.credit_account_id)) side (id)
        where t.pending_delta > 0 or t.flags & 2 <> 0
      except select * from unnest(account_operators, account_ids)) s;
    if more_ids is not null then
      account_operators := account_operators || more_operators;
      account_ids := account_ids || more_ids;
    end if;
  end if;

  perform 1 from unnest(account_operators, account_ids, account_exact) k (operator_id, id, exact)
    join ledger.account a on a.operator_id = k.operator_id and a.id = k.id
    where a.flags & 6 <> 0 or a.watched or k.exact
    order by a.operator_id, a.id for update of a;

  return query select 'a', a.operator_id, a.id, a.flags, a.ledger, a.code, a.closed,
      case when a.flags & 6 <> 0 then a.debits_pending else b.debits_pending end, case when a.flags & 6 <> 0 then a.debits_posted else b.debits_posted end,
      case when a.flags & 6 <> 0 then a.credits_pending else b.credits_pending end, case when a.flags & 6 <> 0 then a.credits_posted else b.credits_posted end,
      null::bigint, null::uuid, null::uuid, null::uuid, null::uuid, null::text, null::boolean
    from unnest(account_operators, account_ids, account_exact) k (operator_id, id, exact)
    join ledger.account a on a.operator_id = k.operator_id and a.id = k.id
    -- The condition stands inside, where it keeps the function from being called; on the join it would only drop its result.
    left join lateral (select * from ledger.balances_of(a) where a.flags & 6 = 0 and (a.watched or k.exact) offset 0) b on true;

  if cardinality(transfer_ids) + cardinality(pending_ids) = 0 then return; end if;
  return query select 't', t.operator_id, t.id, t.flags, t.ledger, t.code, null::boolean, t.amount, t.timestamp_ns, t.timeout, t.user_data_64, t.user_data_32,
      t.debit_account_id, t.credit_account_id, t.pending_id, t.user_data_128, p.status, t.refused_as is not null
    from unnest(transfer_operators || pending_operators, transfer_ids || pending_ids) k (operator_id, id)
    join ledger.transfer t on t.operator_id = k.operator_id and t.id = k.id
    left join ledger.pending_transfer p on p.operator_id = t.operator_id and p.id = t.id;
end $$;

-- Writes what a flush decided: all of it, or nothing and false when an id was taken meanwhile (then the flush runs again and sees it).
-- The transaction has its number before the first sequence value is drawn: ledger.stable_sequence() relies on it.
create function ledger.write_transfers(
    t_operator uuid[], t_id uuid[], t_debit uuid[], t_credit uuid[], t_amount bigint[], t_pending_delta bigint[], t_posted_delta bigint[], t_timestamp bigint[],
    t_ledger bigint[], t_code integer[], t_flags integer[], t_timeout bigint[], t_pending_id uuid[], t_user_128 uuid[], t_user_64 bigint[], t_user_32 bigint[],
    t_refused text[], t_pending_status text[],
    p_operator uuid[], p_id uuid[], p_status text[],
    a_operator uuid[], a_id uuid[], a_closed boolean[], a_watched boolean[], a_debits_pending bigint[], a_debits_posted bigint[], a_credits_pending bigint[], a_credits_posted bigint[])
  returns boolean
  language plpgsql
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off
  as $$
begin
  perform pg_current_xact_id();
  insert into ledger.transfer (operator_id, id, debit_account_id, credit_account_id, amount, pending_delta, posted_delta, timestamp_ns,
      ledger, code, flags, timeout, pending_id, user_data_128, user_data_64, user_data_32, refused_as)
    select * from unnest(t_operator, t_id, t_debit, t_credit, t_amount, t_pending_delta, t_posted_delta, t_timestamp,
      t_ledger, t_code, t_flags, t_timeout, t_pending_id, t_user_128, t_user_64, t_user_32, t_refused);
  if cardinality(t_pending_status) > 0 then
    insert into ledger.pending_transfer (operator_id, id, status, expires_at_ns)
      select n.operator_id, n.id, n.status, case when n.timeout > 0 then n.timestamp_ns - n.timestamp_ns % 1000000 + n.timeout * 1000000000 end
        from unnest(t_operator, t_id, t_pending_status, t_timestamp, t_timeout) n (operator_id, id, status, timestamp_ns, timeout) where n.status is not null;
  end if;
  if cardinality(p_id) > 0 then
    update ledger.pending_transfer p set status = s.status
      from unnest(p_operator, p_id, p_status) s (operator_id, id, status) where p.operator_id = s.operator_id and p.id = s.id;
  end if;
  if cardinality(a_id) > 0 then
    update ledger.account a set closed = n.closed, watched = a.watched or n.watched,
        debits_pending = coalesce(n.debits_pending, a.debits_pending), debits_posted = coalesce(n.debits_posted, a.debits_posted),
        credits_pending = coalesce(n.credits_pending, a.credits_pending), credits_posted = coalesce(n.credits_posted, a.credits_posted)
      from unnest(a_operator, a_id, a_closed, a_watched, a_debits_pending, a_debits_posted, a_credits_pending, a_credits_posted)
        n (operator_id, id, closed, watched, debits_pending, debits_posted, credits_pending, credits_posted)
      where a.operator_id = n.operator_id and a.id = n.id;
  end if;
  return true;
exception when unique_violation then
  return false;
end $$;

-- Releases pending transfers that lapsed (all, or of those named): locks them, then their limited accounts, in order; writes the expiry facts,
-- settles the state, gives limited accounts their balance back and opens accounts that a lapsed closing had closed.
create function ledger.expire_transfers(operator uuid, ids uuid[], now_ns bigint, first_timestamp_ns bigint, count_max integer)
  returns table (pending_id uuid, timestamp_ns bigint)
  language plpgsql
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off set enable_material = off
  as $$
#variable_conflict use_column
declare
  due uuid[];
begin
  perform ledger.enter_flush(array[operator], false);
  perform pg_current_xact_id();
  select array_agg(p.id order by p.expires_at_ns, p.id) into due from (
    select x.id, x.expires_at_ns from ledger.pending_transfer x
      where x.operator_id = operator and x.status = 'pending' and x.expires_at_ns <= now_ns and (cardinality(ids) = 0 or x.id = any (ids))
      order by x.operator_id, x.id limit count_max for update) p;
  if due is null then return; end if;
  perform 1 from ledger.account a where a.operator_id = operator and a.id in (
      select side.id from ledger.transfer t cross join lateral (values (t.debit_account_id), (t.credit_account_id)) side (id)
        where t.operator_id = operator and t.id = any (due)) and (a.flags & 6 <> 0 or a.closed)
    order by a.operator_id, a.id for update;
  insert into ledger.expiry (operator_id, pending_id, debit_account_id, credit_account_id, pending_delta, ledger, timestamp_ns)
    select operator, t.id, t.debit_account_id, t.credit_account_id, -t.pending_delta, t.ledger, first_timestamp_ns + d.position - 1
      from unnest(due) with ordinality d (id, position) join ledger.transfer t on t.operator_id = operator and t.id = d.id order by d.position;
  update ledger.pending_transfer p set status = 'expired' where p.operator_id = operator and p.id = any (due);
  update ledger.account a
    set debits_pending = a.debits_pending - case when a.flags & 6 <> 0 then s.debits else 0 end,
        credits_pending = a.credits_pending - case when a.flags & 6 <> 0 then s.credits else 0 end,
        closed = a.closed and not s.opens
    from (
      select side.id, sum(side.debits)::bigint as debits, sum(side.credits)::bigint as credits, bool_or(side.opens) as opens
        from ledger.transfer t
        cross join lateral (values (t.debit_account_id, t.amount, 0::bigint, t.flags & 64 <> 0), (t.credit_account_id, 0::bigint, t.amount, t.flags & 128 <> 0)) side (id, debits, credits, opens)
        where t.operator_id = operator and t.id = any (due) group by side.id) s
    where a.operator_id = operator and a.id = s.id and (a.flags & 6 <> 0 or s.opens);
  return query select e.pending_id, e.timestamp_ns from ledger.expiry e where e.operator_id = operator and e.pending_id = any (due) order by e.sequence;
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
