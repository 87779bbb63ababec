-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.

-- table wallets.adjustment : row level security, forced
-- column wallets.adjustment.operator_id : uuid not null
-- column wallets.adjustment.command_id : uuid not null
-- column wallets.adjustment.member_id : uuid not null
-- column wallets.adjustment.kind : text not null
-- column wallets.adjustment.direction : text not null
-- column wallets.adjustment.currency : text not null
-- column wallets.adjustment.amount_minor : bigint not null
-- column wallets.adjustment.reason : text not null
-- column wallets.adjustment.actor : text not null
-- column wallets.adjustment.approval_id : uuid
-- column wallets.adjustment.approved_by : text
-- column wallets.adjustment.four_eyes_above_minor : bigint not null
-- column wallets.adjustment.transfer_id : uuid not null
-- column wallets.adjustment.recorded_at : timestamp with time zone not null
-- constraint wallets.adjustment.adjustment_actor_check : CHECK ((actor <> ''::text))
-- constraint wallets.adjustment.adjustment_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint wallets.adjustment.adjustment_approved_by_check : CHECK ((approved_by <> ''::text))
-- constraint wallets.adjustment.adjustment_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint wallets.adjustment.adjustment_direction_check : CHECK ((direction = ANY (ARRAY['credit'::text, 'debit'::text])))
-- constraint wallets.adjustment.adjustment_four_eyes : CHECK ((((approved_by IS NULL) OR (approved_by <> actor)) AND ((approved_by IS NULL) = (approval_id IS NULL)) AND ((amount_minor <= four_eyes_above_minor) OR (approved_by IS NOT NULL))))
-- constraint wallets.adjustment.adjustment_kind_check : CHECK ((kind = ANY (ARRAY['top_up'::text, 'refund'::text, 'compensation'::text, 'correction'::text])))
-- constraint wallets.adjustment.adjustment_moves_as_its_kind : CHECK (
    CASE kind
        WHEN 'correction'::text THEN true
        WHEN 'refund'::text THEN (direction = 'debit'::text)
        ELSE (direction = 'credit'::text)
    END)
-- constraint wallets.adjustment.adjustment_operator_id_member_id_fkey : FOREIGN KEY (operator_id, member_id) REFERENCES wallets.wallet(operator_id, member_id)
-- constraint wallets.adjustment.adjustment_pkey : PRIMARY KEY (operator_id, command_id)
-- constraint wallets.adjustment.adjustment_reason_check : CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 500)))
-- constraint wallets.adjustment.adjustment_transfer : UNIQUE (operator_id, transfer_id)
-- policy wallets.adjustment.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger wallets.adjustment.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON wallets.adjustment FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger wallets.adjustment.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON wallets.adjustment FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant wallets.adjustment to kirchhoff_app : insert, select
-- grant wallets.adjustment to kirchhoff_platform : select

-- table wallets.adjustment_policy : row level security, forced
-- column wallets.adjustment_policy.operator_id : uuid not null
-- column wallets.adjustment_policy.version : integer not null
-- column wallets.adjustment_policy.four_eyes_above_minor : bigint not null
-- column wallets.adjustment_policy.changed_by : text not null
-- column wallets.adjustment_policy.recorded_at : timestamp with time zone not null
-- column wallets.adjustment_policy.cash_desk_above_minor : bigint
-- constraint wallets.adjustment_policy.adjustment_policy_cash_desk_above_minor_check : CHECK ((cash_desk_above_minor >= 0))
-- constraint wallets.adjustment_policy.adjustment_policy_changed_by_check : CHECK ((changed_by <> ''::text))
-- constraint wallets.adjustment_policy.adjustment_policy_four_eyes_above_minor_check : CHECK ((four_eyes_above_minor >= 0))
-- constraint wallets.adjustment_policy.adjustment_policy_pkey : PRIMARY KEY (operator_id, version)
-- constraint wallets.adjustment_policy.adjustment_policy_version_check : CHECK ((version > 0))
-- policy wallets.adjustment_policy.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger wallets.adjustment_policy.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON wallets.adjustment_policy FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger wallets.adjustment_policy.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON wallets.adjustment_policy FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant wallets.adjustment_policy to kirchhoff_app : insert, select
-- grant wallets.adjustment_policy to kirchhoff_platform : select

