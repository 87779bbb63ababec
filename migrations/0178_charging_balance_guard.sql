-- What was agreed with single members about running out of money, and stops that were asked for because of it. Locks: none on existing tables.

create table charging.member_terms (
  operator_id uuid not null,
  member_id uuid not null,
  version integer not null check (version > 0),
  -- Null: the operator's own threshold counts.
  balance_threshold_minor bigint check (balance_threshold_minor >= 0),
  -- How far below nothing this member may charge, as a receivable.
  overdraft_minor bigint not null check (overdraft_minor >= 0),
  reason text not null check (length(reason) between 1 and 500),
  changed_by text not null check (changed_by <> ''),
  recorded_at timestamptz not null,
  primary key (operator_id, member_id, version)
);
call platform.protect_tenant_table('charging.member_terms', 'insert');
call platform.make_append_only('charging.member_terms');

create table charging.stop_request (
  operator_id uuid not null,
  session_id uuid not null,
  attempt integer not null check (attempt between 1 and 20),
  cost_minor bigint not null check (cost_minor >= 0),
  expected_minor bigint not null check (expected_minor >= 0),
  funds_minor bigint not null,
  threshold_minor bigint not null,
  overdraft_minor bigint not null,
  energy_wh bigint not null check (energy_wh >= 0),
  command_id uuid,
  -- Why no command could be queued; null where one was.
  refused text,
  requested_at timestamptz not null,
  primary key (operator_id, session_id, attempt),
  foreign key (operator_id, session_id) references charging.session (operator_id, session_id),
  check ((command_id is null) = (refused is not null))
);
call platform.protect_tenant_table('charging.stop_request', 'insert');
call platform.make_append_only('charging.stop_request');
