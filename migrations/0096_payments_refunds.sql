-- Refunds and their parts. Locks: none on existing tables.

create table payments.refund (
  operator_id uuid not null,
  refund_id uuid not null,
  command_id uuid not null,
  source text not null check (source in ('wallet', 'order', 'surplus')),
  member_id uuid,
  order_id uuid,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  commission_minor bigint not null default 0 check (commission_minor >= 0),
  reason text not null check (char_length(reason) between 1 and 500),
  applied_by text not null check (applied_by <> ''),
  applied_at timestamptz not null,
  state text not null check (state in ('applied', 'rejected', 'withdrawn', 'approved', 'executing', 'refunded', 'partly_refunded', 'failed')),
  state_at timestamptz not null,
  approval_id uuid,
  audited_by text check (audited_by <> ''),
  audit_note text check (char_length(audit_note) <= 500),
  hold_transfer_id uuid,
  refunded_minor bigint not null default 0 check (refunded_minor >= 0),
  primary key (operator_id, refund_id),
  foreign key (operator_id, order_id) references payments.payment_order,
  constraint refund_command unique (operator_id, command_id),
  constraint refund_commission_below_amount check (commission_minor < amount_minor),
  constraint refund_no_more_than_applied check (refunded_minor <= amount_minor - commission_minor),
  constraint refund_whole check (state <> 'refunded' or refunded_minor = amount_minor - commission_minor),
  constraint refund_of_something check (case source when 'wallet' then member_id is not null else order_id is not null end),
  constraint refund_audited check (state in ('applied', 'withdrawn') or audited_by is not null)
);
comment on column payments.refund.audited_by is 'who approved or rejected it; "rule" when it is below the threshold of a second person';
call platform.protect_tenant_table('payments.refund', 'insert, update');
create index refund_by_age on payments.refund (operator_id, applied_at desc, refund_id);
create index refund_by_member on payments.refund (operator_id, member_id, applied_at desc) where member_id is not null;
create index refund_unfinished on payments.refund (operator_id, state, applied_at) where state in ('applied', 'approved', 'executing');

create table payments.refund_part (
  operator_id uuid not null,
  part_id uuid not null,
  refund_id uuid not null,
  order_id uuid not null,
  attempt smallint not null,
  merchant_account_id uuid not null,
  out_refund_no text not null check (out_refund_no ~ '^[LTD]R[0-9a-z]{26}$'),
  amount_minor bigint not null check (amount_minor > 0),
  state text not null check (state in ('planned', 'submitted', 'unknown', 'processing', 'succeeded', 'abnormal', 'failed')),
  state_at timestamptz not null,
  not_before timestamptz not null,
  channel_refund_no text,
  failure_code text,
  accepted_at timestamptz,
  refunded_at timestamptz,
  transfer_id uuid,
  next_check_at timestamptz,
  checks int not null default 0 check (checks >= 0),
  primary key (operator_id, part_id),
  foreign key (operator_id, refund_id) references payments.refund,
  foreign key (operator_id, order_id, attempt) references payments.payment_attempt,
  constraint refund_part_number unique (operator_id, out_refund_no),
  constraint refund_part_once_per_attempt unique (operator_id, refund_id, order_id, attempt),
  constraint refund_part_succeeded_whole check ((state = 'succeeded') = (refunded_at is not null) and (state = 'succeeded') = (transfer_id is not null)),
  constraint refund_part_failed_says_why check (state <> 'failed' or failure_code is not null),
  constraint refund_part_accepted check (state not in ('processing', 'succeeded', 'abnormal') or accepted_at is not null),
  constraint refund_part_final_is_not_asked check (state not in ('succeeded', 'failed') or next_check_at is null)
);
comment on column payments.refund_part.not_before is 'channels want a pause between two refunds of one payment';
comment on column payments.refund_part.accepted_at is 'when the channel accepted it: the day on whose statement it stands';
call platform.protect_tenant_table('payments.refund_part', 'insert, update');
create index refund_part_due on payments.refund_part (operator_id, next_check_at, part_id) where next_check_at is not null;
create index refund_part_by_attempt on payments.refund_part (operator_id, order_id, attempt);
create index refund_part_accepted on payments.refund_part (operator_id, merchant_account_id, accepted_at, part_id) where accepted_at is not null;

-- The same tables as in domain/refund.ts, compared by a test.
create function payments.refund_may_become(old_state text, new_state text) returns boolean
  language sql immutable parallel safe
  return old_state = new_state or new_state = any (case old_state
    when 'applied' then array['approved', 'rejected', 'withdrawn']
    when 'approved' then array['executing', 'failed', 'withdrawn']
    when 'executing' then array['refunded', 'partly_refunded', 'failed']
    when 'partly_refunded' then array['refunded']
    else array[]::text[] end);
create function payments.refund_part_may_become(old_state text, new_state text) returns boolean
  language sql immutable parallel safe
  return old_state = new_state or new_state = any (case old_state
    when 'planned' then array['submitted', 'failed']
    when 'submitted' then array['unknown', 'processing', 'succeeded', 'abnormal', 'failed']
    when 'unknown' then array['processing', 'succeeded', 'abnormal', 'failed']
    when 'processing' then array['succeeded', 'abnormal', 'failed', 'unknown']
    when 'abnormal' then array['succeeded', 'failed', 'processing']
    else array[]::text[] end);

create function payments.guard_refund() returns trigger
  language plpgsql
  as $$
begin
  if not payments.refund_may_become(old.state, new.state) then
    raise exception 'state_machine: a refund that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
  end if;
  if (old.command_id, old.source, old.member_id, old.order_id, old.currency, old.amount_minor, old.commission_minor, old.reason, old.applied_by, old.applied_at)
      is distinct from (new.command_id, new.source, new.member_id, new.order_id, new.currency, new.amount_minor, new.commission_minor, new.reason, new.applied_by, new.applied_at)
      or new.refunded_minor < old.refunded_minor then
    raise exception 'append_only: what a refund asks for never changes' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger state_machine before update on payments.refund for each row execute function payments.guard_refund();

create function payments.guard_refund_part() returns trigger
  language plpgsql
  as $$
begin
  if not payments.refund_part_may_become(old.state, new.state) then
    raise exception 'state_machine: a part of a refund that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
  end if;
  if (old.refund_id, old.order_id, old.attempt, old.merchant_account_id, old.out_refund_no, old.amount_minor)
      is distinct from (new.refund_id, new.order_id, new.attempt, new.merchant_account_id, new.out_refund_no, new.amount_minor) then
    raise exception 'append_only: what a part of a refund asks for never changes' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger state_machine before update on payments.refund_part for each row execute function payments.guard_refund_part();