-- table wallets.cash_desk_top_up : row level security, forced
-- column wallets.cash_desk_top_up.operator_id : uuid not null
-- column wallets.cash_desk_top_up.command_id : uuid not null
-- column wallets.cash_desk_top_up.member_id : uuid not null
-- column wallets.cash_desk_top_up.currency : text not null
-- column wallets.cash_desk_top_up.amount_minor : bigint not null
-- column wallets.cash_desk_top_up.actor : text not null
-- column wallets.cash_desk_top_up.note : text
-- column wallets.cash_desk_top_up.transfer_id : uuid not null
-- column wallets.cash_desk_top_up.recorded_at : timestamp with time zone not null
-- column wallets.cash_desk_top_up.approval_id : uuid
-- column wallets.cash_desk_top_up.approved_by : text
-- column wallets.cash_desk_top_up.four_eyes_above_minor : bigint
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_actor_check : CHECK ((actor <> ''::text))
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_approved_by_check : CHECK ((approved_by <> ''::text))
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_four_eyes : CHECK ((((approved_by IS NULL) = (approval_id IS NULL)) AND ((approved_by IS NULL) OR (approved_by <> actor)) AND ((four_eyes_above_minor IS NULL) OR (amount_minor <= four_eyes_above_minor) OR (approved_by IS NOT NULL))))
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_four_eyes_above_minor_check : CHECK ((four_eyes_above_minor >= 0))
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_note_check : CHECK ((length(note) <= 500))
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_operator_id_member_id_fkey : FOREIGN KEY (operator_id, member_id) REFERENCES wallets.wallet(operator_id, member_id)
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_pkey : PRIMARY KEY (operator_id, command_id)
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_transfer : UNIQUE (operator_id, transfer_id)
-- policy wallets.cash_desk_top_up.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger wallets.cash_desk_top_up.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON wallets.cash_desk_top_up FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger wallets.cash_desk_top_up.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON wallets.cash_desk_top_up FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant wallets.cash_desk_top_up to kirchhoff_app : insert, select
-- grant wallets.cash_desk_top_up to kirchhoff_platform : select

-- table wallets.cash_given_back : row level security, forced
-- column wallets.cash_given_back.operator_id : uuid not null
-- column wallets.cash_given_back.command_id : uuid not null
-- column wallets.cash_given_back.cause : text not null
-- column wallets.cash_given_back.cause_id : uuid not null
-- column wallets.cash_given_back.amount_minor : bigint not null
-- column wallets.cash_given_back.recorded_at : timestamp with time zone not null
-- constraint wallets.cash_given_back.cash_given_back_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint wallets.cash_given_back.cash_given_back_cause_check : CHECK ((cause = ANY (ARRAY['cash_desk'::text, 'by_hand'::text, 'order'::text])))
-- constraint wallets.cash_given_back.cash_given_back_operator_id_command_id_fkey : FOREIGN KEY (operator_id, command_id) REFERENCES wallets.adjustment(operator_id, command_id)
-- constraint wallets.cash_given_back.cash_given_back_pkey : PRIMARY KEY (operator_id, command_id, cause_id)
-- policy wallets.cash_given_back.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger wallets.cash_given_back.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON wallets.cash_given_back FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger wallets.cash_given_back.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON wallets.cash_given_back FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant wallets.cash_given_back to kirchhoff_app : insert, select
-- grant wallets.cash_given_back to kirchhoff_platform : select

