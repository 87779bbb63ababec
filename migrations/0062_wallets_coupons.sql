-- Coupons: rules by version, what is left of them, gifts, and coupons with all that happened to each. Locks: none on existing tables.

-- What a coupon is worth and when it is given. Kept by version: the newest counts for new gifts, and a coupon keeps what it was given with.
create table wallets.coupon_rule (
  operator_id uuid not null,
  rule_id uuid not null,
  version int not null check (version > 0),
  name text not null check (char_length(name) between 1 and 100),
  issue_condition text not null check (issue_condition in ('top_up', 'new_member', 'by_hand')),
  top_up_minimum_minor bigint check (top_up_minimum_minor > 0),
  denomination_minor bigint not null check (denomination_minor > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  coupons_per_gift int not null check (coupons_per_gift between 1 and 100),
  gifts_max int check (gifts_max > 0),
  on_sale_from timestamptz not null,
  on_sale_to timestamptz,
  validity_days int check (validity_days between 1 and 3660),
  valid_from timestamptz,
  valid_to timestamptz,
  station_ids uuid[] not null,
  threshold_minor bigint not null check (threshold_minor >= 0),
  use_max int not null check (use_max between 1 and 100),
  is_on boolean not null,
  remark text check (char_length(remark) <= 500),
  changed_by text not null check (changed_by <> ''),
  recorded_at timestamptz not null,
  primary key (operator_id, rule_id, version),
  constraint coupon_rule_condition check ((issue_condition = 'top_up') = (top_up_minimum_minor is not null)),
  constraint coupon_rule_on_sale check (on_sale_to is null or on_sale_to > on_sale_from),
  constraint coupon_rule_validity check ((validity_days is null) <> (valid_from is null) and (valid_from is null) = (valid_to is null) and (valid_to is null or valid_to > valid_from))
);
comment on column wallets.coupon_rule.station_ids is 'where it holds; empty: at every station';
comment on column wallets.coupon_rule.threshold_minor is 'a bill below this takes no such coupon';
comment on column wallets.coupon_rule.use_max is 'how many coupons one bill takes, where one of them is of this rule';
call platform.protect_tenant_table('wallets.coupon_rule', 'insert');
call platform.make_append_only('wallets.coupon_rule');

-- How many gifts a rule has given, and how many there are: counted here and nowhere else, so that two givers at once take turns and nobody gives one too many.
create table wallets.coupon_stock (
  operator_id uuid not null,
  rule_id uuid not null,
  gifts_max int,
  gifts_issued int not null default 0 check (gifts_issued >= 0),
  primary key (operator_id, rule_id),
  constraint coupon_stock_not_oversold check (gifts_issued <= gifts_max)
) with (fillfactor = 50);
call platform.protect_tenant_table('wallets.coupon_stock', 'insert, update (gifts_max, gifts_issued)');

-- One gift for one cause: the same top-up, the same newcomer or the same act gives once.
create table wallets.coupon_gift (
  operator_id uuid not null,
  gift_id uuid not null,
  rule_id uuid not null,
  rule_version int not null,
  member_id uuid not null,
  cause text not null check (cause in ('top_up', 'new_member', 'by_hand')),
  cause_id uuid not null,
  top_up_minimum_minor bigint,
  coupons int not null check (coupons > 0),
  given_by text not null check (given_by <> ''),
  reason text check (char_length(reason) <= 500),
  recorded_at timestamptz not null,
  primary key (operator_id, gift_id),
  constraint coupon_gift_once unique (operator_id, rule_id, cause, cause_id, member_id),
  foreign key (operator_id, rule_id, rule_version) references wallets.coupon_rule
);
call platform.protect_tenant_table('wallets.coupon_gift', 'insert');
call platform.make_append_only('wallets.coupon_gift');
create index coupon_gift_by_cause on wallets.coupon_gift (operator_id, cause, cause_id);

create table wallets.coupon (
  operator_id uuid not null,
  coupon_id uuid not null,
  gift_id uuid not null,
  rule_id uuid not null,
  member_id uuid not null,
  name text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  station_ids uuid[] not null,
  threshold_minor bigint not null,
  use_max int not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null,
  given_at timestamptz not null,
  state text not null check (state in ('unused', 'used', 'expired', 'taken_back')),
  state_at timestamptz not null,
  bill_id uuid,
  session_id uuid,
  discount_minor bigint check (discount_minor > 0 and discount_minor <= amount_minor),
  transfer_id uuid,
  taken_back_by uuid,
  primary key (operator_id, coupon_id),
  foreign key (operator_id, gift_id) references wallets.coupon_gift,
  constraint coupon_transfer unique (operator_id, transfer_id),
  constraint coupon_used_on_a_bill check ((state = 'used') = (bill_id is not null) and (state = 'used') = (session_id is not null) and (state = 'used') = (discount_minor is not null)
    and (state = 'used') = (transfer_id is not null)),
  constraint coupon_taken_back_by_something check ((state = 'taken_back') = (taken_back_by is not null))
);
comment on column wallets.coupon.taken_back_by is 'the refund of the top-up that it was given for';
call platform.protect_tenant_table('wallets.coupon', 'insert, update (state, state_at, bill_id, session_id, discount_minor, transfer_id, taken_back_by)');
create index coupon_unused on wallets.coupon (operator_id, member_id) where state = 'unused';
create index coupon_to_expire on wallets.coupon (operator_id, valid_to, coupon_id) where state = 'unused';
create index coupon_by_session on wallets.coupon (operator_id, session_id) where session_id is not null;
create index coupon_by_member on wallets.coupon (operator_id, member_id, given_at desc, coupon_id desc);
create index coupon_by_gift on wallets.coupon (operator_id, gift_id);

create function wallets.guard_coupon() returns trigger
  language plpgsql
  as $$
begin
  if not (case old.state
      when 'unused' then new.state in ('used', 'expired', 'taken_back')
      -- a bill's next version gives it back or uses it again
      when 'used' then new.state = 'unused' or (new.state = 'used' and new.session_id = old.session_id)
      -- the refund failed
      when 'taken_back' then new.state = 'unused'
      else false end) then
    raise exception 'state_machine: a coupon that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger state_machine before update on wallets.coupon for each row execute function wallets.guard_coupon();

-- What happened to each coupon, for ever.
create table wallets.coupon_event (
  operator_id uuid not null,
  sequence bigint generated always as identity,
  coupon_id uuid not null,
  kind text not null check (kind in ('given', 'used', 'given_back', 'expired', 'taken_back', 'restored')),
  bill_id uuid,
  session_id uuid,
  amount_minor bigint,
  transfer_id uuid,
  refund_id uuid,
  recorded_at timestamptz not null,
  primary key (operator_id, sequence),
  foreign key (operator_id, coupon_id) references wallets.coupon,
  constraint coupon_event_transfer unique (operator_id, transfer_id)
);
call platform.protect_tenant_table('wallets.coupon_event', 'insert');
call platform.make_append_only('wallets.coupon_event');
create index coupon_event_by_coupon on wallets.coupon_event (operator_id, coupon_id, sequence);
