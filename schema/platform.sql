-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.

-- table platform.approval : row level security, forced
-- column platform.approval.operator_id : uuid not null
-- column platform.approval.approval_id : uuid not null
-- column platform.approval.kind : text not null
-- column platform.approval.payload : jsonb not null
-- column platform.approval.subject_kind : text not null
-- column platform.approval.subject_id : text not null
-- column platform.approval.reason : text not null
-- column platform.approval.rule : text not null
-- column platform.approval.requested_by_kind : text not null
-- column platform.approval.requested_by : uuid not null
-- column platform.approval.requested_at : timestamp with time zone not null
-- column platform.approval.expires_at : timestamp with time zone not null
-- column platform.approval.state : text not null default 'pending'::text
-- column platform.approval.decided_by : uuid
-- column platform.approval.decided_at : timestamp with time zone
-- column platform.approval.decision_note : text
-- column platform.approval.outcome : jsonb
-- constraint platform.approval.approval_check : CHECK ((expires_at > requested_at))
-- constraint platform.approval.approval_check1 : CHECK ((((state = 'pending'::text) = (decided_by IS NULL)) AND ((decided_by IS NULL) = (decided_at IS NULL))))
-- constraint platform.approval.approval_decision_note_check : CHECK (((length(decision_note) >= 1) AND (length(decision_note) <= 2000)))
-- constraint platform.approval.approval_four_eyes : CHECK ((decided_by <> requested_by))
-- constraint platform.approval.approval_in_time : CHECK ((decided_at < expires_at))
-- constraint platform.approval.approval_kind_check : CHECK ((kind ~ '^[a-z_]+\.[a-z_]+$'::text))
-- constraint platform.approval.approval_pkey : PRIMARY KEY (operator_id, approval_id)
-- constraint platform.approval.approval_reason_check : CHECK (((length(reason) >= 1) AND (length(reason) <= 2000)))
-- constraint platform.approval.approval_requested_by_kind_check : CHECK ((requested_by_kind = ANY (ARRAY['user'::text, 'api_client'::text])))
-- constraint platform.approval.approval_rule_check : CHECK (((length(rule) >= 1) AND (length(rule) <= 500)))
-- constraint platform.approval.approval_state_check : CHECK ((state = ANY (ARRAY['pending'::text, 'approved'::text, 'refused'::text])))
-- policy platform.approval.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger platform.approval.guard : CREATE TRIGGER guard BEFORE DELETE OR UPDATE ON platform.approval FOR EACH ROW EXECUTE FUNCTION platform.guard_approval()
-- trigger platform.approval.guard_truncate : CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON platform.approval FOR EACH STATEMENT EXECUTE FUNCTION platform.guard_approval()
-- grant platform.approval to kirchhoff_app : insert, select
-- grant platform.approval to kirchhoff_platform : select

-- table platform.audit_entry : row level security, forced
-- column platform.audit_entry.operator_id : uuid not null
-- column platform.audit_entry.entry_id : uuid not null
-- column platform.audit_entry.recorded_at : timestamp with time zone not null
-- column platform.audit_entry.actor_kind : text not null
-- column platform.audit_entry.actor_id : uuid
-- column platform.audit_entry.ip : inet
-- column platform.audit_entry.user_agent : text
-- column platform.audit_entry.act : text not null
-- column platform.audit_entry.subject_kind : text not null
-- column platform.audit_entry.subject_id : text not null
-- column platform.audit_entry.before : jsonb
-- column platform.audit_entry.after : jsonb
-- column platform.audit_entry.reason : text
-- column platform.audit_entry.request_id : text
-- constraint platform.audit_entry.audit_entry_act_check : CHECK ((act ~ '^[a-z_]+\.[a-z_]+$'::text))
-- constraint platform.audit_entry.audit_entry_actor_kind_check : CHECK ((actor_kind = ANY (ARRAY['user'::text, 'api_client'::text, 'system'::text])))
-- constraint platform.audit_entry.audit_entry_check : CHECK (((actor_id IS NULL) = (actor_kind = 'system'::text)))
-- constraint platform.audit_entry.audit_entry_pkey : PRIMARY KEY (operator_id, entry_id)
-- constraint platform.audit_entry.audit_entry_reason_check : CHECK (((length(reason) >= 1) AND (length(reason) <= 2000)))
-- constraint platform.audit_entry.audit_entry_subject_id_check : CHECK (((length(subject_id) >= 1) AND (length(subject_id) <= 128)))
-- constraint platform.audit_entry.audit_entry_subject_kind_check : CHECK ((subject_kind ~ '^[a-z_]+$'::text))
-- constraint platform.audit_entry.audit_entry_user_agent_check : CHECK ((length(user_agent) <= 512))
-- policy platform.audit_entry.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger platform.audit_entry.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON platform.audit_entry FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger platform.audit_entry.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON platform.audit_entry FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant platform.audit_entry to kirchhoff_app : insert, select
-- grant platform.audit_entry to kirchhoff_platform : select

