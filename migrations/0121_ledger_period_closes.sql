-- Closing an accounting month is a piece of work with progress: asked for over HTTP, done by a job. Locks: none on existing tables.
create table ledger.period_close (
  operator_id uuid not null,
  close_id uuid not null,
  month date not null check (extract(day from month) = 1),
  -- check: only says what stands against it
  purpose text not null check (purpose in ('check', 'close')),
  asked_by_kind text not null check (asked_by_kind in ('user', 'api_client')),
  asked_by text not null check (asked_by <> ''),
  asked_from jsonb not null,
  reason text check (char_length(reason) between 1 and 500),
  asked_at timestamptz not null,
  state text not null check (state in ('waiting', 'checking', 'checked', 'blocked', 'awaiting_approval', 'closed', 'failed')),
  state_at timestamptz not null,
  lease_until timestamptz,
  tries int not null default 0 check (tries >= 0),
  gates_total int not null check (gates_total >= 0),
  gates_done int not null default 0,
  gate text,
  blockers jsonb,
  approval_id uuid,
  approved_by text check (approved_by <> ''),
  waived jsonb,
  last_error text check (char_length(last_error) <= 2000),
  primary key (operator_id, close_id),
  constraint period_close_progress check (gates_done between 0 and gates_total),
  constraint period_close_leased check ((state = 'checking') = (lease_until is not null)),
  constraint period_close_four_eyes check ((approved_by is null) = (waived is null) and (approved_by is null or approved_by <> asked_by))
);
comment on column ledger.period_close.gates_done is 'how many of the gates have answered; the one that is being asked is in gate';
comment on column ledger.period_close.waived is 'what the second person has seen against closing, and waives';
call platform.protect_tenant_table('ledger.period_close', 'insert, update (state, state_at, lease_until, tries, gates_done, gate, blockers, approval_id, approved_by, waived, last_error)');
-- One at a time for a month.
create unique index period_close_running on ledger.period_close (operator_id, month) where state in ('waiting', 'checking');
create index period_close_by_month on ledger.period_close (operator_id, month, asked_at desc);
