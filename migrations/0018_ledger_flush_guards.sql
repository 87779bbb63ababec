-- Ledger: guards that cost a flush less. Locks: ledger.account and ledger.transfer exclusively, for an instant.

-- What a row must be like. PostgreSQL parses the text of a check constraint anew for every statement that writes; a policy is part of the plan. A restrictive policy binds
-- every role that may write here, the owner too; of what a superuser does, the audit tells (ledger_limits_hold, ledger_balances_equal_entries).
-- The limits are differences, which cannot overflow because no balance is negative.
alter table ledger.account drop constraint balances_are_not_negative, drop constraint debits_must_not_exceed_credits, drop constraint credits_must_not_exceed_debits;
create policy limits_hold on ledger.account as restrictive for update to kirchhoff_app, kirchhoff_owner using (true)
  with check (least(debits_pending, debits_posted, credits_pending, credits_posted) >= 0 and (flags & 6 = 0 or balances_set
    or case when flags & 2 <> 0 then debits_pending <= credits_posted - debits_posted else credits_pending <= debits_posted - credits_posted end));
-- A new account has no balances; the rows that a write proposes to an `on conflict` are never stored.
create policy balances_are_not_negative on ledger.account as restrictive for insert to kirchhoff_app, kirchhoff_owner
  with check (least(debits_pending, debits_posted, credits_pending, credits_posted) >= 0);
alter table ledger.transfer drop constraint amounts_are_not_negative, drop constraint transfer_check, drop constraint transfer_check1;
create policy moves_what_it_says on ledger.transfer as restrictive for insert to kirchhoff_app, kirchhoff_owner
  with check (least(amount, posted_delta) >= 0
    and case when refused_as is null then debit_account_id <> credit_account_id else pending_delta = 0 and posted_delta = 0 end);

-- One trigger behind updates instead of one before and one behind them: one before locks every row (a log record each) ahead of its update. Conditions are in the function,
-- because the text of a trigger's own is copied for every statement. A column that holds a balance starts neither.
drop trigger identity_is_immutable on ledger.account;
drop trigger exceptions_are_noted on ledger.account;
drop trigger identity_is_valid on ledger.account;
create or replace function ledger.note_exceptional_operator() returns trigger
  language plpgsql
  as $$
begin
  if tg_op = 'UPDATE' then
    if (old.operator_id, old.id, old.flags, old.ledger, old.code, old.timestamp_ns) is distinct from (new.operator_id, new.id, new.flags, new.ledger, new.code, new.timestamp_ns)
      or (old.user_data_128, old.user_data_64, old.user_data_32) is distinct from (new.user_data_128, new.user_data_64, new.user_data_32)
      or new.checkpoint_sequence < old.checkpoint_sequence or (old.balances_set and not new.balances_set) then
      raise exception 'append_only: UPDATE of what makes ledger.account % is refused', old.id using errcode = 'restrict_violation';
    end if;
  end if;
  if new.flags & 6 = 0 and (new.closed or new.watched or new.balances_set) then
    perform nextval('ledger.exception_sequence');
    insert into ledger.exceptional_operator (operator_id) values (new.operator_id) on conflict do nothing;
  end if;
  return null;
end $$;
alter function ledger.note_exceptional_operator() rename to guard_account;
create trigger guarded after insert or update of operator_id, id, flags, ledger, code, timestamp_ns, user_data_128, user_data_64, user_data_32, closed, watched, checkpoint_sequence, balances_set
  on ledger.account for each row execute function ledger.guard_account();
create or replace function ledger.refuse_account() returns trigger
  language plpgsql
  as $$
begin
  if new.ledger between 1 and 4294967295 and new.code between 1 and 65535 and new.flags & 6 <> 6 then return new; end if;
  raise exception 'an account has a ledger of 32 bits, a code of 16 bits, both from 1 on, and one limit at most' using errcode = 'check_violation';
end $$;
create trigger identity_is_valid before insert on ledger.account for each row execute function ledger.refuse_account();
