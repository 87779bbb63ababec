-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.

-- table reconciliation.break : row level security, forced
-- column reconciliation.break.operator_id : uuid not null
-- column reconciliation.break.break_id : uuid not null
-- column reconciliation.break.merchant_account_id : uuid not null
-- column reconciliation.break.business_date : date not null
-- column reconciliation.break.kind : text not null
-- column reconciliation.break.line_kind : text not null
-- column reconciliation.break.number : text not null
-- column reconciliation.break.line_no : integer
-- column reconciliation.break.channel_number : text
-- column reconciliation.break.ours_minor : bigint
-- column reconciliation.break.theirs_minor : bigint
-- column reconciliation.break.difference_minor : bigint not null
-- column reconciliation.break.their_time : text
-- column reconciliation.break.opened_at : timestamp with time zone not null
-- column reconciliation.break.first_run_id : uuid
-- column reconciliation.break.state : text not null
-- column reconciliation.break.owner : text
-- column reconciliation.break.resolution : text
-- column reconciliation.break.resolved_by : text
-- column reconciliation.break.resolved_at : timestamp with time zone
-- column reconciliation.break.transfer_id : uuid
-- column reconciliation.break.approved_by : text
-- constraint reconciliation.break.break_approved_by_check : CHECK ((approved_by <> ''::text))
-- constraint reconciliation.break.break_four_eyes : CHECK (((approved_by IS NULL) OR (((resolution = 'written_off'::text) OR ((kind = 'refund_elsewhere'::text) AND (resolution = 'accepted'::text))) AND (approved_by <> resolved_by))))
-- constraint reconciliation.break.break_kind_check : CHECK ((kind = ANY (ARRAY['missing_here'::text, 'missing_there'::text, 'amount_differs'::text, 'state_differs'::text, 'fee_differs'::text, 'duplicate'::text, 'foreign'::text, 'chargeback'::text, 'refund_elsewhere'::text])))
-- constraint reconciliation.break.break_line_kind_check : CHECK ((line_kind = ANY (ARRAY['payment'::text, 'refund'::text])))
-- constraint reconciliation.break.break_number_check : CHECK ((number <> ''::text))
-- constraint reconciliation.break.break_of_a_run : CHECK (((first_run_id IS NOT NULL) OR (kind = 'chargeback'::text)))
-- constraint reconciliation.break.break_operator_id_first_run_id_fkey : FOREIGN KEY (operator_id, first_run_id) REFERENCES reconciliation.run(operator_id, run_id) DEFERRABLE INITIALLY DEFERRED
-- constraint reconciliation.break.break_owner_check : CHECK ((owner <> ''::text))
-- constraint reconciliation.break.break_pkey : PRIMARY KEY (operator_id, break_id)
-- constraint reconciliation.break.break_resolution_check : CHECK ((resolution = ANY (ARRAY['recovered'::text, 'other_day'::text, 'gone'::text, 'accepted'::text, 'written_off'::text, 'explained'::text])))
-- constraint reconciliation.break.break_resolved_by_check : CHECK ((resolved_by <> ''::text))
-- constraint reconciliation.break.break_resolved_whole : CHECK ((((state = 'resolved'::text) = (resolution IS NOT NULL)) AND ((state = 'resolved'::text) = (resolved_by IS NOT NULL)) AND ((state = 'resolved'::text) = (resolved_at IS NOT NULL))))
-- constraint reconciliation.break.break_state_check : CHECK ((state = ANY (ARRAY['open'::text, 'resolved'::text])))
-- constraint reconciliation.break.break_written_off_has_transfer : CHECK ((((resolution = 'written_off'::text) = (transfer_id IS NOT NULL)) OR (resolution IS NULL)))
-- policy reconciliation.break.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reconciliation.break.resolved_once : CREATE TRIGGER resolved_once BEFORE UPDATE ON reconciliation.break FOR EACH ROW EXECUTE FUNCTION reconciliation.guard_break()
-- grant reconciliation.break to kirchhoff_app : insert, select, update
-- grant reconciliation.break to kirchhoff_platform : select

