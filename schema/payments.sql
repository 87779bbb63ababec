-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.

-- table payments.cashback : row level security, forced
-- column payments.cashback.operator_id : uuid not null
-- column payments.cashback.order_id : uuid not null
-- column payments.cashback.rules_version : integer not null
-- column payments.cashback.member_id : uuid not null
-- column payments.cashback.currency : text not null
-- column payments.cashback.paid_minor : bigint not null
-- column payments.cashback.amount_minor : bigint not null
-- column payments.cashback.taken_back_minor : bigint not null default 0
-- column payments.cashback.transfer_id : uuid not null
-- column payments.cashback.recorded_at : timestamp with time zone not null
-- column payments.cashback.cause : text not null default 'order'::text
-- constraint payments.cashback.cashback_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint payments.cashback.cashback_cause_check : CHECK ((cause = ANY (ARRAY['order'::text, 'cash_desk'::text])))
-- constraint payments.cashback.cashback_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint payments.cashback.cashback_not_taken_twice : CHECK ((taken_back_minor <= amount_minor))
-- constraint payments.cashback.cashback_operator_id_rules_version_fkey : FOREIGN KEY (operator_id, rules_version) REFERENCES payments.cashback_rules(operator_id, version)
-- constraint payments.cashback.cashback_paid_minor_check : CHECK ((paid_minor > 0))
-- constraint payments.cashback.cashback_pkey : PRIMARY KEY (operator_id, order_id)
-- constraint payments.cashback.cashback_taken_back_minor_check : CHECK ((taken_back_minor >= 0))
-- constraint payments.cashback.cashback_transfer : UNIQUE (operator_id, transfer_id)
-- policy payments.cashback.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.cashback.has_its_order : CREATE TRIGGER has_its_order BEFORE INSERT ON payments.cashback FOR EACH ROW EXECUTE FUNCTION payments.cashback_has_its_order()
-- grant payments.cashback to kirchhoff_app : insert, select
-- grant payments.cashback to kirchhoff_platform : select

-- table payments.cashback_rules : row level security, forced
-- column payments.cashback_rules.operator_id : uuid not null
-- column payments.cashback_rules.version : integer not null
-- column payments.cashback_rules.currency : text not null
-- column payments.cashback_rules.top_up_minor : bigint[] not null
-- column payments.cashback_rules.cashback_minor : bigint[] not null
-- column payments.cashback_rules.from_at : timestamp with time zone not null
-- column payments.cashback_rules.to_at : timestamp with time zone
-- column payments.cashback_rules.changed_by : text not null
-- column payments.cashback_rules.reason : text
-- column payments.cashback_rules.recorded_at : timestamp with time zone not null
-- column payments.cashback_rules.channels : text[] not null default '{wechatpay,alipay}'::text[]
-- constraint payments.cashback_rules.cashback_rules_cashback_minor_check : CHECK ((0 < ALL (cashback_minor)))
-- constraint payments.cashback_rules.cashback_rules_changed_by_check : CHECK ((changed_by <> ''::text))
-- constraint payments.cashback_rules.cashback_rules_channels_check : CHECK (((channels <@ ARRAY['wechatpay'::text, 'alipay'::text, 'cash_desk'::text]) AND (cardinality(channels) > 0)))
-- constraint payments.cashback_rules.cashback_rules_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint payments.cashback_rules.cashback_rules_pkey : PRIMARY KEY (operator_id, version)
-- constraint payments.cashback_rules.cashback_rules_reason_check : CHECK ((char_length(reason) <= 500))
-- constraint payments.cashback_rules.cashback_rules_span : CHECK (((to_at IS NULL) OR (to_at > from_at)))
-- constraint payments.cashback_rules.cashback_rules_tiers : CHECK ((cardinality(top_up_minor) = cardinality(cashback_minor)))
-- constraint payments.cashback_rules.cashback_rules_top_up_minor_check : CHECK (((cardinality(top_up_minor) <= 20) AND (0 < ALL (top_up_minor))))
-- constraint payments.cashback_rules.cashback_rules_version_check : CHECK ((version > 0))
-- policy payments.cashback_rules.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.cashback_rules.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.cashback_rules FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger payments.cashback_rules.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.cashback_rules FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant payments.cashback_rules to kirchhoff_app : insert, select
-- grant payments.cashback_rules to kirchhoff_platform : select

-- table payments.cashback_take_back : row level security, forced
-- column payments.cashback_take_back.operator_id : uuid not null
-- column payments.cashback_take_back.refund_id : uuid not null
-- column payments.cashback_take_back.order_id : uuid not null
-- column payments.cashback_take_back.due_minor : bigint not null
-- column payments.cashback_take_back.taken_minor : bigint not null
-- column payments.cashback_take_back.transfer_id : uuid not null
-- column payments.cashback_take_back.returned_transfer_id : uuid
-- column payments.cashback_take_back.recorded_at : timestamp with time zone not null
-- column payments.cashback_take_back.cause : text not null default 'refund'::text
-- constraint payments.cashback_take_back.cashback_take_back_cause_check : CHECK ((cause = ANY (ARRAY['refund'::text, 'cash'::text, 'chargeback'::text])))
-- constraint payments.cashback_take_back.cashback_take_back_check : CHECK (((taken_minor >= 0) AND (taken_minor <= due_minor)))
-- constraint payments.cashback_take_back.cashback_take_back_due_minor_check : CHECK ((due_minor > 0))
-- constraint payments.cashback_take_back.cashback_take_back_operator_id_order_id_fkey : FOREIGN KEY (operator_id, order_id) REFERENCES payments.cashback(operator_id, order_id)
-- constraint payments.cashback_take_back.cashback_take_back_pkey : PRIMARY KEY (operator_id, refund_id, order_id)
-- policy payments.cashback_take_back.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.cashback_take_back.has_its_refund : CREATE TRIGGER has_its_refund BEFORE INSERT ON payments.cashback_take_back FOR EACH ROW EXECUTE FUNCTION payments.take_back_has_its_refund()
-- grant payments.cashback_take_back to kirchhoff_app : insert, select
-- grant payments.cashback_take_back to kirchhoff_platform : select

-- table payments.channel_exchange : row level security, forced
-- column payments.channel_exchange.operator_id : uuid not null
-- column payments.channel_exchange.exchange_id : uuid not null
-- column payments.channel_exchange.merchant_account_id : uuid not null
-- column payments.channel_exchange.order_id : uuid
-- column payments.channel_exchange.act : text not null
-- column payments.channel_exchange.outcome : text not null
-- column payments.channel_exchange.channel_code : text
-- column payments.channel_exchange.http_status : integer
-- column payments.channel_exchange.request : text not null
-- column payments.channel_exchange.response : text
-- column payments.channel_exchange.sent_at : timestamp with time zone not null
-- column payments.channel_exchange.answered_at : timestamp with time zone
-- constraint payments.channel_exchange.channel_exchange_outcome_check : CHECK ((outcome = ANY (ARRAY['confirmed'::text, 'refused'::text, 'unknown'::text])))
-- constraint payments.channel_exchange.channel_exchange_pkey : PRIMARY KEY (operator_id, exchange_id)
-- constraint payments.channel_exchange.channel_exchange_request_check : CHECK ((octet_length(request) <= 65536))
-- constraint payments.channel_exchange.channel_exchange_response_check : CHECK ((octet_length(response) <= 65536))
-- policy payments.channel_exchange.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.channel_exchange.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.channel_exchange FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger payments.channel_exchange.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.channel_exchange FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant payments.channel_exchange to kirchhoff_app : insert, select
-- grant payments.channel_exchange to kirchhoff_platform : select

-- table payments.chargeback : row level security, forced
-- column payments.chargeback.operator_id : uuid not null
-- column payments.chargeback.chargeback_id : uuid not null
-- column payments.chargeback.order_id : uuid not null
-- column payments.chargeback.attempt : smallint not null
-- column payments.chargeback.merchant_account_id : uuid not null
-- column payments.chargeback.member_id : uuid not null
-- column payments.chargeback.currency : text not null
-- column payments.chargeback.amount_minor : bigint not null
-- column payments.chargeback.channel_reference : text not null
-- column payments.chargeback.reason : text not null
-- column payments.chargeback.source : text not null
-- column payments.chargeback.opened_by : text not null
-- column payments.chargeback.opened_at : timestamp with time zone not null
-- column payments.chargeback.from_wallet_minor : bigint not null
-- column payments.chargeback.receivable_minor : bigint not null
-- column payments.chargeback.wallet_transfer_id : uuid
-- column payments.chargeback.receivable_transfer_id : uuid
-- column payments.chargeback.state : text not null
-- column payments.chargeback.decided_by : text
-- column payments.chargeback.decided_at : timestamp with time zone
-- column payments.chargeback.decision_note : text
-- column payments.chargeback.written_off_minor : bigint not null default 0
-- column payments.chargeback.written_off_by : text
-- column payments.chargeback.written_off_transfer_id : uuid
-- column payments.chargeback.other_reference : text
-- column payments.chargeback.cashback_minor : bigint not null default 0
-- column payments.chargeback.coupons : integer not null default 0
-- constraint payments.chargeback.chargeback_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint payments.chargeback.chargeback_cashback_minor_check : CHECK ((cashback_minor >= 0))
-- constraint payments.chargeback.chargeback_channel_reference_check : CHECK (((char_length(channel_reference) >= 1) AND (char_length(channel_reference) <= 100)))
-- constraint payments.chargeback.chargeback_coupons_check : CHECK ((coupons >= 0))
-- constraint payments.chargeback.chargeback_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint payments.chargeback.chargeback_decided_by_check : CHECK ((decided_by <> ''::text))
-- constraint payments.chargeback.chargeback_decided_by_somebody : CHECK ((((state = 'open'::text) = (decided_by IS NULL)) AND ((state = 'open'::text) = (decided_at IS NULL))))
-- constraint payments.chargeback.chargeback_decision_note_check : CHECK ((char_length(decision_note) <= 500))
-- constraint payments.chargeback.chargeback_from_wallet_minor_check : CHECK ((from_wallet_minor >= 0))
-- constraint payments.chargeback.chargeback_once : UNIQUE (operator_id, merchant_account_id, channel_reference)
-- constraint payments.chargeback.chargeback_opened_by_check : CHECK ((opened_by <> ''::text))
-- constraint payments.chargeback.chargeback_operator_id_order_id_attempt_fkey : FOREIGN KEY (operator_id, order_id, attempt) REFERENCES payments.payment_attempt(operator_id, order_id, attempt)
-- constraint payments.chargeback.chargeback_other_reference_check : CHECK (((char_length(other_reference) >= 1) AND (char_length(other_reference) <= 100)))
-- constraint payments.chargeback.chargeback_pkey : PRIMARY KEY (operator_id, chargeback_id)
-- constraint payments.chargeback.chargeback_reason_check : CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 500)))
-- constraint payments.chargeback.chargeback_receivable_minor_check : CHECK ((receivable_minor >= 0))
-- constraint payments.chargeback.chargeback_source_check : CHECK ((source = ANY (ARRAY['person'::text, 'fund_flow'::text, 'reversal'::text, 'refund_elsewhere'::text])))
-- constraint payments.chargeback.chargeback_state_check : CHECK ((state = ANY (ARRAY['open'::text, 'won'::text, 'lost'::text])))
-- constraint payments.chargeback.chargeback_whole : CHECK ((((from_wallet_minor + receivable_minor) = amount_minor) AND ((from_wallet_minor > 0) = (wallet_transfer_id IS NOT NULL)) AND ((receivable_minor > 0) = (receivable_transfer_id IS NOT NULL))))
-- constraint payments.chargeback.chargeback_written_off : CHECK (((written_off_minor <= receivable_minor) AND ((written_off_minor = 0) OR (state = 'lost'::text)) AND ((written_off_minor > 0) = (written_off_transfer_id IS NOT NULL)) AND ((written_off_minor > 0) = (written_off_by IS NOT NULL))))
-- constraint payments.chargeback.chargeback_written_off_minor_check : CHECK ((written_off_minor >= 0))
-- policy payments.chargeback.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.chargeback.state_machine : CREATE TRIGGER state_machine BEFORE UPDATE ON payments.chargeback FOR EACH ROW EXECUTE FUNCTION payments.guard_chargeback()
-- grant payments.chargeback to kirchhoff_app : insert, select
-- grant payments.chargeback to kirchhoff_platform : select

