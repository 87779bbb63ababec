-- What the program's own jobs did and how tables grow. Locks: none on existing tables.

-- One row a job that ships with the program: a job that has not succeeded for too long is an alert, whoever forgot to run a worker.
create table platform.job_state (
  job text primary key check (job ~ '^[a-z_]{1,63}$'),
  every_ms bigint not null check (every_ms > 0),
  installed_at timestamptz not null,
  last_started_at timestamptz,
  last_succeeded_at timestamptz,
  last_failed_at timestamptz,
  last_error text check (length(last_error) <= 2000),
  last_summary jsonb,
  runs bigint not null default 0,
  failures_in_a_row integer not null default 0
);
grant select, insert, update on platform.job_state to kirchhoff_app;
grant select on platform.job_state to kirchhoff_platform;

-- Sizes over time, so that what grows without bound is seen before the disk is full.
create table platform.job_table_size (
  table_name text not null,
  measured_at timestamptz not null,
  bytes bigint not null check (bytes >= 0),
  rows_estimate bigint not null,
  primary key (table_name, measured_at)
);
-- A measurement older than its retention is deleted: it is no business record.
grant select, insert, delete on platform.job_table_size to kirchhoff_app;
grant select on platform.job_table_size to kirchhoff_platform;
