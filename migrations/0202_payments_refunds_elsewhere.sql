-- Payments that were given back at the channel under numbers that are none of ours, and doubts about how much of a payment was. Locks: payments.chargeback exclusively while its rows are read once.

alter table payments.chargeback drop constraint chargeback_source_check;
alter table payments.chargeback add constraint chargeback_source_check check (source in ('person', 'fund_flow', 'reversal', 'refund_elsewhere'));

-- The channel says that more of a credited payment went back than we know of: open until its statement or a person says how much.
create table payments.refund_doubt (
  operator_id uuid not null,
  order_id uuid not null,
  attempt smallint not null,
  told_minor bigint check (told_minor > 0),
  known_minor bigint not null check (known_minor >= 0),
  seen_at timestamptz not null,
  state text not null check (state in ('open', 'booked', 'dismissed')),
  state_at timestamptz not null,
  resolved_by text check (resolved_by <> ''),
  approved_by text check (approved_by <> ''),
  evidence text check (char_length(evidence) between 1 and 500),
  booked_minor bigint check (booked_minor >= 0),
  four_eyes_above_minor bigint check (four_eyes_above_minor >= 0),
  primary key (operator_id, order_id, attempt, seen_at),
  foreign key (operator_id, order_id, attempt) references payments.payment_attempt,
  constraint refund_doubt_tells_more check (told_minor > known_minor),
  constraint refund_doubt_resolved check ((state = 'open') = (resolved_by is null) and (state = 'open') = (evidence is null) and (state = 'open') = (booked_minor is null)),
  constraint refund_doubt_four_eyes check (approved_by is null or approved_by <> resolved_by)
);
comment on column payments.refund_doubt.told_minor is 'all that went back of the payment, as the channel told; null when it did not tell how much';
comment on column payments.refund_doubt.known_minor is 'what we knew of then: refunded, on its way back, taken back';
comment on column payments.refund_doubt.evidence is 'how whoever resolved it knows: the number of the refund in the merchant platform, the line of a statement';
call platform.protect_tenant_table('payments.refund_doubt', 'insert, update (told_minor, state, state_at, resolved_by, approved_by, evidence, booked_minor, four_eyes_above_minor)');
create unique index refund_doubt_open on payments.refund_doubt (operator_id, order_id, attempt) where state = 'open';

create function payments.guard_refund_doubt() returns trigger
  language plpgsql
  as $$
begin
  if old.state <> 'open' then
    raise exception 'state_machine: a doubt is resolved once' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger guard before update on payments.refund_doubt for each row execute function payments.guard_refund_doubt();