-- table platform.idempotency_key : row level security, forced
-- column platform.idempotency_key.operator_id : uuid not null
-- column platform.idempotency_key.actor : text not null
-- column platform.idempotency_key.key_hash : bytea not null
-- column platform.idempotency_key.request_hash : bytea not null
-- column platform.idempotency_key.status : smallint
-- column platform.idempotency_key.response_sealed : bytea
-- column platform.idempotency_key.expires_at : timestamp with time zone not null
-- constraint platform.idempotency_key.idempotency_key_key_hash_check : CHECK ((octet_length(key_hash) = 32))
-- constraint platform.idempotency_key.idempotency_key_pkey : PRIMARY KEY (operator_id, actor, key_hash)
-- constraint platform.idempotency_key.idempotency_key_request_hash_check : CHECK ((octet_length(request_hash) = 32))
-- policy platform.idempotency_key.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant platform.idempotency_key to kirchhoff_app : delete, insert, select
-- grant platform.idempotency_key to kirchhoff_platform : select

-- table platform.inbox : row level security, forced
-- column platform.inbox.operator_id : uuid not null
-- column platform.inbox.subscriber : text not null
-- column platform.inbox.event_id : uuid not null
-- column platform.inbox.handled_at : timestamp with time zone not null default now()
-- constraint platform.inbox.inbox_pkey : PRIMARY KEY (operator_id, subscriber, event_id)
-- policy platform.inbox.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger platform.inbox.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON platform.inbox FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger platform.inbox.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON platform.inbox FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant platform.inbox to kirchhoff_app : insert, select
-- grant platform.inbox to kirchhoff_platform : select

-- table platform.job_state
-- column platform.job_state.job : text not null
-- column platform.job_state.every_ms : bigint not null
-- column platform.job_state.installed_at : timestamp with time zone not null
-- column platform.job_state.last_started_at : timestamp with time zone
-- column platform.job_state.last_succeeded_at : timestamp with time zone
-- column platform.job_state.last_failed_at : timestamp with time zone
-- column platform.job_state.last_error : text
-- column platform.job_state.last_summary : jsonb
-- column platform.job_state.runs : bigint not null default 0
-- column platform.job_state.failures_in_a_row : integer not null default 0
-- constraint platform.job_state.job_state_every_ms_check : CHECK ((every_ms > 0))
-- constraint platform.job_state.job_state_job_check : CHECK ((job ~ '^[a-z_]{1,63}$'::text))
-- constraint platform.job_state.job_state_last_error_check : CHECK ((length(last_error) <= 2000))
-- constraint platform.job_state.job_state_pkey : PRIMARY KEY (job)
-- grant platform.job_state to kirchhoff_app : insert, select, update
-- grant platform.job_state to kirchhoff_platform : select

-- table platform.job_table_size
-- column platform.job_table_size.table_name : text not null
-- column platform.job_table_size.measured_at : timestamp with time zone not null
-- column platform.job_table_size.bytes : bigint not null
-- column platform.job_table_size.rows_estimate : bigint not null
-- constraint platform.job_table_size.job_table_size_bytes_check : CHECK ((bytes >= 0))
-- constraint platform.job_table_size.job_table_size_pkey : PRIMARY KEY (table_name, measured_at)
-- grant platform.job_table_size to kirchhoff_app : delete, insert, select
-- grant platform.job_table_size to kirchhoff_platform : select

