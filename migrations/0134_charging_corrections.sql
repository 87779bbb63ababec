-- Charging: corrections of abnormal bills, and who may make which alone. Locks: charging.session and charging.bill exclusively while their rows are read once.

-- What somebody, or the operator's policy, has decided that a session drew, against what its evidence alone would bill. Never changed: a revert is a row of
-- its own. Active is the latest acceptance that is not reverted; charging.session.correction_id names it.
create table charging.correction (
  operator_id uuid not null,
  correction_id uuid not null,
  session_id uuid not null,
  number integer not null check (number > 0),
  kind text not null check (kind in ('accept', 'revert')),
  reverts uuid,
  -- The version that was current when it was decided.
  bill_id uuid not null,
  source text check (source in ('device_bill', 'platform_count', 'registers', 'estimate', 'typed')),
  energy_wh bigint check (energy_wh >= 0),
  lower_wh bigint check (lower_wh >= 0),
  upper_wh bigint check (upper_wh >= lower_wh),
  -- Where in time the energy lies: [[from ms, to ms, "Wh"], ...], their sum is energy_wh.
  intervals jsonb,
  evidence_digest text not null,
  -- Everything that was on offer when it was decided, with the evidence of each.
  proposal jsonb,
  decided_by text not null check (decided_by in ('policy', 'person')),
  actor text not null check (actor <> ''),
  reason text not null check (length(reason) between 1 and 500),
  approval_id uuid,
  approved_by text check (approved_by <> ''),
  rules_version integer not null check (rules_version >= 0),
  recorded_at timestamptz not null,
  primary key (operator_id, correction_id),
  constraint correction_number unique (operator_id, session_id, number),
  constraint correction_of_session unique (operator_id, session_id, correction_id),
  constraint correction_reverted_once unique (operator_id, session_id, reverts),
  foreign key (operator_id, session_id) references charging.session (operator_id, session_id),
  foreign key (operator_id, session_id, bill_id) references charging.bill (operator_id, session_id, bill_id),
  foreign key (operator_id, session_id, reverts) references charging.correction (operator_id, session_id, correction_id),
  constraint correction_reverts_one check ((kind = 'revert') = (reverts is not null)),
  constraint correction_accepts_something check ((kind = 'accept') = (source is not null) and (source is null) = (energy_wh is null) and (source is null) = (lower_wh is null)
    and (source is null) = (upper_wh is null) and (source is null) = (intervals is null)),
  constraint correction_four_eyes check ((approval_id is null) = (approved_by is null) and approved_by is distinct from actor)
);
call platform.protect_tenant_table('charging.correction', 'insert');
call platform.make_append_only('charging.correction');
comment on column charging.correction.intervals is '[[from ms, to ms, "Wh"], ...]';

alter table charging.session add column correction_id uuid;
alter table charging.session add constraint session_correction_is_its_own
  foreign key (operator_id, session_id, correction_id) references charging.correction (operator_id, session_id, correction_id);

-- A bill that a correction made names it; one that went back to its evidence says so.
alter table charging.bill add column correction_id uuid;
alter table charging.bill drop constraint bill_reason_check;
alter table charging.bill add constraint bill_reason_check check (reason in ('ended', 'closed_by_evidence', 'late_facts', 'rederived', 'corrected', 'correction_reverted'));
alter table charging.bill add constraint bill_corrected check ((reason <> 'corrected' or correction_id is not null) and (correction_id is null or state = 'settled'));
alter table charging.bill add constraint bill_correction_is_its_own
  foreign key (operator_id, session_id, correction_id) references charging.correction (operator_id, session_id, correction_id);

-- Above which difference a correction needs a second person. The newest version counts.
create table charging.correction_policy (
  operator_id uuid not null,
  version integer not null check (version > 0),
  four_eyes_above_minor bigint not null check (four_eyes_above_minor >= 0),
  four_eyes_above_wh bigint not null check (four_eyes_above_wh >= 0),
  reason text check (length(reason) between 1 and 500),
  changed_by text not null check (changed_by <> ''),
  recorded_at timestamptz not null,
  primary key (operator_id, version)
);
call platform.protect_tenant_table('charging.correction_policy', 'insert');
call platform.make_append_only('charging.correction_policy');