-- table reconciliation.break_comment : row level security, forced
-- column reconciliation.break_comment.operator_id : uuid not null
-- column reconciliation.break_comment.comment_id : uuid not null
-- column reconciliation.break_comment.break_id : uuid not null
-- column reconciliation.break_comment.author : text not null
-- column reconciliation.break_comment.body : text not null
-- column reconciliation.break_comment.recorded_at : timestamp with time zone not null
-- constraint reconciliation.break_comment.break_comment_author_check : CHECK ((author <> ''::text))
-- constraint reconciliation.break_comment.break_comment_body_check : CHECK (((char_length(body) >= 1) AND (char_length(body) <= 2000)))
-- constraint reconciliation.break_comment.break_comment_operator_id_break_id_fkey : FOREIGN KEY (operator_id, break_id) REFERENCES reconciliation.break(operator_id, break_id)
-- constraint reconciliation.break_comment.break_comment_pkey : PRIMARY KEY (operator_id, comment_id)
-- policy reconciliation.break_comment.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reconciliation.break_comment.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reconciliation.break_comment FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reconciliation.break_comment.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reconciliation.break_comment FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reconciliation.break_comment to kirchhoff_app : insert, select
-- grant reconciliation.break_comment to kirchhoff_platform : select

-- table reconciliation.closed_month : row level security, forced
-- column reconciliation.closed_month.operator_id : uuid not null
-- column reconciliation.closed_month.month : date not null
-- constraint reconciliation.closed_month.closed_month_month_check : CHECK ((EXTRACT(day FROM month) = (1)::numeric))
-- constraint reconciliation.closed_month.closed_month_pkey : PRIMARY KEY (operator_id, month)
-- policy reconciliation.closed_month.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reconciliation.closed_month.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reconciliation.closed_month FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reconciliation.closed_month.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reconciliation.closed_month FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reconciliation.closed_month to kirchhoff_app : insert, select
-- grant reconciliation.closed_month to kirchhoff_platform : select

-- table reconciliation.day_work : row level security, forced
-- column reconciliation.day_work.operator_id : uuid not null
-- column reconciliation.day_work.merchant_account_id : uuid not null
-- column reconciliation.day_work.business_date : date not null
-- column reconciliation.day_work.state : text not null
-- column reconciliation.day_work.requested_by : text not null
-- column reconciliation.day_work.requested_at : timestamp with time zone not null
-- column reconciliation.day_work.next_try_at : timestamp with time zone
-- column reconciliation.day_work.tries : integer not null default 0
-- column reconciliation.day_work.lines : bigint not null default 0
-- column reconciliation.day_work.moved_at : timestamp with time zone not null
-- column reconciliation.day_work.last_error : text
-- constraint reconciliation.day_work.day_work_has_a_turn : CHECK (((state = ANY (ARRAY['waiting'::text, 'working'::text])) = (next_try_at IS NOT NULL)))
-- constraint reconciliation.day_work.day_work_last_error_check : CHECK ((char_length(last_error) <= 500))
-- constraint reconciliation.day_work.day_work_pkey : PRIMARY KEY (operator_id, merchant_account_id, business_date)
-- constraint reconciliation.day_work.day_work_requested_by_check : CHECK ((requested_by <> ''::text))
-- constraint reconciliation.day_work.day_work_state_check : CHECK ((state = ANY (ARRAY['waiting'::text, 'working'::text, 'done'::text, 'failed'::text])))
-- constraint reconciliation.day_work.day_work_tries_check : CHECK ((tries >= 0))
-- policy reconciliation.day_work.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant reconciliation.day_work to kirchhoff_app : insert, select, update
-- grant reconciliation.day_work to kirchhoff_platform : select

-- table reconciliation.fee_contract : row level security, forced
-- column reconciliation.fee_contract.operator_id : uuid not null
-- column reconciliation.fee_contract.merchant_account_id : uuid not null
-- column reconciliation.fee_contract.version : integer not null
-- column reconciliation.fee_contract.valid_from : date not null
-- column reconciliation.fee_contract.rate_ppm : bigint not null
-- column reconciliation.fee_contract.changed_by : text not null
-- column reconciliation.fee_contract.recorded_at : timestamp with time zone not null
-- constraint reconciliation.fee_contract.fee_contract_changed_by_check : CHECK ((changed_by <> ''::text))
-- constraint reconciliation.fee_contract.fee_contract_pkey : PRIMARY KEY (operator_id, merchant_account_id, version)
-- constraint reconciliation.fee_contract.fee_contract_rate_ppm_check : CHECK (((rate_ppm >= 0) AND (rate_ppm <= 200000)))
-- constraint reconciliation.fee_contract.fee_contract_version_check : CHECK ((version > 0))
-- policy reconciliation.fee_contract.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reconciliation.fee_contract.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reconciliation.fee_contract FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reconciliation.fee_contract.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reconciliation.fee_contract FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reconciliation.fee_contract to kirchhoff_app : insert, select
-- grant reconciliation.fee_contract to kirchhoff_platform : select

