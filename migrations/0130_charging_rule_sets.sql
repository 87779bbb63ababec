-- Charging: the thresholds by which sessions are told to be abnormal, version by version. Locks: none on existing tables.

-- A set of rules is never changed: the newest version counts for what is derived from then on, and bills keep the number of theirs. Without a row the
-- defaults of the program apply, as version 0. A threshold that is missing has the program's default.
create table charging.rule_set (
  operator_id uuid not null,
  version integer not null check (version > 0),
  thresholds jsonb not null check (jsonb_typeof(thresholds) = 'object'),
  reason text not null check (length(reason) between 1 and 500),
  changed_by text not null check (changed_by <> ''),
  recorded_at timestamptz not null,
  primary key (operator_id, version)
);
call platform.protect_tenant_table('charging.rule_set', 'insert');
call platform.make_append_only('charging.rule_set');
