-- Ledger: checkpoints of unlimited accounts, and the hash chain over movements. Locks: none on existing tables.

-- How far an operator's unlimited accounts are folded into their rows.
create table ledger.checkpoint (
  operator_id uuid not null,
  sequence bigint not null default 0,
  primary key (operator_id)
);
call platform.protect_tenant_table('ledger.checkpoint', 'insert, update');
create trigger only_forward before update on ledger.checkpoint for each row
  when (old.operator_id is distinct from new.operator_id or new.sequence < old.sequence) execute function platform.refuse_change();
create trigger never_deleted before delete on ledger.checkpoint for each row execute function platform.refuse_change();
create trigger never_truncated before truncate on ledger.checkpoint for each statement execute function platform.refuse_change();

-- A link covers the movements after the previous link's last, up to its own: hash = sha256(previous hash || the movements' digests, in order of sequence).
create table ledger.chain_link (
  operator_id uuid not null,
  position bigint not null check (position > 0),
  first_sequence bigint not null,
  last_sequence bigint not null check (last_sequence >= first_sequence),
  movements integer not null check (movements > 0),
  hash bytea not null check (length(hash) = 32),
  primary key (operator_id, position)
);
call platform.protect_tenant_table('ledger.chain_link', 'insert');
call platform.make_append_only('ledger.chain_link');

-- Every column of a movement's row, as text, hashed.
create function ledger.transfer_digest(t ledger.transfer) returns bytea
  language sql immutable parallel safe
  return sha256(convert_to(concat_ws('|', 'transfer', t.sequence, t.id, t.debit_account_id, t.credit_account_id, t.amount, t.pending_delta, t.posted_delta, t.timestamp_ns,
    t.ledger, t.code, t.flags, t.timeout, coalesce(t.pending_id::text, '-'), coalesce(t.user_data_128::text, '-'), coalesce(t.user_data_64::text, '-'),
    coalesce(t.user_data_32::text, '-'), coalesce(t.refused_as, '-')), 'UTF8'));
create function ledger.expiry_digest(e ledger.expiry) returns bytea
  language sql immutable parallel safe
  return sha256(convert_to(concat_ws('|', 'expiry', e.sequence, e.pending_id, e.debit_account_id, e.credit_account_id, e.pending_delta, e.ledger, e.timestamp_ns), 'UTF8'));

-- The next movements (and burnt ids: they are evidence too) of an operator after a sequence, with their digests.
create function ledger.digests(operator uuid, after_sequence bigint, through_sequence bigint, count_max integer)
  returns table (sequence bigint, digest bytea)
  language sql stable
  as $$
    select d.sequence, d.digest from (
      (select t.sequence, ledger.transfer_digest(t) as digest from ledger.transfer t
        where t.operator_id = operator and t.sequence > 0 and t.sequence > after_sequence and t.sequence <= through_sequence order by t.sequence limit count_max)
      union all
      (select e.sequence, ledger.expiry_digest(e) from ledger.expiry e
        where e.operator_id = operator and e.sequence > 0 and e.sequence > after_sequence and e.sequence <= through_sequence order by e.sequence limit count_max)) d
    order by d.sequence limit count_max
  $$;

-- A sequence up to which nothing of the operator can appear any more, or null when it is not yet known. No lock and no waiting for those who write:
-- first the highest visible sequence is read, then this transaction draws its number, then it waits until every transaction with a lower number has ended.
-- Whoever drew a lower sequence had drawn its transaction number before (see write_transfers and expire_transfers), so it has ended too.
create function ledger.stable_sequence(operator uuid, wait_ms integer) returns bigint
  language plpgsql
  as $$
declare
  highest bigint;
  mine xid8;
  oldest xid8;
  deadline timestamptz := clock_timestamp() + wait_ms * interval '1 millisecond';
begin
  select greatest(
      coalesce((select max(t.sequence) from ledger.transfer t where t.operator_id = operator and t.sequence > 0), 0),
      coalesce((select max(e.sequence) from ledger.expiry e where e.operator_id = operator and e.sequence > 0), 0)) into highest;
  mine := pg_current_xact_id();
  loop
    -- This transaction is itself the oldest when nothing older runs: the snapshot's xmin is then its own number.
    oldest := pg_snapshot_xmin(pg_current_snapshot());
    if oldest >= mine then return highest; end if;
    if clock_timestamp() >= deadline then return null; end if;
    perform pg_sleep(0.002);
  end loop;
