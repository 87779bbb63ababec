-- Write-offs of breaks need a second person above a threshold; chargebacks that fit no payment are breaks. Locks: reconciliation.break exclusively while its rows are read once.

-- Kept by version: the newest counts.
create table reconciliation.write_off_policy (
  operator_id uuid not null,
  version int not null check (version > 0),
  four_eyes_above_minor bigint not null check (four_eyes_above_minor >= 0),
  changed_by text not null check (changed_by <> ''),
  recorded_at timestamptz not null,
  primary key (operator_id, version)
);
comment on column reconciliation.write_off_policy.four_eyes_above_minor is 'a write-off above this waits for a second person; 0: every one does';
call platform.protect_tenant_table('reconciliation.write_off_policy', 'insert');
call platform.make_append_only('reconciliation.write_off_policy');

alter table reconciliation.break add column approved_by text check (approved_by <> '');
comment on column reconciliation.break.approved_by is 'the second person of a write-off above the threshold';
alter table reconciliation.break add constraint break_four_eyes check (approved_by is null or (resolution = 'written_off' and approved_by <> resolved_by));

alter table reconciliation.break drop constraint break_kind_check;
alter table reconciliation.break add constraint break_kind_check
  check (kind in ('missing_here', 'missing_there', 'amount_differs', 'state_differs', 'fee_differs', 'duplicate', 'foreign', 'chargeback'));
-- A line of a fund flow belongs to no run of the trade statement.
alter table reconciliation.break alter column first_run_id drop not null;
alter table reconciliation.break add constraint break_of_a_run check (first_run_id is not null or kind = 'chargeback');
