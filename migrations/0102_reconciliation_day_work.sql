-- Days that wait to be fetched and matched, and how far that is. Locks: none on existing tables.
create table reconciliation.day_work (
  operator_id uuid not null,
  merchant_account_id uuid not null,
  business_date date not null,
  state text not null check (state in ('waiting', 'working', 'done', 'failed')),
  requested_by text not null check (requested_by <> ''),
  requested_at timestamptz not null,
  next_try_at timestamptz,
  tries int not null default 0 check (tries >= 0),
  lines bigint not null default 0,
  moved_at timestamptz not null,
  last_error text check (char_length(last_error) <= 500),
  primary key (operator_id, merchant_account_id, business_date),
  constraint day_work_has_a_turn check ((state in ('waiting', 'working')) = (next_try_at is not null))
);
comment on column reconciliation.day_work.next_try_at is 'of a day that is being worked: when another process takes it over, should this one have died';
call platform.protect_tenant_table('reconciliation.day_work', 'insert, update');
create index day_work_due on reconciliation.day_work (operator_id, next_try_at) where next_try_at is not null;
