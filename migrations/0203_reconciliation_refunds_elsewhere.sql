-- A statement has a refund of a payment of ours under a number that is none of ours. Locks: reconciliation.break exclusively while its rows are read once.
alter table reconciliation.break drop constraint break_kind_check;
alter table reconciliation.break add constraint break_kind_check
  check (kind in ('missing_here', 'missing_there', 'amount_differs', 'state_differs', 'fee_differs', 'duplicate', 'foreign', 'chargeback', 'refund_elsewhere'));
alter table reconciliation.break drop constraint break_four_eyes;
alter table reconciliation.break add constraint break_four_eyes
  check (approved_by is null or ((resolution = 'written_off' or (kind = 'refund_elsewhere' and resolution = 'accepted')) and approved_by <> resolved_by));
comment on column reconciliation.break.approved_by is 'the second person above the threshold: of a write-off, or of a refund elsewhere that is taken for ours';
