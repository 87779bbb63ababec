-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.

-- table parties.department : row level security, forced
-- column parties.department.operator_id : uuid not null
-- column parties.department.department_id : uuid not null
-- column parties.department.name : text not null
-- column parties.department.parent_id : uuid
-- column parties.department.pays_from_parent : boolean not null default false
-- column parties.department.created_at : timestamp with time zone not null default now()
-- constraint parties.department.department_check : CHECK (((NOT pays_from_parent) OR (parent_id IS NOT NULL)))
-- constraint parties.department.department_check1 : CHECK ((parent_id <> department_id))
-- constraint parties.department.department_name_check : CHECK (((length(name) >= 1) AND (length(name) <= 200)))
-- constraint parties.department.department_operator_id_fkey : FOREIGN KEY (operator_id) REFERENCES parties.operator(operator_id)
-- constraint parties.department.department_operator_id_parent_id_fkey : FOREIGN KEY (operator_id, parent_id) REFERENCES parties.department(operator_id, department_id)
-- constraint parties.department.department_operator_id_parent_id_name_key : UNIQUE NULLS NOT DISTINCT (operator_id, parent_id, name)
-- constraint parties.department.department_pkey : PRIMARY KEY (operator_id, department_id)
-- policy parties.department.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant parties.department to kirchhoff_app : insert, select, update
-- grant parties.department to kirchhoff_platform : select

-- table parties.fleet : row level security, forced
-- column parties.fleet.operator_id : uuid not null
-- column parties.fleet.fleet_id : uuid not null
-- column parties.fleet.name : text not null
-- column parties.fleet.department_id : uuid
-- column parties.fleet.created_at : timestamp with time zone not null default now()
-- constraint parties.fleet.fleet_name_check : CHECK (((length(name) >= 1) AND (length(name) <= 200)))
-- constraint parties.fleet.fleet_operator_id_department_id_fkey : FOREIGN KEY (operator_id, department_id) REFERENCES parties.department(operator_id, department_id)
-- constraint parties.fleet.fleet_operator_id_fkey : FOREIGN KEY (operator_id) REFERENCES parties.operator(operator_id)
-- constraint parties.fleet.fleet_operator_id_name_key : UNIQUE (operator_id, name)
-- constraint parties.fleet.fleet_pkey : PRIMARY KEY (operator_id, fleet_id)
-- policy parties.fleet.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant parties.fleet to kirchhoff_app : insert, select, update
-- grant parties.fleet to kirchhoff_platform : select

-- table parties.member : row level security, forced
-- column parties.member.operator_id : uuid not null
-- column parties.member.member_id : uuid not null
-- column parties.member.display_name_sealed : bytea not null
-- column parties.member.phone_sealed : bytea
-- column parties.member.phone_index : bytea
-- column parties.member.department_id : uuid
-- column parties.member.sub_operator_id : uuid
-- column parties.member.status : text not null default 'active'::text
-- column parties.member.created_at : timestamp with time zone not null default now()
-- column parties.member.erased_at : timestamp with time zone
-- constraint parties.member.member_check : CHECK (((erased_at IS NULL) OR ((status = 'frozen'::text) AND (phone_index IS NULL))))
-- constraint parties.member.member_operator_id_department_id_fkey : FOREIGN KEY (operator_id, department_id) REFERENCES parties.department(operator_id, department_id)
-- constraint parties.member.member_operator_id_fkey : FOREIGN KEY (operator_id) REFERENCES parties.operator(operator_id)
-- constraint parties.member.member_operator_id_phone_index_key : UNIQUE (operator_id, phone_index)
-- constraint parties.member.member_operator_id_sub_operator_id_fkey : FOREIGN KEY (operator_id, sub_operator_id) REFERENCES parties.sub_operator(operator_id, sub_operator_id)
-- constraint parties.member.member_pkey : PRIMARY KEY (operator_id, member_id)
-- constraint parties.member.member_status_check : CHECK ((status = ANY (ARRAY['active'::text, 'frozen'::text])))
-- policy parties.member.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant parties.member to kirchhoff_app : insert, select, update
-- grant parties.member to kirchhoff_platform : select

-- table parties.member_credential : row level security, forced
-- column parties.member_credential.operator_id : uuid not null
-- column parties.member_credential.credential_id : uuid not null
-- column parties.member_credential.member_id : uuid not null
-- column parties.member_credential.kind : text not null
-- column parties.member_credential.token_index : bytea not null
-- column parties.member_credential.token_sealed : bytea not null
-- column parties.member_credential.created_at : timestamp with time zone not null default now()
-- column parties.member_credential.revoked_at : timestamp with time zone
-- constraint parties.member_credential.member_credential_kind_check : CHECK ((kind = ANY (ARRAY['rfid'::text, 'app'::text, 'vin'::text, 'station_password'::text])))
-- constraint parties.member_credential.member_credential_operator_id_member_id_fkey : FOREIGN KEY (operator_id, member_id) REFERENCES parties.member(operator_id, member_id)
-- constraint parties.member_credential.member_credential_pkey : PRIMARY KEY (operator_id, credential_id)
-- policy parties.member_credential.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant parties.member_credential to kirchhoff_app : insert, select, update
-- grant parties.member_credential to kirchhoff_platform : select

