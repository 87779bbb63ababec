-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.

-- table charging.bill : row level security, forced
-- column charging.bill.operator_id : uuid not null
-- column charging.bill.bill_id : uuid not null
-- column charging.bill.session_id : uuid not null
-- column charging.bill.version : integer not null
-- column charging.bill.previous_bill_id : uuid
-- column charging.bill.reason : text not null
-- column charging.bill.state : text not null
-- column charging.bill.currency : text not null
-- column charging.bill.member_id : uuid
-- column charging.bill.started_at : timestamp with time zone not null
-- column charging.bill.ended_at : timestamp with time zone not null
-- column charging.bill.energy_wh : bigint not null
-- column charging.bill.electricity_minor : bigint not null
-- column charging.bill.service_minor : bigint not null
-- column charging.bill.occupancy_minor : bigint not null
-- column charging.bill.total_minor : bigint not null
-- column charging.bill.proposed_energy_wh : bigint
-- column charging.bill.proposed_total_minor : bigint
-- column charging.bill.from_hold_minor : bigint not null
-- column charging.bill.from_wallet_minor : bigint not null
-- column charging.bill.receivable_minor : bigint not null
-- column charging.bill.flags : jsonb not null
-- column charging.bill.digest : text not null
-- column charging.bill.recorded_at : timestamp with time zone not null
-- column charging.bill.from_coupon_minor : bigint not null default 0
-- column charging.bill.rules_version : integer not null default 0
-- column charging.bill.correction_id : uuid
-- constraint charging.bill.bill_check : CHECK ((total_minor = ((electricity_minor + service_minor) + occupancy_minor)))
-- constraint charging.bill.bill_check2 : CHECK (((state <> 'held'::text) OR ((total_minor = 0) AND (energy_wh = 0))))
-- constraint charging.bill.bill_check3 : CHECK (((state = 'held'::text) = (proposed_energy_wh IS NOT NULL)))
-- constraint charging.bill.bill_check4 : CHECK (((version = 1) = (previous_bill_id IS NULL)))
-- constraint charging.bill.bill_corrected : CHECK ((((reason <> 'corrected'::text) OR (correction_id IS NOT NULL)) AND ((correction_id IS NULL) OR (state = 'settled'::text))))
-- constraint charging.bill.bill_correction_is_its_own : FOREIGN KEY (operator_id, session_id, correction_id) REFERENCES charging.correction(operator_id, session_id, correction_id)
-- constraint charging.bill.bill_energy_wh_check : CHECK ((energy_wh >= 0))
-- constraint charging.bill.bill_from_coupon_minor_check : CHECK ((from_coupon_minor >= 0))
-- constraint charging.bill.bill_from_hold_minor_check : CHECK ((from_hold_minor >= 0))
-- constraint charging.bill.bill_from_wallet_minor_check : CHECK ((from_wallet_minor >= 0))
-- constraint charging.bill.bill_is_paid_whole : CHECK ((total_minor = (((from_coupon_minor + from_hold_minor) + from_wallet_minor) + receivable_minor)))
-- constraint charging.bill.bill_of_session : UNIQUE (operator_id, session_id, bill_id)
-- constraint charging.bill.bill_operator_id_session_id_fkey : FOREIGN KEY (operator_id, session_id) REFERENCES charging.session(operator_id, session_id)
-- constraint charging.bill.bill_operator_id_session_id_previous_bill_id_fkey : FOREIGN KEY (operator_id, session_id, previous_bill_id) REFERENCES charging.bill(operator_id, session_id, bill_id)
-- constraint charging.bill.bill_pkey : PRIMARY KEY (operator_id, bill_id)
-- constraint charging.bill.bill_proposed_energy_wh_check : CHECK ((proposed_energy_wh >= 0))
-- constraint charging.bill.bill_reason_check : CHECK ((reason = ANY (ARRAY['ended'::text, 'closed_by_evidence'::text, 'late_facts'::text, 'rederived'::text, 'corrected'::text, 'correction_reverted'::text])))
-- constraint charging.bill.bill_receivable_minor_check : CHECK ((receivable_minor >= 0))
-- constraint charging.bill.bill_rules_version_check : CHECK ((rules_version >= 0))
-- constraint charging.bill.bill_state_check : CHECK ((state = ANY (ARRAY['settled'::text, 'held'::text])))
-- constraint charging.bill.bill_version : UNIQUE (operator_id, session_id, version)
-- constraint charging.bill.bill_version_check : CHECK ((version > 0))
-- policy charging.bill.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger charging.bill.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON charging.bill FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger charging.bill.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON charging.bill FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant charging.bill to kirchhoff_app : insert, select
-- grant charging.bill to kirchhoff_platform : select

