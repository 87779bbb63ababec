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
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_actor_check : CHECK ((actor <> ''::text))
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_note_check : CHECK ((length(note) <= 500))
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_operator_id_member_id_fkey : FOREIGN KEY (operator_id, member_id) REFERENCES wallets.wallet(operator_id, member_id)
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_pkey : PRIMARY KEY (operator_id, command_id)
-- constraint wallets.cash_desk_top_up.cash_desk_top_up_transfer : UNIQUE (operator_id, transfer_id)
-- policy wallets.cash_desk_top_up.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger wallets.cash_desk_top_up.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON wallets.cash_desk_top_up FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger wallets.cash_desk_top_up.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON wallets.cash_desk_top_up FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant wallets.cash_desk_top_up to kirchhoff_app : insert, select
-- grant wallets.cash_desk_top_up to kirchhoff_platform : select

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
