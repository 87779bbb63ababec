-- One data key per person, wrapped under the master key. Locks: none on existing tables.

-- The key material of a row is the one thing in the database that may be overwritten: re-wrapped under a newer master key, or
-- destroyed, which makes everything sealed for that person unreadable for ever while amounts and energy stay.
create table platform.person_key (
  operator_id uuid not null,
  person_id uuid not null,
  wrapped_key bytea check (octet_length(wrapped_key) between 32 and 128),
  master_version integer not null check (master_version >= 1),
  created_at timestamptz not null default now(),
  erased_at timestamptz,
  erased_by text check (length(erased_by) between 1 and 200),
  erasure_reason text check (length(erasure_reason) between 1 and 500),
  primary key (operator_id, person_id),
  check (num_nonnulls(erased_at, erased_by, erasure_reason) = case when wrapped_key is null then 3 else 0 end)
);
create index person_key_master_version on platform.person_key (operator_id, master_version) where wrapped_key is not null;
call platform.protect_tenant_table('platform.person_key', 'insert, update (wrapped_key, master_version, erased_at, erased_by, erasure_reason)');

create function platform.guard_person_key() returns trigger
  language plpgsql
  as $$
begin
  if tg_op <> 'UPDATE' then
    raise exception 'append_only: % of platform.person_key is refused, erase the person instead', tg_op using errcode = 'restrict_violation';
  elsif old.wrapped_key is null then
    raise exception 'person_erased: the key of person % was destroyed and cannot come back', old.person_id using errcode = 'restrict_violation';
  elsif new.wrapped_key is not null and new.master_version <= old.master_version then
    raise exception 'append_only: a person key is only re-wrapped under a newer master key' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger guard before update or delete on platform.person_key for each row execute function platform.guard_person_key();
create trigger guard_truncate before truncate on platform.person_key for each statement execute function platform.guard_person_key();
