-- Cashback on top-ups at the cash desk. Locks: payments.cashback and payments.cashback_rules exclusively, for an instant.

-- Until now the cash desk gave none; versions that are here go on like that.
alter table payments.cashback_rules add column channels text[] not null default '{wechatpay,alipay}' check (channels <@ array['wechatpay', 'alipay', 'cash_desk'] and cardinality(channels) > 0);
comment on column payments.cashback_rules.channels is 'for top-ups by which of these it is given';

-- What it was given for: a payment order, or the signed act at the cash desk, which is another module's.
alter table payments.cashback add column cause text not null default 'order' check (cause in ('order', 'cash_desk'));
alter table payments.cashback drop constraint cashback_operator_id_order_id_fkey;
comment on column payments.cashback.order_id is 'the payment order, or the command of the top-up at the cash desk';
create function payments.cashback_has_its_order() returns trigger
  language plpgsql
  as $$
begin
  if new.cause = 'order' and not exists (select 1 from payments.payment_order o where o.operator_id = new.operator_id and o.order_id = new.order_id) then
    raise exception 'cashback is for an order that there is' using errcode = 'foreign_key_violation';
  end if;
  return new;
end $$;
create trigger has_its_order before insert on payments.cashback for each row execute function payments.cashback_has_its_order();