-- table payments.merchant_account : row level security, forced
-- column payments.merchant_account.operator_id : uuid not null
-- column payments.merchant_account.merchant_account_id : uuid not null
-- column payments.merchant_account.channel : text not null
-- column payments.merchant_account.environment : text not null
-- column payments.merchant_account.name : text not null
-- column payments.merchant_account.notify_key : text not null
-- column payments.merchant_account.recorded_at : timestamp with time zone not null
-- constraint payments.merchant_account.merchant_account_channel_check : CHECK ((channel = ANY (ARRAY['wechatpay'::text, 'alipay'::text])))
-- constraint payments.merchant_account.merchant_account_environment_check : CHECK ((environment = ANY (ARRAY['L'::text, 'T'::text, 'D'::text])))
-- constraint payments.merchant_account.merchant_account_name : UNIQUE (operator_id, name)
-- constraint payments.merchant_account.merchant_account_name_check : CHECK (((name = btrim(name)) AND ((char_length(name) >= 1) AND (char_length(name) <= 100))))
-- constraint payments.merchant_account.merchant_account_notify_key : UNIQUE (operator_id, notify_key)
-- constraint payments.merchant_account.merchant_account_notify_key_check : CHECK ((notify_key ~ '^[0-9a-z]{26}$'::text))
-- constraint payments.merchant_account.merchant_account_pkey : PRIMARY KEY (operator_id, merchant_account_id)
-- policy payments.merchant_account.dispatcher : kirchhoff_owner using true
-- policy payments.merchant_account.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.merchant_account.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.merchant_account FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger payments.merchant_account.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.merchant_account FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant payments.merchant_account to kirchhoff_app : insert, select
-- grant payments.merchant_account to kirchhoff_platform : select

-- table payments.merchant_account_probe : row level security, forced
-- column payments.merchant_account_probe.operator_id : uuid not null
-- column payments.merchant_account_probe.probe_id : uuid not null
-- column payments.merchant_account_probe.merchant_account_id : uuid not null
-- column payments.merchant_account_probe.version : integer
-- column payments.merchant_account_probe.outcome : text not null
-- column payments.merchant_account_probe.reason : text
-- column payments.merchant_account_probe.channel_code : text
-- column payments.merchant_account_probe.message : text
-- column payments.merchant_account_probe.probed_by : text not null
-- column payments.merchant_account_probe.probed_at : timestamp with time zone not null
-- constraint payments.merchant_account_probe.merchant_account_probe_explained : CHECK (((outcome = 'confirmed'::text) = (reason IS NULL)))
-- constraint payments.merchant_account_probe.merchant_account_probe_message_check : CHECK ((char_length(message) <= 500))
-- constraint payments.merchant_account_probe.merchant_account_probe_operator_id_merchant_account_id_fkey : FOREIGN KEY (operator_id, merchant_account_id) REFERENCES payments.merchant_account(operator_id, merchant_account_id)
-- constraint payments.merchant_account_probe.merchant_account_probe_outcome_check : CHECK ((outcome = ANY (ARRAY['confirmed'::text, 'refused'::text, 'unknown'::text])))
-- constraint payments.merchant_account_probe.merchant_account_probe_pkey : PRIMARY KEY (operator_id, probe_id)
-- constraint payments.merchant_account_probe.merchant_account_probe_probed_by_check : CHECK ((probed_by <> ''::text))
-- policy payments.merchant_account_probe.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.merchant_account_probe.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.merchant_account_probe FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger payments.merchant_account_probe.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.merchant_account_probe FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant payments.merchant_account_probe to kirchhoff_app : insert, select
-- grant payments.merchant_account_probe to kirchhoff_platform : select

-- table payments.merchant_account_version : row level security, forced
-- column payments.merchant_account_version.operator_id : uuid not null
-- column payments.merchant_account_version.merchant_account_id : uuid not null
-- column payments.merchant_account_version.version : integer not null
-- column payments.merchant_account_version.settings : jsonb not null
-- column payments.merchant_account_version.enabled : boolean not null
-- column payments.merchant_account_version.changed_by : text not null
-- column payments.merchant_account_version.reason : text
-- column payments.merchant_account_version.recorded_at : timestamp with time zone not null
-- constraint payments.merchant_account_version.merchant_account_version_changed_by_check : CHECK ((changed_by <> ''::text))
-- constraint payments.merchant_account_version.merchant_account_version_operator_id_merchant_account_id_fkey : FOREIGN KEY (operator_id, merchant_account_id) REFERENCES payments.merchant_account(operator_id, merchant_account_id)
-- constraint payments.merchant_account_version.merchant_account_version_pkey : PRIMARY KEY (operator_id, merchant_account_id, version)
-- constraint payments.merchant_account_version.merchant_account_version_reason_check : CHECK ((char_length(reason) <= 500))
-- constraint payments.merchant_account_version.merchant_account_version_version_check : CHECK ((version > 0))
-- policy payments.merchant_account_version.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.merchant_account_version.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.merchant_account_version FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger payments.merchant_account_version.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.merchant_account_version FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant payments.merchant_account_version to kirchhoff_app : insert, select
-- grant payments.merchant_account_version to kirchhoff_platform : select

-- table payments.notification : row level security, forced
-- column payments.notification.operator_id : uuid not null
-- column payments.notification.notification_id : uuid not null
-- column payments.notification.merchant_account_id : uuid not null
-- column payments.notification.headers : jsonb not null
-- column payments.notification.body : bytea not null
-- column payments.notification.remote_address : text
-- column payments.notification.verdict : text not null
-- column payments.notification.why : text
-- column payments.notification.kind : text
-- column payments.notification.notify_id : text
-- column payments.notification.number : text
-- column payments.notification.view : jsonb
-- column payments.notification.received_at : timestamp with time zone not null
-- constraint payments.notification.notification_body_check : CHECK ((octet_length(body) <= 65536))
-- constraint payments.notification.notification_kind_check : CHECK ((kind = ANY (ARRAY['payment'::text, 'refund'::text, 'other'::text])))
-- constraint payments.notification.notification_pkey : PRIMARY KEY (operator_id, notification_id)
-- constraint payments.notification.notification_verdict_check : CHECK ((verdict = ANY (ARRAY['verified'::text, 'not_checked'::text, 'forged'::text, 'stale'::text, 'unreadable'::text, 'wrong_environment'::text])))
-- constraint payments.notification.notification_verified_says_something : CHECK ((((verdict = ANY (ARRAY['verified'::text, 'wrong_environment'::text])) = (kind IS NOT NULL)) AND ((kind IS NULL) = (view IS NULL))))
-- constraint payments.notification.notification_why_check : CHECK ((char_length(why) <= 500))
-- policy payments.notification.inbox_append : kirchhoff_inbox using true with check true
-- policy payments.notification.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.notification.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.notification FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger payments.notification.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.notification FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant payments.notification to kirchhoff_app : insert, select
-- grant payments.notification to kirchhoff_inbox : insert
-- grant payments.notification to kirchhoff_platform : select

-- table payments.notification_work : row level security, forced
-- column payments.notification_work.operator_id : uuid not null
-- column payments.notification_work.notification_id : uuid not null
-- column payments.notification_work.tries : integer not null default 0
-- column payments.notification_work.next_try_at : timestamp with time zone
-- column payments.notification_work.outcome : text
-- column payments.notification_work.order_id : uuid
-- column payments.notification_work.attempt : smallint
-- column payments.notification_work.last_error : text
-- column payments.notification_work.settled_at : timestamp with time zone
-- constraint payments.notification_work.notification_work_last_error_check : CHECK ((char_length(last_error) <= 500))
-- constraint payments.notification_work.notification_work_operator_id_notification_id_fkey : FOREIGN KEY (operator_id, notification_id) REFERENCES payments.notification(operator_id, notification_id)
-- constraint payments.notification_work.notification_work_outcome_check : CHECK ((outcome = ANY (ARRAY['credited'::text, 'surplus'::text, 'known'::text, 'mismatch'::text, 'refund'::text, 'other'::text, 'wrong_environment'::text, 'refused'::text, 'unknown_order'::text, 'failed'::text])))
-- constraint payments.notification_work.notification_work_pkey : PRIMARY KEY (operator_id, notification_id)
-- constraint payments.notification_work.notification_work_tries_check : CHECK ((tries >= 0))
-- constraint payments.notification_work.notification_work_waits_or_is_done : CHECK ((((next_try_at IS NULL) = (outcome IS NOT NULL)) AND ((outcome IS NULL) = (settled_at IS NULL))))
-- policy payments.notification_work.dispatcher : kirchhoff_owner using true
-- policy payments.notification_work.inbox_append : kirchhoff_inbox using true with check true
-- policy payments.notification_work.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant payments.notification_work to kirchhoff_app : select, update
-- grant payments.notification_work to kirchhoff_inbox : insert
-- grant payments.notification_work to kirchhoff_platform : select

