-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.

-- table reporting.bill_movement : row level security, forced
-- column reporting.bill_movement.operator_id : uuid not null
-- column reporting.bill_movement.bill_id : uuid not null
-- column reporting.bill_movement.sign : smallint not null
-- column reporting.bill_movement.session_id : uuid not null
-- column reporting.bill_movement.version : integer not null
-- column reporting.bill_movement.state : text not null
-- column reporting.bill_movement.caused_by : uuid not null
-- column reporting.bill_movement.reason : text not null
-- column reporting.bill_movement.correction_id : uuid
-- column reporting.bill_movement.started_at : timestamp with time zone not null
-- column reporting.bill_movement.ended_at : timestamp with time zone not null
-- column reporting.bill_movement.service_on : date not null
-- column reporting.bill_movement.booked_at : timestamp with time zone not null
-- column reporting.bill_movement.counts_on : date not null
-- column reporting.bill_movement.adjusts_on : date
-- column reporting.bill_movement.station_id : uuid not null
-- column reporting.bill_movement.sub_operator_id : uuid
-- column reporting.bill_movement.department_id : uuid
-- column reporting.bill_movement.fleet_id : uuid
-- column reporting.bill_movement.vehicle_id : uuid
-- column reporting.bill_movement.member_id : uuid
-- column reporting.bill_movement.start_mode : text not null
-- column reporting.bill_movement.currency : text not null
-- column reporting.bill_movement.bill_count : integer not null
-- column reporting.bill_movement.held_count : integer not null
-- column reporting.bill_movement.empty_count : integer not null
-- column reporting.bill_movement.doubt_count : integer not null
-- column reporting.bill_movement.energy_wh : bigint not null
-- column reporting.bill_movement.sharp_wh : bigint not null
-- column reporting.bill_movement.peak_wh : bigint not null
-- column reporting.bill_movement.flat_wh : bigint not null
-- column reporting.bill_movement.valley_wh : bigint not null
-- column reporting.bill_movement.sharp_electricity_minor : bigint not null
-- column reporting.bill_movement.peak_electricity_minor : bigint not null
-- column reporting.bill_movement.flat_electricity_minor : bigint not null
-- column reporting.bill_movement.valley_electricity_minor : bigint not null
-- column reporting.bill_movement.sharp_service_minor : bigint not null
-- column reporting.bill_movement.peak_service_minor : bigint not null
-- column reporting.bill_movement.flat_service_minor : bigint not null
-- column reporting.bill_movement.valley_service_minor : bigint not null
-- column reporting.bill_movement.electricity_minor : bigint not null
-- column reporting.bill_movement.service_minor : bigint not null
-- column reporting.bill_movement.occupancy_minor : bigint not null
-- column reporting.bill_movement.total_minor : bigint not null
-- column reporting.bill_movement.coupon_minor : bigint not null
-- column reporting.bill_movement.doubt_minor : bigint not null
-- column reporting.bill_movement.held_wh : bigint not null
-- column reporting.bill_movement.held_minor : bigint not null
-- column reporting.bill_movement.recorded_at : timestamp with time zone not null
-- constraint reporting.bill_movement.bill_movement_check : CHECK (((adjusts_on = service_on) AND (adjusts_on <> counts_on)))
-- constraint reporting.bill_movement.bill_movement_counts_once : CHECK ((((bill_count + held_count) = sign) AND ((state = 'held'::text) = (held_count <> 0))))
-- constraint reporting.bill_movement.bill_movement_counts_somewhere : CHECK (((adjusts_on IS NULL) = (counts_on = service_on)))
-- constraint reporting.bill_movement.bill_movement_electricity_by_period : CHECK ((electricity_minor = (((sharp_electricity_minor + peak_electricity_minor) + flat_electricity_minor) + valley_electricity_minor)))
-- constraint reporting.bill_movement.bill_movement_energy_by_period : CHECK ((energy_wh = (((sharp_wh + peak_wh) + flat_wh) + valley_wh)))
-- constraint reporting.bill_movement.bill_movement_pkey : PRIMARY KEY (operator_id, bill_id, sign)
-- constraint reporting.bill_movement.bill_movement_service_by_period : CHECK ((service_minor = (((sharp_service_minor + peak_service_minor) + flat_service_minor) + valley_service_minor)))
-- constraint reporting.bill_movement.bill_movement_sign_check : CHECK ((sign = ANY (ARRAY[1, '-1'::integer])))
-- constraint reporting.bill_movement.bill_movement_state_check : CHECK ((state = ANY (ARRAY['settled'::text, 'held'::text])))
-- constraint reporting.bill_movement.bill_movement_total : CHECK ((total_minor = ((electricity_minor + service_minor) + occupancy_minor)))
-- constraint reporting.bill_movement.bill_movement_version_check : CHECK ((version > 0))
-- policy reporting.bill_movement.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reporting.bill_movement.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reporting.bill_movement FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reporting.bill_movement.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reporting.bill_movement FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- trigger reporting.bill_movement.refuse_frozen_days : CREATE TRIGGER refuse_frozen_days AFTER INSERT ON reporting.bill_movement REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION reporting.refuse_frozen_days()
-- grant reporting.bill_movement to kirchhoff_app : insert, select
-- grant reporting.bill_movement to kirchhoff_platform : select

