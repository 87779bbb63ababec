-- Charging sessions, their facts and bills, connector meters. Locks: none on existing tables.
call platform.create_module_schema('charging');

-- What an operator has decided about charging. Without a row the defaults of the program apply.
create table charging.policy (
  operator_id uuid not null primary key,
  hold_amount_minor bigint not null check (hold_amount_minor >= 0),
  hold_minimum_minor bigint not null check (hold_minimum_minor between 0 and hold_amount_minor),
  balance_threshold_minor bigint not null check (balance_threshold_minor >= 0),
  silence_deadline_s integer not null check (silence_deadline_s >= 60),
  default_connector_power_w bigint not null check (default_connector_power_w > 0),
  abnormal_bills text not null check (abnormal_bills in ('hold', 'settle_first')),
  sessions_per_member_max integer check (sessions_per_member_max > 0),
  changed_at timestamptz not null
);
call platform.protect_tenant_table('charging.policy', 'insert, update');

-- Numbers for OCPP 1.6, where the central system gives the transaction its id: a positive int32, never given twice.
create sequence charging.v16_transaction_number as integer minvalue 1 no cycle cache 1;
grant usage on sequence charging.v16_transaction_number to kirchhoff_app;

-- One row a charge point, locked while a start is decided, so that two copies of one start cannot both be first.
create table charging.start_lane (
  operator_id uuid not null,
  charge_point_id uuid not null,
  primary key (operator_id, charge_point_id)
);
call platform.protect_tenant_table('charging.start_lane', 'insert, update');

-- Who asked for a start from afar, and how; the session that follows takes it over.
create table charging.start_intent (
  operator_id uuid not null,
  intent_id uuid not null,
  charge_point_id uuid not null,
  evse_number integer,
  token_mask text,
  remote_start_id bigint,
  mode text not null,
  actor text not null,
  device text,
  ip text,
  recorded_at timestamptz not null,
  primary key (operator_id, intent_id)
);
call platform.protect_tenant_table('charging.start_intent', 'insert');
call platform.make_append_only('charging.start_intent');
create index start_intent_recent on charging.start_intent (operator_id, charge_point_id, recorded_at desc);

create table charging.session (
  operator_id uuid not null,
  session_id uuid not null,
  charge_point_id uuid not null,
  evse_number integer,
  connector_id uuid,
  station_id uuid not null,
  time_zone text not null,
  max_power_w bigint not null check (max_power_w > 0),
  transaction_ref text not null,
  start_key text,
  start_message_id text,
  start_sequence bigint,
  start_repeated boolean not null default false,
  start_applied boolean not null default false,
  -- A session that was closed by evidence has gone on speaking: it is derived again when its end comes, or when it is silent again.
  spoke_after_close boolean not null default false,
  member_id uuid,
  token_mask text,
  token_status text not null check (token_status in ('none', 'active', 'frozen', 'unknown')),
  credential_id uuid,
  decision text not null check (decision in ('accepted', 'blocked', 'invalid', 'concurrent_tx')),
  start_mode text not null,
  start_actor text,
  start_device text,
  start_ip text,
  hold_transfer uuid,
  hold_minor bigint not null default 0 check (hold_minor >= 0),
  hold_state text not null default 'none' check (hold_state in ('none', 'held', 'posted', 'voided')),
  state text not null check (state in ('active', 'ended')),
  started_at timestamptz not null,
  ended_at timestamptz,
  first_recorded_at timestamptz not null,
  last_recorded_at timestamptz not null,
  start_register_wh bigint,
  register_first_wh bigint,
  register_last_wh bigint,
  register_last_at timestamptz,
  power_w bigint,
  soc_percent real,
  energy_wh bigint not null default 0 check (energy_wh >= 0),
  current_bill_id uuid,
  bill_version integer not null default 0,
  held boolean not null default false,
  flag_codes integer[] not null default '{}',
  flag_causes text[] not null default '{}',
  primary key (operator_id, session_id),
  constraint session_transaction_ref unique (operator_id, charge_point_id, transaction_ref),
  -- Every ended session has exactly one current bill, and an open one has none.
  constraint session_current_bill check ((state = 'ended') = (current_bill_id is not null)),
  -- Money is held only for sessions that are open.
  constraint session_hold_open check (hold_state <> 'held' or state = 'active'),
  constraint session_hold_known check ((hold_state = 'none') = (hold_transfer is null))
) with (fillfactor = 80);
call platform.protect_tenant_table('charging.session', 'insert, update');
create index session_open on charging.session (operator_id, charge_point_id, evse_number) where state = 'active';
create index session_spoke_after_close on charging.session (operator_id, session_id) where spoke_after_close;
create index session_start_key on charging.session (operator_id, charge_point_id, start_key) where start_key is not null;
create index session_by_start on charging.session (operator_id, started_at desc, session_id desc);
create index session_by_connector on charging.session (operator_id, connector_id, started_at);
create index session_by_member on charging.session (operator_id, member_id, started_at desc) where member_id is not null;
create index session_held on charging.session (operator_id, ended_at desc, session_id desc) where held;
create index session_flagged on charging.session (operator_id, started_at desc, session_id desc) where cardinality(flag_causes) > 0;

