-- Wallets and cash-desk top-ups. Locks: none on existing tables.
call platform.create_module_schema('wallets');

-- A member's prepaid money is the ledger account member_wallet of that member; this row says that it was opened, and in which currency.
create table wallets.wallet (
  operator_id uuid not null,
  member_id uuid not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  opened_at timestamptz not null,
  primary key (operator_id, member_id)
);
call platform.protect_tenant_table('wallets.wallet', 'insert');
call platform.make_append_only('wallets.wallet');

-- The signed act behind every credit at the counter: who took whose cash, when, and which transfer it became.
create table wallets.cash_desk_top_up (
  operator_id uuid not null,
  command_id uuid not null,
  member_id uuid not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  actor text not null check (actor <> ''),
  note text check (length(note) <= 500),
  transfer_id uuid not null,
  recorded_at timestamptz not null,
  primary key (operator_id, command_id),
  constraint cash_desk_top_up_transfer unique (operator_id, transfer_id),
  foreign key (operator_id, member_id) references wallets.wallet (operator_id, member_id)
);
call platform.protect_tenant_table('wallets.cash_desk_top_up', 'insert');
call platform.make_append_only('wallets.cash_desk_top_up');
create index cash_desk_top_up_by_member on wallets.cash_desk_top_up (operator_id, member_id, recorded_at desc);
create index cash_desk_top_up_by_record on wallets.cash_desk_top_up (operator_id, recorded_at);
