-- Files of reports, statements and bills, made by a job. Locks: none on existing tables.

create table reporting.export (
  operator_id uuid not null,
  export_id uuid not null,
  subject text not null check (subject in ('report', 'bills', 'statement')),
  format text not null check (format in ('csv', 'xlsx', 'pdf')),
  language text not null check (language in ('zh', 'en')),
  parameters jsonb not null,
  state text not null check (state in ('waiting', 'running', 'done', 'failed')),
  -- Where it goes on after a kill: rows written so far, and after which.
  rows_done bigint not null default 0 check (rows_done >= 0),
  rows_total bigint check (rows_total >= 0),
  reached jsonb,
  parts integer not null default 0 check (parts >= 0),
  bytes bigint not null default 0 check (bytes >= 0),
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  failure text,
  tries integer not null default 0,
  requested_by text not null check (requested_by <> ''),
  requested_at timestamptz not null,
  leased_until timestamptz,
  done_at timestamptz,
  primary key (operator_id, export_id),
  constraint export_done_whole check ((state = 'done') = (sha256 is not null) and (state = 'done') = (done_at is not null))
);
call platform.protect_tenant_table('reporting.export', 'insert, update');
create index export_by_time on reporting.export (operator_id, requested_at desc, export_id desc);
create index export_to_do on reporting.export (operator_id, requested_at) where state in ('waiting', 'running');

-- The file, in order. A part is written with the progress that covers it, so that whoever goes on after a kill knows exactly what there is.
create table reporting.export_part (
  operator_id uuid not null,
  export_id uuid not null,
  part_number integer not null check (part_number >= 0),
  content bytea not null,
  primary key (operator_id, export_id, part_number),
  foreign key (operator_id, export_id) references reporting.export
);
call platform.protect_tenant_table('reporting.export_part', 'insert');
call platform.make_append_only('reporting.export_part');