-- table reporting.export : row level security, forced
-- column reporting.export.operator_id : uuid not null
-- column reporting.export.export_id : uuid not null
-- column reporting.export.subject : text not null
-- column reporting.export.format : text not null
-- column reporting.export.language : text not null
-- column reporting.export.parameters : jsonb not null
-- column reporting.export.state : text not null
-- column reporting.export.rows_done : bigint not null default 0
-- column reporting.export.rows_total : bigint
-- column reporting.export.reached : jsonb
-- column reporting.export.parts : integer not null default 0
-- column reporting.export.bytes : bigint not null default 0
-- column reporting.export.sha256 : text
-- column reporting.export.failure : text
-- column reporting.export.tries : integer not null default 0
-- column reporting.export.requested_by : text not null
-- column reporting.export.requested_at : timestamp with time zone not null
-- column reporting.export.leased_until : timestamp with time zone
-- column reporting.export.done_at : timestamp with time zone
-- constraint reporting.export.export_bytes_check : CHECK ((bytes >= 0))
-- constraint reporting.export.export_done_whole : CHECK ((((state = 'done'::text) = (sha256 IS NOT NULL)) AND ((state = 'done'::text) = (done_at IS NOT NULL))))
-- constraint reporting.export.export_format_check : CHECK ((format = ANY (ARRAY['csv'::text, 'xlsx'::text, 'pdf'::text])))
-- constraint reporting.export.export_language_check : CHECK ((language = ANY (ARRAY['zh'::text, 'en'::text])))
-- constraint reporting.export.export_parts_check : CHECK ((parts >= 0))
-- constraint reporting.export.export_pkey : PRIMARY KEY (operator_id, export_id)
-- constraint reporting.export.export_requested_by_check : CHECK ((requested_by <> ''::text))
-- constraint reporting.export.export_rows_done_check : CHECK ((rows_done >= 0))
-- constraint reporting.export.export_rows_total_check : CHECK ((rows_total >= 0))
-- constraint reporting.export.export_sha256_check : CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
-- constraint reporting.export.export_state_check : CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text])))
-- constraint reporting.export.export_subject_check : CHECK ((subject = ANY (ARRAY['report'::text, 'bills'::text, 'statement'::text])))
-- policy reporting.export.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant reporting.export to kirchhoff_app : insert, select, update
-- grant reporting.export to kirchhoff_platform : select

-- table reporting.export_part : row level security, forced
-- column reporting.export_part.operator_id : uuid not null
-- column reporting.export_part.export_id : uuid not null
-- column reporting.export_part.part_number : integer not null
-- column reporting.export_part.content : bytea not null
-- constraint reporting.export_part.export_part_operator_id_export_id_fkey : FOREIGN KEY (operator_id, export_id) REFERENCES reporting.export(operator_id, export_id)
-- constraint reporting.export_part.export_part_part_number_check : CHECK ((part_number >= 0))
-- constraint reporting.export_part.export_part_pkey : PRIMARY KEY (operator_id, export_id, part_number)
-- policy reporting.export_part.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reporting.export_part.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reporting.export_part FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reporting.export_part.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reporting.export_part FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reporting.export_part to kirchhoff_app : insert, select
-- grant reporting.export_part to kirchhoff_platform : select

