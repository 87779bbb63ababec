-- Operators, sub-operators, departments, members and their credentials. Locks: none on existing tables.
call platform.create_module_schema('parties');

create table parties.operator (
  operator_id uuid not null,
  code text not null check (code ~ '^[a-z0-9][a-z0-9-]{1,30}$'),
  name text not null check (length(name) between 1 and 200),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  time_zone text not null,
  created_at timestamptz not null default now(),
  primary key (operator_id)
);
call platform.protect_tenant_table('parties.operator', 'insert, update');

-- Operator codes are unique across the platform, so a log-in can find its tenant before the tenant is known.
create table parties.operator_directory (
  code text primary key,
  operator_id uuid not null unique
);
grant select on parties.operator_directory to kirchhoff_platform;

create function parties.find_operator(wanted text) returns uuid
  language sql stable security definer set search_path = ''
  as $$ select operator_id from parties.operator_directory where code = wanted $$;

-- Writes the directory row with the operator row, so that neither exists without the other.
create function parties.register_operator_code() returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  if tg_op = 'UPDATE' and new.code <> old.code then
    raise exception 'an operator keeps its code' using errcode = 'restrict_violation';
  end if;
  if tg_op = 'INSERT' then
    insert into parties.operator_directory (code, operator_id) values (new.code, new.operator_id);
  end if;
  return new;
end $$;
create trigger register_code before insert or update on parties.operator for each row execute function parties.register_operator_code();

revoke execute on function parties.find_operator(text), parties.register_operator_code() from public;
grant execute on function parties.find_operator(text) to kirchhoff_app;

create table parties.sub_operator (
  operator_id uuid not null,
  sub_operator_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default now(),
  primary key (operator_id, sub_operator_id),
  unique (operator_id, name),
  foreign key (operator_id) references parties.operator
);
call platform.protect_tenant_table('parties.sub_operator', 'insert, update');

create table parties.department (
  operator_id uuid not null,
  department_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  parent_id uuid,
  -- A department may charge its parent's account instead of its own (legacy C_PARENT_BILLING).
  pays_from_parent boolean not null default false check (not pays_from_parent or parent_id is not null),
  created_at timestamptz not null default now(),
  primary key (operator_id, department_id),
  unique nulls not distinct (operator_id, parent_id, name),
  foreign key (operator_id) references parties.operator,
  foreign key (operator_id, parent_id) references parties.department (operator_id, department_id),
  check (parent_id <> department_id)
);
call platform.protect_tenant_table('parties.department', 'insert, update');

create table parties.member (
  operator_id uuid not null,
  member_id uuid not null,
  display_name_sealed bytea not null,
  phone_sealed bytea,
  -- Keyed digest of the phone number: an exact search without the number in clear. Cleared on erasure.
  phone_index bytea,
  department_id uuid,
  sub_operator_id uuid,
  status text not null default 'active' check (status in ('active', 'frozen')),
  created_at timestamptz not null default now(),
  -- The person asked to be forgotten: their key is destroyed, the row stays for the amounts that name it.
  erased_at timestamptz check (erased_at is null or (status = 'frozen' and phone_index is null)),
  primary key (operator_id, member_id),
  unique (operator_id, phone_index),
  foreign key (operator_id) references parties.operator,
  foreign key (operator_id, department_id) references parties.department (operator_id, department_id),
  foreign key (operator_id, sub_operator_id) references parties.sub_operator (operator_id, sub_operator_id)
);
call platform.protect_tenant_table('parties.member', 'insert, update');

create table parties.member_credential (
  operator_id uuid not null,
  credential_id uuid not null,
  member_id uuid not null,
  kind text not null check (kind in ('rfid', 'app', 'vin', 'station_password')),
  -- OCPP identifiers are case-insensitive (1.6 CiString20Type), so the digest is of the lower-case form.
  token_index bytea not null,
  token_sealed bytea not null,
  created_at timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (operator_id, credential_id),
  foreign key (operator_id, member_id) references parties.member (operator_id, member_id)
);
-- Across kinds: OCPP 1.6 sends an identifier without saying what kind it is. A revoked card may be given to somebody else.
create unique index member_credential_token on parties.member_credential (operator_id, token_index) where revoked_at is null;
create index member_credential_by_member on parties.member_credential (operator_id, member_id);
call platform.protect_tenant_table('parties.member_credential', 'insert, update');
