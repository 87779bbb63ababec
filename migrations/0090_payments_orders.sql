-- Payment orders, their attempts at channels, the timeline with its evidence, merchant accounts. Locks: none on existing tables.
call platform.create_module_schema('payments');

-- A merchant's account at a channel. What is set for it is kept by version: the newest counts.
create table payments.merchant_account (
  operator_id uuid not null,
  merchant_account_id uuid not null,
  channel text not null check (channel in ('wechatpay', 'alipay')),
  environment text not null check (environment in ('L', 'T', 'D')),
  name text not null check (name = btrim(name) and char_length(name) between 1 and 100),
  notify_key text not null check (notify_key ~ '^[0-9a-z]{26}$'),
  recorded_at timestamptz not null,
  primary key (operator_id, merchant_account_id),
  constraint merchant_account_name unique (operator_id, name),
  constraint merchant_account_notify_key unique (operator_id, notify_key)
);
call platform.protect_tenant_table('payments.merchant_account', 'insert');
call platform.make_append_only('payments.merchant_account');

create table payments.merchant_account_version (
  operator_id uuid not null,
  merchant_account_id uuid not null,
  version int not null check (version > 0),
  settings jsonb not null,
  enabled boolean not null,
  changed_by text not null check (changed_by <> ''),
  reason text check (char_length(reason) <= 500),
  recorded_at timestamptz not null,
  primary key (operator_id, merchant_account_id, version),
  foreign key (operator_id, merchant_account_id) references payments.merchant_account
);
comment on column payments.merchant_account_version.settings is 'numbers, app ids, addresses, limits, and where the keys are (file: or env:), never a key';
call platform.protect_tenant_table('payments.merchant_account_version', 'insert');
call platform.make_append_only('payments.merchant_account_version');

-- Globally unique part of a notification's path → whose it is. No row-level security: it holds nothing but identities.
create table payments.notify_directory (
  notify_key text primary key check (notify_key ~ '^[0-9a-z]{26}$'),
  operator_id uuid not null,
  merchant_account_id uuid not null
);
comment on table payments.notify_directory is 'directory';

create table payments.payment_order (
  operator_id uuid not null,
  order_id uuid not null,
  command_id uuid not null,
  environment text not null check (environment in ('L', 'T', 'D')),
  purpose text not null check (purpose in ('wallet_top_up', 'vending_sale', 'pay_per_charge')),
  subject_id uuid not null,
  member_id uuid,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  description text not null check (char_length(description) between 1 and 127),
  late_payment text not null check (late_payment in ('complete', 'refund')),
  created_by text not null check (created_by <> ''),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  state text not null check (state in ('created', 'awaiting_payment', 'closing', 'paid', 'closed', 'expired')),
  state_at timestamptz not null,
  close_reason text check (close_reason in ('by_payer', 'by_clerk', 'expired', 'superseded')),
  paid_attempt smallint,
  paid_at timestamptz,
  credited_at timestamptz,
  recovered_by text check (recovered_by ~ '^(job|clerk:.+)$'),
  primary key (operator_id, order_id),
  constraint payment_order_command unique (operator_id, command_id),
  constraint payment_order_lives_forward check (created_at < expires_at),
  constraint payment_order_paid_by_one_attempt check ((state = 'paid') = (paid_attempt is not null) and (state = 'paid') = (paid_at is not null) and (state = 'paid') = (credited_at is not null)),
  constraint payment_order_recovered_is_paid check (recovered_by is null or state = 'paid'),
  constraint payment_order_closed_for_a_reason check (state not in ('closing', 'closed', 'expired') or close_reason is not null)
);
comment on column payments.payment_order.subject_id is 'what is paid for: the member whose wallet is topped up, the sale, the charging session';
comment on column payments.payment_order.paid_at is 'when the payer paid, by the channel''s clock; credited_at is when it was booked here';
call platform.protect_tenant_table('payments.payment_order', 'insert, update');
create index payment_order_by_age on payments.payment_order (operator_id, created_at desc, order_id);
create index payment_order_by_member on payments.payment_order (operator_id, member_id, created_at desc) where member_id is not null;
create index payment_order_unfinished on payments.payment_order (operator_id, expires_at) where state in ('created', 'awaiting_payment', 'closing');