-- table charging.bill_line : row level security, forced
-- column charging.bill_line.operator_id : uuid not null
-- column charging.bill_line.bill_id : uuid not null
-- column charging.bill_line.line_number : integer not null
-- column charging.bill_line.charged : boolean not null
-- column charging.bill_line.kind : text not null
-- column charging.bill_line.period_kind : text
-- column charging.bill_line.tariff_id : uuid not null
-- column charging.bill_line.from_at : timestamp with time zone not null
-- column charging.bill_line.to_at : timestamp with time zone not null
-- column charging.bill_line.energy_wh : bigint
-- column charging.bill_line.minutes : integer
-- column charging.bill_line.rate_value : bigint not null
-- column charging.bill_line.rate_scale : integer not null
-- column charging.bill_line.amount_minor : bigint not null
-- constraint charging.bill_line.bill_line_kind_check : CHECK ((kind = ANY (ARRAY['electricity'::text, 'service'::text, 'occupancy'::text])))
-- constraint charging.bill_line.bill_line_operator_id_bill_id_fkey : FOREIGN KEY (operator_id, bill_id) REFERENCES charging.bill(operator_id, bill_id)
-- constraint charging.bill_line.bill_line_pkey : PRIMARY KEY (operator_id, bill_id, line_number)
-- policy charging.bill_line.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger charging.bill_line.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON charging.bill_line FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger charging.bill_line.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON charging.bill_line FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant charging.bill_line to kirchhoff_app : insert, select
-- grant charging.bill_line to kirchhoff_platform : select

-- table charging.bill_posting : row level security, forced
-- column charging.bill_posting.operator_id : uuid not null
-- column charging.bill_posting.bill_id : uuid not null
-- column charging.bill_posting.transfer_id : uuid not null
-- column charging.bill_posting.purpose : text not null
-- column charging.bill_posting.debit_account : uuid not null
-- column charging.bill_posting.credit_account : uuid not null
-- column charging.bill_posting.asset : text not null
-- column charging.bill_posting.amount : bigint not null
-- column charging.bill_posting.reverses : uuid
-- constraint charging.bill_posting.bill_posting_amount_check : CHECK ((amount >= 0))
-- constraint charging.bill_posting.bill_posting_asset_check : CHECK ((asset = ANY (ARRAY['money'::text, 'energy'::text])))
-- constraint charging.bill_posting.bill_posting_once : UNIQUE (operator_id, transfer_id)
-- constraint charging.bill_posting.bill_posting_operator_id_bill_id_fkey : FOREIGN KEY (operator_id, bill_id) REFERENCES charging.bill(operator_id, bill_id)
-- constraint charging.bill_posting.bill_posting_pkey : PRIMARY KEY (operator_id, bill_id, transfer_id)
-- policy charging.bill_posting.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger charging.bill_posting.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON charging.bill_posting FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger charging.bill_posting.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON charging.bill_posting FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant charging.bill_posting to kirchhoff_app : insert, select
-- grant charging.bill_posting to kirchhoff_platform : select

-- table charging.closure : row level security, forced
-- column charging.closure.operator_id : uuid not null
-- column charging.closure.session_id : uuid not null
-- column charging.closure.kind : text not null
-- column charging.closure.closed_at : timestamp with time zone not null
-- column charging.closure.by_session_id : uuid
-- column charging.closure.recorded_at : timestamp with time zone not null
-- constraint charging.closure.closure_kind_check : CHECK ((kind = ANY (ARRAY['superseded'::text, 'silent'::text])))
-- constraint charging.closure.closure_operator_id_session_id_fkey : FOREIGN KEY (operator_id, session_id) REFERENCES charging.session(operator_id, session_id)
-- constraint charging.closure.closure_pkey : PRIMARY KEY (operator_id, session_id)
-- policy charging.closure.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger charging.closure.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON charging.closure FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger charging.closure.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON charging.closure FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant charging.closure to kirchhoff_app : insert, select
-- grant charging.closure to kirchhoff_platform : select