-- table platform.master_key
-- column platform.master_key.version : integer not null
-- column platform.master_key.fingerprint : text not null
-- column platform.master_key.first_seen_at : timestamp with time zone not null default now()
-- constraint platform.master_key.master_key_fingerprint_check : CHECK ((fingerprint ~ '^[0-9a-f]{32}$'::text))
-- constraint platform.master_key.master_key_fingerprint_key : UNIQUE (fingerprint)
-- constraint platform.master_key.master_key_pkey : PRIMARY KEY (version)
-- constraint platform.master_key.master_key_version_check : CHECK ((version >= 1))
-- trigger platform.master_key.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON platform.master_key FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger platform.master_key.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON platform.master_key FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant platform.master_key to kirchhoff_app : insert, select
-- grant platform.master_key to kirchhoff_platform : select

-- table platform.migration
-- column platform.migration.name : text not null
-- column platform.migration.sha256 : text not null
-- column platform.migration.applied_at : timestamp with time zone not null default now()
-- constraint platform.migration.migration_pkey : PRIMARY KEY (name)
-- grant platform.migration to kirchhoff_app : select
-- grant platform.migration to kirchhoff_platform : select

-- table platform.node
-- column platform.node.node_id : uuid not null
-- column platform.node.host : text not null
-- column platform.node.pid : integer not null
-- column platform.node.roles : text[] not null
-- column platform.node.version : text not null
-- column platform.node.schema_version : text not null
-- column platform.node.settings : jsonb not null
-- column platform.node.fingerprint : text not null
-- column platform.node.started_at : timestamp with time zone not null
-- column platform.node.heartbeat_at : timestamp with time zone not null
-- column platform.node.stopped_at : timestamp with time zone
-- constraint platform.node.node_fingerprint_check : CHECK (((length(fingerprint) >= 8) AND (length(fingerprint) <= 64)))
-- constraint platform.node.node_host_check : CHECK (((length(host) >= 1) AND (length(host) <= 255)))
-- constraint platform.node.node_pid_check : CHECK ((pid > 0))
-- constraint platform.node.node_pkey : PRIMARY KEY (node_id)
-- constraint platform.node.node_schema_version_check : CHECK (((length(schema_version) >= 1) AND (length(schema_version) <= 128)))
-- constraint platform.node.node_version_check : CHECK (((length(version) >= 1) AND (length(version) <= 64)))
-- grant platform.node to kirchhoff_app : delete, insert, select, update
-- grant platform.node to kirchhoff_platform : select

-- table platform.node_pressure
-- column platform.node_pressure.node_id : uuid not null
-- column platform.node_pressure.measured_at : timestamp with time zone not null
-- column platform.node_pressure.io_some_percent : double precision
-- column platform.node_pressure.io_full_percent : double precision
-- column platform.node_pressure.probe_us : bigint not null
-- column platform.node_pressure.commits : bigint not null
-- column platform.node_pressure.commit_p50_us : bigint
-- column platform.node_pressure.commit_p99_us : bigint
-- column platform.node_pressure.commit_max_us : bigint
-- column platform.node_pressure.wal_syncs : bigint
-- column platform.node_pressure.wal_sync_us : bigint
-- column platform.node_pressure.loop_p99_us : bigint not null
-- column platform.node_pressure.loop_max_us : bigint not null
-- column platform.node_pressure.credited : bigint not null
-- column platform.node_pressure.credit_p50_ms : bigint
-- column platform.node_pressure.credit_p99_ms : bigint
-- constraint platform.node_pressure.node_pressure_io_full_percent_check : CHECK (((io_full_percent >= (0)::double precision) AND (io_full_percent <= (100)::double precision)))
-- constraint platform.node_pressure.node_pressure_io_some_percent_check : CHECK (((io_some_percent >= (0)::double precision) AND (io_some_percent <= (100)::double precision)))
-- constraint platform.node_pressure.node_pressure_pkey : PRIMARY KEY (node_id, measured_at)
-- grant platform.node_pressure to kirchhoff_app : delete, insert, select, update
-- grant platform.node_pressure to kirchhoff_platform : select

