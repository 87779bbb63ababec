-- Ledger: booking of simple transfers by a program that knows its accounts. Locks: ledger.account exclusively while it is read once and gets a trigger.

-- Operators of whom an unlimited account was ever closed or watched (or set by the test-only function). What the program remembers of an account (that it exists, its
-- limit flags, its ledger) never changes; what can change is these three, and while an operator is not listed here none of its unlimited accounts can be any of them.
-- So the usual operator's accounts need not be read to book on them; a listed one's are, every time. Nobody is ever taken off the list: it only costs time.
create table ledger.exceptional_operator (
  operator_id uuid not null,
  primary key (operator_id)
);
call platform.protect_tenant_table('ledger.exceptional_operator', 'insert');
call platform.make_append_only('ledger.exceptional_operator');

create function ledger.note_exceptional_operator() returns trigger
  language plpgsql
  as $$
begin
  insert into ledger.exceptional_operator (operator_id) values (new.operator_id) on conflict do nothing;
  return null;
end $$;
create trigger exceptions_are_noted after insert or update of closed, watched, balances_set on ledger.account for each row
  when (new.flags & 6 = 0 and (new.closed or new.watched or new.balances_set)) execute function ledger.note_exceptional_operator();
-- For the owner, who runs this, row-level security is lifted for the one statement that must see every operator's rows.
alter table ledger.account no force row level security;
alter table ledger.exceptional_operator no force row level security;
insert into ledger.exceptional_operator (operator_id)
  select distinct a.operator_id from ledger.account a where a.flags & 6 = 0 and (a.closed or a.watched or a.balances_set);
alter table ledger.exceptional_operator force row level security;
alter table ledger.account force row level security;

-- Books transfers that have no flags, no pending id and no timeout, with amounts below 2^40: all of them, or nothing and null. Null says only that
-- this short way does not tell the outcome (a taken id, a limit, a closed, missing or watched account, another ledger): the caller then goes the general way,
-- which does. So everything here may be stricter than the rules, never laxer.
--   tenant      the operators, comma separated, for row-level security; null when the caller's transaction has said so already.
--   t_…         the transfers in order; user data are empty when there are none.
--   l_…, u_…    each account once, in order of (operator, id), with the sums of what the transfers debit and credit: those that the program remembers to be limited,
--               and those it knows nothing of. Accounts that it remembers to be unlimited and on the ledger of their transfers are named in neither.
-- Returns the positions of the limited accounts among the unknown, so that the program knows them from then on: the rest of them are unlimited.
-- Limits. A transfer that only adds to the limited side keeps the limit or breaks it for all that follow, so the sum of an account's transfers within the limit
-- means each of them is. What the same flush moves to the other side is not counted, because it might have come later.
-- Lapsed holds are not released here: they only make limits stricter, and a closing that lapsed leaves its account closed. Both lead to null.
-- Plans: see 0011. The conditions on the sums are always true; they make the planner expect one account and so search the index for each. Keys are compared
-- as they come: an expression around them might leak in the planner's eyes, and under row-level security it then searches the index for every operator.
drop function ledger.book_simple(text, uuid[], bigint, uuid[], uuid[], uuid[], uuid[], bigint[], bigint[], integer[], uuid[], bigint[], bigint[], uuid[], uuid[], bigint[], bigint[], bigint[]);
create function ledger.book_simple(
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
  perform 1 from unnest((select operators)) o (operator_id)
    cross join lateral (select 1 from ledger.exceptional_operator x where x.operator_id = o.operator_id offset 0) e;
  if found then
    perform 1 from unnest((select t_operator || t_operator), (select t_debit || t_credit)) k (operator_id, id)
      cross join lateral (select 1 from ledger.account x where x.operator_id = k.operator_id and x.id = k.id and (x.closed or x.watched or x.balances_set) offset 0) a;
    if found then return null; end if;
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