-- table charging.connector_meter : row level security, forced
-- column charging.connector_meter.operator_id : uuid not null
-- column charging.connector_meter.connector_id : uuid not null
-- column charging.connector_meter.max_power_w : bigint not null
-- column charging.connector_meter.main_wh : bigint
-- column charging.connector_meter.main_at : timestamp with time zone
-- column charging.connector_meter.aside_wh : bigint
-- column charging.connector_meter.aside_at : timestamp with time zone
-- column charging.connector_meter.last_read_at : timestamp with time zone
-- column charging.connector_meter.metered_wh : bigint not null default 0
-- column charging.connector_meter.posted_wh : bigint not null default 0
-- column charging.connector_meter.posting : integer not null default 0
-- column charging.connector_meter.aside_anchor : boolean not null default false
-- column charging.connector_meter.restarts : integer not null default 0
-- constraint charging.connector_meter.connector_meter_max_power_w_check : CHECK ((max_power_w > 0))
-- constraint charging.connector_meter.connector_meter_pkey : PRIMARY KEY (operator_id, connector_id)
-- constraint charging.connector_meter.connector_meter_restarts_check : CHECK ((restarts >= 0))
-- policy charging.connector_meter.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant charging.connector_meter to kirchhoff_app : insert, select, update
-- grant charging.connector_meter to kirchhoff_platform : select

-- table charging.correction : row level security, forced
-- column charging.correction.operator_id : uuid not null
-- column charging.correction.correction_id : uuid not null
-- column charging.correction.session_id : uuid not null
-- column charging.correction.number : integer not null
-- column charging.correction.kind : text not null
-- column charging.correction.reverts : uuid
-- column charging.correction.bill_id : uuid not null
-- column charging.correction.source : text
-- column charging.correction.energy_wh : bigint
-- column charging.correction.lower_wh : bigint
-- column charging.correction.upper_wh : bigint
-- column charging.correction.intervals : jsonb
-- column charging.correction.evidence_digest : text not null
-- column charging.correction.proposal : jsonb
-- column charging.correction.decided_by : text not null
-- column charging.correction.actor : text not null
-- column charging.correction.reason : text not null
-- column charging.correction.approval_id : uuid
-- column charging.correction.approved_by : text
-- column charging.correction.rules_version : integer not null
-- column charging.correction.recorded_at : timestamp with time zone not null
-- constraint charging.correction.correction_accepts_something : CHECK ((((kind = 'accept'::text) = (source IS NOT NULL)) AND ((source IS NULL) = (energy_wh IS NULL)) AND ((source IS NULL) = (lower_wh IS NULL)) AND ((source IS NULL) = (upper_wh IS NULL)) AND ((source IS NULL) = (intervals IS NULL))))
-- constraint charging.correction.correction_actor_check : CHECK ((actor <> ''::text))
-- constraint charging.correction.correction_approved_by_check : CHECK ((approved_by <> ''::text))
-- constraint charging.correction.correction_check : CHECK ((upper_wh >= lower_wh))
-- constraint charging.correction.correction_decided_by_check : CHECK ((decided_by = ANY (ARRAY['policy'::text, 'person'::text])))
-- constraint charging.correction.correction_energy_wh_check : CHECK ((energy_wh >= 0))
-- constraint charging.correction.correction_four_eyes : CHECK ((((approval_id IS NULL) = (approved_by IS NULL)) AND (approved_by IS DISTINCT FROM actor)))
-- constraint charging.correction.correction_kind_check : CHECK ((kind = ANY (ARRAY['accept'::text, 'revert'::text])))
-- constraint charging.correction.correction_lower_wh_check : CHECK ((lower_wh >= 0))
-- constraint charging.correction.correction_number : UNIQUE (operator_id, session_id, number)
-- constraint charging.correction.correction_number_check : CHECK ((number > 0))
-- constraint charging.correction.correction_of_session : UNIQUE (operator_id, session_id, correction_id)
-- constraint charging.correction.correction_operator_id_session_id_bill_id_fkey : FOREIGN KEY (operator_id, session_id, bill_id) REFERENCES charging.bill(operator_id, session_id, bill_id)
-- constraint charging.correction.correction_operator_id_session_id_fkey : FOREIGN KEY (operator_id, session_id) REFERENCES charging.session(operator_id, session_id)
-- constraint charging.correction.correction_operator_id_session_id_reverts_fkey : FOREIGN KEY (operator_id, session_id, reverts) REFERENCES charging.correction(operator_id, session_id, correction_id)
-- constraint charging.correction.correction_pkey : PRIMARY KEY (operator_id, correction_id)
-- constraint charging.correction.correction_reason_check : CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
-- constraint charging.correction.correction_reverted_once : UNIQUE (operator_id, session_id, reverts)
-- constraint charging.correction.correction_reverts_one : CHECK (((kind = 'revert'::text) = (reverts IS NOT NULL)))
-- constraint charging.correction.correction_rules_version_check : CHECK ((rules_version >= 0))
-- constraint charging.correction.correction_source_check : CHECK ((source = ANY (ARRAY['device_bill'::text, 'platform_count'::text, 'registers'::text, 'estimate'::text, 'typed'::text])))
-- policy charging.correction.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger charging.correction.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON charging.correction FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger charging.correction.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON charging.correction FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant charging.correction to kirchhoff_app : insert, select
-- grant charging.correction to kirchhoff_platform : select

