-- An attempt is marked as being reversed before its channel is asked to. Locks: payments.payment_attempt exclusively while its rows are read once.
alter table payments.payment_attempt drop constraint payment_attempt_state_check;
alter table payments.payment_attempt add constraint payment_attempt_state_check
  check (state in ('created', 'unknown', 'open', 'user_paying', 'closing', 'reversing', 'paid', 'closed', 'failed', 'reversed'));

create or replace function payments.attempt_may_become(old_state text, new_state text) returns boolean
  language sql immutable parallel safe
  return old_state = new_state or new_state = any (case old_state
    when 'created' then array['unknown', 'open', 'user_paying', 'closing', 'closed', 'failed', 'paid', 'reversing']
    when 'unknown' then array['open', 'user_paying', 'closing', 'closed', 'failed', 'paid', 'reversed', 'reversing']
    when 'open' then array['user_paying', 'closing', 'closed', 'failed', 'paid', 'unknown', 'reversing']
    when 'user_paying' then array['open', 'closing', 'closed', 'failed', 'paid', 'unknown', 'reversed', 'reversing']
    when 'closing' then array['open', 'user_paying', 'closed', 'failed', 'paid', 'unknown', 'reversed', 'reversing']
    when 'reversing' then array['reversed', 'closed', 'failed', 'paid']
    when 'closed' then array['paid']
    when 'failed' then array['paid']
    when 'reversed' then array['paid']
    else array[]::text[] end);
