-- Top-ups at the cash desk: four eyes above a threshold of their own, and gifts by the same rules as others. Locks: wallets.adjustment_policy, wallets.cash_desk_top_up, wallets.coupon_rule exclusively, for an instant.
alter table wallets.adjustment_policy add column cash_desk_above_minor bigint check (cash_desk_above_minor >= 0);
comment on column wallets.adjustment_policy.cash_desk_above_minor is 'a top-up at the cash desk above this waits for a second person; null: the default of the program';

alter table wallets.cash_desk_top_up add column approval_id uuid;
alter table wallets.cash_desk_top_up add column approved_by text check (approved_by <> '');
alter table wallets.cash_desk_top_up add column four_eyes_above_minor bigint check (four_eyes_above_minor >= 0);
comment on column wallets.cash_desk_top_up.four_eyes_above_minor is 'what one person could book alone at that time; null before that was asked';
alter table wallets.cash_desk_top_up add constraint cash_desk_top_up_four_eyes
  check ((approved_by is null) = (approval_id is null) and (approved_by is null or approved_by <> actor) and (four_eyes_above_minor is null or amount_minor <= four_eyes_above_minor or approved_by is not null));

-- Until now no rule gave anything at the cash desk; rules that are here go on like that.
alter table wallets.coupon_rule add column top_up_channels text[] not null default '{wechatpay,alipay}' check (top_up_channels <@ array['wechatpay', 'alipay', 'cash_desk']);
alter table wallets.coupon_rule add constraint coupon_rule_channels check (issue_condition <> 'top_up' or cardinality(top_up_channels) > 0);
comment on column wallets.coupon_rule.top_up_channels is 'of a rule for top-ups: by which of them it gives';
