-- Charging: which bills a back-test found to come out differently. Locks: charging.backtest for a moment, for columns with constant defaults.
alter table charging.backtest
  -- Counted up each time it is begun, so that what an interrupted attempt has found is told from what the finished one did.
  add column attempt integer not null default 0 check (attempt >= 0),
  add column newly_flagged integer not null default 0 check (newly_flagged >= 0),
  add column no_longer_flagged integer not null default 0 check (no_longer_flagged >= 0),
  add column differing integer not null default 0 check (differing >= 0);

create table charging.backtest_bill (
  operator_id uuid not null,
  backtest_id uuid not null,
  attempt integer not null check (attempt > 0),
  session_id uuid not null,
  started_at timestamptz not null,
  change text not null check (change in ('newly_flagged', 'no_longer_flagged', 'differs')),
  -- State, causes, energy and amount by the rules in force and by those that were tried.
  before jsonb not null check (jsonb_typeof(before) = 'object'),
  after jsonb not null check (jsonb_typeof(after) = 'object'),
  primary key (operator_id, backtest_id, attempt, session_id),
  foreign key (operator_id, backtest_id) references charging.backtest (operator_id, backtest_id)
);
call platform.protect_tenant_table('charging.backtest_bill', 'insert');
call platform.make_append_only('charging.backtest_bill');
create index backtest_bill_in_order on charging.backtest_bill (operator_id, backtest_id, attempt, started_at, session_id);
