-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.

-- table locations.charge_point : row level security, forced
-- column locations.charge_point.operator_id : uuid not null
-- column locations.charge_point.charge_point_id : uuid not null
-- column locations.charge_point.station_id : uuid not null
-- column locations.charge_point.identity : text not null
-- column locations.charge_point.asset_code : text
-- column locations.charge_point.max_power_w : bigint not null
-- column locations.charge_point.recorded_at : timestamp with time zone not null default now()
-- constraint locations.charge_point.charge_point_asset_code : UNIQUE (operator_id, asset_code)
-- constraint locations.charge_point.charge_point_asset_code_check : CHECK ((asset_code ~ '^[0-9]{20}$'::text))
-- constraint locations.charge_point.charge_point_identity : UNIQUE (operator_id, identity)
-- constraint locations.charge_point.charge_point_max_power_w_check : CHECK (((max_power_w >= 1) AND (max_power_w <= 10000000)))
-- constraint locations.charge_point.charge_point_operator_id_station_id_fkey : FOREIGN KEY (operator_id, station_id) REFERENCES locations.station(operator_id, station_id)
-- constraint locations.charge_point.charge_point_pkey : PRIMARY KEY (operator_id, charge_point_id)
-- policy locations.charge_point.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant locations.charge_point to kirchhoff_app : insert, select, update
-- grant locations.charge_point to kirchhoff_platform : select

-- table locations.charge_point_directory
-- column locations.charge_point_directory.identity : text not null
-- column locations.charge_point_directory.operator_id : uuid not null
-- column locations.charge_point_directory.charge_point_id : uuid not null
-- column locations.charge_point_directory.password_hash : text
-- constraint locations.charge_point_directory.charge_point_directory_identity_check : CHECK (((char_length(identity) >= 1) AND (char_length(identity) <= 48)))
-- constraint locations.charge_point_directory.charge_point_directory_operator_id_charge_point_id_key : UNIQUE (operator_id, charge_point_id)
-- constraint locations.charge_point_directory.charge_point_directory_pkey : PRIMARY KEY (identity)

-- table locations.charge_point_state : row level security, forced
-- column locations.charge_point_state.operator_id : uuid not null
-- column locations.charge_point_state.charge_point_id : uuid not null
-- column locations.charge_point_state.vendor : text
-- column locations.charge_point_state.model : text
-- column locations.charge_point_state.serial : text
-- column locations.charge_point_state.firmware : text
-- column locations.charge_point_state.booted_at : timestamp with time zone
-- column locations.charge_point_state.last_seen_at : timestamp with time zone
-- constraint locations.charge_point_state.charge_point_state_operator_id_charge_point_id_fkey : FOREIGN KEY (operator_id, charge_point_id) REFERENCES locations.charge_point(operator_id, charge_point_id)
-- constraint locations.charge_point_state.charge_point_state_pkey : PRIMARY KEY (operator_id, charge_point_id)
-- policy locations.charge_point_state.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant locations.charge_point_state to kirchhoff_app : insert, select, update
-- grant locations.charge_point_state to kirchhoff_platform : select

-- table locations.connector : row level security, forced
-- column locations.connector.operator_id : uuid not null
-- column locations.connector.connector_id : uuid not null
-- column locations.connector.charge_point_id : uuid not null
-- column locations.connector.evse_number : integer not null
-- column locations.connector.max_power_w : bigint not null
-- column locations.connector.discovered : boolean not null
-- column locations.connector.recorded_at : timestamp with time zone not null default now()
-- constraint locations.connector.connector_evse_number : UNIQUE (operator_id, charge_point_id, evse_number)
-- constraint locations.connector.connector_evse_number_check : CHECK (((evse_number >= 1) AND (evse_number <= 1000)))
-- constraint locations.connector.connector_max_power_w_check : CHECK (((max_power_w >= 1) AND (max_power_w <= 10000000)))
-- constraint locations.connector.connector_operator_id_charge_point_id_fkey : FOREIGN KEY (operator_id, charge_point_id) REFERENCES locations.charge_point(operator_id, charge_point_id)
-- constraint locations.connector.connector_pkey : PRIMARY KEY (operator_id, connector_id)
-- policy locations.connector.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant locations.connector to kirchhoff_app : insert, select, update
-- grant locations.connector to kirchhoff_platform : select

-- table locations.connector_status : row level security, forced
-- column locations.connector_status.operator_id : uuid not null
-- column locations.connector_status.charge_point_id : uuid not null
-- column locations.connector_status.evse_number : integer not null
-- column locations.connector_status.status : text not null
-- column locations.connector_status.error_code : text
-- column locations.connector_status.stated_at : timestamp with time zone not null
-- constraint locations.connector_status.connector_status_error_code_check : CHECK ((char_length(error_code) <= 80))
-- constraint locations.connector_status.connector_status_evse_number_check : CHECK (((evse_number >= 0) AND (evse_number <= 1000)))
-- constraint locations.connector_status.connector_status_operator_id_charge_point_id_fkey : FOREIGN KEY (operator_id, charge_point_id) REFERENCES locations.charge_point(operator_id, charge_point_id)
-- constraint locations.connector_status.connector_status_pkey : PRIMARY KEY (operator_id, charge_point_id, evse_number)
-- constraint locations.connector_status.connector_status_status_check : CHECK ((char_length(status) <= 40))
-- policy locations.connector_status.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant locations.connector_status to kirchhoff_app : insert, select, update
-- grant locations.connector_status to kirchhoff_platform : select