-- table platform.node_slow_request
-- column platform.node_slow_request.request_id : uuid not null
-- column platform.node_slow_request.node_id : uuid not null
-- column platform.node_slow_request.caller_operator_id : uuid
-- column platform.node_slow_request.started_at : timestamp with time zone not null
-- column platform.node_slow_request.method : text not null
-- column platform.node_slow_request.route : text not null
-- column platform.node_slow_request.status : integer not null
-- column platform.node_slow_request.total_us : bigint not null
-- column platform.node_slow_request.loop_us : bigint not null
-- column platform.node_slow_request.pool_us : bigint not null
-- column platform.node_slow_request.query_us : bigint not null
-- column platform.node_slow_request.channel_us : bigint not null
-- column platform.node_slow_request.handler_us : bigint not null
-- column platform.node_slow_request.waits : jsonb not null
-- constraint platform.node_slow_request.node_slow_request_method_check : CHECK ((length(method) <= 16))
-- constraint platform.node_slow_request.node_slow_request_pkey : PRIMARY KEY (request_id)
-- constraint platform.node_slow_request.node_slow_request_route_check : CHECK ((length(route) <= 256))
-- grant platform.node_slow_request to kirchhoff_app : delete, insert, select, update
-- grant platform.node_slow_request to kirchhoff_platform : select

-- table platform.outbox : row level security, forced
-- column platform.outbox.operator_id : uuid not null
-- column platform.outbox.sequence : bigint not null generated always as identity
-- column platform.outbox.event_id : uuid not null
-- column platform.outbox.type : text not null
-- column platform.outbox.payload : jsonb not null
-- column platform.outbox.recorded_at : timestamp with time zone not null default now()
-- column platform.outbox.transaction_id : xid8 not null default pg_current_xact_id()
-- constraint platform.outbox.outbox_operator_id_event_id_key : UNIQUE (operator_id, event_id)
-- constraint platform.outbox.outbox_pkey : PRIMARY KEY (operator_id, sequence)
-- constraint platform.outbox.outbox_type_check : CHECK ((type ~ '^[a-z_]+\.[a-z_]+\.[a-z_]+\.v[0-9]+$'::text))
-- policy platform.outbox.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger platform.outbox.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON platform.outbox FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger platform.outbox.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON platform.outbox FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant platform.outbox to kirchhoff_app : insert, select
-- grant platform.outbox to kirchhoff_platform : select

-- table platform.outbox_cursor : row level security, forced
-- column platform.outbox_cursor.operator_id : uuid not null
-- column platform.outbox_cursor.subscriber : text not null
-- column platform.outbox_cursor.transaction_id : xid8 not null default '0'::xid8
-- column platform.outbox_cursor.sequence : bigint not null default 0
-- column platform.outbox_cursor.moved_at : timestamp with time zone not null default now()
-- column platform.outbox_cursor.last_error : text
-- column platform.outbox_cursor.failures_in_a_row : integer not null default 0
-- constraint platform.outbox_cursor.outbox_cursor_last_error_check : CHECK ((length(last_error) <= 2000))
-- constraint platform.outbox_cursor.outbox_cursor_pkey : PRIMARY KEY (operator_id, subscriber)
-- constraint platform.outbox_cursor.outbox_cursor_subscriber_check : CHECK ((subscriber ~ '^[a-z_.]{1,100}$'::text))
-- policy platform.outbox_cursor.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant platform.outbox_cursor to kirchhoff_app : insert, select, update
-- grant platform.outbox_cursor to kirchhoff_platform : select

-- table platform.person_key : row level security, forced
-- column platform.person_key.operator_id : uuid not null
-- column platform.person_key.person_id : uuid not null
-- column platform.person_key.wrapped_key : bytea
-- column platform.person_key.master_version : integer not null
-- column platform.person_key.created_at : timestamp with time zone not null default now()
-- column platform.person_key.erased_at : timestamp with time zone
-- column platform.person_key.erased_by : text
-- column platform.person_key.erasure_reason : text
-- constraint platform.person_key.person_key_check : CHECK ((num_nonnulls(erased_at, erased_by, erasure_reason) =
    CASE
        WHEN (wrapped_key IS NULL) THEN 3
        ELSE 0
    END))