-- table wallets.coupon : row level security, forced
-- column wallets.coupon.operator_id : uuid not null
-- column wallets.coupon.coupon_id : uuid not null
-- column wallets.coupon.gift_id : uuid not null
-- column wallets.coupon.rule_id : uuid not null
-- column wallets.coupon.member_id : uuid not null
-- column wallets.coupon.name : text not null
-- column wallets.coupon.currency : text not null
-- column wallets.coupon.amount_minor : bigint not null
-- column wallets.coupon.station_ids : uuid[] not null
-- column wallets.coupon.threshold_minor : bigint not null
-- column wallets.coupon.use_max : integer not null
-- column wallets.coupon.valid_from : timestamp with time zone not null
-- column wallets.coupon.valid_to : timestamp with time zone not null
-- column wallets.coupon.given_at : timestamp with time zone not null
-- column wallets.coupon.state : text not null
-- column wallets.coupon.state_at : timestamp with time zone not null
-- column wallets.coupon.bill_id : uuid
-- column wallets.coupon.session_id : uuid
-- column wallets.coupon.discount_minor : bigint
-- column wallets.coupon.transfer_id : uuid
-- column wallets.coupon.taken_back_by : uuid
-- constraint wallets.coupon.coupon_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint wallets.coupon.coupon_check : CHECK (((discount_minor > 0) AND (discount_minor <= amount_minor)))
-- constraint wallets.coupon.coupon_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint wallets.coupon.coupon_operator_id_gift_id_fkey : FOREIGN KEY (operator_id, gift_id) REFERENCES wallets.coupon_gift(operator_id, gift_id)
-- constraint wallets.coupon.coupon_pkey : PRIMARY KEY (operator_id, coupon_id)
-- constraint wallets.coupon.coupon_state_check : CHECK ((state = ANY (ARRAY['unused'::text, 'used'::text, 'expired'::text, 'taken_back'::text])))
-- constraint wallets.coupon.coupon_taken_back_by_something : CHECK (((state = 'taken_back'::text) = (taken_back_by IS NOT NULL)))
-- constraint wallets.coupon.coupon_transfer : UNIQUE (operator_id, transfer_id)
-- constraint wallets.coupon.coupon_used_on_a_bill : CHECK ((((state = 'used'::text) = (bill_id IS NOT NULL)) AND ((state = 'used'::text) = (session_id IS NOT NULL)) AND ((state = 'used'::text) = (discount_minor IS NOT NULL)) AND ((state = 'used'::text) = (transfer_id IS NOT NULL))))
-- policy wallets.coupon.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger wallets.coupon.state_machine : CREATE TRIGGER state_machine BEFORE UPDATE ON wallets.coupon FOR EACH ROW EXECUTE FUNCTION wallets.guard_coupon()
-- grant wallets.coupon to kirchhoff_app : insert, select
-- grant wallets.coupon to kirchhoff_platform : select

-- table wallets.coupon_event : row level security, forced
-- column wallets.coupon_event.operator_id : uuid not null
-- column wallets.coupon_event.sequence : bigint not null generated always as identity
-- column wallets.coupon_event.coupon_id : uuid not null
-- column wallets.coupon_event.kind : text not null
-- column wallets.coupon_event.bill_id : uuid
-- column wallets.coupon_event.session_id : uuid
-- column wallets.coupon_event.amount_minor : bigint
-- column wallets.coupon_event.transfer_id : uuid
-- column wallets.coupon_event.refund_id : uuid
-- column wallets.coupon_event.recorded_at : timestamp with time zone not null
-- constraint wallets.coupon_event.coupon_event_kind_check : CHECK ((kind = ANY (ARRAY['given'::text, 'used'::text, 'given_back'::text, 'expired'::text, 'taken_back'::text, 'restored'::text])))
-- constraint wallets.coupon_event.coupon_event_operator_id_coupon_id_fkey : FOREIGN KEY (operator_id, coupon_id) REFERENCES wallets.coupon(operator_id, coupon_id)
-- constraint wallets.coupon_event.coupon_event_pkey : PRIMARY KEY (operator_id, sequence)
-- constraint wallets.coupon_event.coupon_event_transfer : UNIQUE (operator_id, transfer_id)
-- policy wallets.coupon_event.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger wallets.coupon_event.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON wallets.coupon_event FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger wallets.coupon_event.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON wallets.coupon_event FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant wallets.coupon_event to kirchhoff_app : insert, select
-- grant wallets.coupon_event to kirchhoff_platform : select

-- table wallets.coupon_gift : row level security, forced
-- column wallets.coupon_gift.operator_id : uuid not null
-- column wallets.coupon_gift.gift_id : uuid not null
-- column wallets.coupon_gift.rule_id : uuid not null
-- column wallets.coupon_gift.rule_version : integer not null
-- column wallets.coupon_gift.member_id : uuid not null
-- column wallets.coupon_gift.cause : text not null
-- column wallets.coupon_gift.cause_id : uuid not null
-- column wallets.coupon_gift.top_up_minimum_minor : bigint
-- column wallets.coupon_gift.coupons : integer not null
-- column wallets.coupon_gift.given_by : text not null
-- column wallets.coupon_gift.reason : text
-- column wallets.coupon_gift.recorded_at : timestamp with time zone not null
-- constraint wallets.coupon_gift.coupon_gift_cause_check : CHECK ((cause = ANY (ARRAY['top_up'::text, 'new_member'::text, 'by_hand'::text])))
-- constraint wallets.coupon_gift.coupon_gift_coupons_check : CHECK ((coupons > 0))
-- constraint wallets.coupon_gift.coupon_gift_given_by_check : CHECK ((given_by <> ''::text))
-- constraint wallets.coupon_gift.coupon_gift_once : UNIQUE (operator_id, rule_id, cause, cause_id, member_id)
-- constraint wallets.coupon_gift.coupon_gift_operator_id_rule_id_rule_version_fkey : FOREIGN KEY (operator_id, rule_id, rule_version) REFERENCES wallets.coupon_rule(operator_id, rule_id, version)
-- constraint wallets.coupon_gift.coupon_gift_pkey : PRIMARY KEY (operator_id, gift_id)
-- constraint wallets.coupon_gift.coupon_gift_reason_check : CHECK ((char_length(reason) <= 500))
-- policy wallets.coupon_gift.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger wallets.coupon_gift.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON wallets.coupon_gift FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger wallets.coupon_gift.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON wallets.coupon_gift FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant wallets.coupon_gift to kirchhoff_app : insert, select
-- grant wallets.coupon_gift to kirchhoff_platform : select

