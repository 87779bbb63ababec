-- Frame log, applier cursors, connections and the command queue of the OCPP gateway. Locks: none on existing tables.
call platform.create_module_schema('ocpp_gateway');

-- The last sequence given out per operator. It is raised in the transaction that appends the frames, so per operator the order of
-- sequences is the order of commits: a reader with a cursor can never pass over a frame that commits later.
create table ocpp_gateway.stream (
  operator_id uuid not null primary key,
  last_sequence bigint not null check (last_sequence >= 0)
) with (fillfactor = 50);
call platform.protect_tenant_table('ocpp_gateway.stream', 'insert, update');
create policy sequencer on ocpp_gateway.stream to kirchhoff_owner using (true) with check (true);

-- Every frame as it came over the wire, stored before it is answered; and what was sent.
create table ocpp_gateway.frame (
  operator_id uuid not null,
  sequence bigint not null,
  charge_point_id uuid not null,
  connection_generation bigint not null,
  direction text not null check (direction in ('in', 'out')),
  protocol text not null check (protocol in ('ocpp1.6', 'ocpp2.0.1')),
  message_type smallint,
  message_id text,
  action text,
  payload text not null check (octet_length(payload) <= 1048576),
  reply text,
  violation text,
  received_at timestamptz not null,
  primary key (operator_id, sequence)
);
comment on column ocpp_gateway.frame.payload is 'the whole frame as text, [type, id, action, payload]; NUL characters are shown as U+2400';
comment on column ocpp_gateway.frame.reply is 'the payload of the answer that waited only for this row; later decisions are rows of their own with direction out';
comment on column ocpp_gateway.frame.violation is 'what the official schema says is wrong with it, null when nothing';
call platform.protect_tenant_table('ocpp_gateway.frame', 'insert');
call platform.make_append_only('ocpp_gateway.frame');
grant insert on ocpp_gateway.frame to kirchhoff_inbox;
create policy inbox_append on ocpp_gateway.frame for insert to kirchhoff_inbox with check (true);
create index frame_by_charge_point on ocpp_gateway.frame (operator_id, charge_point_id, sequence);

-- How far each operator's frames have been worked. Moves in the transaction that writes what the frames meant.
create table ocpp_gateway.applier_cursor (
  operator_id uuid not null primary key,
  applied_sequence bigint not null check (applied_sequence >= 0),
  moved_at timestamptz not null default now()
) with (fillfactor = 50);
call platform.protect_tenant_table('ocpp_gateway.applier_cursor', 'insert, update');
create policy sequencer on ocpp_gateway.applier_cursor to kirchhoff_owner using (true) with check (true);

-- Frames that could not be worked: kept, named, and passed over, so that they block nobody.
create table ocpp_gateway.unprocessable_frame (
  operator_id uuid not null,
  sequence bigint not null,
  code text not null,
  detail text not null,
  recorded_at timestamptz not null default now(),
  primary key (operator_id, sequence),
  foreign key (operator_id, sequence) references ocpp_gateway.frame (operator_id, sequence)
);
call platform.protect_tenant_table('ocpp_gateway.unprocessable_frame', 'insert');
call platform.make_append_only('ocpp_gateway.unprocessable_frame');

-- One row a charge point: its newest connection. A lower generation has nothing to say any more.
create table ocpp_gateway.connection (
  operator_id uuid not null,
  charge_point_id uuid not null,
  generation bigint not null check (generation > 0),
  node_id uuid not null,
  protocol text not null check (protocol in ('ocpp1.6', 'ocpp2.0.1')),
  remote_address text,
  connected_at timestamptz not null,
  -- The node says so every half minute: a row whose node has died is told apart from a quiet station.
  alive_at timestamptz not null,
  last_frame_at timestamptz,
  disconnected_at timestamptz,
  close_reason text,
  primary key (operator_id, charge_point_id)
) with (fillfactor = 70);
call platform.protect_tenant_table('ocpp_gateway.connection', 'insert, update');
create policy dispatcher on ocpp_gateway.connection for select to kirchhoff_owner using (true);