-- table payments.notify_directory
-- column payments.notify_directory.notify_key : text not null
-- column payments.notify_directory.operator_id : uuid not null
-- column payments.notify_directory.merchant_account_id : uuid not null
-- constraint payments.notify_directory.notify_directory_notify_key_check : CHECK ((notify_key ~ '^[0-9a-z]{26}$'::text))
-- constraint payments.notify_directory.notify_directory_pkey : PRIMARY KEY (notify_key)

-- table payments.notify_probe : row level security, forced
-- column payments.notify_probe.operator_id : uuid not null
-- column payments.notify_probe.probe_id : uuid not null
-- column payments.notify_probe.merchant_account_id : uuid not null
-- column payments.notify_probe.address : text not null
-- column payments.notify_probe.sent_at : timestamp with time zone not null
-- column payments.notify_probe.arrived_at : timestamp with time zone
-- column payments.notify_probe.outcome : text
-- column payments.notify_probe.http_status : integer
-- column payments.notify_probe.detail : text
-- column payments.notify_probe.settled_at : timestamp with time zone
-- constraint payments.notify_probe.notify_probe_arrived_if_it_says_so : CHECK (((outcome IS DISTINCT FROM 'arrived'::text) OR (arrived_at IS NOT NULL)))
-- constraint payments.notify_probe.notify_probe_detail_check : CHECK ((char_length(detail) <= 500))
-- constraint payments.notify_probe.notify_probe_operator_id_merchant_account_id_fkey : FOREIGN KEY (operator_id, merchant_account_id) REFERENCES payments.merchant_account(operator_id, merchant_account_id)
-- constraint payments.notify_probe.notify_probe_outcome_check : CHECK ((outcome = ANY (ARRAY['arrived'::text, 'elsewhere'::text, 'refused'::text, 'unreachable'::text])))
-- constraint payments.notify_probe.notify_probe_pkey : PRIMARY KEY (operator_id, probe_id)
-- constraint payments.notify_probe.notify_probe_settled_with_outcome : CHECK (((outcome IS NULL) = (settled_at IS NULL)))
-- policy payments.notify_probe.dispatcher : kirchhoff_owner using true
-- policy payments.notify_probe.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant payments.notify_probe to kirchhoff_app : insert, select, update
-- grant payments.notify_probe to kirchhoff_platform : select

-- table payments.payer_directory
-- column payments.payer_directory.payer_token : text not null
-- column payments.payer_directory.operator_id : uuid not null
-- column payments.payer_directory.order_id : uuid not null
-- constraint payments.payer_directory.payer_directory_pkey : PRIMARY KEY (payer_token)

-- table payments.payment_attempt : row level security, forced
-- column payments.payment_attempt.operator_id : uuid not null
-- column payments.payment_attempt.order_id : uuid not null
-- column payments.payment_attempt.attempt : smallint not null
-- column payments.payment_attempt.merchant_account_id : uuid not null
-- column payments.payment_attempt.channel : text not null
-- column payments.payment_attempt.method : text not null
-- column payments.payment_attempt.out_trade_no : text not null
-- column payments.payment_attempt.amount_minor : bigint not null
-- column payments.payment_attempt.presentation : jsonb
-- column payments.payment_attempt.state : text not null
-- column payments.payment_attempt.state_at : timestamp with time zone not null
-- column payments.payment_attempt.created_at : timestamp with time zone not null
-- column payments.payment_attempt.code_lapses_at : timestamp with time zone not null
-- column payments.payment_attempt.next_check_at : timestamp with time zone
-- column payments.payment_attempt.checks : integer not null default 0
-- column payments.payment_attempt.channel_trade_no : text
-- column payments.payment_attempt.paid_minor : bigint
-- column payments.payment_attempt.paid_at : timestamp with time zone
-- column payments.payment_attempt.disposition : text
-- column payments.payment_attempt.transfer_id : uuid
-- column payments.payment_attempt.refunding_minor : bigint not null default 0
-- column payments.payment_attempt.refunded_minor : bigint not null default 0
-- column payments.payment_attempt.charged_back_minor : bigint not null default 0
-- column payments.payment_attempt.refunded_at_channel_minor : bigint not null default 0
-- constraint payments.payment_attempt.payment_attempt_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint payments.payment_attempt.payment_attempt_attempt_check : CHECK (((attempt >= 1) AND (attempt <= 20)))
-- constraint payments.payment_attempt.payment_attempt_back_within_paid : CHECK (((((refunding_minor + refunded_minor) + charged_back_minor) + refunded_at_channel_minor) <= COALESCE(paid_minor, (0)::bigint)))
-- constraint payments.payment_attempt.payment_attempt_channel_check : CHECK ((channel = ANY (ARRAY['wechatpay'::text, 'alipay'::text])))
-- constraint payments.payment_attempt.payment_attempt_channel_trade_no : UNIQUE (operator_id, merchant_account_id, channel_trade_no)
-- constraint payments.payment_attempt.payment_attempt_charged_back_minor_check : CHECK ((charged_back_minor >= 0))
-- constraint payments.payment_attempt.payment_attempt_checks_check : CHECK ((checks >= 0))
-- constraint payments.payment_attempt.payment_attempt_disposition_check : CHECK ((disposition = ANY (ARRAY['applied'::text, 'surplus'::text])))
-- constraint payments.payment_attempt.payment_attempt_final_is_not_asked : CHECK (((state <> ALL (ARRAY['paid'::text, 'failed'::text, 'reversed'::text])) OR (next_check_at IS NULL)))
-- constraint payments.payment_attempt.payment_attempt_method_check : CHECK ((method = ANY (ARRAY['native_qr'::text, 'jsapi'::text, 'h5'::text, 'page'::text, 'payment_code'::text])))
-- constraint payments.payment_attempt.payment_attempt_operator_id_merchant_account_id_fkey : FOREIGN KEY (operator_id, merchant_account_id) REFERENCES payments.merchant_account(operator_id, merchant_account_id)
-- constraint payments.payment_attempt.payment_attempt_operator_id_order_id_fkey : FOREIGN KEY (operator_id, order_id) REFERENCES payments.payment_order(operator_id, order_id)
-- constraint payments.payment_attempt.payment_attempt_out_trade_no : UNIQUE (operator_id, out_trade_no)
-- constraint payments.payment_attempt.payment_attempt_out_trade_no_check : CHECK ((out_trade_no ~ '^[LTD][0-9a-z]{28}$'::text))
-- constraint payments.payment_attempt.payment_attempt_paid_minor_check : CHECK ((paid_minor > 0))
-- constraint payments.payment_attempt.payment_attempt_paid_whole : CHECK ((((state = 'paid'::text) = (paid_minor IS NOT NULL)) AND ((state = 'paid'::text) = (paid_at IS NOT NULL)) AND ((state = 'paid'::text) = (disposition IS NOT NULL)) AND ((state = 'paid'::text) = (transfer_id IS NOT NULL)) AND ((state <> 'paid'::text) OR (channel_trade_no IS NOT NULL))))
-- constraint payments.payment_attempt.payment_attempt_pkey : PRIMARY KEY (operator_id, order_id, attempt)
-- constraint payments.payment_attempt.payment_attempt_refunded_at_channel_minor_check : CHECK ((refunded_at_channel_minor >= 0))
-- constraint payments.payment_attempt.payment_attempt_refunded_minor_check : CHECK ((refunded_minor >= 0))
-- constraint payments.payment_attempt.payment_attempt_refunding_minor_check : CHECK ((refunding_minor >= 0))
-- constraint payments.payment_attempt.payment_attempt_refunds_within_paid : CHECK (((refunding_minor + refunded_minor) <= COALESCE(paid_minor, (0)::bigint)))
-- constraint payments.payment_attempt.payment_attempt_state_check : CHECK ((state = ANY (ARRAY['created'::text, 'unknown'::text, 'open'::text, 'user_paying'::text, 'closing'::text, 'reversing'::text, 'paid'::text, 'closed'::text, 'failed'::text, 'reversed'::text])))
-- policy payments.payment_attempt.dispatcher : kirchhoff_owner using true
-- policy payments.payment_attempt.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.payment_attempt.state_machine : CREATE TRIGGER state_machine BEFORE UPDATE ON payments.payment_attempt FOR EACH ROW EXECUTE FUNCTION payments.guard_attempt()
-- grant payments.payment_attempt to kirchhoff_app : insert, select, update
-- grant payments.payment_attempt to kirchhoff_platform : select

-- table payments.payment_event : row level security, forced
-- column payments.payment_event.operator_id : uuid not null
-- column payments.payment_event.order_id : uuid not null
-- column payments.payment_event.sequence : integer not null
-- column payments.payment_event.kind : text not null
-- column payments.payment_event.attempt : smallint
-- column payments.payment_event.actor : text not null
-- column payments.payment_event.detail : jsonb not null
-- column payments.payment_event.exchange_id : uuid
-- column payments.payment_event.notification_id : uuid
-- column payments.payment_event.happened_at : timestamp with time zone not null
-- column payments.payment_event.recorded_at : timestamp with time zone not null
-- constraint payments.payment_event.payment_event_actor_check : CHECK ((actor <> ''::text))
-- constraint payments.payment_event.payment_event_kind_check : CHECK ((kind ~ '^[a-z_]+$'::text))
-- constraint payments.payment_event.payment_event_operator_id_order_id_fkey : FOREIGN KEY (operator_id, order_id) REFERENCES payments.payment_order(operator_id, order_id)
-- constraint payments.payment_event.payment_event_pkey : PRIMARY KEY (operator_id, order_id, sequence)
-- constraint payments.payment_event.payment_event_sequence_check : CHECK ((sequence > 0))
-- policy payments.payment_event.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.payment_event.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.payment_event FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger payments.payment_event.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.payment_event FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant payments.payment_event to kirchhoff_app : insert, select
-- grant payments.payment_event to kirchhoff_platform : select

