-- Every act of a person or program: who, when, from where, before and after. Locks: none on existing tables.

create table platform.audit_entry (
  operator_id uuid not null,
  entry_id uuid not null,
  recorded_at timestamptz not null,
  actor_kind text not null check (actor_kind in ('user', 'api_client', 'system')),
  -- Null for the system; otherwise the user or API client.
  actor_id uuid check ((actor_id is null) = (actor_kind = 'system')),
  ip inet,
  user_agent text check (length(user_agent) <= 512),
  act text not null check (act ~ '^[a-z_]+\.[a-z_]+$'),
  subject_kind text not null check (subject_kind ~ '^[a-z_]+$'),
  subject_id text not null check (length(subject_id) between 1 and 128),
  before jsonb,
  after jsonb,
  reason text check (length(reason) between 1 and 2000),
  request_id text,
  primary key (operator_id, entry_id)
);
create index audit_entry_by_time on platform.audit_entry (operator_id, recorded_at, entry_id);
create index audit_entry_by_subject on platform.audit_entry (operator_id, subject_kind, subject_id, recorded_at);
create index audit_entry_by_actor on platform.audit_entry (operator_id, actor_id, recorded_at);
create index audit_entry_by_act on platform.audit_entry (operator_id, act, recorded_at);
call platform.protect_tenant_table('platform.audit_entry', 'insert');
call platform.make_append_only('platform.audit_entry');