-- table locations.station : row level security, forced
-- column locations.station.operator_id : uuid not null
-- column locations.station.station_id : uuid not null
-- column locations.station.name : text not null
-- column locations.station.address : text
-- column locations.station.time_zone : text not null
-- column locations.station.recorded_at : timestamp with time zone not null default now()
-- constraint locations.station.station_address_check : CHECK ((char_length(address) <= 400))
-- constraint locations.station.station_name_check : CHECK (((name = btrim(name)) AND ((char_length(name) >= 1) AND (char_length(name) <= 200))))
-- constraint locations.station.station_pkey : PRIMARY KEY (operator_id, station_id)
-- constraint locations.station.station_time_zone_check : CHECK ((time_zone <> ''::text))
-- policy locations.station.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant locations.station to kirchhoff_app : insert, select, update
-- grant locations.station to kirchhoff_platform : select

-- table locations.station_binding : row level security, forced
-- column locations.station_binding.operator_id : uuid not null
-- column locations.station_binding.binding_id : uuid not null
-- column locations.station_binding.station_id : uuid not null
-- column locations.station_binding.sub_operator_id : uuid not null
-- column locations.station_binding.valid_from : timestamp with time zone not null
-- column locations.station_binding.valid_to : timestamp with time zone
-- column locations.station_binding.recorded_at : timestamp with time zone not null default now()
-- constraint locations.station_binding.station_binding_one_at_a_time : EXCLUDE USING gist (operator_id WITH =, station_id WITH =, tstzrange(valid_from, valid_to) WITH &&)
-- constraint locations.station_binding.station_binding_operator_id_station_id_fkey : FOREIGN KEY (operator_id, station_id) REFERENCES locations.station(operator_id, station_id)
-- constraint locations.station_binding.station_binding_pkey : PRIMARY KEY (operator_id, binding_id)
-- constraint locations.station_binding.station_binding_valid_order : CHECK (((valid_to IS NULL) OR (valid_from < valid_to)))
-- policy locations.station_binding.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger locations.station_binding.ends_once : CREATE TRIGGER ends_once BEFORE UPDATE ON locations.station_binding FOR EACH ROW EXECUTE FUNCTION locations.refuse_second_end()
-- grant locations.station_binding to kirchhoff_app : insert, select
-- grant locations.station_binding to kirchhoff_platform : select

-- index locations.charge_point_by_station : CREATE INDEX charge_point_by_station ON locations.charge_point USING btree (operator_id, station_id)
-- index locations.station_binding_by_sub_operator : CREATE INDEX station_binding_by_sub_operator ON locations.station_binding USING btree (operator_id, sub_operator_id, station_id)

-- function locations.claim_identity(wanted text, operator uuid, charge_point uuid, hash text) : CREATE OR REPLACE FUNCTION locations.claim_identity(wanted text, operator uuid, charge_point uuid, hash text)
     RETURNS boolean
     LANGUAGE plpgsql
     SECURITY DEFINER
     SET search_path TO 'pg_catalog', 'pg_temp'
    AS $function$
    begin
      if not operator = any (coalesce(platform.current_operators(), '{}')) then
        raise exception 'the transaction is not of this operator' using errcode = 'insufficient_privilege';
      end if;
      insert into locations.charge_point_directory (identity, operator_id, charge_point_id, password_hash)
        values (wanted, operator, charge_point, hash) on conflict (identity) do nothing;
      return found;
    end $function$
-- function locations.refuse_second_end() : CREATE OR REPLACE FUNCTION locations.refuse_second_end()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if old.valid_to is not null then
        raise exception 'append_only: this binding has ended already, a correction is a new row' using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
-- function locations.resolve_charge_point(wanted text) : CREATE OR REPLACE FUNCTION locations.resolve_charge_point(wanted text)
     RETURNS TABLE(operator_id uuid, charge_point_id uuid, password_hash text)
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog', 'pg_temp'
    AS $function$ select d.operator_id, d.charge_point_id, d.password_hash from locations.charge_point_directory d where d.identity = wanted $function$
-- function locations.set_password_hash(charge_point uuid, hash text) : CREATE OR REPLACE FUNCTION locations.set_password_hash(charge_point uuid, hash text)
     RETURNS boolean
     LANGUAGE plpgsql
     SECURITY DEFINER
     SET search_path TO 'pg_catalog', 'pg_temp'
    AS $function$
    begin
      update locations.charge_point_directory d set password_hash = hash
        where d.charge_point_id = charge_point and d.operator_id = any (platform.current_operators());
      return found;
    end $function$
