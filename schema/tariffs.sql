-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.

-- table tariffs.assignment : row level security, forced
-- column tariffs.assignment.operator_id : uuid not null
-- column tariffs.assignment.assignment_id : uuid not null
-- column tariffs.assignment.tariff_id : uuid not null
-- column tariffs.assignment.station_id : uuid not null
-- column tariffs.assignment.connector_id : uuid
-- column tariffs.assignment.valid_from : timestamp with time zone not null
-- column tariffs.assignment.valid_to : timestamp with time zone
-- column tariffs.assignment.recorded_at : timestamp with time zone not null default now()
-- constraint tariffs.assignment.assignment_one_at_a_connector : EXCLUDE USING gist (operator_id WITH =, connector_id WITH =, tstzrange(valid_from, valid_to) WITH &&) WHERE ((connector_id IS NOT NULL))
-- constraint tariffs.assignment.assignment_one_at_a_station : EXCLUDE USING gist (operator_id WITH =, station_id WITH =, tstzrange(valid_from, valid_to) WITH &&) WHERE ((connector_id IS NULL))
-- constraint tariffs.assignment.assignment_operator_id_tariff_id_fkey : FOREIGN KEY (operator_id, tariff_id) REFERENCES tariffs.tariff(operator_id, tariff_id)
-- constraint tariffs.assignment.assignment_pkey : PRIMARY KEY (operator_id, assignment_id)
-- constraint tariffs.assignment.assignment_valid_order : CHECK (((valid_to IS NULL) OR (valid_from < valid_to)))
-- policy tariffs.assignment.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger tariffs.assignment.ends_once : CREATE TRIGGER ends_once BEFORE UPDATE ON tariffs.assignment FOR EACH ROW EXECUTE FUNCTION tariffs.refuse_second_end()
-- grant tariffs.assignment to kirchhoff_app : insert, select
-- grant tariffs.assignment to kirchhoff_platform : select

-- table tariffs.period : row level security, forced
-- column tariffs.period.operator_id : uuid not null
-- column tariffs.period.tariff_id : uuid not null
-- column tariffs.period.start_minute : integer not null
-- column tariffs.period.end_minute : integer not null
-- column tariffs.period.next_start_minute : integer not null generated always as ((end_minute % 1440)) stored
-- column tariffs.period.kind : text not null
-- column tariffs.period.electricity_rate_e4 : bigint not null
-- column tariffs.period.service_rate_e4 : bigint not null
-- constraint tariffs.period.period_electricity_rate_e4_check : CHECK (((electricity_rate_e4 >= 0) AND (electricity_rate_e4 <= 1000000000)))
-- constraint tariffs.period.period_kind_check : CHECK ((kind = ANY (ARRAY['sharp'::text, 'peak'::text, 'flat'::text, 'valley'::text])))
-- constraint tariffs.period.period_operator_id_tariff_id_fkey : FOREIGN KEY (operator_id, tariff_id) REFERENCES tariffs.tariff(operator_id, tariff_id)
-- constraint tariffs.period.period_pkey : PRIMARY KEY (operator_id, tariff_id, start_minute)
-- constraint tariffs.period.period_service_rate_e4_check : CHECK (((service_rate_e4 >= 0) AND (service_rate_e4 <= 1000000000)))
-- constraint tariffs.period.tariff_period_end : UNIQUE (operator_id, tariff_id, end_minute)
-- constraint tariffs.period.tariff_period_next : FOREIGN KEY (operator_id, tariff_id, next_start_minute) REFERENCES tariffs.period(operator_id, tariff_id, start_minute) DEFERRABLE INITIALLY DEFERRED
-- constraint tariffs.period.tariff_period_order : CHECK (((0 <= start_minute) AND (start_minute < end_minute) AND (end_minute <= 1440)))
-- policy tariffs.period.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger tariffs.period.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON tariffs.period FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger tariffs.period.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON tariffs.period FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant tariffs.period to kirchhoff_app : insert, select
-- grant tariffs.period to kirchhoff_platform : select

-- table tariffs.tariff : row level security, forced
-- column tariffs.tariff.operator_id : uuid not null
-- column tariffs.tariff.tariff_id : uuid not null
-- column tariffs.tariff.series_id : uuid not null
-- column tariffs.tariff.version : integer not null
-- column tariffs.tariff.name : text not null
-- column tariffs.tariff.currency : text not null
-- column tariffs.tariff.occupancy_rate_e4 : bigint
-- column tariffs.tariff.occupancy_grace_minutes : integer
-- column tariffs.tariff.first_minute : integer not null generated always as (0) stored
-- column tariffs.tariff.recorded_at : timestamp with time zone not null default now()
-- constraint tariffs.tariff.tariff_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint tariffs.tariff.tariff_first_period : FOREIGN KEY (operator_id, tariff_id, first_minute) REFERENCES tariffs.period(operator_id, tariff_id, start_minute) DEFERRABLE INITIALLY DEFERRED
-- constraint tariffs.tariff.tariff_first_version : CHECK (((version = 1) = (series_id = tariff_id)))
-- constraint tariffs.tariff.tariff_name_check : CHECK (((name = btrim(name)) AND ((char_length(name) >= 1) AND (char_length(name) <= 200))))
-- constraint tariffs.tariff.tariff_occupancy : CHECK (((occupancy_rate_e4 IS NULL) = (occupancy_grace_minutes IS NULL)))
-- constraint tariffs.tariff.tariff_occupancy_grace_minutes_check : CHECK (((occupancy_grace_minutes >= 0) AND (occupancy_grace_minutes <= 1440)))
-- constraint tariffs.tariff.tariff_occupancy_rate_e4_check : CHECK (((occupancy_rate_e4 >= 0) AND (occupancy_rate_e4 <= 1000000000)))
-- constraint tariffs.tariff.tariff_pkey : PRIMARY KEY (operator_id, tariff_id)
-- constraint tariffs.tariff.tariff_series : FOREIGN KEY (operator_id, series_id) REFERENCES tariffs.tariff(operator_id, tariff_id)
-- constraint tariffs.tariff.tariff_version : UNIQUE (operator_id, series_id, version)
-- constraint tariffs.tariff.tariff_version_check : CHECK ((version >= 1))
-- policy tariffs.tariff.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger tariffs.tariff.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON tariffs.tariff FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger tariffs.tariff.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON tariffs.tariff FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant tariffs.tariff to kirchhoff_app : insert, select
-- grant tariffs.tariff to kirchhoff_platform : select

-- index tariffs.assignment_by_station : CREATE INDEX assignment_by_station ON tariffs.assignment USING btree (operator_id, station_id, valid_from)
-- index tariffs.assignment_by_tariff : CREATE INDEX assignment_by_tariff ON tariffs.assignment USING btree (operator_id, tariff_id)

-- function tariffs.refuse_second_end() : CREATE OR REPLACE FUNCTION tariffs.refuse_second_end()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if old.valid_to is not null then
        raise exception 'append_only: this assignment has ended already, a correction is a new row' using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
