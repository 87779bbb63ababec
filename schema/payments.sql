-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.

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
-- policy payments.merchant_account.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.merchant_account.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON payments.merchant_account FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger payments.merchant_account.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments.merchant_account FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant payments.merchant_account to kirchhoff_app : insert, select
-- grant payments.merchant_account to kirchhoff_platform : select

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

-- table payments.notify_directory
-- column payments.notify_directory.notify_key : text not null
-- column payments.notify_directory.operator_id : uuid not null
-- column payments.notify_directory.merchant_account_id : uuid not null
-- constraint payments.notify_directory.notify_directory_notify_key_check : CHECK ((notify_key ~ '^[0-9a-z]{26}$'::text))
-- constraint payments.notify_directory.notify_directory_pkey : PRIMARY KEY (notify_key)

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
-- constraint payments.payment_attempt.payment_attempt_amount_minor_check : CHECK ((amount_minor > 0))
-- constraint payments.payment_attempt.payment_attempt_attempt_check : CHECK (((attempt >= 1) AND (attempt <= 20)))
-- constraint payments.payment_attempt.payment_attempt_channel_check : CHECK ((channel = ANY (ARRAY['wechatpay'::text, 'alipay'::text])))
-- constraint payments.payment_attempt.payment_attempt_channel_trade_no : UNIQUE (operator_id, merchant_account_id, channel_trade_no)
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
-- constraint payments.payment_attempt.payment_attempt_refunded_minor_check : CHECK ((refunded_minor >= 0))
-- constraint payments.payment_attempt.payment_attempt_refunding_minor_check : CHECK ((refunding_minor >= 0))
-- constraint payments.payment_attempt.payment_attempt_refunds_within_paid : CHECK (((refunding_minor + refunded_minor) <= COALESCE(paid_minor, (0)::bigint)))
-- constraint payments.payment_attempt.payment_attempt_state_check : CHECK ((state = ANY (ARRAY['created'::text, 'unknown'::text, 'open'::text, 'user_paying'::text, 'closing'::text, 'paid'::text, 'closed'::text, 'failed'::text, 'reversed'::text])))
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
-- constraint payments.payment_order.payment_order_pkey : PRIMARY KEY (operator_id, order_id)
-- constraint payments.payment_order.payment_order_purpose_check : CHECK ((purpose = ANY (ARRAY['wallet_top_up'::text, 'vending_sale'::text, 'pay_per_charge'::text])))
-- constraint payments.payment_order.payment_order_recovered_by_check : CHECK ((recovered_by ~ '^(job|clerk:.+)$'::text))
-- constraint payments.payment_order.payment_order_recovered_is_paid : CHECK (((recovered_by IS NULL) OR (state = 'paid'::text)))
-- constraint payments.payment_order.payment_order_state_check : CHECK ((state = ANY (ARRAY['created'::text, 'awaiting_payment'::text, 'closing'::text, 'paid'::text, 'closed'::text, 'expired'::text])))
-- policy payments.payment_order.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger payments.payment_order.state_machine : CREATE TRIGGER state_machine BEFORE UPDATE ON payments.payment_order FOR EACH ROW EXECUTE FUNCTION payments.guard_order()
-- grant payments.payment_order to kirchhoff_app : insert, select, update
-- grant payments.payment_order to kirchhoff_platform : select

-- index payments.channel_exchange_by_order : CREATE INDEX channel_exchange_by_order ON payments.channel_exchange USING btree (operator_id, order_id, sent_at) WHERE (order_id IS NOT NULL)
-- index payments.payment_attempt_due : CREATE INDEX payment_attempt_due ON payments.payment_attempt USING btree (operator_id, next_check_at, order_id) WHERE (next_check_at IS NOT NULL)
-- index payments.payment_attempt_one_applied : CREATE UNIQUE INDEX payment_attempt_one_applied ON payments.payment_attempt USING btree (operator_id, order_id) WHERE (disposition = 'applied'::text)
-- index payments.payment_attempt_paid : CREATE INDEX payment_attempt_paid ON payments.payment_attempt USING btree (operator_id, merchant_account_id, paid_at, order_id) WHERE (state = 'paid'::text)
-- index payments.payment_order_by_age : CREATE INDEX payment_order_by_age ON payments.payment_order USING btree (operator_id, created_at DESC, order_id)
-- index payments.payment_order_by_member : CREATE INDEX payment_order_by_member ON payments.payment_order USING btree (operator_id, member_id, created_at DESC) WHERE (member_id IS NOT NULL)
-- index payments.payment_order_unfinished : CREATE INDEX payment_order_unfinished ON payments.payment_order USING btree (operator_id, expires_at) WHERE (state = ANY (ARRAY['created'::text, 'awaiting_payment'::text, 'closing'::text]))

-- function payments.attempt_may_become(old_state text, new_state text) : CREATE OR REPLACE FUNCTION payments.attempt_may_become(old_state text, new_state text)
     RETURNS boolean
     LANGUAGE sql
     IMMUTABLE PARALLEL SAFE
    RETURN ((old_state = new_state) OR (new_state = ANY (CASE old_state WHEN 'created'::text THEN ARRAY['unknown'::text, 'open'::text, 'user_paying'::text, 'closing'::text, 'closed'::text, 'failed'::text, 'paid'::text] WHEN 'unknown'::text THEN ARRAY['open'::text, 'user_paying'::text, 'closing'::text, 'closed'::text, 'failed'::text, 'paid'::text, 'reversed'::text] WHEN 'open'::text THEN ARRAY['user_paying'::text, 'closing'::text, 'closed'::text, 'failed'::text, 'paid'::text, 'unknown'::text] WHEN 'user_paying'::text THEN ARRAY['open'::text, 'closing'::text, 'closed'::text, 'failed'::text, 'paid'::text, 'unknown'::text, 'reversed'::text] WHEN 'closing'::text THEN ARRAY['open'::text, 'user_paying'::text, 'closed'::text, 'failed'::text, 'paid'::text, 'unknown'::text, 'reversed'::text] WHEN 'closed'::text THEN ARRAY['paid'::text] WHEN 'failed'::text THEN ARRAY['paid'::text] WHEN 'reversed'::text THEN ARRAY['paid'::text] ELSE ARRAY[]::text[] END)))
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
-- function payments.order_may_become(old_state text, new_state text) : CREATE OR REPLACE FUNCTION payments.order_may_become(old_state text, new_state text)
     RETURNS boolean
     LANGUAGE sql
     IMMUTABLE PARALLEL SAFE
    RETURN ((old_state = new_state) OR (new_state = ANY (CASE old_state WHEN 'created'::text THEN ARRAY['awaiting_payment'::text, 'paid'::text, 'closing'::text, 'closed'::text, 'expired'::text] WHEN 'awaiting_payment'::text THEN ARRAY['paid'::text, 'closing'::text, 'closed'::text, 'expired'::text] WHEN 'closing'::text THEN ARRAY['paid'::text, 'closed'::text, 'expired'::text, 'awaiting_payment'::text] WHEN 'closed'::text THEN ARRAY['paid'::text] WHEN 'expired'::text THEN ARRAY['paid'::text] ELSE ARRAY[]::text[] END)))
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