-- table parties.member_department : row level security, forced
-- column parties.member_department.operator_id : uuid not null
-- column parties.member_department.assignment_id : uuid not null
-- column parties.member_department.member_id : uuid not null
-- column parties.member_department.department_id : uuid
-- column parties.member_department.valid_from : timestamp with time zone not null
-- column parties.member_department.valid_to : timestamp with time zone
-- column parties.member_department.recorded_at : timestamp with time zone not null default now()
-- constraint parties.member_department.member_department_one_at_a_time : EXCLUDE USING gist (operator_id WITH =, member_id WITH =, tstzrange(valid_from, valid_to) WITH &&)
-- constraint parties.member_department.member_department_operator_id_department_id_fkey : FOREIGN KEY (operator_id, department_id) REFERENCES parties.department(operator_id, department_id)
-- constraint parties.member_department.member_department_operator_id_member_id_fkey : FOREIGN KEY (operator_id, member_id) REFERENCES parties.member(operator_id, member_id)
-- constraint parties.member_department.member_department_order : CHECK (((valid_to IS NULL) OR (valid_from < valid_to)))
-- constraint parties.member_department.member_department_pkey : PRIMARY KEY (operator_id, assignment_id)
-- policy parties.member_department.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger parties.member_department.ends_once : CREATE TRIGGER ends_once BEFORE UPDATE ON parties.member_department FOR EACH ROW EXECUTE FUNCTION parties.refuse_second_end()
-- grant parties.member_department to kirchhoff_app : insert, select
-- grant parties.member_department to kirchhoff_platform : select

-- table parties.operator : row level security, forced
-- column parties.operator.operator_id : uuid not null
-- column parties.operator.code : text not null
-- column parties.operator.name : text not null
-- column parties.operator.currency : text not null
-- column parties.operator.time_zone : text not null
-- column parties.operator.created_at : timestamp with time zone not null default now()
-- constraint parties.operator.operator_code_check : CHECK ((code ~ '^[a-z0-9][a-z0-9-]{1,30}$'::text))
-- constraint parties.operator.operator_currency_check : CHECK ((currency ~ '^[A-Z]{3}$'::text))
-- constraint parties.operator.operator_name_check : CHECK (((length(name) >= 1) AND (length(name) <= 200)))
-- constraint parties.operator.operator_pkey : PRIMARY KEY (operator_id)
-- policy parties.operator.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger parties.operator.register_code : CREATE TRIGGER register_code BEFORE INSERT OR UPDATE ON parties.operator FOR EACH ROW EXECUTE FUNCTION parties.register_operator_code()
-- grant parties.operator to kirchhoff_app : insert, select, update
-- grant parties.operator to kirchhoff_platform : select

-- table parties.operator_directory
-- column parties.operator_directory.code : text not null
-- column parties.operator_directory.operator_id : uuid not null
-- constraint parties.operator_directory.operator_directory_operator_id_key : UNIQUE (operator_id)
-- constraint parties.operator_directory.operator_directory_pkey : PRIMARY KEY (code)
-- grant parties.operator_directory to kirchhoff_platform : select

-- table parties.sub_operator : row level security, forced
-- column parties.sub_operator.operator_id : uuid not null
-- column parties.sub_operator.sub_operator_id : uuid not null
-- column parties.sub_operator.name : text not null
-- column parties.sub_operator.created_at : timestamp with time zone not null default now()
-- constraint parties.sub_operator.sub_operator_name_check : CHECK (((length(name) >= 1) AND (length(name) <= 200)))
-- constraint parties.sub_operator.sub_operator_operator_id_fkey : FOREIGN KEY (operator_id) REFERENCES parties.operator(operator_id)
-- constraint parties.sub_operator.sub_operator_operator_id_name_key : UNIQUE (operator_id, name)
-- constraint parties.sub_operator.sub_operator_pkey : PRIMARY KEY (operator_id, sub_operator_id)
-- policy parties.sub_operator.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant parties.sub_operator to kirchhoff_app : insert, select, update
-- grant parties.sub_operator to kirchhoff_platform : select

