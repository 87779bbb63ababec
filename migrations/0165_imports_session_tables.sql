-- Tables of charging sessions from elsewhere: the file, its rows as they came, and what is odd about each. Locks: none on existing tables.
call platform.create_module_schema('imports');

create table imports.session_import (
  operator_id uuid not null,
  import_id uuid not null,
  file_id uuid not null,
  file_name text not null,
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  state text not null check (state in ('uploaded', 'reading', 'judging', 'done', 'failed')),
  mapping jsonb,
  rules_version integer,
  rows_read bigint not null default 0 check (rows_read >= 0),
  rows_judged bigint not null default 0 check (rows_judged between 0 and rows_read),
  -- The charge point up to which, in order of their names, all rows are judged.
  judged_up_to text,
  failure_code text,
  failure text,
  lease_until timestamptz,
  requested_by text not null check (requested_by <> ''),
  requested_at timestamptz not null,
  finished_at timestamptz,
  primary key (operator_id, import_id),
  check ((state = 'uploaded') = (mapping is null) or state = 'failed'),
  check ((state = 'failed') = (failure_code is not null)),
  check ((state in ('done', 'failed')) = (finished_at is not null))
);
call platform.protect_tenant_table('imports.session_import', 'insert, update');
-- The same bytes read by the same mapping are one import, however often they are brought.
create unique index session_import_once on imports.session_import (operator_id, digest, md5(mapping::text)) where mapping is not null and state <> 'failed';
create index session_import_recent on imports.session_import (operator_id, requested_at desc, import_id desc);
create index session_import_due on imports.session_import (operator_id, requested_at) where state in ('reading', 'judging');

create table imports.imported_session (
  operator_id uuid not null,
  import_id uuid not null,
  row_number integer not null check (row_number > 0),
  external_id text,
  charge_point_key text,
  charge_point_name text,
  connector integer not null,
  started_at timestamptz,
  ended_at timestamptz,
  energy_wh bigint,
  stated_duration_ms bigint,
  charging_ms bigint,
  problems jsonb not null,
  -- Why nothing can be made of this row; null where something can.
  refused_code text,
  -- The cells as they stood in the file.
  record jsonb not null,
  primary key (operator_id, import_id, row_number),
  foreign key (operator_id, import_id) references imports.session_import
);
call platform.protect_tenant_table('imports.imported_session', 'insert');
call platform.make_append_only('imports.imported_session');
create index imported_session_by_charge_point on imports.imported_session (operator_id, import_id, charge_point_key) where refused_code is null;
create index imported_session_refused on imports.imported_session (operator_id, import_id, row_number) where refused_code is not null;

-- What the rules say about a row; rows of which they say nothing have a verdict without flags.
create table imports.verdict (
  operator_id uuid not null,
  import_id uuid not null,
  row_number integer not null,
  connector integer not null,
  codes integer[] not null,
  causes text[] not null,
  flags jsonb not null,
  believed_started_at timestamptz,
  believed_ended_at timestamptz,
  primary key (operator_id, import_id, row_number),
  foreign key (operator_id, import_id, row_number) references imports.imported_session
);
call platform.protect_tenant_table('imports.verdict', 'insert');
call platform.make_append_only('imports.verdict');
create index verdict_flagged on imports.verdict (operator_id, import_id, row_number) where causes <> '{}';
