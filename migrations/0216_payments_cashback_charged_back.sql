-- What the rules had given for a payment also goes back when a channel takes the payment back. Locks: payments.cashback_take_back exclusively while its rows are read once, payments.chargeback exclusively, for an instant.

alter table payments.cashback_take_back drop constraint cashback_take_back_cause_check;
alter table payments.cashback_take_back add constraint cashback_take_back_cause_check check (cause in ('refund', 'cash', 'chargeback'));
comment on column payments.cashback_take_back.refund_id is 'the refund, the chargeback, or the act by hand that gave cash back, which is another module''s';
comment on column payments.cashback_take_back.taken_minor is 'less than due only when the wallet had less: emptied between the application and its approval, or by the chargeback itself';
create or replace function payments.take_back_has_its_refund() returns trigger
  language plpgsql
  as $$
begin
  if new.cause = 'refund' and not exists (select 1 from payments.refund r where r.operator_id = new.operator_id and r.refund_id = new.refund_id) then
    raise exception 'cashback goes back with a refund that there is' using errcode = 'foreign_key_violation';
  end if;
  if new.cause = 'chargeback' and not exists (select 1 from payments.chargeback c where c.operator_id = new.operator_id and c.chargeback_id = new.refund_id) then
    raise exception 'cashback goes back with a chargeback that there is' using errcode = 'foreign_key_violation';
  end if;
  return new;
end $$;

alter table payments.chargeback add column cashback_minor bigint not null default 0 check (cashback_minor >= 0);
alter table payments.chargeback add column coupons integer not null default 0 check (coupons >= 0);
comment on column payments.chargeback.cashback_minor is 'cashback that went back beside the payment, as far as the wallet still had it';
comment on column payments.chargeback.coupons is 'unused coupons that went back with it';
grant update (cashback_minor, coupons) on payments.chargeback to kirchhoff_app;