-- table parties.vehicle : row level security, forced
-- column parties.vehicle.operator_id : uuid not null
-- column parties.vehicle.vehicle_id : uuid not null
-- column parties.vehicle.vin_sealed : bytea
-- column parties.vehicle.vin_index : bytea
-- column parties.vehicle.plate_sealed : bytea
-- column parties.vehicle.plate_index : bytea
-- column parties.vehicle.created_at : timestamp with time zone not null default now()
-- column parties.vehicle.erased_at : timestamp with time zone
-- constraint parties.vehicle.vehicle_check : CHECK ((((vin_sealed IS NULL) = (vin_index IS NULL)) AND ((plate_sealed IS NULL) = (plate_index IS NULL))))
-- constraint parties.vehicle.vehicle_check1 : CHECK (((vin_sealed IS NOT NULL) OR (plate_sealed IS NOT NULL) OR (erased_at IS NOT NULL)))
-- constraint parties.vehicle.vehicle_operator_id_fkey : FOREIGN KEY (operator_id) REFERENCES parties.operator(operator_id)
-- constraint parties.vehicle.vehicle_pkey : PRIMARY KEY (operator_id, vehicle_id)
-- constraint parties.vehicle.vehicle_plate : UNIQUE (operator_id, plate_index)
-- constraint parties.vehicle.vehicle_vin : UNIQUE (operator_id, vin_index)
-- policy parties.vehicle.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant parties.vehicle to kirchhoff_app : insert, select, update
-- grant parties.vehicle to kirchhoff_platform : select

-- table parties.vehicle_fleet : row level security, forced
-- column parties.vehicle_fleet.operator_id : uuid not null
-- column parties.vehicle_fleet.assignment_id : uuid not null
-- column parties.vehicle_fleet.vehicle_id : uuid not null
-- column parties.vehicle_fleet.fleet_id : uuid
-- column parties.vehicle_fleet.valid_from : timestamp with time zone not null
-- column parties.vehicle_fleet.valid_to : timestamp with time zone
-- column parties.vehicle_fleet.recorded_at : timestamp with time zone not null default now()
-- constraint parties.vehicle_fleet.vehicle_fleet_one_at_a_time : EXCLUDE USING gist (operator_id WITH =, vehicle_id WITH =, tstzrange(valid_from, valid_to) WITH &&)
-- constraint parties.vehicle_fleet.vehicle_fleet_operator_id_fleet_id_fkey : FOREIGN KEY (operator_id, fleet_id) REFERENCES parties.fleet(operator_id, fleet_id)
-- constraint parties.vehicle_fleet.vehicle_fleet_operator_id_vehicle_id_fkey : FOREIGN KEY (operator_id, vehicle_id) REFERENCES parties.vehicle(operator_id, vehicle_id)
-- constraint parties.vehicle_fleet.vehicle_fleet_order : CHECK (((valid_to IS NULL) OR (valid_from < valid_to)))
-- constraint parties.vehicle_fleet.vehicle_fleet_pkey : PRIMARY KEY (operator_id, assignment_id)
-- policy parties.vehicle_fleet.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger parties.vehicle_fleet.ends_once : CREATE TRIGGER ends_once BEFORE UPDATE ON parties.vehicle_fleet FOR EACH ROW EXECUTE FUNCTION parties.refuse_second_end()
-- grant parties.vehicle_fleet to kirchhoff_app : insert, select
-- grant parties.vehicle_fleet to kirchhoff_platform : select

-- index parties.member_credential_by_member : CREATE INDEX member_credential_by_member ON parties.member_credential USING btree (operator_id, member_id)
-- index parties.member_credential_token : CREATE UNIQUE INDEX member_credential_token ON parties.member_credential USING btree (operator_id, token_index) WHERE (revoked_at IS NULL)
-- index parties.vehicle_fleet_by_fleet : CREATE INDEX vehicle_fleet_by_fleet ON parties.vehicle_fleet USING btree (operator_id, fleet_id, vehicle_id)

-- function parties.find_operator(wanted text) : CREATE OR REPLACE FUNCTION parties.find_operator(wanted text)
     RETURNS uuid
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO ''
    AS $function$ select operator_id from parties.operator_directory where code = wanted $function$
-- function parties.refuse_second_end() : CREATE OR REPLACE FUNCTION parties.refuse_second_end()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if old.valid_to is not null then
        raise exception 'append_only: this assignment has ended already, a correction is a new row' using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
-- function parties.register_operator_code() : CREATE OR REPLACE FUNCTION parties.register_operator_code()
     RETURNS trigger
     LANGUAGE plpgsql
     SECURITY DEFINER
     SET search_path TO ''
    AS $function$
    begin
      if tg_op = 'UPDATE' and new.code <> old.code then
        raise exception 'an operator keeps its code' using errcode = 'restrict_violation';
      end if;
      if tg_op = 'INSERT' then
        insert into parties.operator_directory (code, operator_id) values (new.code, new.operator_id);
      end if;
      return new;
    end $function$
