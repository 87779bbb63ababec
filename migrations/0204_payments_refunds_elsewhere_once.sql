-- Each refund that was made elsewhere, as a statement has it, and what it found known already. Locks: none on existing tables.

create table payments.refund_elsewhere (
  operator_id uuid not null,
  merchant_account_id uuid not null,
  number text not null check (char_length(number) between 1 and 100),
  order_id uuid not null,
  attempt smallint not null,
  amount_minor bigint not null check (amount_minor > 0),
  known_minor bigint not null check (known_minor between 0 and amount_minor),
  recorded_by text not null check (recorded_by <> ''),
  approved_by text check (approved_by <> '' and approved_by <> recorded_by),
  recorded_at timestamptz not null,
  primary key (operator_id, merchant_account_id, number),
  foreign key (operator_id, order_id, attempt) references payments.payment_attempt
);
comment on column payments.refund_elsewhere.known_minor is 'what of it had been taken off before: when the payment was credited, or by a person who had said so; the rest was booked';
call platform.protect_tenant_table('payments.refund_elsewhere', 'insert');
call platform.make_append_only('payments.refund_elsewhere');
create index refund_elsewhere_of_attempt on payments.refund_elsewhere (operator_id, order_id, attempt);