-- Commands to charge points. `sent` is committed before the first byte leaves, so a crash in between leaves an unknown outcome, never
-- a second start.
create table ocpp_gateway.command (
  operator_id uuid not null,
  command_id uuid not null,
  charge_point_id uuid not null,
  kind text not null,
  payload jsonb not null,
  repeatable boolean not null,
  state text not null check (state in ('queued', 'sent', 'accepted', 'rejected', 'unknown', 'expired')),
  requested_by text not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  attempts integer not null default 0 check (attempts >= 0),
  message_id text,
  sent_generation bigint,
  sent_at timestamptz,
  answer_by timestamptz,
  settled_at timestamptz,
  answer text,
  reason text,
  primary key (operator_id, command_id),
  check ((state in ('queued', 'sent')) = (settled_at is null)),
  check (state <> 'sent' or (message_id is not null and answer_by is not null))
);
call platform.protect_tenant_table('ocpp_gateway.command', 'insert, update');
create policy dispatcher on ocpp_gateway.command for select to kirchhoff_owner using (true);
create index command_by_charge_point on ocpp_gateway.command (operator_id, charge_point_id, command_id);
create index command_open on ocpp_gateway.command (operator_id, charge_point_id) where state in ('queued', 'sent');
create index command_message on ocpp_gateway.command (operator_id, charge_point_id, message_id) where message_id is not null;

-- The first sequence of a run of `counts[i]` for `operators[i]`, which must be sorted (locks are taken in that order).
create function ocpp_gateway.take_sequences(operators uuid[], counts integer[]) returns bigint[]
  language plpgsql security definer set search_path = pg_catalog
  as $$
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
end $$;
revoke execute on function ocpp_gateway.take_sequences(uuid[], integer[]) from public;
grant execute on function ocpp_gateway.take_sequences(uuid[], integer[]) to kirchhoff_inbox;

-- Appends a batch of frames in one statement and returns the first sequence of each operator. Row i belongs to
-- operators[operator_index[i]] and is its offsets[i]-th frame of the batch, from 0.
create function ocpp_gateway.append_frames(
  operators uuid[], counts integer[], operator_index integer[], offsets integer[], charge_points uuid[], generations bigint[], directions text[],
  protocols text[], message_types smallint[], message_ids text[], actions text[], payloads text[], replies text[], violations text[], received timestamptz[]
) returns bigint[]
  language plpgsql security invoker set search_path = pg_catalog
  as $$
declare
  firsts bigint[] := ocpp_gateway.take_sequences(operators, counts);
begin
  insert into ocpp_gateway.frame (operator_id, sequence, charge_point_id, connection_generation, direction, protocol, message_type, message_id, action,
      payload, reply, violation, received_at)
    select operators[r.op], firsts[r.op] + r.off, r.cp, r.gen, r.dir, r.prot, r.typ, r.mid, r.act, r.pay, r.rep, r.vio, r.at
    from unnest(operator_index, offsets, charge_points, generations, directions, protocols, message_types, message_ids, actions, payloads, replies, violations, received)
      as r (op, off, cp, gen, dir, prot, typ, mid, act, pay, rep, vio, at);
  return firsts;
end $$;
revoke execute on function ocpp_gateway.append_frames from public;
grant execute on function ocpp_gateway.append_frames to kirchhoff_inbox;

-- Operators whose frames wait for the applier, the ones furthest behind first.
create function ocpp_gateway.operators_behind(count_max integer) returns table (operator_id uuid, behind bigint)
  language sql stable security definer set search_path = pg_catalog
  as $$
    select s.operator_id, s.last_sequence - c.applied_sequence
    from ocpp_gateway.stream s join ocpp_gateway.applier_cursor c using (operator_id)
    where s.last_sequence > c.applied_sequence order by 2 desc limit count_max
  $$;
revoke execute on function ocpp_gateway.operators_behind(integer) from public;
grant execute on function ocpp_gateway.operators_behind(integer) to kirchhoff_app;

-- Charge points that are connected to a node and have commands waiting.
create function ocpp_gateway.commands_waiting(node uuid, count_max integer) returns table (operator_id uuid, charge_point_id uuid)
  language sql stable security definer set search_path = pg_catalog
  as $$
    select distinct c.operator_id, c.charge_point_id
    from ocpp_gateway.command c join ocpp_gateway.connection n using (operator_id, charge_point_id)
    where c.state = 'queued' and n.node_id = node and n.disconnected_at is null limit count_max
  $$;
revoke execute on function ocpp_gateway.commands_waiting(uuid, integer) from public;
grant execute on function ocpp_gateway.commands_waiting(uuid, integer) to kirchhoff_app;

-- Operators with a command whose deadline has passed.
create function ocpp_gateway.operators_with_overdue_commands(at timestamptz, count_max integer) returns setof uuid
  language sql stable security definer set search_path = pg_catalog
  as $$
    select distinct operator_id from ocpp_gateway.command
    where (state = 'queued' and expires_at <= at) or (state = 'sent' and answer_by <= at) limit count_max
  $$;
revoke execute on function ocpp_gateway.operators_with_overdue_commands(timestamptz, integer) from public;
grant execute on function ocpp_gateway.operators_with_overdue_commands(timestamptz, integer) to kirchhoff_app;
