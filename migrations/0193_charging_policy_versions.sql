-- Charging: every policy that an operator had, with who changed it and why. Locks: charging.policy for a moment, for a column with a constant default.
alter table charging.policy add column version integer not null default 0 check (version >= 0);

create table charging.policy_version (
  operator_id uuid not null,
  version integer not null check (version > 0),
  hold_amount_minor bigint not null check (hold_amount_minor >= 0),
  hold_minimum_minor bigint not null check (hold_minimum_minor between 0 and hold_amount_minor),
  balance_threshold_minor bigint not null check (balance_threshold_minor >= 0),
  silence_deadline_s integer not null check (silence_deadline_s >= 60),
  default_connector_power_w bigint not null check (default_connector_power_w > 0),
  abnormal_bills text not null check (abnormal_bills in ('hold', 'settle_first')),
  sessions_per_member_max integer check (sessions_per_member_max > 0),
  -- Null where the program set it up itself.
  reason text check (length(reason) between 1 and 500),
  changed_by text not null check (changed_by <> ''),
  recorded_at timestamptz not null,
  primary key (operator_id, version)
);
call platform.protect_tenant_table('charging.policy_version', 'insert');
call platform.make_append_only('charging.policy_version');