create table payments.payment_attempt (
  operator_id uuid not null,
  order_id uuid not null,
  attempt smallint not null check (attempt between 1 and 20),
  merchant_account_id uuid not null,
  channel text not null check (channel in ('wechatpay', 'alipay')),
  method text not null check (method in ('native_qr', 'jsapi', 'h5', 'page', 'payment_code')),
  out_trade_no text not null check (out_trade_no ~ '^[LTD][0-9a-z]{28}$'),
  amount_minor bigint not null check (amount_minor > 0),
  presentation jsonb,
  state text not null check (state in ('created', 'unknown', 'open', 'user_paying', 'closing', 'paid', 'closed', 'failed', 'reversed')),
  state_at timestamptz not null,
  created_at timestamptz not null,
  code_lapses_at timestamptz not null,
  -- the recovery schedule: when the channel is asked next, how often it was
  next_check_at timestamptz,
  checks int not null default 0 check (checks >= 0),
  -- what the channel says of the money
  channel_trade_no text,
  paid_minor bigint check (paid_minor > 0),
  paid_at timestamptz,
  disposition text check (disposition in ('applied', 'surplus')),
  transfer_id uuid,
  refunding_minor bigint not null default 0 check (refunding_minor >= 0),
  refunded_minor bigint not null default 0 check (refunded_minor >= 0),
  primary key (operator_id, order_id, attempt),
  foreign key (operator_id, order_id) references payments.payment_order,
  foreign key (operator_id, merchant_account_id) references payments.merchant_account,
  constraint payment_attempt_out_trade_no unique (operator_id, out_trade_no),
  constraint payment_attempt_channel_trade_no unique (operator_id, merchant_account_id, channel_trade_no),
  constraint payment_attempt_paid_whole check (
    (state = 'paid') = (paid_minor is not null) and (state = 'paid') = (paid_at is not null) and (state = 'paid') = (disposition is not null) and (state = 'paid') = (transfer_id is not null)
    and (state <> 'paid' or channel_trade_no is not null)),
  constraint payment_attempt_refunds_within_paid check (refunding_minor + refunded_minor <= coalesce(paid_minor, 0)),
  constraint payment_attempt_final_is_not_asked check (state not in ('paid', 'failed', 'reversed') or next_check_at is null)
);
comment on column payments.payment_attempt.next_check_at is 'also of a closed attempt, until its code cannot be paid any more';
call platform.protect_tenant_table('payments.payment_attempt', 'insert, update');
-- One payment pays an order; a second one is surplus.
create unique index payment_attempt_one_applied on payments.payment_attempt (operator_id, order_id) where disposition = 'applied';
create index payment_attempt_due on payments.payment_attempt (operator_id, next_check_at, order_id) where next_check_at is not null;
create index payment_attempt_paid on payments.payment_attempt (operator_id, merchant_account_id, paid_at, order_id) where state = 'paid';
alter table payments.payment_order add constraint payment_order_paid_attempt foreign key (operator_id, order_id, paid_attempt) references payments.payment_attempt (operator_id, order_id, attempt) deferrable initially deferred;

-- Which state may follow which: the same tables as in domain/order.ts, compared by a test.
create function payments.order_may_become(old_state text, new_state text) returns boolean
  language sql immutable parallel safe
  return old_state = new_state or new_state = any (case old_state
    when 'created' then array['awaiting_payment', 'paid', 'closing', 'closed', 'expired']
    when 'awaiting_payment' then array['paid', 'closing', 'closed', 'expired']
    when 'closing' then array['paid', 'closed', 'expired', 'awaiting_payment']
    when 'closed' then array['paid']
    when 'expired' then array['paid']
    else array[]::text[] end);
create function payments.attempt_may_become(old_state text, new_state text) returns boolean
  language sql immutable parallel safe
  return old_state = new_state or new_state = any (case old_state
    when 'created' then array['unknown', 'open', 'user_paying', 'closing', 'closed', 'failed', 'paid']
    when 'unknown' then array['open', 'user_paying', 'closing', 'closed', 'failed', 'paid', 'reversed']
    when 'open' then array['user_paying', 'closing', 'closed', 'failed', 'paid', 'unknown']
    when 'user_paying' then array['open', 'closing', 'closed', 'failed', 'paid', 'unknown', 'reversed']
    when 'closing' then array['open', 'user_paying', 'closed', 'failed', 'paid', 'unknown', 'reversed']
    when 'closed' then array['paid']
    when 'failed' then array['paid']
    when 'reversed' then array['paid']
    else array[]::text[] end);

