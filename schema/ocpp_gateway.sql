-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.

-- table ocpp_gateway.applier_cursor : row level security, forced
-- column ocpp_gateway.applier_cursor.operator_id : uuid not null
-- column ocpp_gateway.applier_cursor.applied_sequence : bigint not null
-- column ocpp_gateway.applier_cursor.moved_at : timestamp with time zone not null default now()
-- constraint ocpp_gateway.applier_cursor.applier_cursor_applied_sequence_check : CHECK ((applied_sequence >= 0))
-- constraint ocpp_gateway.applier_cursor.applier_cursor_pkey : PRIMARY KEY (operator_id)
-- policy ocpp_gateway.applier_cursor.sequencer : kirchhoff_owner using true with check true
-- policy ocpp_gateway.applier_cursor.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant ocpp_gateway.applier_cursor to kirchhoff_app : insert, select, update
-- grant ocpp_gateway.applier_cursor to kirchhoff_platform : select

-- table ocpp_gateway.command : row level security, forced
-- column ocpp_gateway.command.operator_id : uuid not null
-- column ocpp_gateway.command.command_id : uuid not null
-- column ocpp_gateway.command.charge_point_id : uuid not null
-- column ocpp_gateway.command.kind : text not null
-- column ocpp_gateway.command.payload : jsonb not null
-- column ocpp_gateway.command.repeatable : boolean not null
-- column ocpp_gateway.command.state : text not null
-- column ocpp_gateway.command.requested_by : text not null
-- column ocpp_gateway.command.requested_at : timestamp with time zone not null
-- column ocpp_gateway.command.expires_at : timestamp with time zone not null
-- column ocpp_gateway.command.attempts : integer not null default 0
-- column ocpp_gateway.command.message_id : text
-- column ocpp_gateway.command.sent_generation : bigint
-- column ocpp_gateway.command.sent_at : timestamp with time zone
-- column ocpp_gateway.command.answer_by : timestamp with time zone
-- column ocpp_gateway.command.settled_at : timestamp with time zone
-- column ocpp_gateway.command.answer : text
-- column ocpp_gateway.command.reason : text
-- constraint ocpp_gateway.command.command_attempts_check : CHECK ((attempts >= 0))
-- constraint ocpp_gateway.command.command_check : CHECK (((state = ANY (ARRAY['queued'::text, 'sent'::text])) = (settled_at IS NULL)))
-- constraint ocpp_gateway.command.command_check1 : CHECK (((state <> 'sent'::text) OR ((message_id IS NOT NULL) AND (answer_by IS NOT NULL))))
-- constraint ocpp_gateway.command.command_pkey : PRIMARY KEY (operator_id, command_id)
-- constraint ocpp_gateway.command.command_state_check : CHECK ((state = ANY (ARRAY['queued'::text, 'sent'::text, 'accepted'::text, 'rejected'::text, 'unknown'::text, 'expired'::text])))
-- policy ocpp_gateway.command.dispatcher : kirchhoff_owner using true
-- policy ocpp_gateway.command.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant ocpp_gateway.command to kirchhoff_app : insert, select, update
-- grant ocpp_gateway.command to kirchhoff_platform : select

-- table ocpp_gateway.connection : row level security, forced
-- column ocpp_gateway.connection.operator_id : uuid not null
-- column ocpp_gateway.connection.charge_point_id : uuid not null
-- column ocpp_gateway.connection.generation : bigint not null
-- column ocpp_gateway.connection.node_id : uuid not null
-- column ocpp_gateway.connection.protocol : text not null
-- column ocpp_gateway.connection.remote_address : text
-- column ocpp_gateway.connection.connected_at : timestamp with time zone not null
-- column ocpp_gateway.connection.alive_at : timestamp with time zone not null
-- column ocpp_gateway.connection.last_frame_at : timestamp with time zone
-- column ocpp_gateway.connection.disconnected_at : timestamp with time zone
-- column ocpp_gateway.connection.close_reason : text
-- constraint ocpp_gateway.connection.connection_generation_check : CHECK ((generation > 0))
-- constraint ocpp_gateway.connection.connection_pkey : PRIMARY KEY (operator_id, charge_point_id)
-- constraint ocpp_gateway.connection.connection_protocol_check : CHECK ((protocol = ANY (ARRAY['ocpp1.6'::text, 'ocpp2.0.1'::text])))
-- policy ocpp_gateway.connection.dispatcher : kirchhoff_owner using true
-- policy ocpp_gateway.connection.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant ocpp_gateway.connection to kirchhoff_app : insert, select, update
-- grant ocpp_gateway.connection to kirchhoff_platform : select

