-- Rules of refunds per operator, and that nobody audits their own. Locks: payments.refund (new, empty).
alter table payments.refund add constraint refund_four_eyes check (audited_by is null or audited_by <> applied_by);

-- Kept by version: the newest counts.
create table payments.refund_settings (
  operator_id uuid not null,
  version int not null check (version > 0),
  audit_above_minor bigint not null check (audit_above_minor >= 0),
  commission_ppm bigint not null check (commission_ppm between 0 and 500000),
  changed_by text not null check (changed_by <> ''),
  reason text check (char_length(reason) <= 500),
  recorded_at timestamptz not null,
  primary key (operator_id, version)
);
comment on column payments.refund_settings.audit_above_minor is 'a refund above this waits for a second person; 0: every refund does';
comment on column payments.refund_settings.commission_ppm is 'what is kept of a refund to a payer, in parts per million, rounded down';
call platform.protect_tenant_table('payments.refund_settings', 'insert');
call platform.make_append_only('payments.refund_settings');
