-- Postings from statements keep out of closed months. Locks: reconciliation.posting exclusively, for an instant.

-- Months that are closed for postings, written in the transaction that closes the accounting month.
create table reconciliation.closed_month (
  operator_id uuid not null,
  month date not null check (extract(day from month) = 1),
  primary key (operator_id, month)
);
call platform.protect_tenant_table('reconciliation.closed_month', 'insert');
call platform.make_append_only('reconciliation.closed_month');

alter table reconciliation.posting add column accounting_date date;
comment on column reconciliation.posting.accounting_date is 'the day in whose month it counts; another than the business date''s when that was closed: an adjustment of the day named by business_date. Null: the business date';

-- Also against a program that forgets to ask. It shares a lock that closing takes alone, so that nothing slips in beside it.
create function reconciliation.keep_out_of_closed_months() returns trigger
  language plpgsql
  as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('reconciliation.closed_month/' || new.operator_id, 0));
  if exists (select 1 from reconciliation.closed_month m where m.operator_id = new.operator_id and m.month = date_trunc('month', coalesce(new.accounting_date, new.business_date))::date) then
    raise exception 'closed_period: % lies in a month that is closed', coalesce(new.accounting_date, new.business_date) using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger closed_months before insert on reconciliation.posting for each row execute function reconciliation.keep_out_of_closed_months();
