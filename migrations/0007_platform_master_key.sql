-- Which master keys belong to this database. Locks: none on existing tables.

-- Fingerprints only. A node that holds another key under a known version would seal what the others cannot read, and set
-- database passwords that they do not know: it refuses to start.
create table platform.master_key (
  version integer primary key check (version >= 1),
  fingerprint text not null unique check (fingerprint ~ '^[0-9a-f]{32}$'),
  first_seen_at timestamptz not null default now()
);
call platform.make_append_only('platform.master_key');
grant select, insert on platform.master_key to kirchhoff_app;
grant select on platform.master_key to kirchhoff_platform;
