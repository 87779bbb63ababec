-- Ledger: accounts, transfers, two-phase state, expiry. Locks: none on existing tables.
call platform.create_module_schema('ledger');

-- One order for everything that moves a balance. Gaps are normal; numbers may become visible out of order, so whoever needs a prefix that
-- will not change any more asks ledger.stable_sequence().
create sequence ledger.movement_sequence;
grant usage, select on sequence ledger.movement_sequence to kirchhoff_app;

-- An account. Limited accounts (flags 2 and 4) carry their balances here and are updated under lock. The balances of an unlimited account
-- are a checkpoint: those of every movement up to checkpoint_sequence; nobody updates or locks its row when value moves.
create table ledger.account (
  operator_id uuid not null,
  id uuid not null,
  flags integer not null,
  ledger bigint not null check (ledger between 1 and 4294967295),
  code integer not null check (code between 1 and 65535),
  user_data_128 uuid,
  user_data_64 bigint,
  user_data_32 bigint,
  timestamp_ns bigint not null,
  closed boolean not null default false,
  -- Set when a balance passed 2^62: from then on the account's balances are read exactly before every transfer.
  watched boolean not null default false,
  debits_pending bigint not null default 0 check (debits_pending >= 0),
  debits_posted bigint not null default 0 check (debits_posted >= 0),
  credits_pending bigint not null default 0 check (credits_pending >= 0),
  credits_posted bigint not null default 0 check (credits_posted >= 0),
  checkpoint_sequence bigint not null default 0,
  -- Balances were set by the test-only function; the audit reports such an account.
  balances_set boolean not null default false,
  primary key (operator_id, id),
  check (flags & 6 <> 6),
  -- As differences, which cannot overflow because no balance is negative.
  constraint debits_must_not_exceed_credits check (flags & 2 = 0 or balances_set or debits_pending <= credits_posted - debits_posted),
  constraint credits_must_not_exceed_debits check (flags & 4 = 0 or balances_set or credits_pending <= debits_posted - credits_posted)
) with (fillfactor = 80);
call platform.protect_tenant_table('ledger.account', 'insert, update');
-- Of these columns, so that moving a balance does not pay for the comparison.
create trigger identity_is_immutable before update of operator_id, id, flags, ledger, code, timestamp_ns, user_data_128, user_data_64, user_data_32, checkpoint_sequence, balances_set
  on ledger.account for each row
  when ((old.operator_id, old.id, old.flags, old.ledger, old.code, old.timestamp_ns) is distinct from (new.operator_id, new.id, new.flags, new.ledger, new.code, new.timestamp_ns)
    or (old.user_data_128, old.user_data_64, old.user_data_32) is distinct from (new.user_data_128, new.user_data_64, new.user_data_32)
    or new.checkpoint_sequence < old.checkpoint_sequence or (old.balances_set and not new.balances_set))
  execute function platform.refuse_change();
create trigger never_deleted before delete on ledger.account for each row execute function platform.refuse_change();
create trigger never_truncated before truncate on ledger.account for each statement execute function platform.refuse_change();

-- A transfer, or an attempt that was refused for a reason of the moment: it burnt the id, moved nothing and stays as evidence. Both share the
-- primary key, so that an id can never be both. Zero user data and pending ids are stored as null.
create table ledger.transfer (
  operator_id uuid not null,
  id uuid not null,
  sequence bigint not null default nextval('ledger.movement_sequence'),
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  amount bigint not null check (amount >= 0),
  pending_delta bigint not null,
  posted_delta bigint not null check (posted_delta >= 0),
  timestamp_ns bigint not null,
  ledger bigint not null,
  code integer not null,
  flags integer not null,
  timeout bigint not null default 0,
  pending_id uuid,
  user_data_128 uuid,
  user_data_64 bigint,
  user_data_32 bigint,
  refused_as text,
  primary key (operator_id, id),
  check (refused_as is null or (pending_delta = 0 and posted_delta = 0)),
  check (refused_as is not null or debit_account_id <> credit_account_id)
);
-- Plans are cached per connection, also those made while a table is nearly empty and every index looks alike. So each index is made unfit for what
-- it is not meant for: this one serves only a query that says `sequence > 0`; in the next two the account stands first.
create index transfer_sequence on ledger.transfer (operator_id, sequence) where sequence > 0;
create index transfer_debits on ledger.transfer (debit_account_id, operator_id, sequence) where refused_as is null;
create index transfer_credits on ledger.transfer (credit_account_id, operator_id, sequence) where refused_as is null;
call platform.protect_tenant_table('ledger.transfer', 'insert');
call platform.make_append_only('ledger.transfer');

