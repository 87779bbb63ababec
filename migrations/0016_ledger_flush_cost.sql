-- Ledger: what every flush pays, however small. Locks: ledger.account and ledger.transfer exclusively while they are read once.

-- Drawn from when an operator is listed as exceptional, and never drawn from until then: whether there is any such operator in this database is one look at it, without a
-- statement. A sequence is not undone by a roll-back and seen before the commit: both only make somebody look at the list in vain.
create sequence ledger.exception_sequence;
grant usage, select on sequence ledger.exception_sequence to kirchhoff_app;
create or replace function ledger.note_exceptional_operator() returns trigger
  language plpgsql
  as $$
begin
  perform nextval('ledger.exception_sequence');
  insert into ledger.exceptional_operator (operator_id) values (new.operator_id) on conflict do nothing;
  return null;
end $$;
alter table ledger.exceptional_operator no force row level security;
select nextval('ledger.exception_sequence') from ledger.exceptional_operator limit 1;
alter table ledger.exceptional_operator force row level security;

-- PostgreSQL reads the text of every check constraint anew for each statement that writes, so they are kept few and short. What cannot change after the account was made
-- (see identity_is_immutable) is checked when it is made; the balances by one expression.
alter table ledger.account
  drop constraint account_debits_pending_check, drop constraint account_debits_posted_check, drop constraint account_credits_pending_check, drop constraint account_credits_posted_check,
  drop constraint account_ledger_check, drop constraint account_code_check, drop constraint account_flags_check,
  add constraint balances_are_not_negative check (least(debits_pending, debits_posted, credits_pending, credits_posted) >= 0);
create function ledger.refuse_account() returns trigger
  language plpgsql
  as $$
begin
  raise exception 'an account has a ledger of 32 bits, a code of 16 bits, both from 1 on, and one limit at most' using errcode = 'check_violation';
end $$;
create trigger identity_is_valid before insert on ledger.account for each row
  when (not (new.ledger between 1 and 4294967295 and new.code between 1 and 65535 and new.flags & 6 <> 6)) execute function ledger.refuse_account();
alter table ledger.transfer drop constraint transfer_amount_check, drop constraint transfer_posted_delta_check,
  add constraint amounts_are_not_negative check (least(amount, posted_delta) >= 0);

-- As in 0015, where it is described, but for the look at the sequence.
create or replace function ledger.book_simple(
    tenant text, operators uuid[], first_timestamp_ns bigint,
    t_operator uuid[], t_id uuid[], t_debit uuid[], t_credit uuid[], t_amount bigint[], t_ledger bigint[], t_code integer[],
    t_user_128 uuid[], t_user_64 bigint[], t_user_32 bigint[],
    l_operator uuid[], l_id uuid[], l_ledger bigint[], l_debits bigint[], l_credits bigint[],
    u_operator uuid[], u_id uuid[], u_ledger bigint[], u_debits bigint[], u_credits bigint[])
  returns integer[]
  language plpgsql
  as $$
declare
  entrant uuid;
  ignored text;
  usable integer;
  changed integer;
  limited integer[] := '{}';
begin
  if tenant is not null then ignored := set_config('kirchhoff.operators', tenant, true); end if;
  -- As in prefetch_transfers. What follows sees whatever a closing committed before it let go of the lock.
  foreach entrant in array operators loop
    ignored := pg_advisory_xact_lock_shared(1262830412, hashtext(entrant::text));
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
      select array_agg(m.operator_id order by m.operator_id, m.id), array_agg(m.id order by m.operator_id, m.id), array_agg(m.ledger order by m.operator_id, m.id),
          array_agg(m.debits order by m.operator_id, m.id), array_agg(m.credits order by m.operator_id, m.id)
        into l_operator, l_id, l_ledger, l_debits, l_credits from (
          select * from unnest((select l_operator), (select l_id), (select l_ledger), (select l_debits), (select l_credits)) l (operator_id, id, ledger, debits, credits)
          union all
          select u.operator_id, u.id, u.ledger, u.debits, u.credits
            from unnest((select u_operator), (select u_id), (select u_ledger), (select u_debits), (select u_credits)) with ordinality u (operator_id, id, ledger, debits, credits, position)
            where u.position = any (limited)) m;
    end if;
  end if;
  ignored := pg_current_xact_id(); -- Before the first sequence number: ledger.stable_sequence() relies on it.
  begin
    if cardinality(l_id) > 0 then
      update ledger.account a set debits_posted = a.debits_posted + n.debits, credits_posted = a.credits_posted + n.credits
        from unnest((select l_operator), (select l_id), (select l_ledger), (select l_debits), (select l_credits)) n (operator_id, id, ledger, debits, credits)
        where n.debits >= 0 and n.credits >= 0 and a.operator_id = n.operator_id and a.id = n.id and a.ledger = n.ledger
          and a.flags & 6 <> 0 and not a.closed and not a.watched and not a.balances_set
          and (a.flags & 2 = 0 or a.debits_pending + n.debits <= a.credits_posted - a.debits_posted)
          and (a.flags & 4 = 0 or a.credits_pending + n.credits <= a.debits_posted - a.credits_posted)
          and greatest(a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted) < 2305843009213693952;
      get diagnostics changed = row_count;
      if changed <> cardinality(l_id) then raise sqlstate 'LDG01'; end if;
    end if;
    insert into ledger.transfer (operator_id, id, debit_account_id, credit_account_id, amount, pending_delta, posted_delta, timestamp_ns,
        ledger, code, flags, user_data_128, user_data_64, user_data_32)
      select n.operator_id, n.id, n.debit, n.credit, n.amount, 0, n.amount, first_timestamp_ns + n.position - 1, n.ledger, n.code, 0, n.user_128, n.user_64, n.user_32
        from unnest((select t_operator), (select t_id), (select t_debit), (select t_credit), (select t_amount), (select t_ledger), (select t_code),
          (select t_user_128), (select t_user_64), (select t_user_32)) with ordinality
          n (operator_id, id, debit, credit, amount, ledger, code, user_128, user_64, user_32, position);
  exception when unique_violation or check_violation or numeric_value_out_of_range or sqlstate 'LDG01' then
    return null;
  end;
  return limited;
end $$;