-- table charging.correction_policy : row level security, forced
-- column charging.correction_policy.operator_id : uuid not null
-- column charging.correction_policy.version : integer not null
-- column charging.correction_policy.four_eyes_above_minor : bigint not null
-- column charging.correction_policy.four_eyes_above_wh : bigint not null
-- column charging.correction_policy.reason : text
-- column charging.correction_policy.changed_by : text not null
-- column charging.correction_policy.recorded_at : timestamp with time zone not null
-- constraint charging.correction_policy.correction_policy_changed_by_check : CHECK ((changed_by <> ''::text))
-- constraint charging.correction_policy.correction_policy_four_eyes_above_minor_check : CHECK ((four_eyes_above_minor >= 0))
-- constraint charging.correction_policy.correction_policy_four_eyes_above_wh_check : CHECK ((four_eyes_above_wh >= 0))
-- constraint charging.correction_policy.correction_policy_pkey : PRIMARY KEY (operator_id, version)
-- constraint charging.correction_policy.correction_policy_reason_check : CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
-- constraint charging.correction_policy.correction_policy_version_check : CHECK ((version > 0))
-- policy charging.correction_policy.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger charging.correction_policy.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON charging.correction_policy FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger charging.correction_policy.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON charging.correction_policy FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant charging.correction_policy to kirchhoff_app : insert, select
-- grant charging.correction_policy to kirchhoff_platform : select

-- table charging.fact : row level security, forced
-- column charging.fact.operator_id : uuid not null
-- column charging.fact.frame_sequence : bigint not null
-- column charging.fact.ordinal : integer not null
-- column charging.fact.session_id : uuid
-- column charging.fact.charge_point_id : uuid not null
-- column charging.fact.evse_number : integer
-- column charging.fact.transaction_ref : text
-- column charging.fact.kind : text not null
-- column charging.fact.event_at : timestamp with time zone
-- column charging.fact.recorded_at : timestamp with time zone not null
-- column charging.fact.message_id : text not null
-- column charging.fact.seq_no : integer
-- column charging.fact.offline : boolean not null default false
-- column charging.fact.register_wh : bigint
-- column charging.fact.power_w : bigint
-- column charging.fact.soc_percent : real
-- column charging.fact.context : text
-- column charging.fact.token_mask : text
-- column charging.fact.remote_start_id : bigint
-- column charging.fact.reason : text
-- column charging.fact.status : text
-- column charging.fact.error_code : text
-- column charging.fact.stated : jsonb
-- constraint charging.fact.fact_kind_check : CHECK ((kind = ANY (ARRAY['session_started'::text, 'register_read'::text, 'session_ended'::text, 'booted'::text, 'status'::text])))
-- constraint charging.fact.fact_pkey : PRIMARY KEY (operator_id, frame_sequence, ordinal)
-- policy charging.fact.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger charging.fact.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON charging.fact FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger charging.fact.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON charging.fact FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant charging.fact to kirchhoff_app : insert, select
-- grant charging.fact to kirchhoff_platform : select