-- table payments.payment_order : row level security, forced
-- column payments.payment_order.operator_id : uuid not null
-- column payments.payment_order.order_id : uuid not null
-- column payments.payment_order.command_id : uuid not null
-- column payments.payment_order.environment : text not null
-- column payments.payment_order.purpose : text not null
-- column payments.payment_order.subject_id : uuid not null
-- column payments.payment_order.member_id : uuid
-- column payments.payment_order.currency : text not null
-- column payments.payment_order.amount_minor : bigint not null
-- column payments.payment_order.description : text not null
-- column payments.payment_order.late_payment : text not null
-- column payments.payment_order.created_by : text not null
-- column payments.payment_order.created_at : timestamp with time zone not null
-- column payments.payment_order.expires_at : timestamp with time zone not null
-- column payments.payment_order.state : text not null
-- column payments.payment_order.state_at : timestamp with time zone not null
-- column payments.payment_order.close_reason : text
-- column payments.payment_order.paid_attempt : smallint
-- column payments.payment_order.paid_at : timestamp with time zone
-- column payments.payment_order.credited_at : timestamp with time zone
-- column payments.payment_order.recovered_by : text
-- column payments.payment_order.payer_token : text not null
-- column payments.payment_order.close_after : timestamp with time zone
-- constraint payments.payment_order.payment_order_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint payments.payment_order.payment_order_close_reason_check : CHECK ((close_reason = ANY (ARRAY['by_payer'::text, 'by_clerk'::text, 'expired'::text, 'superseded'::text])))
-- constraint payments.payment_order.payment_order_closed_for_a_reason : CHECK (((state <> ALL (ARRAY['closing'::text, 'closed'::text, 'expired'::text])) OR (close_reason IS NOT NULL)))
-- constraint payments.payment_order.payment_order_command : UNIQUE (operator_id, command_id)
-- constraint payments.payment_order.payment_order_created_by_check : CHECK ((created_by <> ''::text))
-- constraint payments.payment_order.payment_order_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint payments.payment_order.payment_order_description_check : CHECK (((char_length(description) >= 1) AND (char_length(description) <= 127)))
-- constraint payments.payment_order.payment_order_environment_check : CHECK ((environment = ANY (ARRAY['L'::text, 'T'::text, 'D'::text])))
-- constraint payments.payment_order.payment_order_late_payment_check : CHECK ((late_payment = ANY (ARRAY['complete'::text, 'refund'::text])))
-- constraint payments.payment_order.payment_order_lives_forward : CHECK ((created_at < expires_at))
-- constraint payments.payment_order.payment_order_paid_attempt : FOREIGN KEY (operator_id, order_id, paid_attempt) REFERENCES payments.payment_attempt(operator_id, order_id, attempt) DEFERRABLE INITIALLY DEFERRED
-- constraint payments.payment_order.payment_order_paid_by_one_attempt : CHECK ((((state = 'paid'::text) = (paid_attempt IS NOT NULL)) AND ((state = 'paid'::text) = (paid_at IS NOT NULL)) AND ((state = 'paid'::text) = (credited_at IS NOT NULL))))
-- constraint payments.payment_order.payment_order_payer_token : UNIQUE (operator_id, payer_token)
-- constraint payments.payment_order.payment_order_payer_token_check : CHECK ((payer_token ~ '^[0-9a-hjkmnp-tv-z]{26}$'::text))
-- constraint payments.payment_order.payment_order_pkey : PRIMARY KEY (operator_id, order_id)
-- constraint payments.payment_order.payment_order_purpose_check : CHECK ((purpose = ANY (ARRAY['wallet_top_up'::text, 'vending_sale'::text, 'pay_per_charge'::text])))
-- constraint payments.payment_order.payment_order_recovered_by_check : CHECK ((recovered_by ~ '^(job|clerk:.+)$'::text))
-- constraint payments.payment_order.payment_order_recovered_is_paid : CHECK (((recovered_by IS NULL) OR (state = 'paid'::text)))
-- constraint payments.payment_order.payment_order_state_check : CHECK ((state = ANY (ARRAY['created'::text, 'awaiting_payment'::text, 'closing'::text, 'paid'::text, 'closed'::text, 'expired'::text])))
-- policy payments.payment_order.dispatcher : kirchhoff_owner using true
-- policy payments.payment_order.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.payment_order.payer_directory : CREATE TRIGGER payer_directory AFTER INSERT ON payments.payment_order FOR EACH ROW EXECUTE FUNCTION payments.enter_payer_directory()
-- trigger payments.payment_order.state_machine : CREATE TRIGGER state_machine BEFORE UPDATE ON payments.payment_order FOR EACH ROW EXECUTE FUNCTION payments.guard_order()
-- grant payments.payment_order to kirchhoff_app : insert, select, update
-- grant payments.payment_order to kirchhoff_platform : select

-- table payments.recovery_run : row level security, forced
-- column payments.recovery_run.operator_id : uuid not null
-- column payments.recovery_run.run_id : uuid not null
-- column payments.recovery_run.requested_by : text not null
-- column payments.recovery_run.requested_by_name : text
-- column payments.recovery_run.reason : text
-- column payments.recovery_run.span_from : timestamp with time zone not null
-- column payments.recovery_run.span_to : timestamp with time zone not null
-- column payments.recovery_run.merchant_account_id : uuid
-- column payments.recovery_run.state : text not null
-- column payments.recovery_run.candidates : integer not null
-- column payments.recovery_run.asked : integer not null default 0
-- column payments.recovery_run.recovered : integer not null default 0
-- column payments.recovery_run.closed : integer not null default 0
-- column payments.recovery_run.still_open : integer not null default 0
-- column payments.recovery_run.unanswered : integer not null default 0
-- column payments.recovery_run.recovered_minor : bigint not null default 0
-- column payments.recovery_run.cursor_created_at : timestamp with time zone
-- column payments.recovery_run.cursor_order_id : uuid
-- column payments.recovery_run.cursor_attempt : smallint
-- column payments.recovery_run.requested_at : timestamp with time zone not null
-- column payments.recovery_run.moved_at : timestamp with time zone not null
-- column payments.recovery_run.finished_at : timestamp with time zone
-- column payments.recovery_run.lease_until : timestamp with time zone
-- column payments.recovery_run.last_error : text
-- constraint payments.recovery_run.recovery_run_asked_check : CHECK ((asked >= 0))
-- constraint payments.recovery_run.recovery_run_candidates_check : CHECK ((candidates >= 0))
-- constraint payments.recovery_run.recovery_run_closed_check : CHECK ((closed >= 0))
-- constraint payments.recovery_run.recovery_run_counts_add_up : CHECK ((asked = (((recovered + closed) + still_open) + unanswered)))
-- constraint payments.recovery_run.recovery_run_cursor_whole : CHECK ((((cursor_created_at IS NULL) = (cursor_order_id IS NULL)) AND ((cursor_order_id IS NULL) = (cursor_attempt IS NULL))))
-- constraint payments.recovery_run.recovery_run_finishes_once : CHECK (((state = ANY (ARRAY['finished'::text, 'cancelled'::text])) = (finished_at IS NOT NULL)))
-- constraint payments.recovery_run.recovery_run_last_error_check : CHECK ((char_length(last_error) <= 500))
-- constraint payments.recovery_run.recovery_run_operator_id_merchant_account_id_fkey : FOREIGN KEY (operator_id, merchant_account_id) REFERENCES payments.merchant_account(operator_id, merchant_account_id)
-- constraint payments.recovery_run.recovery_run_pkey : PRIMARY KEY (operator_id, run_id)
-- constraint payments.recovery_run.recovery_run_reason_check : CHECK ((char_length(reason) <= 500))
-- constraint payments.recovery_run.recovery_run_recovered_check : CHECK ((recovered >= 0))
-- constraint payments.recovery_run.recovery_run_recovered_minor_check : CHECK ((recovered_minor >= 0))
-- constraint payments.recovery_run.recovery_run_requested_by_check : CHECK ((requested_by <> ''::text))
-- constraint payments.recovery_run.recovery_run_spans_forward : CHECK ((span_from < span_to))
-- constraint payments.recovery_run.recovery_run_state_check : CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'finished'::text, 'cancelled'::text])))
-- constraint payments.recovery_run.recovery_run_still_open_check : CHECK ((still_open >= 0))
-- constraint payments.recovery_run.recovery_run_unanswered_check : CHECK ((unanswered >= 0))
-- policy payments.recovery_run.dispatcher : kirchhoff_owner using true
-- policy payments.recovery_run.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant payments.recovery_run to kirchhoff_app : insert, select, update
-- grant payments.recovery_run to kirchhoff_platform : select

-- table payments.refund : row level security, forced
-- column payments.refund.operator_id : uuid not null
-- column payments.refund.refund_id : uuid not null
-- column payments.refund.command_id : uuid not null
-- column payments.refund.source : text not null
-- column payments.refund.member_id : uuid
-- column payments.refund.order_id : uuid
-- column payments.refund.currency : text not null
-- column payments.refund.amount_minor : bigint not null
-- column payments.refund.commission_minor : bigint not null default 0
-- column payments.refund.reason : text not null
-- column payments.refund.applied_by : text not null
-- column payments.refund.applied_at : timestamp with time zone not null
-- column payments.refund.state : text not null
-- column payments.refund.state_at : timestamp with time zone not null
-- column payments.refund.approval_id : uuid
-- column payments.refund.audited_by : text
-- column payments.refund.audit_note : text
-- column payments.refund.hold_transfer_id : uuid
-- column payments.refund.refunded_minor : bigint not null default 0
-- constraint payments.refund.refund_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint payments.refund.refund_applied_by_check : CHECK ((applied_by <> ''::text))
-- constraint payments.refund.refund_audit_note_check : CHECK ((char_length(audit_note) <= 500))
-- constraint payments.refund.refund_audited : CHECK (((state = ANY (ARRAY['applied'::text, 'withdrawn'::text])) OR (audited_by IS NOT NULL)))
-- constraint payments.refund.refund_audited_by_check : CHECK ((audited_by <> ''::text))
-- constraint payments.refund.refund_command : UNIQUE (operator_id, command_id)
-- constraint payments.refund.refund_commission_below_amount : CHECK ((commission_minor < amount_minor))
-- constraint payments.refund.refund_commission_minor_check : CHECK ((commission_minor >= 0))
-- constraint payments.refund.refund_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint payments.refund.refund_four_eyes : CHECK (((audited_by IS NULL) OR (audited_by <> applied_by)))
-- constraint payments.refund.refund_no_more_than_applied : CHECK ((refunded_minor <= (amount_minor - commission_minor)))
-- constraint payments.refund.refund_of_something : CHECK (
    CASE source
        WHEN 'wallet'::text THEN (member_id IS NOT NULL)
        ELSE (order_id IS NOT NULL)
    END)
