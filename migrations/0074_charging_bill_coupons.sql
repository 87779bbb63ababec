-- Bills are also paid by coupons. Locks: charging.bill exclusively while its rows are read once.
alter table charging.bill add column from_coupon_minor bigint not null default 0 check (from_coupon_minor >= 0);
alter table charging.bill drop constraint bill_check1;
alter table charging.bill add constraint bill_is_paid_whole check (total_minor = from_coupon_minor + from_hold_minor + from_wallet_minor + receivable_minor);
