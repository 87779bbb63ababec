-- Cashback on top-ups: rules by version, what each order was given, and what refunds took back of it. Locks: none on existing tables.

-- Top up so much, get so much. Kept by version: an order is given what the version says that stood when it was opened.
create table payments.cashback_rules (
  operator_id uuid not null,
  version int not null check (version > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  top_up_minor bigint[] not null check (cardinality(top_up_minor) <= 20 and 0 < all (top_up_minor)),
  cashback_minor bigint[] not null check (0 < all (cashback_minor)),
  from_at timestamptz not null,
  to_at timestamptz,
  changed_by text not null check (changed_by <> ''),
  reason text check (char_length(reason) <= 500),
  recorded_at timestamptz not null,
  primary key (operator_id, version),
  constraint cashback_rules_tiers check (cardinality(top_up_minor) = cardinality(cashback_minor)),
  constraint cashback_rules_span check (to_at is null or to_at > from_at)
);
comment on column payments.cashback_rules.top_up_minor is 'tiers, ascending: the highest that a top-up reaches counts; without any there is no cashback';
call platform.protect_tenant_table('payments.cashback_rules', 'insert');
call platform.make_append_only('payments.cashback_rules');

-- One for each order, in the ledger batch that credits it.
create table payments.cashback (
  operator_id uuid not null,
  order_id uuid not null,
  rules_version int not null,
  member_id uuid not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  paid_minor bigint not null check (paid_minor > 0),
  amount_minor bigint not null check (amount_minor > 0),
  taken_back_minor bigint not null default 0 check (taken_back_minor >= 0),
  transfer_id uuid not null,
  recorded_at timestamptz not null,
  primary key (operator_id, order_id),
  foreign key (operator_id, order_id) references payments.payment_order,
  foreign key (operator_id, rules_version) references payments.cashback_rules,
  constraint cashback_transfer unique (operator_id, transfer_id),
  constraint cashback_not_taken_twice check (taken_back_minor <= amount_minor)
);
call platform.protect_tenant_table('payments.cashback', 'insert, update (taken_back_minor)');

-- What a refund took back, in proportion to what went back of the payment; returned when that part of the refund failed.
create table payments.cashback_take_back (
  operator_id uuid not null,
  refund_id uuid not null,
  order_id uuid not null,
  due_minor bigint not null check (due_minor > 0),
  taken_minor bigint not null check (taken_minor >= 0 and taken_minor <= due_minor),
  transfer_id uuid not null,
  returned_transfer_id uuid,
  recorded_at timestamptz not null,
  primary key (operator_id, refund_id, order_id),
  foreign key (operator_id, refund_id) references payments.refund,
  foreign key (operator_id, order_id) references payments.cashback
);
comment on column payments.cashback_take_back.taken_minor is 'less than due only when the wallet was emptied between the application and its approval';
call platform.protect_tenant_table('payments.cashback_take_back', 'insert, update (returned_transfer_id)');
