-- Surplus that a channel refused to give back waits for a person instead of being sent again for ever. Locks: none beyond those of replacing a function.
grant update (automatic) on payments.surplus to kirchhoff_app;

create or replace function payments.guard_surplus() returns trigger
  language plpgsql
  as $$
begin
  if not payments.surplus_may_become(old.state, new.state) then
    raise exception 'state_machine: a surplus that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
  end if;
  if old.automatic <> new.automatic and not (old.automatic and old.state = 'refunding' and new.state = 'open') then
    raise exception 'state_machine: a surplus stops going back by itself when its refund has failed, and never begins to' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