-- table charging.meter_mark : row level security, forced
-- column charging.meter_mark.operator_id : uuid not null
-- column charging.meter_mark.connector_id : uuid not null
-- column charging.meter_mark.from_at : timestamp with time zone not null
-- column charging.meter_mark.main_wh : bigint
-- column charging.meter_mark.main_at : timestamp with time zone
-- column charging.meter_mark.aside_wh : bigint
-- column charging.meter_mark.aside_at : timestamp with time zone
-- column charging.meter_mark.metered_wh : bigint not null
-- column charging.meter_mark.aside_anchor : boolean not null default false
-- column charging.meter_mark.restarts : integer not null default 0
-- constraint charging.meter_mark.meter_mark_pkey : PRIMARY KEY (operator_id, connector_id, from_at)
-- constraint charging.meter_mark.meter_mark_restarts_check : CHECK ((restarts >= 0))
-- policy charging.meter_mark.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant charging.meter_mark to kirchhoff_app : insert, select, update
-- grant charging.meter_mark to kirchhoff_platform : select

-- table charging.meter_reading : row level security, forced
-- column charging.meter_reading.operator_id : uuid not null
-- column charging.meter_reading.connector_id : uuid not null
-- column charging.meter_reading.read_at : timestamp with time zone not null
-- column charging.meter_reading.register_wh : bigint not null
-- column charging.meter_reading.anchor : boolean not null
-- constraint charging.meter_reading.meter_reading_pkey : PRIMARY KEY (operator_id, connector_id, read_at, register_wh, anchor)
-- constraint charging.meter_reading.meter_reading_register_wh_check : CHECK ((register_wh >= 0))
-- policy charging.meter_reading.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger charging.meter_reading.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON charging.meter_reading FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger charging.meter_reading.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON charging.meter_reading FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant charging.meter_reading to kirchhoff_app : insert, select
-- grant charging.meter_reading to kirchhoff_platform : select

-- table charging.policy : row level security, forced
-- column charging.policy.operator_id : uuid not null
-- column charging.policy.hold_amount_minor : bigint not null
-- column charging.policy.hold_minimum_minor : bigint not null
-- column charging.policy.balance_threshold_minor : bigint not null
-- column charging.policy.silence_deadline_s : integer not null
-- column charging.policy.default_connector_power_w : bigint not null
-- column charging.policy.abnormal_bills : text not null
-- column charging.policy.sessions_per_member_max : integer
-- column charging.policy.changed_at : timestamp with time zone not null
-- constraint charging.policy.policy_abnormal_bills_check : CHECK ((abnormal_bills = ANY (ARRAY['hold'::text, 'settle_first'::text])))
-- constraint charging.policy.policy_balance_threshold_minor_check : CHECK ((balance_threshold_minor >= 0))
-- constraint charging.policy.policy_check : CHECK (((hold_minimum_minor >= 0) AND (hold_minimum_minor <= hold_amount_minor)))
-- constraint charging.policy.policy_default_connector_power_w_check : CHECK ((default_connector_power_w > 0))
-- constraint charging.policy.policy_hold_amount_minor_check : CHECK ((hold_amount_minor >= 0))
-- constraint charging.policy.policy_pkey : PRIMARY KEY (operator_id)
-- constraint charging.policy.policy_sessions_per_member_max_check : CHECK ((sessions_per_member_max > 0))
-- constraint charging.policy.policy_silence_deadline_s_check : CHECK ((silence_deadline_s >= 60))
-- policy charging.policy.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant charging.policy to kirchhoff_app : insert, select, update
-- grant charging.policy to kirchhoff_platform : select