-- table reporting.frozen_day : row level security, forced
-- column reporting.frozen_day.operator_id : uuid not null
-- column reporting.frozen_day.day : date not null
-- column reporting.frozen_day.publication_id : uuid not null
-- constraint reporting.frozen_day.frozen_day_operator_id_publication_id_fkey : FOREIGN KEY (operator_id, publication_id) REFERENCES reporting.publication(operator_id, publication_id)
-- constraint reporting.frozen_day.frozen_day_pkey : PRIMARY KEY (operator_id, day)
-- policy reporting.frozen_day.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reporting.frozen_day.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reporting.frozen_day FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reporting.frozen_day.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reporting.frozen_day FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reporting.frozen_day to kirchhoff_app : insert, select
-- grant reporting.frozen_day to kirchhoff_platform : select

-- table reporting.policy : row level security, forced
-- column reporting.policy.operator_id : uuid not null
-- column reporting.policy.version : integer not null
-- column reporting.policy.publish_four_eyes : boolean not null
-- column reporting.policy.changed_by : text not null
-- column reporting.policy.recorded_at : timestamp with time zone not null
-- constraint reporting.policy.policy_changed_by_check : CHECK ((changed_by <> ''::text))
-- constraint reporting.policy.policy_pkey : PRIMARY KEY (operator_id, version)
-- constraint reporting.policy.policy_version_check : CHECK ((version > 0))
-- policy reporting.policy.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reporting.policy.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reporting.policy FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reporting.policy.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reporting.policy FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reporting.policy to kirchhoff_app : insert, select
-- grant reporting.policy to kirchhoff_platform : select

-- table reporting.publication : row level security, forced
-- column reporting.publication.operator_id : uuid not null
-- column reporting.publication.publication_id : uuid not null
-- column reporting.publication.kind : text not null
-- column reporting.publication.first_on : date not null
-- column reporting.publication.last_on : date not null
-- column reporting.publication.currency : text not null
-- column reporting.publication.abnormal_bills : text not null
-- column reporting.publication.movements : bigint not null
-- column reporting.publication.sha256 : text not null
-- column reporting.publication.published_by : text not null
-- column reporting.publication.approved_by : text
-- column reporting.publication.published_at : timestamp with time zone not null
-- constraint reporting.publication.publication_abnormal_bills_check : CHECK ((abnormal_bills = ANY (ARRAY['hold'::text, 'settle_first'::text])))
-- constraint reporting.publication.publication_check : CHECK (((approved_by <> ''::text) AND (approved_by <> published_by)))
-- constraint reporting.publication.publication_kind_check : CHECK ((kind = ANY (ARRAY['day'::text, 'month'::text])))
-- constraint reporting.publication.publication_movements_check : CHECK ((movements >= 0))
-- constraint reporting.publication.publication_once : UNIQUE (operator_id, kind, first_on)
-- constraint reporting.publication.publication_pkey : PRIMARY KEY (operator_id, publication_id)
-- constraint reporting.publication.publication_published_by_check : CHECK ((published_by <> ''::text))
-- constraint reporting.publication.publication_sha256_check : CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
-- constraint reporting.publication.publication_span : CHECK (
    CASE kind
        WHEN 'day'::text THEN (first_on = last_on)
        ELSE ((EXTRACT(day FROM first_on) = (1)::numeric) AND (last_on = ((first_on + '1 mon -1 days'::interval))::date))
    END)
-- policy reporting.publication.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reporting.publication.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reporting.publication FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reporting.publication.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reporting.publication FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reporting.publication to kirchhoff_app : insert, select
-- grant reporting.publication to kirchhoff_platform : select

