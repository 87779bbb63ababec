-- Evidence packs for makers of charge points: what was asked for, how far it is, and its files. Locks: none on existing tables.

create table conformance.evidence_pack (
  operator_id uuid not null,
  pack_id uuid not null,
  maker text not null,
  -- Null: every model, or every firmware.
  model text,
  firmware text,
  from_on date not null,
  to_on date not null,
  language text not null check (language in ('zh', 'en')),
  state text not null check (state in ('waiting', 'running', 'done', 'failed')),
  step text not null check (step in ('sessions', 'findings', 'session_frames', 'document', 'archive')),
  -- Where the step goes on.
  reached jsonb,
  items_done bigint not null default 0 check (items_done >= 0),
  items_total bigint check (items_total >= 0),
  frames bigint not null default 0 check (frames >= 0),
  -- Cards become pseudonyms under this key, which leaves the pack nowhere.
  mask_key bytea not null check (octet_length(mask_key) = 32),
  document_file_id uuid,
  document_sha256 text check (document_sha256 ~ '^[0-9a-f]{64}$'),
  archive_file_id uuid,
  archive_sha256 text check (archive_sha256 ~ '^[0-9a-f]{64}$'),
  archive_bytes bigint,
  failure text,
  tries integer not null default 0,
  requested_by text not null check (requested_by <> ''),
  requested_at timestamptz not null,
  leased_until timestamptz,
  done_at timestamptz,
  primary key (operator_id, pack_id),
  check (from_on <= to_on),
  check (firmware is null or model is not null),
  constraint evidence_pack_done_whole check ((state = 'done') = (archive_sha256 is not null) and (state = 'done') = (done_at is not null))
);
call platform.protect_tenant_table('conformance.evidence_pack', 'insert, update');
create index evidence_pack_by_time on conformance.evidence_pack (operator_id, requested_at desc, pack_id desc);
create index evidence_pack_to_do on conformance.evidence_pack (operator_id, requested_at) where state in ('waiting', 'running');

-- The files of a pack in order, each stored with the progress that covers it.
create table conformance.evidence_file (
  operator_id uuid not null,
  pack_id uuid not null,
  file_number integer not null check (file_number > 0),
  name text not null,
  file_id uuid not null,
  bytes bigint not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  primary key (operator_id, pack_id, file_number),
  foreign key (operator_id, pack_id) references conformance.evidence_pack
);
call platform.protect_tenant_table('conformance.evidence_file', 'insert');
call platform.make_append_only('conformance.evidence_file');
