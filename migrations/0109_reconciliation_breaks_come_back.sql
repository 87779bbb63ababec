-- A difference that was gone and is there again is a new break. Locks: reconciliation.break, for the time of building its unique indexes.
drop index reconciliation.break_once;
drop index reconciliation.break_once_by_number;
create unique index break_once on reconciliation.break (operator_id, merchant_account_id, business_date, kind, line_kind, number, (coalesce(line_no, 0)))
  where kind = 'duplicate' and (resolution is null or resolution not in ('gone', 'recovered'));
create unique index break_once_by_number on reconciliation.break (operator_id, merchant_account_id, business_date, kind, line_kind, number)
  where kind <> 'duplicate' and (resolution is null or resolution not in ('gone', 'recovered'));