create function payments.guard_order() returns trigger
  language plpgsql
  as $$
begin
  if not payments.order_may_become(old.state, new.state) then
    raise exception 'state_machine: a payment order that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
  end if;
  if (old.order_id, old.command_id, old.environment, old.purpose, old.subject_id, old.member_id, old.currency, old.amount_minor, old.created_by, old.created_at)
      is distinct from (new.order_id, new.command_id, new.environment, new.purpose, new.subject_id, new.member_id, new.currency, new.amount_minor, new.created_by, new.created_at) then
    raise exception 'append_only: what a payment order is for never changes' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger state_machine before update on payments.payment_order for each row execute function payments.guard_order();

create function payments.guard_attempt() returns trigger
  language plpgsql
  as $$
begin
  if not payments.attempt_may_become(old.state, new.state) then
    raise exception 'state_machine: an attempt that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
  end if;
  if (old.out_trade_no, old.merchant_account_id, old.channel, old.method, old.amount_minor, old.created_at)
      is distinct from (new.out_trade_no, new.merchant_account_id, new.channel, new.method, new.amount_minor, new.created_at)
      or (old.state = 'paid' and (old.paid_minor, old.paid_at, old.channel_trade_no, old.disposition, old.transfer_id)
        is distinct from (new.paid_minor, new.paid_at, new.channel_trade_no, new.disposition, new.transfer_id))
      or new.refunded_minor < old.refunded_minor then
    raise exception 'append_only: what an attempt asked for and what was paid on it never change' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger state_machine before update on payments.payment_attempt for each row execute function payments.guard_attempt();

-- Every call to a channel and every answer, as evidence. Keys and signatures are left out before it gets here.
create table payments.channel_exchange (
  operator_id uuid not null,
  exchange_id uuid not null,
  merchant_account_id uuid not null,
  order_id uuid,
  act text not null,
  outcome text not null check (outcome in ('confirmed', 'refused', 'unknown')),
  channel_code text,
  http_status int,
  request text not null check (octet_length(request) <= 65536),
  response text check (octet_length(response) <= 65536),
  sent_at timestamptz not null,
  answered_at timestamptz,
  primary key (operator_id, exchange_id)
);
call platform.protect_tenant_table('payments.channel_exchange', 'insert');
call platform.make_append_only('payments.channel_exchange');
create index channel_exchange_by_order on payments.channel_exchange (operator_id, order_id, sent_at) where order_id is not null;

-- The timeline of an order: what happened, who or what did it, and the raw evidence.
create table payments.payment_event (
  operator_id uuid not null,
  order_id uuid not null,
  sequence int not null check (sequence > 0),
  kind text not null check (kind ~ '^[a-z_]+$'),
  attempt smallint,
  actor text not null check (actor <> ''),
  detail jsonb not null,
  exchange_id uuid,
  notification_id uuid,
  happened_at timestamptz not null,
  recorded_at timestamptz not null,
  primary key (operator_id, order_id, sequence),
  foreign key (operator_id, order_id) references payments.payment_order
);
call platform.protect_tenant_table('payments.payment_event', 'insert');
call platform.make_append_only('payments.payment_event');

-- Whose notification is this? Answered before a tenant is known.
create function payments.resolve_notify_key(key text) returns table (operator_id uuid, merchant_account_id uuid)
  language sql stable security definer set search_path = pg_catalog
  as $$ select d.operator_id, d.merchant_account_id from payments.notify_directory d where d.notify_key = key $$;
revoke all on function payments.resolve_notify_key(text) from public;
grant execute on function payments.resolve_notify_key(text) to kirchhoff_app;

-- Makes a key known. False when somebody else has it.
create function payments.register_notify_key(key text, merchant_account uuid) returns boolean
  language plpgsql security definer set search_path = pg_catalog
  as $$
begin
  insert into payments.notify_directory (notify_key, operator_id, merchant_account_id)
    select a.notify_key, a.operator_id, a.merchant_account_id from payments.merchant_account a
      where a.notify_key = key and a.merchant_account_id = merchant_account and a.operator_id = any (platform.current_operators())
    on conflict (notify_key) do nothing;
  return found;
end $$;
revoke all on function payments.register_notify_key(text, uuid) from public;
grant execute on function payments.register_notify_key(text, uuid) to kirchhoff_app;