-- table reconciliation.fund_flow : row level security, forced
-- column reconciliation.fund_flow.operator_id : uuid not null
-- column reconciliation.fund_flow.statement_id : uuid not null
-- column reconciliation.fund_flow.merchant_account_id : uuid not null
-- column reconciliation.fund_flow.business_date : date not null
-- column reconciliation.fund_flow.lines : bigint not null
-- column reconciliation.fund_flow.opening_minor : bigint
-- column reconciliation.fund_flow.closing_minor : bigint
-- column reconciliation.fund_flow.paid_minor : bigint not null
-- column reconciliation.fund_flow.refunded_minor : bigint not null
-- column reconciliation.fund_flow.fees_minor : bigint not null
-- column reconciliation.fund_flow.paid_out_minor : bigint not null
-- column reconciliation.fund_flow.other_minor : bigint not null
-- column reconciliation.fund_flow.broken_at_line : bigint
-- column reconciliation.fund_flow.checked_at : timestamp with time zone not null
-- constraint reconciliation.fund_flow.fund_flow_adds_up : CHECK (((broken_at_line IS NOT NULL) OR (closing_minor IS NULL) OR ((((((opening_minor + paid_minor) - refunded_minor) - fees_minor) - paid_out_minor) + other_minor) = closing_minor)))
-- constraint reconciliation.fund_flow.fund_flow_lines_check : CHECK ((lines >= 0))
-- constraint reconciliation.fund_flow.fund_flow_operator_id_statement_id_fkey : FOREIGN KEY (operator_id, statement_id) REFERENCES reconciliation.statement(operator_id, statement_id)
-- constraint reconciliation.fund_flow.fund_flow_pkey : PRIMARY KEY (operator_id, statement_id)
-- policy reconciliation.fund_flow.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reconciliation.fund_flow.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reconciliation.fund_flow FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reconciliation.fund_flow.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reconciliation.fund_flow FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reconciliation.fund_flow to kirchhoff_app : insert, select
-- grant reconciliation.fund_flow to kirchhoff_platform : select

-- table reconciliation.posting : row level security, forced
-- column reconciliation.posting.operator_id : uuid not null
-- column reconciliation.posting.posting_id : uuid not null
-- column reconciliation.posting.merchant_account_id : uuid not null
-- column reconciliation.posting.business_date : date not null
-- column reconciliation.posting.kind : text not null
-- column reconciliation.posting.reference : text not null
-- column reconciliation.posting.amount_minor : bigint not null
-- column reconciliation.posting.transfer_id : uuid not null
-- column reconciliation.posting.statement_id : uuid
-- column reconciliation.posting.recorded_at : timestamp with time zone not null
-- column reconciliation.posting.accounting_date : date
-- constraint reconciliation.posting.posting_amount_minor_check : CHECK ((amount_minor <> 0))
-- constraint reconciliation.posting.posting_kind_check : CHECK ((kind = ANY (ARRAY['fees'::text, 'payout'::text, 'write_off'::text])))
-- constraint reconciliation.posting.posting_once : UNIQUE (operator_id, merchant_account_id, kind, business_date, reference)
-- constraint reconciliation.posting.posting_pkey : PRIMARY KEY (operator_id, posting_id)
-- constraint reconciliation.posting.posting_reference_check : CHECK ((reference <> ''::text))
-- constraint reconciliation.posting.posting_transfer : UNIQUE (operator_id, transfer_id)
-- policy reconciliation.posting.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reconciliation.posting.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reconciliation.posting FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reconciliation.posting.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reconciliation.posting FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- trigger reconciliation.posting.closed_months : CREATE TRIGGER closed_months BEFORE INSERT ON reconciliation.posting FOR EACH ROW EXECUTE FUNCTION reconciliation.keep_out_of_closed_months()
-- grant reconciliation.posting to kirchhoff_app : insert, select
-- grant reconciliation.posting to kirchhoff_platform : select

