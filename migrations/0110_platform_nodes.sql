-- The nodes of an installation: what each runs with, how pressed it is, and which requests were slow. Locks: none on existing tables.

-- One row a process. The settings are hashes under a key that only nodes hold: a difference can be named, a value cannot be read.
create table platform.node (
  node_id uuid primary key,
  host text not null check (length(host) between 1 and 255),
  pid integer not null check (pid > 0),
  roles text[] not null,
  version text not null check (length(version) between 1 and 64),
  schema_version text not null check (length(schema_version) between 1 and 128),
  -- {"log.level": {"hash": "…", "from": "by default"}}
  settings jsonb not null,
  fingerprint text not null check (length(fingerprint) between 8 and 64),
  started_at timestamptz not null,
  heartbeat_at timestamptz not null,
  stopped_at timestamptz
);
create index node_by_heartbeat on platform.node (heartbeat_at);

-- What a node measured within a minute: how its disk, its database and its event loop did, beside how late payments were.
create table platform.node_pressure (
  node_id uuid not null,
  measured_at timestamptz not null,
  -- Share of the time in which some, or all, work waited for the disk (Linux); null where the system does not say.
  io_some_percent double precision check (io_some_percent between 0 and 100),
  io_full_percent double precision check (io_full_percent between 0 and 100),
  probe_us bigint not null,
  commits bigint not null,
  commit_p50_us bigint,
  commit_p99_us bigint,
  commit_max_us bigint,
  wal_syncs bigint,
  wal_sync_us bigint,
  loop_p99_us bigint not null,
  loop_max_us bigint not null,
  credited bigint not null,
  credit_p50_ms bigint,
  credit_p99_ms bigint,
  primary key (node_id, measured_at)
);
create index node_pressure_by_time on platform.node_pressure (measured_at);

-- Requests that took long, with where the time went. Never an address, a body, a parameter.
create table platform.node_slow_request (
  request_id uuid primary key,
  node_id uuid not null,
  -- Whose request it was; null before that is known, as for notifications.
  caller_operator_id uuid,
  started_at timestamptz not null,
  method text not null check (length(method) <= 16),
  route text not null check (length(route) <= 256),
  status integer not null,
  total_us bigint not null,
  loop_us bigint not null,
  pool_us bigint not null,
  query_us bigint not null,
  channel_us bigint not null,
  handler_us bigint not null,
  -- [{"kind": "query", "name": "…", "count": 3, "us": 1200}], the longest first.
  waits jsonb not null
);
create index node_slow_request_by_time on platform.node_slow_request (started_at);

-- None of these is a business record: what is older than its retention is deleted.
grant select, insert, update, delete on platform.node, platform.node_pressure, platform.node_slow_request to kirchhoff_app;
grant select on platform.node, platform.node_pressure, platform.node_slow_request to kirchhoff_platform;
