-- Support cases: what somebody reported, what it concerns, what was found, and whether it came back. Locks: none on existing tables.
call platform.create_module_schema('cases');

-- People say "case 28": numbers are the operator's own, in order.
create table cases.counter (
  operator_id uuid not null primary key,
  last_number integer not null check (last_number >= 0)
);
call platform.protect_tenant_table('cases.counter', 'insert, update');

create table cases.support_case (
  operator_id uuid not null,
  case_id uuid not null,
  number integer not null check (number > 0),
  title text not null check (length(title) between 1 and 200),
  state text not null check (state in ('open', 'observing', 'resolved')),
  station_id uuid,
  charge_point_id uuid,
  connector integer check (connector between 1 and 1000),
  period_from timestamptz,
  period_to timestamptz,
  network_state text not null check (network_state in ('online', 'offline', 'unstable', 'unknown')),
  -- A cause of abnormal bills, where the report is about one.
  cause text,
  first_finding text not null check (length(first_finding) <= 4000),
  owner text,
  observing_until timestamptz,
  -- An answer that helps whoever meets the same again.
  known_answer text check (length(known_answer) between 1 and 4000),
  resolution text check (length(resolution) between 1 and 4000),
  times_reopened integer not null default 0,
  opened_by text not null check (opened_by <> ''),
  opened_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (operator_id, case_id),
  constraint support_case_number unique (operator_id, number),
  check (period_from is null or period_to is null or period_from <= period_to),
  check ((state = 'observing') = (observing_until is not null)),
  check ((state = 'resolved') = (resolution is not null))
);
call platform.protect_tenant_table('cases.support_case', 'insert, update');
create index support_case_recent on cases.support_case (operator_id, changed_at desc, case_id desc);
create index support_case_open on cases.support_case (operator_id, state, changed_at desc) where state <> 'resolved';
create index support_case_by_cause on cases.support_case (operator_id, cause) where cause is not null;
create index support_case_observing on cases.support_case (operator_id, observing_until) where state = 'observing';

create table cases.case_event (
  operator_id uuid not null,
  case_id uuid not null,
  sequence integer not null check (sequence > 0),
  kind text not null check (kind in ('opened', 'commented', 'linked', 'assigned', 'observing', 'recurred', 'quiet', 'resolved', 'reopened', 'made_known', 'changed')),
  body text check (length(body) <= 4000),
  data jsonb not null,
  actor text not null check (actor <> ''),
  recorded_at timestamptz not null,
  primary key (operator_id, case_id, sequence),
  foreign key (operator_id, case_id) references cases.support_case
);
call platform.protect_tenant_table('cases.case_event', 'insert');
call platform.make_append_only('cases.case_event');

-- What a case is about; a record is linked once.
create table cases.case_link (
  operator_id uuid not null,
  case_id uuid not null,
  subject_kind text not null check (subject_kind in ('session', 'bill', 'charge_point', 'station', 'member', 'payment_order', 'repair_case', 'support_case')),
  subject_id uuid not null,
  label text not null check (length(label) between 1 and 200),
  origin text not null check (origin in ('person', 'pasted', 'recurrence')),
  linked_by text not null check (linked_by <> ''),
  linked_at timestamptz not null,
  primary key (operator_id, case_id, subject_kind, subject_id),
  foreign key (operator_id, case_id) references cases.support_case
);
call platform.protect_tenant_table('cases.case_link', 'insert');
call platform.make_append_only('cases.case_link');
create index case_link_by_subject on cases.case_link (operator_id, subject_kind, subject_id);