-- What charge points said, for ever. (frame_sequence, ordinal) names a fact: applying it again changes nothing.
create table charging.fact (
  operator_id uuid not null,
  frame_sequence bigint not null,
  ordinal integer not null,
  session_id uuid,
  charge_point_id uuid not null,
  evse_number integer,
  transaction_ref text,
  kind text not null check (kind in ('session_started', 'register_read', 'session_ended', 'booted', 'status')),
  event_at timestamptz,
  recorded_at timestamptz not null,
  message_id text not null,
  seq_no integer,
  offline boolean not null default false,
  register_wh bigint,
  power_w bigint,
  soc_percent real,
  context text,
  token_mask text,
  remote_start_id bigint,
  reason text,
  status text,
  error_code text,
  -- No foreign key to the session: it would be checked once a reading, thousands of times a second, for rows that one function writes.
  primary key (operator_id, frame_sequence, ordinal)
);
call platform.protect_tenant_table('charging.fact', 'insert');
call platform.make_append_only('charging.fact');
create index fact_by_session on charging.fact (operator_id, session_id) where session_id is not null;
create index fact_boots on charging.fact (operator_id, charge_point_id, frame_sequence) where kind = 'booted';

-- How a session was closed that never said its end.
create table charging.closure (
  operator_id uuid not null,
  session_id uuid not null,
  kind text not null check (kind in ('superseded', 'silent')),
  closed_at timestamptz not null,
  by_session_id uuid,
  recorded_at timestamptz not null,
  primary key (operator_id, session_id),
  foreign key (operator_id, session_id) references charging.session (operator_id, session_id)
);
call platform.protect_tenant_table('charging.closure', 'insert');
call platform.make_append_only('charging.closure');

-- Versions of a session's bill. None is ever changed: a correction is the next version, which reverses this one's transfers.
create table charging.bill (
  operator_id uuid not null,
  bill_id uuid not null,
  session_id uuid not null,
  version integer not null check (version > 0),
  previous_bill_id uuid,
  reason text not null check (reason in ('ended', 'closed_by_evidence', 'late_facts', 'rederived')),
  state text not null check (state in ('settled', 'held')),
  currency text not null,
  member_id uuid,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  energy_wh bigint not null check (energy_wh >= 0),
  electricity_minor bigint not null,
  service_minor bigint not null,
  occupancy_minor bigint not null,
  total_minor bigint not null,
  proposed_energy_wh bigint check (proposed_energy_wh >= 0),
  proposed_total_minor bigint,
  from_hold_minor bigint not null check (from_hold_minor >= 0),
  from_wallet_minor bigint not null check (from_wallet_minor >= 0),
  receivable_minor bigint not null check (receivable_minor >= 0),
  flags jsonb not null,
  digest text not null,
  recorded_at timestamptz not null,
  primary key (operator_id, bill_id),
  constraint bill_version unique (operator_id, session_id, version),
  constraint bill_of_session unique (operator_id, session_id, bill_id),
  check (total_minor = electricity_minor + service_minor + occupancy_minor),
  check (total_minor = from_hold_minor + from_wallet_minor + receivable_minor),
  check (state <> 'held' or total_minor = 0 and energy_wh = 0),
  check ((state = 'held') = (proposed_energy_wh is not null)),
  check ((version = 1) = (previous_bill_id is null)),
  foreign key (operator_id, session_id) references charging.session (operator_id, session_id),
  foreign key (operator_id, session_id, previous_bill_id) references charging.bill (operator_id, session_id, bill_id)
);
call platform.protect_tenant_table('charging.bill', 'insert');
call platform.make_append_only('charging.bill');
create index bill_by_record on charging.bill (operator_id, recorded_at);
alter table charging.session add constraint session_current_bill_is_its_own
  foreign key (operator_id, session_id, current_bill_id) references charging.bill (operator_id, session_id, bill_id) deferrable initially deferred;