-- constraint platform.person_key.person_key_erased_by_check : CHECK (((length(erased_by) >= 1) AND (length(erased_by) <= 200)))
-- constraint platform.person_key.person_key_erasure_reason_check : CHECK (((length(erasure_reason) >= 1) AND (length(erasure_reason) <= 500)))
-- constraint platform.person_key.person_key_master_version_check : CHECK ((master_version >= 1))
-- constraint platform.person_key.person_key_pkey : PRIMARY KEY (operator_id, person_id)
-- constraint platform.person_key.person_key_wrapped_key_check : CHECK (((octet_length(wrapped_key) >= 32) AND (octet_length(wrapped_key) <= 128)))
-- policy platform.person_key.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger platform.person_key.guard : CREATE TRIGGER guard BEFORE DELETE OR UPDATE ON platform.person_key FOR EACH ROW EXECUTE FUNCTION platform.guard_person_key()
-- trigger platform.person_key.guard_truncate : CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON platform.person_key FOR EACH STATEMENT EXECUTE FUNCTION platform.guard_person_key()
-- grant platform.person_key to kirchhoff_app : insert, select
-- grant platform.person_key to kirchhoff_platform : select

-- table platform.stored_file : row level security, forced
-- column platform.stored_file.operator_id : uuid not null
-- column platform.stored_file.file_id : uuid not null
-- column platform.stored_file.name : text not null
-- column platform.stored_file.bytes : bigint not null
-- column platform.stored_file.pieces : integer not null
-- column platform.stored_file.digest : bytea not null
-- column platform.stored_file.stored_by : text not null
-- column platform.stored_file.stored_at : timestamp with time zone not null
-- constraint platform.stored_file.stored_file_bytes_check : CHECK ((bytes >= 0))
-- constraint platform.stored_file.stored_file_digest_check : CHECK ((octet_length(digest) = 32))
-- constraint platform.stored_file.stored_file_name_check : CHECK (((length(name) >= 1) AND (length(name) <= 255)))
-- constraint platform.stored_file.stored_file_pieces_check : CHECK ((pieces >= 0))
-- constraint platform.stored_file.stored_file_pkey : PRIMARY KEY (operator_id, file_id)
-- constraint platform.stored_file.stored_file_stored_by_check : CHECK ((stored_by <> ''::text))
-- policy platform.stored_file.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger platform.stored_file.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON platform.stored_file FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger platform.stored_file.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON platform.stored_file FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant platform.stored_file to kirchhoff_app : insert, select
-- grant platform.stored_file to kirchhoff_platform : select

-- table platform.stored_file_piece : row level security, forced
-- column platform.stored_file_piece.operator_id : uuid not null
-- column platform.stored_file_piece.file_id : uuid not null
-- column platform.stored_file_piece.piece : integer not null
-- column platform.stored_file_piece.content : bytea not null
-- constraint platform.stored_file_piece.stored_file_piece_operator_id_file_id_fkey : FOREIGN KEY (operator_id, file_id) REFERENCES platform.stored_file(operator_id, file_id) DEFERRABLE INITIALLY DEFERRED
-- constraint platform.stored_file_piece.stored_file_piece_piece_check : CHECK ((piece >= 0))
-- constraint platform.stored_file_piece.stored_file_piece_pkey : PRIMARY KEY (operator_id, file_id, piece)
-- policy platform.stored_file_piece.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger platform.stored_file_piece.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON platform.stored_file_piece FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger platform.stored_file_piece.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON platform.stored_file_piece FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant platform.stored_file_piece to kirchhoff_app : insert, select
-- grant platform.stored_file_piece to kirchhoff_platform : select

-- index platform.approval_queue : CREATE INDEX approval_queue ON platform.approval USING btree (operator_id, state, requested_at, approval_id)
-- index platform.audit_entry_by_act : CREATE INDEX audit_entry_by_act ON platform.audit_entry USING btree (operator_id, act, recorded_at)
-- index platform.audit_entry_by_actor : CREATE INDEX audit_entry_by_actor ON platform.audit_entry USING btree (operator_id, actor_id, recorded_at)
-- index platform.audit_entry_by_amount : CREATE INDEX audit_entry_by_amount ON platform.audit_entry USING btree (operator_id, ((after ->> 'amountMinor'::text)), recorded_at) WHERE ((after ->> 'amountMinor'::text) IS NOT NULL)
-- index platform.audit_entry_by_asker : CREATE INDEX audit_entry_by_asker ON platform.audit_entry USING btree (operator_id, ((after ->> 'askedBy'::text)), recorded_at) WHERE ((after ->> 'askedBy'::text) IS NOT NULL)
-- index platform.audit_entry_by_subject : CREATE INDEX audit_entry_by_subject ON platform.audit_entry USING btree (operator_id, subject_kind, subject_id, recorded_at)
-- index platform.audit_entry_by_time : CREATE INDEX audit_entry_by_time ON platform.audit_entry USING btree (operator_id, recorded_at, entry_id)
-- index platform.idempotency_key_expiry : CREATE INDEX idempotency_key_expiry ON platform.idempotency_key USING btree (operator_id, expires_at)
-- index platform.node_by_heartbeat : CREATE INDEX node_by_heartbeat ON platform.node USING btree (heartbeat_at)
-- index platform.node_pressure_by_time : CREATE INDEX node_pressure_by_time ON platform.node_pressure USING btree (measured_at)
-- index platform.node_slow_request_by_time : CREATE INDEX node_slow_request_by_time ON platform.node_slow_request USING btree (started_at)
-- index platform.outbox_delivery : CREATE INDEX outbox_delivery ON platform.outbox USING btree (operator_id, transaction_id, sequence)
-- index platform.person_key_master_version : CREATE INDEX person_key_master_version ON platform.person_key USING btree (operator_id, master_version) WHERE (wrapped_key IS NOT NULL)
-- index platform.stored_file_by_digest : CREATE INDEX stored_file_by_digest ON platform.stored_file USING btree (operator_id, digest)