-- table reconciliation.run : row level security, forced
-- column reconciliation.run.operator_id : uuid not null
-- column reconciliation.run.run_id : uuid not null
-- column reconciliation.run.merchant_account_id : uuid not null
-- column reconciliation.run.business_date : date not null
-- column reconciliation.run.statement_id : uuid not null
-- column reconciliation.run.started_at : timestamp with time zone not null
-- column reconciliation.run.finished_at : timestamp with time zone not null
-- column reconciliation.run.matched : bigint not null
-- column reconciliation.run.our_payments : bigint not null
-- column reconciliation.run.our_payments_minor : bigint not null
-- column reconciliation.run.our_refunds : bigint not null
-- column reconciliation.run.our_refunds_minor : bigint not null
-- column reconciliation.run.their_payments : bigint not null
-- column reconciliation.run.their_payments_minor : bigint not null
-- column reconciliation.run.their_refunds : bigint not null
-- column reconciliation.run.their_refunds_minor : bigint not null
-- column reconciliation.run.their_fees_minor : bigint not null
-- column reconciliation.run.differences : jsonb not null
-- column reconciliation.run.residual_minor : bigint not null
-- column reconciliation.run.foreign_lines : bigint not null default 0
-- column reconciliation.run.foreign_minor : bigint not null default 0
-- constraint reconciliation.run.run_matched_check : CHECK ((matched >= 0))
-- constraint reconciliation.run.run_operator_id_statement_id_fkey : FOREIGN KEY (operator_id, statement_id) REFERENCES reconciliation.statement(operator_id, statement_id)
-- constraint reconciliation.run.run_pkey : PRIMARY KEY (operator_id, run_id)
-- policy reconciliation.run.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reconciliation.run.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reconciliation.run FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reconciliation.run.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reconciliation.run FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reconciliation.run to kirchhoff_app : insert, select
-- grant reconciliation.run to kirchhoff_platform : select

-- table reconciliation.statement : row level security, forced
-- column reconciliation.statement.operator_id : uuid not null
-- column reconciliation.statement.statement_id : uuid not null
-- column reconciliation.statement.merchant_account_id : uuid not null
-- column reconciliation.statement.kind : text not null
-- column reconciliation.statement.business_date : date not null
-- column reconciliation.statement.format : text not null
-- column reconciliation.statement.source : text not null
-- column reconciliation.statement.digest : bytea not null
-- column reconciliation.statement.bytes : bigint not null
-- column reconciliation.statement.pieces : integer not null
-- column reconciliation.statement.imported_by : text not null
-- column reconciliation.statement.imported_at : timestamp with time zone not null
-- constraint reconciliation.statement.statement_bytes_check : CHECK ((bytes >= 0))
-- constraint reconciliation.statement.statement_digest_check : CHECK ((octet_length(digest) = 32))
-- constraint reconciliation.statement.statement_format_check : CHECK ((format = ANY (ARRAY['wechatpay_trade'::text, 'wechatpay_fund_flow'::text, 'alipay_trade'::text, 'alipay_fund_flow'::text])))
-- constraint reconciliation.statement.statement_imported_by_check : CHECK ((imported_by <> ''::text))
-- constraint reconciliation.statement.statement_kind_check : CHECK ((kind = ANY (ARRAY['trade'::text, 'fund_flow'::text])))
-- constraint reconciliation.statement.statement_once : UNIQUE (operator_id, merchant_account_id, kind, business_date, digest)
-- constraint reconciliation.statement.statement_pieces_check : CHECK ((pieces >= 0))
-- constraint reconciliation.statement.statement_pkey : PRIMARY KEY (operator_id, statement_id)
-- constraint reconciliation.statement.statement_source_check : CHECK ((source = ANY (ARRAY['channel'::text, 'upload'::text])))
-- policy reconciliation.statement.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reconciliation.statement.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reconciliation.statement FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reconciliation.statement.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reconciliation.statement FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reconciliation.statement to kirchhoff_app : insert, select
-- grant reconciliation.statement to kirchhoff_platform : select

-- table reconciliation.statement_piece : row level security, forced
-- column reconciliation.statement_piece.operator_id : uuid not null
-- column reconciliation.statement_piece.statement_id : uuid not null
-- column reconciliation.statement_piece.piece : integer not null
-- column reconciliation.statement_piece.content : bytea not null
-- constraint reconciliation.statement_piece.statement_piece_operator_id_statement_id_fkey : FOREIGN KEY (operator_id, statement_id) REFERENCES reconciliation.statement(operator_id, statement_id) DEFERRABLE INITIALLY DEFERRED
-- constraint reconciliation.statement_piece.statement_piece_piece_check : CHECK ((piece >= 0))
-- constraint reconciliation.statement_piece.statement_piece_pkey : PRIMARY KEY (operator_id, statement_id, piece)
-- policy reconciliation.statement_piece.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reconciliation.statement_piece.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reconciliation.statement_piece FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reconciliation.statement_piece.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reconciliation.statement_piece FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reconciliation.statement_piece to kirchhoff_app : insert, select
-- grant reconciliation.statement_piece to kirchhoff_platform : select