-- Printed lines. `charged` is false for the lines of a proposal.
create table charging.bill_line (
  operator_id uuid not null,
  bill_id uuid not null,
  line_number integer not null,
  charged boolean not null,
  kind text not null check (kind in ('electricity', 'service', 'occupancy')),
  period_kind text,
  tariff_id uuid not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  energy_wh bigint,
  minutes integer,
  rate_value bigint not null,
  rate_scale integer not null,
  amount_minor bigint not null,
  primary key (operator_id, bill_id, line_number),
  foreign key (operator_id, bill_id) references charging.bill (operator_id, bill_id)
);
call platform.protect_tenant_table('charging.bill_line', 'insert');
call platform.make_append_only('charging.bill_line');

-- Which transfers a bill booked, so that its next version can reverse exactly these and a reader can follow every fen.
create table charging.bill_posting (
  operator_id uuid not null,
  bill_id uuid not null,
  transfer_id uuid not null,
  purpose text not null,
  debit_account uuid not null,
  credit_account uuid not null,
  asset text not null check (asset in ('money', 'energy')),
  amount bigint not null check (amount >= 0),
  reverses uuid,
  primary key (operator_id, bill_id, transfer_id),
  constraint bill_posting_once unique (operator_id, transfer_id),
  foreign key (operator_id, bill_id) references charging.bill (operator_id, bill_id)
);
call platform.protect_tenant_table('charging.bill_posting', 'insert');
call platform.make_append_only('charging.bill_posting');

-- The total register of each connector as it advances: metered-in energy is posted from here and from nothing else.
create table charging.connector_meter (
  operator_id uuid not null,
  connector_id uuid not null,
  max_power_w bigint not null check (max_power_w > 0),
  main_wh bigint,
  main_at timestamptz,
  aside_wh bigint,
  aside_at timestamptz,
  last_read_at timestamptz,
  metered_wh bigint not null default 0,
  posted_wh bigint not null default 0,
  posting integer not null default 0,
  primary key (operator_id, connector_id)
) with (fillfactor = 70);
call platform.protect_tenant_table('charging.connector_meter', 'insert, update');

create table charging.meter_reading (
  operator_id uuid not null,
  connector_id uuid not null,
  read_at timestamptz not null,
  register_wh bigint not null check (register_wh >= 0),
  anchor boolean not null,
  primary key (operator_id, connector_id, read_at, register_wh, anchor)
);
call platform.protect_tenant_table('charging.meter_reading', 'insert');
call platform.make_append_only('charging.meter_reading');

-- Where the chain of a connector's register stood before the first reading of a stretch of time: a late reading is worked in from here.
create table charging.meter_mark (
  operator_id uuid not null,
  connector_id uuid not null,
  from_at timestamptz not null,
  main_wh bigint,
  main_at timestamptz,
  aside_wh bigint,
  aside_at timestamptz,
  metered_wh bigint not null,
  primary key (operator_id, connector_id, from_at)
);
call platform.protect_tenant_table('charging.meter_mark', 'insert, update');

-- Operators with open sessions that have said nothing since `at`: the sweep works one operator after the other.
create function charging.operators_with_silent_sessions(at timestamptz, count_max integer) returns setof uuid
  language sql stable security definer set search_path = pg_catalog
  as $$ select distinct operator_id from charging.session where (state = 'active' or spoke_after_close) and last_recorded_at <= at limit count_max $$;
revoke execute on function charging.operators_with_silent_sessions(timestamptz, integer) from public;
grant execute on function charging.operators_with_silent_sessions(timestamptz, integer) to kirchhoff_app;
create policy sweeper on charging.session for select to kirchhoff_owner using (true);