-- table ocpp_gateway.frame : row level security, forced partition by RANGE (received_at)
-- column ocpp_gateway.frame.operator_id : uuid not null
-- column ocpp_gateway.frame.sequence : bigint not null
-- column ocpp_gateway.frame.charge_point_id : uuid not null
-- column ocpp_gateway.frame.connection_generation : bigint not null
-- column ocpp_gateway.frame.direction : text not null
-- column ocpp_gateway.frame.protocol : text not null
-- column ocpp_gateway.frame.message_type : smallint
-- column ocpp_gateway.frame.message_id : text
-- column ocpp_gateway.frame.action : text
-- column ocpp_gateway.frame.payload : text not null
-- column ocpp_gateway.frame.reply : text
-- column ocpp_gateway.frame.violation : text
-- column ocpp_gateway.frame.received_at : timestamp with time zone not null
-- constraint ocpp_gateway.frame.frame_direction_check : CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text])))
-- constraint ocpp_gateway.frame.frame_payload_check : CHECK ((octet_length(payload) <= 1048576))
-- constraint ocpp_gateway.frame.frame_protocol_check : CHECK ((protocol = ANY (ARRAY['ocpp1.6'::text, 'ocpp2.0.1'::text])))
-- policy ocpp_gateway.frame.inbox_append : kirchhoff_inbox using true with check true
-- policy ocpp_gateway.frame.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger ocpp_gateway.frame.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ocpp_gateway.frame FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ocpp_gateway.frame.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ocpp_gateway.frame FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- grant ocpp_gateway.frame to kirchhoff_app : insert, select
-- grant ocpp_gateway.frame to kirchhoff_inbox : insert
-- grant ocpp_gateway.frame to kirchhoff_platform : select

-- table ocpp_gateway.stream : row level security, forced
-- column ocpp_gateway.stream.operator_id : uuid not null
-- column ocpp_gateway.stream.last_sequence : bigint not null
-- constraint ocpp_gateway.stream.stream_last_sequence_check : CHECK ((last_sequence >= 0))
-- constraint ocpp_gateway.stream.stream_pkey : PRIMARY KEY (operator_id)
-- policy ocpp_gateway.stream.sequencer : kirchhoff_owner using true with check true
-- policy ocpp_gateway.stream.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- grant ocpp_gateway.stream to kirchhoff_app : insert, select, update
-- grant ocpp_gateway.stream to kirchhoff_platform : select

-- table ocpp_gateway.unprocessable_frame : row level security, forced
-- column ocpp_gateway.unprocessable_frame.operator_id : uuid not null
-- column ocpp_gateway.unprocessable_frame.sequence : bigint not null
-- column ocpp_gateway.unprocessable_frame.code : text not null
-- column ocpp_gateway.unprocessable_frame.detail : text not null
-- column ocpp_gateway.unprocessable_frame.recorded_at : timestamp with time zone not null default now()
-- constraint ocpp_gateway.unprocessable_frame.unprocessable_frame_pkey : PRIMARY KEY (operator_id, sequence)
-- policy ocpp_gateway.unprocessable_frame.tenant : kirchhoff_app, kirchhoff_owner using (operator_id = ANY (( SELECT platform.current_operators() AS current_operators)::uuid[]))
-- trigger ocpp_gateway.unprocessable_frame.append_only : CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON ocpp_gateway.unprocessable_frame FOR EACH ROW EXECUTE FUNCTION platform.refuse_change()
-- trigger ocpp_gateway.unprocessable_frame.append_only_truncate : CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON ocpp_gateway.unprocessable_frame FOR EACH STATEMENT EXECUTE FUNCTION platform.refuse_change()
-- trigger ocpp_gateway.unprocessable_frame.names_a_frame : CREATE TRIGGER names_a_frame BEFORE INSERT ON ocpp_gateway.unprocessable_frame FOR EACH ROW EXECUTE FUNCTION ocpp_gateway.require_frame()
-- grant ocpp_gateway.unprocessable_frame to kirchhoff_app : insert, select
-- grant ocpp_gateway.unprocessable_frame to kirchhoff_platform : select