-- table reporting.publication_figure : row level security, forced
-- column reporting.publication_figure.operator_id : uuid not null
-- column reporting.publication_figure.publication_id : uuid not null
-- column reporting.publication_figure.dimension : text not null
-- column reporting.publication_figure.key : text not null
-- column reporting.publication_figure.figures : jsonb not null
-- constraint reporting.publication_figure.publication_figure_operator_id_publication_id_fkey : FOREIGN KEY (operator_id, publication_id) REFERENCES reporting.publication(operator_id, publication_id)
-- constraint reporting.publication_figure.publication_figure_pkey : PRIMARY KEY (operator_id, publication_id, dimension, key)
-- policy reporting.publication_figure.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reporting.publication_figure.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reporting.publication_figure FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reporting.publication_figure.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reporting.publication_figure FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reporting.publication_figure to kirchhoff_app : insert, select
-- grant reporting.publication_figure to kirchhoff_platform : select

-- table reporting.statement : row level security, forced
-- column reporting.statement.operator_id : uuid not null
-- column reporting.statement.statement_id : uuid not null
-- column reporting.statement.subject_kind : text not null
-- column reporting.statement.subject_id : uuid not null
-- column reporting.statement.first_on : date not null
-- column reporting.statement.last_on : date not null
-- column reporting.statement.state : text not null
-- column reporting.statement.currency : text not null
-- column reporting.statement.closes_on : date
-- column reporting.statement.made_by : text not null
-- column reporting.statement.made_at : timestamp with time zone not null
-- column reporting.statement.closed_by : text
-- column reporting.statement.closed_at : timestamp with time zone
-- column reporting.statement.waiver_reason : text
-- column reporting.statement.waived : jsonb
-- column reporting.statement.figures : jsonb
-- column reporting.statement.sha256 : text
-- constraint reporting.statement.statement_closed_by_check : CHECK ((closed_by <> ''::text))
-- constraint reporting.statement.statement_closed_whole : CHECK ((((state = ANY (ARRAY['closed'::text, 'waived'::text])) = (closed_at IS NOT NULL)) AND ((closed_at IS NULL) = (closed_by IS NULL)) AND ((closed_at IS NULL) = (figures IS NULL)) AND ((closed_at IS NULL) = (sha256 IS NULL))))
-- constraint reporting.statement.statement_closing_day : CHECK (((state <> 'closing'::text) OR (closes_on IS NOT NULL)))
-- constraint reporting.statement.statement_made_by_check : CHECK ((made_by <> ''::text))
-- constraint reporting.statement.statement_one_for_a_day : EXCLUDE USING gist (operator_id WITH =, subject_kind WITH =, subject_id WITH =, daterange(first_on, last_on, '[]'::text) WITH &&) WHERE ((state <> 'withdrawn'::text))
-- constraint reporting.statement.statement_pkey : PRIMARY KEY (operator_id, statement_id)
-- constraint reporting.statement.statement_sha256_check : CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
-- constraint reporting.statement.statement_span : CHECK (((first_on <= last_on) AND (last_on < (first_on + 400))))
-- constraint reporting.statement.statement_state_check : CHECK ((state = ANY (ARRAY['draft'::text, 'closing'::text, 'closed'::text, 'waived'::text, 'withdrawn'::text])))
-- constraint reporting.statement.statement_subject_kind_check : CHECK ((subject_kind = ANY (ARRAY['fleet'::text, 'department'::text, 'sub_operator'::text])))
-- constraint reporting.statement.statement_waiver : CHECK ((((state = 'waived'::text) = (waiver_reason IS NOT NULL)) AND ((state = 'waived'::text) = (waived IS NOT NULL))))
-- constraint reporting.statement.statement_waiver_reason_check : CHECK (((char_length(waiver_reason) >= 1) AND (char_length(waiver_reason) <= 500)))
-- policy reporting.statement.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reporting.statement.closed_for_good : CREATE TRIGGER closed_for_good BEFORE UPDATE ON reporting.statement FOR EACH ROW EXECUTE FUNCTION reporting.refuse_closed_change()
-- grant reporting.statement to kirchhoff_app : insert, select, update
-- grant reporting.statement to kirchhoff_platform : select

