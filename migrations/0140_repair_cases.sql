-- Repair: cases of what is abnormal, the policy of automatic repair, bulk runs. Locks: none on existing tables.
call platform.create_module_schema('repair');

-- One case for one subject (a charging bill is the first kind), for as long as the subject exists: it closes, and opens again when the subject is abnormal again.
create table repair.repair_case (
  operator_id uuid not null,
  case_id uuid not null,
  subject_kind text not null check (subject_kind ~ '^[a-z_]{1,40}$'),
  subject_id uuid not null,
  state text not null check (state in ('open', 'proposed', 'awaiting_approval', 'applied', 'reverted', 'dismissed', 'resolved_by_facts')),
  codes integer[] not null,
  causes text[] not null,
  primary_cause text not null,
  station_id uuid,
  charge_point_id uuid,
  maker text,
  model text,
  firmware text,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- What is not decided as long as the case is open: of the proposal where there is one, else of what the evidence would bill.
  at_stake_minor bigint not null,
  at_stake_wh bigint not null,
  proposed_source text,
  proposed_wh bigint check (proposed_wh >= 0),
  proposed_minor bigint,
  confidence text check (confidence in ('proven', 'strong', 'weak')),
  -- Strong enough for a policy to accept it; false again once the policy was refused.
  automatic boolean not null,
  evidence_digest text,
  occurred_at timestamptz not null,
  opened_at timestamptz not null,
  due_at timestamptz not null,
  closed_at timestamptz,
  owner_id uuid,
  approval_id uuid,
  -- What repaired it, in its owner's words: the correction of a bill.
  reference_id uuid,
  event_count integer not null default 0 check (event_count >= 0),
  changed_at timestamptz not null,
  primary key (operator_id, case_id),
  constraint repair_case_of_subject unique (operator_id, subject_kind, subject_id),
  constraint repair_case_waits_for_approval check ((state = 'awaiting_approval') = (approval_id is not null)),
  constraint repair_case_proposal check ((proposed_source is null) = (proposed_wh is null) and (proposed_source is null) = (confidence is null) and (state <> 'proposed' or proposed_source is not null)),
  constraint repair_case_closed check ((closed_at is not null) = (state in ('applied', 'dismissed', 'resolved_by_facts'))),
  constraint repair_case_applied check (state <> 'applied' or reference_id is not null)
);
call platform.protect_tenant_table('repair.repair_case', 'insert, update');
create index repair_case_to_do on repair.repair_case (operator_id, due_at, case_id) where closed_at is null;
create index repair_case_by_state on repair.repair_case (operator_id, state, opened_at desc, case_id desc);
create index repair_case_by_cause on repair.repair_case (operator_id, primary_cause, case_id) where closed_at is null;
create index repair_case_automatic on repair.repair_case (operator_id, opened_at, case_id) where state = 'proposed' and automatic;

-- Everything that happened to a case, with who and why.
create table repair.case_event (
  operator_id uuid not null,
  case_id uuid not null,
  event_number integer not null check (event_number > 0),
  kind text not null check (kind ~ '^[a-z_]{1,40}$'),
  from_state text,
  to_state text not null,
  actor text not null check (actor <> ''),
  reason text check (length(reason) between 1 and 500),
  data jsonb not null default '{}',
  recorded_at timestamptz not null,
  primary key (operator_id, case_id, event_number),
  foreign key (operator_id, case_id) references repair.repair_case (operator_id, case_id)
);
call platform.protect_tenant_table('repair.case_event', 'insert');
call platform.make_append_only('repair.case_event');

-- What is repaired without a person, and when a case is due. The newest version counts.
create table repair.policy (
  operator_id uuid not null,
  version integer not null check (version > 0),
  settings jsonb not null,
  reason text check (length(reason) between 1 and 500),
  changed_by text not null check (changed_by <> ''),
  recorded_at timestamptz not null,
  primary key (operator_id, version)
);
call platform.protect_tenant_table('repair.policy', 'insert');
call platform.make_append_only('repair.policy');

-- Many cases decided at once: fixed when previewed, worked in pages, resumed where it stopped.
create table repair.bulk_run (
  operator_id uuid not null,
  run_id uuid not null,
  state text not null check (state in ('previewed', 'running', 'paused', 'done')),
  filter jsonb not null,
  reason text not null check (length(reason) between 1 and 500),
  items integer not null check (items >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  total_minor bigint not null,
  total_wh bigint not null,
  previewed_by text not null check (previewed_by <> ''),
  previewed_at timestamptz not null,
  started_by text check (started_by <> ''),
  started_at timestamptz,
  ended_at timestamptz,
  applied integer not null default 0,
  awaiting_approval integer not null default 0,
  refused integer not null default 0,
  skipped integer not null default 0,
  primary key (operator_id, run_id),
  constraint bulk_run_started check ((state = 'previewed') = (started_by is null) and (started_by is null) = (started_at is null)),
  constraint bulk_run_ended check ((state = 'done') = (ended_at is not null)),
  constraint bulk_run_counts check (applied >= 0 and awaiting_approval >= 0 and refused >= 0 and skipped >= 0 and applied + awaiting_approval + refused + skipped <= items
    and (state <> 'done' or applied + awaiting_approval + refused + skipped = items))
);
call platform.protect_tenant_table('repair.bulk_run', 'insert, update');
create index bulk_run_running on repair.bulk_run (operator_id, run_id) where state = 'running';

create table repair.bulk_item (
  operator_id uuid not null,
  run_id uuid not null,
  item_number integer not null check (item_number > 0),
  case_id uuid not null,
  -- As previewed: an item whose evidence has changed since is skipped.
  evidence_digest text not null,
  proposed_source text not null,
  proposed_wh bigint not null check (proposed_wh >= 0),
  proposed_minor bigint not null,
  state text not null default 'pending' check (state in ('pending', 'applied', 'awaiting_approval', 'refused', 'skipped')),
  code text,
  reference_id uuid,
  worked_at timestamptz,
  primary key (operator_id, run_id, item_number),
  constraint bulk_item_once unique (operator_id, run_id, case_id),
  foreign key (operator_id, run_id) references repair.bulk_run (operator_id, run_id),
  foreign key (operator_id, case_id) references repair.repair_case (operator_id, case_id),
  constraint bulk_item_worked check ((state = 'pending') = (worked_at is null) and (state = 'applied') = (reference_id is not null) and (state in ('refused', 'skipped')) = (code is not null))
);
call platform.protect_tenant_table('repair.bulk_item', 'insert, update (state, code, reference_id, worked_at)');
create index bulk_item_pending on repair.bulk_item (operator_id, run_id, item_number) where state = 'pending';
