-- Postings from statements keep out of closed months. Locks: reconciliation.posting exclusively, for an instant.
alter table reconciliation.posting add column accounting_date date;
comment on column reconciliation.posting.accounting_date is 'the day in whose month it counts; another than the business date''s when that was closed: an adjustment of the day named by business_date. Null: the business date';

create function reconciliation.keep_out_of_closed_months() returns trigger
  language plpgsql
  as $$
begin
  perform ledger.refuse_closed_month(new.operator_id, coalesce(new.accounting_date, new.business_date));
  return new;
end $$;
create trigger closed_months before insert on reconciliation.posting for each row execute function reconciliation.keep_out_of_closed_months();
