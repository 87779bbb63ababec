-- Users, roles, web sessions, API clients. Locks: none on existing tables.
call platform.create_module_schema('access');

create table access.user_account (
  operator_id uuid not null,
  user_id uuid not null,
  -- Lower case; what a person types after the operator's code.
  log_in_name text not null check (log_in_name ~ '^[a-z0-9._@-]{2,64}$'),
  display_name_sealed bytea not null,
  -- PHC string: algorithm, parameters, salt and hash.
  password_hash text not null check (password_hash like '$argon2id$%'),
  status text not null default 'active' check (status in ('active', 'disabled')),
  -- How many places this account may be logged in at, at once.
  sessions_max smallint not null default 15 check (sessions_max between 1 and 100),
  created_at timestamptz not null,
  password_changed_at timestamptz not null,
  primary key (operator_id, user_id),
  unique (operator_id, log_in_name)
);
call platform.protect_tenant_table('access.user_account', 'insert, update');

create table access.role (
  operator_id uuid not null,
  role_id uuid not null,
  name text not null check (length(name) between 1 and 100),
  -- A built-in role's permissions are in the program, so that an upgrade can add to them.
  built_in text check (built_in in ('owner', 'accountant', 'clerk', 'operations', 'viewer')),
  permissions text[] not null default '{}' check (built_in is null or permissions = '{}'),
  created_at timestamptz not null,
  retired_at timestamptz check (built_in is null or retired_at is null),
  primary key (operator_id, role_id),
  unique (operator_id, name),
  unique (operator_id, built_in)
);
call platform.protect_tenant_table('access.role', 'insert, update');

-- Who has which role where. Taking a role away ends the row and keeps it.
create table access.role_grant (
  operator_id uuid not null,
  grant_id uuid not null,
  user_id uuid not null,
  role_id uuid not null,
  -- Null: the whole operator.
  sub_operator_id uuid,
  granted_at timestamptz not null,
  revoked_at timestamptz,
  primary key (operator_id, grant_id),
  foreign key (operator_id, user_id) references access.user_account (operator_id, user_id),
  foreign key (operator_id, role_id) references access.role (operator_id, role_id)
);
create unique index role_grant_once on access.role_grant (operator_id, user_id, role_id, sub_operator_id) nulls not distinct where revoked_at is null;
call platform.protect_tenant_table('access.role_grant', 'insert, update (revoked_at)');

create table access.web_session (
  operator_id uuid not null,
  session_id uuid not null,
  user_id uuid not null,
  token_hash bytea not null check (octet_length(token_hash) = 32),
  ip inet not null,
  user_agent text check (length(user_agent) <= 512),
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_because text check (ended_because in ('log_out', 'ended_by_user', 'ended_by_administrator', 'session_limit', 'password_change', 'account_disabled')),
  primary key (operator_id, session_id),
  unique (operator_id, token_hash),
  foreign key (operator_id, user_id) references access.user_account (operator_id, user_id),
  check ((ended_at is null) = (ended_because is null))
);
create index web_session_open on access.web_session (operator_id, user_id) where ended_at is null;
call platform.protect_tenant_table('access.web_session', 'insert, update (last_used_at, ip, expires_at, ended_at, ended_because)');

-- Failures since the last success, per account name and address; the name may be one that nobody has.
create table access.log_in_failure (
  operator_id uuid not null,
  log_in_name text not null check (length(log_in_name) <= 64),
  ip inet not null,
  failures integer not null check (failures >= 0),
  last_failed_at timestamptz not null,
  primary key (operator_id, log_in_name, ip)
);
call platform.protect_tenant_table('access.log_in_failure', 'insert, update');

create table access.api_client (
  operator_id uuid not null,
  api_client_id uuid not null,
  name text not null check (length(name) between 1 and 100),
  secret_hash bytea not null check (octet_length(secret_hash) = 32),
  permissions text[] not null,
  sub_operator_id uuid,
  -- Empty: from anywhere.
  allowed_ranges text[] not null default '{}',
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  primary key (operator_id, api_client_id),
  unique (operator_id, name)
);
call platform.protect_tenant_table('access.api_client', 'insert, update');