-- constraint payments.refund.refund_operator_id_order_id_fkey : FOREIGN KEY (operator_id, order_id) REFERENCES payments.payment_order(operator_id, order_id)
-- constraint payments.refund.refund_pkey : PRIMARY KEY (operator_id, refund_id)
-- constraint payments.refund.refund_reason_check : CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 500)))
-- constraint payments.refund.refund_refunded_minor_check : CHECK ((refunded_minor >= 0))
-- constraint payments.refund.refund_source_check : CHECK ((source = ANY (ARRAY['wallet'::text, 'order'::text, 'surplus'::text])))
-- constraint payments.refund.refund_state_check : CHECK ((state = ANY (ARRAY['applied'::text, 'rejected'::text, 'withdrawn'::text, 'approved'::text, 'executing'::text, 'refunded'::text, 'partly_refunded'::text, 'failed'::text])))
-- constraint payments.refund.refund_whole : CHECK (((state <> 'refunded'::text) OR (refunded_minor = (amount_minor - commission_minor))))
-- policy payments.refund.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.refund.state_machine : CREATE TRIGGER state_machine BEFORE UPDATE ON payments.refund FOR EACH ROW EXECUTE FUNCTION payments.guard_refund()
-- grant payments.refund to kirchhoff_app : insert, select, update
-- grant payments.refund to kirchhoff_platform : select

-- table payments.refund_doubt : row level security, forced
-- column payments.refund_doubt.operator_id : uuid not null
-- column payments.refund_doubt.order_id : uuid not null
-- column payments.refund_doubt.attempt : smallint not null
-- column payments.refund_doubt.told_minor : bigint
-- column payments.refund_doubt.known_minor : bigint not null
-- column payments.refund_doubt.seen_at : timestamp with time zone not null
-- column payments.refund_doubt.state : text not null
-- column payments.refund_doubt.state_at : timestamp with time zone not null
-- column payments.refund_doubt.resolved_by : text
-- column payments.refund_doubt.approved_by : text
-- column payments.refund_doubt.evidence : text
-- column payments.refund_doubt.booked_minor : bigint
-- column payments.refund_doubt.four_eyes_above_minor : bigint
-- constraint payments.refund_doubt.refund_doubt_approved_by_check : CHECK ((approved_by <> ''::text))
-- constraint payments.refund_doubt.refund_doubt_booked_minor_check : CHECK ((booked_minor >= 0))
-- constraint payments.refund_doubt.refund_doubt_evidence_check : CHECK (((char_length(evidence) >= 1) AND (char_length(evidence) <= 500)))
-- constraint payments.refund_doubt.refund_doubt_four_eyes : CHECK (((approved_by IS NULL) OR (approved_by <> resolved_by)))
-- constraint payments.refund_doubt.refund_doubt_four_eyes_above_minor_check : CHECK ((four_eyes_above_minor >= 0))
-- constraint payments.refund_doubt.refund_doubt_known_minor_check : CHECK ((known_minor >= 0))
-- constraint payments.refund_doubt.refund_doubt_operator_id_order_id_attempt_fkey : FOREIGN KEY (operator_id, order_id, attempt) REFERENCES payments.payment_attempt(operator_id, order_id, attempt)
-- constraint payments.refund_doubt.refund_doubt_pkey : PRIMARY KEY (operator_id, order_id, attempt, seen_at)
-- constraint payments.refund_doubt.refund_doubt_resolved : CHECK ((((state = 'open'::text) = (resolved_by IS NULL)) AND ((state = 'open'::text) = (evidence IS NULL)) AND ((state = 'open'::text) = (booked_minor IS NULL))))
-- constraint payments.refund_doubt.refund_doubt_resolved_by_check : CHECK ((resolved_by <> ''::text))
-- constraint payments.refund_doubt.refund_doubt_state_check : CHECK ((state = ANY (ARRAY['open'::text, 'booked'::text, 'dismissed'::text])))
-- constraint payments.refund_doubt.refund_doubt_tells_more : CHECK ((told_minor > known_minor))
-- constraint payments.refund_doubt.refund_doubt_told_minor_check : CHECK ((told_minor > 0))
-- policy payments.refund_doubt.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.refund_doubt.guard : CREATE TRIGGER guard BEFORE UPDATE ON payments.refund_doubt FOR EACH ROW EXECUTE FUNCTION payments.guard_refund_doubt()
-- grant payments.refund_doubt to kirchhoff_app : insert, select
-- grant payments.refund_doubt to kirchhoff_platform : select

-- table payments.refund_elsewhere : row level security, forced
-- column payments.refund_elsewhere.operator_id : uuid not null
-- column payments.refund_elsewhere.merchant_account_id : uuid not null
-- column payments.refund_elsewhere.number : text not null
-- column payments.refund_elsewhere.order_id : uuid not null
-- column payments.refund_elsewhere.attempt : smallint not null
-- column payments.refund_elsewhere.amount_minor : bigint not null
-- column payments.refund_elsewhere.known_minor : bigint not null
-- column payments.refund_elsewhere.recorded_by : text not null
-- column payments.refund_elsewhere.approved_by : text
-- column payments.refund_elsewhere.recorded_at : timestamp with time zone not null
-- constraint payments.refund_elsewhere.refund_elsewhere_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint payments.refund_elsewhere.refund_elsewhere_check : CHECK (((known_minor >= 0) AND (known_minor <= amount_minor)))
-- constraint payments.refund_elsewhere.refund_elsewhere_check1 : CHECK (((approved_by <> ''::text) AND (approved_by <> recorded_by)))
-- constraint payments.refund_elsewhere.refund_elsewhere_number_check : CHECK (((char_length(number) >= 1) AND (char_length(number) <= 100)))
-- constraint payments.refund_elsewhere.refund_elsewhere_operator_id_order_id_attempt_fkey : FOREIGN KEY (operator_id, order_id, attempt) REFERENCES payments.payment_attempt(operator_id, order_id, attempt)
-- constraint payments.refund_elsewhere.refund_elsewhere_pkey : PRIMARY KEY (operator_id, merchant_account_id, number)
-- constraint payments.refund_elsewhere.refund_elsewhere_recorded_by_check : CHECK ((recorded_by <> ''::text))
-- policy payments.refund_elsewhere.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.refund_elsewhere.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.refund_elsewhere FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger payments.refund_elsewhere.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.refund_elsewhere FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant payments.refund_elsewhere to kirchhoff_app : insert, select
-- grant payments.refund_elsewhere to kirchhoff_platform : select

-- table payments.refund_part : row level security, forced
-- column payments.refund_part.operator_id : uuid not null
-- column payments.refund_part.part_id : uuid not null
-- column payments.refund_part.refund_id : uuid not null
-- column payments.refund_part.order_id : uuid not null
-- column payments.refund_part.attempt : smallint not null
-- column payments.refund_part.merchant_account_id : uuid not null
-- column payments.refund_part.out_refund_no : text not null
-- column payments.refund_part.amount_minor : bigint not null
-- column payments.refund_part.state : text not null
-- column payments.refund_part.state_at : timestamp with time zone not null
-- column payments.refund_part.not_before : timestamp with time zone not null
-- column payments.refund_part.channel_refund_no : text
-- column payments.refund_part.failure_code : text
-- column payments.refund_part.accepted_at : timestamp with time zone
-- column payments.refund_part.refunded_at : timestamp with time zone
-- column payments.refund_part.transfer_id : uuid
-- column payments.refund_part.next_check_at : timestamp with time zone
-- column payments.refund_part.checks : integer not null default 0
-- constraint payments.refund_part.refund_part_accepted : CHECK (((state <> ALL (ARRAY['processing'::text, 'succeeded'::text, 'abnormal'::text])) OR (accepted_at IS NOT NULL)))
-- constraint payments.refund_part.refund_part_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint payments.refund_part.refund_part_checks_check : CHECK ((checks >= 0))
-- constraint payments.refund_part.refund_part_failed_says_why : CHECK (((state <> 'failed'::text) OR (failure_code IS NOT NULL)))
-- constraint payments.refund_part.refund_part_final_is_not_asked : CHECK (((state <> ALL (ARRAY['succeeded'::text, 'failed'::text])) OR (next_check_at IS NULL)))
-- constraint payments.refund_part.refund_part_number : UNIQUE (operator_id, out_refund_no)
-- constraint payments.refund_part.refund_part_once_per_attempt : UNIQUE (operator_id, refund_id, order_id, attempt)
-- constraint payments.refund_part.refund_part_operator_id_order_id_attempt_fkey : FOREIGN KEY (operator_id, order_id, attempt) REFERENCES payments.payment_attempt(operator_id, order_id, attempt)
-- constraint payments.refund_part.refund_part_operator_id_refund_id_fkey : FOREIGN KEY (operator_id, refund_id) REFERENCES payments.refund(operator_id, refund_id)
-- constraint payments.refund_part.refund_part_out_refund_no_check : CHECK ((out_refund_no ~ '^[LTD]R[0-9a-z]{26}$'::text))
-- constraint payments.refund_part.refund_part_pkey : PRIMARY KEY (operator_id, part_id)
-- constraint payments.refund_part.refund_part_state_check : CHECK ((state = ANY (ARRAY['planned'::text, 'submitted'::text, 'unknown'::text, 'processing'::text, 'succeeded'::text, 'abnormal'::text, 'failed'::text])))
-- constraint payments.refund_part.refund_part_succeeded_whole : CHECK ((((state = 'succeeded'::text) = (refunded_at IS NOT NULL)) AND ((state = 'succeeded'::text) = (transfer_id IS NOT NULL))))
-- policy payments.refund_part.due_refunds : kirchhoff_owner using true
-- policy payments.refund_part.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.refund_part.state_machine : CREATE TRIGGER state_machine BEFORE UPDATE ON payments.refund_part FOR EACH ROW EXECUTE FUNCTION payments.guard_refund_part()
-- grant payments.refund_part to kirchhoff_app : insert, select, update
-- grant payments.refund_part to kirchhoff_platform : select

