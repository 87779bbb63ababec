-- Fleets, vehicles, and who belonged where and when. Locks: parties.member exclusively while its rows are read once.

-- Vehicles that are settled together: a depot of a bus company, the vans of a shop.
create table parties.fleet (
  operator_id uuid not null,
  fleet_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  -- The customer's department that the fleet belongs to, where it does.
  department_id uuid,
  created_at timestamptz not null default now(),
  primary key (operator_id, fleet_id),
  unique (operator_id, name),
  foreign key (operator_id) references parties.operator,
  foreign key (operator_id, department_id) references parties.department (operator_id, department_id)
);
call platform.protect_tenant_table('parties.fleet', 'insert, update');

-- A vehicle can lead to a person: VIN and plate are sealed under the vehicle's own key and found by keyed digests. The VIN's digest is that of a credential of the
-- same text, so that a charge which the vehicle started itself is recognised as its own.
create table parties.vehicle (
  operator_id uuid not null,
  vehicle_id uuid not null,
  vin_sealed bytea,
  vin_index bytea,
  plate_sealed bytea,
  plate_index bytea,
  created_at timestamptz not null default now(),
  erased_at timestamptz,
  primary key (operator_id, vehicle_id),
  constraint vehicle_vin unique (operator_id, vin_index),
  constraint vehicle_plate unique (operator_id, plate_index),
  check ((vin_sealed is null) = (vin_index is null) and (plate_sealed is null) = (plate_index is null)),
  check (vin_sealed is not null or plate_sealed is not null or erased_at is not null),
  foreign key (operator_id) references parties.operator
);
call platform.protect_tenant_table('parties.vehicle', 'insert, update');

-- Where a vehicle belonged, and from when to when; null: nowhere, said explicitly. At most one at a time.
create table parties.vehicle_fleet (
  operator_id uuid not null,
  assignment_id uuid not null,
  vehicle_id uuid not null,
  fleet_id uuid,
  valid_from timestamptz not null,
  valid_to timestamptz,
  recorded_at timestamptz not null default now(),
  primary key (operator_id, assignment_id),
  foreign key (operator_id, vehicle_id) references parties.vehicle (operator_id, vehicle_id),
  foreign key (operator_id, fleet_id) references parties.fleet (operator_id, fleet_id),
  constraint vehicle_fleet_order check (valid_to is null or valid_from < valid_to),
  constraint vehicle_fleet_one_at_a_time exclude using gist (operator_id with =, vehicle_id with =, tstzrange(valid_from, valid_to) with &&)
);
create index vehicle_fleet_by_fleet on parties.vehicle_fleet (operator_id, fleet_id, vehicle_id);
call platform.protect_tenant_table('parties.vehicle_fleet', 'insert');
grant update (valid_to) on parties.vehicle_fleet to kirchhoff_app;

create table parties.member_department (
  operator_id uuid not null,
  assignment_id uuid not null,
  member_id uuid not null,
  department_id uuid,
  valid_from timestamptz not null,
  valid_to timestamptz,
  recorded_at timestamptz not null default now(),
  primary key (operator_id, assignment_id),
  foreign key (operator_id, member_id) references parties.member (operator_id, member_id),
  foreign key (operator_id, department_id) references parties.department (operator_id, department_id),
  constraint member_department_order check (valid_to is null or valid_from < valid_to),
  constraint member_department_one_at_a_time exclude using gist (operator_id with =, member_id with =, tstzrange(valid_from, valid_to) with &&)
);
-- What is known of the past of those who are there already: they were always where they are now.
create policy backfill on parties.member for select to kirchhoff_owner using (true);
insert into parties.member_department (operator_id, assignment_id, member_id, department_id, valid_from)
  select operator_id, gen_random_uuid(), member_id, department_id, '-infinity' from parties.member where department_id is not null;
drop policy backfill on parties.member;
call platform.protect_tenant_table('parties.member_department', 'insert');
grant update (valid_to) on parties.member_department to kirchhoff_app;

-- An assignment is ended once and otherwise never changed.
create function parties.refuse_second_end() returns trigger
  language plpgsql
  as $$
begin
  if old.valid_to is not null then
    raise exception 'append_only: this assignment has ended already, a correction is a new row' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger ends_once before update on parties.vehicle_fleet for each row execute function parties.refuse_second_end();
create trigger ends_once before update on parties.member_department for each row execute function parties.refuse_second_end();