-- table wallets.coupon_rule : row level security, forced
-- column wallets.coupon_rule.operator_id : uuid not null
-- column wallets.coupon_rule.rule_id : uuid not null
-- column wallets.coupon_rule.version : integer not null
-- column wallets.coupon_rule.name : text not null
-- column wallets.coupon_rule.issue_condition : text not null
-- column wallets.coupon_rule.top_up_minimum_minor : bigint
-- column wallets.coupon_rule.denomination_minor : bigint not null
-- column wallets.coupon_rule.currency : text not null
-- column wallets.coupon_rule.coupons_per_gift : integer not null
-- column wallets.coupon_rule.gifts_max : integer
-- column wallets.coupon_rule.on_sale_from : timestamp with time zone not null
-- column wallets.coupon_rule.on_sale_to : timestamp with time zone
-- column wallets.coupon_rule.validity_days : integer
-- column wallets.coupon_rule.valid_from : timestamp with time zone
-- column wallets.coupon_rule.valid_to : timestamp with time zone
-- column wallets.coupon_rule.station_ids : uuid[] not null
-- column wallets.coupon_rule.threshold_minor : bigint not null
-- column wallets.coupon_rule.use_max : integer not null
-- column wallets.coupon_rule.is_on : boolean not null
-- column wallets.coupon_rule.remark : text
-- column wallets.coupon_rule.changed_by : text not null
-- column wallets.coupon_rule.recorded_at : timestamp with time zone not null
-- column wallets.coupon_rule.top_up_channels : text[] not null default '{wechatpay,alipay}'::text[]
-- constraint wallets.coupon_rule.coupon_rule_changed_by_check : CHECK ((changed_by <> ''::text))
-- constraint wallets.coupon_rule.coupon_rule_channels : CHECK (((issue_condition <> 'top_up'::text) OR (cardinality(top_up_channels) > 0)))
-- constraint wallets.coupon_rule.coupon_rule_condition : CHECK (((issue_condition = 'top_up'::text) = (top_up_minimum_minor IS NOT NULL)))
-- constraint wallets.coupon_rule.coupon_rule_coupons_per_gift_check : CHECK (((coupons_per_gift >= 1) AND (coupons_per_gift <= 100)))
-- constraint wallets.coupon_rule.coupon_rule_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint wallets.coupon_rule.coupon_rule_denomination_minor_check : CHECK ((denomination_minor > 0))
-- constraint wallets.coupon_rule.coupon_rule_gifts_max_check : CHECK ((gifts_max > 0))
-- constraint wallets.coupon_rule.coupon_rule_issue_condition_check : CHECK ((issue_condition = ANY (ARRAY['top_up'::text, 'new_member'::text, 'by_hand'::text])))
-- constraint wallets.coupon_rule.coupon_rule_name_check : CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100)))
-- constraint wallets.coupon_rule.coupon_rule_on_sale : CHECK (((on_sale_to IS NULL) OR (on_sale_to > on_sale_from)))
-- constraint wallets.coupon_rule.coupon_rule_pkey : PRIMARY KEY (operator_id, rule_id, version)
-- constraint wallets.coupon_rule.coupon_rule_remark_check : CHECK ((char_length(remark) <= 500))
-- constraint wallets.coupon_rule.coupon_rule_threshold_minor_check : CHECK ((threshold_minor >= 0))
-- constraint wallets.coupon_rule.coupon_rule_top_up_channels_check : CHECK ((top_up_channels <@ ARRAY['wechatpay'::text, 'alipay'::text, 'cash_desk'::text]))
-- constraint wallets.coupon_rule.coupon_rule_top_up_minimum_minor_check : CHECK ((top_up_minimum_minor > 0))
-- constraint wallets.coupon_rule.coupon_rule_use_max_check : CHECK (((use_max >= 1) AND (use_max <= 100)))
-- constraint wallets.coupon_rule.coupon_rule_validity : CHECK ((((validity_days IS NULL) <> (valid_from IS NULL)) AND ((valid_from IS NULL) = (valid_to IS NULL)) AND ((valid_to IS NULL) OR (valid_to > valid_from))))
-- constraint wallets.coupon_rule.coupon_rule_validity_days_check : CHECK (((validity_days >= 1) AND (validity_days <= 3660)))
-- constraint wallets.coupon_rule.coupon_rule_version_check : CHECK ((version > 0))
-- policy wallets.coupon_rule.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger wallets.coupon_rule.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON wallets.coupon_rule FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger wallets.coupon_rule.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON wallets.coupon_rule FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant wallets.coupon_rule to kirchhoff_app : insert, select
-- grant wallets.coupon_rule to kirchhoff_platform : select