-- table payments.refund_settings : row level security, forced
-- column payments.refund_settings.operator_id : uuid not null
-- column payments.refund_settings.version : integer not null
-- column payments.refund_settings.audit_above_minor : bigint not null
-- column payments.refund_settings.commission_ppm : bigint not null
-- column payments.refund_settings.changed_by : text not null
-- column payments.refund_settings.reason : text
-- column payments.refund_settings.recorded_at : timestamp with time zone not null
-- constraint payments.refund_settings.refund_settings_audit_above_minor_check : CHECK ((audit_above_minor >= 0))
-- constraint payments.refund_settings.refund_settings_changed_by_check : CHECK ((changed_by <> ''::text))
-- constraint payments.refund_settings.refund_settings_commission_ppm_check : CHECK (((commission_ppm >= 0) AND (commission_ppm <= 500000)))
-- constraint payments.refund_settings.refund_settings_pkey : PRIMARY KEY (operator_id, version)
-- constraint payments.refund_settings.refund_settings_reason_check : CHECK ((char_length(reason) <= 500))
-- constraint payments.refund_settings.refund_settings_version_check : CHECK ((version > 0))
-- policy payments.refund_settings.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.refund_settings.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.refund_settings FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger payments.refund_settings.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.refund_settings FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant payments.refund_settings to kirchhoff_app : insert, select
-- grant payments.refund_settings to kirchhoff_platform : select

-- table payments.surplus : row level security, forced
-- column payments.surplus.operator_id : uuid not null
-- column payments.surplus.order_id : uuid not null
-- column payments.surplus.attempt : smallint not null
-- column payments.surplus.merchant_account_id : uuid not null
-- column payments.surplus.currency : text not null
-- column payments.surplus.amount_minor : bigint not null
-- column payments.surplus.reason : text not null
-- column payments.surplus.automatic : boolean not null
-- column payments.surplus.transfer_id : uuid not null
-- column payments.surplus.found_at : timestamp with time zone not null
-- column payments.surplus.state : text not null default 'open'::text
-- column payments.surplus.state_at : timestamp with time zone not null
-- column payments.surplus.resolved_by : text
-- column payments.surplus.resolution_id : uuid
-- column payments.surplus.gone_back_minor : bigint not null default 0
-- column payments.surplus.held_because : text
-- constraint payments.surplus.surplus_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint payments.surplus.surplus_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint payments.surplus.surplus_gone_back_within : CHECK (((gone_back_minor >= 0) AND (gone_back_minor <= amount_minor)))
-- constraint payments.surplus.surplus_held_because_check : CHECK (((char_length(held_because) >= 1) AND (char_length(held_because) <= 200)))
-- constraint payments.surplus.surplus_operator_id_order_id_attempt_fkey : FOREIGN KEY (operator_id, order_id, attempt) REFERENCES payments.payment_attempt(operator_id, order_id, attempt)
-- constraint payments.surplus.surplus_pkey : PRIMARY KEY (operator_id, order_id, attempt)
-- constraint payments.surplus.surplus_reason_check : CHECK ((reason = ANY (ARRAY['second_payment'::text, 'late_payment'::text, 'paid_after_reversal'::text, 'amount_differs'::text, 'currency_differs'::text, 'merchant_differs'::text, 'app_differs'::text, 'refunded_at_channel'::text, 'refund_amount_unknown'::text])))
-- constraint payments.surplus.surplus_resolved_by_check : CHECK ((resolved_by <> ''::text))
-- constraint payments.surplus.surplus_settled_by_somebody : CHECK (((state <> ALL (ARRAY['refunded'::text, 'applied_by_person'::text])) OR ((resolved_by IS NOT NULL) AND (resolution_id IS NOT NULL))))
-- constraint payments.surplus.surplus_state_check : CHECK ((state = ANY (ARRAY['open'::text, 'refunding'::text, 'refunded'::text, 'applied_by_person'::text])))
-- policy payments.surplus.due_surplus : kirchhoff_owner using true
-- policy payments.surplus.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.surplus.state_machine : CREATE TRIGGER state_machine BEFORE UPDATE ON payments.surplus FOR EACH ROW EXECUTE FUNCTION payments.guard_surplus()
-- grant payments.surplus to kirchhoff_app : insert, select
-- grant payments.surplus to kirchhoff_platform : select

-- table payments.surplus_gone_back : row level security, forced
-- column payments.surplus_gone_back.operator_id : uuid not null
-- column payments.surplus_gone_back.command_id : uuid not null
-- column payments.surplus_gone_back.order_id : uuid not null
-- column payments.surplus_gone_back.attempt : smallint not null
-- column payments.surplus_gone_back.amount_minor : bigint not null
-- column payments.surplus_gone_back.reason : text not null
-- column payments.surplus_gone_back.actor : text not null
-- column payments.surplus_gone_back.approved_by : text
-- column payments.surplus_gone_back.transfer_id : uuid not null
-- column payments.surplus_gone_back.recorded_at : timestamp with time zone not null
-- constraint payments.surplus_gone_back.surplus_gone_back_actor_check : CHECK ((actor <> ''::text))
-- constraint payments.surplus_gone_back.surplus_gone_back_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint payments.surplus_gone_back.surplus_gone_back_check : CHECK (((approved_by <> ''::text) AND (approved_by <> actor)))
-- constraint payments.surplus_gone_back.surplus_gone_back_operator_id_order_id_attempt_fkey : FOREIGN KEY (operator_id, order_id, attempt) REFERENCES payments.surplus(operator_id, order_id, attempt)
-- constraint payments.surplus_gone_back.surplus_gone_back_pkey : PRIMARY KEY (operator_id, command_id)
-- constraint payments.surplus_gone_back.surplus_gone_back_reason_check : CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 500)))
-- constraint payments.surplus_gone_back.surplus_gone_back_transfer : UNIQUE (operator_id, transfer_id)
-- policy payments.surplus_gone_back.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.surplus_gone_back.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.surplus_gone_back FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger payments.surplus_gone_back.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.surplus_gone_back FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant payments.surplus_gone_back to kirchhoff_app : insert, select
-- grant payments.surplus_gone_back to kirchhoff_platform : select

-- table payments.top_up_settings : row level security, forced
-- column payments.top_up_settings.operator_id : uuid not null
-- column payments.top_up_settings.version : integer not null
-- column payments.top_up_settings.currency : text not null
-- column payments.top_up_settings.amounts_minor : bigint[] not null
-- column payments.top_up_settings.minimum_minor : bigint not null
-- column payments.top_up_settings.maximum_minor : bigint not null
-- column payments.top_up_settings.balance_threshold_minor : bigint not null
-- column payments.top_up_settings.changed_by : text not null
-- column payments.top_up_settings.reason : text
-- column payments.top_up_settings.recorded_at : timestamp with time zone not null
-- constraint payments.top_up_settings.top_up_settings_amounts_minor_check : CHECK ((((cardinality(amounts_minor) >= 1) AND (cardinality(amounts_minor) <= 12)) AND (0 < ALL (amounts_minor))))
-- constraint payments.top_up_settings.top_up_settings_balance_threshold_minor_check : CHECK ((balance_threshold_minor >= 0))
-- constraint payments.top_up_settings.top_up_settings_bounds : CHECK (((minimum_minor <= maximum_minor) AND (minimum_minor <= ALL (amounts_minor)) AND (maximum_minor >= ALL (amounts_minor))))
-- constraint payments.top_up_settings.top_up_settings_changed_by_check : CHECK ((changed_by <> ''::text))
-- constraint payments.top_up_settings.top_up_settings_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint payments.top_up_settings.top_up_settings_minimum_minor_check : CHECK ((minimum_minor > 0))
-- constraint payments.top_up_settings.top_up_settings_pkey : PRIMARY KEY (operator_id, version)
-- constraint payments.top_up_settings.top_up_settings_reason_check : CHECK ((char_length(reason) <= 500))
-- constraint payments.top_up_settings.top_up_settings_version_check : CHECK ((version > 0))
-- policy payments.top_up_settings.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.top_up_settings.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.top_up_settings FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger payments.top_up_settings.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.top_up_settings FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant payments.top_up_settings to kirchhoff_app : insert, select
-- grant payments.top_up_settings to kirchhoff_platform : select

