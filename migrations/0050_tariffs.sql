-- Tariff versions, their periods, and where and when they are in force. Locks: none on existing tables.
call platform.create_module_schema('tariffs');
create schema if not exists extensions;
create extension if not exists btree_gist schema extensions;

-- One immutable version of a tariff; series_id is the id of its first version. Rates have four decimals: 1.2345 a kWh is 12345.
create table tariffs.tariff (
  operator_id uuid not null,
  tariff_id uuid not null,
  series_id uuid not null,
  version int not null check (version >= 1),
  name text not null check (name = btrim(name) and char_length(name) between 1 and 200),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  occupancy_rate_e4 bigint check (occupancy_rate_e4 between 0 and 1000000000),
  occupancy_grace_minutes int check (occupancy_grace_minutes between 0 and 1440),
  -- Every tariff has a period that begins at midnight: with the keys of tariffs.period, the day is covered.
  first_minute int not null generated always as (0) stored,
  recorded_at timestamptz not null default now(),
  primary key (operator_id, tariff_id),
  constraint tariff_version unique (operator_id, series_id, version),
  constraint tariff_series foreign key (operator_id, series_id) references tariffs.tariff (operator_id, tariff_id),
  constraint tariff_first_version check ((version = 1) = (series_id = tariff_id)),
  constraint tariff_occupancy check ((occupancy_rate_e4 is null) = (occupancy_grace_minutes is null))
);
call platform.protect_tenant_table('tariffs.tariff', 'insert');
call platform.make_append_only('tariffs.tariff');

-- The 24 hours are covered exactly once, and the keys alone see to it: every period ends where another of the same tariff begins
-- (tariff_period_next; 1440 is 0), no two begin or end at the same minute, and one begins at 0 (tariff_first_period). So "the next
-- period" is a permutation, and its cycles pass midnight, because time only grows inside a day. Only one period begins at 0: there is
-- one cycle, all periods are on it, and it covers the day without a gap or an overlap.
create table tariffs.period (
  operator_id uuid not null,
  tariff_id uuid not null,
  start_minute int not null,
  end_minute int not null,
  next_start_minute int not null generated always as (end_minute % 1440) stored,
  kind text not null check (kind in ('sharp', 'peak', 'flat', 'valley')),
  electricity_rate_e4 bigint not null check (electricity_rate_e4 between 0 and 1000000000),
  service_rate_e4 bigint not null check (service_rate_e4 between 0 and 1000000000),
  primary key (operator_id, tariff_id, start_minute),
  constraint tariff_period_end unique (operator_id, tariff_id, end_minute),
  foreign key (operator_id, tariff_id) references tariffs.tariff,
  constraint tariff_period_next foreign key (operator_id, tariff_id, next_start_minute)
    references tariffs.period (operator_id, tariff_id, start_minute) deferrable initially deferred,
  constraint tariff_period_order check (0 <= start_minute and start_minute < end_minute and end_minute <= 1440)
);
call platform.protect_tenant_table('tariffs.period', 'insert');
call platform.make_append_only('tariffs.period');
alter table tariffs.tariff add constraint tariff_first_period foreign key (operator_id, tariff_id, first_minute)
  references tariffs.period (operator_id, tariff_id, start_minute) deferrable initially deferred;

-- Where and when a version is in force. At one station, and at one connector, there is at most one at a time; a connector's own
-- goes before the station's.
create table tariffs.assignment (
  operator_id uuid not null,
  assignment_id uuid not null,
  tariff_id uuid not null,
  station_id uuid not null,
  connector_id uuid,
  valid_from timestamptz not null,
  valid_to timestamptz,
  recorded_at timestamptz not null default now(),
  primary key (operator_id, assignment_id),
  foreign key (operator_id, tariff_id) references tariffs.tariff,
  constraint assignment_valid_order check (valid_to is null or valid_from < valid_to),
  constraint assignment_one_at_a_station exclude using gist (operator_id with =, station_id with =, tstzrange(valid_from, valid_to) with &&) where (connector_id is null),
  constraint assignment_one_at_a_connector exclude using gist (operator_id with =, connector_id with =, tstzrange(valid_from, valid_to) with &&) where (connector_id is not null)
);
create index assignment_by_station on tariffs.assignment (operator_id, station_id, valid_from);
create index assignment_by_tariff on tariffs.assignment (operator_id, tariff_id);
call platform.protect_tenant_table('tariffs.assignment', 'insert');
-- An assignment without an end gets one when another tariff follows it; nothing else of it ever changes.
grant update (valid_to) on tariffs.assignment to kirchhoff_app;
create function tariffs.refuse_second_end() returns trigger
  language plpgsql
  as $$
begin
  if old.valid_to is not null then
    raise exception 'append_only: this assignment has ended already, a correction is a new row' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger ends_once before update on tariffs.assignment for each row execute function tariffs.refuse_second_end();
