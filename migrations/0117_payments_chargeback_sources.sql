-- Chargebacks from fund flows and from reversals. Locks: payments.chargeback exclusively while its rows are read once.
alter table payments.chargeback drop constraint chargeback_source_check;
alter table payments.chargeback add constraint chargeback_source_check check (source in ('person', 'fund_flow', 'reversal'));

-- A person writes the number of the dispute, a fund flow that of the movement: the same chargeback under two numbers is one.
alter table payments.chargeback add column other_reference text check (char_length(other_reference) between 1 and 100);
comment on column payments.chargeback.other_reference is 'the number under which the other side knows it: the fund flow''s of one that a person has recorded, the person''s of one that a fund flow has';
create unique index chargeback_other_reference on payments.chargeback (operator_id, merchant_account_id, other_reference) where other_reference is not null;
grant update (other_reference) on payments.chargeback to kirchhoff_app;
