-- Settlement statements of fleets, departments and sub-operators. Locks: none on existing tables.

create table reporting.statement (
  operator_id uuid not null,
  statement_id uuid not null,
  subject_kind text not null check (subject_kind in ('fleet', 'department', 'sub_operator')),
  subject_id uuid not null,
  first_on date not null,
  last_on date not null,
  state text not null check (state in ('draft', 'closing', 'closed', 'waived', 'withdrawn')),
  currency text not null,
  -- Announced to the customer: until then open abnormal bills are to be dealt with.
  closes_on date,
  made_by text not null check (made_by <> ''),
  made_at timestamptz not null,
  closed_by text check (closed_by <> ''),
  closed_at timestamptz,
  -- Of a waiver: why it was closed in spite of open abnormal bills, and which they were.
  waiver_reason text check (char_length(waiver_reason) between 1 and 500),
  waived jsonb,
  -- As they were when it was closed.
  figures jsonb,
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  primary key (operator_id, statement_id),
  constraint statement_span check (first_on <= last_on and last_on < first_on + 400),
  constraint statement_closing_day check (state not in ('closing') or closes_on is not null),
  constraint statement_closed_whole check ((state in ('closed', 'waived')) = (closed_at is not null) and (closed_at is null) = (closed_by is null)
    and (closed_at is null) = (figures is null) and (closed_at is null) = (sha256 is null)),
  constraint statement_waiver check ((state = 'waived') = (waiver_reason is not null) and (state = 'waived') = (waived is not null)),
  -- Nobody is settled twice for one day.
  constraint statement_one_for_a_day exclude using gist (operator_id with =, subject_kind with =, subject_id with =, daterange(first_on, last_on, '[]') with &&) where (state <> 'withdrawn')
);
call platform.protect_tenant_table('reporting.statement', 'insert, update');
create index statement_by_time on reporting.statement (operator_id, made_at desc, statement_id desc);

create function reporting.refuse_closed_change() returns trigger
  language plpgsql
  as $$
begin
  if old.state in ('closed', 'waived', 'withdrawn') then
    raise exception 'append_only: a statement that is % stays as it is' , old.state using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger closed_for_good before update on reporting.statement for each row execute function reporting.refuse_closed_change();

-- Which movements a closed statement settled: each once for a kind of subject, so that a later correction is in the next statement and nothing in two.
create table reporting.statement_movement (
  operator_id uuid not null,
  subject_kind text not null check (subject_kind in ('fleet', 'department', 'sub_operator')),
  bill_id uuid not null,
  sign smallint not null,
  statement_id uuid not null,
  primary key (operator_id, subject_kind, bill_id, sign),
  foreign key (operator_id, statement_id) references reporting.statement,
  foreign key (operator_id, bill_id, sign) references reporting.bill_movement
);
call platform.protect_tenant_table('reporting.statement_movement', 'insert');
call platform.make_append_only('reporting.statement_movement');
create index statement_movement_of on reporting.statement_movement (operator_id, statement_id);
