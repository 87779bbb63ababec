-- What a channel keeps by contract, per merchant account and from when. Locks: none on existing tables.
create table reconciliation.fee_contract (
  operator_id uuid not null,
  merchant_account_id uuid not null,
  version int not null check (version > 0),
  valid_from date not null,
  rate_ppm bigint not null check (rate_ppm between 0 and 200000),
  changed_by text not null check (changed_by <> ''),
  recorded_at timestamptz not null,
  primary key (operator_id, merchant_account_id, version)
);
comment on column reconciliation.fee_contract.rate_ppm is 'parts per million of a payment, rounded half up to a minor unit for each; of two contracts for a day the newer version counts';
call platform.protect_tenant_table('reconciliation.fee_contract', 'insert');
call platform.make_append_only('reconciliation.fee_contract');
