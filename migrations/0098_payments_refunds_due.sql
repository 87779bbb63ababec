-- Which operators have refunds to work, across tenants, for the worker. Locks: none on existing tables beyond the index's.
create index refund_part_due_anywhere on payments.refund_part (next_check_at) where next_check_at is not null;

create function payments.operators_with_refunds_due(at timestamptz, count_max int) returns table (operator_id uuid)
  language sql stable security definer set search_path = pg_catalog
  as $$
    select operator_id from (
      select p.operator_id from payments.refund_part p where p.next_check_at <= at
      union
      select s.operator_id from payments.surplus s where s.state = 'open' and s.automatic) due
    limit count_max $$;
revoke all on function payments.operators_with_refunds_due(timestamptz, int) from public;
grant execute on function payments.operators_with_refunds_due(timestamptz, int) to kirchhoff_app;
create policy due_refunds on payments.refund_part for select to kirchhoff_owner using (true);
create policy due_surplus on payments.surplus for select to kirchhoff_owner using (true);
