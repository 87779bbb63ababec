-- Acts that wait for a second person. Locks: none on existing tables.

create table platform.approval (
  operator_id uuid not null,
  approval_id uuid not null,
  -- What is to be done, as its owner registered it: 'wallets.correct_balance'.
  kind text not null check (kind ~ '^[a-z_]+\.[a-z_]+$'),
  -- What the owner needs to do it. Ids and amounts, never personal data.
  payload jsonb not null,
  subject_kind text not null,
  subject_id text not null,
  -- Why the person asks, and which rule wants a second person.
  reason text not null check (length(reason) between 1 and 2000),
  rule text not null check (length(rule) between 1 and 500),
  requested_by_kind text not null check (requested_by_kind in ('user', 'api_client')),
  requested_by uuid not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > requested_at),
  -- 'expired' is not stored: a pending request past its time is expired.
  state text not null default 'pending' check (state in ('pending', 'approved', 'refused')),
  decided_by uuid,
  decided_at timestamptz,
  decision_note text check (length(decision_note) between 1 and 2000),
  outcome jsonb,
  primary key (operator_id, approval_id),
  check ((state = 'pending') = (decided_by is null) and (decided_by is null) = (decided_at is null)),
  -- Four eyes, also for a program that forgets to ask.
  constraint approval_four_eyes check (decided_by <> requested_by),
  constraint approval_in_time check (decided_at < expires_at)
);
create index approval_queue on platform.approval (operator_id, state, requested_at, approval_id);
call platform.protect_tenant_table('platform.approval', 'insert, update (state, decided_by, decided_at, decision_note, outcome)');

create function platform.guard_approval() returns trigger
  language plpgsql
  as $$
begin
  if tg_op <> 'UPDATE' or old.state <> 'pending' then
    raise exception 'append_only: a decided approval stays as it is' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger guard before update or delete on platform.approval for each row execute function platform.guard_approval();
create trigger guard_truncate before truncate on platform.approval for each statement execute function platform.guard_approval();
