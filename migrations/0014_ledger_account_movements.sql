-- Ledger: movements are indexed by account behind the hot path. Locks: ledger.transfer, ledger.expiry, ledger.checkpoint exclusively, for an instant.

-- Which movements touched an account, in their order: what an index by account would be, but written by the checkpoint job, sorted and many at once, instead of
-- two random index entries for every transfer while its caller waits. It covers what is up to checkpoint.indexed_sequence; later movements (the tail) are
-- found by their sequence. Readers put both together, so it never matters for the result how far the job has come.
create table ledger.account_movement (
  operator_id uuid not null,
  account_id uuid not null,
  sequence bigint not null,
  -- Of ledger.expiry; else of ledger.transfer.
  expired boolean not null,
  primary key (operator_id, account_id, sequence)
);
call platform.protect_tenant_table('ledger.account_movement', 'insert');
call platform.make_append_only('ledger.account_movement');

alter table ledger.checkpoint add column indexed_sequence bigint not null default 0;
drop trigger only_forward on ledger.checkpoint;
create trigger only_forward before update on ledger.checkpoint for each row
  when (old.operator_id is distinct from new.operator_id or new.sequence < old.sequence or new.indexed_sequence < old.indexed_sequence) execute function platform.refuse_change();

drop index ledger.transfer_debits;
drop index ledger.transfer_credits;
drop index ledger.expiry_debits;
drop index ledger.expiry_credits;

-- Indexes the next movements of the operator up to a stable sequence, at most count_max. Returns how many rows it looked at: 0 when there is nothing to do.
create function ledger.index_movements(operator uuid, through_sequence bigint, count_max integer) returns integer
  language plpgsql
  as $$
declare
  after_sequence bigint;
  last_sequence bigint;
  seen integer;
begin
  insert into ledger.checkpoint (operator_id) values (operator) on conflict do nothing;
  select c.indexed_sequence into after_sequence from ledger.checkpoint c where c.operator_id = operator for update;
  select max(d.sequence), count(*) into last_sequence, seen from (
    select m.sequence from (
      (select t.sequence from ledger.transfer t where t.operator_id = operator and t.sequence > 0 and t.sequence > after_sequence and t.sequence <= through_sequence order by t.sequence limit count_max)
      union all
      (select e.sequence from ledger.expiry e where e.operator_id = operator and e.sequence > 0 and e.sequence > after_sequence and e.sequence <= through_sequence order by e.sequence limit count_max)) m
    order by m.sequence limit count_max) d;
  if last_sequence is null then return 0; end if;
  insert into ledger.account_movement (operator_id, account_id, sequence, expired)
    select operator, s.account_id, m.sequence, m.expired from (
        (select t.sequence, t.debit_account_id, t.credit_account_id, false as expired from ledger.transfer t
          where t.operator_id = operator and t.sequence > 0 and t.sequence > after_sequence and t.sequence <= last_sequence and t.refused_as is null order by t.sequence offset 0)
        union all
        (select e.sequence, e.debit_account_id, e.credit_account_id, true from ledger.expiry e
          where e.operator_id = operator and e.sequence > 0 and e.sequence > after_sequence and e.sequence <= last_sequence order by e.sequence offset 0)) m
      cross join lateral (values (m.debit_account_id), (m.credit_account_id)) s (account_id)
      order by s.account_id, m.sequence;
  update ledger.checkpoint c set indexed_sequence = last_sequence where c.operator_id = operator;
  return seen;
end $$;

-- Balances of one account: its row plus the movements after the checkpoint (for a limited account the row alone).
-- What the operator's checkpoint has passed is in the row of every account that moved, so only the operator's movements after it are looked at.
-- Sums are numeric inside, so that they cannot wrap. The order of the inner queries binds them to the index by sequence.
create or replace function ledger.balances_of(a ledger.account, out debits_pending bigint, out debits_posted bigint, out credits_pending bigint, out credits_posted bigint)
  language plpgsql stable parallel safe
  as $$
declare
  folded bigint;
  moved record;
  lapsed record;
begin
  debits_pending := a.debits_pending; debits_posted := a.debits_posted; credits_pending := a.credits_pending; credits_posted := a.credits_posted;
  if a.flags & 6 <> 0 then return; end if;
  select greatest(a.checkpoint_sequence, max(c.sequence)) into folded from ledger.checkpoint c where c.operator_id = a.operator_id;
  select coalesce(sum(t.pending_delta) filter (where t.debit_account_id = a.id), 0) as dp, coalesce(sum(t.posted_delta) filter (where t.debit_account_id = a.id), 0) as dd,
      coalesce(sum(t.pending_delta) filter (where t.credit_account_id = a.id), 0) as cp, coalesce(sum(t.posted_delta) filter (where t.credit_account_id = a.id), 0) as cd
    into moved from (select x.debit_account_id, x.credit_account_id, x.pending_delta, x.posted_delta from ledger.transfer x
      where x.operator_id = a.operator_id and x.sequence > 0 and x.sequence > folded and (x.debit_account_id = a.id or x.credit_account_id = a.id) and x.refused_as is null
      order by x.sequence offset 0) t;
  select coalesce(sum(e.pending_delta) filter (where e.debit_account_id = a.id), 0) as dp, coalesce(sum(e.pending_delta) filter (where e.credit_account_id = a.id), 0) as cp
    into lapsed from (select x.debit_account_id, x.credit_account_id, x.pending_delta from ledger.expiry x
      where x.operator_id = a.operator_id and x.sequence > 0 and x.sequence > folded and (x.debit_account_id = a.id or x.credit_account_id = a.id) order by x.sequence offset 0) e;
  debits_pending := (a.debits_pending + moved.dp + lapsed.dp)::bigint;
  debits_posted := (a.debits_posted + moved.dd)::bigint;
  credits_pending := (a.credits_pending + moved.cp + lapsed.cp)::bigint;
  credits_posted := (a.credits_posted + moved.cd)::bigint;
end $$;
