-- What a day's fund flow says in sums, and whether its running balance holds. Locks: none on existing tables.
create table reconciliation.fund_flow (
  operator_id uuid not null,
  statement_id uuid not null,
  merchant_account_id uuid not null,
  business_date date not null,
  lines bigint not null check (lines >= 0),
  opening_minor bigint,
  closing_minor bigint,
  paid_minor bigint not null,
  refunded_minor bigint not null,
  fees_minor bigint not null,
  paid_out_minor bigint not null,
  other_minor bigint not null,
  broken_at_line bigint,
  checked_at timestamptz not null,
  primary key (operator_id, statement_id),
  foreign key (operator_id, statement_id) references reconciliation.statement,
  constraint fund_flow_adds_up check (broken_at_line is not null or closing_minor is null or opening_minor + paid_minor - refunded_minor - fees_minor - paid_out_minor + other_minor = closing_minor)
);
comment on column reconciliation.fund_flow.opening_minor is 'the balance before the first line; null on a day without movement';
comment on column reconciliation.fund_flow.broken_at_line is 'the first line whose balance is not that of the line before and its own amount';
call platform.protect_tenant_table('reconciliation.fund_flow', 'insert');
call platform.make_append_only('reconciliation.fund_flow');
create index fund_flow_by_day on reconciliation.fund_flow (operator_id, merchant_account_id, business_date, checked_at desc);