-- table reconciliation.write_off_policy : row level security, forced
-- column reconciliation.write_off_policy.operator_id : uuid not null
-- column reconciliation.write_off_policy.version : integer not null
-- column reconciliation.write_off_policy.four_eyes_above_minor : bigint not null
-- column reconciliation.write_off_policy.changed_by : text not null
-- column reconciliation.write_off_policy.recorded_at : timestamp with time zone not null
-- constraint reconciliation.write_off_policy.write_off_policy_changed_by_check : CHECK ((changed_by <> ''::text))
-- constraint reconciliation.write_off_policy.write_off_policy_four_eyes_above_minor_check : CHECK ((four_eyes_above_minor >= 0))
-- constraint reconciliation.write_off_policy.write_off_policy_pkey : PRIMARY KEY (operator_id, version)
-- constraint reconciliation.write_off_policy.write_off_policy_version_check : CHECK ((version > 0))
-- policy reconciliation.write_off_policy.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reconciliation.write_off_policy.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reconciliation.write_off_policy FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reconciliation.write_off_policy.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reconciliation.write_off_policy FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reconciliation.write_off_policy to kirchhoff_app : insert, select
-- grant reconciliation.write_off_policy to kirchhoff_platform : select

-- index reconciliation.break_by_number : CREATE INDEX break_by_number ON reconciliation.break USING btree (operator_id, number)
-- index reconciliation.break_comment_by_break : CREATE INDEX break_comment_by_break ON reconciliation.break_comment USING btree (operator_id, break_id, recorded_at)
-- index reconciliation.break_once : CREATE UNIQUE INDEX break_once ON reconciliation.break USING btree (operator_id, merchant_account_id, business_date, kind, line_kind, number, COALESCE(line_no, 0)) WHERE ((kind = 'duplicate'::text) AND ((resolution IS NULL) OR (resolution <> ALL (ARRAY['gone'::text, 'recovered'::text]))))
-- index reconciliation.break_once_by_number : CREATE UNIQUE INDEX break_once_by_number ON reconciliation.break USING btree (operator_id, merchant_account_id, business_date, kind, line_kind, number) WHERE ((kind <> 'duplicate'::text) AND ((resolution IS NULL) OR (resolution <> ALL (ARRAY['gone'::text, 'recovered'::text]))))
-- index reconciliation.break_open : CREATE INDEX break_open ON reconciliation.break USING btree (operator_id, opened_at, break_id) WHERE (state = 'open'::text)
-- index reconciliation.day_work_due : CREATE INDEX day_work_due ON reconciliation.day_work USING btree (operator_id, next_try_at) WHERE (next_try_at IS NOT NULL)
-- index reconciliation.fund_flow_by_day : CREATE INDEX fund_flow_by_day ON reconciliation.fund_flow USING btree (operator_id, merchant_account_id, business_date, checked_at DESC)
-- index reconciliation.run_by_day : CREATE INDEX run_by_day ON reconciliation.run USING btree (operator_id, merchant_account_id, business_date DESC, finished_at DESC)
-- index reconciliation.statement_by_day : CREATE INDEX statement_by_day ON reconciliation.statement USING btree (operator_id, merchant_account_id, business_date, kind, imported_at DESC)

-- function reconciliation.guard_break() : CREATE OR REPLACE FUNCTION reconciliation.guard_break()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if old.state = 'resolved' or (old.merchant_account_id, old.business_date, old.kind, old.line_kind, old.number, old.line_no, old.ours_minor, old.theirs_minor, old.difference_minor, old.opened_at)
          is distinct from (new.merchant_account_id, new.business_date, new.kind, new.line_kind, new.number, new.line_no, new.ours_minor, new.theirs_minor, new.difference_minor, new.opened_at) then
        raise exception 'append_only: a resolved break and what a break says never change' using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
-- function reconciliation.keep_out_of_closed_months() : CREATE OR REPLACE FUNCTION reconciliation.keep_out_of_closed_months()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      perform pg_advisory_xact_lock_shared(hashtextextended('reconciliation.closed_month/' || new.operator_id, 0));
      if exists (select 1 from reconciliation.closed_month m where m.operator_id = new.operator_id and m.month = date_trunc('month', coalesce(new.accounting_date, new.business_date))::date) then
        raise exception 'closed_period: % lies in a month that is closed', coalesce(new.accounting_date, new.business_date) using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
