-- Which top-ups cash that was given back by hand belongs to, so that what was given for them goes back with it. Locks: none on existing tables.

create table wallets.cash_given_back (
  operator_id uuid not null,
  command_id uuid not null,
  cause text not null check (cause in ('cash_desk', 'by_hand', 'order')),
  cause_id uuid not null,
  amount_minor bigint not null check (amount_minor > 0),
  recorded_at timestamptz not null,
  primary key (operator_id, command_id, cause_id),
  foreign key (operator_id, command_id) references wallets.adjustment
);
comment on table wallets.cash_given_back is 'the parts of a refund by hand: cash that was paid in comes first, the newest top-up of it first; what is over belongs to no top-up';
comment on column wallets.cash_given_back.cause_id is 'the act at the cash desk, the act by hand, or the payment order, which is another module''s';
call platform.protect_tenant_table('wallets.cash_given_back', 'insert');
call platform.make_append_only('wallets.cash_given_back');
create index cash_given_back_by_cause on wallets.cash_given_back (operator_id, cause_id);