-- The one thing about a transfer that changes: a pending one is posted, voided or expires, once.
create table ledger.pending_transfer (
  operator_id uuid not null,
  id uuid not null,
  status text not null default 'pending' check (status in ('pending', 'posted', 'voided', 'expired')),
  expires_at_ns bigint,
  primary key (operator_id, id)
) with (fillfactor = 80);
create index pending_transfer_due on ledger.pending_transfer (operator_id, expires_at_ns) where status = 'pending' and expires_at_ns is not null;
call platform.protect_tenant_table('ledger.pending_transfer', 'insert, update');
create trigger settled_once before update on ledger.pending_transfer for each row
  when (old.status <> 'pending' or new.status = 'pending'
    or (old.operator_id, old.id, old.expires_at_ns) is distinct from (new.operator_id, new.id, new.expires_at_ns))
  execute function platform.refuse_change();
create trigger never_deleted before delete on ledger.pending_transfer for each row execute function platform.refuse_change();
create trigger never_truncated before truncate on ledger.pending_transfer for each statement execute function platform.refuse_change();

-- A pending transfer that lapsed: nobody's transfer, but it moves balances.
create table ledger.expiry (
  operator_id uuid not null,
  pending_id uuid not null,
  sequence bigint not null default nextval('ledger.movement_sequence'),
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  pending_delta bigint not null check (pending_delta <= 0),
  ledger bigint not null,
  timestamp_ns bigint not null,
  primary key (operator_id, pending_id)
);
create index expiry_sequence on ledger.expiry (operator_id, sequence) where sequence > 0;
create index expiry_debits on ledger.expiry (debit_account_id, operator_id, sequence);
create index expiry_credits on ledger.expiry (credit_account_id, operator_id, sequence);
call platform.protect_tenant_table('ledger.expiry', 'insert');
call platform.make_append_only('ledger.expiry');

-- Everything that ever moved a balance.
create view ledger.movement with (security_invoker = true) as
  select operator_id, sequence, id as transfer_id, false as expired, ledger, debit_account_id, credit_account_id, pending_delta, posted_delta, timestamp_ns
    from ledger.transfer where refused_as is null
  union all
  select operator_id, sequence, pending_id, true, ledger, debit_account_id, credit_account_id, pending_delta, 0::bigint, timestamp_ns
    from ledger.expiry;
grant select on ledger.movement to kirchhoff_app, kirchhoff_platform;

-- Balances of one account: its row plus the movements after the checkpoint (for a limited account the row alone).
-- Sums are numeric inside, so that they cannot wrap. The order of the inner queries binds them to the index by account.
create function ledger.balances_of(a ledger.account, out debits_pending bigint, out debits_posted bigint, out credits_pending bigint, out credits_posted bigint)
  language plpgsql stable parallel safe
  as $$
declare
  lapsed_debits numeric;
  lapsed_credits numeric;
begin
  debits_pending := a.debits_pending; debits_posted := a.debits_posted; credits_pending := a.credits_pending; credits_posted := a.credits_posted;
  if a.flags & 6 <> 0 then return; end if;
  select coalesce(sum(e.pending_delta), 0) into lapsed_debits from (select x.pending_delta from ledger.expiry x
    where x.operator_id = a.operator_id and x.debit_account_id = a.id and x.sequence > a.checkpoint_sequence order by x.sequence offset 0) e;
  select coalesce(sum(e.pending_delta), 0) into lapsed_credits from (select x.pending_delta from ledger.expiry x
    where x.operator_id = a.operator_id and x.credit_account_id = a.id and x.sequence > a.checkpoint_sequence order by x.sequence offset 0) e;
  select (a.debits_pending + lapsed_debits + coalesce(sum(t.pending_delta), 0))::bigint, (a.debits_posted + coalesce(sum(t.posted_delta), 0))::bigint
    into debits_pending, debits_posted from (select x.pending_delta, x.posted_delta from ledger.transfer x
    where x.operator_id = a.operator_id and x.debit_account_id = a.id and x.sequence > a.checkpoint_sequence and x.refused_as is null order by x.sequence offset 0) t;
  select (a.credits_pending + lapsed_credits + coalesce(sum(t.pending_delta), 0))::bigint, (a.credits_posted + coalesce(sum(t.posted_delta), 0))::bigint
    into credits_pending, credits_posted from (select x.pending_delta, x.posted_delta from ledger.transfer x
    where x.operator_id = a.operator_id and x.credit_account_id = a.id and x.sequence > a.checkpoint_sequence and x.refused_as is null order by x.sequence offset 0) t;
end $$;
