-- How charge points keep to the protocol: what was counted of their frames and sessions, by maker, model and firmware. Locks: none on existing tables.
call platform.create_module_schema('conformance');

-- A maker's model with a firmware, as stations name themselves; empty where they say nothing. The id is made of the three, so that counting anew finds the same.
create table conformance.make (
  operator_id uuid not null,
  make_id uuid not null,
  maker text not null check (length(maker) <= 200),
  model text not null check (length(model) <= 200),
  firmware text not null check (length(firmware) <= 200),
  first_seen_at timestamptz not null,
  primary key (operator_id, make_id),
  constraint make_named unique (operator_id, maker, model, firmware)
);
call platform.protect_tenant_table('conformance.make', 'insert');
call platform.make_append_only('conformance.make');

-- How far the operator's frames are counted; the row is the lock of whoever counts.
create table conformance.cursor (
  operator_id uuid not null primary key,
  counted_sequence bigint not null default 0 check (counted_sequence >= 0),
  moved_at timestamptz not null default now()
);
call platform.protect_tenant_table('conformance.cursor', 'insert, update');

-- What has to be remembered of a charge point between two frames.
create table conformance.point_state (
  operator_id uuid not null,
  charge_point_id uuid not null,
  state jsonb not null,
  primary key (operator_id, charge_point_id)
);
call platform.protect_tenant_table('conformance.point_state', 'insert, update');

-- From which frame on a charge point was of which make: boot notifications change it.
create table conformance.make_since (
  operator_id uuid not null,
  charge_point_id uuid not null,
  from_sequence bigint not null check (from_sequence >= 0),
  make_id uuid not null,
  primary key (operator_id, charge_point_id, from_sequence),
  foreign key (operator_id, make_id) references conformance.make
);
call platform.protect_tenant_table('conformance.make_since', 'insert');
call platform.make_append_only('conformance.make_since');

-- Counts of a charge point on a day of its station's wall clock, by the make that it was.
create table conformance.point_day (
  operator_id uuid not null,
  make_id uuid not null,
  counted_on date not null,
  charge_point_id uuid not null,
  sessions bigint not null default 0 check (sessions >= 0),
  abnormal_sessions bigint not null default 0 check (abnormal_sessions >= 0),
  lost_bills bigint not null default 0 check (lost_bills >= 0),
  orphans bigint not null default 0 check (orphans >= 0),
  registers bigint not null default 0 check (registers >= 0),
  clock bigint not null default 0 check (clock >= 0),
  duplicates bigint not null default 0 check (duplicates >= 0),
  missing_events bigint not null default 0 check (missing_events >= 0),
  energy_wh bigint not null default 0 check (energy_wh >= 0),
  unexplained_wh bigint not null default 0 check (unexplained_wh >= 0),
  frames bigint not null default 0 check (frames >= 0),
  calls bigint not null default 0 check (calls >= 0),
  malformed bigint not null default 0 check (malformed >= 0),
  schema_breaks bigint not null default 0 check (schema_breaks >= 0),
  unknown_actions bigint not null default 0 check (unknown_actions >= 0),
  unprocessable bigint not null default 0 check (unprocessable >= 0),
  out_of_order bigint not null default 0 check (out_of_order >= 0),
  repeated bigint not null default 0 check (repeated >= 0),
  commands bigint not null default 0 check (commands >= 0),
  wrong_answers bigint not null default 0 check (wrong_answers >= 0),
  no_answers bigint not null default 0 check (no_answers >= 0),
  stops bigint not null default 0 check (stops >= 0),
  stops_not_followed bigint not null default 0 check (stops_not_followed >= 0),
  boots bigint not null default 0 check (boots >= 0),
  reconnects bigint not null default 0 check (reconnects >= 0),
  primary key (operator_id, make_id, counted_on, charge_point_id),
  foreign key (operator_id, make_id) references conformance.make
);
call platform.protect_tenant_table('conformance.point_day', 'insert, update');
create index point_day_by_day on conformance.point_day (operator_id, counted_on);

-- What a session adds to the counts now: the opposite is added when another version of its bill takes its place. `due`: somebody said that it has changed.
create table conformance.session_count (
  operator_id uuid not null,
  session_id uuid not null,
  due boolean not null,
  make_id uuid,
  charge_point_id uuid,
  counted_on date,
  kinds text[] not null default '{}',
  causes text[] not null default '{}',
  energy_wh bigint not null default 0 check (energy_wh >= 0),
  unexplained_wh bigint not null default 0 check (unexplained_wh >= 0),
  primary key (operator_id, session_id),
  foreign key (operator_id, make_id) references conformance.make,
  check ((make_id is null) = (charge_point_id is null) and (make_id is null) = (counted_on is null))
);
call platform.protect_tenant_table('conformance.session_count', 'insert, update');
create index session_count_due on conformance.session_count (operator_id, session_id) where due;
create index session_count_by_make on conformance.session_count (operator_id, make_id, counted_on, session_id) where make_id is not null;

-- Which frames show a fault; at most a number of them a charge point, day and kind.
create table conformance.finding (
  operator_id uuid not null,
  make_id uuid not null,
  kind text not null,
  frame_sequence bigint not null,
  charge_point_id uuid not null,
  counted_on date not null,
  detail text not null check (length(detail) <= 300),
  primary key (operator_id, make_id, kind, frame_sequence),
  foreign key (operator_id, make_id) references conformance.make
);
call platform.protect_tenant_table('conformance.finding', 'insert');
call platform.make_append_only('conformance.finding');
create index finding_by_sequence on conformance.finding (operator_id, make_id, frame_sequence);
