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

-- index parties.member_credential_by_member : CREATE INDEX member_credential_by_member ON parties.member_credential USING btree (operator_id, member_id)
-- index parties.member_credential_token : CREATE UNIQUE INDEX member_credential_token ON parties.member_credential USING btree (operator_id, token_index) WHERE (revoked_at IS NULL)

-- function parties.find_operator(wanted text) : CREATE OR REPLACE FUNCTION parties.find_operator(wanted text)
     RETURNS uuid
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO ''
    AS $function$ select operator_id from parties.operator_directory where code = wanted $function$
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