-- table reporting.statement_movement : row level security, forced
-- column reporting.statement_movement.operator_id : uuid not null
-- column reporting.statement_movement.subject_kind : text not null
-- column reporting.statement_movement.bill_id : uuid not null
-- column reporting.statement_movement.sign : smallint not null
-- column reporting.statement_movement.statement_id : uuid not null
-- constraint reporting.statement_movement.statement_movement_operator_id_bill_id_sign_fkey : FOREIGN KEY (operator_id, bill_id, sign) REFERENCES reporting.bill_movement(operator_id, bill_id, sign)
-- constraint reporting.statement_movement.statement_movement_operator_id_statement_id_fkey : FOREIGN KEY (operator_id, statement_id) REFERENCES reporting.statement(operator_id, statement_id)
-- constraint reporting.statement_movement.statement_movement_pkey : PRIMARY KEY (operator_id, subject_kind, bill_id, sign)
-- constraint reporting.statement_movement.statement_movement_subject_kind_check : CHECK ((subject_kind = ANY (ARRAY['fleet'::text, 'department'::text, 'sub_operator'::text])))
-- policy reporting.statement_movement.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger reporting.statement_movement.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON reporting.statement_movement FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger reporting.statement_movement.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON reporting.statement_movement FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant reporting.statement_movement to kirchhoff_app : insert, select
-- grant reporting.statement_movement to kirchhoff_platform : select

-- index reporting.bill_movement_adjusting : CREATE INDEX bill_movement_adjusting ON reporting.bill_movement USING btree (operator_id, adjusts_on, bill_id, sign) WHERE (adjusts_on IS NOT NULL)
-- index reporting.bill_movement_by_report : CREATE INDEX bill_movement_by_report ON reporting.bill_movement USING btree (operator_id, counts_on, bill_id, sign)
-- index reporting.bill_movement_by_session : CREATE INDEX bill_movement_by_session ON reporting.bill_movement USING btree (operator_id, session_id)
-- index reporting.bill_movement_of_department : CREATE INDEX bill_movement_of_department ON reporting.bill_movement USING btree (operator_id, department_id, service_on) WHERE (department_id IS NOT NULL)
-- index reporting.bill_movement_of_fleet : CREATE INDEX bill_movement_of_fleet ON reporting.bill_movement USING btree (operator_id, fleet_id, service_on) WHERE (fleet_id IS NOT NULL)
-- index reporting.bill_movement_of_sub_operator : CREATE INDEX bill_movement_of_sub_operator ON reporting.bill_movement USING btree (operator_id, sub_operator_id, service_on) WHERE (sub_operator_id IS NOT NULL)
-- index reporting.bill_movement_to_review : CREATE INDEX bill_movement_to_review ON reporting.bill_movement USING btree (operator_id, counts_on, session_id) WHERE ((held_count <> 0) OR (doubt_count <> 0))
-- index reporting.export_by_time : CREATE INDEX export_by_time ON reporting.export USING btree (operator_id, requested_at DESC, export_id DESC)
-- index reporting.export_to_do : CREATE INDEX export_to_do ON reporting.export USING btree (operator_id, requested_at) WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text]))
-- index reporting.statement_by_time : CREATE INDEX statement_by_time ON reporting.statement USING btree (operator_id, made_at DESC, statement_id DESC)
-- index reporting.statement_movement_of : CREATE INDEX statement_movement_of ON reporting.statement_movement USING btree (operator_id, statement_id)

-- function reporting.refuse_closed_change() : CREATE OR REPLACE FUNCTION reporting.refuse_closed_change()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if old.state in ('closed', 'waived', 'withdrawn') then
        raise exception 'append_only: a statement that is % stays as it is' , old.state using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
-- function reporting.refuse_frozen_days() : CREATE OR REPLACE FUNCTION reporting.refuse_frozen_days()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    declare
      found_on date;
    begin
      perform pg_advisory_xact_lock_shared(hashtextextended('reporting.frozen_day/' || o.operator_id, 0)) from (select distinct operator_id from written) o;
      select f.day into found_on from (select distinct operator_id, counts_on from written) w join reporting.frozen_day f on f.operator_id = w.operator_id and f.day = w.counts_on limit 1;
      if found_on is not null then
        raise exception 'frozen: the report of % is published, what comes later is an adjustment', found_on using errcode = 'restrict_violation';
      end if;
      return null;
    end $function$
