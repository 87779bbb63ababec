-- Stations, their binding to sub-operators, charge points, connectors and their live state. Locks: none on existing tables.
call platform.create_module_schema('locations');

-- Trusted since PostgreSQL 13: the right to create in the database is enough. A schema of its own, so that no module's dump shows it.
create schema if not exists extensions;
create extension if not exists btree_gist schema extensions;

create table locations.station (
  operator_id uuid not null,
  station_id uuid not null,
  name text not null check (name = btrim(name) and char_length(name) between 1 and 200),
  address text check (char_length(address) <= 400),
  time_zone text not null check (time_zone <> ''),
  recorded_at timestamptz not null default now(),
  primary key (operator_id, station_id)
);
call platform.protect_tenant_table('locations.station', 'insert, update');

-- Which sub-operator runs a station, and from when to when. At most one at a time.
create table locations.station_binding (
  operator_id uuid not null,
  binding_id uuid not null,
  station_id uuid not null,
  sub_operator_id uuid not null,
  valid_from timestamptz not null,
  valid_to timestamptz,
  recorded_at timestamptz not null default now(),
  primary key (operator_id, binding_id),
  foreign key (operator_id, station_id) references locations.station,
  constraint station_binding_valid_order check (valid_to is null or valid_from < valid_to),
  constraint station_binding_one_at_a_time exclude using gist (operator_id with =, station_id with =, tstzrange(valid_from, valid_to) with &&)
);
create index station_binding_by_sub_operator on locations.station_binding (operator_id, sub_operator_id, station_id);
call platform.protect_tenant_table('locations.station_binding', 'insert');
-- A binding is ended once and otherwise never changed.
grant update (valid_to) on locations.station_binding to kirchhoff_app;
create function locations.refuse_second_end() returns trigger
  language plpgsql
  as $$
begin
  if old.valid_to is not null then
    raise exception 'append_only: this binding has ended already, a correction is a new row' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger ends_once before update on locations.station_binding for each row execute function locations.refuse_second_end();

create table locations.charge_point (
  operator_id uuid not null,
  charge_point_id uuid not null,
  station_id uuid not null,
  identity text not null,
  asset_code text check (asset_code ~ '^[0-9]{20}$'),
  max_power_w bigint not null check (max_power_w between 1 and 10000000),
  recorded_at timestamptz not null default now(),
  primary key (operator_id, charge_point_id),
  foreign key (operator_id, station_id) references locations.station,
  constraint charge_point_identity unique (operator_id, identity),
  constraint charge_point_asset_code unique (operator_id, asset_code)
);
create index charge_point_by_station on locations.charge_point (operator_id, station_id);
call platform.protect_tenant_table('locations.charge_point', 'insert, update');

-- evse_number: connectorId in OCPP 1.6, evse.id in 2.0.1, from 1.
create table locations.connector (
  operator_id uuid not null,
  connector_id uuid not null,
  charge_point_id uuid not null,
  evse_number int not null check (evse_number between 1 and 1000),
  max_power_w bigint not null check (max_power_w between 1 and 10000000),
  -- true: nobody entered it, a frame named it
  discovered boolean not null,
  recorded_at timestamptz not null default now(),
  primary key (operator_id, connector_id),
  foreign key (operator_id, charge_point_id) references locations.charge_point,
  constraint connector_evse_number unique (operator_id, charge_point_id, evse_number)
);
call platform.protect_tenant_table('locations.connector', 'insert, update');

-- What the charge point said of itself, and when it was heard. Kept apart: it changes all day, the master data hardly ever.
create table locations.charge_point_state (
  operator_id uuid not null,
  charge_point_id uuid not null,
  vendor text,
  model text,
  serial text,
  firmware text,
  booted_at timestamptz,
  last_seen_at timestamptz,
  primary key (operator_id, charge_point_id),
  foreign key (operator_id, charge_point_id) references locations.charge_point
) with (fillfactor = 70);
call platform.protect_tenant_table('locations.charge_point_state', 'insert, update');

-- The last status heard of a connector; evse_number 0 is the charge point as a whole (OCPP 1.6 StatusNotification).
create table locations.connector_status (
  operator_id uuid not null,
  charge_point_id uuid not null,
  evse_number int not null check (evse_number between 0 and 1000),
  status text not null check (char_length(status) <= 40),
  error_code text check (char_length(error_code) <= 80),
  stated_at timestamptz not null,
  primary key (operator_id, charge_point_id, evse_number),
  foreign key (operator_id, charge_point_id) references locations.charge_point
) with (fillfactor = 70);
call platform.protect_tenant_table('locations.connector_status', 'insert, update');

-- Before a tenant is known there is only the identity in the URL: this finds its owner. No row-level security, therefore no
-- grant either: the functions below are the only way in, and they hold only what a look-up needs.
create table locations.charge_point_directory (
  identity text primary key check (char_length(identity) between 1 and 48),
  operator_id uuid not null,
  charge_point_id uuid not null,
  password_hash text,
  unique (operator_id, charge_point_id)
);

create function locations.resolve_charge_point(wanted text)
  returns table (operator_id uuid, charge_point_id uuid, password_hash text)
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$ select d.operator_id, d.charge_point_id, d.password_hash from locations.charge_point_directory d where d.identity = wanted $$;

-- Takes an identity for a charge point of the transaction's operator; false when another charge point has it.
create function locations.claim_identity(wanted text, operator uuid, charge_point uuid, hash text)
  returns boolean
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  if not operator = any (coalesce(platform.current_operators(), '{}')) then
    raise exception 'the transaction is not of this operator' using errcode = 'insufficient_privilege';
  end if;
  insert into locations.charge_point_directory (identity, operator_id, charge_point_id, password_hash)
    values (wanted, operator, charge_point, hash) on conflict (identity) do nothing;
  return found;
end $$;

-- Replaces the password of one of the transaction's own charge points; false when there is no such charge point.
create function locations.set_password_hash(charge_point uuid, hash text)
  returns boolean
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
begin
  update locations.charge_point_directory d set password_hash = hash
    where d.charge_point_id = charge_point and d.operator_id = any (platform.current_operators());
  return found;
end $$;

-- PUBLIC may execute new functions by default; these open a table that has no policy.
revoke execute on function locations.resolve_charge_point(text), locations.claim_identity(text, uuid, uuid, text), locations.set_password_hash(uuid, text) from public;
grant execute on function locations.resolve_charge_point(text), locations.claim_identity(text, uuid, uuid, text), locations.set_password_hash(uuid, text) to kirchhoff_app;