-- index ocpp_gateway.command_by_charge_point : CREATE INDEX command_by_charge_point ON ocpp_gateway.command USING btree (operator_id, charge_point_id, command_id)
-- index ocpp_gateway.command_message : CREATE INDEX command_message ON ocpp_gateway.command USING btree (operator_id, charge_point_id, message_id) WHERE (message_id IS NOT NULL)
-- index ocpp_gateway.command_open : CREATE INDEX command_open ON ocpp_gateway.command USING btree (operator_id, charge_point_id) WHERE (state = ANY (ARRAY['queued'::text, 'sent'::text]))
-- index ocpp_gateway.frame_by_charge_point : CREATE INDEX frame_by_charge_point ON ONLY ocpp_gateway.frame USING btree (operator_id, charge_point_id, sequence)

-- function ocpp_gateway.append_frames(operators uuid[], counts integer[], operator_index integer[], offsets integer[], charge_points uuid[], generations bigint[], directions text[], protocols text[], message_types smallint[], message_ids text[], actions text[], payloads text[], replies text[], violations text[], received timestamp with time zone[]) : CREATE OR REPLACE FUNCTION ocpp_gateway.append_frames(operators uuid[], counts integer[], operator_index integer[], offsets integer[], charge_points uuid[], generations bigint[], directions text[], protocols text[], message_types smallint[], message_ids text[], actions text[], payloads text[], replies text[], violations text[], received timestamp with time zone[])
     RETURNS bigint[]
     LANGUAGE plpgsql
     SET search_path TO 'pg_catalog'
    AS $function$
    declare
      firsts bigint[] := ocpp_gateway.take_sequences(operators, counts);
    begin
      insert into ocpp_gateway.frame (operator_id, sequence, charge_point_id, connection_generation, direction, protocol, message_type, message_id, action,
          payload, reply, violation, received_at)
        select operators[r.op], firsts[r.op] + r.off, r.cp, r.gen, r.dir, r.prot, r.typ, r.mid, r.act, r.pay, r.rep, r.vio, r.at
        from unnest(operator_index, offsets, charge_points, generations, directions, protocols, message_types, message_ids, actions, payloads, replies, violations, received)
          as r (op, off, cp, gen, dir, prot, typ, mid, act, pay, rep, vio, at);
      return firsts;
    end $function$
-- function ocpp_gateway.commands_waiting(node uuid, count_max integer) : CREATE OR REPLACE FUNCTION ocpp_gateway.commands_waiting(node uuid, count_max integer)
     RETURNS TABLE(operator_id uuid, charge_point_id uuid)
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$
        select distinct c.operator_id, c.charge_point_id
        from ocpp_gateway.command c join ocpp_gateway.connection n using (operator_id, charge_point_id)
        where c.state = 'queued' and n.node_id = node and n.disconnected_at is null limit count_max
      $function$
-- function ocpp_gateway.dress_frame_partition(IN target regclass) : CREATE OR REPLACE PROCEDURE ocpp_gateway.dress_frame_partition(IN target regclass)
     LANGUAGE plpgsql
     SET search_path TO 'pg_catalog'
    AS $procedure$
    begin
      execute format('alter table %s add primary key (operator_id, sequence)', target);
      execute format('create trigger append_only_truncate before truncate on %s for each statement execute function platform.refuse_change()', target);
      execute format('alter table %s enable row level security', target);
      execute format('alter table %s force row level security', target);
    end $procedure$