end $$;

-- Folds movements up to a stable sequence into the rows of the operator's unlimited accounts. Only checkpoints of one operator exclude each other.
create function ledger.fold_checkpoint(operator uuid, through_sequence bigint, count_max integer)
  returns table (accounts integer, movements integer, sequence bigint)
  language plpgsql
  as $$
#variable_conflict use_column
declare
  after_sequence bigint;
  last_sequence bigint;
  folded record;
begin
  accounts := 0; movements := 0;
  insert into ledger.checkpoint (operator_id) values (operator) on conflict do nothing;
  select c.sequence into after_sequence from ledger.checkpoint c where c.operator_id = operator for update;
  select max(d.sequence), count(*) into last_sequence, movements from (
    select m.sequence from (
      (select t.sequence from ledger.transfer t where t.operator_id = operator and t.sequence > 0 and t.sequence > after_sequence and t.sequence <= through_sequence order by t.sequence limit count_max)
      union all
      (select e.sequence from ledger.expiry e where e.operator_id = operator and e.sequence > 0 and e.sequence > after_sequence and e.sequence <= through_sequence order by e.sequence limit count_max)) m
    order by m.sequence limit count_max) d;
  if last_sequence is null then sequence := after_sequence; return next; return; end if;
  for folded in
    with moved as (
      select t.sequence, t.debit_account_id, t.credit_account_id, t.pending_delta, t.posted_delta from ledger.transfer t
        where t.operator_id = operator and t.sequence > 0 and t.sequence > after_sequence and t.sequence <= last_sequence and t.refused_as is null
      union all
      select e.sequence, e.debit_account_id, e.credit_account_id, e.pending_delta, 0 from ledger.expiry e
        where e.operator_id = operator and e.sequence > 0 and e.sequence > after_sequence and e.sequence <= last_sequence)
    select s.id, sum(s.dp) as dp, sum(s.dd) as dd, sum(s.cp) as cp, sum(s.cd) as cd from moved m
      cross join lateral (values (m.debit_account_id, m.pending_delta, m.posted_delta, 0::bigint, 0::bigint), (m.credit_account_id, 0::bigint, 0::bigint, m.pending_delta, m.posted_delta))
        s (id, dp, dd, cp, cd)
      cross join lateral (select a.checkpoint_sequence from ledger.account a where a.operator_id = operator and a.id = s.id and a.flags & 6 = 0 offset 0) a
      where m.sequence > a.checkpoint_sequence
      group by s.id order by s.id
  loop
    update ledger.account a set debits_pending = a.debits_pending + folded.dp, debits_posted = a.debits_posted + folded.dd,
        credits_pending = a.credits_pending + folded.cp, credits_posted = a.credits_posted + folded.cd, checkpoint_sequence = last_sequence,
        watched = a.watched or greatest(a.debits_pending + folded.dp + a.debits_posted + folded.dd, a.credits_pending + folded.cp + a.credits_posted + folded.cd) >= 4611686018427387904
      where a.operator_id = operator and a.id = folded.id;
    accounts := accounts + 1;
  end loop;
  update ledger.checkpoint c set sequence = last_sequence where c.operator_id = operator;
  sequence := last_sequence;
  return next;
end $$;

-- Adds one link of at most count_max movements. Returns how many it covers: 0 when there is nothing to cover.
create function ledger.extend_chain(operator uuid, through_sequence bigint, count_max integer) returns integer
  language plpgsql
  as $$
declare
  previous ledger.chain_link;
  covered integer;
begin
  perform pg_advisory_xact_lock(1262830413, hashtext(operator::text));
  select * into previous from ledger.chain_link l where l.operator_id = operator order by l.position desc limit 1;
  insert into ledger.chain_link (operator_id, position, first_sequence, last_sequence, movements, hash)
    select operator, coalesce(previous.position, 0) + 1, min(d.sequence), max(d.sequence), count(*),
        sha256(coalesce(previous.hash, ''::bytea) || string_agg(d.digest, ''::bytea order by d.sequence))
      from ledger.digests(operator, coalesce(previous.last_sequence, 0), through_sequence, count_max) d
      having count(*) > 0
    returning movements into covered;
  return coalesce(covered, 0);
end $$;
