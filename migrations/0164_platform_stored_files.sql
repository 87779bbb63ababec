-- Files that people bring or take away, in compressed pieces. Locks: none on existing tables.

create table platform.stored_file (
  operator_id uuid not null,
  file_id uuid not null,
  name text not null check (length(name) between 1 and 255),
  bytes bigint not null check (bytes >= 0),
  pieces integer not null check (pieces >= 0),
  digest bytea not null check (octet_length(digest) = 32),
  stored_by text not null check (stored_by <> ''),
  stored_at timestamptz not null,
  primary key (operator_id, file_id)
);
comment on column platform.stored_file.digest is 'SHA-256 of the content';
call platform.protect_tenant_table('platform.stored_file', 'insert');
call platform.make_append_only('platform.stored_file');
create index stored_file_by_digest on platform.stored_file (operator_id, digest);

-- A mebibyte each, compressed with zstd.
create table platform.stored_file_piece (
  operator_id uuid not null,
  file_id uuid not null,
  piece integer not null check (piece >= 0),
  content bytea not null,
  primary key (operator_id, file_id, piece),
  foreign key (operator_id, file_id) references platform.stored_file deferrable initially deferred
);
alter table platform.stored_file_piece alter column content set storage external;
call platform.protect_tenant_table('platform.stored_file_piece', 'insert');
call platform.make_append_only('platform.stored_file_piece');
