-- Tokens of payers' pages, money that is not due, top-up amounts on offer. Locks: payments.payment_order, which has no rows before this program version, for a moment.

-- The payer's page is found by this and by nothing else: 128 random bits.
alter table payments.payment_order add column payer_token text not null check (payer_token ~ '^[0-9a-hjkmnp-tv-z]{26}$');
alter table payments.payment_order add constraint payment_order_payer_token unique (operator_id, payer_token);

-- Globally unique token → whose order it is. No row-level security: it holds nothing but identities, and app cannot read it but by token.
create table payments.payer_directory (
  payer_token text primary key,
  operator_id uuid not null,
  order_id uuid not null
);
comment on table payments.payer_directory is 'directory';

create function payments.enter_payer_directory() returns trigger
  language plpgsql security definer set search_path = pg_catalog
  as $$
begin
  insert into payments.payer_directory (payer_token, operator_id, order_id) values (new.payer_token, new.operator_id, new.order_id);
  return null;
end $$;
revoke all on function payments.enter_payer_directory() from public;
create trigger payer_directory after insert on payments.payment_order for each row execute function payments.enter_payer_directory();

create function payments.resolve_payer_token(token text) returns table (operator_id uuid, order_id uuid)
  language sql stable security definer set search_path = pg_catalog
  as $$ select d.operator_id, d.order_id from payments.payer_directory d where d.payer_token = token $$;
revoke all on function payments.resolve_payer_token(text) from public;
grant execute on function payments.resolve_payer_token(text) to kirchhoff_app;

-- Money that a channel has for us and that is not due: each row is worked off once, by a refund or by a person. One per attempt, because an attempt is paid once.
create table payments.surplus (
  operator_id uuid not null,
  order_id uuid not null,
  attempt smallint not null,
  merchant_account_id uuid not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  reason text not null check (reason in ('second_payment', 'late_payment', 'paid_after_reversal', 'amount_differs', 'currency_differs', 'merchant_differs', 'app_differs', 'refunded_at_channel')),
  -- goes back without a person
  automatic boolean not null,
  transfer_id uuid not null,
  found_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'refunding', 'refunded', 'applied_by_person')),
  state_at timestamptz not null,
  -- who settled it, and by which refund or transfer
  resolved_by text check (resolved_by <> ''),
  resolution_id uuid,
  primary key (operator_id, order_id, attempt),
  foreign key (operator_id, order_id, attempt) references payments.payment_attempt,
  constraint surplus_settled_by_somebody check (state not in ('refunded', 'applied_by_person') or (resolved_by is not null and resolution_id is not null))
);
call platform.protect_tenant_table('payments.surplus', 'insert, update (state, state_at, resolved_by, resolution_id)');
create index surplus_to_settle on payments.surplus (operator_id, found_at, order_id, attempt) where state in ('open', 'refunding');

create function payments.surplus_may_become(old_state text, new_state text) returns boolean
  language sql immutable parallel safe
  as $$ select old_state = new_state or new_state = any (case old_state
    when 'open' then array['refunding', 'applied_by_person']
    -- back to open: the channel could not refund it, and a person decides
    when 'refunding' then array['refunded', 'open']
    else array[]::text[] end) $$;
create function payments.guard_surplus() returns trigger
  language plpgsql
  as $$
begin
  if not payments.surplus_may_become(old.state, new.state) then
    raise exception 'state_machine: a surplus that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger state_machine before update on payments.surplus for each row execute function payments.guard_surplus();

-- Which amounts payers are offered, and below which balance they are reminded. Kept by version: the newest counts.
create table payments.top_up_settings (
  operator_id uuid not null,
  version int not null check (version > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amounts_minor bigint[] not null check (cardinality(amounts_minor) between 1 and 12 and 0 < all (amounts_minor)),
  minimum_minor bigint not null check (minimum_minor > 0),
  maximum_minor bigint not null,
  balance_threshold_minor bigint not null check (balance_threshold_minor >= 0),
  changed_by text not null check (changed_by <> ''),
  reason text check (char_length(reason) <= 500),
  recorded_at timestamptz not null,
  primary key (operator_id, version),
  constraint top_up_settings_bounds check (minimum_minor <= maximum_minor and minimum_minor <= all (amounts_minor) and maximum_minor >= all (amounts_minor))
);
call platform.protect_tenant_table('payments.top_up_settings', 'insert');
call platform.make_append_only('payments.top_up_settings');