-- index payments.channel_exchange_by_order : CREATE INDEX channel_exchange_by_order ON payments.channel_exchange USING btree (operator_id, order_id, sent_at) WHERE (order_id IS NOT NULL)
-- index payments.chargeback_by_age : CREATE INDEX chargeback_by_age ON payments.chargeback USING btree (operator_id, opened_at DESC, chargeback_id DESC)
-- index payments.chargeback_by_attempt : CREATE INDEX chargeback_by_attempt ON payments.chargeback USING btree (operator_id, order_id, attempt)
-- index payments.chargeback_other_reference : CREATE UNIQUE INDEX chargeback_other_reference ON payments.chargeback USING btree (operator_id, merchant_account_id, other_reference) WHERE (other_reference IS NOT NULL)
-- index payments.merchant_account_probe_by_account : CREATE INDEX merchant_account_probe_by_account ON payments.merchant_account_probe USING btree (operator_id, merchant_account_id, probed_at DESC)
-- index payments.notification_by_account : CREATE INDEX notification_by_account ON payments.notification USING btree (operator_id, merchant_account_id, received_at DESC)
-- index payments.notification_by_age : CREATE INDEX notification_by_age ON payments.notification USING btree (operator_id, received_at DESC, notification_id DESC)
-- index payments.notification_refused : CREATE INDEX notification_refused ON payments.notification USING btree (operator_id, received_at) WHERE (verdict <> 'verified'::text)
-- index payments.notification_work_by_order : CREATE INDEX notification_work_by_order ON payments.notification_work USING btree (operator_id, order_id, attempt) WHERE (order_id IS NOT NULL)
-- index payments.notification_work_due : CREATE INDEX notification_work_due ON payments.notification_work USING btree (operator_id, next_try_at, notification_id) WHERE (next_try_at IS NOT NULL)
-- index payments.notify_probe_by_account : CREATE INDEX notify_probe_by_account ON payments.notify_probe USING btree (operator_id, merchant_account_id, sent_at DESC)
-- index payments.payment_attempt_due : CREATE INDEX payment_attempt_due ON payments.payment_attempt USING btree (operator_id, next_check_at, order_id) WHERE (next_check_at IS NOT NULL)
-- index payments.payment_attempt_due_by_account : CREATE INDEX payment_attempt_due_by_account ON payments.payment_attempt USING btree (operator_id, merchant_account_id, next_check_at, order_id, attempt) WHERE (next_check_at IS NOT NULL)
-- index payments.payment_attempt_one_applied : CREATE UNIQUE INDEX payment_attempt_one_applied ON payments.payment_attempt USING btree (operator_id, order_id) WHERE (disposition = 'applied'::text)
-- index payments.payment_attempt_paid : CREATE INDEX payment_attempt_paid ON payments.payment_attempt USING btree (operator_id, merchant_account_id, paid_at, order_id) WHERE (state = 'paid'::text)
-- index payments.payment_attempt_unpaid_by_age : CREATE INDEX payment_attempt_unpaid_by_age ON payments.payment_attempt USING btree (operator_id, created_at, order_id, attempt) WHERE (state <> 'paid'::text)
-- index payments.payment_order_by_age : CREATE INDEX payment_order_by_age ON payments.payment_order USING btree (operator_id, created_at DESC, order_id)
-- index payments.payment_order_by_member : CREATE INDEX payment_order_by_member ON payments.payment_order USING btree (operator_id, member_id, created_at DESC) WHERE (member_id IS NOT NULL)
-- index payments.payment_order_paid : CREATE INDEX payment_order_paid ON payments.payment_order USING btree (operator_id, paid_at) WHERE (state = 'paid'::text)
-- index payments.payment_order_unfinished : CREATE INDEX payment_order_unfinished ON payments.payment_order USING btree (operator_id, expires_at) WHERE (state = ANY (ARRAY['created'::text, 'awaiting_payment'::text, 'closing'::text]))
-- index payments.recovery_run_by_age : CREATE INDEX recovery_run_by_age ON payments.recovery_run USING btree (operator_id, requested_at DESC, run_id DESC)
-- index payments.recovery_run_running : CREATE INDEX recovery_run_running ON payments.recovery_run USING btree (operator_id, run_id) WHERE (state = 'running'::text)
-- index payments.refund_by_age : CREATE INDEX refund_by_age ON payments.refund USING btree (operator_id, applied_at DESC, refund_id)
-- index payments.refund_by_member : CREATE INDEX refund_by_member ON payments.refund USING btree (operator_id, member_id, applied_at DESC) WHERE (member_id IS NOT NULL)
-- index payments.refund_doubt_open : CREATE UNIQUE INDEX refund_doubt_open ON payments.refund_doubt USING btree (operator_id, order_id, attempt) WHERE (state = 'open'::text)
-- index payments.refund_elsewhere_of_attempt : CREATE INDEX refund_elsewhere_of_attempt ON payments.refund_elsewhere USING btree (operator_id, order_id, attempt)
-- index payments.refund_part_accepted : CREATE INDEX refund_part_accepted ON payments.refund_part USING btree (operator_id, merchant_account_id, accepted_at, part_id) WHERE (accepted_at IS NOT NULL)
-- index payments.refund_part_by_attempt : CREATE INDEX refund_part_by_attempt ON payments.refund_part USING btree (operator_id, order_id, attempt)
-- index payments.refund_part_due : CREATE INDEX refund_part_due ON payments.refund_part USING btree (operator_id, next_check_at, part_id) WHERE (next_check_at IS NOT NULL)
-- index payments.refund_part_due_anywhere : CREATE INDEX refund_part_due_anywhere ON payments.refund_part USING btree (next_check_at) WHERE (next_check_at IS NOT NULL)
-- index payments.refund_unfinished : CREATE INDEX refund_unfinished ON payments.refund USING btree (operator_id, state, applied_at) WHERE (state = ANY (ARRAY['applied'::text, 'approved'::text, 'executing'::text]))
-- index payments.surplus_to_settle : CREATE INDEX surplus_to_settle ON payments.surplus USING btree (operator_id, found_at, order_id, attempt) WHERE (state = ANY (ARRAY['open'::text, 'refunding'::text]))

-- function payments.accounts_with_checks_due(at timestamp with time zone, count_max integer) : CREATE OR REPLACE FUNCTION payments.accounts_with_checks_due(at timestamp with time zone, count_max integer)
     RETURNS TABLE(operator_id uuid, merchant_account_id uuid)
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$
        select a.operator_id, a.merchant_account_id from payments.merchant_account a
        where exists (select from payments.payment_attempt p where p.operator_id = a.operator_id and p.merchant_account_id = a.merchant_account_id and p.next_check_at <= at)
        order by (select min(p.next_check_at) from payments.payment_attempt p where p.operator_id = a.operator_id and p.merchant_account_id = a.merchant_account_id) limit count_max
      $function$
-- function payments.append_notifications(operators uuid[], ids uuid[], accounts uuid[], all_headers jsonb[], bodies bytea[], addresses text[], verdicts text[], whys text[], kinds text[], notify_ids text[], numbers text[], views jsonb[], received timestamp with time zone[]) : CREATE OR REPLACE FUNCTION payments.append_notifications(operators uuid[], ids uuid[], accounts uuid[], all_headers jsonb[], bodies bytea[], addresses text[], verdicts text[], whys text[], kinds text[], notify_ids text[], numbers text[], views jsonb[], received timestamp with time zone[])
     RETURNS void
     LANGUAGE plpgsql
     SET search_path TO 'pg_catalog'
    AS $function$
    begin
      insert into payments.notification (operator_id, notification_id, merchant_account_id, headers, body, remote_address, verdict, why, kind, notify_id, number, view, received_at)
        select * from unnest(operators, ids, accounts, all_headers, bodies, addresses, verdicts, whys, kinds, notify_ids, numbers, views, received);
      insert into payments.notification_work (operator_id, notification_id, next_try_at)
        select r.op, r.id, r.at from unnest(operators, ids, verdicts, received) as r (op, id, verdict, at) where r.verdict in ('verified', 'not_checked');
    end $function$
-- function payments.attempt_may_become(old_state text, new_state text) : CREATE OR REPLACE FUNCTION payments.attempt_may_become(old_state text, new_state text)
     RETURNS boolean
     LANGUAGE sql
     IMMUTABLE PARALLEL SAFE
    RETURN ((old_state = new_state) OR (new_state = ANY (CASE old_state WHEN 'created'::text THEN ARRAY['unknown'::text, 'open'::text, 'user_paying'::text, 'closing'::text, 'closed'::text, 'failed'::text, 'paid'::text, 'reversing'::text] WHEN 'unknown'::text THEN ARRAY['open'::text, 'user_paying'::text, 'closing'::text, 'closed'::text, 'failed'::text, 'paid'::text, 'reversed'::text, 'reversing'::text] WHEN 'open'::text THEN ARRAY['user_paying'::text, 'closing'::text, 'closed'::text, 'failed'::text, 'paid'::text, 'unknown'::text, 'reversing'::text] WHEN 'user_paying'::text THEN ARRAY['open'::text, 'closing'::text, 'closed'::text, 'failed'::text, 'paid'::text, 'unknown'::text, 'reversed'::text, 'reversing'::text] WHEN 'closing'::text THEN ARRAY['open'::text, 'user_paying'::text, 'closed'::text, 'failed'::text, 'paid'::text, 'unknown'::text, 'reversed'::text, 'reversing'::text] WHEN 'reversing'::text THEN ARRAY['reversed'::text, 'closed'::text, 'failed'::text, 'paid'::text] WHEN 'closed'::text THEN ARRAY['paid'::text] WHEN 'failed'::text THEN ARRAY['paid'::text] WHEN 'reversed'::text THEN ARRAY['paid'::text] ELSE ARRAY[]::text[] END)))
-- function payments.cashback_has_its_order() : CREATE OR REPLACE FUNCTION payments.cashback_has_its_order()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if new.cause = 'order' and not exists (select 1 from payments.payment_order o where o.operator_id = new.operator_id and o.order_id = new.order_id) then
        raise exception 'cashback is for an order that there is' using errcode = 'foreign_key_violation';
      end if;
      return new;
    end $function$
-- function payments.enter_payer_directory() : CREATE OR REPLACE FUNCTION payments.enter_payer_directory()
     RETURNS trigger
     LANGUAGE plpgsql
     SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$
    begin
      insert into payments.payer_directory (payer_token, operator_id, order_id) values (new.payer_token, new.operator_id, new.order_id);
      return null;
    end $function$
-- function payments.guard_attempt() : CREATE OR REPLACE FUNCTION payments.guard_attempt()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
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
    end $function$
-- function payments.guard_chargeback() : CREATE OR REPLACE FUNCTION payments.guard_chargeback()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if not (old.state = new.state or (old.state = 'open' and new.state in ('won', 'lost'))) or (old.written_off_minor > 0 and new.written_off_minor <> old.written_off_minor) then
        raise exception 'state_machine: a chargeback that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
-- function payments.guard_order() : CREATE OR REPLACE FUNCTION payments.guard_order()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if not payments.order_may_become(old.state, new.state) then
        raise exception 'state_machine: a payment order that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
      end if;
      if (old.order_id, old.command_id, old.environment, old.purpose, old.subject_id, old.member_id, old.currency, old.amount_minor, old.created_by, old.created_at)
          is distinct from (new.order_id, new.command_id, new.environment, new.purpose, new.subject_id, new.member_id, new.currency, new.amount_minor, new.created_by, new.created_at) then
        raise exception 'append_only: what a payment order is for never changes' using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
-- function payments.guard_refund() : CREATE OR REPLACE FUNCTION payments.guard_refund()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if not payments.refund_may_become(old.state, new.state) then
        raise exception 'state_machine: a refund that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
      end if;
      if (old.command_id, old.source, old.member_id, old.order_id, old.currency, old.amount_minor, old.commission_minor, old.reason, old.applied_by, old.applied_at)
          is distinct from (new.command_id, new.source, new.member_id, new.order_id, new.currency, new.amount_minor, new.commission_minor, new.reason, new.applied_by, new.applied_at)
          or new.refunded_minor < old.refunded_minor then
        raise exception 'append_only: what a refund asks for never changes' using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
