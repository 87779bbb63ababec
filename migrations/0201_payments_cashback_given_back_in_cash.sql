-- Cashback also goes back with cash that is given back by hand. Locks: payments.cashback_take_back exclusively, for an instant.

alter table payments.cashback_take_back add column cause text not null default 'refund' check (cause in ('refund', 'cash'));
alter table payments.cashback_take_back drop constraint cashback_take_back_operator_id_refund_id_fkey;
comment on column payments.cashback_take_back.refund_id is 'the refund, or the act by hand that gave cash back, which is another module''s';
create function payments.take_back_has_its_refund() returns trigger
  language plpgsql
  as $$
begin
  if new.cause = 'refund' and not exists (select 1 from payments.refund r where r.operator_id = new.operator_id and r.refund_id = new.refund_id) then
    raise exception 'cashback goes back with a refund that there is' using errcode = 'foreign_key_violation';
  end if;
  return new;
end $$;
create trigger has_its_refund before insert on payments.cashback_take_back for each row execute function payments.take_back_has_its_refund();