-- table charging.rule_set : row level security, forced
-- column charging.rule_set.operator_id : uuid not null
-- column charging.rule_set.version : integer not null
-- column charging.rule_set.thresholds : jsonb not null
-- column charging.rule_set.reason : text not null
-- column charging.rule_set.changed_by : text not null
-- column charging.rule_set.recorded_at : timestamp with time zone not null
-- constraint charging.rule_set.rule_set_changed_by_check : CHECK ((changed_by <> ''::text))
-- constraint charging.rule_set.rule_set_pkey : PRIMARY KEY (operator_id, version)
-- constraint charging.rule_set.rule_set_reason_check : CHECK (((length(reason) >= 1) AND (length(reason) <= 500)))
-- constraint charging.rule_set.rule_set_thresholds_check : CHECK ((jsonb_typeof(thresholds) = 'object'::text))
-- constraint charging.rule_set.rule_set_version_check : CHECK ((version > 0))
-- policy charging.rule_set.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger charging.rule_set.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON charging.rule_set FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger charging.rule_set.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON charging.rule_set FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant charging.rule_set to kirchhoff_app : insert, select
-- grant charging.rule_set to kirchhoff_platform : select

-- table charging.session : row level security, forced
-- column charging.session.operator_id : uuid not null
-- column charging.session.session_id : uuid not null
-- column charging.session.charge_point_id : uuid not null
-- column charging.session.evse_number : integer
-- column charging.session.connector_id : uuid
-- column charging.session.station_id : uuid not null
-- column charging.session.time_zone : text not null
-- column charging.session.max_power_w : bigint not null
-- column charging.session.transaction_ref : text not null
-- column charging.session.start_key : text
-- column charging.session.start_message_id : text
-- column charging.session.start_sequence : bigint
-- column charging.session.start_repeated : boolean not null default false
-- column charging.session.start_applied : boolean not null default false
-- column charging.session.spoke_after_close : boolean not null default false
-- column charging.session.member_id : uuid
-- column charging.session.token_mask : text
-- column charging.session.token_status : text not null
-- column charging.session.credential_id : uuid
-- column charging.session.decision : text not null
-- column charging.session.start_mode : text not null
-- column charging.session.start_actor : text
-- column charging.session.start_device : text
-- column charging.session.start_ip : text
-- column charging.session.hold_transfer : uuid
-- column charging.session.hold_minor : bigint not null default 0
-- column charging.session.hold_state : text not null default 'none'::text
-- column charging.session.state : text not null
-- column charging.session.started_at : timestamp with time zone not null
-- column charging.session.ended_at : timestamp with time zone
-- column charging.session.first_recorded_at : timestamp with time zone not null
-- column charging.session.last_recorded_at : timestamp with time zone not null
-- column charging.session.start_register_wh : bigint
-- column charging.session.register_first_wh : bigint
-- column charging.session.register_last_wh : bigint
-- column charging.session.register_last_at : timestamp with time zone
-- column charging.session.power_w : bigint
-- column charging.session.soc_percent : real
-- column charging.session.energy_wh : bigint not null default 0
-- column charging.session.current_bill_id : uuid
-- column charging.session.bill_version : integer not null default 0
-- column charging.session.held : boolean not null default false
-- column charging.session.flag_codes : integer[] not null default '{}'::integer[]
-- column charging.session.flag_causes : text[] not null default '{}'::text[]
-- column charging.session.correction_id : uuid
-- constraint charging.session.session_correction_is_its_own : FOREIGN KEY (operator_id, session_id, correction_id) REFERENCES charging.correction(operator_id, session_id, correction_id)
-- constraint charging.session.session_current_bill : CHECK (((state = 'ended'::text) = (current_bill_id IS NOT NULL)))
-- constraint charging.session.session_current_bill_is_its_own : FOREIGN KEY (operator_id, session_id, current_bill_id) REFERENCES charging.bill(operator_id, session_id, bill_id) DEFERRABLE INITIALLY DEFERRED
-- constraint charging.session.session_decision_check : CHECK ((decision = ANY (ARRAY['accepted'::text, 'blocked'::text, 'invalid'::text, 'concurrent_tx'::text])))
-- constraint charging.session.session_energy_wh_check : CHECK ((energy_wh >= 0))
-- constraint charging.session.session_hold_known : CHECK (((hold_state = 'none'::text) = (hold_transfer IS NULL)))
-- constraint charging.session.session_hold_minor_check : CHECK ((hold_minor >= 0))
-- constraint charging.session.session_hold_open : CHECK (((hold_state <> 'held'::text) OR (state = 'active'::text)))
-- constraint charging.session.session_hold_state_check : CHECK ((hold_state = ANY (ARRAY['none'::text, 'held'::text, 'posted'::text, 'voided'::text])))
-- constraint charging.session.session_max_power_w_check : CHECK ((max_power_w > 0))
-- constraint charging.session.session_pkey : PRIMARY KEY (operator_id, session_id)
-- constraint charging.session.session_state_check : CHECK ((state = ANY (ARRAY['active'::text, 'ended'::text])))
-- constraint charging.session.session_token_status_check : CHECK ((token_status = ANY (ARRAY['none'::text, 'active'::text, 'frozen'::text, 'unknown'::text])))
-- constraint charging.session.session_transaction_ref : UNIQUE (operator_id, charge_point_id, transaction_ref)
-- policy charging.session.sweeper : kirchhoff_owner using true
-- policy charging.session.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant charging.session to kirchhoff_app : insert, select, update
-- grant charging.session to kirchhoff_platform : select