-- table wallets.coupon_stock : row level security, forced
-- column wallets.coupon_stock.operator_id : uuid not null
-- column wallets.coupon_stock.rule_id : uuid not null
-- column wallets.coupon_stock.gifts_max : integer
-- column wallets.coupon_stock.gifts_issued : integer not null default 0
-- constraint wallets.coupon_stock.coupon_stock_gifts_issued_check : CHECK ((gifts_issued >= 0))
-- constraint wallets.coupon_stock.coupon_stock_not_oversold : CHECK ((gifts_issued <= gifts_max))
-- constraint wallets.coupon_stock.coupon_stock_pkey : PRIMARY KEY (operator_id, rule_id)
-- policy wallets.coupon_stock.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant wallets.coupon_stock to kirchhoff_app : insert, select
-- grant wallets.coupon_stock to kirchhoff_platform : select

-- table wallets.wallet : row level security, forced
-- column wallets.wallet.operator_id : uuid not null
-- column wallets.wallet.member_id : uuid not null
-- column wallets.wallet.currency : text not null
-- column wallets.wallet.opened_at : timestamp with time zone not null
-- constraint wallets.wallet.wallet_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint wallets.wallet.wallet_pkey : PRIMARY KEY (operator_id, member_id)
-- policy wallets.wallet.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger wallets.wallet.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON wallets.wallet FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger wallets.wallet.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON wallets.wallet FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant wallets.wallet to kirchhoff_app : insert, select
-- grant wallets.wallet to kirchhoff_platform : select

-- index wallets.adjustment_by_member : CREATE INDEX adjustment_by_member ON wallets.adjustment USING btree (operator_id, member_id, recorded_at DESC)
-- index wallets.adjustment_by_record : CREATE INDEX adjustment_by_record ON wallets.adjustment USING btree (operator_id, recorded_at DESC, command_id)
-- index wallets.cash_desk_top_up_by_member : CREATE INDEX cash_desk_top_up_by_member ON wallets.cash_desk_top_up USING btree (operator_id, member_id, recorded_at DESC)
-- index wallets.cash_desk_top_up_by_record : CREATE INDEX cash_desk_top_up_by_record ON wallets.cash_desk_top_up USING btree (operator_id, recorded_at)
-- index wallets.cash_given_back_by_cause : CREATE INDEX cash_given_back_by_cause ON wallets.cash_given_back USING btree (operator_id, cause_id)
-- index wallets.coupon_by_gift : CREATE INDEX coupon_by_gift ON wallets.coupon USING btree (operator_id, gift_id)
-- index wallets.coupon_by_member : CREATE INDEX coupon_by_member ON wallets.coupon USING btree (operator_id, member_id, given_at DESC, coupon_id DESC)
-- index wallets.coupon_by_session : CREATE INDEX coupon_by_session ON wallets.coupon USING btree (operator_id, session_id) WHERE (session_id IS NOT NULL)
-- index wallets.coupon_event_by_coupon : CREATE INDEX coupon_event_by_coupon ON wallets.coupon_event USING btree (operator_id, coupon_id, sequence)
-- index wallets.coupon_gift_by_cause : CREATE INDEX coupon_gift_by_cause ON wallets.coupon_gift USING btree (operator_id, cause, cause_id)
-- index wallets.coupon_to_expire : CREATE INDEX coupon_to_expire ON wallets.coupon USING btree (operator_id, valid_to, coupon_id) WHERE (state = 'unused'::text)
-- index wallets.coupon_unused : CREATE INDEX coupon_unused ON wallets.coupon USING btree (operator_id, member_id) WHERE (state = 'unused'::text)

-- function wallets.guard_coupon() : CREATE OR REPLACE FUNCTION wallets.guard_coupon()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
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
    end $function$