-- function platform.create_module_schema(IN module text) : CREATE OR REPLACE PROCEDURE platform.create_module_schema(IN module text)
     LANGUAGE plpgsql
    AS $procedure$
    begin
      execute format('create schema %I', module);
      execute format('grant usage on schema %I to kirchhoff_app, kirchhoff_inbox, kirchhoff_platform', module);
    end $procedure$
-- function platform.current_operators() : CREATE OR REPLACE FUNCTION platform.current_operators()
     RETURNS uuid[]
     LANGUAGE sql
     STABLE PARALLEL SAFE
    AS $function$ select string_to_array(nullif(current_setting('kirchhoff.operators', true), ''), ',')::uuid[] $function$
-- function platform.guard_approval() : CREATE OR REPLACE FUNCTION platform.guard_approval()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if tg_op <> 'UPDATE' or old.state <> 'pending' then
        raise exception 'append_only: a decided approval stays as it is' using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
-- function platform.guard_person_key() : CREATE OR REPLACE FUNCTION platform.guard_person_key()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      if tg_op <> 'UPDATE' then
        raise exception 'append_only: % of platform.person_key is refused, erase the person instead', tg_op using errcode = 'restrict_violation';
      elsif old.wrapped_key is null then
        raise exception 'person_erased: the key of person % was destroyed and cannot come back', old.person_id using errcode = 'restrict_violation';
      elsif new.wrapped_key is not null and new.master_version <= old.master_version then
        raise exception 'append_only: a person key is only re-wrapped under a newer master key' using errcode = 'restrict_violation';
      end if;
      return new;
    end $function$
-- function platform.make_append_only(IN target regclass) : CREATE OR REPLACE PROCEDURE platform.make_append_only(IN target regclass)
     LANGUAGE plpgsql
    AS $procedure$
    begin
      execute format('create trigger append_only before update or delete on %s for each row execute function platform.refuse_change()', target);
      execute format('create trigger append_only_truncate before truncate on %s for each statement execute function platform.refuse_change()', target);
    end $procedure$
-- function platform.protect_tenant_table(IN target regclass, IN privileges text) : CREATE OR REPLACE PROCEDURE platform.protect_tenant_table(IN target regclass, IN privileges text DEFAULT 'insert, update'::text)
     LANGUAGE plpgsql
    AS $procedure$
    begin
      execute format('alter table %s enable row level security', target);
      execute format('alter table %s force row level security', target);
      -- The sub-select makes it one evaluation a statement instead of one a row.
      execute format('create policy tenant on %s to kirchhoff_app, kirchhoff_owner using (operator_id = any ((select platform.current_operators())::uuid[]))', target);
      execute format('grant select, %s on %s to kirchhoff_app', privileges, target);
      execute format('grant select on %s to kirchhoff_platform', target);
    end $procedure$
-- function platform.refuse_change() : CREATE OR REPLACE FUNCTION platform.refuse_change()
     RETURNS trigger
     LANGUAGE plpgsql
    AS $function$
    begin
      raise exception 'append_only: % of %.% is refused, a correction is a new row', tg_op, tg_table_schema, tg_table_name using errcode = 'restrict_violation';
    end $function$