-- table charging.start_intent : row level security, forced
-- column charging.start_intent.operator_id : uuid not null
-- column charging.start_intent.intent_id : uuid not null
-- column charging.start_intent.charge_point_id : uuid not null
-- column charging.start_intent.evse_number : integer
-- column charging.start_intent.token_mask : text
-- column charging.start_intent.remote_start_id : bigint
-- column charging.start_intent.mode : text not null
-- column charging.start_intent.actor : text not null
-- column charging.start_intent.device : text
-- column charging.start_intent.ip : text
-- column charging.start_intent.recorded_at : timestamp with time zone not null
-- constraint charging.start_intent.start_intent_pkey : PRIMARY KEY (operator_id, intent_id)
-- policy charging.start_intent.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger charging.start_intent.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON charging.start_intent FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger charging.start_intent.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON charging.start_intent FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant charging.start_intent to kirchhoff_app : insert, select
-- grant charging.start_intent to kirchhoff_platform : select

-- table charging.start_lane : row level security, forced
-- column charging.start_lane.operator_id : uuid not null
-- column charging.start_lane.charge_point_id : uuid not null
-- constraint charging.start_lane.start_lane_pkey : PRIMARY KEY (operator_id, charge_point_id)
-- policy charging.start_lane.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant charging.start_lane to kirchhoff_app : insert, select, update
-- grant charging.start_lane to kirchhoff_platform : select

-- index charging.fact_boots : CREATE INDEX fact_boots ON charging.fact USING btree (operator_id, charge_point_id, frame_sequence) WHERE (kind = 'booted'::text)
-- index charging.fact_by_session : CREATE INDEX fact_by_session ON charging.fact USING btree (operator_id, session_id) WHERE (session_id IS NOT NULL)
-- index charging.fact_statuses : CREATE INDEX fact_statuses ON charging.fact USING btree (operator_id, charge_point_id, frame_sequence) WHERE (kind = 'status'::text)
-- index charging.session_by_connector : CREATE INDEX session_by_connector ON charging.session USING btree (operator_id, connector_id, started_at)
-- index charging.session_by_member : CREATE INDEX session_by_member ON charging.session USING btree (operator_id, member_id, started_at DESC) WHERE (member_id IS NOT NULL)
-- index charging.session_by_start : CREATE INDEX session_by_start ON charging.session USING btree (operator_id, started_at DESC, session_id DESC)
-- index charging.session_fell_silent : CREATE INDEX session_fell_silent ON charging.session USING btree (operator_id, charge_point_id) WHERE ((state = 'ended'::text) AND (flag_causes @> '{stop_never_arrived_silent}'::text[]))
-- index charging.session_flagged : CREATE INDEX session_flagged ON charging.session USING btree (operator_id, started_at DESC, session_id DESC) WHERE (cardinality(flag_causes) > 0)
-- index charging.session_held : CREATE INDEX session_held ON charging.session USING btree (operator_id, ended_at DESC, session_id DESC) WHERE held
-- index charging.session_open : CREATE INDEX session_open ON charging.session USING btree (operator_id, charge_point_id, evse_number) WHERE (state = 'active'::text)
-- index charging.session_spoke_after_close : CREATE INDEX session_spoke_after_close ON charging.session USING btree (operator_id, session_id) WHERE spoke_after_close
-- index charging.session_start_key : CREATE INDEX session_start_key ON charging.session USING btree (operator_id, charge_point_id, start_key) WHERE (start_key IS NOT NULL)
-- index charging.start_intent_recent : CREATE INDEX start_intent_recent ON charging.start_intent USING btree (operator_id, charge_point_id, recorded_at DESC)

