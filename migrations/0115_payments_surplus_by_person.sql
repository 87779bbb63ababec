-- A person refunds surplus, or says what of it has gone back already. Locks: payments.surplus and payments.payment_attempt exclusively while their rows are read once.

-- What the channel had given back of a payment before we heard of it, or by means that are none of ours: it is not there to be refunded again.
alter table payments.payment_attempt add column refunded_at_channel_minor bigint not null default 0 check (refunded_at_channel_minor >= 0);
alter table payments.payment_attempt drop constraint payment_attempt_back_within_paid;
alter table payments.payment_attempt add constraint payment_attempt_back_within_paid
  check (refunding_minor + refunded_minor + charged_back_minor + refunded_at_channel_minor <= coalesce(paid_minor, 0));
comment on column payments.payment_attempt.refunded_at_channel_minor is 'given back by the channel otherwise than by a refund of ours: what was credited or kept apart is paid_minor less this, as it stood then';

alter table payments.surplus add column gone_back_minor bigint not null default 0;
alter table payments.surplus add column held_because text check (char_length(held_because) between 1 and 200);
alter table payments.surplus add constraint surplus_gone_back_within check (gone_back_minor between 0 and amount_minor);
alter table payments.surplus drop constraint surplus_reason_check;
alter table payments.surplus add constraint surplus_reason_check check (reason in (
  'second_payment', 'late_payment', 'paid_after_reversal', 'amount_differs', 'currency_differs', 'merchant_differs', 'app_differs', 'refunded_at_channel', 'refund_amount_unknown'));
comment on column payments.surplus.gone_back_minor is 'what a person has found to be with the payer already; the rest can be credited or refunded';
comment on column payments.surplus.held_because is 'why it does not go back by itself although its reason would have it: a case for a person';
grant update (gone_back_minor, held_because) on payments.surplus to kirchhoff_app;

-- What a person said of money that has gone back by itself: each act is booked once.
create table payments.surplus_gone_back (
  operator_id uuid not null,
  command_id uuid not null,
  order_id uuid not null,
  attempt smallint not null,
  amount_minor bigint not null check (amount_minor > 0),
  reason text not null check (char_length(reason) between 1 and 500),
  actor text not null check (actor <> ''),
  approved_by text check (approved_by <> '' and approved_by <> actor),
  transfer_id uuid not null,
  recorded_at timestamptz not null,
  primary key (operator_id, command_id),
  foreign key (operator_id, order_id, attempt) references payments.surplus,
  constraint surplus_gone_back_transfer unique (operator_id, transfer_id)
);
call platform.protect_tenant_table('payments.surplus_gone_back', 'insert');
call platform.make_append_only('payments.surplus_gone_back');

create or replace function payments.surplus_may_become(old_state text, new_state text) returns boolean
  language sql immutable parallel safe
  as $$ select old_state = new_state or new_state = any (case old_state
    -- refunded without a refund of ours: all of it has gone back otherwise
    when 'open' then array['refunding', 'applied_by_person', 'refunded']
    -- back to open: the channel could not refund it, or nobody let the refund go, and a person decides
    when 'refunding' then array['refunded', 'open']
    else array[]::text[] end) $$;

create or replace function payments.guard_surplus() returns trigger
  language plpgsql
  as $$
begin
  if not payments.surplus_may_become(old.state, new.state) then
    raise exception 'state_machine: a surplus that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
  end if;
  if old.automatic <> new.automatic and not (old.automatic and new.state = 'open' and (old.state = 'refunding' or new.held_because is not null)) then
    raise exception 'state_machine: a surplus stops going back by itself when its refund has failed or cannot begin, and never begins to' using errcode = 'restrict_violation';
  end if;
  if new.gone_back_minor < old.gone_back_minor or (new.gone_back_minor <> old.gone_back_minor and old.state <> 'open') or (old.state = 'open' and new.state = 'refunded' and new.gone_back_minor <> new.amount_minor) then
    raise exception 'state_machine: what has gone back of a surplus only grows, and only while it is open' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
