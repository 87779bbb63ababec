-- Reporting: what each version of a bill adds to and takes from the reports, and the periods that are published. Locks: none on existing tables.
call platform.create_module_schema('reporting');

-- Two rows a version of a bill at most: sign 1 when it is issued, sign -1 when another version takes its place. Every figure carries its sign, so that any sum of rows
-- is a report. None is ever changed.
create table reporting.bill_movement (
  operator_id uuid not null,
  bill_id uuid not null,
  sign smallint not null check (sign in (1, -1)),
  session_id uuid not null,
  version integer not null check (version > 0),
  state text not null check (state in ('settled', 'held')),
  -- What made this row: the bill itself, or the version that takes its place.
  caused_by uuid not null,
  reason text not null,
  correction_id uuid,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  -- The day on which charging ended, on the station's own wall clock.
  service_on date not null,
  -- When the ledger booked it.
  booked_at timestamptz not null,
  -- In whose report it is: the service day's, or, where that was published, the one that was open when it came.
  counts_on date not null,
  adjusts_on date check (adjusts_on = service_on and adjusts_on <> counts_on),
  station_id uuid not null,
  sub_operator_id uuid,
  department_id uuid,
  fleet_id uuid,
  vehicle_id uuid,
  member_id uuid,
  start_mode text not null,
  currency text not null,
  bill_count integer not null,
  held_count integer not null,
  empty_count integer not null,
  doubt_count integer not null,
  energy_wh bigint not null,
  sharp_wh bigint not null,
  peak_wh bigint not null,
  flat_wh bigint not null,
  valley_wh bigint not null,
  sharp_electricity_minor bigint not null,
  peak_electricity_minor bigint not null,
  flat_electricity_minor bigint not null,
  valley_electricity_minor bigint not null,
  sharp_service_minor bigint not null,
  peak_service_minor bigint not null,
  flat_service_minor bigint not null,
  valley_service_minor bigint not null,
  electricity_minor bigint not null,
  service_minor bigint not null,
  occupancy_minor bigint not null,
  total_minor bigint not null,
  coupon_minor bigint not null,
  doubt_minor bigint not null,
  held_wh bigint not null,
  held_minor bigint not null,
  recorded_at timestamptz not null,
  primary key (operator_id, bill_id, sign),
  constraint bill_movement_counts_somewhere check ((adjusts_on is null) = (counts_on = service_on)),
  constraint bill_movement_counts_once check (bill_count + held_count = sign and (state = 'held') = (held_count <> 0)),
  constraint bill_movement_energy_by_period check (energy_wh = sharp_wh + peak_wh + flat_wh + valley_wh),
  constraint bill_movement_electricity_by_period check (electricity_minor = sharp_electricity_minor + peak_electricity_minor + flat_electricity_minor + valley_electricity_minor),
  constraint bill_movement_service_by_period check (service_minor = sharp_service_minor + peak_service_minor + flat_service_minor + valley_service_minor),
  constraint bill_movement_total check (total_minor = electricity_minor + service_minor + occupancy_minor)
);
call platform.protect_tenant_table('reporting.bill_movement', 'insert');
call platform.make_append_only('reporting.bill_movement');
create index bill_movement_by_report on reporting.bill_movement (operator_id, counts_on, bill_id, sign);
create index bill_movement_by_session on reporting.bill_movement (operator_id, session_id);
create index bill_movement_adjusting on reporting.bill_movement (operator_id, adjusts_on, bill_id, sign) where adjusts_on is not null;
create index bill_movement_of_fleet on reporting.bill_movement (operator_id, fleet_id, service_on) where fleet_id is not null;
create index bill_movement_of_department on reporting.bill_movement (operator_id, department_id, service_on) where department_id is not null;
create index bill_movement_of_sub_operator on reporting.bill_movement (operator_id, sub_operator_id, service_on) where sub_operator_id is not null;
create index bill_movement_to_review on reporting.bill_movement (operator_id, counts_on, session_id) where held_count <> 0 or doubt_count <> 0;

-- A day or a month that was published, with its figures as they were: they are never made again.
create table reporting.publication (
  operator_id uuid not null,
  publication_id uuid not null,
  kind text not null check (kind in ('day', 'month')),
  first_on date not null,
  last_on date not null,
  currency text not null,
  -- What became of bills in doubt at the time: held until reviewed, or settled first and corrected later.
  abnormal_bills text not null check (abnormal_bills in ('hold', 'settle_first')),
  movements bigint not null check (movements >= 0),
  -- Of the canonical text of every figure, in order.
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  published_by text not null check (published_by <> ''),
  approved_by text check (approved_by <> '' and approved_by <> published_by),
  published_at timestamptz not null,
  primary key (operator_id, publication_id),
  constraint publication_once unique (operator_id, kind, first_on),
  constraint publication_span check (case kind when 'day' then first_on = last_on else extract(day from first_on) = 1 and last_on = (first_on + interval '1 month - 1 day')::date end)
);
call platform.protect_tenant_table('reporting.publication', 'insert');
call platform.make_append_only('reporting.publication');

create table reporting.publication_figure (
  operator_id uuid not null,
  publication_id uuid not null,
  dimension text not null,
  -- What the figures are of; empty where nothing is known (no department, no vehicle) and for the total.
  key text not null,
  figures jsonb not null,
  primary key (operator_id, publication_id, dimension, key),
  foreign key (operator_id, publication_id) references reporting.publication
);
call platform.protect_tenant_table('reporting.publication_figure', 'insert');
call platform.make_append_only('reporting.publication_figure');

-- A published month has published each of its days. Nothing counts in such a day any more.
create table reporting.frozen_day (
  operator_id uuid not null,
  day date not null,
  publication_id uuid not null,
  primary key (operator_id, day),
  foreign key (operator_id, publication_id) references reporting.publication
);
call platform.protect_tenant_table('reporting.frozen_day', 'insert');
call platform.make_append_only('reporting.frozen_day');

-- The database itself keeps published days as they are. Whoever writes movements holds this lock with others, whoever publishes holds it alone.
create function reporting.refuse_frozen_days() returns trigger
  language plpgsql
  as $$
declare
  found_on date;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('reporting.frozen_day/' || o.operator_id, 0)) from (select distinct operator_id from written) o;
  select f.day into found_on from (select distinct operator_id, counts_on from written) w join reporting.frozen_day f on f.operator_id = w.operator_id and f.day = w.counts_on limit 1;
  if found_on is not null then
    raise exception 'frozen: the report of % is published, what comes later is an adjustment', found_on using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
create trigger refuse_frozen_days after insert on reporting.bill_movement referencing new table as written for each statement execute function reporting.refuse_frozen_days();

-- Whether publishing takes two persons. The newest version counts; without a row it does not.
create table reporting.policy (
  operator_id uuid not null,
  version integer not null check (version > 0),
  publish_four_eyes boolean not null,
  changed_by text not null check (changed_by <> ''),
  recorded_at timestamptz not null,
  primary key (operator_id, version)
);
call platform.protect_tenant_table('reporting.policy', 'insert');
call platform.make_append_only('reporting.policy');