-- function charging.enter_start(operator uuid, point uuid, frame bigint, frame_ordinal integer, reference text, words text, token text, evse integer, remote bigint, said_at timestamp with time zone, valid_s integer, OUT known uuid, OUT named uuid, OUT same uuid, OUT same_message text, OUT same_stopped boolean, OUT same_booted boolean, OUT number bigint, OUT intent_mode text, OUT intent_actor text, OUT intent_device text, OUT intent_ip text) : CREATE OR REPLACE FUNCTION charging.enter_start(operator uuid, point uuid, frame bigint, frame_ordinal integer, reference text, words text, token text, evse integer, remote bigint, said_at timestamp with time zone, valid_s integer, OUT known uuid, OUT named uuid, OUT same uuid, OUT same_message text, OUT same_stopped boolean, OUT same_booted boolean, OUT number bigint, OUT intent_mode text, OUT intent_actor text, OUT intent_device text, OUT intent_ip text)
     RETURNS record
     LANGUAGE plpgsql
    AS $function$
    begin
      insert into charging.start_lane (operator_id, charge_point_id) values (operator, point)
        on conflict (operator_id, charge_point_id) do update set operator_id = excluded.operator_id;
      select f.session_id into known from charging.fact f where f.operator_id = operator and f.frame_sequence = frame and f.ordinal = frame_ordinal;
      if known is not null then return; end if;
      if reference is not null then
        select s.session_id into named from charging.session s where s.operator_id = operator and s.charge_point_id = point and s.transaction_ref = reference;
        if named is not null then return; end if;
      else
        select s.session_id, s.start_message_id,
            exists (select 1 from charging.fact f where f.operator_id = operator and f.session_id = s.session_id and f.kind = 'session_ended'),
            exists (select 1 from charging.fact f where f.operator_id = operator and f.charge_point_id = point and f.kind = 'booted'
              and f.frame_sequence > s.start_sequence and f.frame_sequence < frame)
          into same, same_message, same_stopped, same_booted
          from charging.session s where s.operator_id = operator and s.charge_point_id = point and s.start_key = words
          order by s.start_sequence desc limit 1;
        if same is null then number := nextval('charging.v16_transaction_number'); end if;
      end if;
      select i.mode, i.actor, i.device, i.ip into intent_mode, intent_actor, intent_device, intent_ip from charging.start_intent i
        where i.operator_id = operator and i.charge_point_id = point and i.recorded_at between said_at - make_interval(secs => valid_s) and said_at
          and (i.remote_start_id = remote or i.token_mask is not distinct from token and (i.evse_number is null or i.evse_number is not distinct from evse))
        order by i.recorded_at desc limit 1;
    end $function$
-- function charging.operators_with_silent_sessions(at timestamp with time zone, count_max integer) : CREATE OR REPLACE FUNCTION charging.operators_with_silent_sessions(at timestamp with time zone, count_max integer)
     RETURNS SETOF uuid
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$ select distinct operator_id from charging.session where (state = 'active' or spoke_after_close) and last_recorded_at <= at limit count_max $function$
