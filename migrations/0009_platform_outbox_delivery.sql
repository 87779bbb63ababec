-- Delivery of the outbox in commit order. Locks: access exclusive on platform.outbox while it is rewritten (empty before the first release).

-- A sequence is drawn before its transaction commits: row 7 can become visible after row 8 was delivered. The transaction's own id says
-- which rows may still be missing: everything below the oldest running transaction is complete.
alter table platform.outbox add column transaction_id xid8 not null default pg_current_xact_id();
create index outbox_delivery on platform.outbox (operator_id, transaction_id, sequence);

-- How far each subscriber has read an operator's outbox.
create table platform.outbox_cursor (
  operator_id uuid not null,
  subscriber text not null check (subscriber ~ '^[a-z_.]{1,100}$'),
  transaction_id xid8 not null default '0',
  sequence bigint not null default 0,
  moved_at timestamptz not null default now(),
  last_error text check (length(last_error) <= 2000),
  failures_in_a_row integer not null default 0,
  primary key (operator_id, subscriber)
);
call platform.protect_tenant_table('platform.outbox_cursor', 'insert, update');
