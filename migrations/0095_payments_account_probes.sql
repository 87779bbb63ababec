-- What channels said when they were asked whether a merchant account's settings are right. Locks: none on existing tables but share row exclusive on payments.merchant_account for the foreign key.
create table payments.merchant_account_probe (
  operator_id uuid not null,
  probe_id uuid not null,
  merchant_account_id uuid not null,
  version int,
  outcome text not null check (outcome in ('confirmed', 'refused', 'unknown')),
  reason text,
  channel_code text,
  message text check (char_length(message) <= 500),
  probed_by text not null check (probed_by <> ''),
  probed_at timestamptz not null,
  primary key (operator_id, probe_id),
  foreign key (operator_id, merchant_account_id) references payments.merchant_account,
  constraint merchant_account_probe_explained check ((outcome = 'confirmed') = (reason is null))
);
comment on column payments.merchant_account_probe.version is 'null: settings that were tried out before they were saved';
call platform.protect_tenant_table('payments.merchant_account_probe', 'insert');
call platform.make_append_only('payments.merchant_account_probe');
create index merchant_account_probe_by_account on payments.merchant_account_probe (operator_id, merchant_account_id, probed_at desc);
