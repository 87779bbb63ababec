-- Charging: what a change of the rules would have done to past bills, worked out in the background. Locks: none on existing tables.
create table charging.backtest (
  operator_id uuid not null,
  backtest_id uuid not null,
  from_version integer not null check (from_version >= 0),
  thresholds jsonb not null check (jsonb_typeof(thresholds) = 'object'),
  from_at timestamptz,
  to_at timestamptz,
  state text not null check (state in ('waiting', 'running', 'done', 'failed')),
  bills_done integer not null default 0 check (bills_done >= 0),
  bills_of integer not null default 0 check (bills_of >= 0),
  result jsonb,
  failure text,
  lease_until timestamptz,
  requested_by text not null check (requested_by <> ''),
  requested_at timestamptz not null,
  finished_at timestamptz,
  primary key (operator_id, backtest_id),
  check (from_at is null or to_at is null or from_at < to_at),
  check ((state = 'done') = (result is not null)),
  check ((state = 'failed') = (failure is not null)),
  check ((state in ('done', 'failed')) = (finished_at is not null))
);
call platform.protect_tenant_table('charging.backtest', 'insert, update');
create index backtest_recent on charging.backtest (operator_id, requested_at desc, backtest_id desc);
create index backtest_due on charging.backtest (operator_id, requested_at) where state in ('waiting', 'running');