-- function payments.guard_refund_doubt() : CREATE OR REPLACE FUNCTION payments.guard_refund_doubt()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if old.state <> 'open' then
        raise exception 'state_machine: a doubt is resolved once' using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
-- function payments.guard_refund_part() : CREATE OR REPLACE FUNCTION payments.guard_refund_part()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if not payments.refund_part_may_become(old.state, new.state) then
        raise exception 'state_machine: a part of a refund that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
      end if;
      if (old.refund_id, old.order_id, old.attempt, old.merchant_account_id, old.out_refund_no, old.amount_minor)
          is distinct from (new.refund_id, new.order_id, new.attempt, new.merchant_account_id, new.out_refund_no, new.amount_minor) then
        raise exception 'append_only: what a part of a refund asks for never changes' using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
-- function payments.guard_surplus() : CREATE OR REPLACE FUNCTION payments.guard_surplus()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if not payments.surplus_may_become(old.state, new.state) then
        raise exception 'state_machine: a surplus that is % does not become %', old.state, new.state using errcode = 'restrict_violation';
      end if;
      if old.automatic <> new.automatic and not (old.automatic and new.state = 'open' and (old.state = 'refunding' or new.held_because is not null)) then
        raise exception 'state_machine: a surplus stops going back by itself when its refund has failed or cannot begin, and never begins to' using errcode = 'restrict_violation';
      end if;
      if new.gone_back_minor < old.gone_back_minor or (new.gone_back_minor <> old.gone_back_minor and old.state <> 'open') or (old.state = 'open' and new.state = 'refunded' and new.gone_back_minor <> new.amount_minor) then
        raise exception 'state_machine: what has gone back of a surplus only grows, and only while it is open' using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
-- function payments.inbox_figures(at timestamp with time zone) : CREATE OR REPLACE FUNCTION payments.inbox_figures(at timestamp with time zone)
     RETURNS TABLE(waiting bigint, oldest_at timestamp with time zone)
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$ select count(*), min(w.next_try_at) filter (where w.next_try_at <= at) from payments.notification_work w where w.next_try_at is not null $function$
-- function payments.note_probe_arrival(key text, probe uuid, at timestamp with time zone) : CREATE OR REPLACE FUNCTION payments.note_probe_arrival(key text, probe uuid, at timestamp with time zone)
     RETURNS boolean
     LANGUAGE plpgsql
     SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$
    begin
      update payments.notify_probe p set arrived_at = at from payments.notify_directory d
        where d.notify_key = key and p.operator_id = d.operator_id and p.merchant_account_id = d.merchant_account_id and p.probe_id = probe and p.arrived_at is null and p.sent_at > at - interval '5 minutes';
      return found;
    end $function$
-- function payments.operators_with_notifications_due(at timestamp with time zone, count_max integer) : CREATE OR REPLACE FUNCTION payments.operators_with_notifications_due(at timestamp with time zone, count_max integer)
     RETURNS SETOF uuid
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$ select distinct w.operator_id from payments.notification_work w where w.next_try_at <= at limit count_max $function$
-- function payments.operators_with_orders_expired(at timestamp with time zone, count_max integer) : CREATE OR REPLACE FUNCTION payments.operators_with_orders_expired(at timestamp with time zone, count_max integer)
     RETURNS SETOF uuid
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$
        select distinct o.operator_id from payments.payment_order o
        where o.state in ('created', 'awaiting_payment', 'closing') and o.expires_at <= at and (o.close_after is null or o.close_after <= at) limit count_max
      $function$
-- function payments.operators_with_refunds_due(at timestamp with time zone, count_max integer) : CREATE OR REPLACE FUNCTION payments.operators_with_refunds_due(at timestamp with time zone, count_max integer)
     RETURNS TABLE(operator_id uuid)
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$
        select operator_id from (
          select p.operator_id from payments.refund_part p where p.next_check_at <= at
          union
          select s.operator_id from payments.surplus s where s.state = 'open' and s.automatic) due
        limit count_max $function$
-- function payments.order_may_become(old_state text, new_state text) : CREATE OR REPLACE FUNCTION payments.order_may_become(old_state text, new_state text)
     RETURNS boolean
     LANGUAGE sql
     IMMUTABLE PARALLEL SAFE
    RETURN ((old_state = new_state) OR (new_state = ANY (CASE old_state WHEN 'created'::text THEN ARRAY['awaiting_payment'::text, 'paid'::text, 'closing'::text, 'closed'::text, 'expired'::text] WHEN 'awaiting_payment'::text THEN ARRAY['paid'::text, 'closing'::text, 'closed'::text, 'expired'::text] WHEN 'closing'::text THEN ARRAY['paid'::text, 'closed'::text, 'expired'::text, 'awaiting_payment'::text] WHEN 'closed'::text THEN ARRAY['paid'::text] WHEN 'expired'::text THEN ARRAY['paid'::text] ELSE ARRAY[]::text[] END)))
-- function payments.outstanding_figures(at timestamp with time zone) : CREATE OR REPLACE FUNCTION payments.outstanding_figures(at timestamp with time zone)
     RETURNS TABLE(unresolved bigint, overdue bigint)
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$
        select count(*) filter (where p.state in ('unknown', 'closing') or (p.state in ('created', 'open', 'user_paying') and p.code_lapses_at <= at)),
          count(*) filter (where p.next_check_at <= at - interval '2 minutes')
        from payments.payment_attempt p where p.next_check_at is not null
      $function$
-- function payments.recovery_runs_to_work(at timestamp with time zone, count_max integer) : CREATE OR REPLACE FUNCTION payments.recovery_runs_to_work(at timestamp with time zone, count_max integer)
     RETURNS TABLE(operator_id uuid, run_id uuid)
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$ select r.operator_id, r.run_id from payments.recovery_run r where r.state = 'running' and (r.lease_until is null or r.lease_until <= at) order by r.requested_at limit count_max $function$
-- function payments.refund_may_become(old_state text, new_state text) : CREATE OR REPLACE FUNCTION payments.refund_may_become(old_state text, new_state text)
     RETURNS boolean
     LANGUAGE sql
     IMMUTABLE PARALLEL SAFE
    RETURN ((old_state = new_state) OR (new_state = ANY (CASE old_state WHEN 'applied'::text THEN ARRAY['approved'::text, 'rejected'::text, 'withdrawn'::text] WHEN 'approved'::text THEN ARRAY['executing'::text, 'failed'::text, 'withdrawn'::text] WHEN 'executing'::text THEN ARRAY['refunded'::text, 'partly_refunded'::text, 'failed'::text] WHEN 'partly_refunded'::text THEN ARRAY['refunded'::text] ELSE ARRAY[]::text[] END)))
-- function payments.refund_part_may_become(old_state text, new_state text) : CREATE OR REPLACE FUNCTION payments.refund_part_may_become(old_state text, new_state text)
     RETURNS boolean
     LANGUAGE sql
     IMMUTABLE PARALLEL SAFE
    RETURN ((old_state = new_state) OR (new_state = ANY (CASE old_state WHEN 'planned'::text THEN ARRAY['submitted'::text, 'failed'::text] WHEN 'submitted'::text THEN ARRAY['unknown'::text, 'processing'::text, 'succeeded'::text, 'abnormal'::text, 'failed'::text] WHEN 'unknown'::text THEN ARRAY['processing'::text, 'succeeded'::text, 'abnormal'::text, 'failed'::text] WHEN 'processing'::text THEN ARRAY['succeeded'::text, 'abnormal'::text, 'failed'::text, 'unknown'::text] WHEN 'abnormal'::text THEN ARRAY['succeeded'::text, 'failed'::text, 'processing'::text] ELSE ARRAY[]::text[] END)))
-- function payments.register_notify_key(key text, merchant_account uuid) : CREATE OR REPLACE FUNCTION payments.register_notify_key(key text, merchant_account uuid)
     RETURNS boolean
     LANGUAGE plpgsql
     SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$
    begin
      insert into payments.notify_directory (notify_key, operator_id, merchant_account_id)
        select a.notify_key, a.operator_id, a.merchant_account_id from payments.merchant_account a
          where a.notify_key = key and a.merchant_account_id = merchant_account and a.operator_id = any (platform.current_operators())
        on conflict (notify_key) do nothing;
      return found;
    end $function$
-- function payments.resolve_notify_key(key text) : CREATE OR REPLACE FUNCTION payments.resolve_notify_key(key text)
     RETURNS TABLE(operator_id uuid, merchant_account_id uuid)
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$ select d.operator_id, d.merchant_account_id from payments.notify_directory d where d.notify_key = key $function$
-- function payments.resolve_payer_token(token text) : CREATE OR REPLACE FUNCTION payments.resolve_payer_token(token text)
     RETURNS TABLE(operator_id uuid, order_id uuid)
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$ select d.operator_id, d.order_id from payments.payer_directory d where d.payer_token = token $function$
-- function payments.surplus_may_become(old_state text, new_state text) : CREATE OR REPLACE FUNCTION payments.surplus_may_become(old_state text, new_state text)
     RETURNS boolean
     LANGUAGE sql
     IMMUTABLE PARALLEL SAFE
    AS $function$ select old_state = new_state or new_state = any (case old_state
        -- refunded without a refund of ours: all of it has gone back otherwise
        when 'open' then array['refunding', 'applied_by_person', 'refunded']
        -- back to open: the channel could not refund it, or nobody let the refund go, and a person decides
        when 'refunding' then array['refunded', 'open']
        else array[]::text[] end) $function$
-- function payments.take_back_has_its_refund() : CREATE OR REPLACE FUNCTION payments.take_back_has_its_refund()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if new.cause = 'refund' and not exists (select 1 from payments.refund r where r.operator_id = new.operator_id and r.refund_id = new.refund_id) then
        raise exception 'cashback goes back with a refund that there is' using errcode = 'foreign_key_violation';
      end if;
      if new.cause = 'chargeback' and not exists (select 1 from payments.chargeback c where c.operator_id = new.operator_id and c.chargeback_id = new.refund_id) then
        raise exception 'cashback goes back with a chargeback that there is' using errcode = 'foreign_key_violation';
      end if;
      return new;
    end $function$
