-- Chargebacks: a channel takes a payment back. Locks: payments.payment_attempt exclusively while its rows are read once.

-- What the channel has taken back of a payment is not there to be refunded.
alter table payments.payment_attempt add column charged_back_minor bigint not null default 0 check (charged_back_minor >= 0);
alter table payments.payment_attempt add constraint payment_attempt_back_within_paid check (refunding_minor + refunded_minor + charged_back_minor <= coalesce(paid_minor, 0));

create table payments.chargeback (
  operator_id uuid not null,
  chargeback_id uuid not null,
  order_id uuid not null,
  attempt smallint not null,
  merchant_account_id uuid not null,
  member_id uuid not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  channel_reference text not null check (char_length(channel_reference) between 1 and 100),
  reason text not null check (char_length(reason) between 1 and 500),
  source text not null check (source in ('person', 'fund_flow')),
  opened_by text not null check (opened_by <> ''),
  opened_at timestamptz not null,
  from_wallet_minor bigint not null check (from_wallet_minor >= 0),
  receivable_minor bigint not null check (receivable_minor >= 0),
  wallet_transfer_id uuid,
  receivable_transfer_id uuid,
  state text not null check (state in ('open', 'won', 'lost')),
  decided_by text check (decided_by <> ''),
  decided_at timestamptz,
  decision_note text check (char_length(decision_note) <= 500),
  written_off_minor bigint not null default 0 check (written_off_minor >= 0),
  written_off_by text,
  written_off_transfer_id uuid,
  primary key (operator_id, chargeback_id),
  foreign key (operator_id, order_id, attempt) references payments.payment_attempt,
  constraint chargeback_once unique (operator_id, merchant_account_id, channel_reference),
  constraint chargeback_whole check (from_wallet_minor + receivable_minor = amount_minor and (from_wallet_minor > 0) = (wallet_transfer_id is not null) and (receivable_minor > 0) = (receivable_transfer_id is not null)),
  constraint chargeback_decided_by_somebody check ((state = 'open') = (decided_by is null) and (state = 'open') = (decided_at is null)),
  constraint chargeback_written_off check (written_off_minor <= receivable_minor and (written_off_minor = 0 or state = 'lost') and (written_off_minor > 0) = (written_off_transfer_id is not null)
    and (written_off_minor > 0) = (written_off_by is not null))
);
comment on column payments.chargeback.channel_reference is 'the number under which the channel took it: seen again it is the same chargeback';
comment on column payments.chargeback.receivable_minor is 'what the wallet did not have: the member owes it';
call platform.protect_tenant_table('payments.chargeback', 'insert, update (state, decided_by, decided_at, decision_note, written_off_minor, written_off_by, written_off_transfer_id)');
create index chargeback_by_age on payments.chargeback (operator_id, opened_at desc, chargeback_id desc);
create index chargeback_by_attempt on payments.chargeback (operator_id, order_id, attempt);

create function payments.guard_chargeback() returns trigger
  language plpgsql
  as $$
begin
  if not (old.state = new.state or (old.state = 'open' and new.state in ('won', 'lost'))) or (old.written_off_minor > 0 and new.written_off_minor <> old.written_off_minor) then
    raise exception 'state_machine: a chargeback that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger state_machine before update on payments.chargeback for each row execute function payments.guard_chargeback();