-- function ocpp_gateway.make_frame_partitions(at timestamp with time zone, months_ahead integer) : CREATE OR REPLACE FUNCTION ocpp_gateway.make_frame_partitions(at timestamp with time zone, months_ahead integer)
     RETURNS TABLE(partition text, made boolean)
     LANGUAGE plpgsql
     SECURITY DEFINER
     SET search_path TO 'pg_catalog'
     SET lock_timeout TO '2s'
     SET "TimeZone" TO 'UTC'
    AS $function$
    declare
      month timestamptz;
      after timestamptz;
    begin
      perform pg_advisory_xact_lock(hashtext('ocpp_gateway.make_frame_partitions'));
      for i in 0 .. months_ahead loop
        month := date_trunc('month', at) + make_interval(months => i);
        after := month + interval '1 month';
        partition := 'frame_' || to_char(month, 'YYYY_MM');
        -- The first partition ends at the beginning of a month: the ones before are in it.
        continue when to_regclass('ocpp_gateway.' || partition) is not null
          or month < (select (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz from pg_class c where c.oid = 'ocpp_gateway.frame_first'::regclass);
        made := not exists (select 1 from ocpp_gateway.frame_other o where o.received_at >= month and o.received_at < after);
        if made then
          execute format('create table ocpp_gateway.%I (like ocpp_gateway.frame including defaults including constraints)', partition);
          call ocpp_gateway.dress_frame_partition(('ocpp_gateway.' || partition)::regclass);
          execute format('alter table ocpp_gateway.frame attach partition ocpp_gateway.%I for values from (%L) to (%L)', partition, month, after);
        end if;
        return next;
      end loop;
    end $function$
-- function ocpp_gateway.operators_behind(count_max integer) : CREATE OR REPLACE FUNCTION ocpp_gateway.operators_behind(count_max integer)
     RETURNS TABLE(operator_id uuid, behind bigint)
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$
        select s.operator_id, s.last_sequence - c.applied_sequence
        from ocpp_gateway.stream s join ocpp_gateway.applier_cursor c using (operator_id)
        where s.last_sequence > c.applied_sequence order by 2 desc limit count_max
      $function$
-- function ocpp_gateway.operators_with_overdue_commands(at timestamp with time zone, count_max integer) : CREATE OR REPLACE FUNCTION ocpp_gateway.operators_with_overdue_commands(at timestamp with time zone, count_max integer)
     RETURNS SETOF uuid
     LANGUAGE sql
     STABLE SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$
        select distinct operator_id from ocpp_gateway.command
        where (state = 'queued' and expires_at <= at) or (state = 'sent' and answer_by <= at) limit count_max
      $function$
-- function ocpp_gateway.require_frame() : CREATE OR REPLACE FUNCTION ocpp_gateway.require_frame()
     RETURNS trigger
     LANGUAGE plpgsql
     SET search_path TO 'pg_catalog'
    AS $function$
    begin
      if not exists (select 1 from ocpp_gateway.frame f where f.operator_id = new.operator_id and f.sequence = new.sequence) then
        raise exception 'frame % of operator % is not in the log', new.sequence, new.operator_id using errcode = 'foreign_key_violation';
      end if;
      return new;
    end $function$
-- function ocpp_gateway.take_sequences(operators uuid[], counts integer[]) : CREATE OR REPLACE FUNCTION ocpp_gateway.take_sequences(operators uuid[], counts integer[])
     RETURNS bigint[]
     LANGUAGE plpgsql
     SECURITY DEFINER
     SET search_path TO 'pg_catalog'
    AS $function$
    declare
      firsts bigint[] := '{}';
      last bigint;
    begin
      for i in 1 .. cardinality(operators) loop
        update ocpp_gateway.stream set last_sequence = last_sequence + counts[i] where operator_id = operators[i] returning last_sequence into last;
        if not found then
          insert into ocpp_gateway.applier_cursor (operator_id, applied_sequence) values (operators[i], 0) on conflict do nothing;
          insert into ocpp_gateway.stream as s (operator_id, last_sequence) values (operators[i], counts[i])
            on conflict (operator_id) do update set last_sequence = s.last_sequence + excluded.last_sequence returning last_sequence into last;
        end if;
        firsts := firsts || (last - counts[i] + 1);
      end loop;
      return firsts;
    end $function$
